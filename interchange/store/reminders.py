"""What ends before long, and which reminders of it were given."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, insert, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from interchange.domain.days import day_of, end_of_day, start_of_day
from interchange.domain.reminders import Ending, ReminderKind, last_remembered
from interchange.store.domestic import ClearanceRow, ConsentRow, EmployerRow, ParticipantRow, ReminderRow
from interchange.store.tables import AssertionRow, ProjectRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Mapped

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class Window:
    """Ends of which a reminder is due: from `now` until the last day of which one is due today.

    Attributes:
        now: the instant of the question.
        today: the day on which it falls in the nation's zone.
        zone: IANA zone.
    """

    now: Instant
    today: date
    zone: str

    @property
    def last(self) -> date:
        """Latest last day of which a reminder is due."""
        return last_remembered(self.today)


def ending(
    tx: Tx, kind: ReminderKind, window: Window, *, organ: str = "", after: str = "", limit: int = 500
) -> list[Ending]:
    """List what of a kind ends before long, in the order of the ids, from the one after `after` on.

    What was renewed already, by another of the same scope that lasts longer, is left out.

    Args:
        tx: an open transaction.
        kind: what.
        window: when.
        organ: of clearances only this organ's; empty is any.
        after: id of the last that is known.
        limit: most entries.
    """
    return _FINDERS[kind](tx, window, organ, after, limit)


def _clearances(tx: Tx, window: Window, organ: str, after: str, limit: int) -> list[Ending]:
    later = aliased(ClearanceRow)
    renewed = exists().where(
        col(later.subject_id) == col(ClearanceRow.subject_id),
        col(later.organ) == col(ClearanceRow.organ),
        col(later.level) == col(ClearanceRow.level),
        col(later.ended_at).is_(None),
        col(later.ends_at) > col(ClearanceRow.ends_at),
    )
    where = [col(ClearanceRow.ended_at).is_(None), ~renewed, col(ClearanceRow.clearance_id) > after]
    where += [col(ClearanceRow.organ) == organ] if organ else []
    first, last = _instants(window)
    where += [col(ClearanceRow.ends_at) > first, col(ClearanceRow.ends_at) <= last]
    query = select(col(ClearanceRow.clearance_id), col(ClearanceRow.ends_at), col(ClearanceRow.organ)).where(*where)
    rows = tx.execute(query.order_by(col(ClearanceRow.clearance_id)).limit(limit))
    return [Ending(ReminderKind.CLEARANCE, ref, day_of(ends_at - 1, window.zone), by) for ref, ends_at, by in rows]


def _consents(tx: Tx, window: Window, _organ: str, after: str, limit: int) -> list[Ending]:
    later = aliased(ConsentRow)
    renewed = exists().where(
        *(getattr(later, name) == getattr(ConsentRow, name) for name in ("subject_id", "party", "purpose", "items")),
        col(later.withdrawn_at).is_(None),
        col(later.until_day) > col(ConsentRow.until_day),
    )
    where = (col(ConsentRow.withdrawn_at).is_(None), ~renewed, *_days(col(ConsentRow.until_day), window))
    query = select(col(ConsentRow.consent_id), col(ConsentRow.until_day)).where(
        col(ConsentRow.consent_id) > after, *where
    )
    rows = tx.execute(query.order_by(col(ConsentRow.consent_id)).limit(limit))
    return [Ending(ReminderKind.CONSENT, ref, date.fromisoformat(day)) for ref, day in rows]


def _employers(tx: Tx, window: Window, _organ: str, after: str, limit: int) -> list[Ending]:
    where = (col(EmployerRow.ended_at).is_(None), *_days(col(EmployerRow.until_day), window))
    query = select(col(EmployerRow.employer_id), col(EmployerRow.until_day)).where(
        col(EmployerRow.employer_id) > after, *where
    )
    rows = tx.execute(query.order_by(col(EmployerRow.employer_id)).limit(limit))
    return [Ending(ReminderKind.EMPLOYER, ref, date.fromisoformat(day)) for ref, day in rows if day]


def _participants(tx: Tx, window: Window, _organ: str, after: str, limit: int) -> list[Ending]:
    first, last = _instants(window)
    query = (
        select(col(ParticipantRow.participant_id), col(AssertionRow.exp))
        .join(AssertionRow, col(AssertionRow.jti) == col(ParticipantRow.jti))
        .where(
            col(ParticipantRow.ended_at).is_(None),
            col(ParticipantRow.participant_id) > after,
            col(AssertionRow.revoked_at).is_(None),
            col(AssertionRow.exp) > first,
            col(AssertionRow.exp) <= last,
        )
    )
    rows = tx.execute(query.order_by(col(ParticipantRow.participant_id)).limit(limit))
    return [Ending(ReminderKind.PARTICIPANT, ref, day_of(exp - 1, window.zone)) for ref, exp in rows]


def _projects(tx: Tx, window: Window, _organ: str, after: str, limit: int) -> list[Ending]:
    where = (col(ProjectRow.closed_at).is_(None), *_days(col(ProjectRow.until_day), window))
    query = select(col(ProjectRow.project_id), col(ProjectRow.until_day)).where(
        col(ProjectRow.project_id) > after, *where
    )
    rows = tx.execute(query.order_by(col(ProjectRow.project_id)).limit(limit))
    return [Ending(ReminderKind.PROJECT, ref, date.fromisoformat(day)) for ref, day in rows]


_FINDERS: Mapping[ReminderKind, Callable[[Tx, Window, str, str, int], list[Ending]]] = {
    ReminderKind.CLEARANCE: _clearances,
    ReminderKind.CONSENT: _consents,
    ReminderKind.EMPLOYER: _employers,
    ReminderKind.PARTICIPANT: _participants,
    ReminderKind.PROJECT: _projects,
}


def given(tx: Tx, kind: ReminderKind, refs: Sequence[str]) -> dict[tuple[str, int], Instant]:
    """Read which reminders of up to 500 things were given: (id, days) → when."""
    where = (col(ReminderRow.kind) == kind.value, col(ReminderRow.ref).in_(refs))
    rows = tx.execute(select(col(ReminderRow.ref), col(ReminderRow.days), col(ReminderRow.at)).where(*where))
    return {(ref, days): at for ref, days, at in rows}


def add(tx: Tx, kind: ReminderKind, reminders: Sequence[tuple[str, int]], now: Instant) -> None:
    """Record that reminders (id, days) were given."""
    if reminders:
        rows = [{"kind": kind.value, "ref": ref, "days": days, "at": now} for ref, days in reminders]
        tx.execute(insert(ReminderRow), rows)


def forget_all_but(tx: Tx, kind: ReminderKind, due: Mapping[str, int]) -> int:
    """Forget reminders of what is over or was prolonged, so that its next end is reminded of anew.

    Args:
        tx: an open write transaction.
        kind: of what.
        due: id → which reminder is due now; those before it stay.

    Returns:
        How many were forgotten.
    """
    query = select(col(ReminderRow.ref), col(ReminderRow.days)).where(col(ReminderRow.kind) == kind.value)
    known: dict[str, list[int]] = defaultdict(list)
    for ref, days in tx.execute(query):
        known[ref].append(days)
    over = [
        {"of_ref": ref, "of_days": days}
        for ref, all_days in known.items()
        for days in all_days
        if ref not in due or days < due[ref]
    ]
    if over:
        where = (
            col(ReminderRow.kind) == kind.value,
            col(ReminderRow.ref) == bindparam("of_ref"),
            col(ReminderRow.days) == bindparam("of_days"),
        )
        tx.execute(delete(ReminderRow).where(*where), over)
    return len(over)


def _instants(window: Window) -> tuple[Instant, Instant]:
    """Give the bounds of exclusive ends: after now, at most the end of the last day."""
    return max(window.now, start_of_day(window.today, window.zone)), end_of_day(window.last, window.zone)


def _days(column: Mapped[Any], window: Window) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return column >= window.today.isoformat(), column <= window.last.isoformat()
