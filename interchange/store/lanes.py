"""Lanes in the ledger: heads, leaves, subtree hashes. The same rows whether we issue the lane or follow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlmodel import col

from interchange.domain.lane import Entry
from interchange.domain.merkle import Frontier, append_with_nodes, leaf_hash
from interchange.errors import Reason, refuse
from interchange.store.tables import LaneRow, LeafRow, NodeRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from interchange.domain.checkpoint import SignedHead
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class LaneHead:
    """A lane's head as the ledger has it; times are None until first contact or acknowledgement."""

    origin: str
    party: str
    issued: bool
    frontier: Frontier
    note: bytes | None
    signed_at: Instant | None
    received_at: Instant | None
    acknowledged_size: int
    acknowledged_at: Instant | None

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self.frontier.size


_HEAD = select(
    col(LaneRow.origin),
    col(LaneRow.party),
    col(LaneRow.issued),
    col(LaneRow.size),
    col(LaneRow.frontier),
    col(LaneRow.note),
    col(LaneRow.signed_at),
    col(LaneRow.received_at),
    col(LaneRow.acknowledged_size),
    col(LaneRow.acknowledged_at),
)


def _head(row: Sequence[Any]) -> LaneHead:
    origin, party, issued, size, frontier, *rest = row
    return LaneHead(origin, party, issued, Frontier.decode(size, frontier), *rest)


def open_lane(tx: Tx, origin: str, party: str, *, issued: bool) -> None:
    """Start the empty lane `origin`; a lane that is there stays as it is."""
    if head(tx, origin) is None:
        empty = Frontier.empty()
        values = {"origin": origin, "party": party, "issued": issued, "size": 0, "frontier": empty.encode()}
        tx.execute(insert(LaneRow).values(acknowledged_size=0, **values))


def head(tx: Tx, origin: str) -> LaneHead | None:
    """Read a lane's head, or None."""
    row = tx.execute(_HEAD.where(col(LaneRow.origin) == origin)).first()
    return None if row is None else _head(row)


def heads(tx: Tx) -> list[LaneHead]:
    """Read all heads in the order of their origins."""
    return [_head(row) for row in tx.execute(_HEAD.order_by(col(LaneRow.origin)))]


def append(tx: Tx, origin: str, frontier: Frontier, entries: Sequence[Entry]) -> Frontier:
    """Append leaves to a lane whose frontier the caller read in this transaction; return the new frontier."""
    if not entries:
        return frontier
    leaves, nodes = [], []
    for entry in entries:
        leaves.append({"origin": origin, "n": frontier.size, "leaf": entry.leaf, "token": entry.token})
        frontier, completed = append_with_nodes(frontier, leaf_hash(entry.leaf))
        nodes += [{"origin": origin, "level": level, "idx": idx, "hash": digest} for level, idx, digest in completed]
    tx.execute(insert(LeafRow), leaves)
    tx.execute(insert(NodeRow), nodes)
    tx.execute(
        update(LaneRow).where(col(LaneRow.origin) == origin).values(size=frontier.size, frontier=frontier.encode())
    )
    return frontier


def entries(tx: Tx, origin: str, first: int, limit: int) -> list[Entry]:
    """Read at most `limit` leaves from number `first` on."""
    rows = tx.execute(
        select(col(LeafRow.leaf), col(LeafRow.token))
        .where(col(LeafRow.origin) == origin, col(LeafRow.n) >= first)
        .order_by(col(LeafRow.n))
        .limit(limit)
    )
    return [Entry(leaf, token) for leaf, token in rows]


def all_entries(tx: Tx, origin: str, size: int, step: int = 1000) -> Iterable[tuple[int, Entry]]:
    """Yield each of the first `size` leaves with its number, reading `step` at a time."""
    for first in range(0, size, step):
        yield from enumerate(entries(tx, origin, first, min(step, size - first)), first)


def node_reader(tx: Tx, origin: str) -> Callable[[int, int], bytes]:
    """Return the function `(level, idx) -> hash` that proofs are made with."""

    def read(level: int, idx: int) -> bytes:
        where = (col(NodeRow.origin) == origin, col(NodeRow.level) == level, col(NodeRow.idx) == idx)
        found = tx.execute(select(col(NodeRow.hash)).where(*where)).scalar_one_or_none()
        if found is None:
            raise refuse(Reason.AUDIT_BROKEN, "lane node")
        return found

    return read


def record_contact(tx: Tx, signed: SignedHead, received_at: Instant) -> None:
    """Keep the newest verified checkpoint of a followed lane, and when it came."""
    tx.execute(
        update(LaneRow)
        .where(col(LaneRow.origin) == signed.checkpoint.origin)
        .values(note=signed.note, signed_at=signed.signed_at, received_at=received_at)
    )


def lose_contact(tx: Tx, origin: str) -> None:
    """Forget when a followed lane was last heard, so that what is known of it is stale until it is heard again."""
    tx.execute(update(LaneRow).where(col(LaneRow.origin) == origin).values(signed_at=None, received_at=None))


def record_acknowledgement(tx: Tx, origin: str, size: int, line: str, at: Instant) -> None:
    """Keep a follower's cosignature if it covers at least what the last one did."""
    tx.execute(
        update(LaneRow)
        .where(col(LaneRow.origin) == origin, col(LaneRow.acknowledged_size) <= size)
        .values(acknowledged_size=size, acknowledged_at=at, acknowledgement=line)
    )
