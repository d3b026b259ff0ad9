"""Messages of the ProjectService."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.projects import Field
from interchange.errors import Reason, refuse
from interchange.flows.projects import CloseRequest, OpenRequest
from interchange.messages import fields
from interchange.messages.parts import optional_timestamp
from interchange.v1 import projects_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interchange.domain.projects import Project, ProjectPartner
    from interchange.domain.time import Instant

MOST_PARTNERS = 64
MOST_SITES = 32
_LONGEST_TITLE = 200
_FIELDS = {
    pb.PROJECT_FIELD_AI: Field.AI,
    pb.PROJECT_FIELD_SEMICONDUCTORS: Field.SEMICONDUCTORS,
    pb.PROJECT_FIELD_CYBER_ATTACK: Field.CYBER_ATTACK,
    pb.PROJECT_FIELD_CYBER_DEFENCE: Field.CYBER_DEFENCE,
}
_FIELD_NUMBERS = {field: number for number, field in _FIELDS.items()}


@dataclass(frozen=True, slots=True)
class ProjectName:
    """A project by its UUID or by a reference towards a partner; the other is empty."""

    project_id: str
    reference: str


def read_open(request: pb.OpenProjectRequest) -> OpenRequest:
    """Read a project as a coordinator describes it."""
    title = _title(request.title, "title")
    if not 1 <= len(request.partners) <= MOST_PARTNERS:
        raise refuse(Reason.FIELD_FORM if request.partners else Reason.FIELD_MISSING, "partners")
    if any(partner.reference for partner in request.partners):
        raise refuse(Reason.FIELD_FORM, "partners.reference")
    return OpenRequest(
        title=title,
        field=fields.choice(request.field, _FIELDS, "field"),
        defence=request.defence,
        ceiling=fields.level(request.level_ceiling, "level_ceiling"),
        floor=fields.level(request.level_floor, "level_floor"),
        purpose=fields.purpose(request.purpose),
        from_day=fields.day(request.from_day, "from_day"),
        until_day=fields.day(request.until_day, "until_day"),
        partners=tuple(
            (fields.party(each.party, "partners.party"), fields.agreement(each.agreement, "partners.agreement"))
            for each in request.partners
        ),
        sites=_sites(request.sites),
    )


def read_close(request: pb.CloseProjectRequest) -> CloseRequest:
    """Read which project to close."""
    return CloseRequest(fields.uuid(request.project_id, "project_id"))


def _title(value: str, where: str) -> str:
    if len(fields.text(value, where, 4 * _LONGEST_TITLE)) > _LONGEST_TITLE:
        raise refuse(Reason.FIELD_FORM, where)
    return value


def _sites(given: Sequence[str]) -> tuple[str, ...]:
    if len(given) > MOST_SITES or len(set(given)) != len(given):
        raise refuse(Reason.FIELD_FORM, "sites")
    return tuple(_title(site, "sites") for site in given)


def read_name(request: pb.GetProjectRequest) -> ProjectName:
    """Read which project to show."""
    match request.WhichOneof("name"):
        case "project_id":
            return ProjectName(fields.uuid(request.project_id, "project_id"), "")
        case "reference":
            return ProjectName("", fields.reference(request.reference, "reference"))
        case _:
            raise refuse(Reason.FIELD_MISSING, "name")


def read_partner(request: pb.ListProjectsRequest) -> str:
    """Read whose projects to list; empty for all."""
    return fields.party(request.partner, "partner") if request.HasField("partner") else ""


def project(known: Project, opened_at: Instant | None) -> pb.Project:
    """Write a project as home callers see it."""
    return pb.Project(
        project_id=known.project_id,
        title=known.title,
        field=_FIELD_NUMBERS[known.field],
        defence=known.defence,
        partners=[_partner(each) for each in known.partners],
        level_ceiling=known.ceiling,
        level_floor=known.floor,
        purpose=known.purpose,
        from_day=known.from_day.isoformat(),
        until_day=known.until_day.isoformat(),
        opened_at=optional_timestamp(opened_at),
        sites=known.sites,
        closed_at=optional_timestamp(known.closed_at),
    )


def project_for(known: Project, party: str) -> pb.Project:
    """Write a project as one of its partners sees it: itself, purpose and days."""
    return pb.Project(
        partners=[_partner(each) for each in known.partners if each.party == party],
        purpose=known.purpose,
        from_day=known.from_day.isoformat(),
        until_day=known.until_day.isoformat(),
    )


def list_reply(shown: Iterable[pb.Project], next_token: str) -> pb.ListProjectsResponse:
    """Answer with a page of projects."""
    return pb.ListProjectsResponse(projects=shown, next_page_token=next_token)


def _partner(partner: ProjectPartner) -> pb.ProjectPartner:
    return pb.ProjectPartner(party=partner.party, agreement=partner.agreement, reference=partner.reference)
