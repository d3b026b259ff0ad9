"""Following a partner's lane: pages, what is applied, what is acknowledged, and how old knowledge may be."""

from dataclasses import replace
from datetime import date

import pytest
from fakes.forger import LANE, followed
from fakes.keychain import MemoryKeychain
from fakes.parties import DAY, HOME, NOW, DirectLink, do, keyring_of, signed
from fakes.refusals import refused
from fakes.world import World

from interchange.domain.keyring import Role
from interchange.domain.lane import Page
from interchange.domain.merkle_proof import verify_consistency
from interchange.domain.standing import HoldScope
from interchange.domain.verdict import Outcome, Step
from interchange.errors import Reason
from interchange.flows import follow, lanes
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.flows.lanes import Position
from interchange.store import lanes as stored
from interchange.wire.note import parse_note


@pytest.fixture
def told(world: World) -> str:
    """An assertion towards Korea, issued and not yet fetched, in a project that ends after the keyring."""
    return world.issue(world.open_project(until_day=date(2029, 12, 31)), world.clear())


def head(world: World, party: str) -> stored.LaneHead:
    """Read the lane's row at one party."""
    found = world[party].ledger.read(lambda tx: stored.head(tx, LANE))
    assert found is not None
    return found


def test_follower_has_the_issuers_root(world: World, told: str) -> None:
    """After catching up, both sides have the same tree."""
    world.follow()
    assert head(world, "KOR").frontier == head(world, HOME).frontier


def test_follower_judges_as_the_issuer_tells(world: World, told: str) -> None:
    """An assertion that was told is valid at its partner."""
    world.follow()
    assert world.verdict("KOR", told).outcome is Outcome.VALID


def test_assertion_that_was_not_yet_told_is_taken_for_forged(world: World, told: str) -> None:
    """A good signature is not enough: the issuer's lane has to have it."""
    assert world.verdict("KOR", told).reason is Reason.NOT_IN_LANE


def test_second_catching_up_applies_nothing(world: World, told: str) -> None:
    """What is known is not applied again."""
    world.follow()
    assert world.follow().applied == 0


@pytest.mark.parametrize("limit", [1, 2, 3, 1000])
def test_lane_read_in_pages_of_any_size_comes_to_the_same(world: World, told: str, limit: int) -> None:
    """Page after page, each but the last with its proof, until all is there."""
    for _ in range(3):
        world.reinstate(world.suspend(HoldScope.ASSERTION, told))
    assert (world.follow(limit=limit).applied, head(world, "KOR").frontier) == (8, head(world, HOME).frontier)


def test_page_that_ends_early_proves_that_it_is_a_beginning(world: World, told: str) -> None:
    """A short page comes with the consistency proof from its end to the signed head."""
    link = DirectLink(world.home, "KOR", limit=1)
    page = link.fetch(followed(world), 1)
    ours, signed_head = followed(world), parse_note(page.note).checkpoint
    follow.take(world["KOR"], link, HOME, page, NOW)
    at = followed(world)
    assert (ours.size, page.proof != ()) == (0, True)
    verify_consistency(at.size, at.root, signed_head.size, signed_head.root, page.proof)


def test_part_of_what_is_signed_is_no_contact(world: World, told: str) -> None:
    """A follower that could not yet read everything does not count its knowledge as fresh."""
    link = DirectLink(world.home, "KOR", limit=1)
    follow.take(world["KOR"], link, HOME, link.fetch(followed(world), 1), NOW)
    assert head(world, "KOR").received_at is None


def test_part_of_what_is_signed_is_not_acknowledged(world: World, told: str) -> None:
    """Only a head all of whose leaves are applied is cosigned."""
    link = DirectLink(world.home, "KOR", limit=1)
    follow.take(world["KOR"], link, HOME, link.fetch(followed(world), 1), NOW)
    assert link.acknowledged == []


def test_overtaken_page_is_left_aside(world: World, told: str) -> None:
    """Watch and fetch may bring the same page twice; the second is neither applied nor a contradiction."""
    link = DirectLink(world.home, "KOR")
    pages = [link.fetch(followed(world), 0) for _ in range(2)]
    first, second = (follow.take(world["KOR"], link, HOME, page, NOW) for page in pages)
    assert (first.applied, second.applied) == (2, 0)


def test_overtaken_page_is_not_acknowledged(world: World, told: str) -> None:
    """One cosignature for what was applied once."""
    link = DirectLink(world.home, "KOR")
    pages = [link.fetch(followed(world), 0) for _ in range(2)]
    for page in pages:
        follow.take(world["KOR"], link, HOME, page, NOW)
    assert len(link.acknowledged) == 1


class OvertakingLink(DirectLink):
    """A link that is so slow to bring a keyring that another step of the follower has read the lane meanwhile."""

    world: World

    def keyring(self, number: int) -> bytes:
        """Let the other step go first."""
        jws = super().keyring(number)
        follow.catch_up(self.world["KOR"], DirectLink(self.node, "KOR", self.now), HOME, self.now)
        return jws


def overtaken(world: World) -> tuple[follow.Followed, OvertakingLink]:
    """Take a page whose leaves another step applies between its acceptance and its transaction."""
    publish(world)
    link = OvertakingLink(world.home, "KOR")
    link.world = world
    return follow.take(world["KOR"], link, HOME, link.fetch(followed(world), 0), NOW), link


def publish(world: World) -> None:
    """Tell of a new keyring."""
    do(world.home, PUBLISH, PublishRequest(signed(keyring_of(HOME, 2), HOME)))


def test_page_that_is_overtaken_while_it_is_applied_is_applied_once(world: World, told: str) -> None:
    """Two steps that read the same frontier do not both append."""
    overtaken(world)
    assert head(world, "KOR").frontier == head(world, HOME).frontier


def test_page_that_was_overtaken_counts_nothing_as_applied(world: World, told: str) -> None:
    """The step says what it did, which is nothing."""
    step, _ = overtaken(world)
    assert step.applied == 0


def test_page_that_was_overtaken_is_acknowledged_by_the_other_step(world: World, told: str) -> None:
    """Who did not apply does not cosign."""
    _, link = overtaken(world)
    assert link.acknowledged == []


def test_catching_up_goes_on_after_it_was_overtaken(world: World, told: str) -> None:
    """The one that lost the race ends where the lane ends, too."""
    publish(world)
    link = OvertakingLink(world.home, "KOR")
    link.world = world
    assert follow.catch_up(world["KOR"], link, HOME, NOW).size == head(world, HOME).size


def test_unadmitted_party_is_not_followed(world: World) -> None:
    """There is no lane of a party that was never admitted."""
    with refused(Reason.KEYRING_MISSING):
        follow.catch_up(world["KOR"], DirectLink(world.home, "KOR"), "AUS", NOW)


def test_unadmitted_party_gets_no_page(world: World) -> None:
    """A party of the rulebook that was never admitted has no lane here."""
    with refused(Reason.PARTNER_UNKNOWN):
        lanes.page_for(world.home, "USA", Position(0, b""), 0, NOW)


@pytest.mark.parametrize(("age", "outcome"), [(840, Outcome.VALID), (841, Outcome.STALE)])
def test_knowledge_is_stale_after_its_limit(world: World, told: str, age: int, outcome: Outcome) -> None:
    """Fifteen minutes online, of which one is left for the difference of two clocks."""
    world.follow()
    assert world.verdict("KOR", told, NOW + age).outcome is outcome


def test_knowledge_is_as_old_as_its_signature(world: World, told: str) -> None:
    """A head that was signed long ago and received now is old knowledge: nobody can freeze a lane unseen."""
    page = DirectLink(world.home, "KOR", NOW).fetch(followed(world), 0)
    follow.take(world["KOR"], DirectLink(world.home, "KOR", NOW + 500), HOME, page, NOW + 500)
    assert world.verdict("KOR", told, NOW + 500).age == 560


def test_knowledge_is_as_old_as_its_receipt(world: World, told: str) -> None:
    """An issuer whose clock is ahead cannot make what it tells live longer."""
    follow.catch_up(world["KOR"], DirectLink(world.home, "KOR", NOW + 60), HOME, NOW)
    assert world.verdict("KOR", told, NOW + 100).age == 160


def test_silent_lane_is_made_fresh_by_its_heartbeat(world: World, told: str) -> None:
    """A newly signed head without a new leaf says that there is nothing new."""
    world.follow()
    world.follow(now=NOW + 3000)
    assert world.verdict("KOR", told, NOW + 3000).outcome is Outcome.VALID


def test_old_head_that_is_replayed_does_not_make_knowledge_fresh(world: World, told: str) -> None:
    """Whoever replays yesterday's head of the same size gains nothing."""
    replayed = DirectLink(world.home, "KOR", NOW).fetch
    world.follow()
    page = replayed(followed(world), 0)
    follow.take(world["KOR"], DirectLink(world.home, "KOR", NOW + 3000), HOME, page, NOW + 3000)
    assert world.verdict("KOR", told, NOW + 3000).outcome is Outcome.STALE


def test_older_signature_of_the_same_head_does_not_make_knowledge_older(world: World, told: str) -> None:
    """A page that was under way for longer takes nothing from what a newer one has shown."""
    slow = DirectLink(world.home, "KOR", NOW)
    world.follow()
    page = slow.fetch(followed(world), 0)
    world.follow(now=NOW + 500)
    follow.take(world["KOR"], DirectLink(world.home, "KOR", NOW + 500), HOME, page, NOW + 500)
    assert world.verdict("KOR", told, NOW + 500).age == 60


def test_withdrawn_stays_withdrawn_when_knowledge_is_stale(world: World, told: str) -> None:
    """A revocation is for ever, and is the answer also of a follower that has been out of touch."""
    world.revoke(told)
    world.follow()
    assert world.verdict("KOR", told, NOW + 30 * DAY).reason is Reason.REVOKED


def test_expired_keyring_is_stale(world: World, told: str) -> None:
    """All that rests on a keyring ends with it, however fresh the lane."""
    world.follow()
    verdict = world.verdict("KOR", told, NOW + 365 * DAY, max_age=1000 * DAY)
    assert (verdict.outcome, verdict.reason) == (Outcome.STALE, Reason.KEYRING_EXPIRED)


def test_keyring_serves_in_its_last_second(world: World, told: str) -> None:
    """The end of a keyring is the first instant at which it no longer serves."""
    world.follow()
    last = NOW + 365 * DAY - 1
    assert world.verdict("KOR", told, last, max_age=1000 * DAY).reason is None


def test_follower_never_heard_of_is_stale_rather_than_valid(world: World, told: str) -> None:
    """Leaves without a whole contact do not make an assertion valid."""
    link = DirectLink(world.home, "KOR", limit=1)
    world.revoke(told)
    for _ in range(2):
        follow.take(world["KOR"], link, HOME, link.fetch(followed(world), 1), NOW)
    assert world.verdict("KOR", told).outcome is Outcome.STALE


def test_acknowledgement_reaches_the_issuer(world: World, told: str) -> None:
    """The issuer keeps how far its follower has applied, and since when it knows."""
    world.follow()
    lane = head(world, HOME)
    assert (lane.acknowledged_size, lane.acknowledged_at) == (lane.size, NOW)


def test_follower_without_its_witness_key_applies_all_the_same(world: World, told: str) -> None:
    """What protects people is applied before it is cosigned."""
    witness = {kid for kid, key in keys(world).items() if key is Role.WITNESS}
    kor = world["KOR"]
    blind = replace(
        kor, signers=MemoryKeychain({kid: signer for kid, signer in kor.signers.items() if kid not in witness})
    )
    with refused(Reason.SIGNER_UNAVAILABLE):
        follow.catch_up(blind, DirectLink(world.home, "KOR"), HOME, NOW)
    assert head(world, "KOR").size == head(world, HOME).size


def keys(world: World) -> dict[str, Role]:
    """List the roles of the follower's keys."""
    return {key.kid: key.role for key in keyring_of("KOR").keys}


class DyingLink(DirectLink):
    """A link on which no acknowledgement gets through."""

    def acknowledge(self, checkpoint: object, line: str) -> None:
        """Fail."""
        raise ConnectionError


def test_lost_acknowledgement_is_given_again_at_the_next_contact(world: World, told: str) -> None:
    """Whatever was applied and not heard of is acknowledged with the next head, also if that brings no leaf."""
    with pytest.raises(ConnectionError):
        follow.catch_up(world["KOR"], DyingLink(world.home, "KOR"), HOME, NOW)
    world.follow()
    assert head(world, HOME).acknowledged_size == head(world, HOME).size


def test_first_failed_step_is_freshness_where_nothing_else_is_wrong(world: World, told: str) -> None:
    """A stale verdict says that everything before held."""
    world.follow()
    assert world.verdict("KOR", told, NOW + DAY).passed[-1] is Step.STANDING


def test_page_is_never_larger_than_the_node_allows(world: World, told: str) -> None:
    """Whoever asks for a million leaves gets a page."""
    page: Page = lanes.page_for(world.home, "KOR", Position(0, followed(world).root), 10**6, NOW)
    assert len(page.entries) == head(world, HOME).size
