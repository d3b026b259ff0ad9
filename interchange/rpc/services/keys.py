"""The KeyService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.flows.board import board
from interchange.flows.perform import perform
from interchange.flows.reissue import affected
from interchange.flows.stages import DRAFT, MOVE, read_moved
from interchange.messages import fields
from interchange.messages import keys as messages
from interchange.messages.paging import read_paging
from interchange.rpc.waiting import waiting
from interchange.v1 import keys_pb2 as pb

if TYPE_CHECKING:
    from interchange.flows.node import Node
    from interchange.rpc.call import Call

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["KeyService"]


class KeyService:
    """Stages of this node's own keys."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    def DraftKey(self, request: pb.DraftKeyRequest, call: Call) -> pb.DraftKeyResponse:
        """Make a key."""
        wanted, request_id = messages.read_draft(request), fields.request_id(request.request_id)
        done = perform(self._node, DRAFT, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        return pb.DraftKeyResponse(kid=done.result)

    def MoveKey(self, request: pb.MoveKeyRequest, call: Call) -> pb.MoveKeyResponse:
        """Take a key to another stage."""
        wanted, request_id = messages.read_move(request), fields.request_id(request.request_id)
        node = self._node
        done = perform(node, MOVE, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        if done.proposal:
            return pb.MoveKeyResponse(proposal=waiting(node, done.proposal, call))
        return messages.move_reply(read_moved(done.result))

    def GetKeyBoard(self, _request: pb.GetKeyBoardRequest, _call: Call) -> pb.GetKeyBoardResponse:
        """Show every key and what else ends."""
        return messages.board_reply(board(self._node))

    def ListAffected(self, request: pb.ListAffectedRequest, call: Call) -> pb.ListAffectedResponse:
        """List what became of the assertions of a tainted key."""
        kid = fields.kid(request.kid, "kid")
        paging = read_paging(request.page_size, request.page_token, "ListAffected", call.caller.authority, kid)
        lines, progress = affected(self._node, kid, call.now, after=paging.after, limit=paging.fetch)
        found = paging.cut(lines, lambda line: line.jti)
        return messages.affected_reply(found.entries, found.next_token, progress)
