"""JSON with one reading: what parsers disagree about is refused (RFC 8259 sections 4 to 9, RFC 7493)."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from interchange.errors import Reason, refuse

MAX_DEPTH = 8
MAX_INTEGER = (1 << 53) - 1
"""The largest integer that every JSON parser keeps exact (RFC 7493 section 2.2)."""

_PLAIN = bytes(code for code in range(0x20, 0x7F) if code != ord("\\"))
_LONGEST_INTEGER = len(str(-MAX_INTEGER))
# Control characters, byte order mark, line separators and the characters that turn the writing direction: none
# belongs in a name, and each makes a screen or a log show something other than what was signed.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\ufeff\u2028-\u202e\u2066-\u2069]")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise refuse(Reason.JSON_DUPLICATE_KEY)
    return members


def _integer(digits: str) -> int:
    # The length comes first: int() of thousands of digits is slow, then a ValueError.
    if len(digits) > _LONGEST_INTEGER or digits == "-0":
        raise refuse(Reason.JSON_NUMBER)
    number = int(digits)
    if -MAX_INTEGER <= number <= MAX_INTEGER:
        return number
    raise refuse(Reason.JSON_NUMBER)


def _no_number(_digits: str) -> NoReturn:
    raise refuse(Reason.JSON_NUMBER)


_READER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_no_number, parse_constant=_no_number
)
_WRITER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _too_deep(value: object) -> bool:
    layer = [value]
    for _ in range(MAX_DEPTH):
        layer = [
            child
            for one in layer
            if isinstance(one, (dict, list))
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, (dict, list))
        ]
        if not layer:
            return False
    return True


def _check_seen(text: str) -> None:
    # Of the escapes only \" and \\ remain, so that no lone surrogate and no control character comes in by one.
    if _UNSEEN.search(text) or "\\" in text.replace("\\\\", "").replace('\\"', ""):
        raise refuse(Reason.JSON_INVALID)


def loads(data: bytes, *, unicode: bool = False) -> object:
    r"""Read JSON strictly.

    Args:
        data: printable ASCII without backslash; no space before or after.
        unicode: instead take UTF-8 with names in it; the only escapes are `\"` and `\\`.

    Returns:
        Objects as `dict`, arrays as `list`, `str`, `int`, `bool` or None; never `float`.

    Raises:
        Refusal: JSON_NOT_ASCII; JSON_INVALID; JSON_DUPLICATE_KEY; JSON_NUMBER for a fraction, an exponent, NaN,
            Infinity, minus zero or more than 53 bits; JSON_DEPTH for more than 8 levels of objects and arrays.
    """
    try:
        if unicode:
            text = data.decode()
            _check_seen(text)
        else:
            if data.translate(None, _PLAIN):
                raise refuse(Reason.JSON_NOT_ASCII)
            text = data.decode("ascii")
        value, end = _READER.raw_decode(text)
    except RecursionError:
        raise refuse(Reason.JSON_DEPTH) from None
    except ValueError:  # JSONDecodeError and UnicodeDecodeError are kinds of it
        raise refuse(Reason.JSON_INVALID) from None
    if end != len(text):
        raise refuse(Reason.JSON_INVALID)
    # So few brackets cannot nest too deep; the walk is for the others.
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH and _too_deep(value):
        raise refuse(Reason.JSON_DEPTH)
    result: object = value
    return result


def dumps(value: object, *, unicode: bool = False) -> bytes:
    """Write JSON in the shortest form, members in the order in which they were put in.

    Args:
        value: of the types that `loads` returns.
        unicode: write UTF-8; otherwise plain ASCII is all there may be.

    Returns:
        Bytes that `loads` reads.

    Raises:
        Refusal: JSON_NOT_ASCII, or with `unicode` JSON_INVALID, for a character that `loads` would refuse.
    """
    text = _WRITER.encode(value)
    try:
        data = text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        raise refuse(Reason.JSON_INVALID) from None
    if unicode:
        _check_seen(text)
    elif data.translate(None, _PLAIN):
        raise refuse(Reason.JSON_NOT_ASCII)
    return data
