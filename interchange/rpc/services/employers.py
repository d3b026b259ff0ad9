"""The EmployerService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse
from interchange.flows.employers import END_RECOGNITION, RECOGNISE
from interchange.flows.perform import perform
from interchange.messages import employers as messages
from interchange.messages import fields
from interchange.messages.paging import read_paging
from interchange.store import employers
from interchange.v1 import employers_pb2 as pb

if TYPE_CHECKING:
    from interchange.flows.node import Node
    from interchange.rpc.call import Call

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["EmployerService"]


class EmployerService:
    """Conforming businesses and offices of the state."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    def RecogniseEmployer(self, request: pb.RecogniseEmployerRequest, call: Call) -> pb.RecogniseEmployerResponse:
        """Recognise an employer."""
        wanted, request_id = messages.read_recognise(request), fields.request_id(request.request_id)
        done = perform(self._node, RECOGNISE, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        return pb.RecogniseEmployerResponse(employer=self._shown(done.result))

    def EndRecognition(self, request: pb.EndRecognitionRequest, call: Call) -> pb.EndRecognitionResponse:
        """Record that an employer has lost its recognition."""
        node, wanted, request_id = self._node, messages.read_end(request), fields.request_id(request.request_id)
        done = perform(node, END_RECOGNITION, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        return pb.EndRecognitionResponse(employer=self._shown(done.result))

    def ListEmployers(self, request: pb.ListEmployersRequest, call: Call) -> pb.ListEmployersResponse:
        """List employers."""
        paging = read_paging(request.page_size, request.page_token, "ListEmployers", call.caller.authority)
        rows = self._node.ledger.read(lambda tx: employers.page(tx, after=paging.after, limit=paging.fetch))
        return messages.list_reply(paging.cut(rows, lambda employer: employer.employer_id))

    def _shown(self, employer_id: str) -> pb.Employer:
        found = self._node.ledger.read(lambda tx: employers.get(tx, employer_id))
        if found is None:
            raise refuse(Reason.NOT_KNOWN, "employer_id")
        return messages.employer(found)
