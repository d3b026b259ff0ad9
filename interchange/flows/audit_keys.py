"""The register of our own keys under audit: held to what root keys have signed and to what lanes have told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.keyring import X25519
from interchange.domain.stages import Stage
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Refusal
from interchange.store import audits, keys, told
from interchange.wire.keyring import parse_keyring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interchange.domain.keyring import KeyRecord, Keyring
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.keys import OwnKey
    from interchange.store.ledger import Tx

_LISTED_AS = ("role", "organ", "alg", "public_key", "sign_from", "sign_until", "verify_until")
_FAMILY = ("EdDSA", "Ed25519")


def register_faults(node: Node, tx: Tx) -> Iterator[str]:
    """Hold each key to the keyrings that list it, and its stage to what lanes tell of it.

    When something was done with a key, and how much it signed, nobody else has recorded; nor which of two keys that
    everybody knows is the one that signs.
    """
    authority = node.names.authority
    rings = _readable(tx, authority)
    first: dict[str, int] = {}
    last: dict[str, KeyRecord] = {}
    for ring in rings:
        for record in ring.keys:
            first.setdefault(record.kid, ring.number)
            last[record.kid] = record
    own = {key.record.kid: key for key in keys.everyone(tx, authority)}
    since = {kid: told_as.since for kid, told_as in told.narrowings(tx, authority).items()}
    for kid, key in own.items():
        yield from (f"key {kid} {fault}" for fault in _key(tx, key, first.get(kid), last.get(kid), since))
    yield from (f"key {kid} is in a keyring and not in the register" for kid in last.keys() - own.keys())


def _readable(tx: Tx, authority: str) -> list[Keyring]:
    found = []
    for _, jws, _ in audits.keyrings(tx, authority):
        try:
            found.append(parse_keyring(jws)[0])
        except Refusal:
            continue
    return found


def _key(
    tx: Tx, key: OwnKey, first: int | None, listed: KeyRecord | None, told_since: dict[str, Instant | None]
) -> Iterator[str]:
    record, stage = key.record, key.stage
    if _named(record) not in {None, record.kid}:
        yield "has another name than its public half"
    if key.first_keyring != first:
        yield "is listed by another keyring first"
    if listed is None:
        return
    if any(getattr(record, name) != getattr(listed, name) for name in _LISTED_AS):
        yield "differs from the keyring that lists it"
    # One that is tainted since earlier than anybody was told, or that nobody could be told of, counts for less only.
    since = min((at for at in (listed.tainted_since, told_since.get(record.kid)) if at is not None), default=None)
    if since is not None and (record.tainted_since is None or record.tainted_since > since):
        yield "is tainted since earlier than the register says"
    narrowed = told.narrowing(tx, record.authority, record.kid)
    if stage is Stage.ACTIVE and (narrowed is not None or record.tainted_since is not None):
        yield "signs, though it was narrowed"
    if stage is Stage.DRAFTED:
        yield "is listed, though it is only drafted"


def _named(record: KeyRecord) -> str | None:
    """Name a key by its public half, or None for a kind whose name is made otherwise."""
    if record.alg == X25519:
        return thumbprint(record.public_key, "X25519")
    return thumbprint(record.public_key) if record.alg in _FAMILY else None
