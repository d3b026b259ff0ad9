"""Assertions that took the place of others whose key a thief may have, and those that still wait for it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import String, bindparam, case, exists, false, func, insert, or_, select, update
from sqlmodel import Field, col

from interchange.domain.events import Scope
from interchange.domain.projects import IssuedAssertion
from interchange.store.custody import KeyRow
from interchange.store.domestic import ParticipantRow
from interchange.store.schema import Row
from interchange.store.tables import AssertionRow, ToldHoldRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


class ReissueRow(Row, table=True):
    """An assertion and the one that took its place; there is one at most, and it takes the place of one alone."""

    __tablename__ = "reissues"
    jti: str = Field(primary_key=True, foreign_key="assertions.jti")
    reissued_as: str = Field(unique=True, foreign_key="assertions.jti")


class Standing(NamedTuple):
    """What live assertions a person has: one in the way of another, and one that another may take the place of."""

    in_the_way: Mapping[str, str]
    replaceable: Mapping[str, str]


class Affected(NamedTuple):
    """A live assertion of a key that a thief may have.

    Attributes:
        issued: the row.
        held: a hold was told on this very assertion.
        reissued_as: what took its place, or None.
        from_day, until_day: days of taking part, if somebody was enrolled by it.
    """

    issued: IssuedAssertion
    held: bool
    reissued_as: str | None
    from_day: date | None
    until_day: date | None


class Progress(NamedTuple):
    """How far it is: of the live assertions of a key, how many were proved, and for how many there is another."""

    live: int
    proved: int
    reissued: int


_HELD = exists().where(
    col(ToldHoldRow.authority) == bindparam("authority", type_=String()),
    col(ToldHoldRow.lifted_n).is_(None),
    col(ToldHoldRow.scope) == Scope.ASSERTION.value,
    col(ToldHoldRow.of) == col(AssertionRow.jti),
)
_TAINTED = exists().where(col(KeyRow.kid) == col(AssertionRow.kid), col(KeyRow.tainted_since).is_not(None))
_REPLACED = exists().where(col(ReissueRow.jti) == col(AssertionRow.jti))
_LIVE = (col(AssertionRow.revoked_at).is_(None), col(AssertionRow.exp) > bindparam("now"))

_STANDING = select(
    col(AssertionRow.subject_id),
    col(AssertionRow.jti),
    case((_TAINTED & ~_HELD, case((_REPLACED, 2), else_=1)), else_=0),
).where(
    col(AssertionRow.subject_id).in_(bindparam("subjects", expanding=True)),
    col(AssertionRow.project_id) == bindparam("project_id"),
    col(AssertionRow.party) == bindparam("party"),
    *_LIVE,
)
_ISSUED = [getattr(AssertionRow, name) for name in IssuedAssertion.__slots__]
_AFFECTED = (
    select(*_ISSUED, _HELD, col(ReissueRow.reissued_as), col(ParticipantRow.from_day), col(ParticipantRow.until_day))
    .outerjoin(ReissueRow, col(ReissueRow.jti) == col(AssertionRow.jti))
    .outerjoin(
        ParticipantRow, (col(ParticipantRow.jti) == col(AssertionRow.jti)) & col(ParticipantRow.ended_at).is_(None)
    )
    .where(col(AssertionRow.kid) == bindparam("kid"), *_LIVE)
)


def standing(tx: Tx, authority: str, subject_ids: Sequence[str], project_id: str, party: str, now: Instant) -> Standing:
    """Find the live assertions of up to 500 people for a project towards a party: subject id → id, by one statement.

    What a tainted key signed is no reason to refuse another, unless a hold is on it: that would be got round.

    Args:
        tx: an open transaction.
        authority: the home party's, whose lanes tell of holds.
        subject_ids: the people.
        project_id: the project.
        party: the partner's code.
        now: the instant of the question.
    """
    asked = {"authority": authority, "subjects": list(subject_ids), "project_id": project_id, "party": party}
    found: tuple[dict[str, str], ...] = ({}, {}, {})
    for subject_id, jti, which in tx.execute(_STANDING, {**asked, "now": now}):
        found[which][subject_id] = jti
    return Standing(found[0], found[1])


def link(tx: Tx, pairs: Mapping[str, str]) -> None:
    """Record what took the place of what, old id → new id, also for those who take part by the old one."""
    if not pairs:
        return
    tx.execute(insert(ReissueRow), [{"jti": old, "reissued_as": new} for old, new in pairs.items()])
    taking_part = update(ParticipantRow).where(
        col(ParticipantRow.jti) == bindparam("old"), col(ParticipantRow.ended_at).is_(None)
    )
    tx.execute(taking_part.values(jti=bindparam("new")), [{"old": old, "new": new} for old, new in pairs.items()])


def with_twins(tx: Tx, jtis: Iterable[str]) -> set[str]:
    """Add to some assertions all that took their place, and all whose place they took."""
    known = set(jtis)
    further = known
    while further:
        rows = tx.execute(
            select(col(ReissueRow.jti), col(ReissueRow.reissued_as)).where(
                or_(col(ReissueRow.jti).in_(further), col(ReissueRow.reissued_as).in_(further))
            )
        )
        further = {jti for row in rows for jti in row} - known
        known |= further
    return known


def page(tx: Tx, authority: str, kid: str, now: Instant, *, after: str = "", limit: int = 100) -> list[Affected]:
    """List the live assertions of a key in the order of their ids, from the one after `after` on."""
    query = _AFFECTED.where(col(AssertionRow.jti) > after).order_by(col(AssertionRow.jti)).limit(limit)
    return [_affected(row) for row in tx.execute(query, {"authority": authority, "kid": kid, "now": now})]


def due(
    tx: Tx,
    authority: str,
    kid: str,
    sizes: Mapping[str, int],
    now: Instant,
    *,
    among: Sequence[str] | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Affected]:
    """List as `page` those that a witness had in time, and that nothing took the place of yet.

    Args:
        tx: an open transaction.
        authority: the home party's.
        kid: the key.
        sizes: lane → how many of its leaves had been cosigned in time.
        now: the instant of the question.
        among: ids to choose from, up to 500; None for all.
        after: id of the last one of the group before; empty for the first.
        limit: how many at most.
    """
    chosen = [] if among is None else [col(AssertionRow.jti).in_(among)]
    query = _AFFECTED.where(_proved(sizes), col(ReissueRow.jti).is_(None), col(AssertionRow.jti) > after, *chosen)
    rows = tx.execute(
        query.order_by(col(AssertionRow.jti)).limit(limit), {"authority": authority, "kid": kid, "now": now}
    )
    return [_affected(row) for row in rows]


def origins(tx: Tx, kid: str) -> list[str]:
    """List the lanes that tell assertions of a key."""
    return list(tx.execute(select(col(AssertionRow.origin)).where(col(AssertionRow.kid) == kid).distinct()).scalars())


def progress(tx: Tx, kid: str, sizes: Mapping[str, int], now: Instant) -> Progress:
    """Count the live assertions of a key; arguments as `due`."""
    proved = case((_proved(sizes), 1), else_=0)
    replaced = case((_REPLACED, 1), else_=0)
    query = select(func.count(), func.sum(proved), func.sum(proved * replaced)).select_from(AssertionRow)
    live, of_those, reissued = tx.execute(query.where(col(AssertionRow.kid) == kid, *_LIVE), {"now": now}).one()
    return Progress(live, of_those or 0, reissued or 0)


def pairs(tx: Tx) -> list[tuple[IssuedAssertion, IssuedAssertion]]:
    """List all that took the place of another, for audits: (the old one, the new one)."""
    rows = tx.execute(select(col(ReissueRow.jti), col(ReissueRow.reissued_as)).order_by(col(ReissueRow.jti))).all()
    jtis = {jti for row in rows for jti in row}
    found: dict[str, IssuedAssertion] = {}
    listed = sorted(jtis)
    for first in range(0, len(listed), 500):
        some = select(*_ISSUED).where(col(AssertionRow.jti).in_(listed[first : first + 500]))
        found |= {row[0]: IssuedAssertion(*row) for row in tx.execute(some)}
    return [(found[old], found[new]) for old, new in rows if old in found and new in found]


def _proved(sizes: Mapping[str, int]) -> ColumnElement[bool]:
    lanes = [(col(AssertionRow.origin) == origin) & (col(AssertionRow.n) < size) for origin, size in sizes.items()]
    return or_(false(), *lanes)


def _affected(row: Any) -> Affected:  # noqa: ANN401 - a row of any statement
    width = len(_ISSUED)
    held, reissued_as, from_day, until_day = row[width:]
    return Affected(IssuedAssertion(*row[:width]), bool(held), reissued_as, _day(from_day), _day(until_day))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
