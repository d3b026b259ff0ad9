"""The NodeService."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from interchange.crypto.withdrawals import read_withdrawals
from interchange.errors import Reason, Refusal, refuse
from interchange.flows.perform import perform
from interchange.flows.withdrawals import INSTALL, read_result
from interchange.messages import fields
from interchange.messages.node import info_reply, install_reply, read_install
from interchange.store import withdrawals
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

    def InstallWithdrawals(self, request: pb.InstallWithdrawalsRequest, call: Call) -> pb.InstallWithdrawalsResponse:
        """Take a list of withdrawn certificates."""
        node, wanted, request_id = self._node, read_install(request), fields.request_id(request.request_id)
        done = perform(node, INSTALL, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        party, number = read_result(done.result)

        taken = node.ledger.read(lambda tx: withdrawals.get(tx, party, number))
        if taken is None:
            raise refuse(Reason.INTERNAL, "a list that was taken is not there")
        return install_reply(party, number, len(read_withdrawals(taken[0]).since), taken[1])

    def _keyring(self) -> Keyring | None:
        node = self._node
        try:
            return node.ledger.read(lambda tx: node.keyring(tx, node.names.authority))
        except Refusal as refusal:
            if refusal.reason is Reason.KEYRING_MISSING:
                return None
            raise
