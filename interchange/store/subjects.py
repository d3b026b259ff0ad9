"""Subjects in the ledger: sealed bytes, and the keyed hashes by which they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import String, bindparam, delete, exists, func, insert, or_, select, update
from sqlmodel import col

from interchange.store.domestic import SubjectLookupRow, SubjectRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx


class SealedSubject(NamedTuple):
    """A subject as the ledger has it; `sealed` is None once the retention of the identity is over."""

    subject_id: str
    seal_number: int
    sealed: bytes | None


_FOUND = select(col(SubjectLookupRow.digest), col(SubjectLookupRow.subject_id)).where(
    col(SubjectLookupRow.digest).in_(bindparam("digests", expanding=True, type_=String()))
)
_SEALED = select(col(SubjectRow.subject_id), col(SubjectRow.seal_number), col(SubjectRow.sealed)).where(
    col(SubjectRow.subject_id).in_(bindparam("subjects", expanding=True, type_=String()))
)


def add(tx: Tx, subject: SealedSubject, lookups: Sequence[tuple[int, str]], now: Instant) -> None:
    """Record a person with the hashes (key number, digest) by which they are found."""
    tx.execute(
        insert(SubjectRow).values(
            subject_id=subject.subject_id, seal_number=subject.seal_number, sealed=subject.sealed, registered_at=now
        )
    )
    put_lookups(tx, subject.subject_id, lookups)


def put_sealed(tx: Tx, subject: SealedSubject) -> None:
    """Put other sealed bytes in the place of a subject's: changed papers, another key, or nothing."""
    where = col(SubjectRow.subject_id) == subject.subject_id
    tx.execute(update(SubjectRow).where(where).values(seal_number=subject.seal_number, sealed=subject.sealed))


def put_lookups(tx: Tx, subject_id: str, lookups: Sequence[tuple[int, str]]) -> None:
    """Put these hashes in the place of all that a subject was found by."""
    tx.execute(delete(SubjectLookupRow).where(col(SubjectLookupRow.subject_id) == subject_id))
    if lookups:
        rows = [{"digest": digest, "key_number": number, "subject_id": subject_id} for number, digest in lookups]
        tx.execute(insert(SubjectLookupRow), rows)


def found(tx: Tx, digests: Sequence[str]) -> dict[str, str]:
    """Find who is found by which of up to 500 hashes: digest → subject id."""
    return dict(tx.execute(_FOUND, {"digests": list(digests)}).all())


def sealed(tx: Tx, subject_ids: Sequence[str]) -> dict[str, SealedSubject]:
    """Read the sealed identities of up to 500 people."""
    return {row[0]: SealedSubject(*row) for row in tx.execute(_SEALED, {"subjects": list(subject_ids)})}


def get(tx: Tx, subject_id: str) -> SealedSubject | None:
    """Find one by its id, or None."""
    return sealed(tx, [subject_id]).get(subject_id)


def page(tx: Tx, *, after: str = "", limit: int = 100) -> list[SealedSubject]:
    """List subjects in the order of their ids, from the one after `after` on."""
    query = select(col(SubjectRow.subject_id), col(SubjectRow.seal_number), col(SubjectRow.sealed))
    query = query.where(col(SubjectRow.subject_id) > after).order_by(col(SubjectRow.subject_id)).limit(limit)
    return [SealedSubject(*row) for row in tx.execute(query)]


def under_older_keys(tx: Tx, sealing: int, looking: int, after: str, limit: int) -> list[SealedSubject]:
    """List those whose identity or look-up is under an older key than these, by their ids from the one after on."""
    looked_up = exists().where(
        col(SubjectLookupRow.subject_id) == col(SubjectRow.subject_id), col(SubjectLookupRow.key_number) < looking
    )
    query = select(col(SubjectRow.subject_id), col(SubjectRow.seal_number), col(SubjectRow.sealed)).where(
        col(SubjectRow.subject_id) > after,
        col(SubjectRow.sealed).is_not(None),
        or_(col(SubjectRow.seal_number) < sealing, looked_up),
    )
    return [SealedSubject(*row) for row in tx.execute(query.order_by(col(SubjectRow.subject_id)).limit(limit))]


def sealed_under(tx: Tx) -> dict[int, int]:
    """Count the identities under each sealing key that some are under: key number → how many."""
    kept = select(col(SubjectRow.seal_number), func.count()).where(col(SubjectRow.sealed).is_not(None))
    return dict(tx.execute(kept.group_by(col(SubjectRow.seal_number))).all())


def looked_up_under(tx: Tx) -> dict[int, int]:
    """Count the look-ups under each look-up key that some are under: key number → how many."""
    kept = select(col(SubjectLookupRow.key_number), func.count()).group_by(col(SubjectLookupRow.key_number))
    return dict(tx.execute(kept).all())
