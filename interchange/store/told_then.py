"""What a lane had told up to one of its sizes: the look-ups of `store.told`, as they were when it was that long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlmodel import col

from interchange.domain.events import Restriction, Scope
from interchange.domain.narrowing import joined, narrowed
from interchange.domain.verdict import Told
from interchange.store.tables import ToldHoldRow, ToldRestrictionRow, ToldRow

if TYPE_CHECKING:
    from interchange.domain.narrowing import Narrowing
    from interchange.store.ledger import Tx


def about(tx: Tx, authority: str, origin: str, size: int, *, jti: str, project: str, agreement: str) -> Told | None:
    """Look up what the first `size` leaves of a lane of `authority` tell of an assertion, its project and agreement."""
    row = tx.execute(
        select(col(ToldRow.sha256), col(ToldRow.revoked_n)).where(
            col(ToldRow.authority) == authority,
            col(ToldRow.jti) == jti,
            col(ToldRow.origin) == origin,
            col(ToldRow.n) < size,
        )
    ).first()
    if row is None:
        return None
    sha256, revoked_n = row
    held = tx.execute(
        select(col(ToldHoldRow.hold)).where(
            col(ToldHoldRow.authority) == authority,
            col(ToldHoldRow.of).in_([jti, project, agreement]),  # what the index is by
            col(ToldHoldRow.origin) == origin,
            col(ToldHoldRow.placed_n) < size,
            or_(col(ToldHoldRow.lifted_n).is_(None), col(ToldHoldRow.lifted_n) >= size),
            or_(
                (col(ToldHoldRow.scope) == Scope.ASSERTION.value) & (col(ToldHoldRow.of) == jti),
                (col(ToldHoldRow.scope) == Scope.PROJECT.value) & (col(ToldHoldRow.of) == project),
                (col(ToldHoldRow.scope) == Scope.AGREEMENT.value) & (col(ToldHoldRow.of) == agreement),
            ),
        )
    ).first()
    return Told(sha256, revoked=revoked_n is not None and revoked_n < size, held=held is not None)


def narrowing(tx: Tx, authority: str, origin: str, size: int, *, kid: str, keyring: int) -> Narrowing | None:
    """Read how the first `size` leaves of a lane narrow a key, where no keyring up to that number stands for it."""
    rows = tx.execute(
        select(col(ToldRestrictionRow.how), col(ToldRestrictionRow.since)).where(
            col(ToldRestrictionRow.authority) == authority,
            col(ToldRestrictionRow.kid) == kid,
            col(ToldRestrictionRow.origin) == origin,
            col(ToldRestrictionRow.n) < size,
            or_(col(ToldRestrictionRow.folded_in).is_(None), col(ToldRestrictionRow.folded_in) > keyring),
        )
    )
    return joined(narrowed(Restriction(how), since) for how, since in rows)
