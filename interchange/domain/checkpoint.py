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
_ORIGIN = re.compile(r"[a-z0-9.-]{1,200}/lane/[A-Za-z]{3,5}/[1-9][0-9]{0,8}", re.ASCII)


class LineKind(IntEnum):
    """Signature type byte of C2SP signed-note."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    """Timestamped Ed25519 cosignature (C2SP tlog-cosignature v1)."""


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

    `signature` is 64 bytes; `signed_at` is there for a cosignature only.
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
    """What a timestamped cosignature signs (C2SP tlog-cosignature v1)."""
    return b"cosignature/v1\ntime %d\n" % signed_at + body
