"""Keyrings: drafting our next one, publishing what the root keys have signed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interchange.crypto.both import BOTH
from interchange.crypto.keyring import check_keys
from interchange.domain.events import KeyringPublished
from interchange.domain.keyring import Keyring, accept_keyring
from interchange.errors import Reason, Refusal, refuse
from interchange.flows import tell
from interchange.flows.approvals import Second
from interchange.flows.collect import ready
from interchange.flows.knowledge import withdrawn
from interchange.flows.perform import Act
from interchange.flows.register import check_no_wider, lay_in, next_record
from interchange.flows.tell import News
from interchange.store import keys, partners
from interchange.store.archive import forget
from interchange.wire.keyring import encode_keyring, keyring_digest, parse_keyring, payload_of

if TYPE_CHECKING:
    from interchange.domain.keyring import KeyRecord
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """A keyring in JWS general JSON with the signatures of enough root keys; empty for the one that was collected."""

    jws: bytes


def draft(node: Node, *, days: int, now: Instant) -> bytes:
    """Draft the next keyring as a payload to be signed by root keys elsewhere; nothing is stored.

    The draft carries the present keys on with a new number and end, and lists those that were drafted since. What
    becomes of keys that sign no more, `register.next_record` says.

    Args:
        node: the node, which has published at least one keyring.
        days: life of the new keyring.
        now: its first instant.
    """

    def look(tx: Tx) -> tuple[Keyring, tuple[KeyRecord, ...]]:
        current, own = node.keyring(tx, node.names.authority), keys.everyone(tx, node.names.authority)
        order = {key.kid: place for place, key in enumerate(current.keys)}
        described = [next_record(key) for key in sorted(own, key=lambda each: order.get(each.record.kid, len(order)))]
        return current, tuple(key for key in described if key is not None and key.verify_until > now)

    current, listed = node.ledger.read(look)
    following = replace(current, number=current.number + 1, issued=now, expires=now + days * 86_400, keys=listed)
    return encode_keyring(following)


def trusted(tx: Tx, ring: Keyring) -> Keyring:
    """Leave out of a keyring the keys that its party's lane has suspended or tainted since."""
    return replace(ring, keys=tuple(key for key in ring.keys if not withdrawn(tx, key)))


def check_own(current: Keyring | None, jws: bytes, authority: str, now: Instant) -> Keyring:
    """Believe our own next keyring: the update rule, our authority, sound keys, and not over already."""
    keyring, signatures = parse_keyring(jws)
    if keyring.authority != authority:
        raise refuse(Reason.KEYRING_PARTY)
    accept_keyring(current, keyring, signatures, BOTH)
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
    if alone and not request.jws:
        # The second person approves this keyring, not whatever will have been collected by then.
        raise refuse(Reason.FIELD_MISSING, "keyring: where a second person must approve, it is named")
    jws = request.jws or ready(tx, current)
    keyring = check_own(current, jws, node.names.authority, now)
    check_no_wider(node, tx, keyring)
    return jws, keyring, alone


def _write_publish(node: Node, tx: Tx, decision: tuple[bytes, Keyring, bool], _prepared: None, now: Instant) -> str:
    jws, keyring, _ = decision
    digest = keyring_digest(payload_of(jws))
    partners.add_keyring(tx, keyring.authority, keyring.number, jws, digest, now)
    forget(tx, keyring.number)
    lay_in(node, tx, keyring.number, keyring.keys, now)
    tell.open_lane(node, tx, tell.AUDIT)
    for partner in partners.everyone(tx):
        tell.open_lane(node, tx, partner.party)
        tell.tell(node, tx, partner.party, [News(KeyringPublished(keyring.number, digest))])
    return str(keyring.number)


PUBLISH = Act(
    "publish_keyring",
    _decide_publish,
    _write_publish,
    second=Second(PublishRequest, needed=lambda _, decision: decision[2], role="key-admin"),
)
