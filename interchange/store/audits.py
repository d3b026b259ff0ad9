"""The ledger read through from end to end, for audits: row by row, never a whole table at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlmodel import col

from interchange.domain.projects import IssuedAssertion
from interchange.store.domestic import ClearanceRow
from interchange.store.tables import (
    AssertionRow,
    HoldRow,
    KeyringRow,
    LaneRow,
    LeafRow,
    NodeRow,
    PairwiseRow,
    ProjectPartnerRow,
    StatusSlotRow,
    ToldHoldRow,
    ToldRow,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Select

    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx

_AT_ONCE = 1000

_TOLD = select(
    col(ToldRow.origin),
    col(ToldRow.authority),
    col(ToldRow.jti),
    col(ToldRow.n),
    col(ToldRow.sha256),
    col(ToldRow.idx),
    col(ToldRow.revoked_n),
)
_TOLD_HOLDS = select(
    col(ToldHoldRow.origin),
    col(ToldHoldRow.authority),
    col(ToldHoldRow.hold),
    col(ToldHoldRow.scope),
    col(ToldHoldRow.of),
    col(ToldHoldRow.placed_n),
    col(ToldHoldRow.lifted_n),
)
_NODES = select(col(NodeRow.origin), col(NodeRow.level), col(NodeRow.idx), col(NodeRow.hash))


def told(tx: Tx) -> Iterator[tuple[str, str, str, int, str, int, int | None]]:
    """Read all told assertions: (lane, authority, id, leaf, digest, slot, leaf of the revocation)."""
    return _stream(tx, _TOLD)


def told_holds(tx: Tx) -> Iterator[tuple[str, str, str, str, str, int, int | None]]:
    """Read all told holds: (lane, authority, hold, scope, of, leaf, leaf of its lifting)."""
    return _stream(tx, _TOLD_HOLDS)


def nodes(tx: Tx) -> Iterator[tuple[str, int, int, bytes]]:
    """Read all subtree hashes: (lane, level, index, hash)."""
    return _stream(tx, _NODES)


class Kept(NamedTuple):
    """An assertion of ours beside all that must agree with it; what is not there is None.

    Attributes:
        issued: the row.
        expiry_reported_at: when its end was reported.
        told: (lane, leaf, digest, slot, revoked) of the lane.
        token: the JWS beside the leaf.
        reference: of the subject towards the partner.
        project: the project's reference towards the partner, and the agreement that it rests on.
        clearance: (subject, employer, organ) of the clearance.
    """

    issued: IssuedAssertion
    expiry_reported_at: Instant | None
    told: tuple[str, int, str, int, bool] | None
    token: bytes | None
    reference: str | None
    project: tuple[str, str] | None
    clearance: tuple[str, str, str] | None


_ISSUED = [getattr(AssertionRow, name) for name in IssuedAssertion.__slots__]


def assertions(tx: Tx, authority: str) -> Iterator[Kept]:
    """Read all assertions of `authority`, which is the home party, in the order of their ids."""
    query = (
        select(
            *_ISSUED,
            col(AssertionRow.expiry_reported_at),
            col(ToldRow.origin),
            col(ToldRow.n),
            col(ToldRow.sha256),
            col(ToldRow.idx),
            col(ToldRow.revoked_n),
            col(LeafRow.token),
            col(PairwiseRow.reference),
            col(ProjectPartnerRow.reference),
            col(ProjectPartnerRow.agreement),
            col(ClearanceRow.subject_id),
            col(ClearanceRow.employer_id),
            col(ClearanceRow.organ),
        )
        .outerjoin(ToldRow, and_(col(ToldRow.authority) == authority, col(ToldRow.jti) == col(AssertionRow.jti)))
        .outerjoin(LeafRow, and_(col(LeafRow.origin) == col(ToldRow.origin), col(LeafRow.n) == col(ToldRow.n)))
        .outerjoin(
            PairwiseRow,
            and_(
                col(PairwiseRow.subject_id) == col(AssertionRow.subject_id),
                col(PairwiseRow.party) == col(AssertionRow.party),
            ),
        )
        .outerjoin(
            ProjectPartnerRow,
            and_(
                col(ProjectPartnerRow.project_id) == col(AssertionRow.project_id),
                col(ProjectPartnerRow.party) == col(AssertionRow.party),
            ),
        )
        .outerjoin(ClearanceRow, col(ClearanceRow.clearance_id) == col(AssertionRow.clearance_id))
        .order_by(col(AssertionRow.jti))
    )
    width = len(_ISSUED)
    for row in _stream(tx, query):
        reported, origin, n, sha256, idx, revoked_n, token, reference, project, agreement, *clearance = row[width:]
        yield Kept(
            issued=IssuedAssertion(*row[:width]),
            expiry_reported_at=reported,
            told=None if origin is None else (origin, n, sha256, idx, revoked_n is not None),
            token=token,
            reference=reference,
            project=None if project is None else (project, agreement),
            clearance=None if clearance[0] is None else (clearance[0], clearance[1], clearance[2]),
        )


def untaken(tx: Tx, authority: str) -> Iterator[tuple[str, str]]:
    """Read (lane, id) of what `authority` told and has no row of an assertion."""
    query = select(col(ToldRow.origin), col(ToldRow.jti)).outerjoin(
        AssertionRow, col(AssertionRow.jti) == col(ToldRow.jti)
    )
    return _stream(tx, query.where(col(ToldRow.authority) == authority, col(AssertionRow.jti).is_(None)))


class KeptHold(NamedTuple):
    """A hold that we told beside our own behind it.

    Attributes:
        origin, hold, scope, of: as told.
        is_lifted: the lane has lifted it.
        own: (scope, what, whether it is closed) of our own; None if it is not there.
        subject_id, employer_id: of the assertion that it is told on; None if it is on none.
        project_id: of the project that it is told on; None if it is on none.
    """

    origin: str
    hold: str
    scope: str
    of: str
    is_lifted: bool
    own: tuple[str, str, bool] | None
    subject_id: str | None
    employer_id: str | None
    project_id: str | None


def own_holds(tx: Tx, authority: str) -> Iterator[KeptHold]:
    """Read all holds that `authority`, which is the home party, told."""
    query = (
        select(
            col(ToldHoldRow.origin),
            col(ToldHoldRow.hold),
            col(ToldHoldRow.scope),
            col(ToldHoldRow.of),
            col(ToldHoldRow.lifted_n),
            col(HoldRow.scope),
            col(HoldRow.ref),
            col(HoldRow.closed_at),
            col(AssertionRow.subject_id),
            col(AssertionRow.employer_id),
            col(ProjectPartnerRow.project_id),
        )
        .outerjoin(HoldRow, col(HoldRow.hold_id) == col(ToldHoldRow.hold_id))
        .outerjoin(AssertionRow, col(AssertionRow.jti) == col(ToldHoldRow.of))
        .outerjoin(ProjectPartnerRow, col(ProjectPartnerRow.reference) == col(ToldHoldRow.of))
        .join(LaneRow, col(LaneRow.origin) == col(ToldHoldRow.origin))
        .where(or_(col(ToldHoldRow.authority) == authority, col(LaneRow.issued).is_(True)))
    )
    for origin, hold, scope, of, lifted, own_scope, ref, closed, subject, employer, project in _stream(tx, query):
        own = None if own_scope is None else (own_scope, ref, closed is not None)
        yield KeptHold(origin, hold, scope, of, lifted is not None, own, subject, employer, project)


def count(tx: Tx) -> int:
    """Count our own assertions."""
    return int(tx.execute(select(func.count()).select_from(AssertionRow)).scalar_one())


def slots(tx: Tx) -> dict[tuple[str, int], tuple[int, int]]:
    """Count the taken slots of each status list, and the assertions that have one: (party, number) → both."""
    of_slots = (col(StatusSlotRow.party), col(StatusSlotRow.number))
    of_assertions = (col(AssertionRow.party), col(AssertionRow.list_number))
    taken = {(row[0], row[1]): row[2] for row in tx.execute(select(*of_slots, func.count()).group_by(*of_slots))}
    held = {
        (row[0], row[1]): row[2] for row in tx.execute(select(*of_assertions, func.count()).group_by(*of_assertions))
    }
    return {key: (taken.get(key, 0), held.get(key, 0)) for key in taken.keys() | held.keys()}


def origins(tx: Tx) -> list[str]:
    """List the lanes by name, also those whose heads cannot be read."""
    return list(tx.execute(select(col(LaneRow.origin)).order_by(col(LaneRow.origin))).scalars())


def leaves(tx: Tx, origin: str) -> Iterator[tuple[int, bytes, bytes | None]]:
    """Read all leaves of a lane in their order, also those beyond its size: (number, leaf, token)."""
    query = select(col(LeafRow.n), col(LeafRow.leaf), col(LeafRow.token))
    return _stream(tx, query.where(col(LeafRow.origin) == origin).order_by(col(LeafRow.n)))


def acknowledgement(tx: Tx, origin: str) -> str | None:
    """Read the line by which the follower of a lane acknowledged it last."""
    query = select(col(LaneRow.acknowledgement)).where(col(LaneRow.origin) == origin)
    return tx.execute(query).scalar_one_or_none()


def keyrings(tx: Tx, authority: str) -> list[tuple[int, bytes, str]]:
    """Read all keyrings of an authority, of which there are few: (number, JWS, recorded digest)."""
    query = select(col(KeyringRow.number), col(KeyringRow.jws), col(KeyringRow.sha256))
    rows = tx.execute(query.where(col(KeyringRow.authority) == authority).order_by(col(KeyringRow.number)))
    return [(number, jws, digest) for number, jws, digest in rows]


def _stream(tx: Tx, query: Select[*tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for row in tx.execute(query, execution_options={"yield_per": _AT_ONCE}):
        yield tuple(row)
