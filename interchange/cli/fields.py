"""Forms of arguments: what cannot be right is a mistake of the command line, said before anything is done."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from interchange.domain.assertion import DIGEST, UUID4
from interchange.domain.levels import parse_level
from interchange.domain.names import AUTHORITY, ORGAN, PARTY, parse_organ
from interchange.errors import Refusal
from interchange.messages.fields import ADDRESS, EMPLOYER, ROOT_PIN

if TYPE_CHECKING:
    from interchange.domain.time import Instant

    _Type: TypeAlias = click.ParamType[Any]
else:
    # The oldest click that will do has nothing to subscript here.
    _Type = click.ParamType

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

FILE = click.Path(path_type=Path, dir_okay=False)
DIRECTORY = click.Path(path_type=Path, file_okay=False)
"""Neither needs to exist yet: whether it does is seen when it is used, and refused with its own exit code."""


class Form(_Type):
    """A text of one form."""

    def __init__(self, name: str, read: Callable[[str], Any], wanted: str) -> None:
        """Read by `read`, whose ValueError or Refusal means that it is not what is `wanted`."""
        self.name = name
        self._read = read
        self._wanted = wanted

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's
        """Read a value given as text; a default that is none already is kept."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except (ValueError, Refusal):
            self.fail(f"{value!r} is not {self._wanted}.", param, ctx)


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError
        return text

    return read


def _uuid(text: str) -> str:
    return _matching(UUID4)(text.lower())


def _day(text: str) -> str:
    return date.fromisoformat(_matching(_DAY)(text)).isoformat()


def _instant(text: str) -> Instant:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or moment.microsecond:
        raise ValueError
    return int(moment.timestamp())


def _organ(text: str) -> str:
    parse_organ(text)
    return text


def _level(text: str) -> str:
    parse_level(text)
    return text


UUID = Form("uuid", _uuid, "a UUID of version 4")
DAY = Form("day", _day, "a day, YYYY-MM-DD")
INSTANT = Form("time", _instant, "a time with its zone in whole seconds, such as 2027-01-31T09:00:00Z")
AUTHORITY_NAME = Form("authority", _matching(AUTHORITY), "an authority name, such as aaa.clearance.example")
PARTY_CODE = Form("party", _matching(PARTY), "the code of a party, three or four capitals")
ORGAN_CODE = Form("organ", _matching(ORGAN), "the bare code of an organ, in capitals")
ORGAN_NAME = Form("party/organ", _organ, "an organ, PARTY/ORGAN")
LEVEL_NAME = Form("party/code", _level, "a level, PARTY/CODE; `interchange agreement levels PARTY` lists them")
EMPLOYER_ID = Form("employer", _matching(EMPLOYER), "1 to 64 ASCII letters, digits, dots, underscores or hyphens")
KID = Form("kid", _matching(DIGEST), "the id of a key, 43 characters of base64url")
PIN = Form("pin", _matching(ROOT_PIN), "a root pin, 64 hexadecimal digits in lower case")
HOST_PORT = Form("host:port", _matching(ADDRESS), "host:port")


def spell(instant: Instant) -> str:
    """Spell an instant as RFC 3339 in UTC, as protobuf's JSON mapping does."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
