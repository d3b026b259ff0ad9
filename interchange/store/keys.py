"""The register of our own keys, and which partners have seen which keyring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, insert, select, update
from sqlmodel import col

from interchange.domain.keyring import KeyRecord, Role
from interchange.domain.stages import Stage
from interchange.store.custody import KeyringLeafRow, KeyRow, WarningRow
from interchange.store.tables import LaneRow, PartnerRow, ToldRestrictionRow

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.store.ledger import Tx

_COLUMNS = [
    col(getattr(KeyRow, name))
    for name in (
        "kid",
        "role",
        "alg",
        "public_key",
        "organ",
        "sign_from",
        "sign_until",
        "verify_until",
        "tainted_since",
        "stage",
        "made_at",
        "moved_at",
        "ended_at",
        "first_keyring",
        "signatures",
    )
]


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key of ours as we know it.

    Attributes:
        record: as the next keyring would describe it, but for what its stage changes.
        stage: how far it has come.
        made_at, moved_at: when it was made, and when it came to its stage.
        ended_at: when it was retired, suspended or tainted, from which on it signs nothing; None before.
        first_keyring: number of the first keyring of ours that lists it; None before.
        signatures: how many it has made, but for those of the last seconds.
    """

    record: KeyRecord
    stage: Stage
    made_at: Instant
    moved_at: Instant
    ended_at: Instant | None = None
    first_keyring: int | None = None
    signatures: int = 0


class Sight(NamedTuple):
    """How far a partner follows us: the newest keyring of ours that it acknowledged, and when it last spoke.

    `keyring` is 0 before the first, `at` None before the first acknowledgement.
    """

    party: str
    keyring: int
    at: Instant | None


def add(tx: Tx, key: OwnKey) -> None:
    """Enter a key."""
    record = key.record
    values = {name: getattr(record, name) for name in KeyRecord.__slots__ if name != "authority"}
    values |= {name: getattr(key, name) for name in OwnKey.__slots__ if name not in {"record", "stage"}}
    tx.execute(insert(KeyRow).values(values | {"role": record.role.value, "stage": key.stage.value}))


def get(tx: Tx, authority: str, kid: str) -> OwnKey | None:
    """Find one by its thumbprint, or None; `authority` is our own name, which the register does not repeat."""
    return next(iter(_read(tx, authority, col(KeyRow.kid) == kid)), None)


def everyone(tx: Tx, authority: str) -> list[OwnKey]:
    """List all, those of one use together, the oldest first."""
    return _read(tx, authority)


def of_use(tx: Tx, authority: str, role: Role, organ: str) -> list[OwnKey]:
    """List all keys of one role, of an organ's where it has organs."""
    return _read(tx, authority, col(KeyRow.role) == role.value, col(KeyRow.organ) == organ)


def in_stage(tx: Tx, authority: str, *stages: Stage) -> list[OwnKey]:
    """List all keys that have come to one of these stages and no further."""
    return _read(tx, authority, col(KeyRow.stage).in_([stage.value for stage in stages]))


_ACTIVE = select(col(KeyRow.kid)).where(col(KeyRow.stage) == Stage.ACTIVE.value)


def active(tx: Tx, role: Role, organ: str) -> str | None:
    """Name the one key of a use that signs, or None."""
    of = (col(KeyRow.role) == role.value, col(KeyRow.organ) == organ)
    return tx.execute(_ACTIVE.where(*of)).scalar_one_or_none()


def move(tx: Tx, kid: str, stage: Stage, now: Instant, **changes: Any) -> None:  # noqa: ANN401
    """Bring a key to a stage, and change other columns of it beside."""
    values = {"stage": stage.value, "moved_at": now} | changes
    tx.execute(update(KeyRow).where(col(KeyRow.kid) == kid).values(values))


def count(tx: Tx, kid: str, signatures: int) -> None:
    """Add signatures that a key has made."""
    counted = col(KeyRow.signatures) + signatures
    tx.execute(update(KeyRow).where(col(KeyRow.kid) == kid).values(signatures=counted))


def _read(tx: Tx, authority: str, *where: Any) -> list[OwnKey]:  # noqa: ANN401
    order = (col(KeyRow.role), col(KeyRow.organ), col(KeyRow.sign_from), col(KeyRow.made_at), col(KeyRow.kid))
    return [_own(row, authority) for row in tx.execute(select(*_COLUMNS).where(*where).order_by(*order))]


def _own(row: Any, authority: str) -> OwnKey:  # noqa: ANN401
    record = KeyRecord(
        kid=row.kid,
        role=Role(row.role),
        alg=row.alg,
        public_key=row.public_key,
        authority=authority,
        organ=row.organ,
        sign_from=row.sign_from,
        sign_until=row.sign_until,
        verify_until=row.verify_until,
        tainted_since=row.tainted_since,
    )
    stage, ended = Stage(row.stage), row.ended_at
    return OwnKey(record, stage, row.made_at, row.moved_at, ended, row.first_keyring, row.signatures)


def record_leaf(tx: Tx, origin: str, number: int, n: int) -> None:
    """Note that leaf `n` of a lane of ours tells our keyring of that number."""
    tx.execute(insert(KeyringLeafRow).values(origin=origin, number=number, n=n))


def leaves_in(tx: Tx, origin: str) -> dict[int, int]:
    """Read which leaves of a lane of ours tell keyrings: number of the keyring → number of the leaf, for audits."""
    where = col(KeyringLeafRow.origin) == origin
    return dict(tx.execute(select(col(KeyringLeafRow.number), col(KeyringLeafRow.n)).where(where)).all())


def sights(tx: Tx) -> list[Sight]:
    """List by code how far each admitted partner has seen our keyrings."""
    seen = (
        select(col(KeyringLeafRow.origin), func.max(col(KeyringLeafRow.number)).label("number"))
        .join(LaneRow, col(LaneRow.origin) == col(KeyringLeafRow.origin))
        .where(col(KeyringLeafRow.n) < col(LaneRow.acknowledged_size))
        .group_by(col(KeyringLeafRow.origin))
        .subquery()
    )
    rows = tx.execute(
        select(col(PartnerRow.party), seen.c.number, col(LaneRow.acknowledged_at))
        .join(LaneRow, (col(LaneRow.party) == col(PartnerRow.party)) & col(LaneRow.issued))
        .outerjoin(seen, seen.c.origin == col(LaneRow.origin))
        .order_by(col(PartnerRow.party))
    )
    return [Sight(party, number or 0, at) for party, number, at in rows]


def lifted_in(tx: Tx, authority: str, kid: str) -> int:
    """Give the number of the last keyring that stood for what lanes had narrowed of a key, or 0."""
    where = (col(ToldRestrictionRow.authority) == authority, col(ToldRestrictionRow.kid) == kid)
    return tx.execute(select(func.max(col(ToldRestrictionRow.folded_in))).where(*where)).scalar_one() or 0


def warned(tx: Tx, ref: str, ends_at: Instant) -> set[int]:
    """Read how many days before its end was warned of something."""
    where = (col(WarningRow.ref) == ref, col(WarningRow.ends_at) == ends_at)
    return set(tx.execute(select(col(WarningRow.days)).where(*where)).scalars())


def add_warning(tx: Tx, ref: str, ends_at: Instant, days: int, now: Instant) -> None:
    """Note that a warning was given."""
    tx.execute(insert(WarningRow).values(ref=ref, ends_at=ends_at, days=days, at=now))
