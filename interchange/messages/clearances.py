"""Messages of the ClearanceService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.days import day_of
from interchange.flows.projects import RecordRequest
from interchange.messages import fields
from interchange.v1 import clearances_pb2 as pb

if TYPE_CHECKING:
    from interchange.domain.projects import Clearance
    from interchange.domain.time import Instant
    from interchange.messages.paging import Slice


def read_record(request: pb.RecordClearanceRequest) -> RecordRequest:
    """Read a grant."""
    return RecordRequest(
        subject_id=fields.uuid(request.subject_id, "subject_id") if request.HasField("subject_id") else "",
        organ=fields.organ(request.organ, "organ"),
        level=fields.level(request.level, "level"),
        notified_on=fields.day(request.notified_on, "notified_on"),
        employer_id=fields.matching(request.employer_id, fields.EMPLOYER, "employer_id"),
    )


def read_subject(request: pb.ListClearancesRequest) -> str:
    """Read whose clearances to list; empty for all."""
    return fields.uuid(request.subject_id, "subject_id") if request.HasField("subject_id") else ""


def record_reply(subject_id: str, clearance_id: str, ends_at: Instant, zone: str) -> pb.RecordClearanceResponse:
    """Answer with what was recorded; days are counted in the home party's zone."""
    return pb.RecordClearanceResponse(
        subject_id=subject_id, clearance_id=clearance_id, last_valid_day=_last_valid_day(ends_at, zone)
    )


def list_reply(found: Slice[Clearance], zone: str) -> pb.ListClearancesResponse:
    """Answer with a page of clearances."""
    return pb.ListClearancesResponse(
        clearances=[_clearance(each, zone) for each in found.entries], next_page_token=found.next_token
    )


def _clearance(known: Clearance, zone: str) -> pb.Clearance:
    return pb.Clearance(
        clearance_id=known.clearance_id,
        subject_id=known.subject_id,
        organ=known.organ,
        level=known.level,
        notified_on=known.notified_on.isoformat(),
        last_valid_day=_last_valid_day(known.ends_at, zone),
        employer_id=known.employer_id,
    )


def _last_valid_day(ends_at: Instant, zone: str) -> str:
    return day_of(ends_at - 1, zone).isoformat()
