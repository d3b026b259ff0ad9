"""Dossiers: what the ledger knows of a person, gathered by the same statements whoever it is."""

from dataclasses import replace

import pytest
from fakes.records import CONCLUDED, CONSENT, EMPLOYER, NOW, OPENED, agree, grant, register, screen

from interchange.domain.entitlement import Dossier
from interchange.domain.projects import Hold
from interchange.domain.screening import Conclusion, adverse
from interchange.domain.standing import HoldScope
from interchange.store import dossiers, employers, holds, screenings
from interchange.store.ledger import Ledger, Tx


def test_dossier_holds_all_that_is_known_of_a_person(ledger: Ledger) -> None:
    """Clearances, employers, consents; nothing speaks against the person."""

    def work(tx: Tx) -> tuple[Dossier, Dossier]:
        expected = Dossier(clearances=(grant(tx),), employers={"e1": EMPLOYER}, consents=(CONSENT,))
        employers.put(tx, EMPLOYER)
        agree(tx)
        grant(tx, "c2", subject_id="s2")
        return dossiers.gather(tx, ["s1"])["s1"], expected

    found, expected = ledger.transact(work)
    assert found == expected


def test_dossier_of_nobody_is_empty(ledger: Ledger) -> None:
    """There is one for every id that is asked for."""
    assert ledger.read(lambda tx: dossiers.gather(tx, ["nobody"])) == {"nobody": Dossier(employers={})}


@pytest.mark.parametrize(
    ("scope", "ref", "expected"),
    [
        (HoldScope.SUBJECT, "s1", (True, frozenset())),
        (HoldScope.SUBJECT, "s2", (False, frozenset())),
        (HoldScope.EMPLOYER, "e1", (False, frozenset({"e1"}))),
        (HoldScope.EMPLOYER, "e2", (False, frozenset())),
        (HoldScope.PROJECT, "s1", (False, frozenset())),
    ],
)
@pytest.mark.parametrize("closed", [False, True])
def test_dossier_tells_open_holds_on_the_person_and_their_employers(
    ledger: Ledger, scope: HoldScope, ref: str, expected: tuple[bool, frozenset[str]], closed: bool
) -> None:
    """Of that scope and on that thing, and only while they are open."""

    def work(tx: Tx) -> Dossier:
        grant(tx)
        holds.add(tx, Hold("h1", scope, ref, NOW))
        if closed:
            holds.close(tx, "h1", NOW)
        return dossiers.gather(tx, ["s1"])["s1"]

    found = ledger.transact(work)
    assert (found.held, found.held_employers) == ((False, frozenset()) if closed else expected)


GOOD, BAD = Conclusion.ELIGIBLE, Conclusion.NOT_ELIGIBLE
CONCLUSIONS: dict[str, tuple[list[tuple[str, Conclusion | None, int]], bool]] = {
    "none": ([], False),
    "under way": ([("AAA/CENTRAL", None, 0)], False),
    "good": ([("AAA/CENTRAL", GOOD, 1)], False),
    "bad": ([("AAA/CENTRAL", BAD, 1)], True),
    "good, then bad": ([("AAA/CENTRAL", GOOD, 1), ("AAA/CENTRAL", BAD, 2)], True),
    "bad, then good": ([("AAA/CENTRAL", BAD, 1), ("AAA/CENTRAL", GOOD, 2)], False),
    "bad, then good, recorded the other way round": ([("AAA/CENTRAL", GOOD, 2), ("AAA/CENTRAL", BAD, 1)], False),
    "both in one second": ([("AAA/CENTRAL", BAD, 1), ("AAA/CENTRAL", GOOD, 1)], True),
    "bad, then another under way": ([("AAA/CENTRAL", BAD, 1), ("AAA/CENTRAL", None, 0)], True),
    "bad here, good there later": ([("AAA/CENTRAL", BAD, 1), ("AAA/ARMY", GOOD, 2)], True),
    "good here, bad there before": ([("AAA/CENTRAL", GOOD, 2), ("AAA/ARMY", BAD, 1)], True),
}
"""What several screenings came to, by body and when, and whether that speaks against the person."""


@pytest.mark.parametrize("name", CONCLUSIONS)
@pytest.mark.parametrize("ended", [False, True])
def test_last_word_of_each_body_counts_and_the_worst_of_all(ledger: Ledger, name: str, ended: bool) -> None:
    """Of one body the latest, of several the worst, and no end takes one back: in the statement as in the rule."""
    concluded, expected = CONCLUSIONS[name]

    def work(tx: Tx) -> tuple[bool, bool]:
        register(tx)
        for number, (body, conclusion, at) in enumerate(concluded):
            plain = replace(OPENED, screening_id=f"r{number}", body=body, conclusion=conclusion)
            screenings.add(tx, replace(plain, concluded_at=NOW + at if conclusion else None))
            if ended:
                screenings.end(tx, f"r{number}", NOW + 9)
        return dossiers.gather(tx, ["s1"])["s1"].adverse, adverse(screenings.of_subject(tx, "s1"))

    assert ledger.transact(work) == (expected, expected)


def test_foreign_conclusions_speak_against_nobody_else(ledger: Ledger) -> None:
    """Each dossier has its own person's."""

    def work(tx: Tx) -> dict[str, bool]:
        screen(tx, replace(CONCLUDED, conclusion=BAD), replace(CONCLUDED, screening_id="r2", subject_id="s2"))
        return {name: found.adverse for name, found in dossiers.gather(tx, ["s1", "s2"]).items()}

    assert ledger.transact(work) == {"s1": True, "s2": False}
