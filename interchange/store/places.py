"""Where in our lanes an act was told: the last leaf of it in the lane of each partner concerned."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select
from sqlmodel import col

from interchange.store.tables import ToldHoldRow, ToldRow

if TYPE_CHECKING:
    from interchange.store.ledger import Tx


class Place(NamedTuple):
    """A leaf: name of the lane, and its number from 0."""

    origin: str
    n: int


def of_hold(tx: Tx, hold_id: str, *, lifted: bool) -> list[Place]:
    """List where the opening or, if `lifted`, the closing of our hold was told, in the order of the lanes' names."""
    leaf = col(ToldHoldRow.lifted_n if lifted else ToldHoldRow.placed_n)
    rows = tx.execute(
        select(col(ToldHoldRow.origin), func.max(leaf))
        .where(col(ToldHoldRow.hold_id) == hold_id, leaf.is_not(None))
        .group_by(col(ToldHoldRow.origin))
        .order_by(col(ToldHoldRow.origin))
    )
    return [Place(origin, int(n or 0)) for origin, n in rows]


def of_revocation(tx: Tx, authority: str, jti: str) -> Place | None:
    """Find where the revocation of an assertion was told, or None if it is not revoked."""
    row = tx.execute(
        select(col(ToldRow.origin), col(ToldRow.revoked_n)).where(
            col(ToldRow.authority) == authority, col(ToldRow.jti) == jti, col(ToldRow.revoked_n).is_not(None)
        )
    ).first()
    return None if row is None else Place(row[0], int(row[1] or 0))
