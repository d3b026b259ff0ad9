"""Status lists of each partner: slots taken, and the last signed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update
from sqlmodel import col

from interchange.store.tables import StatusListRow, StatusSlotRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class StoredList:
    """A status list as the ledger has it; `token` is None until first signed."""

    party: str
    number: int
    slots: int
    used: int
    token: bytes | None
    lane_size: int
    signed_at: Instant


_COLUMNS = select(
    col(StatusListRow.party),
    col(StatusListRow.number),
    col(StatusListRow.slots),
    col(StatusListRow.used),
    col(StatusListRow.token),
    col(StatusListRow.lane_size),
    col(StatusListRow.signed_at),
)


def current(tx: Tx, party: str) -> StoredList | None:
    """Read a partner's newest list, or None."""
    row = tx.execute(
        _COLUMNS.where(col(StatusListRow.party) == party).order_by(col(StatusListRow.number).desc()).limit(1)
    ).first()
    return None if row is None else StoredList(*row)


def get(tx: Tx, party: str, number: int) -> StoredList | None:
    """Find one list, or None."""
    row = tx.execute(_COLUMNS.where(col(StatusListRow.party) == party, col(StatusListRow.number) == number)).first()
    return None if row is None else StoredList(*row)


def everything(tx: Tx) -> list[StoredList]:
    """List all lists of all partners."""
    return [
        StoredList(*row) for row in tx.execute(_COLUMNS.order_by(col(StatusListRow.party), col(StatusListRow.number)))
    ]


def free_slot(tx: Tx, party: str, size: int, draw: Callable[[int], int]) -> tuple[int, int]:
    """Find a random free slot towards `party`, never one used before; return (list number, slot).

    A new list begins when the newest is half full, so that a draw seldom misses and empty slots hide the count.

    Args:
        tx: an open transaction.
        party: the partner.
        size: slots of a new list.
        draw: `draw(n)` gives a uniform random number below n.
    """
    newest = current(tx, party)
    if newest is None:
        return 1, draw(size)
    if 2 * newest.used >= newest.slots:
        return newest.number + 1, draw(size)
    idx = draw(newest.slots)
    while _taken(tx, party, newest.number, idx):
        idx = draw(newest.slots)
    return newest.number, idx


def claim_slot(tx: Tx, party: str, number: int, idx: int, size: int) -> bool:
    """Take the slot that `free_slot` found, or tell that another request took it meanwhile.

    A slot stays taken for ever, also when the assertion that holds it is no longer kept.
    """
    there = get(tx, party, number)
    if there is None:
        values = {"party": party, "number": number, "slots": size}
        tx.execute(insert(StatusListRow).values(used=0, lane_size=0, signed_at=0, **values))
    elif idx >= there.slots or _taken(tx, party, number, idx):
        return False
    tx.execute(insert(StatusSlotRow).values(party=party, number=number, idx=idx))
    where = (col(StatusListRow.party) == party, col(StatusListRow.number) == number)
    tx.execute(update(StatusListRow).where(*where).values(used=col(StatusListRow.used) + 1))
    return True


def _taken(tx: Tx, party: str, number: int, idx: int) -> bool:
    where = (col(StatusSlotRow.party) == party, col(StatusSlotRow.number) == number, col(StatusSlotRow.idx) == idx)
    return tx.execute(select(col(StatusSlotRow.idx)).where(*where)).first() is not None


def publish(tx: Tx, party: str, number: int, token: bytes, lane_size: int, signed_at: Instant) -> None:
    """Keep a signed list unless a newer one was kept meanwhile."""
    tx.execute(
        update(StatusListRow)
        .where(
            col(StatusListRow.party) == party,
            col(StatusListRow.number) == number,
            col(StatusListRow.lane_size) <= lane_size,
            col(StatusListRow.signed_at) <= signed_at,
        )
        .values(token=token, lane_size=lane_size, signed_at=signed_at)
    )
