"""Projects: what coordinators open, and close for good. To stop one for a time is a hold on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.days import end_of_day, start_of_day
from interchange.domain.projects import Field, Project, ProjectPartner
from interchange.errors import Reason, refuse
from interchange.flows.ends import revoke_all
from interchange.flows.perform import Act
from interchange.store import assertions, projects
from interchange.store import partners as known_partners

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A project as a coordinator describes it; `partners` holds (party, agreement code), `sites` names of places."""

    title: str
    field: Field
    defence: bool
    ceiling: str
    floor: str
    purpose: str
    from_day: date
    until_day: date
    partners: tuple[tuple[str, str], ...]
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CloseRequest:
    """Which project is to be closed."""

    project_id: str


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
        sites=request.sites,
    )
    projects.add(tx, project, now)
    return project.project_id


def _decide_close(_node: Node, tx: Tx, request: CloseRequest, _now: Instant) -> str:
    project = projects.get(tx, request.project_id)
    if project is None:
        raise refuse(Reason.NOT_KNOWN, "project_id")
    if project.closed_at is not None:
        raise refuse(Reason.ALREADY_ENDED, "project_id")
    return project.project_id


def _write_close(node: Node, tx: Tx, project_id: str, _prepared: None, now: Instant) -> str:
    """Close it and revoke every live assertion for it: no partner is left with one to a project that is over."""
    projects.close(tx, project_id, now)
    revoke_all(node, tx, assertions.live(tx, now, project_id=project_id), now)
    return project_id


OPEN = Act("open_project", _decide_open, _write_open)
CLOSE = Act("close_project", _decide_close, _write_close)
