"""Two people: when an act waits for the second, and whether those who signed may have it carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interchange.crypto.certificates import check_peer
from interchange.crypto.own_certificate import serial_of
from interchange.crypto.statements import check_statement
from interchange.domain.names import holder_of
from interchange.domain.proposals import LIFE, Proposal, digest_of, person_of
from interchange.errors import Reason, Refusal, refuse
from interchange.flows.canonical import canonical
from interchange.store import proposals

if TYPE_CHECKING:
    from interchange.domain.proposals import Signature
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class Second:
    """When an act needs a second person, and who may be that.

    Attributes:
        request: class of the act's requests.
        needed: tells it of a decision; nothing about a person may show in the answer to who is not to know it.
        role: of those who may approve.
        proposers: roles besides that of those who may ask for it, as the access table has them; a proposal of anybody
            else was made by hand.
        organ: `PARTY/ORGAN` for which a decision is carried out, or empty; an approver bound to an organ approves for
            that one alone.
    """

    request: type[Any]
    needed: Callable[[Node, Any], bool]
    role: str = "officer"
    proposers: frozenset[str] = frozenset()
    organ: Callable[[Any], str] = lambda _: ""


def listed(act: str) -> Callable[[Node, Any], bool]:
    """Need a second person where the nation's rules list the act."""
    return lambda node, _: act in node.rules.two_people_acts


def act_digest(act: str, request: object) -> str:
    """Digest what exactly is to be done: SHA-256 of act and request in their one spelling, base64url."""
    return digest_of(act, canonical(request))


def propose(
    node: Node, tx: Tx, act: str, request: object, organ: str, *, caller: str, request_id: str, now: Instant
) -> Proposal:
    """Record that an act waits for a second person."""
    proposal = Proposal(
        proposal_id=node.chance.uuid(),
        act=act,
        organ=organ,
        caller=caller,
        request_id=request_id,
        body=canonical(request),
        digest=act_digest(act, request),
        created_at=now,
        expires_at=now + LIFE,
    )
    proposals.add(tx, proposal)
    return proposal


def may_decide(node: Node, proposal: Proposal, spiffe: str, roles: frozenset[str]) -> bool:
    """Tell whether somebody is one of the home party's people of these roles, and not bound to another organ."""
    holder = holder_of(spiffe)
    elsewhere = holder.organ is not None and proposal.organ not in {"", f"{node.party}/{holder.organ}"}
    return holder.authority == node.names.authority and holder.role in roles and not elsewhere


def check_signature(node: Node, tx: Tx, proposal: Proposal, signature: Signature, second: Second) -> None:
    """Refuse a signature that is not its holder's own, or not of one who has a say in the matter.

    Whoever proposed must be one who may propose, so that nobody is made a proposer by editing a row; others of the role
    may approve or reject, and who is bound to an organ only what is done for that organ. A certificate counts that was
    withdrawn after the signature came, as one does that ended since.

    Raises:
        Refusal: PROPOSAL_SIGNATURE, PROPOSAL_SELF for a second certificate of the proposer, CALLER_NOT_ALLOWED;
            CERTIFICATE_WITHDRAWN if the certificate was withdrawn by then.
    """
    statement = proposal.statement(approves=signature.approves, why=signature.why)
    check_statement(signature.certificate, statement, signature.signature)
    try:
        named = check_peer(signature.certificate, [node.home_ca()], signature.at)
    except Refusal:
        raise refuse(Reason.PROPOSAL_SIGNATURE) from None
    # When it came is not signed: outside of the proposal's life it would let a certificate count that is long over.
    if named != signature.spiffe or not proposal.received(signature.at):
        raise refuse(Reason.PROPOSAL_SIGNATURE)
    withdrawn = node.withdrawn.of(tx, node.party).get(serial_of(signature.certificate))
    if withdrawn is not None and withdrawn <= signature.at:
        raise refuse(Reason.CERTIFICATE_WITHDRAWN, "signature")
    roles = frozenset({second.role})
    if signature.spiffe == proposal.caller:
        roles |= second.proposers
    elif person_of(signature.spiffe) == person_of(proposal.caller):
        raise refuse(Reason.PROPOSAL_SELF)
    if not may_decide(node, proposal, signature.spiffe, roles):
        raise refuse(Reason.CALLER_NOT_ALLOWED, "approver")


def check_open(proposal: Proposal, now: Instant) -> None:
    """Refuse PROPOSAL_ENDED for one that is carried out, rejected or past its end."""
    if not proposal.is_open(now):
        raise refuse(Reason.PROPOSAL_ENDED)


def is_complete(node: Node, tx: Tx, proposal: Proposal, second: Second) -> bool:
    """Tell whether proposer and another person approve, and nobody rejects, each by a signature that holds now."""
    people: set[str] = set()
    for signature in proposals.signatures(tx, proposal.proposal_id):
        try:
            check_signature(node, tx, proposal, signature, second)
        except Refusal as refusal:
            if refusal.reason is not Reason.CERTIFICATE_WITHDRAWN:
                raise
            # It counts for nothing; its holder may sign again with another certificate.
            continue
        if not signature.approves:
            return False
        people.add(person_of(signature.spiffe))
    return person_of(proposal.caller) in people and len(people) > 1


def check_approved(node: Node, tx: Tx, proposal: Proposal, request: object, second: Second, now: Instant) -> None:
    """Refuse to carry out what two people have not signed exactly so, inside the transaction that carries it out.

    Raises:
        Refusal: PROPOSAL_ENDED; PROPOSAL_SIGNATURE if a signature does not hold, one is missing, or the recorded act
            is not the one that was signed.
    """
    check_open(proposal, now)
    if act_digest(proposal.act, request) != proposal.digest or not is_complete(node, tx, proposal, second):
        raise refuse(Reason.PROPOSAL_SIGNATURE)
