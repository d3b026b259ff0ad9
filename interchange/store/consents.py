"""Consents to transfers in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update
from sqlmodel import col

from interchange.store.domestic import ConsentRow
from interchange.store.dossiers import CONSENT_COLUMNS, consent_of

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from interchange.domain.consent import TransferConsent
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


def add(tx: Tx, consent: TransferConsent) -> None:
    """Record a consent."""
    tx.execute(
        insert(ConsentRow).values(
            consent_id=consent.consent_id,
            subject_id=consent.subject_id,
            party=consent.party,
            recipient=consent.recipient,
            purpose=consent.purpose,
            items=" ".join(sorted(item.value for item in consent.items)),
            rules_information=consent.rules_information,
            from_day=consent.from_day.isoformat(),
            until_day=consent.until_day.isoformat(),
        )
    )


def withdraw(tx: Tx, consent_id: str, now: Instant) -> None:
    """Record that the person took it back; there is no way back."""
    tx.execute(update(ConsentRow).where(col(ConsentRow.consent_id) == consent_id).values(withdrawn_at=now))


def get(tx: Tx, consent_id: str) -> TransferConsent | None:
    """Find one by its id, or None."""
    found = _all(tx, col(ConsentRow.consent_id) == consent_id)
    return found[0] if found else None


def of_subject(tx: Tx, subject_id: str) -> list[TransferConsent]:
    """List a person's consents in the order of their ids."""
    return _all(tx, col(ConsentRow.subject_id) == subject_id)


def _all(tx: Tx, *where: ColumnElement[bool]) -> list[TransferConsent]:
    rows = tx.execute(select(*CONSENT_COLUMNS).where(*where).order_by(col(ConsentRow.consent_id)))
    return [consent_of(row) for row in rows]
