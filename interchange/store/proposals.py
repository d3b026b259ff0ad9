"""Proposals and the signatures under them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update
from sqlmodel import col

from interchange.domain.proposals import Outcome, Proposal, Signature, person_of
from interchange.store.domestic import ProposalRow, ProposalSignatureRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx

_COLUMNS = select(
    col(ProposalRow.proposal_id),
    col(ProposalRow.act),
    col(ProposalRow.organ),
    col(ProposalRow.caller),
    col(ProposalRow.request_id),
    col(ProposalRow.body),
    col(ProposalRow.digest),
    col(ProposalRow.created_at),
    col(ProposalRow.expires_at),
    col(ProposalRow.outcome),
    col(ProposalRow.result),
)


def add(tx: Tx, proposal: Proposal) -> None:
    """Record a proposal."""
    tx.execute(
        insert(ProposalRow).values(
            proposal_id=proposal.proposal_id,
            act=proposal.act,
            organ=proposal.organ,
            caller=proposal.caller,
            request_id=proposal.request_id,
            body=proposal.body,
            digest=proposal.digest,
            created_at=proposal.created_at,
            expires_at=proposal.expires_at,
            outcome=proposal.outcome.value,
        )
    )


def get(tx: Tx, proposal_id: str) -> Proposal | None:
    """Find one by its id, or None."""
    found = _all(tx, col(ProposalRow.proposal_id) == proposal_id)
    return found[0] if found else None


def of_request(tx: Tx, act: str, caller: str, request_id: str) -> Proposal | None:
    """Find the one by which a request of a caller waits or was carried out, or None."""
    where = (col(ProposalRow.act) == act, col(ProposalRow.caller) == caller, col(ProposalRow.request_id) == request_id)
    found = _all(tx, *where)
    return found[0] if found else None


def page(
    tx: Tx, *, caller: str = "", open_at: Instant | None = None, after: str = "", limit: int = 100
) -> list[Proposal]:
    """List proposals in the order of their ids, from the one after `after` on.

    Those of one caller if `caller` (a SPIFFE id) is given; those that are open at an instant if `open_at` is.
    """
    where = [col(ProposalRow.proposal_id) > after]
    where += [col(ProposalRow.caller) == caller] if caller else []
    if open_at is not None:
        where += [col(ProposalRow.outcome) == Outcome.OPEN.value, col(ProposalRow.expires_at) > open_at]
    return _all(tx, *where, limit=limit)


def finish(tx: Tx, proposal_id: str, outcome: Outcome, result: str, now: Instant) -> None:
    """Record what became of a proposal."""
    where = col(ProposalRow.proposal_id) == proposal_id
    tx.execute(update(ProposalRow).where(where).values(outcome=outcome.value, result=result, ended_at=now))


def put_signature(tx: Tx, proposal_id: str, signature: Signature) -> None:
    """Record a person's word, in the place of an earlier one of the same person."""
    person = person_of(signature.spiffe)
    where = (col(ProposalSignatureRow.proposal_id) == proposal_id, col(ProposalSignatureRow.person) == person)
    tx.execute(delete(ProposalSignatureRow).where(*where))
    tx.execute(
        insert(ProposalSignatureRow).values(
            proposal_id=proposal_id,
            person=person,
            spiffe=signature.spiffe,
            approves=signature.approves,
            why=signature.why,
            certificate=signature.certificate,
            signature=signature.signature,
            at=signature.at,
        )
    )


def signatures(tx: Tx, proposal_id: str) -> list[Signature]:
    """List the signatures under a proposal, in the order in which they came."""
    rows = tx.execute(
        select(
            col(ProposalSignatureRow.spiffe),
            col(ProposalSignatureRow.approves),
            col(ProposalSignatureRow.why),
            col(ProposalSignatureRow.certificate),
            col(ProposalSignatureRow.signature),
            col(ProposalSignatureRow.at),
        )
        .where(col(ProposalSignatureRow.proposal_id) == proposal_id)
        .order_by(col(ProposalSignatureRow.at), col(ProposalSignatureRow.person))
    )
    return [Signature(*each) for each in map(tuple[Any, ...], rows)]


def _all(tx: Tx, *where: ColumnElement[bool], limit: int | None = None) -> list[Proposal]:
    rows = tx.execute(_COLUMNS.where(*where).order_by(col(ProposalRow.proposal_id)).limit(limit))
    return [
        Proposal(
            proposal_id=row[0],
            act=row[1],
            organ=row[2],
            caller=row[3],
            request_id=row[4],
            body=row[5],
            digest=row[6],
            created_at=row[7],
            expires_at=row[8],
            outcome=Outcome(row[9]),
            result=row[10] or "",
        )
        for row in rows
    ]
