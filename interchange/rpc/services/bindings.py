"""The BindingService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse
from interchange.flows import bindings as flow
from interchange.flows.match import BindingLink, BindingLinks, match, match_request
from interchange.flows.perform import perform
from interchange.messages import bindings as messages
from interchange.messages import fields
from interchange.store import bindings
from interchange.telemetry.logs import warn
from interchange.v1 import bindings_pb2 as pb

if TYPE_CHECKING:
    from interchange.domain.binding import SentBinding
    from interchange.domain.projects import Partner
    from interchange.flows.node import Node
    from interchange.rpc.call import Call

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["BindingService"]


def unreachable(partner: Partner) -> BindingLink:
    """Refuse to reach a partner, as a server that was given no way to any does."""
    raise refuse(Reason.PARTNER_UNREACHABLE, partner.party)


class BindingService:
    """Who the subjects of assertions are: told to the partner they are addressed to, and matched by ours."""

    def __init__(self, node: Node, links: BindingLinks) -> None:
        """Answer for `node`, which reaches its partners over `links`."""
        self._node, self._links = node, links

    def SendBinding(self, request: pb.SendBindingRequest, call: Call) -> pb.SendBindingResponse:
        """Sign, seal and tell a binding."""
        node, request_id = self._node, fields.request_id(request.request_id)
        wanted = messages.read_send(request)
        self._check_organ(wanted.jti, call)
        done = perform(node, flow.SEND, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        sent = flow.read_sent(done.result)
        return messages.send_reply(self._sent(wanted.jti, sent.sha256), sent.place)

    def EndBinding(self, request: pb.EndBindingRequest, call: Call) -> pb.EndBindingResponse:
        """End a binding."""
        node, request_id = self._node, fields.request_id(request.request_id)
        wanted = messages.read_end(request)
        self._check_organ(wanted.jti, call)
        perform(node, flow.END, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        return pb.EndBindingResponse(assertion_id=wanted.jti)

    def ListBindings(self, request: pb.ListBindingsRequest, call: Call) -> pb.ListBindingsResponse:
        """List what was sent, to an officer bound to an organ that organ's."""
        organ = call.caller.bound
        wanted = messages.read_listing(request, organ)
        rows = self._node.ledger.read(
            lambda tx: bindings.page(
                tx,
                jti=wanted.jti,
                party=wanted.partner,
                organ=organ,
                after=wanted.after,
                limit=wanted.paging.fetch,
            )
        )
        return messages.list_reply(wanted.paging.cut(rows, lambda sent: f"{sent.jti} {sent.sha256}"))

    def FetchBinding(self, request: pb.FetchBindingRequest, call: Call) -> pb.FetchBindingResponse:
        """Give a partner what waits for it."""
        jti = messages.read_fetch(request)
        return pb.FetchBindingResponse(sealed=flow.sealed_for(self._node, call.caller.party, jti, call.now))

    def ConfirmBinding(self, request: pb.ConfirmBindingRequest, call: Call) -> pb.ConfirmBindingResponse:
        """Hear what came of a match."""
        node, request_id = self._node, fields.request_id(request.request_id)
        wanted = messages.read_confirm(request, call.caller.party)
        before = node.ledger.read(lambda tx: flow.confirmed(tx, wanted))
        # Said before: neither the ledger nor the audit lane need hear it again.
        if not (wanted.matched and before.confirmed_at is not None):
            perform(node, flow.CONFIRM, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        if not wanted.matched:
            warn("binding_not_matched", party=call.caller.party, request_id=request_id)
        return messages.confirm_reply(self._sent(wanted.jti, wanted.sha256).confirmed_at)

    def MatchPerson(self, request: pb.MatchPersonRequest, call: Call) -> pb.MatchPersonResponse:
        """Answer whether the person at the gate is an assertion's subject."""
        node, request_id = self._node, fields.request_id(request.request_id)
        gate = messages.read_match(request, node.today(call.now))
        wanted = match_request(node, gate.issuer, gate.jti, gate.presented)
        found = match(node, self._links, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        if not found.confirmed:
            warn("match_not_confirmed", party=gate.issuer, request_id=request_id)
        return messages.match_reply(found)

    def _check_organ(self, jti: str, call: Call) -> None:
        issued = self._node.ledger.read(lambda tx: flow.find(tx, jti))
        if call.caller.bound not in {"", issued.organ}:
            raise refuse(Reason.CALLER_NOT_ALLOWED, "organ")

    def _sent(self, jti: str, sha256: str) -> SentBinding:
        found = self._node.ledger.read(lambda tx: bindings.get(tx, jti, sha256))
        if found is None:
            # Its retention has ended since.
            raise refuse(Reason.NOT_KNOWN, "assertion_id")
        return found
