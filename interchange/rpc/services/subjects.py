"""The SubjectService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse
from interchange.flows.perform import perform
from interchange.flows.subjects import (
    CHANGE_PAPERS,
    LOOK,
    REGISTER,
    LookRequest,
    change_papers_request,
    find_all,
    identity_of,
    register_request,
)
from interchange.messages import fields
from interchange.messages import subjects as messages
from interchange.v1 import subjects_pb2 as pb

if TYPE_CHECKING:
    from interchange.flows.node import Node
    from interchange.rpc.call import Call

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["SubjectService"]


class SubjectService:
    """The home party's own people and their papers."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    def RegisterSubject(self, request: pb.RegisterSubjectRequest, call: Call) -> pb.RegisterSubjectResponse:
        """Register a person."""
        node, request_id = self._node, fields.request_id(request.request_id)
        wanted = register_request(node, messages.read_identity(request, node.today(call.now)))
        done = perform(node, REGISTER, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        return pb.RegisterSubjectResponse(subject_id=done.result)

    def FindSubject(self, request: pb.FindSubjectRequest, call: Call) -> pb.FindSubjectResponse:
        """Find a person by all of passport name, birth date and document number."""
        node = self._node
        presented = messages.read_presented(request, node.today(call.now))
        (found,) = node.ledger.read(lambda tx: find_all(node, tx, [presented]))
        if not found:
            raise refuse(Reason.NOT_KNOWN, "passport name, birth date and document")
        return pb.FindSubjectResponse(subject_id=found)

    def GetSubject(self, request: pb.GetSubjectRequest, call: Call) -> pb.GetSubjectResponse:
        """Show who a person is, and record that somebody looked."""
        node, request_id = self._node, fields.request_id(request.request_id)
        wanted = LookRequest(fields.uuid(request.subject_id, "subject_id"))
        perform(node, LOOK, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        known = node.ledger.read(lambda tx: identity_of(node, tx, wanted.subject_id))
        return pb.GetSubjectResponse(subject_id=wanted.subject_id, identity=messages.identity(known))

    def ChangePapers(self, request: pb.ChangePapersRequest, call: Call) -> pb.ChangePapersResponse:
        """Put newer papers in the place of older ones."""
        node, request_id = self._node, fields.request_id(request.request_id)
        subject_id = fields.uuid(request.subject_id, "subject_id")
        wanted = change_papers_request(node, subject_id, messages.read_identity(request, node.today(call.now)))
        done = perform(node, CHANGE_PAPERS, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        return pb.ChangePapersResponse(subject_id=done.result)
