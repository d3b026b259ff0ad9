"""Messages of the PartnerService."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.crypto.authorities import alone
from interchange.flows.partners import AdmitRequest
from interchange.messages import fields
from interchange.messages.parts import optional_timestamp, timestamp
from interchange.v1 import partners_pb2 as pb
from interchange.wire.keyring import MAX_KEYRING

if TYPE_CHECKING:
    from interchange.domain.projects import Partner
    from interchange.domain.time import Instant
    from interchange.messages.paging import Slice

_LONGEST_CERTIFICATE = 16 * 1024


@dataclass(frozen=True, slots=True)
class KnownPartner:
    """An admitted partner with what the ledger has of it now; `last_contact` is None if it was never heard of."""

    partner: Partner
    keyring_number: int
    admitted_at: Instant
    last_contact: Instant | None


def read_admit(request: pb.AdmitPartnerRequest) -> AdmitRequest:
    """Read a partner as its people described it."""
    return AdmitRequest(
        party=fields.party(request.party, "party"),
        address=fields.address(request.address),
        keyring=fields.data(request.keyring, "keyring", MAX_KEYRING),
        root_pin=fields.matching(request.root_pin, fields.ROOT_PIN, "root_pin"),
        ca_pem=alone(fields.data(request.ca_pem, "ca_pem", _LONGEST_CERTIFICATE)),
    )


def partner(known: KnownPartner) -> pb.Partner:
    """Write a partner."""
    return pb.Partner(
        party=known.partner.party,
        authority=known.partner.authority,
        address=known.partner.address,
        root_pin=known.partner.root_pin,
        keyring_number=known.keyring_number,
        admitted_at=timestamp(known.admitted_at),
        last_contact=optional_timestamp(known.last_contact),
    )


def admit_reply(known: KnownPartner) -> pb.AdmitPartnerResponse:
    """Answer with the partner that is admitted."""
    return pb.AdmitPartnerResponse(result=partner(known))


def list_reply(found: Slice[KnownPartner]) -> pb.ListPartnersResponse:
    """Answer with a page of partners."""
    return pb.ListPartnersResponse(partners=[partner(each) for each in found.entries], next_page_token=found.next_token)
