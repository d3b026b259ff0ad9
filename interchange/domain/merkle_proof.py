"""Proofs about a lane's Merkle tree: making them from stored nodes, and checking them without the tree.

Inclusion says "this leaf is in the tree of that root"; consistency says "the tree of the new root begins with the tree
of the old root" (RFC 9162 sections 2.1.3 and 2.1.4). Checking needs no tree, so that a partner without the lane can do
it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from interchange.domain.merkle import HASH_BYTES, MAX_SIZE, Frontier, fold, node_hash
from interchange.errors import Reason, refuse

Coordinate: TypeAlias = tuple[int, int]
"""(level, index) of a perfect subtree; level 0 is a leaf."""

Cover: TypeAlias = tuple[Coordinate, ...]
"""The perfect subtrees under one proof element, from left to right; more than one only at the ragged right edge."""


def inclusion_path(index: int, size: int) -> list[Cover]:
    """List the stored nodes from which the inclusion proof of a leaf is made (RFC 9162 section 2.1.3.1).

    Args:
        index: the leaf, counted from 0.
        size: leaves of the tree the proof is for.

    Returns:
        One cover for each proof element, in the proof's order: nearest the leaf first.

    Raises:
        Refusal: FIELD_FORM when there is no such leaf in a tree of that size.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise refuse(Reason.FIELD_FORM, "leaf index")
    start, end = 0, size
    path: list[Cover] = []
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            path.append(_cover(middle, end))
            end = middle
        else:
            path.append(_cover(start, middle))
            start = middle
    path.reverse()
    return path


def consistency_path(old: int, new: int) -> list[Cover]:
    """List the stored nodes from which the consistency proof of two sizes is made (RFC 9162 section 2.1.4.1).

    Args:
        old: the smaller size, at least 1; nothing can be proved about the empty tree.
        new: the larger size, at least `old`.

    Returns:
        One cover for each proof element, in the proof's order; none when the sizes are equal.

    Raises:
        Refusal: FIELD_FORM when the sizes are not in that order.
    """
    if not 0 < old <= new <= MAX_SIZE:
        raise refuse(Reason.FIELD_FORM, "tree sizes")
    start, end = 0, new
    path: list[Cover] = []
    while end != old:
        middle = _split(start, end)
        if old <= middle:
            path.append(_cover(middle, end))
            end = middle
        else:
            path.append(_cover(start, middle))
            start = middle
    # A subtree that begins at leaf 0 is the whole old tree, whose root the verifier knows already.
    if start > 0:
        path.append(_cover(start, end))
    path.reverse()
    return path


def inclusion_proof(index: int, size: int, node: Callable[[int, int], bytes]) -> tuple[bytes, ...]:
    """Make the proof that a leaf is in the tree of that size (RFC 9162 section 2.1.3.1).

    Args:
        index: the leaf, counted from 0.
        size: leaves of the tree.
        node: (level, index) → stored hash of 32 bytes.

    Returns:
        At most 64 hashes, nearest the leaf first.

    Raises:
        Refusal: FIELD_FORM when there is no such leaf in a tree of that size.
    """
    return tuple(fold([node(*at) for at in cover]) for cover in inclusion_path(index, size))


def consistency_proof(old: int, new: int, node: Callable[[int, int], bytes]) -> tuple[bytes, ...]:
    """Make the proof that the tree of the new size begins with the tree of the old size (RFC 9162 section 2.1.4.1).

    Args:
        old: the smaller size, at least 1.
        new: the larger size.
        node: (level, index) → stored hash of 32 bytes.

    Returns:
        At most 65 hashes; none when the sizes are equal.

    Raises:
        Refusal: FIELD_FORM when the sizes are not in that order.
    """
    return tuple(fold([node(*at) for at in cover]) for cover in consistency_path(old, new))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf is in the tree of that root (RFC 9162 section 2.1.3.2).

    Args:
        leaf: the leaf's hash, 32 bytes.
        index: the leaf's place, counted from 0.
        size: leaves of the tree.
        proof: hashes of 32 bytes, nearest the leaf first.
        root: root of the tree, 32 bytes, from a checkpoint whose signature was checked.

    Raises:
        Refusal: PROOF_INVALID when the proof shows anything else.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise refuse(Reason.PROOF_INVALID, "leaf index")
    _check_lengths((leaf, *proof))
    place, last = index, size - 1
    found = leaf
    for sibling in proof:
        if last == 0:
            raise refuse(Reason.PROOF_INVALID, "proof too long")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            place, last = _climb(place, last)
        else:
            found = node_hash(found, sibling)
        place >>= 1
        last >>= 1
    if last != 0:
        raise refuse(Reason.PROOF_INVALID, "proof too short")
    if found != root:
        raise refuse(Reason.PROOF_INVALID, "root")


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the new tree begins with the old one (RFC 9162 section 2.1.4.2).

    Nothing can be proved about the empty tree, so that an old size of 0 is refused: whoever has nothing yet reads from
    the first leaf.

    Args:
        old_size: leaves of the old tree, at least 1.
        old_root: its root, 32 bytes.
        new_size: leaves of the new tree, at least `old_size`.
        new_root: its root, 32 bytes.
        proof: hashes of 32 bytes; none when the sizes are equal.

    Raises:
        Refusal: PROOF_INVALID when the proof shows anything else.
    """
    if not 0 < old_size <= new_size <= MAX_SIZE:
        raise refuse(Reason.PROOF_INVALID, "tree sizes")
    if old_size == new_size:
        # One tree has one root; nothing is hashed, so that a proof here could only be padding.
        if proof or old_root != new_root:
            raise refuse(Reason.PROOF_INVALID, "trees of equal size")
        return
    if not proof:
        raise refuse(Reason.PROOF_INVALID, "proof too short")
    _check_lengths((old_root, *proof))
    # Step 2: when the old tree is perfect, it is itself the subtree to start from and the proof leaves it out.
    first, *rest = (old_root, *proof) if old_size.bit_count() == 1 else proof
    place, last = old_size - 1, new_size - 1
    while place & 1:  # step 4
        place >>= 1
        last >>= 1
    old_found = new_found = first
    for sibling in rest:
        if last == 0:
            raise refuse(Reason.PROOF_INVALID, "proof too long")
        if place & 1 or place == last:
            old_found = node_hash(sibling, old_found)
            new_found = node_hash(sibling, new_found)
            place, last = _climb(place, last)
        else:
            new_found = node_hash(new_found, sibling)
        place >>= 1
        last >>= 1
    if last != 0:
        raise refuse(Reason.PROOF_INVALID, "proof too short")
    if old_found != old_root:
        raise refuse(Reason.PROOF_INVALID, "old root")
    if new_found != new_root:
        raise refuse(Reason.PROOF_INVALID, "new root")


def _check_lengths(hashes: Sequence[bytes]) -> None:
    """Refuse anything that is not a hash: odd lengths would let one pair be cut at another place."""
    if any(len(node) != HASH_BYTES for node in hashes):
        raise refuse(Reason.PROOF_INVALID, "length of a hash")


def _climb(place: int, last: int) -> tuple[int, int]:
    """Skip the levels on which a right-edge node has no sibling (RFC 9162 section 2.1.3.2, step 4.b.ii)."""
    while place and not place & 1:
        place >>= 1
        last >>= 1
    return place, last


def _split(start: int, end: int) -> int:
    """Give the first leaf of the right half: the left one has the largest power of two below the width."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def _cover(start: int, end: int) -> Cover:
    """Cut the subtree over [start, end) into perfect ones; `start` is aligned, as every subtree of the RFC is."""
    cover: list[Coordinate] = []
    for level in range((end - start).bit_length() - 1, -1, -1):
        if (end - start) >> level & 1:
            cover.append((level, start >> level))
            start += 1 << level
    return tuple(cover)


def frontier_at(size: int, node: Callable[[int, int], bytes]) -> Frontier:
    """Read back the frontier that a tree had when it had `size` leaves, from its stored nodes.

    Args:
        size: leaves at that time.
        node: (level, index) → stored hash of 32 bytes.
    """
    return Frontier(size, tuple(node(*at) for at in _cover(0, size)))
