"""Messages of the ScreeningService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.rules import CODE
from interchange.domain.screening import Conclusion
from interchange.errors import Reason, refuse
from interchange.flows.screenings import (
    ConcludeRequest,
    ItemRequest,
    NotifyRequest,
    OpenRequest,
    ReassessRequest,
    WithdrawConsentRequest,
)
from interchange.messages import fields
from interchange.messages.parts import optional_timestamp, timestamp
from interchange.v1 import screenings_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from interchange.domain.screening import ItemDone, Screening
    from interchange.messages.paging import Slice

_CONCLUSIONS = {
    pb.CONCLUSION_ELIGIBLE: Conclusion.ELIGIBLE,
    pb.CONCLUSION_NOT_ELIGIBLE: Conclusion.NOT_ELIGIBLE,
}
_CONCLUSION_NUMBERS = {conclusion: number for number, conclusion in _CONCLUSIONS.items()}


def read_open(request: pb.OpenScreeningRequest) -> OpenRequest:
    """Read whom to screen."""
    return OpenRequest(
        subject_id=fields.uuid(request.subject_id, "subject_id"),
        body=fields.organ(request.body, "body"),
        consented_on=_consent(request.consented_on),
    )


def _consent(day: str) -> date:
    # A missing day is no slip of the pen: without consent there is no screening, and the refusal says so.
    if not day:
        raise refuse(Reason.CONSENT_NEEDED, "consented_on")
    return fields.day(day, "consented_on")


def read_item(request: pb.RecordItemRequest, officer: str) -> ItemRequest:
    """Read what was looked into; `officer` is the SPIFFE id of who says so."""
    return ItemRequest(
        screening_id=fields.uuid(request.screening_id, "screening_id"),
        item=fields.matching(request.item, CODE, "item"),
        done_on=fields.day(request.done_on, "done_on"),
        officer=officer,
    )


def read_conclude(request: pb.ConcludeScreeningRequest) -> ConcludeRequest:
    """Read what a screening came to."""
    return ConcludeRequest(
        screening_id=fields.uuid(request.screening_id, "screening_id"),
        conclusion=fields.choice(request.conclusion, _CONCLUSIONS, "conclusion"),
    )


def read_notify(request: pb.NotifyScreeningRequest) -> NotifyRequest:
    """Read when the person was told."""
    return NotifyRequest(
        screening_id=fields.uuid(request.screening_id, "screening_id"),
        notified_on=fields.day(request.notified_on, "notified_on"),
    )


def read_withdraw(request: pb.WithdrawScreeningConsentRequest) -> WithdrawConsentRequest:
    """Read whose consent is taken back."""
    return WithdrawConsentRequest(fields.uuid(request.screening_id, "screening_id"))


def read_reassess(request: pb.NoticeReassessmentRequest) -> ReassessRequest:
    """Read who is to be assessed again."""
    return ReassessRequest(fields.uuid(request.subject_id, "subject_id"))


def read_subject(request: pb.ListScreeningsRequest) -> str:
    """Read whose screenings to list; empty for all."""
    return fields.uuid(request.subject_id, "subject_id") if request.HasField("subject_id") else ""


def screening(known: Screening, items: Iterable[ItemDone] = (), missing: Sequence[str] = ()) -> pb.Screening:
    """Write a screening.

    Args:
        known: it, without its items.
        items: those that were looked into, as far as the reader may know.
        missing: codes of the others, likewise.
    """
    return pb.Screening(
        screening_id=known.screening_id,
        subject_id=known.subject_id,
        body=known.body,
        consented_on=known.consented_on.isoformat(),
        opened_at=timestamp(known.opened_at),
        conclusion=None if known.conclusion is None else _CONCLUSION_NUMBERS[known.conclusion],
        concluded_at=optional_timestamp(known.concluded_at),
        notified_on=None if known.notified_on is None else known.notified_on.isoformat(),
        ended_at=optional_timestamp(known.ended_at),
        items=[
            pb.ScreeningItem(item=each.item, done_on=each.done_on.isoformat(), officer=each.officer) for each in items
        ],
        missing_items=missing,
    )


def list_reply(found: Slice[Screening]) -> pb.ListScreeningsResponse:
    """Answer with a page of screenings, without their items."""
    return pb.ListScreeningsResponse(
        screenings=[screening(each) for each in found.entries], next_page_token=found.next_token
    )
