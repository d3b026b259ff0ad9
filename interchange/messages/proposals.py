"""Messages of the ProposalService, and the proposal that other services answer with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.proposals import LONGEST_WHY, Outcome
from interchange.messages import fields
from interchange.messages.parts import timestamp
from interchange.v1 import common_pb2 as common
from interchange.v1 import proposals_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interchange.domain.proposals import Proposal, Signature
    from interchange.domain.time import Instant
    from interchange.flows.proposals import Seen
    from interchange.messages.paging import Slice

_LONGEST_SIGNATURE = 80
"""Bytes; ECDSA on P-256 in DER has at most 72."""

_OUTCOMES = {
    Outcome.OPEN: common.PROPOSAL_OUTCOME_OPEN,
    Outcome.EXECUTED: common.PROPOSAL_OUTCOME_EXECUTED,
    Outcome.REJECTED: common.PROPOSAL_OUTCOME_REJECTED,
}


@dataclass(frozen=True, slots=True)
class Word:
    """A person's word on a proposal, as it was sent."""

    proposal_id: str
    approves: bool
    why: str
    signature: bytes


def read_get(request: pb.GetProposalRequest) -> str:
    """Read which proposal is asked for."""
    return fields.uuid(request.proposal_id, "proposal_id")


def read_sign(request: pb.SignProposalRequest) -> Word:
    """Read a person's word; how many characters a reason may have, the flow says."""
    return Word(
        proposal_id=fields.uuid(request.proposal_id, "proposal_id"),
        approves=request.approves,
        why=fields.text(request.why, "why", 4 * LONGEST_WHY) if request.why else "",
        signature=fields.data(request.signature, "signature", _LONGEST_SIGNATURE),
    )


def proposal(seen: Seen, now: Instant) -> common.Proposal:
    """Write a proposal as its reader may see it."""
    known = seen.proposal
    is_over = known.outcome is Outcome.OPEN and not known.is_open(now)
    return common.Proposal(
        proposal_id=known.proposal_id,
        expires_at=timestamp(known.expires_at),
        act=known.act,
        organ=known.organ,
        caller=known.caller,
        request=known.body.decode(),
        digest=known.digest,
        created_at=timestamp(known.created_at),
        outcome=common.PROPOSAL_OUTCOME_EXPIRED if is_over else _OUTCOMES[known.outcome],
        result=known.result,
        approver_role=seen.role,
        signatures=[_signature(each) for each in seen.signatures],
    )


def list_reply(found: Slice[Proposal], shown: Iterable[Seen], now: Instant) -> pb.ListProposalsResponse:
    """Answer with the entries of a page that the caller may see."""
    listed = [proposal(seen, now) for seen in shown]
    for each in listed:
        # A thousand clearances or a keyring in each would make a page too long to be sent.
        each.ClearField("request")
    return pb.ListProposalsResponse(proposals=listed, next_page_token=found.next_token)


def _signature(signed: Signature) -> common.ProposalSignature:
    return common.ProposalSignature(
        caller=signed.spiffe, approves=signed.approves, why=signed.why, signed_at=timestamp(signed.at)
    )
