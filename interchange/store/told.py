"""What lanes have told, as look-ups: the one projection that node and follower answer verdicts from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, or_, select, update
from sqlmodel import col

from interchange.domain.events import (
    AssertionIssued,
    BindingEnded,
    BindingSent,
    HoldLifted,
    HoldPlaced,
    KeyRestricted,
    KeyringPublished,
    Restriction,
    Revoked,
    Scope,
)
from interchange.domain.narrowing import joined, narrowed
from interchange.domain.verdict import Told
from interchange.errors import Reason, refuse
from interchange.store import told_bindings
from interchange.store.tables import KeyringRow, LaneRow, ToldHoldRow, ToldKeyringRow, ToldRestrictionRow, ToldRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from interchange.domain.events import Event
    from interchange.domain.narrowing import Narrowing
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx

# A restriction stands in the lane of every partner in the same words.
_NARROWED = select(col(ToldRestrictionRow.kid), col(ToldRestrictionRow.how), col(ToldRestrictionRow.since)).distinct()


def record(tx: Tx, authority: str, origin: str, n: int, event: Event, hold_id: str | None = None) -> None:
    """Apply leaf `n` of a lane of `authority` to the projection; events that concern no look-up change nothing.

    Where the lane tells the newest accepted keyring for the first time, that keyring stands for the restrictions told
    before. Nothing else lifts them, or a stolen lane key could.

    Args:
        tx: an open write transaction.
        authority: whose lane it is.
        origin: the lane.
        n: number of the leaf.
        event: what it says.
        hold_id: our own hold behind a `HoldPlaced`, if it is ours.

    Raises:
        Refusal: LEAF_FORM if the event tells anew what was told, or ends what this lane never told or ended before.
    """
    match event:
        case AssertionIssued(jti, idx, sha256):
            if tx.execute(select(col(ToldRow.n)).where(*_told(authority, jti))).first():
                raise refuse(Reason.LEAF_FORM, "jti told twice")
            values = {"jti": jti, "sha256": sha256, "idx": idx}
            tx.execute(insert(ToldRow).values(authority=authority, origin=origin, n=n, **values))
        case Revoked(jti):
            done = tx.execute(
                update(ToldRow)
                .where(*_told(authority, jti), col(ToldRow.origin) == origin, col(ToldRow.revoked_n).is_(None))
                .values(revoked_n=n)
            )
            _require(done.rowcount, "revoked")
        case HoldPlaced(hold, scope, of):
            if tx.execute(select(col(ToldHoldRow.placed_n)).where(*_hold(authority, hold))).first():
                raise refuse(Reason.LEAF_FORM, "hold placed twice")
            values = {"hold": hold, "scope": scope.value, "of": of, "hold_id": hold_id}
            tx.execute(insert(ToldHoldRow).values(authority=authority, origin=origin, placed_n=n, **values))
        case HoldLifted(hold):
            done = tx.execute(
                update(ToldHoldRow)
                .where(*_hold(authority, hold), col(ToldHoldRow.origin) == origin, col(ToldHoldRow.lifted_n).is_(None))
                .values(lifted_n=n)
            )
            _require(done.rowcount, "hold")
        case KeyRestricted(kid, how, since):
            values = {"kid": kid, "how": how.value, "since": since}
            tx.execute(insert(ToldRestrictionRow).values(authority=authority, origin=origin, n=n, **values))
        case KeyringPublished(number):
            if number == _newest_keyring(tx, authority) and not told_keyring(tx, authority, number):
                tx.execute(insert(ToldKeyringRow).values(authority=authority, number=number))
                tx.execute(update(ToldRestrictionRow).where(*_unfolded(authority)).values(folded_in=number))
        case BindingSent(jti, sha256):
            told_bindings.record_sent(tx, authority, origin, jti, sha256)
        case BindingEnded(jti):
            told_bindings.record_ended(tx, authority, origin, jti)
        case _:
            return


def record_issued(tx: Tx, authority: str, origin: str, issued: Sequence[tuple[int, AssertionIssued]]) -> None:
    """Apply many leaves (number, event) that tell assertions as `record` does each, in two statements.

    Args:
        tx: an open write transaction.
        authority: whose lane it is.
        origin: the lane.
        issued: at most 500, each of another id.

    Raises:
        Refusal: LEAF_FORM if one of them was told before.
    """
    jtis = [event.jti for _, event in issued]
    known = select(col(ToldRow.n)).where(col(ToldRow.authority) == authority, col(ToldRow.jti).in_(jtis))
    if tx.execute(known).first():
        raise refuse(Reason.LEAF_FORM, "jti told twice")
    same = {"authority": authority, "origin": origin}
    tx.execute(
        insert(ToldRow),
        [same | {"n": n, "jti": event.jti, "sha256": event.sha256, "idx": event.idx} for n, event in issued],
    )


def record_revoked(tx: Tx, authority: str, origin: str, revoked: Sequence[tuple[int, Revoked]]) -> None:
    """Apply many leaves (number, event) that tell revocations as `record` does each, in one statement.

    Args:
        tx: an open write transaction.
        authority: whose lane it is.
        origin: the lane.
        revoked: the leaves, at least one.

    Raises:
        Refusal: LEAF_FORM if one of them ends what this lane never told or ended before.
    """
    live = (col(ToldRow.origin) == origin, col(ToldRow.revoked_n).is_(None))
    ended = update(ToldRow).where(col(ToldRow.authority) == authority, col(ToldRow.jti) == bindparam("ended"), *live)
    rows = [{"ended": event.jti, "at_leaf": n} for n, event in revoked]
    _require(tx.execute(ended.values(revoked_n=bindparam("at_leaf")), rows).rowcount, "revoked", len(rows))


def about(tx: Tx, authority: str, jti: str, project: str, agreement: str) -> Told | None:
    """Look up what the lane of `authority` told of an assertion, its project and its agreement."""
    row = tx.execute(select(col(ToldRow.sha256), col(ToldRow.revoked_n)).where(*_told(authority, jti))).first()
    if row is None:
        return None
    held = tx.execute(
        select(col(ToldHoldRow.hold)).where(
            col(ToldHoldRow.authority) == authority,
            col(ToldHoldRow.lifted_n).is_(None),
            col(ToldHoldRow.of).in_([jti, project, agreement]),  # what the index is by
            or_(
                (col(ToldHoldRow.scope) == Scope.ASSERTION.value) & (col(ToldHoldRow.of) == jti),
                (col(ToldHoldRow.scope) == Scope.PROJECT.value) & (col(ToldHoldRow.of) == project),
                (col(ToldHoldRow.scope) == Scope.AGREEMENT.value) & (col(ToldHoldRow.of) == agreement),
            ),
        )
    ).first()
    return Told(sha256=row[0], revoked=row[1] is not None, held=held is not None)


def open_holds_behind(tx: Tx, hold_id: str) -> list[tuple[str, str]]:
    """List (partner, told hold) of what was told because of our hold `hold_id` and is not lifted."""
    rows = tx.execute(
        select(col(LaneRow.party), col(ToldHoldRow.hold))
        .join(LaneRow, col(LaneRow.origin) == col(ToldHoldRow.origin))
        .where(col(ToldHoldRow.hold_id) == hold_id, col(ToldHoldRow.lifted_n).is_(None))
        .order_by(col(LaneRow.party), col(ToldHoldRow.placed_n))
    )
    return [(party, hold) for party, hold in rows]


def narrowing(tx: Tx, authority: str, kid: str) -> Narrowing | None:
    """Read how the lanes of `authority` have narrowed a key since the keyring that they told last, or None."""
    rows = tx.execute(_NARROWED.where(*_unfolded(authority), col(ToldRestrictionRow.kid) == kid))
    return joined(narrowed(Restriction(how), since) for _, how, since in rows)


def narrowings(tx: Tx, authority: str) -> dict[str, Narrowing]:
    """Read all keys that the lanes of `authority` have narrowed since the keyring that they told last: kid → how."""
    found: dict[str, Narrowing] = {}
    for kid, how, since in tx.execute(_NARROWED.where(*_unfolded(authority)).order_by(col(ToldRestrictionRow.kid))):
        further = narrowed(Restriction(how), since)
        found[kid] = joined([found.get(kid), further]) or further
    return found


def told_keyring(tx: Tx, authority: str, number: int) -> bool:
    """Tell whether a lane of `authority` has told its keyring of that number, when it was the newest."""
    where = (col(ToldKeyringRow.authority) == authority, col(ToldKeyringRow.number) == number)
    return tx.execute(select(col(ToldKeyringRow.number)).where(*where)).first() is not None


def _newest_keyring(tx: Tx, authority: str) -> int | None:
    newest = select(func.max(col(KeyringRow.number))).where(col(KeyringRow.authority) == authority)
    return tx.execute(newest).scalar_one()


def _told(authority: str, jti: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(ToldRow.authority) == authority, col(ToldRow.jti) == jti


def _hold(authority: str, hold: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(ToldHoldRow.authority) == authority, col(ToldHoldRow.hold) == hold


def _unfolded(authority: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(ToldRestrictionRow.authority) == authority, col(ToldRestrictionRow.folded_in).is_(None)


def _require(rowcount: int, what: str, expected: int = 1) -> None:
    if rowcount != expected:
        raise refuse(Reason.LEAF_FORM, f"{what} names nothing that is open")


def issued_in(tx: Tx, origin: str) -> list[tuple[str, int, str, bool]]:
    """List (jti, n, digest, revoked) of all that a lane told, for audits."""
    rows = tx.execute(
        select(col(ToldRow.jti), col(ToldRow.n), col(ToldRow.sha256), col(ToldRow.revoked_n)).where(
            col(ToldRow.origin) == origin
        )
    )
    return [(jti, n, sha256, revoked is not None) for jti, n, sha256, revoked in rows]


def holds_in(tx: Tx, origin: str) -> dict[str, bool]:
    """Read every hold that a lane told, and whether it is open, for audits."""
    rows = tx.execute(select(col(ToldHoldRow.hold), col(ToldHoldRow.lifted_n)).where(col(ToldHoldRow.origin) == origin))
    return {hold: lifted is None for hold, lifted in rows}


def holds_on(tx: Tx, origin: str) -> dict[str, tuple[str, str, str | None]]:
    """Read of every hold that a lane told its scope, what it is on, and our own hold behind it, for audits."""
    rows = tx.execute(
        select(col(ToldHoldRow.hold), col(ToldHoldRow.scope), col(ToldHoldRow.of), col(ToldHoldRow.hold_id)).where(
            col(ToldHoldRow.origin) == origin
        )
    )
    return {hold: (scope, of, hold_id) for hold, scope, of, hold_id in rows}


def restrictions_in(tx: Tx, origin: str) -> list[tuple[int, tuple[str, Restriction, Instant | None], int | None]]:
    """List what a lane told of keys: (leaf, (key, how, since), the keyring that stands for it since, if one does)."""
    rows = tx.execute(
        select(
            col(ToldRestrictionRow.n),
            col(ToldRestrictionRow.kid),
            col(ToldRestrictionRow.how),
            col(ToldRestrictionRow.since),
            col(ToldRestrictionRow.folded_in),
        )
        .where(col(ToldRestrictionRow.origin) == origin)
        .order_by(col(ToldRestrictionRow.n))
    )
    return [(n, (kid, Restriction(how), since), folded_in) for n, kid, how, since, folded_in in rows]


def place_of(tx: Tx, authority: str, jti: str) -> tuple[str, int, bool] | None:
    """Read (origin, n, revoked) of an assertion as it was told, or None."""
    row = tx.execute(
        select(col(ToldRow.origin), col(ToldRow.n), col(ToldRow.revoked_n)).where(*_told(authority, jti))
    ).first()
    return None if row is None else (row[0], row[1], row[2] is not None)
