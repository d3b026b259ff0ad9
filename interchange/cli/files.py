"""Files that a command is given or leaves; a failure names the file and is a refusal."""

from __future__ import annotations

import sys
from base64 import b64decode, b64encode
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from interchange.errors import Reason, Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDARD_INPUT = Path("-")

_OF_FILES = frozenset(
    {Reason.FILE_UNREADABLE, Reason.FILE_LOOSE, Reason.FILE_SEALED, Reason.FILE_EXISTS, Reason.CERTIFICATE_FORM}
    | {Reason.CERTIFICATE_KEY_TYPE}
)


@contextmanager
def led_to(how: str) -> Iterator[None]:
    """Say of files whose names nobody typed what led to them.

    Args:
        how: such as `in --credentials DIRECTORY`; stands behind the file's name.
    """
    try:
        yield
    except Refusal as refusal:
        if refusal.reason not in _OF_FILES:
            raise
        raise refuse(refusal.reason, f"{refusal.where}, {how}" if refusal.where else how) from refusal


def read(path: Path, most: int) -> bytes:
    """Read a file, or standard input for `-`.

    Args:
        path: where.
        most: bytes that its content may have.

    Raises:
        Refusal: FILE_UNREADABLE if it is not there, is larger, or cannot be read.
    """
    content = _begin(path, most + 1)
    if len(content) > most:
        raise refuse(Reason.FILE_UNREADABLE, f"{path} is larger than {most} bytes")
    return content


def read_line(path: Path, most: int) -> bytes:
    """Read a file of one line without the newline that editors put after it; of a longer one, `most` + 1 bytes.

    What is too long is not refused here: whoever judges the line says so with its own reason.
    """
    content = _begin(path, most + 3)
    return content.removesuffix(b"\n").removesuffix(b"\r")[: most + 1]


def _begin(path: Path, most: int) -> bytes:
    try:
        if path == STANDARD_INPUT:
            return sys.stdin.buffer.read(most)
        with path.open("rb") as opened:
            return opened.read(most)
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, str(path)) from error


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet.

    Raises:
        Refusal: FILE_EXISTS rather than write over a file; FILE_UNREADABLE.
    """
    try:
        with path.open("xb") as opened:
            opened.write(content)
    except FileExistsError as error:
        raise refuse(Reason.FILE_EXISTS, str(path)) from error
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, str(path)) from error


def encode(data: bytes) -> str:
    """Spell bytes as protobuf's JSON mapping does."""
    return b64encode(data).decode()


def decode(text: str) -> bytes:
    """Read bytes that a node's answer spells."""
    return b64decode(text)
