"""What is put by: our next keyring while its root signatures come in, and the lanes' checkpoints for the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import BigInteger, LargeBinary, delete, insert, select, tuple_
from sqlmodel import Field, col

from interchange.store.schema import Row

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


class CollectedKeyringRow(Row, table=True):
    """A keyring of ours with the root signatures that have come in so far."""

    __tablename__ = "collected_keyrings"
    number: int = Field(primary_key=True)
    jws: bytes = Field(sa_type=LargeBinary)
    collected_at: int = Field(sa_type=BigInteger)


class ArchivedCheckpointRow(Row, table=True):
    """The head of a lane of ours on one day, cosigned by the archive's key; kept as long as the lane."""

    __tablename__ = "archived_checkpoints"
    origin: str = Field(primary_key=True, foreign_key="lanes.origin")
    day: str = Field(primary_key=True)
    size: int = Field(sa_type=BigInteger)
    note: bytes = Field(sa_type=LargeBinary)


class Archived(NamedTuple):
    """One checkpoint of the archive: lane, day in UTC as `YYYY-MM-DD`, size, and the signed note."""

    origin: str
    day: str
    size: int
    note: bytes


_ARCHIVED = select(
    col(ArchivedCheckpointRow.origin),
    col(ArchivedCheckpointRow.day),
    col(ArchivedCheckpointRow.size),
    col(ArchivedCheckpointRow.note),
)


def collected(tx: Tx, number: int) -> bytes | None:
    """Read what was collected for the keyring of that number, or None."""
    rows = select(col(CollectedKeyringRow.jws)).where(col(CollectedKeyringRow.number) == number)
    return tx.execute(rows).scalar_one_or_none()


def collect(tx: Tx, number: int, jws: bytes, now: Instant) -> None:
    """Keep a keyring with the signatures so far, in the place of what was kept for this number or an earlier one."""
    forget(tx, number)
    tx.execute(insert(CollectedKeyringRow).values(number=number, jws=jws, collected_at=now))


def forget(tx: Tx, number: int) -> None:
    """Drop what was collected up to the keyring of that number; it is published, or begun anew."""
    tx.execute(delete(CollectedKeyringRow).where(col(CollectedKeyringRow.number) <= number))


def is_archived(tx: Tx, origin: str, day: str) -> bool:
    """Tell whether a lane's head was archived on that day."""
    rows = _ARCHIVED.where(col(ArchivedCheckpointRow.origin) == origin, col(ArchivedCheckpointRow.day) == day)
    return tx.execute(rows).first() is not None


def archive(tx: Tx, archived: Archived) -> None:
    """Keep a lane's head of one day; the first of a day stays."""
    if not is_archived(tx, archived.origin, archived.day):
        tx.execute(insert(ArchivedCheckpointRow).values(archived._asdict()))


def archived_after(tx: Tx, origin: str, day: str, most: int) -> list[Archived]:
    """List what is archived, lane by lane and day by day, after one lane's day; two empty texts begin.

    Args:
        tx: a transaction.
        origin: lane of the last one that was seen.
        day: its day.
        most: how many at most.
    """
    place = tuple_(col(ArchivedCheckpointRow.origin), col(ArchivedCheckpointRow.day))
    rows = _ARCHIVED.where(place > (origin, day)).order_by(
        col(ArchivedCheckpointRow.origin), col(ArchivedCheckpointRow.day)
    )
    return [Archived(*row) for row in tx.execute(rows.limit(most))]
