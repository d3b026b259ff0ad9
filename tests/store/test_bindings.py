from collections.abc import Callable
from dataclasses import replace

import pytest
from fakes.records import LANE, NOW, grant, issue

from interchange.domain.binding import SentBinding
from interchange.store import assertions, bindings
from interchange.store.ledger import Ledger, Tx

SENT = SentBinding("j1", "d1", "BBB", "AAA/ONE", NOW)


@pytest.fixture
def sent(ledger: Ledger) -> Ledger:
    """A ledger with one binding that waits for BBB."""

    def work(tx: Tx) -> None:
        grant(tx)
        issue(tx)
        bindings.add(tx, "j1", "d1", b"sealed", NOW)

    ledger.transact(work)
    return ledger


def test_a_binding_is_read_as_it_was_recorded(sent: Ledger) -> None:
    """With party and organ of its assertion."""
    assert sent.read(lambda tx: bindings.get(tx, "j1", "d1")) == SENT


def test_the_sealed_bytes_wait_for_their_partner(sent: Ledger) -> None:
    """They are the partner's for as long as the assertion lives."""
    assert sent.read(lambda tx: bindings.sealed(tx, "j1", "BBB", NOW + 999)) == b"sealed"


@pytest.mark.parametrize(
    ("jti", "party", "now"),
    [
        pytest.param("j2", "BBB", NOW, id="an unknown assertion"),
        pytest.param("j1", "CCC", NOW, id="another partner"),
        pytest.param("j1", "BBB", NOW + 1000, id="an expired assertion"),
    ],
)
def test_nobody_else_gets_them(sent: Ledger, jti: str, party: str, now: int) -> None:
    """One answer for all that is not there for the caller."""
    assert sent.read(lambda tx: bindings.sealed(tx, jti, party, now)) is None


Step = Callable[[Tx], None]
STEPS: dict[str, Step] = {
    "confirmed": lambda tx: bindings.confirm(tx, "j1", "d1", NOW + 1),
    "ended": lambda tx: bindings.end(tx, "j1", NOW + 1),
    "revoked": lambda tx: assertions.mark_revoked(tx, ["j1"], NOW + 1),
}


@pytest.mark.parametrize("step", STEPS)
def test_what_has_ended_is_given_to_nobody(sent: Ledger, step: str) -> None:
    """Whichever way it ended."""
    sent.transact(STEPS[step])
    assert sent.read(lambda tx: bindings.sealed(tx, "j1", "BBB", NOW + 1)) is None


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("confirmed", replace(SENT, confirmed_at=NOW + 1)),
        ("ended", replace(SENT, ended_at=NOW + 1)),
    ],
)
def test_what_became_of_it_is_recorded(sent: Ledger, step: str, expected: SentBinding) -> None:
    """That something was sent is known after its content is gone."""
    sent.transact(STEPS[step])
    assert sent.read(lambda tx: bindings.get(tx, "j1", "d1")) == expected


def test_a_second_confirmation_changes_nothing(sent: Ledger) -> None:
    """The first instant stays."""
    sent.transact(STEPS["confirmed"])
    sent.transact(lambda tx: bindings.confirm(tx, "j1", "d1", NOW + 2))
    found = sent.read(lambda tx: bindings.get(tx, "j1", "d1"))
    assert found == replace(SENT, confirmed_at=NOW + 1)


def test_somebody_else_at_the_gate_deletes_nothing(sent: Ledger) -> None:
    """The right person may still come."""
    sent.transact(lambda tx: bindings.mark_unmatched(tx, "j1", "d1", NOW + 1))
    found = sent.read(lambda tx: (bindings.sealed(tx, "j1", "BBB", NOW), bindings.get(tx, "j1", "d1")))
    assert found == (b"sealed", replace(SENT, unmatched_at=NOW + 1))


@pytest.mark.parametrize(("step", "expected"), [("", True), ("confirmed", False), ("ended", False), ("revoked", True)])
def test_whether_one_waits_is_known(sent: Ledger, step: str, expected: bool) -> None:
    """Until the partner has confirmed it or it was ended."""
    sent.transact(STEPS.get(step, lambda _: None))
    assert sent.read(lambda tx: bindings.waits(tx, "j1")) is expected


@pytest.mark.parametrize(("step", "expected"), [("", ["j1"]), ("confirmed", ["j1"]), ("ended", [])])
def test_bindings_of_a_person_that_may_still_be_relied_on_are_listed(
    sent: Ledger, step: str, expected: list[str]
) -> None:
    """A confirmed one too: the partner knows by it who the person is."""
    sent.transact(STEPS.get(step, lambda _: None))
    assert sent.read(lambda tx: bindings.unended_of(tx, "s1")) == expected


@pytest.mark.parametrize(("step", "expected"), [("", [("j1", "d1", b"sealed")]), ("confirmed", []), ("ended", [])])
def test_what_waits_in_a_lane_is_listed_for_audits(
    sent: Ledger, step: str, expected: list[tuple[str, str, bytes]]
) -> None:
    """With the bytes, whose digest the lane tells."""
    sent.transact(STEPS.get(step, lambda _: None))
    found = sent.read(lambda tx: (bindings.waiting_in(tx, LANE), bindings.waiting_in(tx, "another")))
    assert found == (expected, [])


@pytest.fixture
def many(ledger: Ledger) -> Ledger:
    """Two bindings of one assertion, one of another, one of another organ to another party."""

    def work(tx: Tx) -> None:
        grant(tx)
        issue(tx, "j1", 1)
        issue(tx, "j2", 2)
        issue(tx, "j3", 3, party="CCC", organ="AAA/TWO")
        for jti, digest in (("j1", "d2"), ("j1", "d1"), ("j2", "d1"), ("j3", "d9")):
            bindings.add(tx, jti, digest, b"sealed", NOW)

    ledger.transact(work)
    return ledger


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["j1 d1", "j1 d2", "j2 d1", "j3 d9"]),
        ({"jti": "j1"}, ["j1 d1", "j1 d2"]),
        ({"party": "CCC"}, ["j3 d9"]),
        ({"organ": "AAA/ONE"}, ["j1 d1", "j1 d2", "j2 d1"]),
        ({"party": "CCC", "organ": "AAA/ONE"}, []),
        ({"after": ("j1", "d1")}, ["j1 d2", "j2 d1", "j3 d9"]),
        ({"after": ("j1", "d2"), "limit": 1}, ["j2 d1"]),
    ],
)
def test_bindings_are_listed_in_order(many: Ledger, filters: dict[str, object], expected: list[str]) -> None:
    """By assertion and digest, page by page, those that match all filters."""
    found = many.read(lambda tx: bindings.page(tx, **filters))  # type: ignore[arg-type]  # of the table above
    assert [f"{each.jti} {each.sha256}" for each in found] == expected
