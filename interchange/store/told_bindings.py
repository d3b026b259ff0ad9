"""What lanes have told of identity bindings: of each assertion the last one, or that it was ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update
from sqlmodel import col

from interchange.errors import Reason, refuse
from interchange.store.domestic import ToldBindingRow
from interchange.store.tables import ToldRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from interchange.store.ledger import Tx


def record_sent(tx: Tx, authority: str, origin: str, jti: str, sha256: str) -> None:
    """Apply that a binding was sent, in the place of one that was told before: a match may be asked for again.

    Raises:
        Refusal: LEAF_FORM if the lane told no such assertion, has revoked it, or told this very binding last.
    """
    revoked = _revoked_in(tx, authority, origin, jti)
    if revoked is None or revoked:
        raise refuse(Reason.LEAF_FORM, "binding names nothing that is open")
    known = tx.execute(select(col(ToldBindingRow.sha256)).where(*_row(authority, jti))).first()
    if known is None:
        tx.execute(insert(ToldBindingRow).values(authority=authority, jti=jti, sha256=sha256))
    elif known[0] == sha256:
        raise refuse(Reason.LEAF_FORM, "binding told twice")
    else:
        tx.execute(update(ToldBindingRow).where(*_row(authority, jti)).values(sha256=sha256))


def record_ended(tx: Tx, authority: str, origin: str, jti: str) -> None:
    """Apply that the binding of an assertion was ended.

    Raises:
        Refusal: LEAF_FORM if there is none in this lane that holds.
    """
    holds = col(ToldBindingRow.sha256).is_not(None)
    ended = (
        _revoked_in(tx, authority, origin, jti) is not None
        and tx.execute(update(ToldBindingRow).where(*_row(authority, jti), holds).values(sha256=None)).rowcount
    )
    if not ended:
        raise refuse(Reason.LEAF_FORM, "binding names nothing that is open")


def holding(tx: Tx, authority: str, jti: str) -> str | None:
    """Read the digest of the binding of an assertion that holds, or None."""
    return tx.execute(select(col(ToldBindingRow.sha256)).where(*_row(authority, jti))).scalar_one_or_none()


def told_in(tx: Tx, origin: str) -> dict[str, str | None]:
    """Read what a lane last told of each assertion's binding, for audits: the digest, or None once it is ended."""
    rows = tx.execute(
        select(col(ToldBindingRow.jti), col(ToldBindingRow.sha256))
        .join(
            ToldRow,
            (col(ToldRow.authority) == col(ToldBindingRow.authority)) & (col(ToldRow.jti) == col(ToldBindingRow.jti)),
        )
        .where(col(ToldRow.origin) == origin)
    )
    return dict(rows.all())


def _revoked_in(tx: Tx, authority: str, origin: str, jti: str) -> bool | None:
    """Tell whether a lane has revoked an assertion; None if it told no such one."""
    where = (col(ToldRow.authority) == authority, col(ToldRow.jti) == jti, col(ToldRow.origin) == origin)
    row = tx.execute(select(col(ToldRow.revoked_n)).where(*where)).first()
    return None if row is None else row[0] is not None


def _row(authority: str, jti: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(ToldBindingRow.authority) == authority, col(ToldBindingRow.jti) == jti
