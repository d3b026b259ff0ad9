"""What the ledger no longer keeps: reading what there is of people in groups, and taking away what its term has ended.

Leaves, heads and digests are never touched, so that every lane stands as it was told.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import String, bindparam, delete, func, or_, select, tuple_, update
from sqlmodel import col

from interchange.domain.retention import Papers
from interchange.store import screenings as kept_screenings
from interchange.store import subjects
from interchange.store.domestic import (
    BindingRow,
    ClearanceRow,
    ConsentRow,
    MissRow,
    ScreeningItemRow,
    ScreeningRow,
    SubjectRow,
    VerificationRow,
)
from interchange.store.dossiers import CLEARANCE_COLUMNS, clearance_of
from interchange.store.subjects import SealedSubject
from interchange.store.tables import AssertionRow, LaneRow, LeafRow, RequestRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Mapped

    from interchange.domain.projects import Clearance
    from interchange.domain.retention import Due
    from interchange.domain.screening import Screening
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx

_SUBJECTS = bindparam("subjects", expanding=True, type_=String())

_REGISTERED = select(
    col(SubjectRow.subject_id), col(SubjectRow.registered_at), col(SubjectRow.sealed).is_not(None)
).where(col(SubjectRow.subject_id).in_(_SUBJECTS))
_CLEARANCES = select(*CLEARANCE_COLUMNS).where(col(ClearanceRow.subject_id).in_(_SUBJECTS))
_LAST_ITEMS = (
    select(col(ScreeningItemRow.screening_id), func.max(col(ScreeningItemRow.done_on)))
    .join(ScreeningRow, col(ScreeningRow.screening_id) == col(ScreeningItemRow.screening_id))
    .where(col(ScreeningRow.subject_id).in_(_SUBJECTS))
    .group_by(col(ScreeningItemRow.screening_id))
)
_ASSERTED = select(col(AssertionRow.subject_id)).where(
    col(AssertionRow.subject_id).in_(_SUBJECTS),
    col(AssertionRow.revoked_at).is_(None),
    col(AssertionRow.exp) > bindparam("now"),
)


def people(tx: Tx, after: str, limit: int) -> list[str]:
    """List the ids of people in their order, from the one after `after` on."""
    query = select(col(SubjectRow.subject_id)).where(col(SubjectRow.subject_id) > after)
    return list(tx.execute(query.order_by(col(SubjectRow.subject_id)).limit(limit)).scalars())


def papers(tx: Tx, subject_ids: Sequence[str], now: Instant) -> dict[str, Papers]:
    """Gather what is kept of up to 500 people."""
    group = {"subjects": list(subject_ids)}
    screened: dict[str, list[Screening]] = defaultdict(list)
    for screening in kept_screenings.of_subjects(tx, subject_ids):
        screened[screening.subject_id].append(screening)
    granted: dict[str, list[Clearance]] = defaultdict(list)
    for clearance in map(clearance_of, tx.execute(_CLEARANCES, group)):
        granted[clearance.subject_id].append(clearance)
    last_items = {screening_id: date.fromisoformat(day) for screening_id, day in tx.execute(_LAST_ITEMS, group)}
    asserted = set(tx.execute(_ASSERTED, {**group, "now": now}).scalars())
    return {
        subject_id: Papers(
            registered_at=registered_at,
            identified=bool(identified),
            asserted=subject_id in asserted,
            screenings=tuple(screened[subject_id]),
            clearances=tuple(granted[subject_id]),
            last_items={
                each.screening_id: last_items[each.screening_id]
                for each in screened[subject_id]
                if each.screening_id in last_items
            },
        )
        for subject_id, registered_at, identified in tx.execute(_REGISTERED, group)
    }


def forget(tx: Tx, subject_id: str, due: Due) -> None:
    """Take away what of a person's papers is due; the subject's own row stays, a random number and nothing else."""
    _delete(tx, ScreeningItemRow, col(ScreeningItemRow.screening_id), due.items)
    # Before the screenings that they rest on.
    _delete(tx, ClearanceRow, col(ClearanceRow.clearance_id), due.clearances)
    _delete(tx, ScreeningRow, col(ScreeningRow.screening_id), due.screenings)
    if due.identity:
        known = subjects.get(tx, subject_id)
        subjects.put_sealed(tx, SealedSubject(subject_id, known.seal_number if known else 1, None))
        subjects.put_lookups(tx, subject_id, [])
        _delete(tx, ConsentRow, col(ConsentRow.subject_id), [subject_id])


def _delete(tx: Tx, table: type, key: Mapped[str], values: Iterable[str]) -> None:
    for value in sorted(values):
        tx.execute(delete(table).where(key == value))


def _over(end: Instant) -> ColumnElement[bool]:
    """Assertions that had ended by then."""
    return or_(col(AssertionRow.exp) <= end, col(AssertionRow.revoked_at) < end)


def drop_tokens(tx: Tx, end: Instant, limit: int) -> list[str]:
    """Take away tokens of our own assertions that had ended by then, at most `limit`; return the assertions' ids."""
    rows = tx.execute(
        select(col(AssertionRow.jti), col(AssertionRow.origin), col(AssertionRow.n))
        .join(LeafRow, (col(LeafRow.origin) == col(AssertionRow.origin)) & (col(LeafRow.n) == col(AssertionRow.n)))
        .where(_over(end), col(LeafRow.token).is_not(None))
        .limit(limit)
    ).all()
    drop_tokens_at(tx, [(origin, n) for _, origin, n in rows])
    return [row[0] for row in rows]


def tokens_received(tx: Tx, after: tuple[str, int], limit: int) -> list[tuple[str, int, bytes]]:
    """List tokens beside the leaves of followed lanes by (origin, number), from the one after `after` on."""
    rows = tx.execute(
        select(col(LeafRow.origin), col(LeafRow.n), col(LeafRow.token))
        .join(LaneRow, col(LaneRow.origin) == col(LeafRow.origin))
        .where(
            col(LaneRow.issued).is_(False),
            col(LeafRow.token).is_not(None),
            or_(col(LeafRow.origin) > after[0], (col(LeafRow.origin) == after[0]) & (col(LeafRow.n) > after[1])),
        )
        .order_by(col(LeafRow.origin), col(LeafRow.n))
        .limit(limit)
    )
    return [(origin, n, token or b"") for origin, n, token in rows]


def drop_tokens_at(tx: Tx, places: Sequence[tuple[str, int]]) -> None:
    """Take away the tokens beside these leaves (origin, number); the leaves stay."""
    if places:
        beside = (col(LeafRow.origin) == bindparam("at_origin"), col(LeafRow.n) == bindparam("at_n"))
        dropped = update(LeafRow).where(*beside).values(token=None)
        tx.execute(dropped, [{"at_origin": origin, "at_n": n} for origin, n in places])


def drop_bindings(tx: Tx, now: Instant, limit: int) -> list[str]:
    """Take away the bytes of bindings to assertions that have ended, at most `limit`; return the assertions' ids."""
    query = select(col(BindingRow.jti)).join(AssertionRow, col(AssertionRow.jti) == col(BindingRow.jti))
    query = query.where(_over(now), col(BindingRow.sealed).is_not(None)).distinct().limit(limit)
    ended = list(tx.execute(query).scalars())
    if ended:
        tx.execute(update(BindingRow).where(col(BindingRow.jti).in_(ended)).values(sealed=None))
    return ended


def drop_verifications(tx: Tx, end: Instant, limit: int) -> list[str]:
    """Take away who asked about assertions that had ended by then, at most `limit` of them; return their ids."""
    query = select(col(VerificationRow.jti)).join(AssertionRow, col(AssertionRow.jti) == col(VerificationRow.jti))
    ended = list(tx.execute(query.where(_over(end)).distinct().limit(limit)).scalars())
    if ended:
        tx.execute(delete(VerificationRow).where(col(VerificationRow.jti).in_(ended)))
    return ended


def drop_requests(tx: Tx, before: Instant, limit: int) -> int:
    """Take away recorded requests from before, at most `limit`; return how many."""
    key = (col(RequestRow.caller), col(RequestRow.act), col(RequestRow.request_id))
    old = [tuple(row) for row in tx.execute(select(*key).where(col(RequestRow.at) < before).limit(limit))]
    if old:
        tx.execute(delete(RequestRow).where(tuple_(*key).in_(old)))
    return len(old)


def drop_misses(tx: Tx, before: date) -> int:
    """Take away the counts of days before that; return how many."""
    return tx.execute(delete(MissRow).where(col(MissRow.day) < before.isoformat())).rowcount
