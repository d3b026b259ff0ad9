"""Messages of the ClearanceService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.assertion import Kind
from interchange.domain.days import day_of
from interchange.errors import Reason, Refusal, refuse
from interchange.flows.clearances import (
    MOST_RECORDED,
    AuthoriseRequest,
    CancelRequest,
    EndPostRequest,
    GrantRequest,
    PaperGrant,
    RecordRequest,
)
from interchange.messages import fields
from interchange.messages.parts import optional_timestamp
from interchange.v1 import assertions_pb2
from interchange.v1 import clearances_pb2 as pb

if TYPE_CHECKING:
    from interchange.domain.projects import Clearance
    from interchange.messages.paging import Slice

_KINDS = {
    Kind.CLEARED: assertions_pb2.KIND_CLEARED,
    Kind.AUTHORISED_BY_FUNCTION: assertions_pb2.KIND_AUTHORISED_BY_FUNCTION,
}


def read_grant(request: pb.GrantClearanceRequest) -> GrantRequest:
    """Read a grant on a screening."""
    return GrantRequest(
        screening_id=fields.uuid(request.screening_id, "screening_id"),
        organ=fields.organ(request.organ, "organ"),
        level=fields.level(request.level, "level"),
        employer_id=_employer(request.employer_id),
    )


def read_authorise(request: pb.AuthoriseByFunctionRequest) -> AuthoriseRequest:
    """Read what the law gives with an office."""
    return AuthoriseRequest(
        subject_id=fields.uuid(request.subject_id, "subject_id"),
        organ=fields.organ(request.organ, "organ"),
        level=fields.level(request.level, "level"),
        employer_id=_employer(request.employer_id),
        from_day=fields.day(request.from_day, "from_day"),
        until_day=fields.day(request.until_day, "until_day"),
    )


def read_end_post(request: pb.EndPostRequest) -> EndPostRequest:
    """Read who has left where."""
    return EndPostRequest(fields.uuid(request.subject_id, "subject_id"), _employer(request.employer_id))


def read_cancel(request: pb.CancelClearanceRequest) -> CancelRequest:
    """Read what to take back."""
    return CancelRequest(fields.uuid(request.clearance_id, "clearance_id"))


def read_record(request: pb.RecordClearancesRequest) -> RecordRequest:
    """Read grants on paper; a fault in one of several is placed by its number."""
    if not 1 <= len(request.grants) <= MOST_RECORDED:
        raise refuse(Reason.FIELD_FORM if request.grants else Reason.FIELD_MISSING, "grants")
    alone = len(request.grants) == 1
    return RecordRequest(
        tuple(_paper_grant(each, "" if alone else f"grant {number}: ") for number, each in enumerate(request.grants, 1))
    )


def read_subject(request: pb.ListClearancesRequest) -> str:
    """Read whose clearances to list; empty for all."""
    return fields.uuid(request.subject_id, "subject_id") if request.HasField("subject_id") else ""


def clearance(known: Clearance, zone: str) -> pb.Clearance:
    """Write a clearance or an authorisation; days are counted in the home party's zone."""
    return pb.Clearance(
        clearance_id=known.clearance_id,
        subject_id=known.subject_id,
        organ=known.organ,
        level=known.level,
        kind=_KINDS[known.kind],
        notified_on=known.notified_on.isoformat(),
        last_valid_day=day_of(known.ends_at - 1, zone).isoformat(),
        employer_id=known.employer_id,
        screening_id=known.screening_id,
        ended_at=optional_timestamp(known.ended_at),
    )


def list_reply(found: Slice[Clearance], zone: str) -> pb.ListClearancesResponse:
    """Answer with a page of clearances."""
    return pb.ListClearancesResponse(
        clearances=[clearance(each, zone) for each in found.entries], next_page_token=found.next_token
    )


def _paper_grant(grant: pb.PaperGrant, where: str) -> PaperGrant:
    try:
        return PaperGrant(
            subject_id=fields.uuid(grant.subject_id, "subject_id"),
            organ=fields.organ(grant.organ, "organ"),
            level=fields.level(grant.level, "level"),
            notified_on=fields.day(grant.notified_on, "notified_on"),
            employer_id=_employer(grant.employer_id),
        )
    except Refusal as refusal:
        raise refuse(refusal.reason, where + refusal.where) from None


def _employer(value: str) -> str:
    return fields.matching(value, fields.EMPLOYER, "employer_id")
