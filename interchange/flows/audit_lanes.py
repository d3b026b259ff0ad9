"""One lane under audit: its leaves, and every table that was derived from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

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
)
from interchange.domain.lane import Entry
from interchange.domain.merkle import Frontier, append_with_nodes, leaf_hash
from interchange.errors import Refusal
from interchange.flows.audit_heads import head_faults, noted_size
from interchange.flows.tally import Tally
from interchange.store import audits, bindings, keys, partners, told, told_bindings, witnessed
from interchange.wire import base64url
from interchange.wire.events import parse_leaf
from interchange.wire.keyring import keyring_digest, payload_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from interchange.domain.events import Event
    from interchange.domain.time import Instant
    from interchange.flows.audit_acts import Acts
    from interchange.flows.node import Node
    from interchange.flows.tally import Value
    from interchange.store.lanes import LaneHead
    from interchange.store.ledger import Tx


TABLES = {
    "issued": "told assertions",
    "revoked": "revocations",
    "placed": "holds",
    "lifted": "holds",
    "nodes": "subtree hashes",
}
"""What is summed up of each lane → the table that must give the same sum."""

Sums = dict[str, Tally]


@dataclass(slots=True)
class Replay:
    """What the leaves of one lane say: sums of what is much, and what is little as it is."""

    authority: str
    sums: Sums
    restricted: dict[int, tuple[str, Restriction, Instant | None]] = field(default_factory=dict)
    keyrings: dict[int, str] = field(default_factory=dict)
    first_told: dict[int, int] = field(default_factory=dict)
    bindings: dict[str, str | None] = field(default_factory=dict)

    def apply(self, n: int, event: Event) -> None:
        """Take leaf `n`."""
        match event:
            case AssertionIssued(jti, idx, digest):
                self.sums["issued"].add(self.authority, jti, n, digest, idx)
            case Revoked(jti):
                self.sums["revoked"].add(self.authority, jti, n)
            case HoldPlaced(hold, scope, of):
                self.sums["placed"].add(self.authority, hold, scope.value, of, n)
            case HoldLifted(hold):
                self.sums["lifted"].add(self.authority, hold, n)
            case KeyRestricted(kid, how, since):
                self.restricted[n] = (kid, how, since)
            case KeyringPublished(number, digest):
                self.keyrings[number] = digest
                self.first_told.setdefault(number, n)
            case BindingSent(jti, digest):
                self.bindings[jti] = digest
            case BindingEnded(jti):
                self.bindings[jti] = None
            case _:
                return


def lane_faults(
    node: Node, tx: Tx, head: LaneHead, replay: Replay, acts: Acts, progress: Callable[[int], object]
) -> Iterator[str]:
    """Check the leaves of a lane against its tree and its head, and gather what they say.

    Args:
        node: the node.
        tx: an open transaction.
        head: of the lane.
        replay: gathers what the leaves say.
        acts: takes the leaves of our own lanes.
        progress: called with the number of leaves just read.
    """
    frontier, roots = Frontier.empty(), {0: Frontier.empty().root}
    wanted = {head.acknowledged_size, noted_size(head)}
    for n, leaf, token in audits.leaves(tx, head.origin):
        if n != frontier.size or n >= head.size:
            yield f"{head.origin}: leaf {n} stands where none should"
            break
        frontier, completed = append_with_nodes(frontier, leaf_hash(leaf))
        for place in completed:
            replay.sums["nodes"].add(*place)
        if frontier.size in wanted:
            roots[frontier.size] = frontier.root
        yield from _leaf_faults(head, n, Entry(leaf, token), replay, acts)
        progress(1)
    if frontier.size != head.size:
        yield f"{head.origin}: leaf {frontier.size} is missing"
    elif frontier != head.frontier:
        yield f"{head.origin}: the leaves do not give the stored root"
    else:
        yield from head_faults(node, tx, head, roots)


def _leaf_faults(head: LaneHead, n: int, entry: Entry, replay: Replay, acts: Acts) -> Iterator[str]:
    origin, token = head.origin, entry.token
    try:
        number, event = parse_leaf(entry.leaf)
    except Refusal as refusal:
        yield f"{origin}: leaf {n}: {refusal.reason.code}"
        return
    if number != n:
        yield f"{origin}: leaf {n} calls itself {number}"
    replay.apply(n, event)
    if head.issued:
        yield from acts.take(n, event)
    if token is None:
        return
    if isinstance(event, AssertionIssued):
        if base64url.encode(sha256(token).digest()) != event.sha256:
            yield f"{origin}: leaf {n}: the token beside it has another digest"
    elif head.issued:
        yield f"{origin}: leaf {n}: something lies beside it"


def table_faults(tx: Tx, head: LaneHead, replay: Replay) -> Iterator[str]:
    """Check what is little of a lane: keyrings, restrictions, bindings."""
    authority = replay.authority
    newest = partners.keyring_numbers(tx).get(authority)
    if any(_restriction_faults(tx, head, replay, newest)):
        yield f"{head.origin}: the table of restrictions differs from the leaves"
    if witnessed.largest(tx, head.origin) > (head.acknowledged_size if head.issued else head.size):
        yield f"{head.origin}: more is said to be witnessed than was cosigned"
    if newest in replay.keyrings and not told.told_keyring(tx, authority, newest):
        yield f"{head.origin}: the table of told keyrings differs from the leaves"
    for number, digest in replay.keyrings.items():
        jws = partners.keyring(tx, authority, number)
        # Of a partner's keyrings those before its admission are not here.
        if jws is None and head.issued:
            yield f"{head.origin}: keyring {number} was told and is missing"
        if jws is not None and _digest(jws) != digest:
            yield f"{head.origin}: keyring {number} is not the one that was told"
    if told_bindings.told_in(tx, head.origin) != replay.bindings:
        yield f"{head.origin}: the table of told bindings differs from the leaves"
    if head.issued and keys.leaves_in(tx, head.origin) != replay.first_told:
        yield f"{head.origin}: the table of keyrings told in lanes differs from the leaves"
    if head.issued:
        yield from _binding_faults(tx, head, replay.bindings)


def _restriction_faults(tx: Tx, head: LaneHead, replay: Replay, newest: int | None) -> Iterator[bool]:
    """Compare each leaf that narrows a key with its row, and with the keyring that is said to stand for it."""
    rows = {n: (told_as, folded_in) for n, told_as, folded_in in told.restrictions_in(tx, head.origin)}
    yield {n: told_as for n, (told_as, _) in rows.items()} != replay.restricted
    for n, (_, folded_in) in rows.items():
        told_since = {number for number, first in replay.first_told.items() if first > n}
        # A keyring is told after it is accepted, and until then what was told of keys holds.
        yield folded_in not in told_since if folded_in is not None else newest in told_since


def _digest(jws: bytes) -> str | None:
    try:
        return keyring_digest(payload_of(jws))
    except Refusal:
        return None


def _binding_faults(tx: Tx, head: LaneHead, sent: Mapping[str, str | None]) -> Iterator[str]:
    for jti, digest, sealed in bindings.waiting_in(tx, head.origin):
        if sent.get(jti) != digest:
            yield f"{head.origin}: the binding of assertion {jti} is not the one that was told"
        elif base64url.encode(sha256(sealed).digest()) != digest:
            yield f"{head.origin}: the binding of assertion {jti} has another digest than was told"


def sum_faults(tx: Tx, sums: Mapping[str, Sums], key: bytes) -> Iterator[str]:
    """Sum up the tables once under `key`, and compare with what the leaves of each lane gave."""
    found = {origin: {name: Tally(key) for name in TABLES} for origin in sums}
    strange = dict.fromkeys(TABLES, 0)
    for origin, name, values in _entries(tx):
        if origin in found:
            found[origin][name].add(*values)
        else:
            strange[name] += 1
    for origin, expected in sums.items():
        apart = [table for name, table in TABLES.items() if not found[origin][name].same(expected[name])]
        yield from (f"{origin}: the table of {table} differs from the leaves" for table in dict.fromkeys(apart))
    yield from (f"the table of {TABLES[name]} has rows of no lane" for name, count in strange.items() if count)


def _entries(tx: Tx) -> Iterable[tuple[str, str, tuple[Value, ...]]]:
    for origin, authority, jti, n, digest, idx, revoked_n in audits.told(tx):
        yield origin, "issued", (authority, jti, n, digest, idx)
        if revoked_n is not None:
            yield origin, "revoked", (authority, jti, revoked_n)
    for origin, authority, hold, scope, of, placed_n, lifted_n in audits.told_holds(tx):
        yield origin, "placed", (authority, hold, scope, of, placed_n)
        if lifted_n is not None:
            yield origin, "lifted", (authority, hold, lifted_n)
    for origin, level, idx, subtree in audits.nodes(tx):
        yield origin, "nodes", (level, idx, subtree)
