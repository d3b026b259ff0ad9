"""People, screenings, clearances, employers and consents: read back as written, on both databases."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fakes.records import CONCLUDED, CONSENT, DAY, EMPLOYER, NOW, OPENED, agree, grant, register, screen

from interchange.domain.assertion import Kind
from interchange.domain.consent import DataItem
from interchange.domain.screening import Conclusion, Employer, ItemDone, Screening
from interchange.errors import Reason, Refusal
from interchange.store import clearances, consents, employers, screenings, subjects
from interchange.store.ledger import Ledger, Tx
from interchange.store.subjects import SealedSubject

# -- subjects


def test_subject_is_found_by_any_of_its_hashes(ledger: Ledger) -> None:
    """While the look-up key is changed there are two, and both lead to the person."""

    def work(tx: Tx) -> dict[str, str]:
        subjects.add(tx, SealedSubject("s1", 1, b"sealed"), [(1, "one"), (2, "two")], NOW)
        return subjects.found(tx, ["one", "two", "three"])

    assert ledger.transact(work) == {"one": "s1", "two": "s1"}


def test_hash_belongs_to_one_person(ledger: Ledger) -> None:
    """Two people of one hash would be two people of one document."""
    ledger.transact(lambda tx: subjects.add(tx, SealedSubject("s1", 1, b"sealed"), [(1, "one")], NOW))
    with pytest.raises(Refusal):
        ledger.transact(lambda tx: subjects.add(tx, SealedSubject("s2", 1, b"sealed"), [(1, "one")], NOW))


def test_new_hashes_take_the_place_of_the_old(ledger: Ledger) -> None:
    """A person with new papers is not found by the old ones."""

    def work(tx: Tx) -> dict[str, str]:
        register(tx)
        subjects.put_lookups(tx, "s1", [(1, "new")])
        return subjects.found(tx, ["digest of s1", "new"])

    assert ledger.transact(work) == {"new": "s1"}


@pytest.mark.parametrize("sealed", [b"\x00\xff other", None])
def test_sealed_bytes_are_replaced(ledger: Ledger, sealed: bytes | None) -> None:
    """By other bytes, or by none once their retention is over."""

    def work(tx: Tx) -> SealedSubject | None:
        register(tx)
        subjects.put_sealed(tx, SealedSubject("s1", 2, sealed))
        return subjects.get(tx, "s1")

    assert ledger.transact(work) == SealedSubject("s1", 2, sealed)


def test_unknown_subject_is_none(ledger: Ledger) -> None:
    """A person who was never registered is not found."""
    assert ledger.read(lambda tx: subjects.get(tx, "s1")) is None


# -- screenings


@pytest.mark.parametrize("made", [OPENED, CONCLUDED])
def test_screening_is_read_back_as_it_was_added(ledger: Ledger, made: Screening) -> None:
    """At whatever step it stands."""
    ledger.transact(lambda tx: screen(tx, made))
    assert ledger.read(lambda tx: screenings.get(tx, "r1")) == made


def test_screening_goes_from_step_to_step(ledger: Ledger) -> None:
    """Concluded, notified, ended: each adds what it says and changes nothing else."""

    def work(tx: Tx) -> Screening | None:
        screen(tx, OPENED, replace(OPENED, screening_id="r2"))
        screenings.conclude(tx, "r1", Conclusion.ELIGIBLE, NOW + 1)
        screenings.notify(tx, "r1", DAY)
        screenings.end(tx, "r1", NOW + 2)
        return screenings.get(tx, "r1")

    assert ledger.transact(work) == replace(CONCLUDED, ended_at=NOW + 2)


def test_step_of_one_screening_leaves_the_others(ledger: Ledger) -> None:
    """Another of the same person stands as it stood."""

    def work(tx: Tx) -> Screening | None:
        screen(tx, OPENED, replace(OPENED, screening_id="r2"))
        screenings.conclude(tx, "r1", Conclusion.NOT_ELIGIBLE, NOW)
        screenings.end(tx, "r1", NOW)
        return screenings.get(tx, "r2")

    assert ledger.transact(work) == replace(OPENED, screening_id="r2")


def test_items_are_read_back_by_their_codes(ledger: Ledger) -> None:
    """In the order of the codes, whichever was done first."""
    done = [ItemDone("b", DAY, "officer 1"), ItemDone("a", date(2026, 4, 2), "officer 2")]

    def work(tx: Tx) -> list[ItemDone]:
        screen(tx, OPENED)
        for each in done:
            screenings.add_item(tx, "r1", each)
        return screenings.items(tx, "r1")

    assert ledger.transact(work) == done[::-1]


def test_item_stands_once(ledger: Ledger) -> None:
    """The database holds it, whatever a flow may overlook."""
    ledger.transact(lambda tx: screen(tx, OPENED))
    ledger.transact(lambda tx: screenings.add_item(tx, "r1", ItemDone("a", DAY, "officer")))
    with pytest.raises(Refusal):
        ledger.transact(lambda tx: screenings.add_item(tx, "r1", ItemDone("a", DAY, "officer")))


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({}, ["r1", "r2", "r3"]),
        ({"body": "AAA/ARMY"}, ["r2"]),
        ({"after": "r1"}, ["r2", "r3"]),
        ({"after": "r1", "limit": 1}, ["r2"]),
    ],
)
def test_screenings_are_paged_in_order(ledger: Ledger, where: dict[str, Any], found: list[str]) -> None:
    """A page has the screenings of the filter in the order of their ids."""
    others = (replace(OPENED, screening_id="r3"), replace(OPENED, screening_id="r2", body="AAA/ARMY"))
    ledger.transact(lambda tx: screen(tx, *others, OPENED))
    page = ledger.read(lambda tx: screenings.page(tx, **where))
    assert [each.screening_id for each in page] == found


def test_person_has_its_own_screenings_alone(ledger: Ledger) -> None:
    """In the order of their ids."""
    ledger.transact(lambda tx: screen(tx, OPENED, replace(OPENED, screening_id="r2", subject_id="s2")))
    assert ledger.read(lambda tx: screenings.of_subject(tx, "s2")) == [
        replace(OPENED, screening_id="r2", subject_id="s2")
    ]


# -- clearances


def test_authorisation_is_read_back_as_one(ledger: Ledger) -> None:
    """Its kind is kept, and that it rests on no screening."""
    made = ledger.transact(lambda tx: grant(tx, kind=Kind.AUTHORISED_BY_FUNCTION))
    assert ledger.read(lambda tx: clearances.get(tx, "c1")) == made


def test_ended_clearances_stand_no_more(ledger: Ledger) -> None:
    """Those named are ended, at that instant; the others are listed as standing."""

    def work(tx: Tx) -> tuple[list[str], list[int | None]]:
        for name in ("c1", "c2", "c3"):
            grant(tx, name)
        clearances.end(tx, ["c1", "c3"], NOW + 5)
        left = [each.clearance_id for each in clearances.standing(tx, subject_id="s1")]
        return left, [each.ended_at for each in clearances.of_subject(tx, "s1")]

    assert ledger.transact(work) == (["c2"], [NOW + 5, None, NOW + 5])


def test_ending_none_ends_none(ledger: Ledger) -> None:
    """An empty list is no list of all."""

    def work(tx: Tx) -> int | None:
        grant(tx)
        clearances.end(tx, [], NOW)
        return clearances.of_subject(tx, "s1")[0].ended_at

    assert ledger.transact(work) is None


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ({"subject_id": "s1"}, ["c1", "c2"]),
        ({"subject_id": "s1", "employer_id": "e2"}, ["c2"]),
        ({"screening_id": "r1"}, ["c1"]),
        ({"employer_id": "e3"}, []),
    ],
)
def test_standing_clearances_are_found_by_what_they_rest_on(
    ledger: Ledger, scope: dict[str, str], found: list[str]
) -> None:
    """All of several columns, if several are given."""

    def fill(tx: Tx) -> None:
        screen(tx, OPENED)
        grant(tx, "c1", screening_id="r1")
        grant(tx, "c2", employer_id="e2")
        grant(tx, "c3", subject_id="s2")

    ledger.transact(fill)
    listed = ledger.read(lambda tx: clearances.standing(tx, **scope))
    assert [each.clearance_id for each in listed] == found


def test_clearance_on_a_screening_of_nobody_is_a_fault(ledger: Ledger) -> None:
    """What a row rests on has to be there."""
    with pytest.raises(Refusal) as caught:
        ledger.transact(lambda tx: grant(tx, screening_id="none"))
    assert caught.value.reason is Reason.INTERNAL


# -- employers


@pytest.mark.parametrize("made", [EMPLOYER, replace(EMPLOYER, public_office=True, until_day=None)])
def test_employer_is_read_back_as_it_was_put(ledger: Ledger, made: Employer) -> None:
    """With a last day or without."""
    ledger.transact(lambda tx: employers.put(tx, made))
    assert ledger.read(lambda tx: employers.get(tx, "e1")) == made


def test_employer_takes_the_place_of_its_earlier_record(ledger: Ledger) -> None:
    """One code, one record; one that had ended is recognised again."""

    def work(tx: Tx) -> list[Employer]:
        employers.put(tx, EMPLOYER)
        employers.end(tx, "e1", NOW)
        employers.put(tx, replace(EMPLOYER, title="Renamed"))
        return employers.page(tx)

    assert ledger.transact(work) == [replace(EMPLOYER, title="Renamed")]


def test_recognition_of_one_employer_ends(ledger: Ledger) -> None:
    """At that instant, and nobody else's."""

    def work(tx: Tx) -> list[Employer]:
        for each in (EMPLOYER, replace(EMPLOYER, employer_id="e2")):
            employers.put(tx, each)
        employers.end(tx, "e1", NOW)
        return employers.page(tx)

    assert ledger.transact(work) == [replace(EMPLOYER, ended_at=NOW), replace(EMPLOYER, employer_id="e2")]


@pytest.mark.parametrize(("where", "found"), [({"after": "e1"}, ["e2", "e3"]), ({"limit": 2}, ["e1", "e2"])])
def test_employers_are_paged_in_order(ledger: Ledger, where: dict[str, Any], found: list[str]) -> None:
    """In the order of their codes."""

    def fill(tx: Tx) -> None:
        for code in ("e3", "e1", "e2"):
            employers.put(tx, replace(EMPLOYER, employer_id=code))

    ledger.transact(fill)
    assert [each.employer_id for each in ledger.read(lambda tx: employers.page(tx, **where))] == found


# -- consents


@pytest.mark.parametrize("items", [frozenset(DataItem), frozenset({DataItem.LEVEL})])
def test_consent_is_read_back_as_it_was_added(ledger: Ledger, items: frozenset[DataItem]) -> None:
    """All its parts, and the items as a set."""
    ledger.transact(lambda tx: agree(tx, items=items))
    assert ledger.read(lambda tx: consents.get(tx, "k1")) == replace(CONSENT, items=items)


def test_withdrawal_marks_one_consent(ledger: Ledger) -> None:
    """At that instant; the person's others stand."""

    def work(tx: Tx) -> list[int | None]:
        agree(tx)
        agree(tx, consent_id="k2")
        consents.withdraw(tx, "k1", NOW)
        return [each.withdrawn_at for each in consents.of_subject(tx, "s1")]

    assert ledger.transact(work) == [NOW, None]


def test_unknown_consent_is_none(ledger: Ledger) -> None:
    """A consent that was never given is not found."""
    assert ledger.read(lambda tx: consents.get(tx, "k1")) is None
