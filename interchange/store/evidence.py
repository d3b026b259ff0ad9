"""Contradicting statements of partners, kept for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select
from sqlmodel import col

from interchange.errors import Reason
from interchange.store.tables import EvidenceRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx

MOST = 64
"""Statements kept of a lane for one reason, the first ones: whoever contradicts itself can do so without end."""

PROOF = Reason.LANE_BEHIND.code
"""Reason under which a checkpoint is kept that we signed and the ledger does not have."""


def is_new(tx: Tx, origin: str, reason: str, received: bytes) -> bool:
    """Tell whether `keep` would keep it: it was not received before, and there is room."""
    rows = _of(origin, reason)
    if tx.execute(select(col(EvidenceRow.evidence_id)).where(*rows, col(EvidenceRow.received) == received)).first():
        return False
    return int(tx.execute(select(func.count()).where(*rows)).scalar_one()) < MOST


def keep(
    tx: Tx, evidence_id: str, origin: str, reason: str, *, known: bytes | None, received: bytes, now: Instant
) -> None:
    """Keep both signed notes; one that was received again is kept once, and no more than `MOST` for one reason."""
    if is_new(tx, origin, reason, received):
        values = {"origin": origin, "reason": reason, "known": known, "received": received}
        tx.execute(insert(EvidenceRow).values(evidence_id=evidence_id, at=now, **values))


def reasons(tx: Tx, origin: str) -> list[str]:
    """List the reasons for which evidence against a lane was kept."""
    rows = tx.execute(select(col(EvidenceRow.reason)).where(col(EvidenceRow.origin) == origin))
    return list(rows.scalars())


def proofs(tx: Tx, origin: str) -> Sequence[bytes]:
    """List the checkpoints of a lane of ours by which partners proved that the ledger lacks some of it."""
    return tx.execute(select(col(EvidenceRow.received)).where(*_of(origin, PROOF))).scalars().all()


def _of(origin: str, reason: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(EvidenceRow.origin) == origin, col(EvidenceRow.reason) == reason
