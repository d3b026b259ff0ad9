"""Follow: take what a partner's lane tells, believe it, apply it durably, acknowledge it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from interchange.crypto.both import BOTH
from interchange.crypto.keyring import check_keys
from interchange.domain.checkpoint import Checkpoint
from interchange.domain.events import KeyringPublished
from interchange.domain.keyring import Keyring, Role, accept_keyring
from interchange.domain.lane import MAX_PAGE
from interchange.errors import Reason, Refusal, refuse
from interchange.flows.accept import Accepted, accept
from interchange.flows.checkpoints import acknowledge
from interchange.flows.keyrings import check_apart, check_generation
from interchange.store import evidence, lanes, partners, told, witnessed
from interchange.wire.keyring import keyring_digest, parse_keyring, payload_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interchange.domain.lane import Page
    from interchange.domain.merkle import Frontier
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.lanes import LaneHead
    from interchange.store.ledger import Tx

EVIDENCE = frozenset(
    {
        Reason.LANE_FORK,
        Reason.LANE_GAP,
        Reason.LANE_ROLLBACK,
        Reason.LANE_ROOT,
        Reason.NOTE_TIME_AHEAD,
        Reason.PROOF_INVALID,
    }
)
"""Refusals that show a partner, or somebody with its keys, contradicting itself."""

_NEWER_KEYRING = frozenset({Reason.KEY_UNKNOWN, Reason.KEY_WINDOW})
"""Refusals of a checkpoint that may only show that the keyring we have is an old one."""

_KEYRINGS_AT_ONCE = 64
"""Keyrings that one page can make us fetch; further ones wait for the next page."""


class PartnerLink(Protocol):
    """The way to one partner's node: gRPC, or a partner played by a test."""

    def fetch(self, frontier: Frontier, limit: int) -> Page:
        """Ask for the leaves after what we have, at most `limit`, under a checkpoint signed afterwards."""

    def watch(self, frontier: Frontier) -> Iterator[Page]:
        """Receive pages as they come to be, until either side ends it."""

    def acknowledge(self, checkpoint: Checkpoint, line: str) -> None:
        """Deliver our cosignature of the partner's checkpoint."""

    def keyring(self, number: int) -> bytes:
        """Ask for the partner's keyring of that number."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What one step brought."""

    origin: str
    size: int
    applied: int
    caught_up: bool


def origin_of(node: Node, tx: Tx, party: str) -> tuple[str, Keyring]:
    """Name the lane of `party` that is addressed to us, with the party's pinned keyring."""
    names = node.names_of(party)
    keyring = node.keyring(tx, names.authority)
    return names.lane(node.party, keyring.generation), keyring


def frontier_of(node: Node, party: str) -> Frontier:
    """Read how far we follow a partner."""

    def look(tx: Tx) -> Frontier:
        head = lanes.head(tx, origin_of(node, tx, party)[0])
        if head is None:
            raise refuse(Reason.PARTNER_UNKNOWN)
        return head.frontier

    return node.ledger.read(look)


def catch_up(node: Node, link: PartnerLink, party: str, now: Instant) -> Followed:
    """Fetch page after page until we have all that the partner has signed, and acknowledge it."""
    applied = 0
    while True:
        frontier = frontier_of(node, party)
        page = link.fetch(frontier, MAX_PAGE)
        # To `take` this would be an overtaken page, left aside; an issuer could keep us asking for ever.
        if page.first < frontier.size:
            raise refuse(Reason.LANE_GAP, "a page before the one asked for")
        step = take(node, link, party, page, now)
        applied += step.applied
        if step.caught_up:
            return Followed(step.origin, step.size, applied, caught_up=True)


def take(node: Node, link: PartnerLink, party: str, page: Page, now: Instant) -> Followed:
    """Believe one page, apply it in one transaction, then acknowledge; fetch and watch share this step.

    A page that was overtaken by another step of this node is left aside.

    Raises:
        Refusal: those of `accept`, after both signed notes were kept as evidence; those of `accept_keyring`.
    """
    origin, keyring = node.ledger.read(lambda tx: origin_of(node, tx, party))
    frontier = frontier_of(node, party)
    if page.first < frontier.size:
        return Followed(origin, frontier.size, 0, caught_up=False)
    try:
        accepted = _accept(node, link, origin, page, frontier, keyring, now)
    except Refusal as refusal:
        if refusal.reason in EVIDENCE:
            _keep_evidence(node, origin, page, refusal.reason, now)
        if refusal.reason is Reason.EVENT_UNKNOWN:
            # The issuer has told something that bears on nobody knows what.
            node.ledger.transact(lambda tx: lanes.lose_contact(tx, origin))
        raise
    for event in accepted.events:
        if isinstance(event, KeyringPublished):
            _follow_keyring(node, link, keyring.authority, event.number, event.sha256, now)
    applied = node.ledger.transact(lambda tx: _apply(tx, keyring.authority, origin, frontier, page, accepted, now))
    if applied and accepted.caught_up:
        signer_key = node.ledger.read(lambda tx: node.signing_key(tx, Role.WITNESS, now))
        checkpoint = accepted.head.checkpoint
        link.acknowledge(checkpoint, acknowledge(checkpoint, node.names.witness, node.signers[signer_key.kid], now))
    if not applied:
        return Followed(origin, frontier.size, 0, caught_up=False)
    return Followed(origin, accepted.frontier.size, len(page.entries), accepted.caught_up)


def _accept(
    node: Node, link: PartnerLink, origin: str, page: Page, frontier: Frontier, keyring: Keyring, now: Instant
) -> Accepted:
    for _ in range(_KEYRINGS_AT_ONCE):
        try:
            return accept(page, origin, frontier, keyring, now)
        except Refusal as refusal:
            if refusal.reason not in _NEWER_KEYRING:
                raise
            fault = refusal
        # The lane key changed while we were away: the keyrings in between come first, each checked against the last.
        try:
            keyring = _follow_keyring(node, link, keyring.authority, keyring.number + 1, None, now)
        except Refusal as refusal:
            if refusal.reason is Reason.NOT_KNOWN:
                raise fault from refusal
            raise
    return accept(page, origin, frontier, keyring, now)


def _follow_keyring(
    node: Node, link: PartnerLink, authority: str, number: int, sha256: str | None, now: Instant
) -> Keyring:
    def look(tx: Tx) -> tuple[Keyring, bytes | None]:
        return node.keyring(tx, authority), partners.keyring(tx, authority, number)

    current, known = node.ledger.read(look)
    if number <= current.number:
        if known is not None and sha256 not in {None, keyring_digest(payload_of(known))}:
            raise refuse(Reason.TOKEN_DIGEST, "another keyring of a known number")
        return current
    jws = link.keyring(number)
    digest = keyring_digest(payload_of(jws))
    if sha256 is not None and digest != sha256:
        raise refuse(Reason.TOKEN_DIGEST, "keyring")
    candidate = accept_keyring(current, *parse_keyring(jws), BOTH)
    check_generation(current, candidate)
    node.ledger.read(lambda tx: check_apart(node, tx, candidate))
    check_keys(candidate)
    node.ledger.transact(lambda tx: _store_keyring(tx, authority, candidate.number, jws, digest, now))
    return candidate


def _store_keyring(tx: Tx, authority: str, number: int, jws: bytes, sha256: str, now: Instant) -> None:
    if partners.keyring(tx, authority, number) is None:
        partners.add_keyring(tx, authority, number, jws, sha256, now)


def _apply(
    tx: Tx, authority: str, origin: str, frontier: Frontier, page: Page, accepted: Accepted, now: Instant
) -> bool:
    head = lanes.head(tx, origin)
    if head is None or head.frontier != frontier:
        return False
    lanes.append(tx, origin, frontier, page.entries)
    for n, event in enumerate(accepted.events, frontier.size):
        told.record(tx, authority, origin, n, event)
    # The same head may come again under an older signature; knowledge does not age by that.
    if accepted.caught_up and (page.entries or _as_of(head) <= min(accepted.head.signed_at, now)):
        lanes.record_contact(tx, accepted.head, now)
    if accepted.caught_up:
        # What is acknowledged next. Our own clock: what the head says of its time, a thief of the lane key can choose.
        witnessed.add(tx, origin, accepted.frontier.size, now)
    return True


def _as_of(head: LaneHead) -> Instant:
    return min(head.signed_at or 0, head.received_at or 0)


def _keep_evidence(node: Node, origin: str, page: Page, reason: Reason, now: Instant) -> None:
    def keep(tx: Tx) -> None:
        head = lanes.head(tx, origin)
        known = head.note if head else None
        evidence.keep(tx, node.chance.uuid(), origin, reason.code, known=known, received=page.note, now=now)

    node.ledger.transact(keep)
