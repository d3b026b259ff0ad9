"""Identity bindings that we sent: the sealed bytes until the partner needs them no more, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, tuple_, update
from sqlmodel import col

from interchange.domain.binding import SentBinding
from interchange.store.domestic import BindingRow
from interchange.store.tables import AssertionRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx

_OF_ITS_ASSERTION = col(AssertionRow.jti) == col(BindingRow.jti)
_SENT = select(
    col(BindingRow.jti),
    col(BindingRow.sha256),
    col(AssertionRow.party),
    col(AssertionRow.organ),
    col(BindingRow.sent_at),
    col(BindingRow.confirmed_at),
    col(BindingRow.unmatched_at),
    col(BindingRow.ended_at),
).join(AssertionRow, _OF_ITS_ASSERTION)


def add(tx: Tx, jti: str, sha256: str, sealed: bytes, now: Instant) -> None:
    """Record a binding that is told in the same transaction."""
    tx.execute(insert(BindingRow).values(jti=jti, sha256=sha256, sealed=sealed, sent_at=now))


def waits(tx: Tx, jti: str) -> bool:
    """Tell whether a binding of the assertion waits for its partner: neither confirmed nor ended."""
    where = (col(BindingRow.jti) == jti, *_waiting())
    return tx.execute(select(col(BindingRow.sha256)).where(*where)).first() is not None


def sealed(tx: Tx, jti: str, party: str, now: Instant) -> bytes | None:
    """Read the sealed bytes that wait for a partner; None if there are none, or the assertion is not live or its own.

    One statement, so that what there is not takes as long as what is somebody else's.
    """
    where = (col(BindingRow.jti) == jti, col(AssertionRow.party) == party, *_waiting(), *_live(now))
    query = select(col(BindingRow.sealed)).join(AssertionRow, _OF_ITS_ASSERTION).where(*where)
    return tx.execute(query).scalar_one_or_none()


def get(tx: Tx, jti: str, sha256: str) -> SentBinding | None:
    """Find a binding by its assertion and digest, or None."""
    where = (col(BindingRow.jti) == jti, col(BindingRow.sha256) == sha256)
    row = tx.execute(_SENT.where(*where)).first()
    return None if row is None else SentBinding(*row)


def page(
    tx: Tx,
    *,
    jti: str = "",
    party: str = "",
    organ: str = "",
    after: tuple[str, str] = ("", ""),
    limit: int = 100,
) -> list[SentBinding]:
    """List what we sent in the order of (assertion, digest), from the one after `after` on; empty filters match all."""
    filters = {BindingRow.jti: jti, AssertionRow.party: party, AssertionRow.organ: organ}
    where = [col(column) == value for column, value in filters.items() if value]
    key = tuple_(col(BindingRow.jti), col(BindingRow.sha256))
    rows = tx.execute(
        _SENT.where(key > after, *where).order_by(col(BindingRow.jti), col(BindingRow.sha256)).limit(limit)
    )
    return [SentBinding(*row) for row in rows]


def confirm(tx: Tx, jti: str, sha256: str, now: Instant) -> None:
    """Record that the partner confirmed the match, and delete the sealed bytes; a repetition changes nothing."""
    where = (col(BindingRow.jti) == jti, col(BindingRow.sha256) == sha256, col(BindingRow.confirmed_at).is_(None))
    tx.execute(update(BindingRow).where(*where).values(sealed=None, confirmed_at=now))


def mark_unmatched(tx: Tx, jti: str, sha256: str, now: Instant) -> None:
    """Record that somebody else stood before the partner's officer; the sealed bytes stay."""
    where = (col(BindingRow.jti) == jti, col(BindingRow.sha256) == sha256)
    tx.execute(update(BindingRow).where(*where).values(unmatched_at=now))


def end(tx: Tx, jti: str, now: Instant) -> None:
    """Record that the bindings of an assertion hold no more, and delete the sealed bytes."""
    where = (col(BindingRow.jti) == jti, col(BindingRow.ended_at).is_(None))
    tx.execute(update(BindingRow).where(*where).values(sealed=None, ended_at=now))


def unended_of(tx: Tx, subject_id: str) -> list[str]:
    """List the assertions of a person of which a binding was sent and not ended, confirmed ones too, in order."""
    where = (col(AssertionRow.subject_id) == subject_id, col(BindingRow.ended_at).is_(None))
    query = select(col(BindingRow.jti)).join(AssertionRow, _OF_ITS_ASSERTION).where(*where)
    return list(tx.execute(query.distinct().order_by(col(BindingRow.jti))).scalars())


def waiting_in(tx: Tx, origin: str) -> list[tuple[str, str, bytes]]:
    """List (assertion, digest, sealed bytes) of what waits for the reader of a lane of ours, for audits."""
    columns = select(col(BindingRow.jti), col(BindingRow.sha256), col(BindingRow.sealed))
    rows = tx.execute(
        columns.join(AssertionRow, _OF_ITS_ASSERTION).where(col(AssertionRow.origin) == origin, *_waiting())
    )
    return [(jti, sha256, sealed or b"") for jti, sha256, sealed in rows]


def _waiting() -> tuple[ColumnElement[bool], ...]:
    return (
        col(BindingRow.confirmed_at).is_(None),
        col(BindingRow.ended_at).is_(None),
        col(BindingRow.sealed).is_not(None),
    )


def _live(now: Instant) -> tuple[ColumnElement[bool], ...]:
    return (col(AssertionRow.revoked_at).is_(None), col(AssertionRow.exp) > now)
