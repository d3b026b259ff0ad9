"""How C2SP text formats spell bytes and numbers: padded base64 (RFC 4648 section 4) and plain decimals."""

from __future__ import annotations

import re
from binascii import Error, a2b_base64, b2a_base64

from interchange.errors import Reason, refuse

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


def read_base64(text: str, reason: Reason, where: str) -> bytes:
    """Read padded base64, and refuse with `reason` every spelling but the one that `write_base64` writes."""
    try:
        data = a2b_base64(text, strict_mode=True)
    except (Error, ValueError):  # ValueError: a character that is not ASCII
        raise refuse(reason, where) from None
    if write_base64(data) != text:
        raise refuse(reason, where)
    return data


def write_base64(data: bytes) -> str:
    """Write padded base64."""
    return b2a_base64(data, newline=False).decode()


def read_decimal(text: str, reason: Reason, where: str) -> int:
    """Read an ASCII decimal of at most 16 digits without sign or leading zero, or refuse with `reason`."""
    if not _DECIMAL.fullmatch(text):
        raise refuse(reason, where)
    return int(text)
