"""The ProposalService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.flows.proposals import SignRequest, seen_by, show, sign
from interchange.messages import fields
from interchange.messages import proposals as messages
from interchange.messages.paging import read_paging
from interchange.store import proposals
from interchange.v1 import proposals_pb2 as pb

if TYPE_CHECKING:
    from interchange.flows.node import Node
    from interchange.rpc.call import Call
    from interchange.store.ledger import Tx
    from interchange.v1 import common_pb2

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["ProposalService"]


class ProposalService:
    """Acts that wait for a second person."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    def GetProposal(self, request: pb.GetProposalRequest, call: Call) -> pb.GetProposalResponse:
        """Show a proposal."""
        return pb.GetProposalResponse(proposal=self._shown(messages.read_get(request), call))

    def ListProposals(self, request: pb.ListProposalsRequest, call: Call) -> pb.ListProposalsResponse:
        """List the proposals that the caller may see."""
        node, caller = self._node, call.caller
        bound_to = (caller.authority, str(request.open_only))
        paging = read_paging(request.page_size, request.page_token, "ListProposals", *bound_to)

        # Or the number of pages would tell a coordinator that something about people waits.
        mine = caller.spiffe if caller.role == "coordinator" else ""

        def look(tx: Tx) -> pb.ListProposalsResponse:
            open_at = call.now if request.open_only else None
            rows = proposals.page(tx, caller=mine, open_at=open_at, after=paging.after, limit=paging.fetch)
            found = paging.cut(rows, lambda each: each.proposal_id)
            seen = [seen_by(node, tx, each, caller.spiffe) for each in found.entries]
            return messages.list_reply(found, [each for each in seen if each is not None], call.now)

        return node.ledger.read(look)

    def SignProposal(self, request: pb.SignProposalRequest, call: Call) -> pb.SignProposalResponse:
        """Record the caller's word, and carry out what two people have signed."""
        word, request_id = messages.read_sign(request), fields.request_id(request.request_id)
        caller = call.caller
        # Whoever may not see it hears nothing of whether it is there.
        self._shown(word.proposal_id, call)
        wanted = SignRequest(
            proposal_id=word.proposal_id,
            spiffe=caller.spiffe,
            certificate=caller.certificate,
            approves=word.approves,
            why=word.why,
            signature=word.signature,
        )
        sign(self._node, wanted, request_id=request_id, now=call.now)
        return pb.SignProposalResponse(proposal=self._shown(word.proposal_id, call))

    def _shown(self, proposal_id: str, call: Call) -> common_pb2.Proposal:
        node = self._node
        seen = node.ledger.read(lambda tx: show(node, tx, proposal_id, call.caller.spiffe))
        return messages.proposal(seen, call.now)
