"""Clearances: what organs grant on a screening, what paper records say, and what the law gives with an office."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.days import start_of_day
from interchange.domain.projects import Clearance
from interchange.domain.screening import Conclusion, Screening
from interchange.errors import Reason, refuse
from interchange.flows.approvals import Second, listed
from interchange.flows.perform import Act
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
    """Clearances to be taken over from paper, with the screenings that they rest on."""

    grants: tuple[PaperGrant, ...]


def _decide_record(node: Node, tx: Tx, request: RecordRequest, now: Instant) -> RecordRequest:
    if not 1 <= len(request.grants) <= MOST_RECORDED:
        raise refuse(Reason.FIELD_FORM, "grants")
    for number, grant in enumerate(request.grants, 1):
        where = f"grant {number}: " if len(request.grants) > 1 else ""
        if not node.rules.may_grant(grant.organ, grant.level):
            raise refuse(Reason.LEVEL_UNKNOWN, f"{where}organ does not grant this level")
        if subjects.get(tx, grant.subject_id) is None:
            raise refuse(Reason.NOT_KNOWN, f"{where}subject_id")
        if employers.get(tx, grant.employer_id) is None:
            raise refuse(Reason.NOT_KNOWN, f"{where}employer_id")
        check_notified(node, grant.notified_on, now, where)
        if node.rules.clearance_end(grant.level, grant.notified_on) <= now:
            raise refuse(Reason.DATE_ABSURD, f"{where}notified_on: the clearance has ended")
    return request


def check_notified(node: Node, notified_on: date, now: Instant, where: str = "") -> None:
    """Refuse DATE_ABSURD for a day to come: a term that began with it would clear a person before, and for longer."""
    if start_of_day(notified_on, node.rules.zone) > now:
        raise refuse(Reason.DATE_ABSURD, f"{where}notified_on: the day is still to come")


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
    "record_clearances", _decide_record, _write_record, second=Second(RecordRequest, listed("record_clearances"))
)
