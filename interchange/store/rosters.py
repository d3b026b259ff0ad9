"""Rosters in the ledger, line by line, and how far they are carried out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, insert, select, update
from sqlmodel import col

from interchange.domain.rosters import Roster, RosterLine, RowOutcome
from interchange.store.domestic import RosterLineRow, RosterRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx

_COLUMNS = select(
    col(RosterRow.roster_id),
    col(RosterRow.project_id),
    col(RosterRow.party),
    col(RosterRow.caller),
    col(RosterRow.digest),
    col(RosterRow.total),
    col(RosterRow.at),
    col(RosterRow.approved_at),
    col(RosterRow.done_at),
)
_LINES = select(
    col(RosterLineRow.line),
    col(RosterLineRow.subject_id),
    col(RosterLineRow.employer_id),
    col(RosterLineRow.from_day),
    col(RosterLineRow.until_day),
    col(RosterLineRow.outcome),
    col(RosterLineRow.participant_id),
)
_WAITING = col(RosterLineRow.outcome) == RowOutcome.WAITING.value
_OUTCOME = update(RosterLineRow).where(
    col(RosterLineRow.roster_id) == bindparam("roster"), col(RosterLineRow.line) == bindparam("at_line")
)


def add(tx: Tx, roster: Roster, lines: Sequence[RosterLine]) -> None:
    """Record a roster as it was handed in; nothing of it is carried out yet."""
    tx.execute(
        insert(RosterRow).values(
            roster_id=roster.roster_id,
            project_id=roster.project_id,
            party=roster.party,
            caller=roster.caller,
            digest=roster.digest,
            total=roster.total,
            at=roster.at,
        )
    )
    rows = [
        {
            "roster_id": roster.roster_id,
            "line": each.line,
            "subject_id": each.subject_id,
            "employer_id": each.employer_id,
            "from_day": each.from_day.isoformat(),
            "until_day": each.until_day.isoformat(),
            "outcome": each.outcome.value,
        }
        for each in lines
    ]
    tx.execute(insert(RosterLineRow), rows)


def approve(tx: Tx, roster_id: str, now: Instant) -> None:
    """Record that a roster may be carried out."""
    tx.execute(update(RosterRow).where(col(RosterRow.roster_id) == roster_id).values(approved_at=now))


def put_outcomes(tx: Tx, roster_id: str, outcomes: Sequence[tuple[int, RowOutcome, str | None]], now: Instant) -> None:
    """Record what became of lines: number, outcome, participant; and that the roster is done with the last of them."""
    rows = [
        {"roster": roster_id, "at_line": line, "outcome": outcome.value, "participant_id": participant_id}
        for line, outcome, participant_id in outcomes
    ]
    tx.execute(_OUTCOME, rows)
    left = exists().where(col(RosterLineRow.roster_id) == roster_id, _WAITING)
    tx.execute(update(RosterRow).where(col(RosterRow.roster_id) == roster_id, ~left).values(done_at=now))


def get(tx: Tx, roster_id: str) -> Roster | None:
    """Find one by its id, or None."""
    found = _all(tx, col(RosterRow.roster_id) == roster_id)
    return found[0] if found else None


def unfinished(tx: Tx, before: Instant) -> list[Roster]:
    """List the rosters that may be carried out since before an instant and are not done, the oldest first."""
    return _all(tx, col(RosterRow.approved_at) < before, col(RosterRow.done_at).is_(None))


def lines(tx: Tx, roster_id: str, *, after: int = 0, limit: int | None = None) -> list[RosterLine]:
    """List lines in the order of their numbers, from the one after `after` on."""
    return _lines(tx, col(RosterLineRow.roster_id) == roster_id, col(RosterLineRow.line) > after, limit=limit)


def first_waiting(tx: Tx, roster_id: str) -> int | None:
    """Find the number of the first line that is not carried out, or None."""
    query = select(func.min(col(RosterLineRow.line))).where(col(RosterLineRow.roster_id) == roster_id, _WAITING)
    return tx.execute(query).scalar_one()


def waiting(tx: Tx, roster_id: str) -> int:
    """Count the lines that are not carried out."""
    query = select(func.count()).where(col(RosterLineRow.roster_id) == roster_id, _WAITING)
    return int(tx.execute(query).scalar_one())


def _all(tx: Tx, *where: ColumnElement[bool]) -> list[Roster]:
    query = _COLUMNS.where(*where).order_by(col(RosterRow.at), col(RosterRow.roster_id))
    return [Roster(*row) for row in map(tuple[Any, ...], tx.execute(query))]


def _lines(tx: Tx, *where: ColumnElement[bool], limit: int | None) -> list[RosterLine]:
    rows = tx.execute(_LINES.where(*where).order_by(col(RosterLineRow.line)).limit(limit))
    return [
        RosterLine(
            line=line,
            subject_id=subject_id,
            employer_id=employer_id,
            from_day=date.fromisoformat(from_day),
            until_day=date.fromisoformat(until_day),
            outcome=RowOutcome(outcome),
            participant_id=participant_id,
        )
        for line, subject_id, employer_id, from_day, until_day, outcome, participant_id in rows
    ]
