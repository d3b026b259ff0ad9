"""Inclusion proofs as text that a verifier can keep (C2SP tlog-proof), with the leaf in the `extra` line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interchange.domain.checkpoint import HASH_BYTES
from interchange.errors import Reason, refuse
from interchange.wire.c2sp import read_base64, read_decimal, write_base64
from interchange.wire.events import MAX_LEAF
from interchange.wire.note import MAX_NOTE

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_HASHES = 64
"""Levels of a tree of at most 2^64 leaves."""

MAX_PROOF = 32 * 1024
"""Bytes of a proof; leaf, hashes and note at their largest stay below it."""

_TITLE = "c2sp.org/tlog-proof@v1"
_EXTRA = "extra "
_INDEX = "index "
_FIRST_LINES = 3


@dataclass(frozen=True, slots=True)
class Proof:
    """An inclusion proof of which nothing was checked but its form.

    Attributes:
        index: number of the leaf, from 0.
        hashes: audit path of RFC 6962 section 2.1.1, from the leaf's sibling up, 32 bytes each.
        leaf: the leaf itself; as the proof's "extra data" it is believed only once its hash fits.
        note: the signed note, verbatim.
    """

    index: int
    hashes: tuple[bytes, ...]
    leaf: bytes = field(repr=False)
    note: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be written as a proof."""
        if not 0 <= self.index < 1 << 53:
            raise refuse(Reason.PROOF_FORM, "index")
        if len(self.hashes) > MAX_HASHES or any(len(one) != HASH_BYTES for one in self.hashes):
            raise refuse(Reason.PROOF_FORM, "hashes")
        if not 0 < len(self.leaf) <= MAX_LEAF:
            raise refuse(Reason.PROOF_FORM, "leaf")
        if not 0 < len(self.note) <= MAX_NOTE:
            raise refuse(Reason.PROOF_FORM, "note")


def format_proof(index: int, hashes: Sequence[bytes], note: bytes, leaf: bytes) -> bytes:
    """Write a proof.

    Args:
        index: number of the leaf, from 0.
        hashes: audit path, from the leaf's sibling up, 32 bytes each.
        note: the signed note, verbatim.
        leaf: the leaf.

    Returns:
        The text, with the note's own newline at its end.

    Raises:
        Refusal: PROOF_FORM.
    """
    proof = Proof(index, tuple(hashes), leaf, note)
    lines = [_TITLE, _EXTRA + write_base64(proof.leaf), f"{_INDEX}{proof.index}", *map(write_base64, proof.hashes)]
    return "\n".join(lines).encode() + b"\n\n" + note


def parse_proof(data: bytes) -> Proof:
    """Read a proof; the note in it is not looked into.

    Args:
        data: title, `extra` (the leaf; required here), `index`, hashes, an empty line, the note.

    Returns:
        The proof, unverified.

    Raises:
        Refusal: PROOF_FORM.
    """
    if len(data) > MAX_PROOF:
        raise refuse(Reason.PROOF_FORM, "size")
    head, _, note = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise refuse(Reason.PROOF_FORM, "ASCII") from None
    if len(lines) < _FIRST_LINES or lines[0] != _TITLE:
        raise refuse(Reason.PROOF_FORM, "title")
    extra, index, *path = lines[1:]
    if not extra.startswith(_EXTRA) or not index.startswith(_INDEX):
        raise refuse(Reason.PROOF_FORM, "extra or index")
    return Proof(
        read_decimal(index.removeprefix(_INDEX), Reason.PROOF_FORM, "index"),
        tuple(read_base64(line, Reason.PROOF_FORM, "hashes") for line in path),
        read_base64(extra.removeprefix(_EXTRA), Reason.PROOF_FORM, "leaf"),
        note,
    )
