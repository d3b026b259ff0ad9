"""Messages of the EmployerService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.flows.employers import EndRecognitionRequest, RecogniseRequest
from interchange.messages import fields
from interchange.messages.parts import optional_timestamp
from interchange.v1 import employers_pb2 as pb

if TYPE_CHECKING:
    from interchange.domain.screening import Employer
    from interchange.messages.paging import Slice

_LONGEST_TITLE = 200


def read_recognise(request: pb.RecogniseEmployerRequest) -> RecogniseRequest:
    """Read an employer to be recognised."""
    return RecogniseRequest(
        employer_id=fields.matching(request.employer_id, fields.EMPLOYER, "employer_id"),
        title=fields.line(request.title, "title", _LONGEST_TITLE),
        public_office=request.public_office,
        ceiling=fields.level(request.level_ceiling, "level_ceiling"),
        from_day=fields.day(request.from_day, "from_day"),
        until_day=fields.day(request.until_day, "until_day") if request.HasField("until_day") else None,
    )


def read_end(request: pb.EndRecognitionRequest) -> EndRecognitionRequest:
    """Read who has lost the recognition."""
    return EndRecognitionRequest(fields.matching(request.employer_id, fields.EMPLOYER, "employer_id"))


def employer(known: Employer) -> pb.Employer:
    """Write an employer."""
    return pb.Employer(
        employer_id=known.employer_id,
        title=known.title,
        public_office=known.public_office,
        level_ceiling=known.ceiling,
        from_day=known.from_day.isoformat(),
        until_day=None if known.until_day is None else known.until_day.isoformat(),
        ended_at=optional_timestamp(known.ended_at),
    )


def list_reply(found: Slice[Employer]) -> pb.ListEmployersResponse:
    """Answer with a page of employers."""
    return pb.ListEmployersResponse(
        employers=[employer(each) for each in found.entries], next_page_token=found.next_token
    )
