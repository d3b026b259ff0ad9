import pytest
from fakes.records import AUTHORITY, LANE, append

from interchange.domain.events import AssertionIssued, BindingEnded, BindingSent, Event, Revoked
from interchange.store import told, told_bindings
from interchange.store.ledger import Ledger, Tx

OTHER_LANE = f"{AUTHORITY}/lane/CCC/1"
ISSUED = AssertionIssued("j1", 7, "digest-1")
SENT = BindingSent("j1", "first")


def tell(tx: Tx, *events: Event, origin: str = LANE) -> None:
    """Append one leaf an event, and apply it."""
    for event in events:
        n = append(tx, b"leaf", origin=origin, party=origin.split("/")[2]).size - 1
        told.record(tx, AUTHORITY, origin, n, event)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([ISSUED], None, id="none sent"),
        pytest.param([ISSUED, SENT], "first", id="sent"),
        pytest.param([ISSUED, SENT, BindingSent("j1", "second")], "second", id="sent again"),
        pytest.param([ISSUED, SENT, BindingEnded("j1")], None, id="ended"),
        pytest.param([ISSUED, SENT, BindingEnded("j1"), BindingSent("j1", "second")], "second", id="sent after an end"),
        pytest.param([ISSUED, SENT, Revoked("j1")], "first", id="of a revoked assertion"),
    ],
)
def test_the_binding_that_was_told_last_holds(ledger: Ledger, events: list[Event], expected: str | None) -> None:
    """Until it is ended; what the assertion is worth is another question."""
    ledger.transact(lambda tx: tell(tx, *events))
    assert ledger.read(lambda tx: told_bindings.holding(tx, AUTHORITY, "j1")) == expected


def test_a_binding_concerns_its_own_authority(ledger: Ledger) -> None:
    """What one party told says nothing about the same id from another party."""
    ledger.transact(lambda tx: tell(tx, ISSUED, SENT))
    assert ledger.read(lambda tx: told_bindings.holding(tx, "zzz.clearance.example", "j1")) is None


def test_a_lane_is_listed_for_audits(ledger: Ledger) -> None:
    """The last word of one lane on each binding, and nothing of another lane."""

    def work(tx: Tx) -> None:
        tell(tx, ISSUED, AssertionIssued("j2", 8, "digest-2"), SENT, BindingSent("j2", "other"), BindingEnded("j2"))
        tell(tx, AssertionIssued("j3", 9, "digest-3"), BindingSent("j3", "third"), origin=OTHER_LANE)

    ledger.transact(work)
    assert ledger.read(lambda tx: told_bindings.told_in(tx, LANE)) == {"j1": "first", "j2": None}
