"""Who may be asserted and who not: the plain case, and each of the others that differ from it in one thing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from fakes.entitled import (
    AGREEMENT,
    BESIDE,
    CLEARANCE,
    CONSENT,
    DOSSIER,
    EMPLOYER,
    NOW,
    PROJECT,
    QUESTION,
    RULES,
    TODAY,
    TOP,
    UPPER,
    ZONE,
)

from interchange.domain.agreements import AgreementState
from interchange.domain.days import end_of_day, start_of_day
from interchange.domain.entitlement import Dossier, Question, check_open, entitle
from interchange.domain.time import HOUR
from interchange.errors import Reason, Refusal


def reason(question: Question, dossier: Dossier) -> Reason:
    """Say why the person is not entitled."""
    with pytest.raises(Refusal) as caught:
        entitle(question, dossier)
    return caught.value.reason


def test_whoever_fulfils_all_of_it_is_entitled() -> None:
    """The plain case, from which each of the others differs in one thing."""
    assert entitle(QUESTION, DOSSIER).home == UPPER


NOT: dict[str, tuple[Reason, Dossier]] = {
    "nobody": (Reason.NOT_CONFIRMED, Dossier()),
    "never cleared": (Reason.NOT_CONFIRMED, replace(DOSSIER, clearances=())),
    "clearance ended": (Reason.NOT_CONFIRMED, replace(DOSSIER, clearances=(replace(CLEARANCE, ended_at=NOW),))),
    "term over": (Reason.NOT_CONFIRMED, replace(DOSSIER, clearances=(replace(CLEARANCE, ends_at=NOW),))),
    "a negative result": (Reason.NOT_CONFIRMED, replace(DOSSIER, adverse=True)),
    "employer unknown": (Reason.EMPLOYER_NOT_RECOGNISED, replace(DOSSIER, employers={})),
    "employer not yet recognised": (
        Reason.EMPLOYER_NOT_RECOGNISED,
        replace(DOSSIER, employers={"e1": replace(EMPLOYER, from_day=TODAY + timedelta(1))}),
    ),
    "employer no more recognised": (
        Reason.EMPLOYER_NOT_RECOGNISED,
        replace(DOSSIER, employers={"e1": replace(EMPLOYER, until_day=TODAY - timedelta(1))}),
    ),
    "recognition lost": (
        Reason.EMPLOYER_NOT_RECOGNISED,
        replace(DOSSIER, employers={"e1": replace(EMPLOYER, ended_at=NOW)}),
    ),
    "no consent": (Reason.CONSENT_MISSING, replace(DOSSIER, consents=())),
    "consent withdrawn": (Reason.CONSENT_MISSING, replace(DOSSIER, consents=(replace(CONSENT, withdrawn_at=NOW),))),
    "held": (Reason.HELD, replace(DOSSIER, held=True)),
    "employer held": (Reason.HELD, replace(DOSSIER, held_employers=frozenset({"e1"}))),
    "level below the floor": (
        Reason.BELOW_FLOOR,
        replace(DOSSIER, clearances=(replace(CLEARANCE, level=BESIDE),)),
    ),
    "level without a row": (Reason.NO_ROW, replace(DOSSIER, clearances=(replace(CLEARANCE, level=TOP),))),
}


@pytest.mark.parametrize("name", NOT)
def test_one_thing_that_is_missing_is_enough(name: str) -> None:
    """Each of them refuses alone."""
    expected, dossier = NOT[name]
    assert reason(QUESTION, dossier) is expected


def test_hold_on_another_employer_holds_nobody() -> None:
    """A person is held with the employer that the clearance names."""
    assert entitle(QUESTION, replace(DOSSIER, held_employers=frozenset({"e2"}))).clearance == CLEARANCE


def test_next_clearance_is_tried_where_the_higher_one_does_not_serve() -> None:
    """A higher level without a row, or at an employer that is not recognised, closes no door that a lower one opens."""
    higher = replace(CLEARANCE, clearance_id="k2", level=TOP)
    elsewhere = replace(CLEARANCE, clearance_id="k3", level=TOP, employer_id="e2")
    made = entitle(QUESTION, replace(DOSSIER, clearances=(higher, CLEARANCE, elsewhere)))
    assert made.clearance == CLEARANCE


def test_refusal_is_that_of_the_clearance_that_came_closest() -> None:
    """Of two that do not serve the higher one is spoken of."""
    higher = replace(CLEARANCE, clearance_id="k2", level=TOP)
    lower = replace(CLEARANCE, employer_id="e2")
    assert reason(QUESTION, replace(DOSSIER, clearances=(lower, higher))) is Reason.NO_ROW


def test_bound_question_rests_on_that_organs_grants_alone() -> None:
    """Another organ's grant is no answer to it."""
    assert reason(replace(QUESTION, organ="AAA/CENTRAL"), DOSSIER) is Reason.NOT_CONFIRMED


def test_question_about_an_employer_rests_on_what_was_granted_there() -> None:
    """Whoever works elsewhere is not confirmed."""
    assert reason(replace(QUESTION, employer_id="e2"), DOSSIER) is Reason.NOT_CONFIRMED


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"project": replace(PROJECT, closed_at=NOW)}, Reason.PROJECT_CLOSED),
        ({"project": replace(PROJECT, until_day=TODAY - timedelta(1))}, Reason.PROJECT_CLOSED),
        ({"project": replace(PROJECT, from_day=TODAY + timedelta(1))}, Reason.PROJECT_CLOSED),
        ({"from_day": date(2025, 12, 31)}, Reason.DAYS_OUTSIDE),
        ({"until_day": date(2028, 1, 1)}, Reason.DAYS_OUTSIDE),
        ({"agreement": AGREEMENT.moved(AgreementState.SUSPENDED, TODAY)}, Reason.AGREEMENT_NOT_IN_FORCE),
    ],
    ids=["closed", "over", "not begun", "from before it", "until after it", "agreement suspended"],
)
def test_what_lies_in_project_and_agreement_is_refused_whoever_it_is(
    changes: Mapping[str, object], expected: Reason
) -> None:
    """Before anybody is looked at."""
    with pytest.raises(Refusal) as caught:
        check_open(replace(QUESTION, **changes))  # type: ignore[arg-type]
    assert caught.value.reason is expected


def test_who_begins_later_is_entitled_from_the_first_hour_of_that_day() -> None:
    """Not before, though it is issued before."""
    later = replace(QUESTION, from_day=date(2027, 3, 1), until_day=date(2027, 3, 31))
    made = entitle(later, DOSSIER)
    assert (made.begins, made.ends) == (start_of_day(date(2027, 3, 1), ZONE), end_of_day(date(2027, 3, 31), ZONE))


def test_beginning_in_a_zone_of_half_hours_is_never_before_the_day() -> None:
    """Beginnings are cut to the hour, and this one upwards."""
    rules = replace(RULES, zone="Asia/Kolkata")
    made = entitle(replace(QUESTION, rules=rules, from_day=date(2027, 3, 1)), DOSSIER)
    assert made.begins - start_of_day(date(2027, 3, 1), "Asia/Kolkata") == HOUR // 2
