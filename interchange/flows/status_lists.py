"""Status lists: what a program that only knows JWT may look up, derived from the ledger and signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.envelope import STATUS_TYP
from interchange.domain.keyring import Role
from interchange.domain.names import status_of
from interchange.domain.standing import Standing
from interchange.errors import Reason, refuse
from interchange.flows import tell
from interchange.flows.lanes import read_sound
from interchange.flows.standings import standing_of
from interchange.store import assertions, lanes, status_lists
from interchange.wire.envelope import compact, signing_input
from interchange.wire.status_list import StatusList, encode_status_claims, pack

if TYPE_CHECKING:
    from interchange.domain.keyring import KeyRecord
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.lanes import LaneHead
    from interchange.store.ledger import Tx
    from interchange.store.status_lists import StoredList

TTL = 300
LIFE = 900


def publish_all(node: Node, now: Instant) -> list[str]:
    """Sign anew each list whose lane has moved or whose signed form has passed half its ttl; return their URIs."""
    stored = node.ledger.read(status_lists.everything)
    return [node.names.status_uri(each.party, each.number) for each in stored if _publish(node, each, now)]


def signed_list(node: Node, party: str, uri: str, now: Instant) -> bytes:
    """Give a partner its list, signed over what the ledger says now.

    Raises:
        Refusal: NOT_KNOWN for a list that is not addressed to this party, whether or not there is one.
    """
    authority, audience, number = status_of(uri)
    if authority != node.names.authority or audience != party:
        raise refuse(Reason.NOT_KNOWN, "uri")
    stored = node.ledger.read(lambda tx: status_lists.get(tx, party, number))
    if stored is None:
        raise refuse(Reason.NOT_KNOWN, "uri")
    _publish(node, stored, now)
    fresh = node.ledger.read(lambda tx: status_lists.get(tx, party, number))
    if fresh is None or fresh.token is None:
        raise refuse(Reason.NOT_KNOWN, "uri")
    return fresh.token


def _publish(node: Node, stored: StoredList, now: Instant) -> bool:
    def look(tx: Tx) -> tuple[LaneHead, KeyRecord, bytes]:
        return _head(node, tx, stored), node.signing_key(tx, Role.STATUS, now), _slots(node, tx, stored, now)

    if not node.ledger.read(lambda tx: _is_due(node, tx, stored, now)):
        return False
    head, key, slots = read_sound(node, look)
    # As before a checkpoint: a ledger restored from before this list must not sign one over a smaller lane.
    node.highwater.raise_to(head.origin, head.size, head.frontier.root)
    claims = StatusList(
        uri=node.names.status_uri(stored.party, stored.number),
        iat=now,
        exp=now + LIFE,
        ttl=TTL,
        lane_size=head.size,
        lane_root=head.frontier.root,
        slots=pack(slots),
    )
    message = signing_input(key.alg, key.kid, STATUS_TYP, encode_status_claims(claims))
    token = compact(message, node.signers[key.kid].sign(message))
    node.ledger.transact(lambda tx: status_lists.publish(tx, stored.party, stored.number, token, head.size, now))
    return True


def _is_due(node: Node, tx: Tx, stored: StoredList, now: Instant) -> bool:
    if stored.token is None or _head(node, tx, stored).size != stored.lane_size or now >= stored.signed_at + TTL // 2:
        return True
    issued = assertions.of_list(tx, stored.party, stored.number)
    return any(stored.signed_at < each.exp <= now for each in issued)


def _head(node: Node, tx: Tx, stored: StoredList) -> LaneHead:
    head = lanes.head(tx, tell.lane_of(node, tx, stored.party))
    if head is None:
        raise refuse(Reason.PARTNER_UNKNOWN)
    return head


def _slots(node: Node, tx: Tx, stored: StoredList, now: Instant) -> bytes:
    """One byte a slot; what nobody holds reads as expired, never as valid."""
    slots = bytearray([Standing.EXPIRED.value]) * stored.slots
    for issued in assertions.of_list(tx, stored.party, stored.number):
        slots[issued.idx] = standing_of(node, tx, issued, now).value
    return bytes(slots)
