"""Leases and heartbeats of scheduled jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update
from sqlmodel import col

from interchange.store.tables import HeartbeatRow, LeaseRow

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


def take(tx: Tx, job: str, holder: str, now: Instant, seconds: int) -> int | None:
    """Take or renew the lease on `job`; return its fencing token, or None while another holder has it."""
    row = tx.execute(
        select(col(LeaseRow.holder), col(LeaseRow.fence), col(LeaseRow.expires_at)).where(col(LeaseRow.job) == job)
    ).first()
    if row is None:
        tx.execute(insert(LeaseRow).values(job=job, holder=holder, fence=1, expires_at=now + seconds))
        return 1
    held_by, fence, expires_at = row
    if held_by != holder and now < expires_at:
        return None
    fence = int(fence) + (held_by != holder)
    tx.execute(
        update(LeaseRow).where(col(LeaseRow.job) == job).values(holder=holder, fence=fence, expires_at=now + seconds)
    )
    return fence


def release(tx: Tx, holder: str) -> None:
    """Give back all leases of a holder; their fencing tokens stay, so that the next holder's are larger."""
    tx.execute(update(LeaseRow).where(col(LeaseRow.holder) == holder).values(expires_at=0))


def holds(tx: Tx, job: str, holder: str, fence: int) -> bool:
    """Tell whether `holder` still has the lease it took with this fencing token."""
    where = (col(LeaseRow.job) == job, col(LeaseRow.holder) == holder, col(LeaseRow.fence) == fence)
    return tx.execute(select(col(LeaseRow.job)).where(*where)).first() is not None


def beat(tx: Tx, job: str, now: Instant, outcome: str) -> None:
    """Record that a job finished a pass."""
    tx.execute(delete(HeartbeatRow).where(col(HeartbeatRow.job) == job))
    tx.execute(insert(HeartbeatRow).values(job=job, at=now, outcome=outcome))


def beats(tx: Tx) -> dict[str, tuple[Instant, str]]:
    """Read when each job last finished, and how."""
    rows = tx.execute(select(col(HeartbeatRow.job), col(HeartbeatRow.at), col(HeartbeatRow.outcome)))
    return {job: (at, outcome) for job, at, outcome in rows}
