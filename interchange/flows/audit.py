"""Audit: does the ledger agree with itself? Everything derived is derived again from the leaves and compared.

What is compared is read once from end to end, and of it nothing is kept but sums, so that a ledger may be larger than
memory. What is not derived from leaves is held to what signed tokens and acts say of it, as far as they do.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.crypto.both import BOTH
from interchange.domain.keyring import Keyring, accept_keyring
from interchange.domain.names import lane_of
from interchange.errors import Refusal
from interchange.flows.audit_acts import Acts
from interchange.flows.audit_heads import place_faults
from interchange.flows.audit_keys import register_faults
from interchange.flows.audit_lanes import TABLES, Replay, lane_faults, sum_faults, table_faults
from interchange.flows.audit_rows import (
    assertion_faults,
    clearance_faults,
    hold_faults,
    list_faults,
    orphan_faults,
    reissue_faults,
)
from interchange.flows.soundness import check_sound
from interchange.flows.tally import Tally
from interchange.store import audits, lanes, partners
from interchange.wire.keyring import keyring_digest, parse_keyring, payload_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from interchange.flows.audit_lanes import Sums
    from interchange.flows.node import Node
    from interchange.store.highwater import Marks
    from interchange.store.lanes import LaneHead
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was looked at, and every disagreement found; clean if there is none."""

    lanes: int
    leaves: int
    assertions: int
    faults: tuple[str, ...]


def audit(node: Node, progress: Callable[[int], object] | None = None) -> AuditReport:
    """Check keyrings, every lane against its tree, and every table against what leaves, tokens and acts say of it.

    Args:
        node: the node; its keys are not needed.
        progress: called with the number of leaves just read.

    Returns:
        The report, of one snapshot; it names lanes, numbers, requests and assertion ids, never persons.
    """
    # Before the snapshot is taken, or what is signed meanwhile would seem to be above it.
    try:
        marks = node.highwater.marks()
    except Refusal:
        marks = None
    key = secrets.token_bytes(32)

    def look(tx: Tx) -> AuditReport:
        faults = list(_guarded("keyrings", _keyring_faults(tx)))
        acts = Acts(tx)
        sums: dict[str, Sums] = {}
        heads: list[LaneHead] = []
        for origin in audits.origins(tx):
            sums[origin] = {name: Tally(key) for name in TABLES}

            def lane(origin: str = origin) -> Iterator[str]:
                head = lanes.head(tx, origin)
                if head is not None:
                    heads.append(head)
                    replay = Replay(lane_of(origin)[0], sums[origin])
                    yield from lane_faults(node, tx, head, replay, acts, progress or (lambda _: None))
                    yield from table_faults(tx, head, replay)
                    yield from _soundness_faults(node, tx, head, marks)

            faults += _guarded(origin, lane())
        faults += _guarded("lanes", place_faults(tx, heads, marks))
        faults += _guarded("lanes", sum_faults(tx, sums, key))
        faults += _guarded("acts", acts.faults())
        faults += _guarded("assertions", assertion_faults(node, tx, acts.retained))
        faults += _guarded("holds", hold_faults(node, tx))
        faults += _guarded("reissues", reissue_faults(tx))
        faults += _guarded("keys", register_faults(node, tx))
        faults += _guarded("status lists", list_faults(node, tx))
        faults += _guarded("clearances", clearance_faults(node, tx))
        faults += _guarded("tables", orphan_faults(tx))
        return AuditReport(len(sums), sum(head.size for head in heads), audits.count(tx), tuple(faults))

    return node.ledger.read(look)


def _guarded(what: str, faults: Iterator[str]) -> Iterator[str]:
    """Name a fault where a row holds what the program would never write, and cannot read."""
    try:
        yield from faults
    except Refusal as refusal:
        yield f"{what}: cannot be read: {refusal.reason.code}"
    except (ValueError, TypeError, KeyError) as error:
        yield f"{what}: cannot be read: {type(error).__name__}"


def _keyring_faults(tx: Tx) -> Iterator[str]:
    for authority in sorted(partners.keyring_numbers(tx)):
        current: Keyring | None = None
        for number, jws, recorded in audits.keyrings(tx, authority):
            # A partner may be admitted with a later keyring than its first.
            if current is not None and number != current.number + 1:
                yield f"{authority}: keyring {current.number + 1} is missing"
                break
            try:
                current = accept_keyring(current, *parse_keyring(jws), BOTH)
            except Refusal as refusal:
                yield f"{authority}: keyring {number}: {refusal.reason.code}"
                break
            if (current.authority, current.number, keyring_digest(payload_of(jws))) != (authority, number, recorded):
                yield f"{authority}: keyring {number} is recorded as another"


def _soundness_faults(node: Node, tx: Tx, head: LaneHead, marks: Marks | None) -> Iterator[str]:
    if head.issued:
        try:
            check_sound(node, tx, head, marks)
        except Refusal as refusal:
            yield f"{head.origin}: {'below its high-water mark' if refusal.where == head.origin else refusal.where}"
