"""What a restriction does to what the key signed before, and that a node's tables and a follower's memory agree."""

from dataclasses import replace
from itertools import product

import pytest
from fakes import tokens
from fakes.party import PROJECT, FakeParty, next_keyring
from fakes.readers import catch_up, follow, judged
from fakes.records import append
from fakes.tokens import NOW

from interchange.client.follower import Follower
from interchange.client.projection import Projection
from interchange.domain.events import KeyRestricted, KeyringPublished, Restriction
from interchange.domain.narrowing import Narrowing
from interchange.errors import Reason
from interchange.flows.verify import Examined, examine
from interchange.store import partners, told
from interchange.store.ledger import Ledger, Tx

KID = tokens.kid("assert")
SUSPENDED, RETIRED, TAINTED = Restriction.SUSPENDED, Restriction.RETIRED, Restriction.TAINTED
T = NOW + 500
LATE, TOLD = NOW + 1000, NOW + 2000


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ((RETIRED,), None),
        ((SUSPENDED,), Reason.KEY_RESTRICTED),
        ((TAINTED,), Reason.KEY_RESTRICTED),
        ((RETIRED, TAINTED), Reason.KEY_RESTRICTED),
        ((SUSPENDED, RETIRED), Reason.KEY_RESTRICTED),
        ((TAINTED, RETIRED), Reason.KEY_RESTRICTED),
    ],
)
def test_what_the_key_signed_before(steps: tuple[Restriction, ...], reason: Reason | None) -> None:
    """Retiring is no word against it, the others are, and nothing that is told afterwards widens them."""
    party = FakeParty()
    token = party.issue()
    for how in steps:
        party.tell(KeyRestricted(KID, how))
    assert judged(follow(party), token).reason is reason


# -- a taint ----------------------------------------------------------------------------------------------------


def heard(party: FakeParty, follower: Follower, at: int, *, signed: int | None = None) -> None:
    """Let the follower take what there is by its own clock; the lane key says another time if told so."""
    party.now = at if signed is None else signed
    while not follower.accept(party.fetch(follower.frontier), at):
        pass


def tainted(party: FakeParty, follower: Follower, *since: int) -> None:
    """Tell taints, and let the follower hear of them."""
    for instant in since or (T,):
        party.tell(KeyRestricted(KID, TAINTED, instant))
    heard(party, follower, TOLD)


def seen(at: int, *, signed: int | None = None) -> tuple[FakeParty, Follower, bytes]:
    """A party, and a follower that took the one assertion of its lane at an instant."""
    party = FakeParty()
    follower, token = Follower(party.keyrings[1], **party.terms), party.issue()
    heard(party, follower, at, signed=signed)
    return party, follower, token


@pytest.mark.parametrize(
    ("at", "reason"), [(T - 61, None), (T - 60, Reason.KEY_RESTRICTED), (LATE, Reason.KEY_RESTRICTED)]
)
def test_what_was_taken_more_than_a_minute_before_counts(at: int, reason: Reason | None) -> None:
    """By the follower's own clock, to the second, whatever the assertion says of itself."""
    party, follower, token = seen(at)
    tainted(party, follower)
    assert judged(follower, token, TOLD).reason is reason


def test_time_of_the_lane_key_does_not_save_it() -> None:
    """A thief of the lane key dates checkpoints back."""
    party, follower, token = seen(LATE, signed=NOW)
    tainted(party, follower)
    assert judged(follower, token, TOLD).reason is Reason.KEY_RESTRICTED


def test_next_leaf_was_not_there() -> None:
    """What came after the last head that was taken in time is refused, what came before it stays."""
    party, follower, token = seen(NOW)
    later = party.issue()
    heard(party, follower, LATE)
    tainted(party, follower)
    assert [judged(follower, each, TOLD).reason for each in (token, later)] == [None, Reason.KEY_RESTRICTED]


def test_leaves_of_a_page_that_reaches_no_head_are_witnessed_with_the_head() -> None:
    """Nothing is acknowledged before all of it is there."""
    party = FakeParty()
    follower, token = Follower(party.keyrings[1], **party.terms), party.issue()
    party.issue()
    follower.accept(party.page(0, limit=1), NOW)
    heard(party, follower, LATE)
    tainted(party, follower)
    assert judged(follower, token, TOLD).reason is Reason.KEY_RESTRICTED


def test_head_that_comes_again_keeps_its_first_time() -> None:
    """A quiet lane is heard again and again."""
    party, follower, token = seen(NOW)
    heard(party, follower, LATE)
    tainted(party, follower)
    assert judged(follower, token, TOLD).reason is None


@pytest.mark.parametrize("since", [(T, LATE + 500), (LATE + 500, T)])
def test_of_several_taints_the_earliest_holds(since: tuple[int, int]) -> None:
    """In either order."""
    party, follower, token = seen(LATE)
    tainted(party, follower, *since)
    assert judged(follower, token, TOLD).reason is Reason.KEY_RESTRICTED


@pytest.mark.parametrize("order", [1, -1])
def test_taint_lifts_no_suspension(order: int) -> None:
    """Though it would count by the taint alone."""
    party, follower, token = seen(NOW)
    for event in (KeyRestricted(KID, SUSPENDED), KeyRestricted(KID, TAINTED, T))[::order]:
        party.tell(event)
    heard(party, follower, TOLD)
    assert judged(follower, token, TOLD).reason is Reason.KEY_RESTRICTED


@pytest.mark.parametrize(("at", "reason"), [(NOW, None), (LATE, Reason.KEY_RESTRICTED)])
def test_keyring_that_folds_the_taint_in_keeps_the_rule(at: int, reason: Reason | None) -> None:
    """The same counts as before."""
    party, follower, token = seen(at)
    tainted(party, follower)
    first, *others = tokens.party_keyring().keys
    follower.install_keyring(party.publish(next_keyring(keys=(replace(first, tainted_since=T), *others))))
    heard(party, follower, TOLD)
    assert judged(follower, token, TOLD).reason is reason


def test_lane_that_is_read_anew_shows_nothing_of_the_past() -> None:
    """A program that ended does not know any more when it had the leaves."""
    party, _, token = seen(NOW)
    party.tell(KeyRestricted(KID, TAINTED, T))
    party.now = TOLD
    follower = Follower(party.keyrings[1], **party.terms)
    catch_up(follower, party)
    assert judged(follower, token, TOLD).reason is Reason.KEY_RESTRICTED


@pytest.mark.parametrize("how", [SUSPENDED, TAINTED])
def test_nothing_that_was_answered_before_outlives_a_restriction(how: Restriction) -> None:
    """The same follower is asked about the same bytes before and after."""
    party, follower, token = seen(LATE)
    before = judged(follower, token, LATE).reason
    party.tell(KeyRestricted(KID, how, T if how is TAINTED else None))
    heard(party, follower, TOLD)
    assert (before, judged(follower, token, TOLD).reason) == (None, Reason.KEY_RESTRICTED)


def test_keyring_that_comes_in_the_middle_of_a_question_counts() -> None:
    """The key was looked up before the keyring that drops it."""
    party, follower, token = seen(NOW)
    context = follower._trust.context(PROJECT, NOW)
    read = examine(token, follower, context)
    assert isinstance(read, Examined)
    follower.install_keyring(party.publish(next_keyring(keys=tokens.party_keyring().keys[1:])))
    assert follower.facts(read.assertion, read.record, context).restricted


# -- a node's tables and a follower's memory --------------------------------------------------------------------


TAINTS = {"a taint": Narrowing(since=T), "a later taint": Narrowing(since=LATE)}
STEPS = (*TAINTS, SUSPENDED, "install the next keyring", "tell the newest keyring", "tell the first keyring")


def event_of(step: str, number: int) -> KeyRestricted | KeyringPublished:
    """Give what is told at a step, when the newest keyring that is installed has that number."""
    match step:
        case "tell the newest keyring":
            return KeyringPublished(number, "")
        case "tell the first keyring":
            return KeyringPublished(1, "")
        case taint if taint in TAINTS:
            return KeyRestricted(KID, TAINTED, TAINTS[taint].since)
        case how:
            return KeyRestricted(KID, Restriction(how))


def at_node(tx: Tx, authority: str, steps: tuple[str, ...]) -> Narrowing | None:
    """Let a node's tables take steps, and ask how the key is narrowed."""
    number, origin = 0, f"{authority}/lane/BBB/1"
    for step in ("install the next keyring", "tell the newest keyring", *steps):
        if step == "install the next keyring":
            number += 1
            partners.add_keyring(tx, authority, number, b"", "", 0)
        else:
            n = append(tx, b"leaf", origin=origin).size - 1
            told.record(tx, authority, origin, n, event_of(step, number))
    return told.narrowing(tx, authority, KID)


def in_memory(steps: tuple[str, ...]) -> Narrowing | None:
    """Let a follower's memory take the same steps."""
    number, projection = 0, Projection()
    for step in ("install the next keyring", "tell the newest keyring", *steps):
        if step == "install the next keyring":
            number += 1
        else:
            projection.apply([event_of(step, number)], number)
    return projection.narrowings.get(KID)


def test_node_and_follower_agree_on_every_short_history(ledger: Ledger) -> None:
    """All orders of three steps: restrictions, keyrings installed, keyrings told anew and again."""
    histories = list(product(STEPS, repeat=3))

    def work(tx: Tx) -> list[Narrowing | None]:
        return [at_node(tx, f"n{number}.example", steps) for number, steps in enumerate(histories)]

    assert ledger.transact(work) == [in_memory(steps) for steps in histories]
