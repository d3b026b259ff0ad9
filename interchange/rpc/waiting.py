"""The answer of an act that waits for a second person, alike in every service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.flows.proposals import show
from interchange.messages import proposals as messages

if TYPE_CHECKING:
    from interchange.domain.proposals import Proposal
    from interchange.flows.node import Node
    from interchange.rpc.call import Call
    from interchange.v1 import common_pb2


def waiting(node: Node, proposal: Proposal, call: Call) -> common_pb2.Proposal:
    """Write what waits as the caller, who asked for it, may see it, with what has become of it by now."""
    seen = node.ledger.read(lambda tx: show(node, tx, proposal.proposal_id, call.caller.spiffe))
    return messages.proposal(seen, call.now)
