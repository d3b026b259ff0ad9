"""Strict readers of single fields: what is not exactly of its form is refused, and nothing is repaired."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, TypeVar
from unicodedata import category

from interchange.domain.agreements import AGREEMENT_CODE
from interchange.domain.assertion import DIGEST, REFERENCE, UUID4
from interchange.domain.checkpoint import HASH_BYTES, MAX_SIZE
from interchange.domain.days import FIRST_YEAR, LAST_YEAR, start_of_day
from interchange.domain.levels import parse_level
from interchange.domain.names import PARTY, parse_organ
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf.timestamp_pb2 import Timestamp

    from interchange.domain.time import Instant

K = TypeVar("K", bound=int)
T = TypeVar("T")

FIRST_INSTANT = start_of_day(date(FIRST_YEAR, 1, 1), "UTC")
LAST_INSTANT = start_of_day(date(LAST_YEAR, 12, 31), "UTC") + 86_399

LONGEST_NAME = 512
"""Bytes of a text that no form bounds more closely; a SPIFFE URI or lane origin holds a DNS name of up to 253."""

ROOT_PIN = re.compile(r"[0-9a-f]{64}", re.ASCII)
EMPLOYER = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
ADDRESS = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:]{2,45}\]):([1-9][0-9]{0,4})", re.ASCII)
_PURPOSE = re.compile(r"[a-z][a-z0-9_-]{0,63}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NOT_IN_A_LINE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, invisible formats, what is no character, ends of lines and paragraphs."""

_HIGHEST_PORT = 65_535
_HIGHEST_NUMBER = 999_999_999


def text(value: str, where: str, most: int = LONGEST_NAME) -> str:
    """Read a required text of at most `most` bytes of UTF-8, without line breaks or other control characters.

    Raises:
        Refusal: FIELD_MISSING if it is empty; FIELD_FORM.
    """
    if not value:
        raise refuse(Reason.FIELD_MISSING, where)
    # Not `isprintable`: to it, the wide space of Japanese texts is unprintable.
    if len(value.encode()) > most or any(category(character) in _NOT_IN_A_LINE for character in value):
        raise refuse(Reason.FIELD_FORM, where)
    return value


def line(value: str, where: str, most: int) -> str:
    """Read a required text of at most `most` characters, otherwise as `text`."""
    if len(text(value, where, 4 * most)) > most:
        raise refuse(Reason.FIELD_FORM, where)
    return value


def matching(value: str, form: re.Pattern[str], where: str) -> str:
    """Read a required text of exactly this form."""
    if not form.fullmatch(text(value, where)):
        raise refuse(Reason.FIELD_FORM, where)
    return value


def data(value: bytes, where: str, most: int) -> bytes:
    """Read required bytes, at most `most` of them."""
    if not value:
        raise refuse(Reason.FIELD_MISSING, where)
    if len(value) > most:
        raise refuse(Reason.FIELD_FORM, where)
    return value


def uuid(value: str, where: str) -> str:
    """Read a UUID of version 4 in its one spelling (RFC 9562)."""
    return matching(value, UUID4, where)


def request_id(value: str) -> str:
    """Read a request id.

    Raises:
        Refusal: FIELD_MISSING; REQUEST_ID_FORM.
    """
    if not UUID4.fullmatch(text(value, "request_id")):
        raise refuse(Reason.REQUEST_ID_FORM, "request_id")
    return value


def reference(value: str, where: str) -> str:
    """Read a random reference towards a partner, 22 characters of base64url."""
    return matching(value, REFERENCE, where)


def kid(value: str, where: str) -> str:
    """Read a key's RFC 7638 thumbprint, 43 characters of base64url."""
    return matching(value, DIGEST, where)


def party(value: str, where: str) -> str:
    """Read a party's code; whether there is such a party, the rulebook says."""
    return matching(value, PARTY, where)


def organ(value: str, where: str) -> str:
    """Read an organ's name, `PARTY/ORGAN`."""
    parse_organ(text(value, where))
    return value


def level(value: str, where: str) -> str:
    """Read a level's name, `PARTY/CODE`.

    Raises:
        Refusal: FIELD_MISSING; LEVEL_UNKNOWN for any other form.
    """
    parse_level(text(value, where))
    return value


def agreement(value: str, where: str) -> str:
    """Read an agreement's code."""
    return matching(value, AGREEMENT_CODE, where)


def purpose(value: str) -> str:
    """Read the code of a purpose; whether it is listed, the nation's rules say."""
    return matching(value, _PURPOSE, "purpose")


def address(value: str) -> str:
    """Read `host:port`, in lower case."""
    match = ADDRESS.fullmatch(text(value, "address"))
    if match is None or int(match[1]) > _HIGHEST_PORT:
        raise refuse(Reason.FIELD_FORM, "address")
    return value


def day(value: str, where: str) -> date:
    """Read a calendar day, `YYYY-MM-DD`.

    Raises:
        Refusal: FIELD_MISSING; FIELD_FORM; DATE_ABSURD outside the years 2000 to 2100.
    """
    matching(value, _DAY, where)
    try:
        read = date.fromisoformat(value)
    except ValueError:
        raise refuse(Reason.FIELD_FORM, where) from None
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        raise refuse(Reason.DATE_ABSURD, where)
    return read


def instant(value: Timestamp, where: str) -> Instant:
    """Read a time that is there.

    Raises:
        Refusal: DATE_ABSURD outside the years 2000 to 2100; FIELD_FORM if it is no whole second.
    """
    if not FIRST_INSTANT <= value.seconds <= LAST_INSTANT:
        raise refuse(Reason.DATE_ABSURD, where)
    if value.nanos:
        raise refuse(Reason.FIELD_FORM, where)
    return value.seconds


def choice(value: K, table: Mapping[K, T], where: str) -> T:
    """Read an enum by its table; its zero and numbers of later versions are in no table.

    Raises:
        Refusal: ENUM_UNKNOWN.
    """
    if value not in table:
        raise refuse(Reason.ENUM_UNKNOWN, where)
    return table[value]


def number(value: int, where: str) -> int:
    """Read a number that counts from 1: a generation or a keyring's."""
    if not value:
        raise refuse(Reason.FIELD_MISSING, where)
    if not 1 <= value <= _HIGHEST_NUMBER:
        raise refuse(Reason.FIELD_FORM, where)
    return value


def size(value: int, where: str) -> int:
    """Read a number of leaves, from 0."""
    if not 0 <= value < MAX_SIZE:
        raise refuse(Reason.FIELD_FORM, where)
    return value


def root(value: bytes, where: str) -> bytes:
    """Read an RFC 6962 tree hash, 32 bytes."""
    if len(data(value, where, HASH_BYTES)) != HASH_BYTES:
        raise refuse(Reason.FIELD_FORM, where)
    return value
