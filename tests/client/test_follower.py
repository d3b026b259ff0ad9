"""Following an honest party in memory."""

import pytest
from fakes import tokens
from fakes.party import PROJECT, WITNESS, FakeParty
from fakes.readers import catch_up, follow, jti_of, judged
from fakes.refusals import refused
from fakes.tokens import NOW

from interchange.client.follower import Follower
from interchange.crypto.ed25519 import verify
from interchange.domain.checkpoint import LineKind, cosigned_message, key_id
from interchange.domain.events import BindingEnded, BindingSent, Scope
from interchange.domain.verdict import Outcome
from interchange.errors import Reason
from interchange.wire.note import parse_line


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
    party.tell(BindingEnded(jti))
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
