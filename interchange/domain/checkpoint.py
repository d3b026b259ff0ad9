"""The signed head of a lane (C2SP tlog-checkpoint) and the arithmetic of its signature lines."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from interchange.domain.time import Instant

HASH_BYTES = 32
MAX_SIZE = 1 << 53
_LONGEST_TEXT = 255
_ORIGIN = re.compile(r"[a-z0-9.-]{1,200}/lane/[A-Za-z]{3,5}/[1-9][0-9]{0,8}", re.ASCII)


class LineKind(IntEnum):
    """Signature type byte of C2SP signed-note."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    """Timestamped Ed25519 cosignature (C2SP tlog-cosignature v1)."""
    MLDSA44_COSIGNATURE = 0x06
    """Timestamped ML-DSA-44 cosignature (C2SP tlog-cosignature v1)."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """(origin, size, root): all that a lane is at one moment.

    Attributes:
        origin: `<authority>/lane/<partner>/<generation>`.
        size: number of leaves.
        root: RFC 6962 tree hash, 32 bytes.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        """Refuse what cannot be written as a note of exactly three lines."""
        if not _ORIGIN.fullmatch(self.origin) or len(self.root) != HASH_BYTES or not 0 <= self.size < MAX_SIZE:
            raise refuse(Reason.NOTE_FORM, "body")

    @property
    def body(self) -> bytes:
        """The note text: origin, decimal size, base64 root, each ended by a newline."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n".encode()


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One signature line, unverified: key name, 4-byte key id, and what follows it.

    `signature` is 64 bytes, of ML-DSA-44 2420; `signed_at` is there for a cosignature only.
    """

    name: str
    key_id: bytes
    signature: bytes
    signed_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed signed note of which no signature was checked."""

    checkpoint: Checkpoint
    lines: tuple[NoteLine, ...]


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A checkpoint both lines of which verified under the lane's key.

    Attributes:
        checkpoint: what was signed.
        signed_at: the lane key's own time, from the cosignature line.
        note: the bytes as received, kept as evidence.
    """

    checkpoint: Checkpoint
    signed_at: Instant
    note: bytes


def key_id(name: str, kind: LineKind, public_key: bytes) -> bytes:
    """First four bytes of SHA-256(name, newline, type byte, public key) (C2SP signed-note)."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:4]


def cosigned_message(signed_at: Instant, body: bytes) -> bytes:
    """What a timestamped Ed25519 cosignature signs (C2SP tlog-cosignature v1)."""
    return b"cosignature/v1\ntime %d\n" % signed_at + body


def subtree_message(name: str, signed_at: Instant, checkpoint: Checkpoint) -> bytes:
    """What a timestamped ML-DSA-44 cosignature of a checkpoint signs: `cosigned_message` of C2SP tlog-cosignature v1.

    Unlike the Ed25519 one it names the cosigner. Integers are big-endian, texts have one byte of length before them
    (RFC 8446 section 3); the subtree is the whole tree, from leaf 0.

    Args:
        name: of the cosigner, 1 to 255 bytes of ASCII.
        signed_at: the time that the line names, not before 1970.
        checkpoint: what is cosigned.
    """
    texts = [text.encode("ascii") for text in (name, checkpoint.origin)]
    if not all(0 < len(text) <= _LONGEST_TEXT for text in texts):
        raise refuse(Reason.NOTE_FORM, "name")
    cosigner, origin = (bytes([len(text)]) + text for text in texts)
    start, end = (number.to_bytes(8, "big") for number in (0, checkpoint.size))
    return b"subtree/v1\n\0" + cosigner + signed_at.to_bytes(8, "big") + origin + start + end + checkpoint.root
