"""Base64url without padding, one spelling for each value (RFC 4648 section 5, RFC 7515 section 2)."""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64

from interchange.errors import Reason, refuse

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

_FROM_STANDARD = bytes.maketrans(b"+/", b"-_")
# Each character becomes its standard one; what is in base64 but not in base64url (+ / =) or in neither becomes "!",
# at which the strict decoder stops.
_TO_STANDARD = bytes(
    {ord("-"): ord("+"), ord("_"): ord("/")}.get(code, code if code in ALPHABET else ord("!")) for code in range(256)
)
# The last character carries 4 bits or 2 bits beyond the last byte, after 2 or 3 characters of a group of four.
# They must be zero (RFC 4648 section 3.5), or several texts would be one value.
_PADDING = {
    0: (b"", frozenset(ALPHABET)),
    2: (b"==", frozenset(ALPHABET[:64:16])),
    3: (b"=", frozenset(ALPHABET[:64:4])),
}


def encode(data: bytes) -> str:
    """Write bytes as base64url without padding."""
    return b2a_base64(data, newline=False).translate(_FROM_STANDARD).rstrip(b"=").decode()


def decode(text: bytes | str, reason: Reason = Reason.TOKEN_BASE64, where: str = "") -> bytes:
    """Read base64url, and refuse every spelling but the one that `encode` writes.

    Args:
        text: characters, or the same as ASCII bytes; no padding, no whitespace.
        reason: the refusal's reason.
        where: the refusal's place.

    Returns:
        The bytes.

    Raises:
        Refusal: `reason` for a character outside the alphabet, padding, an impossible length, or bits after the last
            byte.
    """
    try:
        spelt = text.encode("ascii") if isinstance(text, str) else text
        padding, last = _PADDING[len(spelt) % 4]
        data = a2b_base64(spelt.translate(_TO_STANDARD) + padding, strict_mode=True)
    except (Error, UnicodeEncodeError, KeyError):
        raise refuse(reason, where) from None
    if spelt and spelt[-1] not in last:
        raise refuse(reason, where)
    return data
