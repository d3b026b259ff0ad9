"""Requests that succeeded, so that a repeated one gives the same answer and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, insert, select, tuple_, update
from sqlmodel import col

from interchange.errors import Reason, refuse
from interchange.store.tables import RequestRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


def replay(tx: Tx, caller: str, act: str, request_id: str, digest: str) -> bytes | None:
    """Return the recorded result of this request, or None if it is new.

    Raises:
        Refusal: REQUEST_ID_REUSED if the id was used with other values.
    """
    row = tx.execute(
        select(col(RequestRow.digest), col(RequestRow.result)).where(
            col(RequestRow.caller) == caller, col(RequestRow.act) == act, col(RequestRow.request_id) == request_id
        )
    ).first()
    if row is None:
        return None
    if row[0] != digest:
        raise refuse(Reason.REQUEST_ID_REUSED)
    return bytes(row[1])


def record(tx: Tx, caller: str, act: str, request_id: str, digest: str, result: bytes, now: Instant) -> None:
    """Record a success in the transaction that made it."""
    values = {"caller": caller, "act": act, "request_id": request_id}
    tx.execute(insert(RequestRow).values(digest=digest, result=result, at=now, **values))


def settle(tx: Tx, caller: str, act: str, request_id: str, result: bytes) -> None:
    """Record what came of a request that had to wait, in the place of what it waited for."""
    where = (col(RequestRow.caller) == caller, col(RequestRow.act) == act, col(RequestRow.request_id) == request_id)
    tx.execute(update(RequestRow).where(*where).values(result=result))


class Recorded(NamedTuple):
    """A request as it is recorded: digest of what was asked, what came of it, and when it was asked."""

    digest: str
    result: str
    at: Instant


def find(tx: Tx, keys: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], Recorded]:
    """Find up to 500 requests by (caller, act, request id), for audits."""
    key = (col(RequestRow.caller), col(RequestRow.act), col(RequestRow.request_id))
    if not keys:
        return {}
    query = select(*key, col(RequestRow.digest), col(RequestRow.result), col(RequestRow.at))
    return {
        (caller, act, request_id): Recorded(digest, result.decode("utf-8", "replace"), at)
        for caller, act, request_id, digest, result, at in tx.execute(query.where(tuple_(*key).in_(keys)))
    }


def of_caller(tx: Tx, caller: str, acts: Iterable[str], request_id: str) -> list[Recorded]:
    """Find the requests of one caller under one id for any of these acts, for audits."""
    where = (col(RequestRow.caller) == caller, col(RequestRow.request_id) == request_id)
    query = select(col(RequestRow.digest), col(RequestRow.result), col(RequestRow.at))
    rows = tx.execute(query.where(*where, col(RequestRow.act).in_(list(acts))))
    return [Recorded(digest, result.decode("utf-8", "replace"), at) for digest, result, at in rows]


def count(tx: Tx) -> int:
    """Count all recorded requests, for audits."""
    return int(tx.execute(select(func.count()).select_from(RequestRow)).scalar_one())
