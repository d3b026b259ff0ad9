"""The NodeService."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from interchange.errors import Reason, Refusal
from interchange.messages.node import info_reply
from interchange.v1 import node_pb2 as pb

if TYPE_CHECKING:
    from interchange.domain.keyring import Keyring
    from interchange.flows.node import Node
    from interchange.rpc.call import Call

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["NodeService"]


class NodeService:
    """Who answers at this address."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node
        self._version = version("interchange")

    def GetNodeInfo(self, request: pb.GetNodeInfoRequest, call: Call) -> pb.GetNodeInfoResponse:
        """Tell whose node this is."""
        node = self._node
        return info_reply(self._version, node.names, self._keyring(), call.now, demonstration=node.demonstration)

    def _keyring(self) -> Keyring | None:
        node = self._node
        try:
            return node.ledger.read(lambda tx: node.keyring(tx, node.names.authority))
        except Refusal as refusal:
            if refusal.reason is Reason.KEYRING_MISSING:
                return None
            raise
