"""Clearances: what organs grant on a screening, what paper records say, and what the law gives with an office."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interchange.domain.assertion import Kind
from interchange.domain.days import end_of_day
from interchange.domain.projects import Clearance
from interchange.domain.screening import Conclusion, Screening, adverse
from interchange.errors import Reason, refuse
from interchange.flows.approvals import Second, listed
from interchange.flows.ends import end_clearances
from interchange.flows.perform import Act
from interchange.flows.screenings import check_past, find
from interchange.store import clearances, employers, screenings, subjects

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

MOST_RECORDED = 1000
"""Clearances in one request, which is one proposal."""


@dataclass(frozen=True, slots=True)
class PaperGrant:
    """A clearance that was granted before this node was there, as the organ's papers have it."""

    subject_id: str
    organ: str
    level: str
    notified_on: date
    employer_id: str


@dataclass(frozen=True, slots=True)
class RecordRequest:
    """Clearances of one organ to be taken over from paper, with the screenings that they rest on."""

    grants: tuple[PaperGrant, ...]


@dataclass(frozen=True, slots=True)
class GrantRequest:
    """Which organ grants which level on a screening, to a person who works where."""

    screening_id: str
    organ: str
    level: str
    employer_id: str


@dataclass(frozen=True, slots=True)
class AuthoriseRequest:
    """Which level the law gives with an office, for which days; nobody was screened for it, and nobody is cleared."""

    subject_id: str
    organ: str
    level: str
    employer_id: str
    from_day: date
    until_day: date


@dataclass(frozen=True, slots=True)
class EndPostRequest:
    """Who has left which employer."""

    subject_id: str
    employer_id: str


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """Which clearance its organ takes back."""

    clearance_id: str


def _decide_grant(node: Node, tx: Tx, request: GrantRequest, now: Instant) -> Clearance:
    """Let an organ's grant rest on the screening that serves it, from the same day as every other on that screening."""
    screening, rules = find(tx, request.screening_id), node.rules
    if not rules.may_grant(request.organ, request.level):
        raise refuse(Reason.LEVEL_UNKNOWN, "organ does not grant this level")
    if screening.body != rules.screened_by(request.organ):
        raise refuse(Reason.SCREENING_OTHER, "screening_id")
    if not screening.carries or screening.notified_on is None:
        raise refuse(Reason.SCREENING_STATE, "grants rest on one that is eligible, notified and not ended")
    ends_at = rules.clearance_end(request.level, screening.notified_on)
    if ends_at <= now:
        raise refuse(Reason.SCREENING_STATE, "the term of this level has run out")
    _check_fit(tx, screening.subject_id)
    _check_employer(tx, request.employer_id)
    granted = Clearance(
        clearance_id="",
        subject_id=screening.subject_id,
        organ=request.organ,
        level=request.level,
        notified_on=screening.notified_on,
        ends_at=ends_at,
        employer_id=request.employer_id,
        screening_id=screening.screening_id,
    )
    _check_new(tx, granted)
    return granted


def _decide_authorise(node: Node, tx: Tx, request: AuthoriseRequest, now: Instant) -> Clearance:
    if subjects.get(tx, request.subject_id) is None:
        raise refuse(Reason.NOT_KNOWN, "subject_id")
    if not node.rules.may_grant(request.organ, request.level):
        raise refuse(Reason.LEVEL_UNKNOWN, "organ does not grant this level")
    # It counts from the day on which the office is taken, so that there is none before.
    check_past(node, request.from_day, now, "from_day")
    if request.until_day < request.from_day:
        raise refuse(Reason.DAYS_ORDER, "until_day")
    ends_at = end_of_day(request.until_day, node.rules.zone)
    if ends_at <= now:
        raise refuse(Reason.DATE_ABSURD, "until_day: the authorisation has ended")
    _check_fit(tx, request.subject_id)
    _check_employer(tx, request.employer_id)
    given = Clearance(
        clearance_id="",
        subject_id=request.subject_id,
        organ=request.organ,
        level=request.level,
        notified_on=request.from_day,
        ends_at=ends_at,
        employer_id=request.employer_id,
        kind=Kind.AUTHORISED_BY_FUNCTION,
    )
    _check_new(tx, given)
    return given


def _write_new(node: Node, tx: Tx, decided: Clearance, _prepared: None, _now: Instant) -> str:
    made = replace(decided, clearance_id=node.chance.uuid())
    clearances.add(tx, made)
    return made.clearance_id


def _check_fit(tx: Tx, subject_id: str, where: str = "") -> None:
    """Refuse NOT_CONFIRMED where the latest conclusion of any body is negative: the worst of several counts."""
    if adverse(screenings.of_subject(tx, subject_id)):
        raise refuse(Reason.NOT_CONFIRMED, where)


def _check_employer(tx: Tx, employer_id: str, where: str = "") -> None:
    if employers.get(tx, employer_id) is None:
        raise refuse(Reason.NOT_KNOWN, f"{where}employer_id")


def _check_new(tx: Tx, made: Clearance) -> None:
    """Refuse ALREADY_KNOWN for what stands already in every respect; one that was ended may be given again."""
    for known in clearances.standing(tx, subject_id=made.subject_id):
        if replace(known, clearance_id="") == made:
            raise refuse(Reason.ALREADY_KNOWN, "the same clearance stands already")


def _decide_end_post(_node: Node, tx: Tx, request: EndPostRequest, _now: Instant) -> list[Clearance]:
    found = clearances.standing(tx, subject_id=request.subject_id, employer_id=request.employer_id)
    if not found:
        raise refuse(Reason.NOT_KNOWN, "no clearance of the person with this employer")
    return found


def _decide_cancel(_node: Node, tx: Tx, request: CancelRequest, _now: Instant) -> list[Clearance]:
    clearance = clearances.get(tx, request.clearance_id)
    if clearance is None:
        raise refuse(Reason.NOT_KNOWN, "clearance_id")
    if clearance.ended_at is not None:
        raise refuse(Reason.ALREADY_ENDED, "clearance_id")
    return [clearance]


def _write_ended(node: Node, tx: Tx, ended: list[Clearance], _prepared: None, now: Instant) -> str:
    end_clearances(node, tx, ended, now)
    return ",".join(clearance.clearance_id for clearance in ended)


def _decide_record(node: Node, tx: Tx, request: RecordRequest, now: Instant) -> RecordRequest:
    if not 1 <= len(request.grants) <= MOST_RECORDED:
        raise refuse(Reason.FIELD_FORM, "grants")
    if len({grant.organ for grant in request.grants}) > 1:
        # Whoever may approve for one of them would approve for all.
        raise refuse(Reason.FIELD_FORM, "grants: of more than one organ")
    for number, grant in enumerate(request.grants, 1):
        where = f"grant {number}: " if len(request.grants) > 1 else ""
        if not node.rules.may_grant(grant.organ, grant.level):
            raise refuse(Reason.LEVEL_UNKNOWN, f"{where}organ does not grant this level")
        if subjects.get(tx, grant.subject_id) is None:
            raise refuse(Reason.NOT_KNOWN, f"{where}subject_id")
        _check_employer(tx, grant.employer_id, where)
        # A term that began with a day to come would clear a person before, and for longer.
        check_past(node, grant.notified_on, now, f"{where}notified_on")
        if node.rules.clearance_end(grant.level, grant.notified_on) <= now:
            raise refuse(Reason.DATE_ABSURD, f"{where}notified_on: the clearance has ended")
        _check_paper(node, tx, grant, where)
    return request


def _check_paper(node: Node, tx: Tx, grant: PaperGrant, where: str) -> None:
    """Refuse paper that would bring back what has ended here: it tells nothing of what came after it."""
    _check_fit(tx, grant.subject_id, f"{where}subject_id")
    body = node.rules.screened_by(grant.organ)
    for known in screenings.of_subject(tx, grant.subject_id):
        end = known.concluded_at if known.conclusion is Conclusion.NOT_ELIGIBLE else known.ended_at
        if known.body == body and end is not None and grant.notified_on <= node.today(end):
            raise refuse(Reason.SCREENING_STATE, f"{where}notified_on: before a screening of this body ended")


def _write_record(node: Node, tx: Tx, request: RecordRequest, _prepared: None, now: Instant) -> str:
    made = []
    for grant in request.grants:
        clearance = Clearance(
            clearance_id=node.chance.uuid(),
            subject_id=grant.subject_id,
            organ=grant.organ,
            level=grant.level,
            notified_on=grant.notified_on,
            ends_at=node.rules.clearance_end(grant.level, grant.notified_on),
            employer_id=grant.employer_id,
            screening_id=_paper_screening(node, tx, grant, now),
        )
        clearances.add(tx, clearance)
        made.append(clearance.clearance_id)
    return ",".join(made)


def _paper_screening(node: Node, tx: Tx, grant: PaperGrant, now: Instant) -> str:
    """Find the screening that another organ's paper was taken over with, or take it over with this one."""
    body = node.rules.screened_by(grant.organ)
    for known in screenings.of_subject(tx, grant.subject_id):
        if known.body == body and known.notified_on == grant.notified_on and known.carries:
            return known.screening_id
    screening = Screening(
        screening_id=node.chance.uuid(),
        subject_id=grant.subject_id,
        body=body,
        consented_on=grant.notified_on,
        opened_at=now,
        conclusion=Conclusion.ELIGIBLE,
        concluded_at=now,
        notified_on=grant.notified_on,
    )
    screenings.add(tx, screening)
    return screening.screening_id


RECORD = Act(
    "record_clearances",
    _decide_record,
    _write_record,
    second=Second(RecordRequest, listed("record_clearances"), organ=lambda decided: decided.grants[0].organ),
)
GRANT = Act("grant_clearance", _decide_grant, _write_new)
AUTHORISE = Act(
    "authorise_by_function",
    _decide_authorise,
    _write_new,
    second=Second(AuthoriseRequest, listed("authorise_by_function"), organ=lambda decided: decided.organ),
)
END_POST = Act("end_post", _decide_end_post, _write_ended)
CANCEL = Act("cancel_clearance", _decide_cancel, _write_ended)
