"""Clearances in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import col

from interchange.store.domestic import ClearanceRow
from interchange.store.dossiers import CLEARANCE_COLUMNS, clearance_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from interchange.domain.projects import Clearance
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx

_COLUMNS = select(*CLEARANCE_COLUMNS)


def add(tx: Tx, clearance: Clearance) -> None:
    """Record a clearance."""
    tx.execute(
        insert(ClearanceRow).values(
            clearance_id=clearance.clearance_id,
            subject_id=clearance.subject_id,
            organ=clearance.organ,
            level=clearance.level,
            notified_on=clearance.notified_on.isoformat(),
            ends_at=clearance.ends_at,
            employer_id=clearance.employer_id,
            screening_id=clearance.screening_id,
            kind=clearance.kind.value,
        )
    )


def get(tx: Tx, clearance_id: str) -> Clearance | None:
    """Find one by its id, or None."""
    found = _all(tx, col(ClearanceRow.clearance_id) == clearance_id)
    return found[0] if found else None


def end(tx: Tx, clearance_ids: Sequence[str], now: Instant) -> None:
    """Record that these have ended before their time; there is no way back."""
    if clearance_ids:
        ended = update(ClearanceRow).where(col(ClearanceRow.clearance_id) == bindparam("ended")).values(ended_at=now)
        tx.execute(ended, [{"ended": clearance_id} for clearance_id in clearance_ids])


def standing(tx: Tx, **scope: str) -> list[Clearance]:
    """List the clearances in `scope` (column = value) that were not ended; a term may have run out."""
    where = [getattr(ClearanceRow, name) == value for name, value in scope.items()]
    return _all(tx, col(ClearanceRow.ended_at).is_(None), *where)


def of_subject(tx: Tx, subject_id: str) -> list[Clearance]:
    """List a subject's clearances in the order of their ids."""
    return _all(tx, col(ClearanceRow.subject_id) == subject_id)


def page(tx: Tx, *, organ: str = "", after: str = "", limit: int = 100) -> list[Clearance]:
    """List clearances in the order of their ids, from the one after `after` on; of one organ if given."""
    where = [col(ClearanceRow.organ) == organ] if organ else []
    return _all(tx, col(ClearanceRow.clearance_id) > after, *where, limit=limit)


def _all(tx: Tx, *where: ColumnElement[bool], limit: int | None = None) -> list[Clearance]:
    rows = tx.execute(_COLUMNS.where(*where).order_by(col(ClearanceRow.clearance_id)).limit(limit))
    return [clearance_of(row) for row in rows]
