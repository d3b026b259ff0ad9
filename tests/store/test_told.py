import pytest
from fakes.records import AUTHORITY, LANE, append

from interchange.domain.events import (
    ActPerformed,
    AssertionIssued,
    BindingEnded,
    BindingSent,
    Event,
    HoldLifted,
    HoldPlaced,
    KeyRestricted,
    KeyringPublished,
    Restriction,
    Revoked,
    Scope,
)
from interchange.domain.narrowing import Narrowing, narrowed
from interchange.domain.verdict import Told
from interchange.errors import Reason, Refusal
from interchange.store import partners, told
from interchange.store.ledger import Ledger, Tx

OTHER_LANE = f"{AUTHORITY}/lane/CCC/1"
FOREIGN = "zzz.clearance.example"
ISSUED = AssertionIssued("j1", 7, "digest-1")
UNTOUCHED = Told("digest-1", revoked=False, held=False)


def tell(tx: Tx, *events: Event, origin: str = LANE, hold_id: str | None = None) -> None:
    """Append one leaf an event, and apply it."""
    for event in events:
        n = append(tx, b"leaf", origin=origin, party=origin.split("/")[2]).size - 1
        told.record(tx, AUTHORITY, origin, n, event, hold_id)


def about(ledger: Ledger, jti: str = "j1") -> Told | None:
    """Ask what was told of an assertion of project `ref` under agreement `A-B`."""
    return ledger.read(lambda tx: told.about(tx, AUTHORITY, jti, "ref", "A-B"))


def test_issued_assertion_is_known_by_its_digest(ledger: Ledger) -> None:
    """An assertion that was told is known, with the digest of its JWS."""
    ledger.transact(lambda tx: tell(tx, ISSUED))
    assert about(ledger) == UNTOUCHED


def test_untold_assertion_is_unknown(ledger: Ledger) -> None:
    """An assertion that no lane told is not known at all."""
    ledger.transact(lambda tx: tell(tx, ISSUED))
    assert about(ledger, "j2") is None


def test_authority_vouches_for_its_own_assertions_alone(ledger: Ledger) -> None:
    """What one party told says nothing about the same id from another party."""
    ledger.transact(lambda tx: tell(tx, ISSUED))
    assert ledger.read(lambda tx: told.about(tx, FOREIGN, "j1", "ref", "A-B")) is None


def test_revocation_is_known(ledger: Ledger) -> None:
    """A revoked assertion is told as revoked."""
    ledger.transact(lambda tx: tell(tx, ISSUED, Revoked("j1")))
    assert about(ledger) == Told("digest-1", revoked=True, held=False)


@pytest.mark.parametrize(
    ("scope", "of"),
    [(Scope.ASSERTION, "j1"), (Scope.PROJECT, "ref"), (Scope.AGREEMENT, "A-B")],
)
def test_hold_on_what_it_rests_on_holds_it(ledger: Ledger, scope: Scope, of: str) -> None:
    """A hold on the assertion, its project or its agreement suspends it."""
    ledger.transact(lambda tx: tell(tx, ISSUED, HoldPlaced("h1", scope, of)))
    assert about(ledger) == Told("digest-1", revoked=False, held=True)


@pytest.mark.parametrize(
    ("scope", "of"),
    [
        pytest.param(Scope.ASSERTION, "j2", id="another assertion"),
        pytest.param(Scope.PROJECT, "other", id="another project"),
        pytest.param(Scope.AGREEMENT, "A-C", id="another agreement"),
        pytest.param(Scope.PROJECT, "j1", id="its name in another scope"),
    ],
)
def test_hold_on_something_else_does_not_hold_it(ledger: Ledger, scope: Scope, of: str) -> None:
    """A hold suspends what it is on and nothing else."""
    ledger.transact(lambda tx: tell(tx, ISSUED, HoldPlaced("h1", scope, of)))
    assert about(ledger) == UNTOUCHED


def test_lifted_hold_holds_no_more(ledger: Ledger) -> None:
    """After its lifting a hold has no effect."""
    ledger.transact(lambda tx: tell(tx, ISSUED, HoldPlaced("h1", Scope.ASSERTION, "j1"), HoldLifted("h1")))
    assert about(ledger) == UNTOUCHED


def test_second_hold_outlives_the_lifting_of_the_first(ledger: Ledger) -> None:
    """Of two holds, lifting one leaves the other."""
    holds = [HoldPlaced(name, Scope.ASSERTION, "j1") for name in ("h1", "h2")]
    ledger.transact(lambda tx: tell(tx, ISSUED, *holds, HoldLifted("h1")))
    assert about(ledger) == Told("digest-1", revoked=False, held=True)


@pytest.mark.parametrize("how", list(Restriction))
def test_restricted_key_is_known(ledger: Ledger, how: Restriction) -> None:
    """A key that a lane narrowed in any way is known to be narrowed so."""
    ledger.transact(lambda tx: tell(tx, KeyRestricted("k1", how)))
    assert ledger.read(lambda tx: told.narrowing(tx, AUTHORITY, "k1")) == narrowed(how)


@pytest.mark.parametrize("order", [1, -1])
def test_key_restricted_again_is_as_narrow_as_all_that_was_told(ledger: Ledger, order: int) -> None:
    """Narrowing a key again is no contradiction, and can only narrow: a later taint lifts no suspension."""
    steps = [
        KeyRestricted("k1", Restriction.SUSPENDED),
        KeyRestricted("k1", Restriction.TAINTED, 100),
        KeyRestricted("k1", Restriction.TAINTED, 200),
    ]
    ledger.transact(lambda tx: tell(tx, *steps[::order]))
    assert ledger.read(lambda tx: told.narrowing(tx, AUTHORITY, "k1")) == Narrowing(suspended=True, since=100)


def test_narrowed_keys_are_listed(ledger: Ledger) -> None:
    """Each once, however many lanes tell it, with all that holds of it."""
    steps = [KeyRestricted("k2", Restriction.RETIRED), KeyRestricted("k1", Restriction.TAINTED, 100)]

    def work(tx: Tx) -> None:
        tell(tx, *steps)
        tell(tx, *steps, origin=OTHER_LANE)

    ledger.transact(work)
    found = ledger.read(lambda tx: told.narrowings(tx, AUTHORITY))
    assert found == {"k1": Narrowing(since=100), "k2": Narrowing()}


def test_what_was_told_of_keys_stays_with_the_keyring_that_stands_for_it(ledger: Ledger) -> None:
    """It holds no more, and yet it can be read that it held."""

    def work(tx: Tx) -> None:
        partners.add_keyring(tx, AUTHORITY, 3, b"", "digest", 0)
        tell(tx, KeyRestricted("k1", Restriction.TAINTED, 100), KeyringPublished(3, "digest"))
        tell(tx, KeyRestricted("k2", Restriction.SUSPENDED), KeyringPublished(3, "digest"))

    ledger.transact(work)
    found = ledger.read(lambda tx: (told.narrowings(tx, AUTHORITY), told.restrictions_in(tx, LANE)))
    assert found == (
        {"k2": Narrowing(suspended=True)},
        [(0, ("k1", Restriction.TAINTED, 100), 3), (2, ("k2", Restriction.SUSPENDED, None), None)],
    )


def test_restriction_concerns_its_own_authority_and_key(ledger: Ledger) -> None:
    """Nobody can narrow another party's key, and other keys stay."""
    ledger.transact(lambda tx: tell(tx, KeyRestricted("k1", Restriction.TAINTED)))
    keys = [(FOREIGN, "k1"), (AUTHORITY, "k2")]
    assert ledger.read(lambda tx: [told.narrowing(tx, *key) for key in keys]) == [None, None]


@pytest.mark.parametrize(
    "event",
    [
        KeyringPublished(2, "digest"),
        BindingSent("j1", "digest"),
        BindingEnded("j1"),
        ActPerformed("issue", "spiffe://aaa/coordinator/one", "request", "digest", 100),
    ],
    ids=lambda event: type(event).__name__,
)
def test_other_events_change_no_look_up(ledger: Ledger, event: Event) -> None:
    """Events that concern no assertion's standing leave it as it is."""
    ledger.transact(lambda tx: tell(tx, ISSUED, BindingSent("j1", "earlier"), event))
    assert about(ledger) == UNTOUCHED


@pytest.mark.parametrize(
    ("before", "event"),
    [
        pytest.param([ISSUED], AssertionIssued("j1", 8, "digest-2"), id="an assertion told twice"),
        pytest.param([], Revoked("j1"), id="an unknown assertion revoked"),
        pytest.param([ISSUED, Revoked("j1")], Revoked("j1"), id="an assertion revoked twice"),
        pytest.param(
            [HoldPlaced("h1", Scope.PROJECT, "ref")], HoldPlaced("h1", Scope.PROJECT, "x"), id="a hold placed twice"
        ),
        pytest.param([], HoldLifted("h1"), id="an unknown hold lifted"),
        pytest.param(
            [HoldPlaced("h1", Scope.PROJECT, "ref"), HoldLifted("h1")], HoldLifted("h1"), id="a hold lifted twice"
        ),
        pytest.param(
            [HoldPlaced("h1", Scope.PROJECT, "ref"), HoldLifted("h1")],
            HoldPlaced("h1", Scope.PROJECT, "ref"),
            id="a lifted hold placed again",
        ),
        pytest.param([], BindingSent("j1", "digest"), id="a binding of an unknown assertion"),
        pytest.param([ISSUED, Revoked("j1")], BindingSent("j1", "digest"), id="a binding of a revoked assertion"),
        pytest.param([ISSUED, BindingSent("j1", "digest")], BindingSent("j1", "digest"), id="a binding told twice"),
        pytest.param([ISSUED], BindingEnded("j1"), id="an unknown binding ended"),
        pytest.param(
            [ISSUED, BindingSent("j1", "digest"), BindingEnded("j1")], BindingEnded("j1"), id="a binding ended twice"
        ),
    ],
)
def test_contradicting_event_is_refused(ledger: Ledger, before: list[Event], event: Event) -> None:
    """What was told cannot be told anew, and what is not open cannot be ended."""
    ledger.transact(lambda tx: tell(tx, *before))
    with pytest.raises(Refusal) as refused:
        ledger.transact(lambda tx: tell(tx, event))
    assert refused.value.reason is Reason.LEAF_FORM


@pytest.mark.parametrize(
    "event",
    [Revoked("j1"), HoldLifted("h1"), BindingSent("j1", "other"), BindingEnded("j1")],
    ids=lambda event: type(event).__name__,
)
def test_one_lane_cannot_end_what_another_told(ledger: Ledger, event: Event) -> None:
    """A revocation or lifting, a binding or its end, counts only in the lane that told what it is about."""
    hold, binding = HoldPlaced("h1", Scope.PROJECT, "ref"), BindingSent("j1", "digest")
    ledger.transact(lambda tx: tell(tx, ISSUED, hold, binding))
    with pytest.raises(Refusal) as refused:
        ledger.transact(lambda tx: tell(tx, event, origin=OTHER_LANE))
    assert refused.value.reason is Reason.LEAF_FORM


def test_lane_is_listed_for_audits(ledger: Ledger) -> None:
    """All that one lane told is listed with its place and state, and nothing of another lane."""

    def work(tx: Tx) -> None:
        tell(tx, ISSUED, AssertionIssued("j2", 8, "digest-2"), Revoked("j2"))
        tell(tx, HoldPlaced("h1", Scope.PROJECT, "ref"), HoldPlaced("h2", Scope.PROJECT, "ref"), HoldLifted("h2"))
        tell(tx, AssertionIssued("j3", 9, "digest-3"), HoldPlaced("h3", Scope.PROJECT, "ref"), origin=OTHER_LANE)

    ledger.transact(work)
    found = ledger.read(lambda tx: (sorted(told.issued_in(tx, LANE)), told.holds_in(tx, LANE)))
    assert found == ([("j1", 0, "digest-1", False), ("j2", 1, "digest-2", True)], {"h1": True, "h2": False})


@pytest.mark.parametrize(("jti", "place"), [("j1", (LANE, 0, True)), ("j2", None)])
def test_place_of_an_assertion_is_known(ledger: Ledger, jti: str, place: tuple[str, int, bool] | None) -> None:
    """Where an assertion was told, and whether it was revoked, is found by its id."""
    ledger.transact(lambda tx: tell(tx, ISSUED, Revoked("j1")))
    assert ledger.read(lambda tx: told.place_of(tx, AUTHORITY, jti)) == place


def test_told_holds_behind_our_hold_are_listed_by_partner(ledger: Ledger) -> None:
    """What has to be lifted with a hold of ours is found, each with the partner that was told."""
    ours = [HoldPlaced("h1", Scope.ASSERTION, "j1"), HoldPlaced("h2", Scope.ASSERTION, "j2")]

    def work(tx: Tx) -> None:
        tell(tx, HoldPlaced("h3", Scope.ASSERTION, "j3"), origin=OTHER_LANE, hold_id="ours")
        tell(tx, *ours, hold_id="ours")
        tell(tx, HoldPlaced("h4", Scope.ASSERTION, "j1"), hold_id="another")
        tell(tx, HoldLifted("h1"))

    ledger.transact(work)
    assert ledger.read(lambda tx: told.open_holds_behind(tx, "ours")) == [("BBB", "h2"), ("CCC", "h3")]
