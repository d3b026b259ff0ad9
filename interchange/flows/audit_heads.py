"""Heads of lanes, as audits see them: whose they are, and the signatures that stand in their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.checkpoint import Checkpoint
from interchange.domain.keyring import Role
from interchange.domain.names import AUDITORS, lane_of
from interchange.errors import Refusal
from interchange.flows.checkpoints import check_acknowledgement, check_checkpoint
from interchange.store import audits, partners
from interchange.wire.keyring import parse_keyring
from interchange.wire.note import parse_note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from interchange.domain.keyring import KeyRecord
    from interchange.flows.node import Node
    from interchange.store.highwater import Marks
    from interchange.store.lanes import LaneHead
    from interchange.store.ledger import Tx


_NEVER = 2**53
"""An instant that is never reached: how far ahead of us somebody signed is no matter here."""


def noted_size(head: LaneHead) -> int:
    """Read the size of the checkpoint that is kept of a followed lane; 0 if there is none that can be read."""
    try:
        return parse_note(head.note).checkpoint.size if head.note else 0
    except Refusal:
        return 0


def head_faults(node: Node, tx: Tx, head: LaneHead, roots: Mapping[int, bytes]) -> Iterator[str]:
    """Hold a head's row to the lane's name, and to the signatures in it.

    Args:
        node: the node.
        tx: an open transaction.
        head: of a lane whose leaves give its root.
        roots: of the sizes that `noted_size` and the last acknowledgement name, as far as the lane has them.
    """
    authority, reader, _ = lane_of(head.origin)
    is_own = authority == node.names.authority
    told = node.rulebook.party_of(authority, demonstration=node.demonstration)
    if (head.issued, head.party) != (is_own, reader if is_own else told) or not (is_own or reader == node.party):
        yield f"{head.origin}: the row is another lane's"
        return
    yield from _acknowledgement_faults(node, tx, head, roots)
    yield from _note_faults(tx, head, authority, roots)


def _acknowledgement_faults(node: Node, tx: Tx, head: LaneHead, roots: Mapping[int, bytes]) -> Iterator[str]:
    line, at, size = audits.acknowledgement(tx, head.origin), head.acknowledged_at, head.acknowledged_size
    if line is None and at is None and size == 0:
        return
    if line is None or at is None or size not in roots or not head.issued or head.party == AUDITORS:
        yield f"{head.origin}: the acknowledgement is none"
        return
    names = node.names_of(head.party)
    keys = keys_of(tx, names.authority, Role.WITNESS)
    try:
        check_acknowledgement(line, Checkpoint(head.origin, size, roots[size]), names.witness, keys, at)
    except Refusal as refusal:
        yield f"{head.origin}: the acknowledgement of {size} leaves: {refusal.reason.code}"


def _note_faults(tx: Tx, head: LaneHead, authority: str, roots: Mapping[int, bytes]) -> Iterator[str]:
    if head.note is None:
        if head.signed_at is not None or head.received_at is not None:
            yield f"{head.origin}: it was heard of without a checkpoint"
        return
    try:
        signed = check_checkpoint(head.note, head.origin, keys_of(tx, authority, Role.LANE), _NEVER)
    except Refusal as refusal:
        yield f"{head.origin}: the checkpoint that is kept: {refusal.reason.code}"
        return
    if head.issued or roots.get(signed.checkpoint.size) != signed.checkpoint.root:
        yield f"{head.origin}: the checkpoint that is kept is of another lane"
    # Without a time, an event was met that this program does not know, and the lane is stale.
    if head.signed_at not in {None, signed.signed_at}:
        yield f"{head.origin}: the checkpoint that is kept was signed at another time"


def place_faults(tx: Tx, heads: Sequence[LaneHead], marks: Marks | None) -> Iterator[str]:
    """Hold the lanes that there are to the partners, and to the marks of those that were signed, if they are known."""
    issued, followed = ({head.party for head in heads if head.issued is way} for way in (True, False))
    known = {partner.party for partner in partners.everyone(tx)}
    for party in sorted(known - issued | known - followed):
        yield f"partner {party}: a lane is missing"
    for party in sorted((issued | followed) - known - {AUDITORS}):
        yield f"partner {party}: it is missing, and has a lane"
    if known and AUDITORS not in issued:
        yield "the auditors' lane is missing"
    there = {head.origin for head in heads}
    signed = (marks and marks.by_lane) or {}
    yield from (f"{origin}: it was signed and is missing" for origin in signed if origin not in there)


def keys_of(tx: Tx, authority: str, role: Role) -> list[KeyRecord]:
    """List the keys of a role in all keyrings of an authority that can be read, tainted ones too."""
    found: dict[str, KeyRecord] = {}
    for _, jws, _ in audits.keyrings(tx, authority):
        try:
            found |= {key.kid: key for key in parse_keyring(jws)[0].of_role(role)}
        except Refusal:
            continue
    return list(found.values())
