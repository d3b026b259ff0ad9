"""Requests that are in order unless told otherwise, and what tests ask of a served node in a line."""

from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

from fakes.nodes import Served
from fakes.parties import HOME, TREATY

from interchange.v1 import assertions_pb2, clearances_pb2, projects_pb2, standings_pb2

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


def clearance(**changes: Any) -> clearances_pb2.RecordClearanceRequest:  # noqa: ANN401
    """Ask to record a clearance of a new person."""
    usual = {
        "request_id": new_id(),
        "organ": "JPN/METI",
        "level": "JPN/SDS",
        "notified_on": "2026-04-01",
        "employer_id": "employer-1",
    }
    return clearances_pb2.RecordClearanceRequest(**usual | changes)


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
    coordinator, officer = served.call("coordinator"), served.call("officer", HOME, "METI")
    opened = coordinator.projects.OpenProject(project()).result
    person = officer.clearances.RecordClearance(clearance())
    done = coordinator.assertions.IssueAssertion(issue(opened.project_id, person.subject_id, partner=to)).result
    (reference,) = [partner.reference for partner in opened.partners if partner.party == to]
    return Issued(opened.project_id, reference, person.subject_id, done.assertion_id, done.token)


def revoke(assertion_id: str, **changes: Any) -> standings_pb2.RevokeRequest:  # noqa: ANN401
    """Ask to revoke an assertion."""
    return standings_pb2.RevokeRequest(**{"request_id": new_id(), "assertion_id": assertion_id} | changes)
