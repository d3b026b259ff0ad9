"""Checkpoints and cosignatures: signing the head of our lanes, and believing the heads of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.crypto.ed25519 import verify
from interchange.domain.checkpoint import Checkpoint, LineKind, NoteLine, SignedHead, cosigned_message, key_id
from interchange.domain.time import SKEW
from interchange.errors import Reason, refuse
from interchange.wire.note import format_line, format_note, parse_line, parse_note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interchange.crypto.signer import Signer
    from interchange.domain.keyring import KeyRecord
    from interchange.domain.time import Instant


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer, now: Instant) -> bytes:
    """Write the signed note with both lines of the lane's key, plain and timestamped.

    The caller has read the head from the primary after the request or tick began, and checked the high-water mark.
    """
    name, public_key = checkpoint.origin, signer.public_key
    plain = NoteLine(name, key_id(name, LineKind.ED25519, public_key), signer.sign(checkpoint.body))
    return format_note(checkpoint, [plain, _cosignature(checkpoint, name, signer, now)])


def check_checkpoint(note: bytes, origin: str, keys: Iterable[KeyRecord], now: Instant) -> SignedHead:
    """Believe a signed note of the lane `origin`, both lines of which one of its lane keys made.

    Args:
        note: the bytes as received.
        origin: the lane that was asked for.
        keys: the party's lane keys.
        now: own clock.

    Raises:
        Refusal: NOTE_FORM, NOTE_ORIGIN, KEY_UNKNOWN, SIGNATURE_INVALID, KEY_WINDOW, NOTE_TIME_AHEAD.
    """
    parsed = parse_note(note)
    if parsed.checkpoint.origin != origin:
        raise refuse(Reason.NOTE_ORIGIN)
    lines = {(line.name, line.key_id): line for line in parsed.lines}
    for key in keys:
        plain = lines.get((origin, key_id(origin, LineKind.ED25519, key.public_key)))
        timed = lines.get((origin, key_id(origin, LineKind.COSIGNATURE, key.public_key)))
        if plain is None or timed is None:
            continue
        if not verify(key.public_key, parsed.checkpoint.body, plain.signature):
            raise refuse(Reason.SIGNATURE_INVALID, "checkpoint")
        signed_at = _check_line(timed, parsed.checkpoint, key)
        if signed_at > now + SKEW:
            raise refuse(Reason.NOTE_TIME_AHEAD)
        return SignedHead(parsed.checkpoint, signed_at, note)
    raise refuse(Reason.KEY_UNKNOWN, "lane key")


def acknowledge(checkpoint: Checkpoint, name: str, signer: Signer, now: Instant) -> str:
    """Write the follower's cosignature line over a checkpoint all of whose leaves it has applied durably."""
    return format_line(_cosignature(checkpoint, name, signer, now))


def check_acknowledgement(
    text: str, checkpoint: Checkpoint, name: str, keys: Iterable[KeyRecord], now: Instant
) -> Instant:
    """Believe a follower's cosignature of our checkpoint; return the time it names.

    Raises:
        Refusal: NOTE_FORM, KEY_UNKNOWN, SIGNATURE_INVALID, KEY_WINDOW, NOTE_TIME_AHEAD.
    """
    line = parse_line(text)
    for key in keys:
        if line.name == name and line.key_id == key_id(name, LineKind.COSIGNATURE, key.public_key):
            signed_at = _check_line(line, checkpoint, key)
            if signed_at > now + SKEW:
                raise refuse(Reason.NOTE_TIME_AHEAD)
            return signed_at
    raise refuse(Reason.KEY_UNKNOWN, "witness key")


def _cosignature(checkpoint: Checkpoint, name: str, signer: Signer, now: Instant) -> NoteLine:
    signature = signer.sign(cosigned_message(now, checkpoint.body))
    return NoteLine(name, key_id(name, LineKind.COSIGNATURE, signer.public_key), signature, now)


def _check_line(line: NoteLine, checkpoint: Checkpoint, key: KeyRecord) -> Instant:
    if line.signed_at is None:
        raise refuse(Reason.NOTE_FORM, "cosignature without a time")
    if not verify(key.public_key, cosigned_message(line.signed_at, checkpoint.body), line.signature):
        raise refuse(Reason.SIGNATURE_INVALID, "cosignature")
    if not key.signs_at(line.signed_at):
        raise refuse(Reason.KEY_WINDOW, "cosignature")
    return line.signed_at
