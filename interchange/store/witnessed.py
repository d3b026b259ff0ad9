"""Since when a witness has cosigned how much of a lane: the only times by which a leaf is shown to have been there.

Of a lane that we follow the witness is ourselves: what we applied durably and acknowledged, by our own clock. Of a lane
of ours it is the partner: what it acknowledged, at the later of the time in its cosignature and of our receipt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, insert, select
from sqlmodel import col

from interchange.store.tables import WitnessedRow

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


class Witnessed(NamedTuple):
    """So many leaves were there at that instant."""

    size: int
    at: Instant


def add(tx: Tx, origin: str, size: int, at: Instant) -> None:
    """Record that a lane was cosigned at a size; what is cosigned again, or less than was, shows nothing new."""
    if size > largest(tx, origin):
        tx.execute(insert(WitnessedRow).values(origin=origin, size=size, at=at))


def largest(tx: Tx, origin: str) -> int:
    """Read how many leaves of a lane were ever cosigned."""
    known = select(func.max(col(WitnessedRow.size))).where(col(WitnessedRow.origin) == origin)
    return tx.execute(known).scalar_one() or 0


def last_before(tx: Tx, origin: str, before: Instant) -> Witnessed | None:
    """Read what a lane's witness had cosigned last strictly before an instant, or None for nothing.

    As long as the clock runs forward that is the largest it had cosigned. Where it was set back, the latest time is
    believed rather than the largest size.
    """
    row = tx.execute(
        select(col(WitnessedRow.size), col(WitnessedRow.at))
        .where(col(WitnessedRow.origin) == origin, col(WitnessedRow.at) < before)
        .order_by(col(WitnessedRow.at).desc(), col(WitnessedRow.size).desc())
        .limit(1)
    ).first()
    return None if row is None else Witnessed(*row)


def size_before(tx: Tx, origin: str, before: Instant) -> int:
    """Read how many leaves of a lane were cosigned strictly before an instant."""
    found = last_before(tx, origin, before)
    return 0 if found is None else found.size
