"""Keyrings: drafting our next one, publishing what the root keys have signed, narrowing a key at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interchange.crypto.ed25519 import check_public_key, verify
from interchange.domain.events import KeyRestricted, KeyringPublished, Restriction
from interchange.domain.keyring import Keyring, accept_keyring
from interchange.errors import Reason, Refusal, refuse
from interchange.flows import tell
from interchange.flows.perform import Act
from interchange.flows.tell import News
from interchange.store import partners
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
    """Which key of ours to narrow at once; only the next root-signed keyring lifts it."""

    kid: str
    how: Restriction


def draft(node: Node, *, days: int, now: Instant) -> bytes:
    """Draft the next keyring as a payload to be signed by root keys elsewhere; nothing is stored.

    The draft carries the present keys on with a new number and end; keys that the lane has narrowed are left out.

    Args:
        node: the node, which has published at least one keyring.
        days: life of the new keyring.
        now: its first instant.
    """

    def look(tx: Tx) -> Keyring:
        return node.keyring(tx, node.names.authority)

    current = node.ledger.read(look)
    return encode_keyring(replace(current, number=current.number + 1, issued=now, expires=now + days * 86_400))


def check_own(current: Keyring | None, jws: bytes, authority: str, now: Instant) -> Keyring:
    """Believe our own next keyring: the update rule, our authority, sound keys, and not over already."""
    keyring, signatures = parse_keyring(jws)
    if keyring.authority != authority:
        raise refuse(Reason.KEYRING_PARTY)
    accept_keyring(current, keyring, signatures, verify)
    for public_key in keyring.public_keys:
        check_public_key(public_key)
    if now >= keyring.expires:
        raise refuse(Reason.KEYRING_EXPIRED)
    return keyring


def _decide_publish(node: Node, tx: Tx, request: PublishRequest, now: Instant) -> tuple[bytes, Keyring]:
    try:
        current = node.keyring(tx, node.names.authority)
    except Refusal:
        current = None
    return request.jws, check_own(current, request.jws, node.names.authority, now)


def _write_publish(node: Node, tx: Tx, decision: tuple[bytes, Keyring], _prepared: None, now: Instant) -> str:
    jws, keyring = decision
    digest = keyring_digest(payload_of(jws))
    partners.add_keyring(tx, keyring.authority, keyring.number, jws, digest, now)
    tell.open_lane(node, tx, tell.AUDIT)
    for partner in partners.everyone(tx):
        tell.open_lane(node, tx, partner.party)
        tell.tell(node, tx, partner.party, [News(KeyringPublished(keyring.number, digest))])
    return str(keyring.number)


def _decide_restrict(node: Node, tx: Tx, request: RestrictRequest, _now: Instant) -> KeyRestricted:
    if node.keyring(tx, node.names.authority).key(request.kid) is None:
        raise refuse(Reason.NOT_KNOWN, "kid")
    return KeyRestricted(request.kid, request.how)


def _write_restrict(node: Node, tx: Tx, event: KeyRestricted, _prepared: None, _now: Instant) -> str:
    for partner in partners.everyone(tx):
        tell.tell(node, tx, partner.party, [News(event)])
    return event.kid


PUBLISH = Act("publish_keyring", _decide_publish, _write_publish)
RESTRICT = Act("restrict_key", _decide_restrict, _write_restrict)
