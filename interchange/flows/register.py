"""The register of our own keys beside our keyrings: what a new one brings, and what the next one is to list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from interchange.domain.keyring import KeyRecord, Role
from interchange.domain.stages import Stage, Verb, after
from interchange.errors import Reason, refuse
from interchange.store import keys, partners
from interchange.store.keys import OwnKey
from interchange.wire.keyring import parse_keyring

if TYPE_CHECKING:
    from interchange.domain.keyring import Keyring
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

_ENDED = (Stage.SUSPENDED, Stage.RETIRED, Stage.TAINTED, Stage.DESTROYED)


def check_no_wider(node: Node, tx: Tx, keyring: Keyring) -> None:
    """Refuse a keyring of ours that would let a key count for more than its stage says.

    A keyring stands for all that lanes told of keys before it. One that was drafted before a theft was known, and is
    published after it, must not lift the taint by accident; a suspended key is resumed first.

    Raises:
        Refusal: KEY_STAGE.
    """
    for own in keys.in_stage(tx, node.names.authority, *_ENDED):
        record, ended = keyring.key(own.record.kid), next_record(own)
        if record is None:
            continue
        if ended is None or record.sign_until > ended.sign_until or not _as_tainted(record, ended):
            raise refuse(Reason.KEY_STAGE, f"{own.stage.value}, which the keyring lists as if it were not: draft anew")


def _as_tainted(record: KeyRecord, own: KeyRecord) -> bool:
    if own.tainted_since is None:
        return True
    return record.tainted_since is not None and record.tainted_since <= own.tainted_since


def lay_in(node: Node, tx: Tx, number: int, listed_keys: tuple[KeyRecord, ...], now: Instant) -> None:
    """Take the keys of our new keyring into the register as it describes them, and let no use be without a key.

    Where the key that signed can sign no more under the new keyring, or there was none, the newest that can is active
    at once: nothing it could break is not broken already.
    """
    known = {key.record.kid: key for key in keys.everyone(tx, node.names.authority)}
    for record in listed_keys:
        own = known.get(record.kid)
        if own is None:
            keys.add(tx, OwnKey(record, Stage.LAID_IN, now, now, first_keyring=number))
        else:
            _relist(tx, own, record, number, now)
    for role, organ in dict.fromkeys((record.role, record.organ) for record in listed_keys):
        _fill(node, tx, role, organ, now)


def _relist(tx: Tx, own: OwnKey, record: KeyRecord, number: int, now: Instant) -> None:
    stage = after(own.stage, Verb.LAY_IN) if own.stage is Stage.DRAFTED else own.stage
    windows = {name: getattr(record, name) for name in ("sign_from", "sign_until", "verify_until", "tainted_since")}
    if record.tainted_since is not None and stage is not Stage.DESTROYED:
        stage = Stage.TAINTED
    first = own.first_keyring or number
    moved_at = now if stage is not own.stage else own.moved_at
    keys.move(tx, record.kid, stage, moved_at, first_keyring=first, **windows)


def _fill(node: Node, tx: Tx, role: Role, organ: str, now: Instant) -> None:
    keyring = node.keyring(tx, node.names.authority)

    def can_sign(key: OwnKey) -> bool:
        listed_as = keyring.key(key.record.kid)
        sound = listed_as is not None and listed_as.tainted_since is None and listed_as.signs_at(now)
        return sound and node.holds(key.record)

    of_use = keys.of_use(tx, node.names.authority, role, organ)
    active = [key for key in of_use if key.stage is Stage.ACTIVE]
    if any(can_sign(key) for key in active):
        return
    ready = [key for key in of_use if key.stage is Stage.LAID_IN and can_sign(key)]
    if ready:
        for key in active:
            keys.move(tx, key.record.kid, Stage.LAID_IN, now)
        keys.move(tx, ready[-1].record.kid, Stage.ACTIVE, now)


def known_since(node: Node, tx: Tx, kid: str) -> int | None:
    """Give the number of the keyring since which all of ours list a key and no lane has narrowed it; None if none does.

    Whoever has that keyring knows the key as it is now. An earlier one says less: a key that was suspended since is not
    believed by who heard of that, and stands in no JWK set of that time.
    """
    authority = node.names.authority
    since, lifted = None, keys.lifted_in(tx, authority, kid)
    for number in range(node.keyring(tx, authority).number, max(lifted, 1) - 1, -1):
        jws = partners.keyring(tx, authority, number)
        if jws is None or parse_keyring(jws)[0].key(kid) is None:
            break
        since = number
    return since


def next_record(key: OwnKey) -> KeyRecord | None:
    """Describe a key for the next keyring, or None if it is to list it no more.

    A suspended key is left out until it is resumed. One that signs no more stays for what it signed, and its window of
    signing ends where it ended.
    """
    if key.stage is Stage.SUSPENDED:
        return None
    if key.stage in {Stage.DRAFTED, Stage.LAID_IN, Stage.ACTIVE}:
        return key.record
    end = key.moved_at if key.ended_at is None else key.ended_at
    if key.first_keyring is None or key.record.sign_from > end:
        return None
    # What it signed in the second in which it ended was signed inside its window.
    return replace(key.record, sign_until=min(key.record.sign_until, end + 1))
