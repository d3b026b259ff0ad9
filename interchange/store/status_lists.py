"""Status lists of each partner: slots taken, and the last signed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import insert, select, update
from sqlmodel import col

from interchange.store.tables import StatusListRow, StatusSlotRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


Slot: TypeAlias = tuple[int, int]
"""Number of a partner's list, and a slot of it."""


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


def free_slots(tx: Tx, party: str, size: int, draw: Callable[[int], int], count: int) -> list[Slot]:
    """Find random free slots towards `party`, never one used before, and no two alike.

    A new list begins when the newest is half full, so that a draw seldom misses and empty slots hide the count.

    Args:
        tx: an open transaction.
        party: the partner.
        size: slots of a new list.
        draw: `draw(n)` gives a uniform random number below n.
        count: how many.
    """
    newest = current(tx, party)
    number, slots, used = (newest.number, newest.slots, newest.used) if newest else (1, size, 0)
    found: dict[Slot, None] = {}
    while len(found) < count:
        if 2 * used >= slots:
            number, slots, used = number + 1, size, 0
        drawn = [(number, draw(slots)) for _ in range(min(count - len(found), (slots + 1) // 2 - used))]
        free = dict.fromkeys(slot for slot in drawn if slot not in found)
        for slot in _taken(tx, party, number, [idx for _, idx in free]):
            del free[slot]
        found |= free
        used += len(free)
    return list(found)


def claim_slots(tx: Tx, party: str, slots: Sequence[Slot], size: int) -> bool:
    """Take the slots that `free_slots` found, or tell that another request took one of them meanwhile.

    A slot stays taken for ever, also when the assertion that holds it is no longer kept. Where False is returned, the
    transaction must not be committed.
    """
    for number in dict.fromkeys(number for number, _ in slots):
        wanted = [idx for of, idx in slots if of == number]
        there = get(tx, party, number)
        if there is None:
            values = {"party": party, "number": number, "slots": size}
            tx.execute(insert(StatusListRow).values(used=0, lane_size=0, signed_at=0, **values))
        elif max(wanted) >= there.slots or _taken(tx, party, number, wanted):
            return False
        tx.execute(insert(StatusSlotRow), [{"party": party, "number": number, "idx": idx} for idx in wanted])
        where = (col(StatusListRow.party) == party, col(StatusListRow.number) == number)
        tx.execute(update(StatusListRow).where(*where).values(used=col(StatusListRow.used) + len(wanted)))
    return True


def _taken(tx: Tx, party: str, number: int, slots: Sequence[int]) -> list[Slot]:
    where = (col(StatusSlotRow.party) == party, col(StatusSlotRow.number) == number)
    taken = select(col(StatusSlotRow.idx)).where(*where, col(StatusSlotRow.idx).in_(slots))
    return [(number, idx) for idx in tx.execute(taken).scalars()]


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
