"""The ClearanceService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse
from interchange.flows.perform import perform
from interchange.flows.projects import RECORD
from interchange.messages import clearances as messages
from interchange.messages import fields
from interchange.messages.paging import read_paging
from interchange.store import clearances, records
from interchange.v1 import clearances_pb2 as pb

if TYPE_CHECKING:
    from interchange.domain.projects import Clearance
    from interchange.flows.node import Node
    from interchange.rpc.call import Call
    from interchange.store.ledger import Tx

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["ClearanceService"]


class ClearanceService:
    """The clearances of the home party's own people."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    def RecordClearance(self, request: pb.RecordClearanceRequest, call: Call) -> pb.RecordClearanceResponse:
        """Record a grant."""
        wanted, request_id = messages.read_record(request), fields.request_id(request.request_id)
        node, bound = self._node, call.caller.bound
        if bound not in {"", wanted.organ}:
            raise refuse(Reason.CALLER_NOT_ALLOWED, "organ")
        done = perform(node, RECORD, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        subject_id = node.ledger.read(lambda tx: records.subject_of(tx, done.result))
        ends_at = node.rules.clearance_end(wanted.level, wanted.notified_on)
        return messages.record_reply(subject_id, done.result, ends_at, node.rules.zone)

    def ListClearances(self, request: pb.ListClearancesRequest, call: Call) -> pb.ListClearancesResponse:
        """List clearances, to an officer bound to an organ that organ's."""
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
