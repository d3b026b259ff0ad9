"""Proposals: who sees one, signing it, and carrying out what two people have signed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interchange.domain.proposals import LONGEST_WHY, Outcome, Proposal, Signature
from interchange.errors import Reason, refuse
from interchange.flows.acts import ACTS
from interchange.flows.approvals import check_open, check_signature, is_complete, may_decide
from interchange.flows.canonical import ANEW, restored
from interchange.flows.perform import Act, Done, perform
from interchange.store import proposals

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.flows.approvals import Second
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class SignRequest:
    """A person's word on a proposal.

    Attributes:
        proposal_id: which.
        spiffe, certificate: of the person, as the connection showed them; the certificate may be renewed meanwhile.
        approves, why: as in the statement that is signed.
        signature: over `Proposal.statement`, DER; another one each time it is made.
    """

    proposal_id: str
    spiffe: str
    certificate: bytes = field(metadata=ANEW)
    approves: bool
    why: str
    signature: bytes = field(metadata=ANEW)


@dataclass(frozen=True, slots=True)
class Seen:
    """A proposal as somebody may see it: with the role that may approve it, and the signatures that are to be seen."""

    proposal: Proposal
    role: str
    signatures: tuple[Signature, ...]


def seen_by(node: Node, tx: Tx, proposal: Proposal, reader: str) -> Seen | None:
    """Say what somebody may see of a proposal: all of it who may approve it, all but others' words who asked for it.

    What others say of it may be about a person, of whom who asked is not to know more than the answer.

    Args:
        node: the node.
        tx: an open transaction.
        proposal: which.
        reader: SPIFFE id of who asks.

    Returns:
        None if the reader may see nothing of it, or if no act of this node is called so.
    """
    act = ACTS.get(proposal.act)
    if act is None or act.second is None:
        return None
    decides = may_decide(node, proposal, reader, frozenset({act.second.role}))
    if not decides and reader != proposal.caller:
        return None
    words = proposals.signatures(tx, proposal.proposal_id)
    return Seen(proposal, act.second.role, tuple(word for word in words if decides or word.spiffe == reader))


def show(node: Node, tx: Tx, proposal_id: str, reader: str) -> Seen:
    """Find a proposal as somebody may see it.

    Raises:
        Refusal: NOT_KNOWN, also for what the reader may not see.
    """
    seen = seen_by(node, tx, find(tx, proposal_id), reader)
    if seen is None:
        raise refuse(Reason.NOT_KNOWN, "proposal_id")
    return seen


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

    def look(tx: Tx) -> Proposal | None:
        proposal = find(tx, proposal_id)
        if not proposal.is_open(now) or not is_complete(node, tx, proposal, _second(proposal)):
            return None
        proposal.check_digest()
        return proposal

    proposal = node.ledger.read(look)
    if proposal is None:
        return None
    return perform(
        node,
        ACTS[proposal.act],
        restored(_second(proposal).request, proposal.body),
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


def _second(proposal: Proposal) -> Second:
    """Find who the second person may be, in the table of acts; a row that names no act there was made by hand."""
    act = ACTS.get(proposal.act)
    if act is None or act.second is None:
        raise refuse(Reason.PROPOSAL_SIGNATURE, "act")
    return act.second


def _decide(node: Node, tx: Tx, request: SignRequest, now: Instant) -> tuple[Proposal, Signature]:
    proposal = find(tx, request.proposal_id)
    check_open(proposal, now)
    if len(request.why) > LONGEST_WHY:
        raise refuse(Reason.FIELD_FORM, "why")
    signature = Signature(request.spiffe, request.approves, request.why, request.certificate, request.signature, now)
    check_signature(node, tx, proposal, signature, _second(proposal))
    return proposal, signature


def _write(_node: Node, tx: Tx, decision: tuple[Proposal, Signature], _prepared: None, now: Instant) -> str:
    proposal, signature = decision
    proposals.put_signature(tx, proposal.proposal_id, signature)
    if not signature.approves:
        proposals.finish(tx, proposal.proposal_id, Outcome.REJECTED, "", now)
    return proposal.proposal_id


SIGN = Act("sign_proposal", _decide, _write)
