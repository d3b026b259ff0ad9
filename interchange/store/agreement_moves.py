"""The steps of agreements from state to state, after those that the rulebook knows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from sqlmodel import col

from interchange.domain.agreements import AgreementState
from interchange.store.domestic import AgreementMoveRow

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


def add(tx: Tx, agreement: str, number: int, state: AgreementState, day: date, now: Instant) -> None:
    """Record the next step of an agreement; the first has number 1."""
    values = {"agreement": agreement, "number": number, "state": state.value, "day": day.isoformat()}
    tx.execute(insert(AgreementMoveRow).values(at=now, **values))


def of(tx: Tx, agreement: str) -> list[tuple[AgreementState, date]]:
    """List the steps of an agreement in their order: state, and the day that belongs to it."""
    rows = tx.execute(
        select(col(AgreementMoveRow.state), col(AgreementMoveRow.day))
        .where(col(AgreementMoveRow.agreement) == agreement)
        .order_by(col(AgreementMoveRow.number))
    )
    return [(AgreementState(state), date.fromisoformat(day)) for state, day in rows]


def recorded(tx: Tx, agreement: str, number: int) -> Instant:
    """Read when a step was taken here; it is there."""
    where = (col(AgreementMoveRow.agreement) == agreement, col(AgreementMoveRow.number) == number)
    return int(tx.execute(select(col(AgreementMoveRow.at)).where(*where)).scalar_one())
