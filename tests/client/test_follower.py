"""Following an honest party in memory."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import tokens
from fakes.party import PROJECT, WITNESS, FakeParty, next_keyring
from fakes.refusals import refused
from fakes.tokens import NOW
from hypothesis import given
from hypothesis import strategies as st

from interchange.client.directory import format_lane
from interchange.client.follower import Follower
from interchange.crypto.ed25519 import verify
from interchange.domain.checkpoint import Checkpoint, LineKind, cosigned_message, key_id
from interchange.domain.events import BindingSent, Scope
from interchange.domain.keyring import Role
from interchange.domain.verdict import Outcome, Verdict
from interchange.errors import Reason
from interchange.wire.note import parse_line


def follow(party: FakeParty, limit: int = 1000) -> Follower:
    """Follow a party to the end of its lane."""
    follower = Follower(party.keyrings[1], **party.terms)
    catch_up(follower, party, limit)
    return follower


def catch_up(follower: Follower, party: FakeParty, limit: int = 1000) -> None:
    """Take pages until there are no more."""
    while not follower.accept(party.fetch(follower.frontier, limit), party.now):
        pass


def judged(follower: Follower, token: bytes, now: int = NOW) -> Verdict:
    """Ask about a token for the usual project."""
    return follower.verify(token, project=PROJECT, now=now)


def jti_of(party: FakeParty) -> str:
    """Give the id of the assertion that the next call of `issue` makes."""
    return party.statement().jti


def test_what_the_lane_tells_is_valid() -> None:
    """An issued assertion, and nothing against it."""
    party = FakeParty()
    token = party.issue()
    assert judged(follow(party), token).outcome is Outcome.VALID


def test_before_the_first_page_nothing_is_known() -> None:
    """A well-signed assertion is no more than that."""
    party = FakeParty()
    token = party.issue()
    assert judged(Follower(party.keyrings[1], **party.terms), token).reason is Reason.NOT_IN_LANE


def test_a_token_may_be_given_as_text() -> None:
    """What came in an e-mail need not be turned into bytes first."""
    party = FakeParty()
    token = party.issue()
    assert follow(party).verify(token.decode(), project=PROJECT, now=NOW).outcome is Outcome.VALID


def test_a_revocation_is_for_ever() -> None:
    """The verdict follows the event."""
    party = FakeParty()
    jti = jti_of(party)
    token = party.issue(jti=jti)
    party.revoke(jti)
    assert judged(follow(party), token).reason is Reason.REVOKED


@pytest.mark.parametrize(
    ("scope", "of"),
    [(Scope.ASSERTION, "the assertion"), (Scope.PROJECT, PROJECT), (Scope.AGREEMENT, "AAA-BBB-2016")],
)
def test_a_hold_suspends(scope: Scope, of: str) -> None:
    """On the assertion, its project or its agreement: each is enough."""
    party = FakeParty()
    jti = jti_of(party)
    token = party.issue(jti=jti)
    party.hold(scope, jti if scope is Scope.ASSERTION else of)
    assert judged(follow(party), token).reason is Reason.SUSPENDED


def test_one_of_two_holds_lifted_leaves_the_other() -> None:
    """Holds are counted by their names."""
    party = FakeParty()
    token = party.issue()
    party.hold(Scope.PROJECT, PROJECT, "hold-1")
    party.hold(Scope.PROJECT, PROJECT, "hold-2")
    party.lift("hold-1")
    assert judged(follow(party), token).reason is Reason.SUSPENDED


def test_the_last_hold_lifted_makes_it_valid_again() -> None:
    """A suspension is no revocation."""
    party = FakeParty()
    token = party.issue()
    party.hold(Scope.PROJECT, PROJECT)
    party.lift()
    assert judged(follow(party), token).outcome is Outcome.VALID


def test_a_hold_on_something_else_does_not_matter() -> None:
    """Only what the assertion names bears on it."""
    party = FakeParty()
    token = party.issue()
    party.hold(Scope.PROJECT, "b3RoZXItcmVmZXJlbmNlLg")
    assert judged(follow(party), token).outcome is Outcome.VALID


def test_events_without_a_look_up_change_nothing() -> None:
    """A binding is sent for those who asked for one."""
    party = FakeParty()
    jti = jti_of(party)
    token = party.issue(jti=jti)
    party.tell(BindingSent(jti, tokens.kid("any")))
    assert judged(follow(party), token).outcome is Outcome.VALID


@pytest.mark.parametrize("limit", [1, 2, 3, 1000])
def test_pages_of_any_size_lead_to_the_same(limit: int) -> None:
    """A page that ends before its checkpoint proves that it is a prefix."""
    party = FakeParty()
    for _ in range(7):
        party.issue()
    assert follow(party, limit).checkpoint == party.checkpoint()


def test_knowledge_ages_from_the_last_page_that_caught_up() -> None:
    """A page in between says nothing about what follows it."""
    party = FakeParty()
    token = party.issue()
    follower = follow(party)
    party.issue()
    party.issue()
    party.now = NOW + 600
    follower.accept(party.fetch(follower.frontier, 1), NOW + 600)
    assert judged(follower, token, NOW + 600).age == 660


def test_knowledge_is_no_younger_than_its_signature() -> None:
    """A page that was kept back is as old as its checkpoint."""
    party = FakeParty()
    token = party.issue()
    page = party.page()
    follower = Follower(party.keyrings[1], **party.terms)
    follower.accept(page, NOW + 300)
    assert judged(follower, token, NOW + 300).age == 360


def test_knowledge_is_no_younger_than_its_receipt() -> None:
    """An issuer whose clock is ahead does not make it fresh for longer."""
    party = FakeParty(now=NOW + 50)
    token = party.issue()
    follower = Follower(party.keyrings[1], **party.terms)
    follower.accept(party.page(), NOW)
    assert judged(follower, token, NOW + 100).age == 160


def test_the_same_head_signed_earlier_does_not_age_it() -> None:
    """Pages that overtake each other leave the better knowledge."""
    party = FakeParty()
    token = party.issue()
    follower = follow(party)
    late = party.page(1)
    party.now = NOW + 300
    catch_up(follower, party)
    follower.accept(late, NOW + 300)
    assert judged(follower, token, NOW + 300).age == 60


def test_fifteen_minutes_without_contact_are_stale() -> None:
    """Stale is never valid."""
    party = FakeParty()
    token = party.issue()
    assert judged(follow(party), token, NOW + 841).outcome is Outcome.STALE


def test_an_empty_page_is_contact() -> None:
    """A fresh checkpoint over the same lane says that nothing has happened."""
    party = FakeParty()
    token = party.issue()
    follower = follow(party)
    party.now = NOW + 3600
    catch_up(follower, party)
    assert judged(follower, token, NOW + 3600).outcome is Outcome.VALID


# -- acknowledging --------------------------------------------------------------------------------------------


def test_an_acknowledgement_is_a_cosignature_of_the_head() -> None:
    """The issuer can show it to anybody as the reader's receipt."""
    party = FakeParty()
    party.issue()
    line = parse_line(follow(party).acknowledge(WITNESS, NOW + 5), LineKind.COSIGNATURE)
    message = cosigned_message(NOW + 5, party.checkpoint().body)
    assert verify(WITNESS.public_key, message, line.signature)


def test_an_acknowledgement_bears_the_readers_name() -> None:
    """Key and name are those of the reader's own keyring."""
    party = FakeParty()
    line = parse_line(follow(party).acknowledge(WITNESS, NOW))
    name = "bbb.clearance.example/witness"
    assert (line.name, line.key_id) == (name, key_id(name, LineKind.COSIGNATURE, WITNESS.public_key))


def test_nothing_is_acknowledged_before_the_first_page() -> None:
    """There is no head yet."""
    party = FakeParty()
    with refused(Reason.LANE_GAP):
        Follower(party.keyrings[1], **party.terms).acknowledge(WITNESS, NOW)


def test_nothing_is_acknowledged_between_pages() -> None:
    """What was acknowledged is what was signed, and all of it is applied."""
    party = FakeParty()
    party.issue()
    follower = follow(party)
    party.issue()
    party.issue()
    follower.accept(party.fetch(follower.frontier, 1), NOW)
    with refused(Reason.LANE_GAP):
        follower.acknowledge(WITNESS, NOW)


# -- keyrings -------------------------------------------------------------------------------------------------


def test_an_installed_keyring_is_taken_where_the_lane_tells_it() -> None:
    """First the keyring, then the page that tells of it."""
    party = FakeParty()
    follower = follow(party)
    follower.install_keyring(party.publish(next_keyring(expires=NOW + 999)))
    catch_up(follower, party)
    assert follower.keyring.number == 2


def test_a_told_keyring_that_is_not_installed_stops_the_lane() -> None:
    """What the new keyring narrows must not be passed over."""
    party = FakeParty()
    follower = follow(party)
    party.publish(next_keyring())
    with refused(Reason.KEYRING_NUMBER):
        catch_up(follower, party)


def test_another_keyring_than_the_told_one_is_refused() -> None:
    """Root keys that sign two keyrings of one number are found out."""
    party = FakeParty()
    follower = follow(party)
    follower.install_keyring(tokens.published(next_keyring(expires=NOW + 999)))
    party.publish(next_keyring())
    with refused(Reason.TOKEN_DIGEST):
        catch_up(follower, party)


def test_keyrings_are_installed_in_order() -> None:
    """None is skipped."""
    party = FakeParty()
    with refused(Reason.KEYRING_NUMBER):
        follow(party).install_keyring(tokens.published(next_keyring(3)))


def test_the_next_keyring_needs_the_present_root_keys() -> None:
    """New root keys come in only by the old ones."""
    party = FakeParty()
    strangers = tuple(tokens.root_key(label) for label in ("other-1", "other-2", "other-3"))
    with refused(Reason.KEYRING_THRESHOLD):
        follow(party).install_keyring(tokens.published(next_keyring(roots=strangers), ["other-1", "other-2"]))


def test_another_generation_needs_another_follower() -> None:
    """Its lane begins anew, and nobody goes on in the middle."""
    party = FakeParty()
    with refused(Reason.KEYRING_NUMBER):
        follow(party).install_keyring(tokens.published(next_keyring(generation=2)))


def test_a_new_lane_key_is_believed_once_its_keyring_is_installed() -> None:
    """The way back after the lane key changed while nobody was listening."""
    party = FakeParty()
    follower = follow(party)
    second = tokens.key_record("lane 2", Role.LANE)
    keys = tuple(second if key.role is Role.LANE else key for key in tokens.party_keyring().keys)
    jws = party.publish(next_keyring(keys=keys))
    party.lane_key = "lane 2"
    with refused(Reason.KEY_UNKNOWN):
        catch_up(follower, party)
    follower.install_keyring(jws)
    catch_up(follower, party)
    assert follower.checkpoint == party.checkpoint()


def test_a_restricted_key_counts_no_more() -> None:
    """Narrowing needs no root key and takes effect at once."""
    party = FakeParty()
    token = party.issue()
    party.restrict()
    assert judged(follow(party), token).reason is Reason.KEY_RESTRICTED


def test_the_next_keyring_lifts_what_it_does_not_fold_in() -> None:
    """Root keys have the last word on a key."""
    party = FakeParty()
    token = party.issue()
    party.restrict()
    follower = follow(party)
    follower.install_keyring(party.publish(next_keyring()))
    catch_up(follower, party)
    assert judged(follower, token).outcome is Outcome.VALID


def test_a_keyring_installed_but_not_told_lifts_nothing() -> None:
    """It may have been signed before the restriction."""
    party = FakeParty()
    token = party.issue()
    party.restrict()
    follower = follow(party)
    follower.install_keyring(tokens.published(next_keyring()))
    assert judged(follower, token).reason is Reason.KEY_RESTRICTED


def test_the_present_keyring_told_again_lifts_nothing() -> None:
    """A thief of the lane key cannot undo a restriction with an old keyring."""
    party = FakeParty()
    party.publish(tokens.party_keyring())
    token = party.issue()
    party.restrict()
    party.publish(tokens.party_keyring())
    assert judged(follow(party), token).reason is Reason.KEY_RESTRICTED


def test_a_key_tainted_by_the_keyring_counts_no_more() -> None:
    """The next keyring may fold a taint in."""
    party = FakeParty()
    token = party.issue()
    follower = follow(party)
    first, *others = tokens.party_keyring().keys
    keys = (replace(first, tainted_since=NOW), *others)
    follower.install_keyring(party.publish(next_keyring(keys=keys)))
    catch_up(follower, party)
    assert judged(follower, token).reason is Reason.KEY_RESTRICTED


# -- replaying ------------------------------------------------------------------------------------------------


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
