"""Clearances, projects, holds and partners: plain records, read back as they were written."""

from datetime import date
from functools import partial
from typing import Any

import pytest
from fakes.records import AUTHORITY, NOW, grant, partner, project

from interchange.domain.projects import Field, Hold, ProjectPartner
from interchange.domain.standing import HoldScope
from interchange.store import clearances, holds, partners, projects
from interchange.store.ledger import Ledger, Tx


def test_clearance_is_read_back_as_it_was_added(ledger: Ledger) -> None:
    """Nothing of a clearance is lost or changed, its day included."""
    added = ledger.transact(lambda tx: grant(tx, notified_on=date(2024, 2, 29)))
    assert ledger.read(lambda tx: clearances.of_subject(tx, "s1")) == [added]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({}, ["c1", "c2", "c3"]),
        ({"organ": "AAA/TWO"}, ["c2"]),
        ({"after": "c1"}, ["c2", "c3"]),
        ({"after": "c1", "limit": 1}, ["c2"]),
    ],
)
def test_clearances_are_paged_in_order(ledger: Ledger, where: dict[str, Any], found: list[str]) -> None:
    """A page has the clearances of the filter in the order of their ids."""

    def fill(tx: Tx) -> None:
        grant(tx, "c3")
        grant(tx, "c1", subject_id="s2")
        grant(tx, "c2", organ="AAA/TWO")

    ledger.transact(fill)
    page = ledger.read(lambda tx: clearances.page(tx, **where))
    assert [each.clearance_id for each in page] == found


def test_subject_has_its_own_clearances_alone(ledger: Ledger) -> None:
    """What was granted to another subject is not among a subject's clearances."""
    ledger.transact(lambda tx: grant(tx, subject_id="s2"))
    assert ledger.read(lambda tx: clearances.of_subject(tx, "s1")) == []


PARTNERS = (ProjectPartner("BBB", "AAA-BBB-2020", "reference-1"), ProjectPartner("CCC", "AAA-CCC-2020", "reference-2"))


@pytest.mark.parametrize("field", list(Field))
def test_project_is_read_back_as_it_was_added(ledger: Ledger, field: Field) -> None:
    """Nothing of a project is lost or changed, its partners included."""
    added = project(field=field, defence=True, title="量子磁石", partners=PARTNERS)
    ledger.transact(lambda tx: projects.add(tx, added, NOW))
    assert ledger.read(lambda tx: projects.get(tx, "p1")) == added


def test_unknown_project_is_none(ledger: Ledger) -> None:
    """A project that was never opened is not found."""
    assert ledger.read(lambda tx: projects.get(tx, "p1")) is None


@pytest.mark.parametrize(
    ("where", "found"),
    [({}, ["p1", "p2", "p3"]), ({"party": "CCC"}, ["p2"]), ({"after": "p1"}, ["p2", "p3"]), ({"limit": 1}, ["p1"])],
)
def test_projects_are_paged_in_order(ledger: Ledger, where: dict[str, Any], found: list[str]) -> None:
    """A page has the projects of the filter in the order of their ids, each with all its partners."""
    added = {"p3": project("p3"), "p1": project("p1"), "p2": project("p2", partners=PARTNERS)}

    def fill(tx: Tx) -> None:
        for each in added.values():
            projects.add(tx, each, NOW)

    ledger.transact(fill)
    page = ledger.read(lambda tx: projects.page(tx, **where))
    assert page == [added[name] for name in found]


@pytest.mark.parametrize("scope", list(HoldScope))
def test_hold_is_read_back_as_it_was_opened(ledger: Ledger, scope: HoldScope) -> None:
    """A hold keeps its true scope."""
    opened = Hold("h1", scope, "x", NOW)
    ledger.transact(lambda tx: holds.add(tx, opened))
    assert ledger.read(lambda tx: holds.get(tx, "h1")) == opened


def test_closed_hold_is_known_as_closed(ledger: Ledger) -> None:
    """When a hold was closed is known."""
    ledger.transact(lambda tx: holds.add(tx, Hold("h1", HoldScope.SUBJECT, "s1", NOW)))
    ledger.transact(lambda tx: holds.close(tx, "h1", NOW + 5))
    assert ledger.read(lambda tx: holds.get(tx, "h1")) == Hold("h1", HoldScope.SUBJECT, "s1", NOW, NOW + 5)


@pytest.fixture
def held(ledger: Ledger) -> Ledger:
    """Holds on a subject and on a project, and one on the subject that is closed."""

    def fill(tx: Tx) -> None:
        holds.add(tx, Hold("h1", HoldScope.SUBJECT, "s1", NOW))
        holds.add(tx, Hold("h2", HoldScope.PROJECT, "p1", NOW))
        holds.add(tx, Hold("h3", HoldScope.SUBJECT, "s1", NOW))
        holds.close(tx, "h3", NOW + 5)

    ledger.transact(fill)
    return ledger


@pytest.mark.parametrize(
    ("refs", "found"),
    [
        pytest.param({HoldScope.SUBJECT: "s1"}, ["h1"], id="one open, one closed"),
        pytest.param({HoldScope.SUBJECT: "s1", HoldScope.PROJECT: "p1"}, ["h1", "h2"], id="on two things"),
        pytest.param({HoldScope.SUBJECT: "s2", HoldScope.PROJECT: "p1"}, ["h2"], id="on one of two"),
        pytest.param({HoldScope.EMPLOYER: "s1"}, [], id="the same name in another scope"),
        pytest.param({}, [], id="on nothing"),
    ],
)
def test_open_holds_are_found_by_what_they_are_on(held: Ledger, refs: dict[HoldScope, str], found: list[str]) -> None:
    """Of all holds those count that are open and on one of the things asked about."""
    assert [hold.hold_id for hold in held.read(lambda tx: holds.open_on(tx, refs))] == found


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({}, ["h1", "h2", "h3"]),
        ({"open_only": True}, ["h1", "h2"]),
        ({"after": "h1"}, ["h2", "h3"]),
        ({"limit": 1}, ["h1"]),
    ],
)
def test_holds_are_paged_in_order(held: Ledger, where: dict[str, Any], found: list[str]) -> None:
    """A page has the holds of the filter in the order of their ids."""
    page = held.read(lambda tx: holds.page(tx, **where))
    assert [hold.hold_id for hold in page] == found


def test_partners_are_read_back_by_code(ledger: Ledger) -> None:
    """Nothing of a partner is lost or changed, and all are listed by code."""
    for added in (partner("CCC"), partner("BBB")):
        ledger.transact(partial(partners.admit, partner=added, now=NOW))
    assert ledger.read(partners.everyone) == [partner("BBB"), partner("CCC")]


@pytest.mark.parametrize(("party", "found"), [("BBB", partner("BBB")), ("DDD", None)])
def test_partner_is_found_if_admitted(ledger: Ledger, party: str, found: object) -> None:
    """A party that was not admitted is no partner."""
    ledger.transact(lambda tx: partners.admit(tx, partner("BBB"), NOW))
    assert ledger.read(lambda tx: partners.get(tx, party)) == found


@pytest.fixture
def keyed(ledger: Ledger) -> Ledger:
    """Three keyrings of one authority, added out of order, and one of another."""

    def fill(tx: Tx) -> None:
        for number in (9, 11, 10):
            partners.add_keyring(tx, AUTHORITY, number, b"ring %d" % number, "digest", NOW)
        partners.add_keyring(tx, "bbb.clearance.example", 1, b"other", "digest", NOW)

    ledger.transact(fill)
    return ledger


@pytest.mark.parametrize(("number", "found"), [(None, b"ring 11"), (9, b"ring 9"), (12, None)])
def test_keyring_is_found_by_number_or_as_the_latest(keyed: Ledger, number: int | None, found: bytes | None) -> None:
    """Every keyring that was accepted is kept; without a number the highest is meant."""
    assert keyed.read(lambda tx: partners.keyring(tx, AUTHORITY, number)) == found


def test_latest_keyring_of_every_authority_is_read(keyed: Ledger) -> None:
    """Of each authority the keyring of the highest number counts."""
    found = keyed.read(partners.latest_keyrings)
    assert found == {AUTHORITY: b"ring 11", "bbb.clearance.example": b"other"}


def test_latest_keyring_numbers_are_read(keyed: Ledger) -> None:
    """The version of what is trusted is the highest number of each authority."""
    assert keyed.read(partners.keyring_numbers) == {AUTHORITY: 11, "bbb.clearance.example": 1}
