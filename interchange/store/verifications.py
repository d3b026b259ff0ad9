"""Who asked this node about which assertion, so that the person can be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import bindparam, exists, insert, literal, select, tuple_, update
from sqlmodel import col

from interchange.store.domestic import VerificationRow
from interchange.store.tables import AssertionRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


Key: TypeAlias = tuple[int, str, str, str]
"""What tells two entries apart: second, assertion, party, outcome."""


@dataclass(frozen=True, slots=True)
class Verification:
    """How often a party asked about an assertion within one second, and heard that.

    Attributes:
        at: the second.
        jti: the assertion.
        party: code of who asked.
        outcome: of the verdict.
        count: how often.
    """

    at: Instant
    jti: str
    party: str
    outcome: str
    count: int

    @property
    def key(self) -> Key:
        """What tells it from other entries."""
        return self.at, self.jti, self.party, self.outcome


FIRST: Key = (-1, "", "", "")
"""Before every entry."""

_KEYS = ("jti", "party", "at", "outcome")
_PLACES = {name: bindparam(f"of_{name}", type_=getattr(VerificationRow, name).type) for name in _KEYS}
_SAME = tuple(getattr(VerificationRow, name) == place for name, place in _PLACES.items())
_BEGIN = insert(VerificationRow).from_select(
    [*_KEYS, "count"], select(*_PLACES.values(), literal(0)).where(~exists().where(*_SAME))
)
_COUNT = update(VerificationRow).where(*_SAME).values(count=col(VerificationRow.count) + bindparam("more"))


def add(tx: Tx, entries: Sequence[Verification]) -> None:
    """Count entries to those of the same key that are there already: one second can be written more than once."""
    if entries:
        keys = [{f"of_{name}": getattr(entry, name) for name in _KEYS} for entry in entries]
        tx.execute(_BEGIN, keys)
        tx.execute(_COUNT, [key | {"more": entry.count} for key, entry in zip(keys, entries, strict=True)])


def of_subject(tx: Tx, subject_id: str, *, organ: str = "", after: Key = FIRST, limit: int = 100) -> list[Verification]:
    """List who asked about a person's assertions in the order of time, from the one after `after` on.

    Args:
        tx: an open transaction.
        subject_id: the person.
        organ: only about assertions that this organ signed, by its name; empty for all.
        after: key of the last entry that is known.
        limit: most entries.
    """
    at, jti, party, outcome = (
        col(VerificationRow.at),
        col(VerificationRow.jti),
        col(VerificationRow.party),
        col(VerificationRow.outcome),
    )
    where = [col(AssertionRow.subject_id) == subject_id, tuple_(at, jti, party, outcome) > tuple_(*map(literal, after))]
    where += [col(AssertionRow.organ) == organ] if organ else []
    query = select(at, jti, party, outcome, col(VerificationRow.count)).join(AssertionRow, col(AssertionRow.jti) == jti)
    rows = tx.execute(query.where(*where).order_by(at, jti, party, outcome).limit(limit))
    return [Verification(*row) for row in rows]
