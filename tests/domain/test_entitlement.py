"""Who may be asserted, as what and until when: whatever is known of a person, four ceilings and six ends hold."""

from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from fakes.entitled import (
    AGREEMENT,
    BESIDE,
    CEILINGS,
    EMPLOYER,
    LOWER,
    NOW,
    ORGANS,
    PROJECT,
    QUESTION,
    RULES,
    TARGETS,
    TODAY,
    TOP,
    UPPER,
    ZONE,
    row,
)
from hypothesis import event, given
from hypothesis import strategies as st

from interchange.domain.agreements import Agreement, AgreementState
from interchange.domain.assertion import Kind
from interchange.domain.consent import ASSERTED, BOUND, DataItem, TransferConsent
from interchange.domain.days import day_of, end_of_day, start_of_day
from interchange.domain.entitlement import Dossier, Entitlement, Question, check_open, entitle
from interchange.domain.projects import Clearance
from interchange.domain.time import HOUR, YEAR
from interchange.errors import Refusal

T = TypeVar("T")


def mostly(good: st.SearchStrategy[T], bad: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Draw what lets the person through, and in one case of twelve what may not."""
    return st.integers(0, 11).flatmap(lambda n: bad if n == 7 else good)


def seldom(value: T) -> st.SearchStrategy[T | None]:
    """Draw nothing, and in one case of twelve this."""
    return mostly(st.none(), st.just(value))


EARLIER = st.integers(-400, 0).map(lambda days: TODAY + timedelta(days))
LATER = st.integers(0, 900).map(lambda days: TODAY + timedelta(days))
SPANS = mostly(
    st.tuples(EARLIER, LATER),
    st.one_of(st.tuples(EARLIER, EARLIER), st.tuples(LATER, LATER)).map(lambda days: (min(days), max(days))),
)
LEVELS = mostly(st.sampled_from([UPPER, LOWER, TOP]), st.just(BESIDE))
EMPLOYERS = st.sampled_from(["e1", "e1", "e2", "e3"])

clearances = st.builds(
    Clearance,
    clearance_id=st.uuids().map(str),
    subject_id=st.just("s1"),
    organ=st.sampled_from(ORGANS),
    level=LEVELS,
    notified_on=st.just(date(2026, 3, 1)),
    ends_at=mostly(LATER, EARLIER).map(lambda day: end_of_day(day, ZONE)),
    employer_id=EMPLOYERS,
    screening_id=st.just("r1"),
    kind=st.sampled_from(Kind),
    ended_at=seldom(NOW - 1),
)
consents = st.builds(
    lambda span, **parts: TransferConsent(from_day=span[0], until_day=span[1], **parts),
    span=SPANS,
    consent_id=st.uuids().map(str),
    subject_id=st.just("s1"),
    party=mostly(st.just("BBB"), st.just("CCC")),
    recipient=st.just("Office"),
    purpose=mostly(st.just("research"), st.just("visit")),
    items=mostly(st.sampled_from([ASSERTED, frozenset(DataItem)]), st.just(BOUND)),
    rules_information=st.just("Information"),
    withdrawn_at=seldom(NOW - 1),
)
employers = st.builds(
    lambda span, **parts: replace(EMPLOYER, from_day=span[0], until_day=span[1], **parts),
    span=SPANS,
    ceiling=LEVELS,
    ended_at=seldom(NOW - 1),
)
dossiers = st.builds(
    Dossier,
    clearances=st.lists(clearances, min_size=1, max_size=4).map(tuple),
    adverse=mostly(st.just(value=False), st.just(value=True)),
    employers=mostly(
        st.fixed_dictionaries(dict.fromkeys(["e1", "e2"], employers)), st.fixed_dictionaries({"e2": employers})
    ),
    consents=st.lists(consents, min_size=1, max_size=3).map(tuple),
    held=mostly(st.just(value=False), st.just(value=True)),
    held_employers=mostly(st.just(frozenset[str]()), st.just(frozenset({"e1"}))),
)
projects = st.builds(
    lambda span, **parts: replace(PROJECT, from_day=span[0], until_day=span[1], **parts),
    span=SPANS,
    defence=mostly(st.just(value=False), st.just(value=True)),
    ceiling=LEVELS,
    floor=mostly(st.just(LOWER), LEVELS),
    closed_at=seldom(NOW - 1),
)
PAIRS = {level: [target for target in TARGETS if TARGETS[target] <= CEILINGS[level]] for level in CEILINGS}
"""Level → what a row may translate it into without mapping upwards."""


@st.composite
def agreements(draw: st.DrawFn) -> Agreement:
    """One row for most levels, each with or without a last day, and the way back of one of them."""
    made = [row("BBB/Upper", UPPER)]
    for level, targets in PAIRS.items():
        span = draw(SPANS)
        last = draw(mostly(st.none(), st.just(span[1])))
        if not draw(seldom(value=True)):
            made.append(row(level, draw(st.sampled_from(targets)), span[0], last))
    moves = [(AgreementState.NOTICE_GIVEN, draw(LATER)), (AgreementState.SUSPENDED, TODAY)]
    moved = draw(mostly(st.none(), st.sampled_from(moves)))
    agreement = replace(AGREEMENT, rows=tuple(made))
    return agreement.moved(*moved) if moved else agreement


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Ask of some project, partner, agreement and days, bound to an organ and an employer or not."""
    project = draw(projects)
    within = st.integers(0, max(0, (project.until_day - TODAY).days)).map(lambda days: TODAY + timedelta(days))
    first, last = sorted((draw(mostly(within, LATER)), draw(within)))
    days: list[tuple[date | None, date | None]] = [(None, None), (first, last), (None, last)]
    from_day, until_day = draw(st.sampled_from(days))
    return replace(
        QUESTION,
        project=project,
        agreement=draw(agreements()),
        now=draw(st.integers(NOW - 9 * HOUR, NOW + 9 * HOUR)),
        organ=draw(mostly(st.just(""), st.sampled_from(ORGANS))),
        employer_id=draw(mostly(st.just(""), st.sampled_from(["e1", "e2"]))),
        from_day=from_day,
        until_day=until_day,
    )


def answer(question: Question, dossier: Dossier) -> Entitlement | None:
    """Give what the person is entitled to, or None."""
    try:
        check_open(question)
        made = entitle(question, dossier)
    except Refusal as refusal:
        event(refusal.reason.code)
        return None
    event("entitled")
    return made


@given(questions(), dossiers)
def test_no_entitlement_passes_one_of_its_six_ends(question: Question, dossier: Dossier) -> None:
    """Clearance, project, consent, recognition, agreement with its row, one year; and the day that was asked for."""
    made = answer(question, dossier)
    if made is None:
        return
    today = day_of(question.now, ZONE)
    employer = (dossier.employers or {})[made.clearance.employer_id]
    covering = [each.until_day for each in dossier.consents if each.covers("BBB", "research", ASSERTED, today)]
    bounds = {
        "clearance": made.clearance.ends_at,
        "project": end_of_day(question.project.until_day, ZONE),
        "consent": end_of_day(max(covering), ZONE),
        "one year": question.now + YEAR,
    }
    days = [employer.until_day, question.agreement.until_day, made.row.until_day, question.until_day]
    assert [name for name, bound in bounds.items() if made.ends > bound] == []
    assert [day for day in days if day is not None and made.ends > end_of_day(day, ZONE)] == []


@given(questions(), dossiers)
def test_no_entitlement_stands_above_one_of_its_four_ceilings(question: Question, dossier: Dossier) -> None:
    """Person, employer and project serve the home level, which serves the floor; the row opens no more than it."""
    made = answer(question, dossier)
    if made is None:
        return
    serves = RULES.order.serves
    employer = (dossier.employers or {})[made.clearance.employer_id]
    assert serves(made.clearance.level, made.home)
    assert serves(employer.ceiling, made.home)
    assert serves(question.project.ceiling, made.home)
    assert serves(made.home, question.project.floor)
    assert (made.row in question.agreement.rows, made.row.source) == (True, made.home)
    assert TARGETS[made.row.target] <= CEILINGS[made.home]


@given(questions(), dossiers)
def test_every_entitlement_rests_on_what_stands(question: Question, dossier: Dossier) -> None:
    """A clearance not ended, of the organ and employer asked for; for defence, of the organ that serves it."""
    made = answer(question, dossier)
    if made is None:
        return
    clearance, today = made.clearance, day_of(question.now, ZONE)
    assert clearance in dossier.clearances
    assert clearance.ended_at is None
    assert question.organ in {"", clearance.organ}
    assert question.employer_id in {"", clearance.employer_id}
    assert (dossier.employers or {})[clearance.employer_id].recognised(today)
    assert clearance.organ == "AAA/ARMY" or not question.project.defence
    assert question.agreement.in_force(today)
    assert made.row.effective_on(today)
    assert (dossier.adverse, dossier.held) == (False, False)
    assert clearance.employer_id not in dossier.held_employers


@given(questions(), dossiers)
def test_every_entitlement_has_a_beginning_before_its_end(question: Question, dossier: Dossier) -> None:
    """And the beginning is cut to the hour, and not before the first day that was asked for."""
    made = answer(question, dossier)
    if made is None:
        return
    first = start_of_day(question.from_day, ZONE) if question.from_day else 0
    assert first <= made.begins < made.ends
    assert question.now < made.ends
    assert made.begins % HOUR == 0
