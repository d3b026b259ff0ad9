"""The StatusListService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.flows.status_lists import signed_list
from interchange.messages.status_lists import read_uri
from interchange.v1 import status_lists_pb2 as pb

if TYPE_CHECKING:
    from interchange.flows.node import Node
    from interchange.rpc.call import Call

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["StatusListService"]


class StatusListService:
    """Standing for programs that only know JWT."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    def GetStatusList(self, request: pb.GetStatusListRequest, call: Call) -> pb.GetStatusListResponse:
        """Give a partner a list that is addressed to it."""
        return pb.GetStatusListResponse(token=signed_list(self._node, call.caller.party, read_uri(request), call.now))
