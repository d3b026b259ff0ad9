"""Rows of the home party held to one another, for audits: what each names must be there, and be the same person's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select
from sqlmodel import col

from interchange.domain.assertion import Kind
from interchange.store.domestic import AgreementMoveRow, ClearanceRow, ParticipantRow, ScreeningRow
from interchange.store.schema import Row
from interchange.store.tables import AssertionRow, ProjectRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


def moves(tx: Tx) -> list[tuple[str, int, Instant]]:
    """List the steps of agreements, of which there are few: (code, number, when it was taken)."""
    columns = (col(AgreementMoveRow.agreement), col(AgreementMoveRow.number), col(AgreementMoveRow.at))
    return [(code, number, at) for code, number, at in tx.execute(select(*columns).order_by(*columns))]


def strangers(tx: Tx) -> list[str]:
    """List participants for whom an assertion stands that is of another person, project or partner."""
    query = select(col(ParticipantRow.participant_id)).join(
        AssertionRow, col(AssertionRow.jti) == col(ParticipantRow.jti)
    )
    apart = or_(
        col(AssertionRow.subject_id) != col(ParticipantRow.subject_id),
        col(AssertionRow.project_id) != col(ParticipantRow.project_id),
        col(AssertionRow.party) != col(ParticipantRow.party),
    )
    return list(tx.execute(query.where(apart)).scalars())


def orphans(tx: Tx) -> Iterator[tuple[str, str, int]]:
    """Count the rows that name another which is not there: (table, table named, how many), for those with any."""
    for table in Row.metadata.sorted_tables:
        for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name)):
            pairs = [(element.parent, element.column) for element in key.elements]
            named = key.referred_table.alias()
            on = and_(*(column == named.c[to.name] for column, to in pairs))
            lacking = [named.c[pairs[0][1].name].is_(None), *(column.is_not(None) for column, _ in pairs)]
            query = select(func.count()).select_from(table.outerjoin(named, on)).where(*lacking)
            if count := int(tx.execute(query).scalar_one()):
                yield table.name, key.referred_table.name, count


def longest(tx: Tx) -> Iterator[tuple[str, str, Instant]]:
    """Read (level, day of notification, end) of each kind of clearance that somebody has, once."""
    columns = (col(ClearanceRow.level), col(ClearanceRow.notified_on))
    query = select(*columns, func.max(col(ClearanceRow.ends_at))).group_by(*columns)
    rows = tx.execute(query.where(col(ClearanceRow.kind) == Kind.CLEARED.value))
    return ((level, day, end) for level, day, end in rows)


def misdated(tx: Tx) -> int:
    """Count clearances that name another day than the screening they rest on, or another person."""
    query = (
        select(func.count())
        .select_from(ClearanceRow)
        .join(ScreeningRow, col(ScreeningRow.screening_id) == col(ClearanceRow.screening_id))
        .where(
            or_(
                col(ScreeningRow.notified_on).is_distinct_from(col(ClearanceRow.notified_on)),
                col(ScreeningRow.subject_id) != col(ClearanceRow.subject_id),
            )
        )
    )
    return int(tx.execute(query).scalar_one())


def projects(tx: Tx) -> list[tuple[str, Instant]]:
    """List the projects, of which there are not very many: (id, when it was opened)."""
    query = select(col(ProjectRow.project_id), col(ProjectRow.opened_at)).order_by(col(ProjectRow.project_id))
    return [(project_id, opened_at) for project_id, opened_at in tx.execute(query)]
