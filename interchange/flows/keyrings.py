"""Keyrings: drafting our next one, publishing what the root keys have signed, narrowing a key at once."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interchange.crypto.ed25519 import verify
from interchange.crypto.keyring import check_keys
from interchange.domain.events import KeyRestricted, KeyringPublished, Restriction, narrower
from interchange.domain.keyring import KeyRecord, Keyring, Role, accept_keyring
from interchange.errors import Reason, Refusal, refuse
from interchange.flows import tell
from interchange.flows.approvals import Second
from interchange.flows.knowledge import withdrawn
from interchange.flows.perform import Act
from interchange.flows.tell import News
from interchange.store import partners, told
from interchange.store.places import Place
from interchange.wire.keyring import encode_keyring, keyring_digest, parse_keyring, payload_of

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """A keyring in JWS general JSON with the signatures of enough root keys."""

    jws: bytes


@dataclass(frozen=True, slots=True)
class RestrictRequest:
    """Which key of ours to narrow at once; only the next root-signed keyring lifts it.

    Attributes:
        kid: an `assert`, `status` or `binding` key of our present keyring.
        how: further than it is narrowed already.
        since: from when a thief may have had it; for a taint only.
    """

    kid: str
    how: Restriction
    since: Instant | None = None


@dataclass(frozen=True, slots=True)
class Restricted:
    """When a key was narrowed, and the leaves that tell it, one in the lane of each partner."""

    at: Instant
    places: tuple[Place, ...]


def draft(node: Node, *, days: int, now: Instant) -> bytes:
    """Draft the next keyring as a payload to be signed by root keys elsewhere; nothing is stored.

    The draft carries the present keys on with a new number and end. Keys that the lane has suspended or tainted are
    left out. Retired ones stay for what they signed, and their windows of signing end now.

    Args:
        node: the node, which has published at least one keyring.
        days: life of the new keyring.
        now: its first instant.
    """

    def look(tx: Tx) -> Keyring:
        ring = trusted(tx, node.keyring(tx, node.names.authority))
        ended = (_ended(key, now) if told.restriction(tx, key.authority, key.kid) else key for key in ring.keys)
        return replace(ring, keys=tuple(key for key in ended if key))

    current = node.ledger.read(look)
    return encode_keyring(replace(current, number=current.number + 1, issued=now, expires=now + days * 86_400))


def trusted(tx: Tx, ring: Keyring) -> Keyring:
    """Leave out of a keyring the keys that its party's lane has suspended or tainted since."""
    return replace(ring, keys=tuple(key for key in ring.keys if not withdrawn(tx, key)))


def _ended(key: KeyRecord, now: Instant) -> KeyRecord | None:
    """End a key's window of signing; one that has not begun is none."""
    return replace(key, sign_until=min(key.sign_until, now)) if key.sign_from < now else None


def check_own(current: Keyring | None, jws: bytes, authority: str, now: Instant) -> Keyring:
    """Believe our own next keyring: the update rule, our authority, sound keys, and not over already."""
    keyring, signatures = parse_keyring(jws)
    if keyring.authority != authority:
        raise refuse(Reason.KEYRING_PARTY)
    accept_keyring(current, keyring, signatures, verify)
    check_generation(current, keyring)
    check_keys(keyring)
    if now >= keyring.expires:
        raise refuse(Reason.KEYRING_EXPIRED)
    return keyring


def check_generation(current: Keyring | None, keyring: Keyring) -> None:
    """Refuse another generation of lanes: what was told in the present one could not be withdrawn in the next."""
    if current is not None and keyring.generation != current.generation:
        raise refuse(Reason.KEYRING_NUMBER, "generation")


def check_apart(node: Node, tx: Tx, keyring: Keyring) -> None:
    """Refuse a keyring that lists a key of another party: it would take that party's word from it here.

    Raises:
        Refusal: KEYRING_PARTY.
    """
    listed = set(keyring.public_keys)
    for authority in partners.keyring_numbers(tx):
        if authority != keyring.authority and not listed.isdisjoint(node.keyring(tx, authority).public_keys):
            raise refuse(Reason.KEYRING_PARTY, "a key is another party's")


_TWO = 2
"""Root keys of different people whose signatures are the two people's word."""


def _decide_publish(node: Node, tx: Tx, request: PublishRequest, now: Instant) -> tuple[bytes, Keyring, bool]:
    try:
        current = node.keyring(tx, node.names.authority)
    except Refusal as refusal:
        # A keyring that is there and cannot be read is no reason to begin anew with whatever root keys are offered.
        if refusal.reason is not Reason.KEYRING_MISSING:
            raise
        current = None
    # The keyring in use says how many people it takes to have the next one; before there is one, nobody is here.
    alone = current is not None and max(current.thresholds.values()) < _TWO
    return request.jws, check_own(current, request.jws, node.names.authority, now), alone


def _write_publish(node: Node, tx: Tx, decision: tuple[bytes, Keyring, bool], _prepared: None, now: Instant) -> str:
    jws, keyring, _ = decision
    digest = keyring_digest(payload_of(jws))
    partners.add_keyring(tx, keyring.authority, keyring.number, jws, digest, now)
    tell.open_lane(node, tx, tell.AUDIT)
    for partner in partners.everyone(tx):
        tell.open_lane(node, tx, partner.party)
        tell.tell(node, tx, partner.party, [News(KeyringPublished(keyring.number, digest))])
    return str(keyring.number)


_RESTRICTABLE = frozenset({Role.ASSERT, Role.STATUS, Role.BINDING})
"""Not `lane` and `witness`: a lane in which its own key is narrowed is believed by nobody, and could not say so."""


def _decide_restrict(node: Node, tx: Tx, request: RestrictRequest, now: Instant) -> KeyRestricted:
    key = node.keyring(tx, node.names.authority).key(request.kid)
    if key is None:
        raise refuse(Reason.NOT_KNOWN, "kid")
    if key.role not in _RESTRICTABLE:
        raise refuse(Reason.KEY_ROLE, "kid")
    known = told.restriction(tx, key.authority, key.kid)
    if known and narrower(known, request.how) is known:
        raise refuse(Reason.ALREADY_KNOWN, "kid")
    if request.since is not None and request.since > now:
        raise refuse(Reason.DATE_ABSURD, "tainted_since")
    if not partners.everyone(tx):
        raise refuse(Reason.PARTNER_UNKNOWN, "there is none to tell")
    return KeyRestricted(request.kid, request.how, request.since)


def _write_restrict(node: Node, tx: Tx, event: KeyRestricted, _prepared: None, now: Instant) -> str:
    places = [tell.tell(node, tx, partner.party, [News(event)]) for partner in partners.everyone(tx)]
    return json.dumps([now, sorted(places)])


def read_restricted(result: str) -> Restricted:
    """Read the result of a `RESTRICT`, as it was when the key was narrowed."""
    at, places = json.loads(result)
    return Restricted(at, tuple(Place(origin, n) for origin, n in places))


PUBLISH = Act(
    "publish_keyring",
    _decide_publish,
    _write_publish,
    second=Second(PublishRequest, needed=lambda _, decision: decision[2], role="key-admin"),
)
RESTRICT = Act("restrict_key", _decide_restrict, _write_restrict)
