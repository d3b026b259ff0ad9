"""Proposals: signing one, and carrying out what two people have signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.proposals import LONGEST_WHY, Outcome, Proposal, Signature
from interchange.errors import Reason, refuse
from interchange.flows.acts import ACTS
from interchange.flows.approvals import check_open, check_signature, is_complete
from interchange.flows.canonical import restored
from interchange.flows.perform import Act, Done, perform
from interchange.store import proposals

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class SignRequest:
    """A person's word on a proposal.

    Attributes:
        proposal_id: which.
        spiffe, certificate: of the person, as the connection showed them.
        approves, why: as in the statement that is signed.
        signature: over `Proposal.statement`, DER.
    """

    proposal_id: str
    spiffe: str
    certificate: bytes
    approves: bool
    why: str
    signature: bytes


def role_of(proposal: Proposal) -> str:
    """Say which role may approve it."""
    second = ACTS[proposal.act].second
    if second is None:
        raise refuse(Reason.INTERNAL, "a proposal of an act that needs no second person")
    return second.role


def sign(node: Node, request: SignRequest, *, request_id: str, now: Instant) -> Proposal:
    """Record a person's word, and carry the act out if it was the last that was missing.

    Called again after a failure in between, it records nothing twice and carries out what is left to do.

    Returns:
        The proposal, with what became of it.

    Raises:
        Refusal: NOT_KNOWN, PROPOSAL_ENDED, PROPOSAL_SIGNATURE, PROPOSAL_SELF, CALLER_NOT_ALLOWED, FIELD_FORM; and
            whatever the act itself is refused for when it is carried out, in which case the proposal stays open.
    """
    perform(node, SIGN, request, caller=request.spiffe, request_id=request_id, now=now)
    carry_out(node, request.proposal_id, now)
    return node.ledger.read(lambda tx: find(tx, request.proposal_id))


def carry_out(node: Node, proposal_id: str, now: Instant) -> Done | None:
    """Carry out a proposal that two people have signed; None while it waits or once it is over."""

    def look(tx: Tx) -> tuple[Proposal, bool]:
        proposal = find(tx, proposal_id)
        is_open = proposal.outcome is Outcome.OPEN and now < proposal.expires_at
        return proposal, is_open and is_complete(node, tx, proposal, role_of(proposal))

    proposal, complete = node.ledger.read(look)
    act = ACTS[proposal.act]
    if not complete or act.second is None:
        return None
    request = restored(act.second.request, proposal.body)
    return perform(
        node,
        act,
        request,
        caller=proposal.caller,
        request_id=proposal.request_id,
        now=now,
        proposal_id=proposal.proposal_id,
    )


def find(tx: Tx, proposal_id: str) -> Proposal:
    """Find a proposal, or refuse NOT_KNOWN."""
    proposal = proposals.get(tx, proposal_id)
    if proposal is None:
        raise refuse(Reason.NOT_KNOWN, "proposal_id")
    return proposal


def _decide(node: Node, tx: Tx, request: SignRequest, now: Instant) -> tuple[Proposal, Signature]:
    proposal = find(tx, request.proposal_id)
    check_open(proposal, now)
    if len(request.why) > LONGEST_WHY:
        raise refuse(Reason.FIELD_FORM, "why")
    signature = Signature(request.spiffe, request.approves, request.why, request.certificate, request.signature, now)
    check_signature(node, proposal, signature, role_of(proposal))
    return proposal, signature


def _write(_node: Node, tx: Tx, decision: tuple[Proposal, Signature], _prepared: None, now: Instant) -> str:
    proposal, signature = decision
    proposals.put_signature(tx, proposal.proposal_id, signature)
    if not signature.approves:
        proposals.finish(tx, proposal.proposal_id, Outcome.REJECTED, "", now)
    return proposal.proposal_id


SIGN = Act("sign_proposal", _decide, _write)
