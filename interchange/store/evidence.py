"""Contradicting statements of partners, kept for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from sqlmodel import col

from interchange.store.tables import EvidenceRow

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


def keep(
    tx: Tx, evidence_id: str, origin: str, reason: str, *, known: bytes | None, received: bytes, now: Instant
) -> None:
    """Keep both signed notes; a note that was received again is kept once."""
    same = (col(EvidenceRow.origin) == origin, col(EvidenceRow.reason) == reason, col(EvidenceRow.received) == received)
    if tx.execute(select(col(EvidenceRow.evidence_id)).where(*same)).first() is None:
        values = {"origin": origin, "reason": reason, "known": known, "received": received}
        tx.execute(insert(EvidenceRow).values(evidence_id=evidence_id, at=now, **values))


def reasons(tx: Tx, origin: str) -> list[str]:
    """List the reasons for which evidence against a lane was kept."""
    rows = tx.execute(select(col(EvidenceRow.reason)).where(col(EvidenceRow.origin) == origin))
    return list(rows.scalars())
