"""When and by what name things were recorded, where the domain's own objects do not say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlmodel import col

from interchange.domain.standing import HoldScope
from interchange.store import reissue
from interchange.store.domestic import ClearanceRow
from interchange.store.tables import AssertionRow, KeyringRow, PartnerRow, ProjectPartnerRow, ProjectRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.domain.projects import Hold
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx

_COLUMNS = {
    HoldScope.ASSERTION: AssertionRow.jti,
    HoldScope.SUBJECT: AssertionRow.subject_id,
    HoldScope.EMPLOYER: AssertionRow.employer_id,
    HoldScope.PROJECT: AssertionRow.project_id,
    HoldScope.AGREEMENT: AssertionRow.agreement,
}


def admitted(tx: Tx) -> dict[str, Instant]:
    """Read when each partner was admitted, by its code."""
    return dict(tx.execute(select(col(PartnerRow.party), col(PartnerRow.admitted_at))).all())


def installed(tx: Tx, authority: str, number: int) -> Instant:
    """Read when a keyring that is there was accepted."""
    where = (col(KeyringRow.authority) == authority, col(KeyringRow.number) == number)
    return int(tx.execute(select(col(KeyringRow.installed_at)).where(*where)).scalar_one())


def opened(tx: Tx, project_ids: Sequence[str]) -> dict[str, Instant]:
    """Read when each of these projects was opened, by its id."""
    where = col(ProjectRow.project_id).in_(project_ids)
    rows = tx.execute(select(col(ProjectRow.project_id), col(ProjectRow.opened_at)).where(where))
    return dict(rows.all())


def project_of(tx: Tx, reference: str) -> tuple[str, str] | None:
    """Find (project id, party) of a project's reference towards a partner, or None."""
    columns = select(col(ProjectPartnerRow.project_id), col(ProjectPartnerRow.party))
    row = tx.execute(columns.where(col(ProjectPartnerRow.reference) == reference)).first()
    return None if row is None else (row[0], row[1])


def subject_of(tx: Tx, clearance_id: str) -> str:
    """Read whose clearance it is; it is there."""
    where = col(ClearanceRow.clearance_id) == clearance_id
    return str(tx.execute(select(col(ClearanceRow.subject_id)).where(where)).scalar_one())


def affected(tx: Tx, hold: Hold, at: Instant, beyond: Instant | None = None) -> int:
    """Count the assertions within a hold's scope that were live at an instant; the same whenever it is asked.

    Args:
        tx: an open transaction.
        hold: whose scope.
        at: the instant.
        beyond: only those that end after this later instant; None is `at`.
    """
    revoked = col(AssertionRow.revoked_at)
    refs = reissue.with_twins(tx, [hold.ref]) if hold.scope is HoldScope.ASSERTION else [hold.ref]
    return int(
        tx.execute(
            select(func.count()).where(
                col(_COLUMNS[hold.scope]).in_(refs),
                col(AssertionRow.iat) <= at,
                col(AssertionRow.exp) > (at if beyond is None else max(at, beyond)),
                or_(revoked.is_(None), revoked >= at),
            )
        ).scalar_one()
    )
