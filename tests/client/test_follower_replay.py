"""A lane that was kept, and one that was followed with breaks: the same state in the end."""

from pathlib import Path

from fakes.party import FakeParty
from fakes.readers import catch_up, follow, jti_of, judged
from fakes.refusals import refused
from fakes.tokens import NOW
from hypothesis import given
from hypothesis import strategies as st

from interchange.client.directory import format_lane
from interchange.client.follower import Follower
from interchange.domain.checkpoint import Checkpoint
from interchange.domain.events import Scope
from interchange.domain.verdict import Outcome
from interchange.errors import Reason


def test_a_kept_lane_replays_to_the_same(tmp_path: Path) -> None:
    """Keyring, checkpoint and leaves are all that a follower must keep."""
    party = FakeParty()
    token = party.issue()
    files = party.leave(tmp_path / "files", token)
    follower = Follower.from_directory(files, now=NOW, **party.terms)
    assert judged(follower, token).outcome is Outcome.VALID


def test_a_replayed_lane_goes_on(tmp_path: Path) -> None:
    """After a restart the follower asks for what came since."""
    party = FakeParty()
    files = party.leave(tmp_path / "files", party.issue())
    follower = Follower.from_directory(files, now=NOW, **party.terms)
    party.issue()
    catch_up(follower, party)
    assert follower.frontier.size == 2


def test_a_replayed_lane_is_as_old_as_its_checkpoint() -> None:
    """Reading files is no contact."""
    party = FakeParty()
    token = party.issue()
    follower = replayed(party, NOW + 86_400)
    assert judged(follower, token, NOW + 86_400).outcome is Outcome.STALE


def test_a_replay_that_is_cut_is_refused() -> None:
    """A lane without its last leaf may lack a revocation."""
    party = FakeParty()
    party.issue()
    party.issue()
    head = party.page().note
    lines = format_lane(party.entries[:1]).splitlines()
    with refused(Reason.PROOF_INVALID):
        Follower.from_lines(lines, checkpoint=head, keyring=party.keyrings[1], now=NOW, **party.terms)


def test_an_empty_replay_is_refused() -> None:
    """An empty file is no lane of one leaf."""
    party = FakeParty()
    party.issue()
    with refused(Reason.LANE_GAP):
        Follower.from_lines([], checkpoint=party.page().note, keyring=party.keyrings[1], now=NOW, **party.terms)


def replayed(party: FakeParty, now: int) -> Follower:
    """Replay all that a party has told."""
    lines = format_lane(party.entries).splitlines()
    return Follower.from_lines(lines, checkpoint=party.page().note, keyring=party.keyrings[1], now=now, **party.terms)


@given(cuts=st.lists(st.integers(1, 4), max_size=8), acts=st.lists(st.integers(0, 4), max_size=12))
def test_whoever_was_away_comes_to_the_same_state(cuts: list[int], acts: list[int]) -> None:
    """A law: pages of any sizes, taken at any moments, tell what the whole lane tells."""
    party = FakeParty()
    follower = Follower(party.keyrings[1], **party.terms)
    issued: list[tuple[str, bytes]] = []
    holds: list[str] = []
    for step, act in enumerate(acts):
        if act <= 1 or not issued:
            jti = jti_of(party)
            issued.append((jti, party.issue(jti=jti)))
        elif act == 2 and not party_has_revoked(party, issued[-1][0]):
            party.revoke(issued[-1][0])
        elif act == 3:
            holds.append(f"hold-{step}")
            party.hold(Scope.ASSERTION, issued[step % len(issued)][0], holds[-1])
        elif holds:
            party.lift(holds.pop())
        if step < len(cuts):
            follower.accept(party.fetch(follower.frontier, cuts[step]), NOW)
    catch_up(follower, party)
    whole = follow(party)
    assert [judged(follower, token) for _, token in issued] == [judged(whole, token) for _, token in issued]


def party_has_revoked(party: FakeParty, jti: str) -> bool:
    """Tell whether the lane revokes an assertion already."""
    return any(b'"revoked"' in entry.leaf and jti.encode() in entry.leaf for entry in party.entries)


def test_the_head_reached_is_the_issuers() -> None:
    """What is acknowledged is what was signed."""
    party = FakeParty()
    party.issue()
    follower = follow(party)
    assert follower.checkpoint == Checkpoint(follower.origin, 1, follower.frontier.root)
