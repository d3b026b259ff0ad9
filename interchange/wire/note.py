"""Signed notes of lanes: a checkpoint and its signature lines (C2SP signed-note, tlog-checkpoint, tlog-cosignature)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from interchange.domain.checkpoint import Checkpoint, LineKind, Note, NoteLine
from interchange.errors import Reason, refuse
from interchange.wire.c2sp import read_base64, read_decimal, write_base64
from interchange.wire.schema import LAST_INSTANT

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_NOTE = 8192
"""Bytes of a note."""

MAX_LINES = 16
"""Signature lines of a note; the number that C2SP signed-note obliges every reader to take."""

# "— name base64": em dash; a name has neither spaces nor plus.
_LINE = re.compile(r"\u2014 ([!-*,-~]{1,256}) ([A-Za-z0-9+/]+={0,2})", re.ASCII)
_BODY_LINES = 3
_KEY_ID_BYTES = 4
_TIME_BYTES = 8
_SIGNATURE_BYTES = 64
_MLDSA44_SIGNATURE_BYTES = 2420
_LENGTHS = {
    _KEY_ID_BYTES + _SIGNATURE_BYTES: LineKind.ED25519,
    _KEY_ID_BYTES + _TIME_BYTES + _SIGNATURE_BYTES: LineKind.COSIGNATURE,
    _KEY_ID_BYTES + _TIME_BYTES + _MLDSA44_SIGNATURE_BYTES: LineKind.MLDSA44_COSIGNATURE,
}


def format_line(line: NoteLine) -> str:
    """Write one signature line, without its newline.

    Args:
        line: key name, key id (4 bytes), signature (64 bytes, of ML-DSA-44 2420) and for a cosignature its time.

    Raises:
        Refusal: NOTE_FORM for a line that `parse_line` would refuse.
    """
    if line.signed_at is not None and not 0 <= line.signed_at <= LAST_INSTANT:
        raise refuse(Reason.NOTE_FORM, "time")
    time = b"" if line.signed_at is None else line.signed_at.to_bytes(_TIME_BYTES, "big")
    text = f"\u2014 {line.name} {write_base64(line.key_id + time + line.signature)}"
    if parse_line(text) != line:
        raise refuse(Reason.NOTE_FORM, "line")
    return text


def parse_line(text: str, kind: LineKind | None = None) -> NoteLine:
    """Read one signature line, of which nobody has checked the signature.

    Args:
        text: em dash, space, name, space, base64; no newline.
        kind: the only kind that is accepted, or None for any.

    Returns:
        The line. Its length tells the kind: 68 bytes plain Ed25519, 76 bytes a cosignature with its time, 2432 bytes
            one under ML-DSA-44.

    Raises:
        Refusal: NOTE_FORM.
    """
    match = _LINE.fullmatch(text)
    if match is None:
        raise refuse(Reason.NOTE_FORM, "line")
    name, encoded = match.groups()
    data = read_base64(encoded, Reason.NOTE_FORM, "line")
    found = _LENGTHS.get(len(data))
    if found is None or (kind is not None and found is not kind):
        raise refuse(Reason.NOTE_FORM, "kind of line")
    key_id, rest = data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:]
    if found is LineKind.ED25519:
        return NoteLine(name, key_id, rest)
    signed_at = int.from_bytes(rest[:_TIME_BYTES], "big")
    if signed_at > LAST_INSTANT:
        raise refuse(Reason.NOTE_FORM, "time")
    return NoteLine(name, key_id, rest[_TIME_BYTES:], signed_at)


def _check_lines(lines: Sequence[NoteLine]) -> None:
    if not 0 < len(lines) <= MAX_LINES:
        raise refuse(Reason.NOTE_FORM, "number of lines")
    # Name and key id name the key and what it signs, so a second line of the same pair could only contradict.
    if len({(line.name, line.key_id) for line in lines}) != len(lines):
        raise refuse(Reason.NOTE_FORM, "a line occurs twice")


def format_note(checkpoint: Checkpoint, lines: Sequence[NoteLine]) -> bytes:
    """Write a checkpoint and its signature lines as a note.

    Args:
        checkpoint: the body.
        lines: 1 to 16 signature lines, every (name, key id) once.

    Returns:
        UTF-8, at most 8 KiB.

    Raises:
        Refusal: NOTE_FORM.
    """
    _check_lines(lines)
    signatures = "".join(f"{format_line(line)}\n" for line in lines)
    note = checkpoint.body + b"\n" + signatures.encode()
    if len(note) > MAX_NOTE:
        raise refuse(Reason.NOTE_FORM, "size")
    return note


def parse_note(data: bytes) -> Note:
    """Read a note of which nobody has checked a signature.

    Args:
        data: body of exactly three lines (no extension lines), an empty line, 1 to 16 signature lines; UTF-8.

    Returns:
        The checkpoint and its lines.

    Raises:
        Refusal: NOTE_FORM.
    """
    if len(data) > MAX_NOTE:
        raise refuse(Reason.NOTE_FORM, "size")
    try:
        body, _, signatures = data.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise refuse(Reason.NOTE_FORM, "UTF-8") from None
    head = body.split("\n")
    if len(head) != _BODY_LINES or not signatures.endswith("\n"):
        raise refuse(Reason.NOTE_FORM, "lines")
    origin, size, root = head
    checkpoint = Checkpoint(
        origin, read_decimal(size, Reason.NOTE_FORM, "size"), read_base64(root, Reason.NOTE_FORM, "root")
    )
    texts = signatures[:-1].split("\n", MAX_LINES)
    lines = tuple(parse_line(text) for text in texts)
    _check_lines(lines)
    return Note(checkpoint, lines)
