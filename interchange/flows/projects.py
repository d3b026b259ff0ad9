"""Projects and clearances: what coordinators open, and what officers record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.days import end_of_day, start_of_day
from interchange.domain.projects import Clearance, Field, Project, ProjectPartner
from interchange.errors import Reason, refuse
from interchange.flows.perform import Act
from interchange.store import clearances, projects
from interchange.store import partners as known_partners

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A project as a coordinator describes it; `partners` holds (party, agreement code)."""

    title: str
    field: Field
    defence: bool
    ceiling: str
    floor: str
    purpose: str
    from_day: date
    until_day: date
    partners: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RecordRequest:
    """A clearance as the granting organ knows it; a new subject is made where `subject_id` is empty."""

    subject_id: str
    organ: str
    level: str
    notified_on: date
    employer_id: str


def _decide_open(node: Node, tx: Tx, request: OpenRequest, _now: Instant) -> OpenRequest:
    rules = node.rules
    for name in (request.ceiling, request.floor):
        if name not in rules.terms:
            raise refuse(Reason.LEVEL_UNKNOWN, name)
    if not rules.order.serves(request.ceiling, request.floor):
        raise refuse(Reason.BELOW_FLOOR, "level_floor is not served by level_ceiling")
    if request.purpose not in rules.purposes:
        raise refuse(Reason.FIELD_FORM, "purpose")
    # Both ends as instants, which refuses days that no assertion could be issued on.
    if not start_of_day(request.from_day, rules.zone) < end_of_day(request.until_day, rules.zone):
        raise refuse(Reason.DATE_ABSURD, "until_day")
    codes = [party for party, _ in request.partners]
    if not codes or len(set(codes)) != len(codes):
        raise refuse(Reason.FIELD_FORM, "partners")
    for party, code in request.partners:
        if set(node.rulebook.agreement(code).parties) != {node.party, party}:
            raise refuse(Reason.AGREEMENT_UNKNOWN, "partners.agreement")
        if known_partners.get(tx, party) is None:
            raise refuse(Reason.PARTNER_UNKNOWN, "partners.party")
    return request


def _write_open(node: Node, tx: Tx, request: OpenRequest, _prepared: None, now: Instant) -> str:
    project = Project(
        project_id=node.chance.uuid(),
        title=request.title,
        field=request.field,
        defence=request.defence,
        ceiling=request.ceiling,
        floor=request.floor,
        purpose=request.purpose,
        from_day=request.from_day,
        until_day=request.until_day,
        partners=tuple(
            ProjectPartner(party, agreement, node.chance.reference()) for party, agreement in sorted(request.partners)
        ),
    )
    projects.add(tx, project, now)
    return project.project_id


def _decide_record(node: Node, tx: Tx, request: RecordRequest, now: Instant) -> RecordRequest:
    if not node.rules.may_grant(request.organ, request.level):
        raise refuse(Reason.LEVEL_UNKNOWN, "organ does not grant this level")
    if request.subject_id and not clearances.of_subject(tx, request.subject_id):
        raise refuse(Reason.NOT_KNOWN, "subject_id")
    if node.rules.clearance_end(request.level, request.notified_on) <= now:
        raise refuse(Reason.DATE_ABSURD, "notified_on: the clearance has ended")
    # The term begins with the notification: a day to come would clear a person before it, and for longer.
    if start_of_day(request.notified_on, node.rules.zone) > now:
        raise refuse(Reason.DATE_ABSURD, "notified_on: the day is still to come")
    return request


def _write_record(node: Node, tx: Tx, request: RecordRequest, _prepared: None, _now: Instant) -> str:
    clearance = Clearance(
        clearance_id=node.chance.uuid(),
        subject_id=request.subject_id or node.chance.uuid(),
        organ=request.organ,
        level=request.level,
        notified_on=request.notified_on,
        ends_at=node.rules.clearance_end(request.level, request.notified_on),
        employer_id=request.employer_id,
    )
    clearances.add(tx, clearance)
    return clearance.clearance_id


OPEN = Act("open_project", _decide_open, _write_open)
RECORD = Act("record_clearance", _decide_record, _write_record)
