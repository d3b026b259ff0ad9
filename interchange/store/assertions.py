"""Our own assertions, and the status-list slots and pairwise references that belong to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import col

from interchange.domain.projects import IssuedAssertion
from interchange.store.tables import AssertionRow, LeafRow, PairwiseRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Select

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx

_COLUMNS = select(
    col(AssertionRow.jti),
    col(AssertionRow.subject_id),
    col(AssertionRow.employer_id),
    col(AssertionRow.project_id),
    col(AssertionRow.party),
    col(AssertionRow.agreement),
    col(AssertionRow.organ),
    col(AssertionRow.origin),
    col(AssertionRow.n),
    col(AssertionRow.list_number),
    col(AssertionRow.idx),
    col(AssertionRow.iat),
    col(AssertionRow.exp),
    col(AssertionRow.clearance_id),
    col(AssertionRow.kid),
    col(AssertionRow.revoked_at),
)

_PAIRWISE_AMONG = select(col(PairwiseRow.subject_id), col(PairwiseRow.reference)).where(
    col(PairwiseRow.subject_id).in_(bindparam("subjects", expanding=True)), col(PairwiseRow.party) == bindparam("party")
)


def _all(tx: Tx, *where: ColumnElement[bool], limit: int | None = None) -> list[IssuedAssertion]:
    return _read(tx, _COLUMNS.where(*where).order_by(col(AssertionRow.jti)).limit(limit))


def _read(tx: Tx, query: Select[*tuple[Any, ...]]) -> list[IssuedAssertion]:
    return [IssuedAssertion(*tuple(row)) for row in tx.execute(query)]


def add_all(tx: Tx, issued: Sequence[IssuedAssertion]) -> None:
    """Record assertions, at least one; their leaves must already be appended."""
    names = IssuedAssertion.__slots__
    tx.execute(insert(AssertionRow), [{name: getattr(each, name) for name in names} for each in issued])


def get(tx: Tx, jti: str) -> IssuedAssertion | None:
    """Find one by its id, or None."""
    found = _all(tx, col(AssertionRow.jti) == jti)
    return found[0] if found else None


def token(tx: Tx, issued: IssuedAssertion) -> bytes | None:
    """Read the JWS as it was released, or None once its retention ended."""
    where = (col(LeafRow.origin) == issued.origin, col(LeafRow.n) == issued.n)
    return tx.execute(select(col(LeafRow.token)).where(*where)).scalar_one()


def page(tx: Tx, *, party: str = "", project_id: str = "", after: str = "", limit: int = 100) -> list[IssuedAssertion]:
    """List assertions in the order of their ids, from the one after `after` on; empty filters match all."""
    where = [col(AssertionRow.party) == party] if party else []
    where += [col(AssertionRow.project_id) == project_id] if project_id else []
    return _all(tx, col(AssertionRow.jti) > after, *where, limit=limit)


def live(tx: Tx, now: Instant, **scope: str) -> list[IssuedAssertion]:
    """List the assertions in `scope` (column = value) that are neither revoked nor expired."""
    where = [getattr(AssertionRow, name) == value for name, value in scope.items()]
    return _all(tx, col(AssertionRow.revoked_at).is_(None), col(AssertionRow.exp) > now, *where)


def pairwise_among(tx: Tx, subject_ids: Sequence[str], party: str) -> dict[str, str]:
    """Find the references by which `party` knows which of up to 500 people: subject id → reference."""
    return dict(tx.execute(_PAIRWISE_AMONG, {"subjects": list(subject_ids), "party": party}).all())


def of_subject(tx: Tx, subject_id: str, *, organ: str = "", after: str = "", limit: int = 100) -> list[IssuedAssertion]:
    """List a person's assertions in the order of their ids, from the one after `after` on; of one organ if given."""
    where = [col(AssertionRow.organ) == organ] if organ else []
    return _all(tx, col(AssertionRow.subject_id) == subject_id, col(AssertionRow.jti) > after, *where, limit=limit)


def of_list(tx: Tx, party: str, number: int) -> Sequence[IssuedAssertion]:
    """List all assertions that hold a slot of one status list, in the order of their slots."""
    where = (col(AssertionRow.party) == party, col(AssertionRow.list_number) == number)
    return _read(tx, _COLUMNS.where(*where).order_by(col(AssertionRow.idx)))


def newly_expired(tx: Tx, now: Instant) -> list[IssuedAssertion]:
    """List the assertions that have expired and were not yet reported, in the order of their ends."""
    where = (col(AssertionRow.exp) <= now, col(AssertionRow.expiry_reported_at).is_(None))
    # In the order of their index, which a database would otherwise pass over for that of the ids.
    return _read(tx, _COLUMNS.where(*where).order_by(col(AssertionRow.exp), col(AssertionRow.jti)))


def mark_expired(tx: Tx, jtis: Sequence[str], now: Instant) -> None:
    """Record that the expiry of these was reported."""
    if jtis:
        # One statement run many times: a list inside the statement has a bound, and a roster ends on one day.
        marked = update(AssertionRow).where(col(AssertionRow.jti) == bindparam("ended")).values(expiry_reported_at=now)
        tx.execute(marked, [{"ended": jti} for jti in jtis])


def mark_revoked(tx: Tx, jtis: Sequence[str], now: Instant) -> None:
    """Record revocations; there is no way back."""
    if jtis:
        marked = update(AssertionRow).where(col(AssertionRow.jti) == bindparam("ended")).values(revoked_at=now)
        tx.execute(marked, [{"ended": jti} for jti in jtis])


def pairwise(tx: Tx, subject_id: str, party: str) -> str | None:
    """Find the reference by which `party` knows the subject, or None."""
    where = (col(PairwiseRow.subject_id) == subject_id, col(PairwiseRow.party) == party)
    return tx.execute(select(col(PairwiseRow.reference)).where(*where)).scalar_one_or_none()


def add_pairwise(tx: Tx, party: str, references: Mapping[str, str]) -> None:
    """Give a partner its references for subjects: subject id → reference, which may be none."""
    rows = [{"subject_id": of, "party": party, "reference": reference} for of, reference in references.items()]
    if rows:
        tx.execute(insert(PairwiseRow), rows)
