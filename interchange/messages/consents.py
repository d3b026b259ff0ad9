"""Messages of the ConsentService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.consent import DataItem
from interchange.errors import Reason, refuse
from interchange.flows.consents import ConsentRequest, WithdrawRequest
from interchange.messages import fields
from interchange.messages.parts import optional_timestamp
from interchange.v1 import consents_pb2 as pb

if TYPE_CHECKING:
    from interchange.domain.consent import TransferConsent
    from interchange.messages.paging import Slice

_LONGEST_PART = 200
_ITEMS = {
    pb.DATA_ITEM_LEVEL: DataItem.LEVEL,
    pb.DATA_ITEM_VALIDITY: DataItem.VALIDITY,
    pb.DATA_ITEM_PROJECT: DataItem.PROJECT,
    pb.DATA_ITEM_NAME: DataItem.NAME,
    pb.DATA_ITEM_BIRTH_DATE: DataItem.BIRTH_DATE,
    pb.DATA_ITEM_DOCUMENT: DataItem.DOCUMENT,
}


def read_record(request: pb.RecordConsentRequest) -> ConsentRequest:
    """Read a consent of which no part is missing."""
    items = [fields.choice(each, _ITEMS, "items") for each in request.items]
    if not items or len(set(items)) != len(items):
        raise refuse(Reason.FIELD_FORM if items else Reason.FIELD_MISSING, "items")
    return ConsentRequest(
        subject_id=fields.uuid(request.subject_id, "subject_id"),
        party=fields.party(request.party, "party"),
        recipient=fields.line(request.recipient, "recipient", _LONGEST_PART),
        purpose=fields.purpose(request.purpose),
        items=frozenset(items),
        rules_information=fields.line(request.rules_information, "rules_information", _LONGEST_PART),
        from_day=fields.day(request.from_day, "from_day"),
        until_day=fields.day(request.until_day, "until_day"),
    )


def read_withdraw(request: pb.WithdrawConsentRequest) -> WithdrawRequest:
    """Read which consent is taken back."""
    return WithdrawRequest(fields.uuid(request.consent_id, "consent_id"))


def consent(known: TransferConsent) -> pb.Consent:
    """Write a consent."""
    return pb.Consent(
        consent_id=known.consent_id,
        subject_id=known.subject_id,
        party=known.party,
        recipient=known.recipient,
        purpose=known.purpose,
        items=[number for number, item in _ITEMS.items() if item in known.items],
        rules_information=known.rules_information,
        from_day=known.from_day.isoformat(),
        until_day=known.until_day.isoformat(),
        withdrawn_at=optional_timestamp(known.withdrawn_at),
    )


def list_reply(found: Slice[TransferConsent]) -> pb.ListConsentsResponse:
    """Answer with a page of consents."""
    return pb.ListConsentsResponse(consents=[consent(each) for each in found.entries], next_page_token=found.next_token)
