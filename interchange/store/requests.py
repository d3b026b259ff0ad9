"""Requests that succeeded, so that a repeated one gives the same answer and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update
from sqlmodel import col

from interchange.errors import Reason, refuse
from interchange.store.tables import RequestRow

if TYPE_CHECKING:
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
