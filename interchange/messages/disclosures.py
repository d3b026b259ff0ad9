"""Messages of the DisclosureService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.verdict import Outcome
from interchange.messages.parts import STANDING_NUMBERS, optional_timestamp, timestamp
from interchange.v1 import assertions_pb2
from interchange.v1 import disclosures_pb2 as pb

if TYPE_CHECKING:
    from interchange.domain.binding import SentBinding
    from interchange.flows.disclosures import Disclosure
    from interchange.messages.paging import Slice
    from interchange.store.verifications import Verification

_OUTCOMES = {
    Outcome.VALID.value: assertions_pb2.OUTCOME_VALID,
    Outcome.NOT_VALID.value: assertions_pb2.OUTCOME_NOT_VALID,
    Outcome.STALE.value: assertions_pb2.OUTCOME_STALE,
}


def disclosures_reply(found: Slice[Disclosure]) -> pb.ListDisclosuresResponse:
    """Answer with a page of what was asserted."""
    return pb.ListDisclosuresResponse(
        disclosures=[_disclosure(each) for each in found.entries], next_page_token=found.next_token
    )


def verifications_reply(found: Slice[Verification]) -> pb.ListVerificationsResponse:
    """Answer with a page of who asked."""
    return pb.ListVerificationsResponse(
        verifications=[
            pb.DisclosedVerification(
                verified_at=timestamp(each.at),
                assertion_id=each.jti,
                partner=each.party,
                outcome=_OUTCOMES[each.outcome],
                count=each.count,
            )
            for each in found.entries
        ],
        next_page_token=found.next_token,
    )


def _disclosure(known: Disclosure) -> pb.Disclosure:
    issued = known.issued
    return pb.Disclosure(
        assertion_id=issued.jti,
        partner=issued.party,
        project_id=issued.project_id,
        project_title=known.title,
        organ=issued.organ,
        home_level=known.home or None,
        partner_level=known.partner or None,
        issued_at=timestamp(issued.iat),
        valid_from=optional_timestamp(known.begins),
        expires_at=timestamp(issued.exp),
        revoked_at=optional_timestamp(issued.revoked_at),
        standing=STANDING_NUMBERS[known.standing],
        bindings=[_binding(each) for each in known.bindings],
    )


def _binding(sent: SentBinding) -> pb.DisclosedBinding:
    return pb.DisclosedBinding(
        sent_at=timestamp(sent.sent_at),
        confirmed_at=optional_timestamp(sent.confirmed_at),
        ended_at=optional_timestamp(sent.ended_at),
    )
