"""Employers in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update
from sqlmodel import col

from interchange.store.domestic import EmployerRow
from interchange.store.dossiers import EMPLOYER_COLUMNS, employer_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement

    from interchange.domain.screening import Employer
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


def put(tx: Tx, employer: Employer) -> None:
    """Record an employer with its recognition, in the place of an earlier record of the same code."""
    tx.execute(delete(EmployerRow).where(col(EmployerRow.employer_id) == employer.employer_id))
    tx.execute(
        insert(EmployerRow).values(
            employer_id=employer.employer_id,
            title=employer.title,
            public_office=employer.public_office,
            ceiling=employer.ceiling,
            from_day=employer.from_day.isoformat(),
            until_day=employer.until_day.isoformat() if employer.until_day else None,
            ended_at=employer.ended_at,
        )
    )


def end(tx: Tx, employer_id: str, now: Instant) -> None:
    """Record that it has lost its recognition."""
    tx.execute(update(EmployerRow).where(col(EmployerRow.employer_id) == employer_id).values(ended_at=now))


def get(tx: Tx, employer_id: str) -> Employer | None:
    """Find one by its code, or None."""
    found = _all(tx, col(EmployerRow.employer_id) == employer_id)
    return found[0] if found else None


def among(tx: Tx, employer_ids: Collection[str]) -> frozenset[str]:
    """Find which of up to 500 codes are those of employers on record, recognised or not."""
    known = select(col(EmployerRow.employer_id)).where(col(EmployerRow.employer_id).in_(employer_ids))
    return frozenset(tx.execute(known).scalars())


def page(tx: Tx, *, after: str = "", limit: int = 100) -> list[Employer]:
    """List employers in the order of their codes, from the one after `after` on."""
    return _all(tx, col(EmployerRow.employer_id) > after, limit=limit)


def _all(tx: Tx, *where: ColumnElement[bool], limit: int | None = None) -> list[Employer]:
    rows = tx.execute(select(*EMPLOYER_COLUMNS).where(*where).order_by(col(EmployerRow.employer_id)).limit(limit))
    return [employer_of(row) for row in rows]
