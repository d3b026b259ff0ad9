"""Clearances in the ledger."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from sqlmodel import col

from interchange.domain.projects import Clearance
from interchange.store.tables import ClearanceRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from interchange.store.ledger import Tx

_COLUMNS = select(
    col(ClearanceRow.clearance_id),
    col(ClearanceRow.subject_id),
    col(ClearanceRow.organ),
    col(ClearanceRow.level),
    col(ClearanceRow.notified_on),
    col(ClearanceRow.ends_at),
    col(ClearanceRow.employer_id),
)


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
        )
    )


def of_subject(tx: Tx, subject_id: str) -> list[Clearance]:
    """List a subject's clearances in the order of their ids."""
    return _all(tx, col(ClearanceRow.subject_id) == subject_id)


def page(tx: Tx, *, organ: str = "", after: str = "", limit: int = 100) -> list[Clearance]:
    """List clearances in the order of their ids, from the one after `after` on; of one organ if given."""
    where = [col(ClearanceRow.organ) == organ] if organ else []
    return _all(tx, col(ClearanceRow.clearance_id) > after, *where, limit=limit)


def _all(tx: Tx, *where: ColumnElement[bool], limit: int | None = None) -> list[Clearance]:
    rows = tx.execute(_COLUMNS.where(*where).order_by(col(ClearanceRow.clearance_id)).limit(limit))
    return [
        Clearance(clearance_id, subject_id, organ, level, date.fromisoformat(notified_on), ends_at, employer_id)
        for clearance_id, subject_id, organ, level, notified_on, ends_at, employer_id in rows
    ]
