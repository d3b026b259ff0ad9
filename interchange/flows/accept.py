"""Acceptance: what a follower must check before it believes a page of a lane. No database, no network."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from interchange.domain.events import AssertionIssued
from interchange.domain.keyring import Role
from interchange.domain.merkle import leaf_hash
from interchange.domain.merkle_proof import verify_consistency
from interchange.errors import Reason, refuse
from interchange.flows.checkpoints import check_checkpoint
from interchange.wire import base64url
from interchange.wire.events import parse_leaf

if TYPE_CHECKING:
    from interchange.domain.checkpoint import SignedHead
    from interchange.domain.events import Event
    from interchange.domain.keyring import Keyring
    from interchange.domain.lane import Entry, Page
    from interchange.domain.merkle import Frontier
    from interchange.domain.time import Instant


@dataclass(frozen=True, slots=True)
class Accepted:
    """A page that was believed.

    Attributes:
        head: the signed checkpoint.
        frontier: the follower's own frontier after the page.
        events: what the page's leaves say, in order.
    """

    head: SignedHead
    frontier: Frontier
    events: tuple[Event, ...]

    @property
    def caught_up(self) -> bool:
        """Tell whether the follower now has all that the checkpoint covers."""
        return self.frontier.size == self.head.checkpoint.size


def accept(page: Page, origin: str, frontier: Frontier, keyring: Keyring, now: Instant) -> Accepted:
    """Believe a page, or refuse it whole (design, section 4, "Lane").

    Equal roots exclude a gap, a reordering and a changed leaf; the follower's own size excludes a rollback; the signed
    time excludes a checkpoint made ahead. A page that ends before its checkpoint must prove that it is a prefix.

    Args:
        page: as received.
        origin: the lane that was asked for.
        frontier: what the follower has.
        keyring: the issuing party's pinned keyring.
        now: own clock.

    Raises:
        Refusal: LANE_ROLLBACK, LANE_GAP, LANE_FORK, LANE_ROOT, PROOF_INVALID, LEAF_FORM, EVENT_UNKNOWN, TOKEN_DIGEST,
            and those of `check_checkpoint`.
    """
    head = check_checkpoint(page.note, origin, keyring.sound(Role.LANE), now)
    signed = head.checkpoint
    if signed.size < frontier.size:
        raise refuse(Reason.LANE_ROLLBACK)
    if page.first != frontier.size:
        raise refuse(Reason.LANE_GAP)
    if signed.size == frontier.size and signed.root != frontier.root:
        raise refuse(Reason.LANE_FORK)
    grown = frontier.extend(leaf_hash(entry.leaf) for entry in page.entries)
    if grown.size > signed.size:
        raise refuse(Reason.LANE_GAP, "more leaves than signed")
    if grown.size == signed.size:
        if grown.root != signed.root:
            raise refuse(Reason.LANE_ROOT)
    else:
        if not page.entries:
            raise refuse(Reason.LANE_GAP, "no leaves")
        verify_consistency(grown.size, grown.root, signed.size, signed.root, page.proof)
    return Accepted(head, grown, tuple(_read(entry, n) for n, entry in enumerate(page.entries, frontier.size)))


def _read(entry: Entry, expected: int) -> Event:
    n, event = parse_leaf(entry.leaf)
    if n != expected:
        raise refuse(Reason.LANE_GAP, "number in a leaf")
    # A token may be missing: its retention has ended at the issuer, and the leaf alone keeps the numbers whole.
    if isinstance(event, AssertionIssued) and entry.token is not None:
        if base64url.encode(sha256(entry.token).digest()) != event.sha256:
            raise refuse(Reason.TOKEN_DIGEST)
    elif entry.token is not None:
        raise refuse(Reason.LEAF_FORM, "a token beside an event that issues none")
    return event
