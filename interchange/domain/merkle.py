"""The Merkle tree under every lane: its hashes and its frontier (RFC 6962 section 2.1, RFC 9162 section 2.1).

A lane of n leaves is kept as its *frontier*: the roots of the perfect subtrees that the binary digits of n name, widest
first. That is all that appending and the root need. Proofs (`domain.merkle_proof`) also need stored nodes; node (level,
index) is the root of the perfect subtree over the leaves [index * 2**level, (index + 1) * 2**level), and level 0 holds
the leaf hashes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from interchange.errors import Reason, refuse

HASH_BYTES = 32
"""Length of a SHA-256 digest, and so of every hash here."""

MAX_SIZE = 2**64 - 1
"""Leaves a lane can have: RFC 9162 numbers them in 64 bits, and so a frontier never has more than 64 hashes."""

EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves (RFC 9162 section 2.1.1)."""

Node: TypeAlias = tuple[int, int, bytes]
"""(level, index, hash) of a perfect subtree; the hash has 32 bytes."""


def leaf_hash(leaf: bytes) -> bytes:
    """Hash one leaf; the prefix keeps a leaf from ever passing for an interior node (RFC 9162 section 2.1.1).

    Args:
        leaf: the leaf's exact bytes, of any length.

    Returns:
        32 bytes, SHA-256(0x00 || leaf).
    """
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbouring subtrees into their parent (RFC 9162 section 2.1.1).

    Args:
        left: root of the left subtree, 32 bytes.
        right: root of the right subtree, 32 bytes.

    Returns:
        32 bytes, SHA-256(0x01 || left || right).
    """
    return sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """Give the root over neighbouring perfect subtrees: the narrowest join first (RFC 9162 section 2.1.1).

    Args:
        hashes: their roots, at least one, from left to right, each subtree wider than the next.

    Returns:
        32 bytes.
    """
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


@dataclass(frozen=True, slots=True)
class Frontier:
    """What a party must remember of a lane to append to it and to know its root.

    Attributes:
        size: number of leaves, 0 to 2**64 - 1.
        hashes: roots of the perfect subtrees, widest (leftmost) first; one of 32 bytes for each 1 in the binary size.

    Raises:
        Refusal: FRONTIER_FORM when size and hashes cannot belong together.
    """

    size: int
    hashes: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE:
            raise refuse(Reason.FRONTIER_FORM, "size")
        if len(self.hashes) != self.size.bit_count():
            raise refuse(Reason.FRONTIER_FORM, "number of hashes")
        if any(len(node) != HASH_BYTES for node in self.hashes):
            raise refuse(Reason.FRONTIER_FORM, "length of a hash")

    @classmethod
    def empty(cls) -> Frontier:
        """Give the frontier of the tree without leaves."""
        return cls(0, ())

    @classmethod
    def decode(cls, size: int, encoded: bytes) -> Frontier:
        """Read back what `encode` wrote.

        Args:
            size: number of leaves, kept beside the bytes.
            encoded: the concatenated hashes, widest subtree first.

        Returns:
            The frontier.

        Raises:
            Refusal: FRONTIER_FORM when the bytes are not whole hashes or not as many as the size asks for.
        """
        # A last partial chunk has a wrong length, which construction refuses.
        return cls(size, tuple(encoded[at : at + HASH_BYTES] for at in range(0, len(encoded), HASH_BYTES)))

    def encode(self) -> bytes:
        """Write the hashes one after another, 32 bytes each, widest first; the size is kept separately."""
        return b"".join(self.hashes)

    @property
    def root(self) -> bytes:
        """Root of the whole tree, 32 bytes; `EMPTY_ROOT` when there is no leaf."""
        return fold(self.hashes) if self.hashes else EMPTY_ROOT

    def append(self, leaf: bytes) -> Frontier:
        """Give the frontier after one more leaf.

        Args:
            leaf: the new leaf's hash, 32 bytes, from `leaf_hash`.

        Returns:
            A new frontier, one leaf larger.

        Raises:
            Refusal: FRONTIER_FORM when the hash has another length or the tree is full.
        """
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> Frontier:
        """Give the frontier after all these leaves, in their order.

        Args:
            leaves: leaf hashes, 32 bytes each, from `leaf_hash`; read once, never held together.

        Returns:
            A new frontier.

        Raises:
            Refusal: FRONTIER_FORM when a hash has another length or the tree overflows.
        """
        size = self.size
        stack = list(self.hashes)
        pop, push, digest = stack.pop, stack.append, sha256
        for leaf in leaves:
            if len(leaf) != HASH_BYTES:
                raise refuse(Reason.FRONTIER_FORM, "leaf hash")
            # As carrying in a binary counter: each trailing 1 of the size is a subtree that this leaf makes whole.
            # The hash is written out here, because a call costs a third of it and a lane has a million leaves.
            node, carry = leaf, size
            while carry & 1:
                node = digest(b"\x01" + pop() + node).digest()
                carry >>= 1
            push(node)
            size += 1
        return Frontier(size, tuple(stack))


def append_with_nodes(frontier: Frontier, leaf: bytes) -> tuple[Frontier, list[Node]]:
    """Append one leaf and name every node it completes, so that a ledger can keep them for proofs.

    Args:
        frontier: the tree so far.
        leaf: the new leaf's hash, 32 bytes.

    Returns:
        The new frontier, and the completed nodes from the leaf (level 0) upwards; each is final and never changes.

    Raises:
        Refusal: FRONTIER_FORM when the hash has another length or the tree is full.
    """
    grown = frontier.append(leaf)
    nodes: list[Node] = [(0, frontier.size, leaf)]
    # The subtrees that merge are the last of the frontier, narrowest first, one for each trailing 1 of the old size.
    for level, left in enumerate(reversed(frontier.hashes), start=1):
        if not frontier.size >> (level - 1) & 1:
            break
        leaf = node_hash(left, leaf)
        nodes.append((level, frontier.size >> level, leaf))
    return grown, nodes
