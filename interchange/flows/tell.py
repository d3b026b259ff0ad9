"""Appending to our own lanes: the partners' and the auditors'. Nothing else tells anybody anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.events import AssertionIssued, KeyringPublished, Revoked
from interchange.domain.lane import Entry
from interchange.errors import Reason, refuse
from interchange.flows.soundness import check_sound
from interchange.store import keys, lanes, told
from interchange.wire.events import encode_leaf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.domain.events import ActPerformed, Event
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class News:
    """An event for one partner, with what the projection needs besides.

    Attributes:
        event: what is told.
        token: the JWS that travels beside the leaf.
        hold_id: our own hold behind a told one.
    """

    event: Event
    token: bytes | None = None
    hold_id: str | None = None


def lane_of(node: Node, tx: Tx, party: str) -> str:
    """Name our current lane towards a partner (or `AUDIT`)."""
    generation = node.keyring(tx, node.names.authority).generation
    return node.names.audit_lane(generation) if party == AUDIT else node.names.lane(party, generation)


def tell(node: Node, tx: Tx, party: str, news: Sequence[News]) -> tuple[str, int]:
    """Append events to a partner's lane in order; return its origin and the number of the first.

    Raises:
        Refusal: LANE_BEHIND if the ledger lacks leaves of the lane (a restored backup); HIGHWATER_UNREADABLE;
            PARTNER_UNKNOWN.
    """
    origin = lane_of(node, tx, party)
    head = lanes.head(tx, origin)
    if head is None:
        raise refuse(Reason.PARTNER_UNKNOWN)
    check_sound(node, tx, head)
    first = head.size
    entries = [Entry(encode_leaf(n, item.event), item.token) for n, item in enumerate(news, first)]
    lanes.append(tx, origin, head.frontier, entries)
    _record(node, tx, origin, list(enumerate(news, first)))
    return origin, first


def _record(node: Node, tx: Tx, origin: str, leaves: Sequence[tuple[int, News]]) -> None:
    """Apply leaves to what lanes have told; of those that come by the hundred, each kind in one go."""
    authority = node.names.authority
    issued = [(n, item.event) for n, item in leaves if isinstance(item.event, AssertionIssued)]
    revoked = [(n, item.event) for n, item in leaves if isinstance(item.event, Revoked)]
    if issued:
        told.record_issued(tx, authority, origin, issued)
    if revoked:
        told.record_revoked(tx, authority, origin, revoked)
    for n, item in leaves:
        if not isinstance(item.event, AssertionIssued | Revoked):
            told.record(tx, authority, origin, n, item.event, item.hold_id)
        if isinstance(item.event, KeyringPublished):
            keys.record_leaf(tx, origin, item.event.number, n)


def audit(node: Node, tx: Tx, act: ActPerformed) -> None:
    """Append an act to the auditors' lane, last in its transaction."""
    tell(node, tx, AUDIT, [News(act)])


def open_lane(node: Node, tx: Tx, party: str) -> None:
    """Start our lane towards a partner (or `AUDIT`) if it is not there."""
    lanes.open_lane(tx, lane_of(node, tx, party), party, issued=True)
