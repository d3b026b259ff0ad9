"""Admitted partners, and the keyrings of all parties, ours among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, tuple_
from sqlmodel import col

from interchange.domain.projects import Partner
from interchange.store.tables import KeyringRow, PartnerRow

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx

_COLUMNS = select(
    col(PartnerRow.party),
    col(PartnerRow.authority),
    col(PartnerRow.address),
    col(PartnerRow.ca_pem),
    col(PartnerRow.root_pin),
)
_NEWEST = select(col(KeyringRow.authority), func.max(col(KeyringRow.number))).group_by(col(KeyringRow.authority))


def admit(tx: Tx, partner: Partner, now: Instant) -> None:
    """Record a partner."""
    values = {name: getattr(partner, name) for name in Partner.__slots__}
    tx.execute(insert(PartnerRow).values(admitted_at=now, **values))


def get(tx: Tx, party: str) -> Partner | None:
    """Find a partner by its code, or None."""
    row = tx.execute(_COLUMNS.where(col(PartnerRow.party) == party)).first()
    return None if row is None else Partner(*row)


def everyone(tx: Tx) -> list[Partner]:
    """List all partners by code."""
    return [Partner(*row) for row in tx.execute(_COLUMNS.order_by(col(PartnerRow.party)))]


def add_keyring(tx: Tx, authority: str, number: int, jws: bytes, sha256: str, now: Instant) -> None:
    """Keep an accepted keyring."""
    values = {"number": number, "jws": jws, "sha256": sha256, "installed_at": now}
    tx.execute(insert(KeyringRow).values(authority=authority, **values))


def keyring(tx: Tx, authority: str, number: int | None = None) -> bytes | None:
    """Read the keyring of that number, or the latest; None if there is none."""
    query = select(col(KeyringRow.jws)).where(col(KeyringRow.authority) == authority)
    if number is not None:
        query = query.where(col(KeyringRow.number) == number)
    return tx.execute(query.order_by(col(KeyringRow.number).desc()).limit(1)).scalar_one_or_none()


def keyring_at(tx: Tx, authority: str, at: Instant) -> bytes | None:
    """Read the keyring that was the latest here at an instant, or None."""
    where = (col(KeyringRow.authority) == authority, col(KeyringRow.installed_at) <= at)
    query = select(col(KeyringRow.jws)).where(*where).order_by(col(KeyringRow.number).desc())
    return tx.execute(query.limit(1)).scalar_one_or_none()


def latest_keyrings(tx: Tx) -> dict[str, bytes]:
    """Read the latest keyring of each authority."""
    newest = tuple_(col(KeyringRow.authority), col(KeyringRow.number)).in_(_NEWEST)
    rows = tx.execute(select(col(KeyringRow.authority), col(KeyringRow.jws)).where(newest))
    return dict(rows.all())


def keyring_numbers(tx: Tx) -> dict[str, int]:
    """Read the latest number of each authority: with the restrictions, the version of what is trusted."""
    return dict(tx.execute(_NEWEST).all())
