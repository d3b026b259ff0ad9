"""Audit: does the ledger agree with itself? Everything derived is derived again from the leaves and compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from interchange.crypto.ed25519 import verify
from interchange.domain.events import (
    AssertionIssued,
    BindingEnded,
    BindingSent,
    HoldLifted,
    HoldPlaced,
    KeyRestricted,
    KeyringPublished,
    Restriction,
    Revoked,
    narrower,
)
from interchange.domain.keyring import Keyring, accept_keyring
from interchange.domain.merkle import Frontier, leaf_hash
from interchange.domain.names import lane_of
from interchange.errors import Refusal
from interchange.flows.soundness import check_sound
from interchange.store import assertions, bindings, holds, lanes, partners, told, told_bindings
from interchange.wire import base64url
from interchange.wire.events import parse_leaf
from interchange.wire.keyring import keyring_digest, parse_keyring, payload_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from interchange.domain.events import Event
    from interchange.flows.node import Node
    from interchange.store.lanes import LaneHead
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was looked at, and every disagreement found; clean if there is none."""

    lanes: int
    leaves: int
    assertions: int
    faults: tuple[str, ...]


@dataclass(slots=True)
class _Replay:
    """Standing as the leaves alone give it."""

    issued: dict[str, tuple[int, str]] = field(default_factory=dict)
    slots: dict[str, int] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    holds: dict[str, bool] = field(default_factory=dict)
    holds_on: dict[str, tuple[str, str]] = field(default_factory=dict)
    restricted: dict[str, Restriction] = field(default_factory=dict)
    keyrings: dict[int, str] = field(default_factory=dict)
    bindings: dict[str, str | None] = field(default_factory=dict)

    def apply(self, n: int, event: Event) -> None:
        match event:
            case AssertionIssued(jti, idx, digest):
                self.issued[jti], self.slots[jti] = (n, digest), idx
            case Revoked(jti):
                self.revoked.add(jti)
            case HoldPlaced(hold, scope, of):
                self.holds[hold], self.holds_on[hold] = True, (scope.value, of)
            case HoldLifted(hold):
                self.holds[hold] = False
            case KeyRestricted(kid, how):
                self.restricted[kid] = narrower(self.restricted.get(kid), how)
            case KeyringPublished(number, digest):
                if number > max(self.keyrings, default=0):
                    self.restricted.clear()
                self.keyrings[number] = digest
            case BindingSent(jti, digest):
                self.bindings[jti] = digest
            case BindingEnded(jti):
                self.bindings[jti] = None
            case _:
                return


def audit(node: Node, progress: Callable[[int], object] | None = None) -> AuditReport:
    """Check keyrings, every lane against its tree, and every projection against the leaves, in one snapshot.

    Args:
        node: the node; its keys are not needed.
        progress: called with the number of leaves just read.

    Returns:
        The report; it names lanes, numbers and assertion ids, never persons.
    """

    def look(tx: Tx) -> AuditReport:
        faults = list(_keyring_faults(tx))
        heads = lanes.heads(tx)
        leaves, slots = 0, dict[str, int]()
        for head in heads:
            replay = _Replay()
            faults += _lane_faults(node, tx, head, replay, progress)
            faults += _projection_faults(tx, head, replay)
            faults += _told_keyring_faults(tx, head, replay)
            if told_bindings.told_in(tx, head.origin) != replay.bindings:
                faults.append(f"{head.origin}: the table of told bindings differs from the leaves")
            if head.issued:
                faults += _hold_faults(tx, head)
                faults += _binding_faults(tx, head, replay)
                slots |= replay.slots
            leaves += head.size
        counted, own = _assertion_faults(tx, slots)
        return AuditReport(len(heads), leaves, counted, tuple(faults + own))

    return node.ledger.read(look)


def _keyring_faults(tx: Tx) -> Iterator[str]:
    for authority, last in sorted(partners.keyring_numbers(tx).items()):
        current: Keyring | None = None
        for number in range(1, last + 1):
            jws = partners.keyring(tx, authority, number)
            # A partner may be admitted with a later keyring than its first.
            if jws is None and current is None:
                continue
            try:
                if jws is None:
                    yield f"{authority}: keyring {number} is missing"
                    break
                current = accept_keyring(current, *parse_keyring(jws), verify)
            except Refusal as refusal:
                yield f"{authority}: keyring {number}: {refusal.reason.code}"
                break


def _lane_faults(
    node: Node, tx: Tx, head: LaneHead, replay: _Replay, progress: Callable[[int], object] | None
) -> Iterator[str]:
    frontier, expected = Frontier.empty(), 0
    for n, entry in lanes.all_entries(tx, head.origin, head.size):
        if n != expected:
            break
        expected += 1
        frontier = frontier.append(leaf_hash(entry.leaf))
        yield from _leaf_faults(head.origin, n, entry.leaf, entry.token, replay)
        if progress:
            progress(1)
    if expected != head.size:
        yield f"{head.origin}: leaf {expected} is missing"
    elif frontier != head.frontier:
        yield f"{head.origin}: the leaves do not give the stored root"
    elif head.issued:
        try:
            check_sound(node, tx, head)
        except Refusal as refusal:
            place = "below its high-water mark" if refusal.where == head.origin else refusal.where
            yield f"{head.origin}: {place}"


def _leaf_faults(origin: str, n: int, leaf: bytes, token: bytes | None, replay: _Replay) -> Iterator[str]:
    try:
        number, event = parse_leaf(leaf)
    except Refusal as refusal:
        yield f"{origin}: leaf {n}: {refusal.reason.code}"
        return
    if number != n:
        yield f"{origin}: leaf {n} calls itself {number}"
    replay.apply(n, event)
    if token is None or not isinstance(event, AssertionIssued):
        return
    if base64url.encode(sha256(token).digest()) != event.sha256:
        yield f"{origin}: leaf {n}: the token beside it has another digest"


def _projection_faults(tx: Tx, head: LaneHead, replay: _Replay) -> Iterator[str]:
    issued = told.issued_in(tx, head.origin)
    if {jti: (n, digest) for jti, n, digest, _ in issued} != replay.issued:
        yield f"{head.origin}: the table of told assertions differs from the leaves"
    if {jti for jti, _, _, revoked in issued if revoked} != replay.revoked:
        yield f"{head.origin}: the table of revocations differs from the leaves"
    on = {hold: (scope, of) for hold, (scope, of, _) in told.holds_on(tx, head.origin).items()}
    if told.holds_in(tx, head.origin) != replay.holds or on != replay.holds_on:
        yield f"{head.origin}: the table of holds differs from the leaves"
    authority = lane_of(head.origin)[0]
    # A key may be narrower than this lane says: another lane of the party told it, or its next keyring is not told yet.
    known = {kid: told.restriction(tx, authority, kid) for kid in replay.restricted}
    if any(narrower(known[kid], how) is not known[kid] for kid, how in replay.restricted.items()):
        yield f"{head.origin}: the table of restrictions differs from the leaves"


def _told_keyring_faults(tx: Tx, head: LaneHead, replay: _Replay) -> Iterator[str]:
    authority = lane_of(head.origin)[0]
    newest = partners.keyring_numbers(tx).get(authority)
    if newest in replay.keyrings and not told.told_keyring(tx, authority, newest):
        yield f"{head.origin}: the table of told keyrings differs from the leaves"
    for number, digest in replay.keyrings.items():
        jws = partners.keyring(tx, authority, number)
        # Of a partner's keyrings those before its admission are not here.
        if jws is None and head.issued:
            yield f"{head.origin}: keyring {number} was told and is missing"
        if jws is not None and _digest(jws) != digest:
            yield f"{head.origin}: keyring {number} is not the one that was told"


def _digest(jws: bytes) -> str | None:
    try:
        return keyring_digest(payload_of(jws))
    except Refusal:
        return None


def _hold_faults(tx: Tx, head: LaneHead) -> Iterator[str]:
    is_open = told.holds_in(tx, head.origin)
    for hold, (_, _, hold_id) in told.holds_on(tx, head.origin).items():
        own = holds.get(tx, hold_id) if hold_id else None
        if own is None or (own.closed_at is None) != is_open[hold]:
            yield f"{head.origin}: hold {hold} differs from our own behind it"


def _binding_faults(tx: Tx, head: LaneHead, replay: _Replay) -> Iterator[str]:
    for jti, digest, sealed in bindings.waiting_in(tx, head.origin):
        if replay.bindings.get(jti) != digest:
            yield f"{head.origin}: the binding of assertion {jti} is not the one that was told"
        elif base64url.encode(sha256(sealed).digest()) != digest:
            yield f"{head.origin}: the binding of assertion {jti} has another digest than was told"


def _assertion_faults(tx: Tx, slots: Mapping[str, int]) -> tuple[int, list[str]]:
    counted, after, faults = 0, "", []
    while batch := assertions.page(tx, after=after, limit=1000):
        after = batch[-1].jti
        counted += len(batch)
        for each in batch:
            place = told.place_of(tx, lane_of(each.origin)[0], each.jti)
            if place != (each.origin, each.n, each.revoked_at is not None) or slots.get(each.jti) != each.idx:
                faults.append(f"{each.origin}: assertion {each.jti} differs from what was told")
    return counted, faults
