"""The StandingService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.standing import HoldScope
from interchange.errors import Reason, refuse
from interchange.flows.perform import perform
from interchange.flows.withdraw import REINSTATE, REVOKE, SUSPEND
from interchange.messages import fields
from interchange.messages import standings as messages
from interchange.messages.paging import read_paging
from interchange.rpc.waiting import waiting
from interchange.store import assertions, holds, places, records
from interchange.v1 import standings_pb2 as pb

if TYPE_CHECKING:
    from interchange.domain.projects import Hold
    from interchange.flows.node import Node
    from interchange.rpc.call import Call
    from interchange.store.ledger import Tx

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["StandingService"]

_COORDINATORS_SCOPES = frozenset({HoldScope.PROJECT})
_ALL_SCOPES = frozenset(HoldScope)


class StandingService:
    """Holds and revocations."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    def Suspend(self, request: pb.SuspendRequest, call: Call) -> pb.SuspendResponse:
        """Open a hold."""
        wanted, request_id = messages.read_suspend(request), fields.request_id(request.request_id)
        if wanted.scope not in _scopes(call):
            raise refuse(Reason.CALLER_NOT_ALLOWED, "target")
        done = perform(self._node, SUSPEND, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)

        def look(tx: Tx) -> pb.SuspendResponse:
            hold = _hold(tx, done.result, call)
            if not _counts(call):
                return messages.suspend_reply(hold)
            affected = records.affected(tx, hold, hold.opened_at)
            return messages.suspend_reply(hold, affected, places.of_hold(tx, hold.hold_id, lifted=False))

        return self._node.ledger.read(look)

    def Reinstate(self, request: pb.ReinstateRequest, call: Call) -> pb.ReinstateResponse:
        """Close a hold."""
        wanted, request_id = messages.read_reinstate(request), fields.request_id(request.request_id)
        self._node.ledger.read(lambda tx: _hold(tx, wanted.hold_id, call))
        done = perform(self._node, REINSTATE, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        if done.proposal:
            return pb.ReinstateResponse(proposal=waiting(self._node, done.proposal, call))

        def look(tx: Tx) -> pb.ReinstateResponse:
            hold = _hold(tx, done.result, call)
            if not _counts(call):
                return messages.reinstate_reply(hold)
            affected = records.affected(tx, hold, call.now if hold.closed_at is None else hold.closed_at)
            return messages.reinstate_reply(hold, affected, places.of_hold(tx, hold.hold_id, lifted=True))

        return self._node.ledger.read(look)

    def Revoke(self, request: pb.RevokeRequest, call: Call) -> pb.RevokeResponse:
        """Revoke an assertion."""
        wanted, request_id = messages.read_revoke(request), fields.request_id(request.request_id)
        done = perform(self._node, REVOKE, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)

        def look(tx: Tx) -> pb.RevokeResponse:
            issued = assertions.get(tx, done.result)
            if issued is None:
                raise refuse(Reason.NOT_KNOWN, "assertion_id")
            place = places.of_revocation(tx, self._node.names.authority, issued.jti)
            return messages.revoke_reply(issued.jti, issued.revoked_at, place)

        return self._node.ledger.read(look)

    def ListHolds(self, request: pb.ListHoldsRequest, call: Call) -> pb.ListHoldsResponse:
        """List holds."""
        paging = read_paging(
            request.page_size, request.page_token, "ListHolds", call.caller.authority, str(request.open_only)
        )
        only, scopes = request.open_only, _scopes(call)
        rows = self._node.ledger.read(
            lambda tx: holds.page(tx, open_only=only, scopes=scopes, after=paging.after, limit=paging.fetch)
        )
        return messages.list_reply(paging.cut(rows, lambda hold: hold.hold_id))


def _scopes(call: Call) -> frozenset[HoldScope]:
    """What a caller may hold and see held: a hold on less than a project would tell a coordinator about people."""
    return _COORDINATORS_SCOPES if call.caller.role == "coordinator" else _ALL_SCOPES


def _counts(call: Call) -> bool:
    """Tell whether a caller hears how many assertions are live and how long lanes are.

    Of somebody who is not confirmed, a coordinator could tell by them whether there is a hold or an end.
    """
    return call.caller.role != "coordinator"


def _hold(tx: Tx, hold_id: str, call: Call) -> Hold:
    hold = holds.get(tx, hold_id)
    if hold is None or hold.scope not in _scopes(call):
        raise refuse(Reason.NOT_KNOWN, "hold_id")
    return hold
