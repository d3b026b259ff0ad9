"""How a node and its signing process talk: one frame asks, one frame answers, over a Unix socket.

    frame = length of the body (4 bytes, big-endian) || body
    body  = fields, each its length (4 bytes, big-endian) || its bytes

A request's first field names the protocol, the second the verb; what follows is the verb's:

    keys                          → done, then public key and label of each
    sign kid message proof        → done signature | prove old-size new-size | refused code where
    make label                    → done public-key | refused code where
    destroy kid                   → done | refused code where

`proof` is the hashes of a consistency proof, joined (RFC 9162 section 2.1.4); empty where none is given. Sizes are
ASCII decimals.
"""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROTOCOL: Final = b"clearance-signer/1"
KEYS, SIGN, MAKE, DESTROY = b"keys", b"sign", b"make", b"destroy"
DONE, PROVE, REFUSED = b"done", b"prove", b"refused"

LIMIT: Final = 12 * 1024 * 1024
"""Bytes of a body; the longest status list fits."""

_LENGTH: Final = 4
_MOST_FIELDS: Final = 4096
_PIECE: Final = 1 << 16


class FrameError(Exception):
    """What came is no frame, or it broke off; the connection is of no further use."""


def encode(fields: Sequence[bytes]) -> bytes:
    """Write a frame."""
    body = b"".join(len(field).to_bytes(_LENGTH, "big") + field for field in fields)
    return len(body).to_bytes(_LENGTH, "big") + body


def receive(connection: socket.socket) -> list[bytes] | None:
    """Read a frame into its fields, or None if the other side ended the connection between two frames.

    Raises:
        FrameError: for anything else than a whole frame of at most `LIMIT` bytes.
        OSError: those of the connection.
    """
    head = _exactly(connection, _LENGTH)
    if not head:
        return None
    length = int.from_bytes(head, "big")
    if len(head) < _LENGTH or length > LIMIT:
        raise FrameError("length")
    body = _exactly(connection, length)
    if len(body) < length:
        raise FrameError("broken off")
    return _fields(body)


def _fields(body: bytes) -> list[bytes]:
    fields: list[bytes] = []
    at = 0
    while at < len(body):
        start = at + _LENGTH
        at = start + int.from_bytes(body[at:start], "big")
        if at > len(body) or start > len(body) or len(fields) == _MOST_FIELDS:
            raise FrameError("fields")
        fields.append(body[start:at])
    return fields


def _exactly(connection: socket.socket, length: int) -> bytes:
    """Read that many bytes, or fewer if the connection ends; memory grows only with what has come."""
    pieces, missing = [], length
    while missing:
        piece = connection.recv(min(missing, _PIECE))
        if not piece:
            break
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


@contextmanager
def short_name(path: Path) -> Iterator[str]:
    """Name a socket so that its address is short enough for the system, whatever the directory's name is.

    Raises:
        OSError: if the directory is not there.
    """
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
