"""How often coordinators asked for people who are not confirmed, by day: what shows that somebody tries names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, insert, literal, select, update
from sqlmodel import col

from interchange.store.domestic import MissRow

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement

    from interchange.store.ledger import Tx


def add(tx: Tx, caller: str, day: date, count: int) -> None:
    """Count further misses of a caller, by the same statements whether it is the first of the day or none at all."""
    where = _of(caller, day)
    nothing = select(literal(caller), literal(day.isoformat()), literal(0)).where(~exists().where(*where))
    tx.execute(insert(MissRow).from_select(["caller", "day", "count"], nothing))
    tx.execute(update(MissRow).where(*where).values(count=col(MissRow.count) + count))


def on(tx: Tx, caller: str, day: date) -> int:
    """Read how many misses a caller had on a day."""
    counted = tx.execute(select(col(MissRow.count)).where(*_of(caller, day))).scalar_one_or_none()
    return counted or 0


def _of(caller: str, day: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(MissRow.caller) == caller, col(MissRow.day) == day.isoformat()
