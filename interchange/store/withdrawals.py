"""Lists of withdrawn certificates, of the home party and of partners; all of them are kept, and all count together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, LargeBinary, bindparam, func, insert, select
from sqlmodel import Field, col

from interchange.store.schema import Row

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


class WithdrawalRow(Row, table=True):
    """An X.509 revocation list of a party's certification authority, PEM, as it was handed in."""

    __tablename__ = "withdrawals"
    party: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    crl: bytes = Field(sa_type=LargeBinary)
    at: int = Field(sa_type=BigInteger)


# Asked at each call of anybody, and so built once.
_NEWEST = select(func.max(col(WithdrawalRow.number))).where(col(WithdrawalRow.party) == bindparam("party"))


def add(tx: Tx, party: str, number: int, crl: bytes, now: Instant) -> None:
    """Keep a list that was checked."""
    tx.execute(insert(WithdrawalRow).values(party=party, number=number, crl=crl, at=now))


def newest(tx: Tx, party: str) -> int:
    """Read the number of a party's newest list; 0 if there is none."""
    return int(tx.execute(_NEWEST, {"party": party}).scalar_one() or 0)


def after(tx: Tx, party: str, number: int) -> list[bytes]:
    """Read a party's lists above a number, in their order."""
    where = (col(WithdrawalRow.party) == party, col(WithdrawalRow.number) > number)
    return list(tx.execute(select(col(WithdrawalRow.crl)).where(*where).order_by(col(WithdrawalRow.number))).scalars())


def get(tx: Tx, party: str, number: int) -> tuple[bytes, Instant] | None:
    """Find (list, when it was taken) by party and number, or None."""
    where = (col(WithdrawalRow.party) == party, col(WithdrawalRow.number) == number)
    row = tx.execute(select(col(WithdrawalRow.crl), col(WithdrawalRow.at)).where(*where)).first()
    return None if row is None else (row[0], row[1])


def everything(tx: Tx) -> list[tuple[str, int, Instant]]:
    """List all lists, of which there are few: (party, number, when it was taken)."""
    columns = (col(WithdrawalRow.party), col(WithdrawalRow.number), col(WithdrawalRow.at))
    return [(party, number, at) for party, number, at in tx.execute(select(*columns).order_by(*columns))]
