"""Messages of the BindingService."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from interchange.domain.assertion import DIGEST
from interchange.flows.bindings import ConfirmRequest, EndRequest, SendRequest
from interchange.messages import fields
from interchange.messages.paging import Paging, read_paging
from interchange.messages.parts import optional_timestamp, position, timestamp
from interchange.messages.subjects import read_presented
from interchange.v1 import bindings_pb2 as pb

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.binding import SentBinding
    from interchange.domain.identity import Presented
    from interchange.domain.time import Instant
    from interchange.flows.match import Matched
    from interchange.messages.paging import Slice
    from interchange.store.places import Place


class Listing(NamedTuple):
    """Which bindings are asked for; empty filters match all."""

    jti: str
    partner: str
    paging: Paging

    @property
    def after(self) -> tuple[str, str]:
        """Assertion and digest of the last entry of the page before."""
        jti, _, digest = self.paging.after.partition(" ")
        return jti, digest


class Gate(NamedTuple):
    """Who stands at the gate: the issuer and id of the assertion, and the papers shown."""

    issuer: str
    jti: str
    presented: Presented


def read_send(request: pb.SendBindingRequest) -> SendRequest:
    """Read of which assertion a binding is to be sent."""
    return SendRequest(fields.uuid(request.assertion_id, "assertion_id"))


def read_end(request: pb.EndBindingRequest) -> EndRequest:
    """Read of which assertion the binding is to be ended."""
    return EndRequest(fields.uuid(request.assertion_id, "assertion_id"))


def read_listing(request: pb.ListBindingsRequest, organ: str) -> Listing:
    """Read which bindings are asked for, by a caller who is bound to `organ` or, if it is empty, to none."""
    jti = fields.uuid(request.assertion_id, "assertion_id") if request.HasField("assertion_id") else ""
    partner = fields.party(request.partner, "partner") if request.HasField("partner") else ""
    paging = read_paging(request.page_size, request.page_token, "ListBindings", organ, jti, partner)
    return Listing(jti, partner, paging)


def read_fetch(request: pb.FetchBindingRequest) -> str:
    """Read of which assertion the sealed binding is wanted."""
    return fields.uuid(request.assertion_id, "assertion_id")


def read_confirm(request: pb.ConfirmBindingRequest, party: str) -> ConfirmRequest:
    """Read what came of the match of `party`."""
    jti = fields.uuid(request.assertion_id, "assertion_id")
    return ConfirmRequest(party, jti, fields.matching(request.sha256, DIGEST, "sha256"), request.matched)


def read_match(request: pb.MatchPersonRequest, today: date) -> Gate:
    """Read who stands at the gate; nobody was born after `today`."""
    issuer = fields.party(request.issuer, "issuer")
    return Gate(issuer, fields.uuid(request.assertion_id, "assertion_id"), read_presented(request, today))


def binding(sent: SentBinding) -> pb.Binding:
    """Write a binding that we sent."""
    return pb.Binding(
        assertion_id=sent.jti,
        sha256=sent.sha256,
        partner=sent.party,
        organ=sent.organ,
        sent_at=timestamp(sent.sent_at),
        confirmed_at=optional_timestamp(sent.confirmed_at),
        unmatched_at=optional_timestamp(sent.unmatched_at),
        ended_at=optional_timestamp(sent.ended_at),
    )


def send_reply(sent: SentBinding, place: Place) -> pb.SendBindingResponse:
    """Answer with a binding as it was sent, also where the request is repeated later."""
    shown = binding(sent)
    for name in ("confirmed_at", "unmatched_at", "ended_at"):
        shown.ClearField(name)
    return pb.SendBindingResponse(binding=shown, position=position(place))


def list_reply(found: Slice[SentBinding]) -> pb.ListBindingsResponse:
    """Answer with a page of bindings."""
    return pb.ListBindingsResponse(bindings=[binding(each) for each in found.entries], next_page_token=found.next_token)


def confirm_reply(confirmed_at: Instant | None) -> pb.ConfirmBindingResponse:
    """Answer with when the sealed bytes were deleted, if they were."""
    return pb.ConfirmBindingResponse(confirmed_at=optional_timestamp(confirmed_at))


def match_reply(found: Matched) -> pb.MatchPersonResponse:
    """Answer yes or no."""
    return pb.MatchPersonResponse(matched=found.matched, confirmed=found.confirmed)
