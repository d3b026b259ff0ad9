"""Holds in the ledger, with their true scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import false, insert, or_, select, update
from sqlmodel import col

from interchange.domain.projects import Hold, HoldCause
from interchange.domain.standing import HoldScope
from interchange.store.tables import HoldRow

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import ColumnElement

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx

_COLUMNS = select(
    col(HoldRow.hold_id),
    col(HoldRow.scope),
    col(HoldRow.ref),
    col(HoldRow.opened_at),
    col(HoldRow.closed_at),
    col(HoldRow.cause),
)


def add(tx: Tx, hold: Hold) -> None:
    """Open a hold."""
    cause = hold.cause.value if hold.cause else None
    values = {"scope": hold.scope.value, "ref": hold.ref, "opened_at": hold.opened_at, "cause": cause}
    tx.execute(insert(HoldRow).values(hold_id=hold.hold_id, **values))


def close(tx: Tx, hold_id: str, now: Instant) -> None:
    """Close a hold for good."""
    tx.execute(update(HoldRow).where(col(HoldRow.hold_id) == hold_id).values(closed_at=now))


def get(tx: Tx, hold_id: str) -> Hold | None:
    """Find one by its id, or None."""
    found = _all(tx, col(HoldRow.hold_id) == hold_id)
    return found[0] if found else None


def open_on(tx: Tx, refs: Mapping[HoldScope, str]) -> list[Hold]:
    """List the open holds on any of `refs` (scope → what)."""
    scopes = [(col(HoldRow.scope) == scope.value) & (col(HoldRow.ref) == ref) for scope, ref in refs.items()]
    return _all(tx, col(HoldRow.closed_at).is_(None), or_(false(), *scopes))


def page(
    tx: Tx,
    *,
    open_only: bool = False,
    scopes: Collection[HoldScope] = frozenset(HoldScope),
    after: str = "",
    limit: int = 100,
) -> list[Hold]:
    """List holds on these kinds of things in the order of their ids, from the one after `after` on."""
    where = [col(HoldRow.scope).in_([scope.value for scope in scopes])]
    where += [col(HoldRow.closed_at).is_(None)] if open_only else []
    return _all(tx, col(HoldRow.hold_id) > after, *where, limit=limit)


def _all(tx: Tx, *where: ColumnElement[bool], limit: int | None = None) -> list[Hold]:
    rows = tx.execute(_COLUMNS.where(*where).order_by(col(HoldRow.hold_id)).limit(limit))
    return [
        Hold(hold_id, HoldScope(scope), ref, opened, closed, HoldCause(cause) if cause else None)
        for hold_id, scope, ref, opened, closed, cause in rows
    ]
