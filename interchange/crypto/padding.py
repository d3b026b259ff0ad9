"""Padding before encryption, so that the length of what is sealed does not tell how long a person's names are."""

from __future__ import annotations

from nacl.bindings import sodium_pad, sodium_unpad
from nacl.exceptions import CryptoError

from interchange.errors import Reason, refuse

BLOCK = 512
"""Bytes to whose next multiple contents are filled up."""

LIMIT = 16 * 1024
"""Bytes of the longest content."""

PADDED_LIMIT = LIMIT + BLOCK
"""Bytes of the longest padded content: at least one byte of padding is always there."""


def pad(content: bytes) -> bytes:
    """Fill up with 0x80 and zeros to a multiple of `BLOCK`, by a byte at least (ISO/IEC 7816-4).

    Args:
        content: at most `LIMIT` bytes.

    Raises:
        Refusal: FIELD_FORM when it is longer.
    """
    if len(content) > LIMIT:
        raise refuse(Reason.FIELD_FORM, "length of what is sealed")
    return sodium_pad(content, BLOCK)


def unpad(padded: bytes, reason: Reason) -> bytes:
    """Take off what `pad` put on; to be given authenticated bytes only.

    Args:
        padded: what came out of the seal.
        reason: of the refusal, since only the caller knows what was opened.

    Raises:
        Refusal: `reason` when the bytes do not end in such padding, or are longer than `pad` makes them.
    """
    if len(padded) % BLOCK or len(padded) > PADDED_LIMIT:
        raise refuse(reason, "padding")
    try:
        return sodium_unpad(padded, BLOCK)
    except CryptoError:
        raise refuse(reason, "padding") from None
