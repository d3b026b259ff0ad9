"""Projects and their partners in the ledger."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import insert, inspect, select, update
from sqlmodel import col

from interchange.domain.projects import Field, Project, ProjectPartner
from interchange.store.tables import ProjectPartnerRow, ProjectRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


def add(tx: Tx, project: Project, now: Instant) -> None:
    """Record a project with its partners."""
    tx.execute(
        insert(ProjectRow).values(
            project_id=project.project_id,
            title=project.title,
            field=project.field.value,
            defence=project.defence,
            ceiling=project.ceiling,
            floor=project.floor,
            purpose=project.purpose,
            from_day=project.from_day.isoformat(),
            until_day=project.until_day.isoformat(),
            opened_at=now,
            sites="\n".join(project.sites),
        )
    )
    tx.execute(
        insert(ProjectPartnerRow),
        [
            {"project_id": project.project_id, "party": p.party, "agreement": p.agreement, "reference": p.reference}
            for p in project.partners
        ],
    )


def close(tx: Tx, project_id: str, now: Instant) -> None:
    """Record that a project is closed; there is no way back."""
    tx.execute(update(ProjectRow).where(col(ProjectRow.project_id) == project_id).values(closed_at=now))


def page(tx: Tx, *, party: str = "", after: str = "", limit: int = 100) -> list[Project]:
    """List projects in the order of their ids, from the one after `after` on; of one partner if `party` is given."""
    where = [col(ProjectRow.project_id) > after]
    if party:
        of_party = select(col(ProjectPartnerRow.project_id)).where(col(ProjectPartnerRow.party) == party)
        where.append(col(ProjectRow.project_id).in_(of_party))
    return _all(tx, *where, limit=limit)


def get(tx: Tx, project_id: str) -> Project | None:
    """Find one by its id, or None."""
    found = _all(tx, col(ProjectRow.project_id) == project_id, limit=1)
    return found[0] if found else None


def _all(tx: Tx, *where: ColumnElement[bool], limit: int) -> list[Project]:
    query = select(inspect(ProjectRow).local_table).where(*where).order_by(col(ProjectRow.project_id)).limit(limit)
    rows = tx.execute(query).mappings().all()
    partners = _partners(tx, [row["project_id"] for row in rows])
    return [
        Project(
            project_id=row["project_id"],
            title=row["title"],
            field=Field(row["field"]),
            defence=row["defence"],
            ceiling=row["ceiling"],
            floor=row["floor"],
            purpose=row["purpose"],
            from_day=date.fromisoformat(row["from_day"]),
            until_day=date.fromisoformat(row["until_day"]),
            partners=partners[row["project_id"]],
            sites=tuple(row["sites"].split("\n")) if row["sites"] else (),
            closed_at=row["closed_at"],
        )
        for row in rows
    ]


def _partners(tx: Tx, project_ids: Sequence[str]) -> dict[str, tuple[ProjectPartner, ...]]:
    found: dict[str, tuple[ProjectPartner, ...]] = dict.fromkeys(project_ids, ())
    rows = tx.execute(
        select(
            col(ProjectPartnerRow.project_id),
            col(ProjectPartnerRow.party),
            col(ProjectPartnerRow.agreement),
            col(ProjectPartnerRow.reference),
        )
        .where(col(ProjectPartnerRow.project_id).in_(project_ids))
        .order_by(col(ProjectPartnerRow.party))
    )
    for project_id, *partner in rows:
        found[project_id] += (ProjectPartner(*partner),)
    return found
