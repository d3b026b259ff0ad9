"""Requests that are in order unless told otherwise, and what tests ask of a served node in a line."""

from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

from fakes.nodes import Served
from fakes.parties import TREATY
from fakes.people import employ, identity, register, settle
from fakes.rosters import written

from interchange.v1 import assertions_pb2, clearances_pb2, participants_pb2, projects_pb2, standings_pb2
from interchange.wire.roster import RosterRow

_numbers = count(1)


def new_id() -> str:
    """Give a UUID that no other test of this process was given."""
    return str(UUID(int=next(_numbers) << 80, version=4))


NOBODY = str(UUID(int=0xFFFF << 96, version=4))
"""A UUID that names nothing."""


def project(**changes: Any) -> projects_pb2.OpenProjectRequest:  # noqa: ANN401
    """Ask for a project with two partners that runs for the whole of 2027."""
    usual: dict[str, Any] = {
        "request_id": new_id(),
        "title": "Quiet magnets",
        "field": projects_pb2.PROJECT_FIELD_SEMICONDUCTORS,
        "partners": [
            projects_pb2.ProjectPartner(party="KOR", agreement=TREATY),
            projects_pb2.ProjectPartner(party="AUS", agreement="JPN-AUS-2013"),
        ],
        "level_ceiling": "JPN/SDS",
        "level_floor": "JPN/CESI",
        "purpose": "joint_research",
        "from_day": "2027-01-01",
        "until_day": "2027-12-31",
    }
    return projects_pb2.OpenProjectRequest(**usual | changes)


def clearance(subject_id: str = NOBODY, **changes: Any) -> clearances_pb2.RecordClearancesRequest:  # noqa: ANN401
    """Ask to take over one clearance from paper."""
    usual = {
        "subject_id": subject_id,
        "organ": "JPN/METI",
        "level": "JPN/SDS",
        "notified_on": "2026-04-01",
        "employer_id": "employer-1",
    }
    grant = clearances_pb2.PaperGrant(**usual | changes)
    return clearances_pb2.RecordClearancesRequest(request_id=new_id(), grants=[grant])


def registered(served: Served) -> str:
    """Register a person whom nobody has cleared, and an employer for people to work at; give the person's id."""
    employ(served.node, "employer-1", "JPN/SDS")
    return register(served.node, identity(next(_numbers)))


def cleared(served: Served, level: str = "JPN/SDS", *, organ: str = "JPN/METI", **changes: Any) -> str:  # noqa: ANN401
    """Clear a new person, who consents to transfers to all partners, and give the person's id."""
    return settle(served.node, level, organ=organ, now=served.clock.now, **changes).subject_id


def issue(project_id: str, subject_id: str, **changes: Any) -> assertions_pb2.IssueAssertionRequest:  # noqa: ANN401
    """Ask for an assertion."""
    usual = {"request_id": new_id(), "project_id": project_id, "partner": "KOR", "subject_id": subject_id}
    return assertions_pb2.IssueAssertionRequest(**usual | changes)


@dataclass(frozen=True)
class Issued:
    """An assertion with all that it rests on."""

    project_id: str
    reference: str
    subject_id: str
    assertion_id: str
    token: bytes


def issued(served: Served, to: str = "KOR") -> Issued:
    """Open a project, record a person's clearance, and issue an assertion about the person."""
    person, officer = cleared(served), served.call("officer").assertions
    opened = served.call("coordinator").projects.OpenProject(project()).result
    done = officer.IssueAssertion(issue(opened.project_id, person, partner=to)).result
    (reference,) = [partner.reference for partner in opened.partners if partner.party == to]
    return Issued(opened.project_id, reference, person, done.assertion_id, done.token)


def opened(served: Served, **changes: Any) -> str:  # noqa: ANN401
    """Open a project and give its id."""
    return served.call("officer").projects.OpenProject(project(**changes)).result.project_id


def enrol(project_id: str, row: RosterRow, /, **changes: Any) -> participants_pb2.EnrolParticipantRequest:  # noqa: ANN401
    """Ask for a person to be enrolled."""
    usual = {
        "request_id": new_id(),
        "project_id": project_id,
        "partner": "KOR",
        "passport_family": row.presented.passport_family,
        "passport_given": row.presented.passport_given,
        "birth_date": row.presented.birth_date.isoformat(),
        "document_number": row.presented.document_number,
        "employer_id": row.employer_id,
        "from_day": row.from_day.isoformat(),
        "until_day": row.until_day.isoformat(),
    }
    return participants_pb2.EnrolParticipantRequest(**usual | changes)


def roster(project_id: str, /, *rows: RosterRow, **changes: Any) -> participants_pb2.EnrolRosterRequest:  # noqa: ANN401
    """Ask for the people of a file to be enrolled."""
    usual = {"request_id": new_id(), "project_id": project_id, "partner": "KOR", "content": written(*rows)}
    return participants_pb2.EnrolRosterRequest(**usual | changes)


def revoke(assertion_id: str, **changes: Any) -> standings_pb2.RevokeRequest:  # noqa: ANN401
    """Ask to revoke an assertion."""
    return standings_pb2.RevokeRequest(**{"request_id": new_id(), "assertion_id": assertion_id} | changes)
