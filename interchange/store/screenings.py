"""Screenings and their items in the ledger."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update
from sqlmodel import col

from interchange.domain.screening import Conclusion, ItemDone, Screening
from interchange.store.domestic import ScreeningItemRow, ScreeningRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx

_COLUMNS = select(
    col(ScreeningRow.screening_id),
    col(ScreeningRow.subject_id),
    col(ScreeningRow.body),
    col(ScreeningRow.consented_on),
    col(ScreeningRow.opened_at),
    col(ScreeningRow.conclusion),
    col(ScreeningRow.concluded_at),
    col(ScreeningRow.notified_on),
    col(ScreeningRow.ended_at),
)


def add(tx: Tx, screening: Screening) -> None:
    """Record a screening at whatever step it stands."""
    tx.execute(
        insert(ScreeningRow).values(
            screening_id=screening.screening_id,
            subject_id=screening.subject_id,
            body=screening.body,
            consented_on=screening.consented_on.isoformat(),
            opened_at=screening.opened_at,
            conclusion=screening.conclusion.value if screening.conclusion else None,
            concluded_at=screening.concluded_at,
            notified_on=screening.notified_on.isoformat() if screening.notified_on else None,
        )
    )


def add_item(tx: Tx, screening_id: str, item: ItemDone) -> None:
    """Record that an item was done."""
    values = {"item": item.item, "done_on": item.done_on.isoformat(), "officer": item.officer}
    tx.execute(insert(ScreeningItemRow).values(screening_id=screening_id, **values))


def items(tx: Tx, screening_id: str) -> list[ItemDone]:
    """List the items that were done, by their codes."""
    rows = tx.execute(
        select(col(ScreeningItemRow.item), col(ScreeningItemRow.done_on), col(ScreeningItemRow.officer))
        .where(col(ScreeningItemRow.screening_id) == screening_id)
        .order_by(col(ScreeningItemRow.item))
    )
    return [ItemDone(item, date.fromisoformat(done_on), officer) for item, done_on, officer in rows]


def conclude(tx: Tx, screening_id: str, conclusion: Conclusion, now: Instant) -> None:
    """Record what it came to."""
    _update(tx, screening_id, conclusion=conclusion.value, concluded_at=now)


def notify(tx: Tx, screening_id: str, notified_on: date) -> None:
    """Record the day on which the person was told."""
    _update(tx, screening_id, notified_on=notified_on.isoformat())


def end(tx: Tx, screening_id: str, now: Instant) -> None:
    """Record that nothing rests on it any more; there is no way back."""
    _update(tx, screening_id, ended_at=now)


def get(tx: Tx, screening_id: str) -> Screening | None:
    """Find one by its id, or None."""
    found = _all(tx, col(ScreeningRow.screening_id) == screening_id)
    return found[0] if found else None


def of_subject(tx: Tx, subject_id: str) -> list[Screening]:
    """List a person's screenings in the order of their ids."""
    return _all(tx, col(ScreeningRow.subject_id) == subject_id)


def of_subjects(tx: Tx, subject_ids: Sequence[str]) -> list[Screening]:
    """List the screenings of up to 500 people in the order of their ids."""
    return _all(tx, col(ScreeningRow.subject_id).in_(subject_ids))


def page(tx: Tx, *, body: str = "", after: str = "", limit: int = 100) -> list[Screening]:
    """List screenings in the order of their ids, from the one after `after` on; of one body if given."""
    where = [col(ScreeningRow.body) == body] if body else []
    return _all(tx, col(ScreeningRow.screening_id) > after, *where, limit=limit)


def _update(tx: Tx, screening_id: str, **values: str | int) -> None:
    tx.execute(update(ScreeningRow).where(col(ScreeningRow.screening_id) == screening_id).values(**values))


def _all(tx: Tx, *where: ColumnElement[bool], limit: int | None = None) -> list[Screening]:
    rows = tx.execute(_COLUMNS.where(*where).order_by(col(ScreeningRow.screening_id)).limit(limit))
    return [
        Screening(
            screening_id=row[0],
            subject_id=row[1],
            body=row[2],
            consented_on=date.fromisoformat(row[3]),
            opened_at=row[4],
            conclusion=Conclusion(row[5]) if row[5] else None,
            concluded_at=row[6],
            notified_on=date.fromisoformat(row[7]) if row[7] else None,
            ended_at=row[8],
        )
        for row in rows
    ]
