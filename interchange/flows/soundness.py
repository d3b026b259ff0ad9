"""Whether a lane of ours is all that was ever signed of it.

A ledger that was restored from a backup, or put back by somebody, has less than what partners were told. Two things
outside of it show that: the high-water file, and a checkpoint of our own that a partner still has. Until the missing
leaves are back, nothing is appended to such a lane, nothing about it is signed, and no verdict rests on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.keyring import Role
from interchange.domain.merkle_proof import frontier_at
from interchange.errors import Reason, Refusal, refuse
from interchange.flows.checkpoints import check_checkpoint
from interchange.store import evidence, lanes
from interchange.wire.note import parse_note

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.highwater import Marks
    from interchange.store.lanes import LaneHead
    from interchange.store.ledger import Tx


def check_sound(node: Node, tx: Tx, head: LaneHead, marks: Marks | None = None) -> None:
    """Refuse to go on with a lane of which more, or something else, was signed before.

    Args:
        node: the node.
        tx: the transaction in which the head was read.
        head: of a lane of ours.
        marks: as they were read before a snapshot was taken, or the mark of a head that was signed meanwhile would seem
            to be above it; None reads them now.

    Raises:
        Refusal: LANE_BEHIND, HIGHWATER_UNREADABLE.
    """
    (marks or node.highwater.marks()).check(head.origin, head.size, head.frontier.root)
    check_proofs(tx, head)


def check_proofs(tx: Tx, head: LaneHead) -> None:
    """Refuse LANE_BEHIND for a lane of which a partner has shown what the ledger lacks."""
    for note in evidence.proofs(tx, head.origin):
        signed = parse_note(note).checkpoint
        if contradiction(tx, head, signed.size, signed.root):
            raise refuse(Reason.LANE_BEHIND, "a partner has shown what this ledger lacks")


def is_sound(node: Node, tx: Tx, head: LaneHead, marks: Marks | None = None) -> bool:
    """Tell whether `check_sound` finds no fault; a mark that cannot be read is refused all the same."""
    try:
        check_sound(node, tx, head, marks)
    except Refusal as refusal:
        if refusal.reason is not Reason.LANE_BEHIND:
            raise
        return False
    return True


def contradiction(tx: Tx, head: LaneHead, size: int, root: bytes) -> Reason | None:
    """Say how a (size, root) of one of our lanes contradicts what the ledger has of it, or None if it is in it."""
    if size > head.size:
        return Reason.LANE_ROLLBACK
    known = frontier_at(size, lanes.node_reader(tx, head.origin)).root
    return None if root == known else Reason.LANE_FORK


def proven(node: Node, tx: Tx, head: LaneHead, note: bytes, now: Instant) -> Reason | None:
    """Say how a checkpoint that a partner shows proves that our own lane key signed what the ledger does not have.

    What a partner merely says would let it stop the lane; a signature of ours cannot be made up. None for a note that
    is none of ours, or of what the ledger has.
    """
    try:
        said = parse_note(note).checkpoint
        if said.origin != head.origin:
            return None
        how = contradiction(tx, head, said.size, said.root)
        if how is not None:
            check_checkpoint(note, head.origin, node.keyring(tx, node.names.authority).sound(Role.LANE), now)
    except Refusal:
        return None
    return how
