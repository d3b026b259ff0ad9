from typing import Any

import pytest
from fakes.records import LANE, NOW, issue
from sqlalchemy import update

from interchange.domain.projects import IssuedAssertion
from interchange.store import assertions
from interchange.store.ledger import Ledger
from interchange.store.tables import LeafRow


def ids(found: list[IssuedAssertion]) -> list[str]:
    """Name what was found."""
    return [each.jti for each in found]


def test_assertion_is_read_back_as_it_was_added(ledger: Ledger) -> None:
    """Nothing of an assertion is lost or changed in the ledger."""
    added = ledger.transact(issue)
    assert ledger.read(lambda tx: assertions.get(tx, "j1")) == added


def test_unknown_assertion_is_none(ledger: Ledger) -> None:
    """An id that was never used is not found."""
    assert ledger.read(lambda tx: assertions.get(tx, "j1")) is None


def test_token_is_the_one_that_was_released(ledger: Ledger) -> None:
    """The JWS comes back byte for byte."""
    issued = ledger.transact(lambda tx: issue(tx, token=b"h.p.s"))
    assert ledger.read(lambda tx: assertions.token(tx, issued)) == b"h.p.s"


def test_token_is_none_after_its_retention(ledger: Ledger) -> None:
    """An assertion whose JWS was deleted is still known."""
    issued = ledger.transact(issue)
    ledger.transact(lambda tx: tx.execute(update(LeafRow).values(token=None)))
    assert ledger.read(lambda tx: assertions.token(tx, issued)) is None


@pytest.fixture
def several(ledger: Ledger) -> Ledger:
    """Four assertions that differ in one thing each from the first."""
    ledger.transact(
        lambda tx: (
            issue(tx, "j1", 1),
            issue(tx, "j2", 2, subject_id="s2", exp=NOW + 5),
            issue(tx, "j3", 3, project_id="p2", employer_id="e2"),
            issue(tx, "j4", 4, party="CCC", agreement="AAA-CCC-2020", list_number=2),
        )
    )
    return ledger


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({}, ["j1", "j2", "j3", "j4"]),
        ({"party": "CCC"}, ["j4"]),
        ({"project_id": "p2"}, ["j3"]),
        ({"party": "CCC", "project_id": "p2"}, []),
        ({"after": "j2"}, ["j3", "j4"]),
        ({"limit": 2}, ["j1", "j2"]),
        ({"after": "j1", "limit": 2}, ["j2", "j3"]),
    ],
)
def test_page_holds_what_was_asked_for_in_order(several: Ledger, where: dict[str, Any], found: list[str]) -> None:
    """A page has the assertions of the filter in the order of their ids, from its start on, up to its size."""
    assert ids(several.read(lambda tx: assertions.page(tx, **where))) == found


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ({}, ["j1", "j2", "j3", "j4"]),
        ({"subject_id": "s2"}, ["j2"]),
        ({"employer_id": "e2"}, ["j3"]),
        ({"agreement": "AAA-CCC-2020"}, ["j4"]),
        ({"subject_id": "s1", "project_id": "p1", "party": "BBB"}, ["j1"]),
    ],
)
def test_live_assertions_are_found_by_scope(several: Ledger, scope: dict[str, str], found: list[str]) -> None:
    """Whatever a withdrawal is on, all that depends on it is found."""
    assert ids(several.read(lambda tx: assertions.live(tx, NOW, **scope))) == found


@pytest.mark.parametrize(("now", "live"), [(NOW + 4, True), (NOW + 5, False)])
def test_assertion_lives_until_its_end(several: Ledger, now: int, live: bool) -> None:
    """At the first instant at which it is no longer valid an assertion is no longer live."""
    assert ("j2" in ids(several.read(lambda tx: assertions.live(tx, now)))) is live


def test_revoked_assertion_is_not_live(several: Ledger) -> None:
    """A revocation ends an assertion's life."""
    several.transact(lambda tx: assertions.mark_revoked(tx, ["j1"], NOW + 1))
    assert ids(several.read(lambda tx: assertions.live(tx, NOW + 2))) == ["j2", "j3", "j4"]


def test_revocation_is_read_back(several: Ledger) -> None:
    """When an assertion was revoked is known."""
    several.transact(lambda tx: assertions.mark_revoked(tx, ["j1"], NOW + 1))
    found = several.read(lambda tx: assertions.get(tx, "j1"))
    assert found is not None
    assert found.revoked_at == NOW + 1


def test_assertions_of_a_status_list_are_found(several: Ledger) -> None:
    """A status list is made of the assertions that hold its slots, and of no others."""
    lists = [("BBB", 1), ("CCC", 2), ("CCC", 1)]
    found = several.read(lambda tx: [ids(list(assertions.of_list(tx, *each))) for each in lists])
    assert found == [["j1", "j2", "j3"], ["j4"], []]


def test_expired_assertion_is_reported_once(several: Ledger) -> None:
    """An assertion that ended is newly expired until its expiry was reported."""
    several.transact(lambda tx: assertions.mark_expired(tx, ids(assertions.newly_expired(tx, NOW + 5)), NOW + 5))
    assert ids(several.read(lambda tx: assertions.newly_expired(tx, NOW + 1000))) == ["j1", "j3", "j4"]


def test_reporting_nothing_is_allowed(several: Ledger) -> None:
    """A pass that found nothing expired marks nothing."""
    several.transact(lambda tx: assertions.mark_expired(tx, [], NOW + 1000))
    assert len(several.read(lambda tx: assertions.newly_expired(tx, NOW + 1000))) == 4


def test_more_can_be_reported_than_a_statement_has_parameters(ledger: Ledger) -> None:
    """A whole roster that ends on one day is reported in one pass."""
    ledger.transact(issue)
    many = [f"none{n}" for n in range(70_000)]
    ledger.transact(lambda tx: assertions.mark_expired(tx, [*many, "j1"], NOW + 1000))
    assert ledger.read(lambda tx: assertions.newly_expired(tx, NOW + 1000)) == []


def test_pairwise_reference_is_kept_for_each_partner(ledger: Ledger) -> None:
    """A partner finds a subject under one reference for ever, and another partner under its own."""
    ledger.transact(lambda tx: assertions.add_pairwise(tx, "BBB", {"s1": "reference-1"}))
    known = [("s1", "BBB"), ("s1", "CCC"), ("s2", "BBB")]
    found = ledger.read(lambda tx: [assertions.pairwise(tx, *each) for each in known])
    assert found == ["reference-1", None, None]


def test_assertion_stays_at_its_leaf(ledger: Ledger) -> None:
    """An assertion's place in the lane is the number of the leaf that told it."""
    ledger.transact(issue)
    second = ledger.transact(lambda tx: issue(tx, "j2", 2))
    assert (second.origin, second.n) == (LANE, 1)
