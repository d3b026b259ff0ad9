"""The ClearanceService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse
from interchange.flows.clearances import AUTHORISE, CANCEL, END_POST, GRANT, RECORD
from interchange.flows.perform import perform
from interchange.messages import clearances as messages
from interchange.messages import fields
from interchange.messages.paging import read_paging
from interchange.rpc.waiting import waiting
from interchange.store import clearances
from interchange.v1 import clearances_pb2 as pb

if TYPE_CHECKING:
    from interchange.domain.projects import Clearance
    from interchange.flows.node import Node
    from interchange.rpc.call import Call
    from interchange.store.ledger import Tx

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["ClearanceService"]


class ClearanceService:
    """What the home party's own people may see by its law."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    def GrantClearance(self, request: pb.GrantClearanceRequest, call: Call) -> pb.GrantClearanceResponse:
        """Grant a level on a screening."""
        wanted, request_id = messages.read_grant(request), fields.request_id(request.request_id)
        _check_organ(wanted.organ, call)
        done = perform(self._node, GRANT, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        return pb.GrantClearanceResponse(clearance=self._written(done.result)[0])

    def AuthoriseByFunction(self, request: pb.AuthoriseByFunctionRequest, call: Call) -> pb.AuthoriseByFunctionResponse:
        """Record what the law gives with an office."""
        wanted, request_id = messages.read_authorise(request), fields.request_id(request.request_id)
        _check_organ(wanted.organ, call)
        done = perform(self._node, AUTHORISE, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        if done.proposal:
            return pb.AuthoriseByFunctionResponse(proposal=waiting(self._node, done.proposal, call))
        return pb.AuthoriseByFunctionResponse(result=self._written(done.result)[0])

    def RecordClearances(self, request: pb.RecordClearancesRequest, call: Call) -> pb.RecordClearancesResponse:
        """Take over clearances from paper."""
        wanted, request_id = messages.read_record(request), fields.request_id(request.request_id)
        for grant in wanted.grants:
            _check_organ(grant.organ, call)
        done = perform(self._node, RECORD, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        if done.proposal:
            return pb.RecordClearancesResponse(proposal=waiting(self._node, done.proposal, call))
        return pb.RecordClearancesResponse(result=pb.RecordedClearances(clearances=self._written(done.result)))

    def EndPost(self, request: pb.EndPostRequest, call: Call) -> pb.EndPostResponse:
        """End what a person has with an employer, whichever organ's it is."""
        wanted, request_id = messages.read_end_post(request), fields.request_id(request.request_id)
        done = perform(self._node, END_POST, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        return pb.EndPostResponse(clearances=self._written(done.result))

    def CancelClearance(self, request: pb.CancelClearanceRequest, call: Call) -> pb.CancelClearanceResponse:
        """Take back one clearance or authorisation."""
        wanted, request_id = messages.read_cancel(request), fields.request_id(request.request_id)
        known = self._node.ledger.read(lambda tx: _found(tx, wanted.clearance_id))
        if call.caller.bound not in {"", known.organ}:
            # Other organs' are not listed to this caller either.
            raise refuse(Reason.NOT_KNOWN, "clearance_id")
        done = perform(self._node, CANCEL, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        return pb.CancelClearanceResponse(clearance=self._written(done.result)[0])

    def ListClearances(self, request: pb.ListClearancesRequest, call: Call) -> pb.ListClearancesResponse:
        """List clearances and authorisations, to an officer bound to an organ that organ's."""
        subject_id, organ = messages.read_subject(request), call.caller.bound
        paging = read_paging(request.page_size, request.page_token, "ListClearances", organ, subject_id)

        def look(tx: Tx) -> list[Clearance]:
            if not subject_id:
                return clearances.page(tx, organ=organ, after=paging.after, limit=paging.fetch)
            known = clearances.of_subject(tx, subject_id)
            return [each for each in known if each.clearance_id > paging.after and organ in {"", each.organ}]

        rows = self._node.ledger.read(look)
        found = paging.cut(rows, lambda clearance: clearance.clearance_id)
        return messages.list_reply(found, self._node.rules.zone)

    def _written(self, result: str) -> list[pb.Clearance]:
        """Write those that an act's result names."""
        known = self._node.ledger.read(lambda tx: [_found(tx, each) for each in result.split(",")])
        return [messages.clearance(each, self._node.rules.zone) for each in known]


def _check_organ(organ: str, call: Call) -> None:
    if call.caller.bound not in {"", organ}:
        raise refuse(Reason.CALLER_NOT_ALLOWED, "organ")


def _found(tx: Tx, clearance_id: str) -> Clearance:
    found = clearances.get(tx, clearance_id)
    if found is None:
        raise refuse(Reason.NOT_KNOWN, "clearance_id")
    return found
