"""A register of clearances as a CSV file, of which four columns are read.

The file is taken as single bytes. The four columns are ASCII, and the encodings that registers come in never use the
bytes of comma, quote and line end inside another character; so a name or birth date is never even decoded.
"""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import StringIO
from typing import TYPE_CHECKING

from interchange.domain.levels import parse_level
from interchange.domain.names import parse_organ
from interchange.errors import Reason, Refusal, refuse
from interchange.messages.fields import EMPLOYER

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.rulebook.load import Rulebook

COLUMNS = ("organ", "level", "notified_on", "employer")
"""What is read."""

PASSED_OVER = frozenset(
    {
        "family_kanji",
        "given_kanji",
        "family_kana",
        "given_kana",
        "passport_family",
        "passport_given",
        "birth_date",
        "document_number",
        "nationalities",
    }
)
"""What a register may hold besides, and what is never looked at."""

MAX_REGISTER = 256 * 1024 * 1024
"""Bytes of a register."""

_BOM = "ï»¿"  # the three bytes of UTF-8's byte order mark, each as one character


@dataclass(frozen=True, slots=True)
class Grant:
    """A granted level as one row has it; `line` is where the row ends in the file, counting from 1."""

    line: int
    organ: str
    level: str
    notified_on: date
    employer: str


@dataclass(frozen=True, slots=True)
class Register:
    """What was read: the rows with a grant, how many rows have none, and the digest of the whole file."""

    grants: tuple[Grant, ...]
    without: int
    digest: bytes

    def request_id(self, grant: Grant) -> str:
        """Name the recording of one row of this very file, so that an import can be repeated without doing it twice.

        Returns:
            A UUID of version 4 in form, which nodes ask for; what stands in it is a digest of file and line.
        """
        digest = sha256(b"clearance import\n%d\n" % grant.line + self.digest).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))


def read_register(content: bytes) -> Register:
    """Read a register; a file with any bad row is refused as a whole.

    Args:
        content: CSV (RFC 4180) with a head; comma, double quotes; any encoding that leaves ASCII as it is.

    Raises:
        Refusal: FIELD_MISSING and FIELD_FORM with the names of columns that are missing or unknown; FIELD_FORM,
            LEVEL_UNKNOWN and DATE_ABSURD with the line of the first bad row.
    """
    reader = csv.reader(StringIO(content.decode("latin-1").removeprefix(_BOM), newline=""), strict=True)
    grants, without = [], 0
    try:
        places = _places(next(reader, []))
        for row in reader:
            if not row:
                continue
            grant = _grant(reader.line_num, row, places)
            grants += [grant] if grant else []
            without += grant is None
    except csv.Error as error:
        raise refuse(Reason.FIELD_FORM, f"line {reader.line_num}: not CSV") from error
    return Register(tuple(grants), without, sha256(content).digest())


def lasting(register: Register, rulebook: Rulebook, now: Instant) -> Iterator[Grant]:
    """Leave out the clearances that have ended, which no node records any more.

    Raises:
        Refusal: LEVEL_UNKNOWN or DATE_ABSURD with the line.
    """
    for grant in register.grants:
        rules = rulebook.rules(parse_organ(grant.organ)[0])
        try:
            if rules is None or now < rules.clearance_end(grant.level, grant.notified_on):
                yield grant
        except Refusal as refusal:
            raise refuse(refusal.reason, f"line {grant.line}: {refusal.where}") from refusal


def _places(head: list[str]) -> dict[str, int]:
    """Find the columns by their names."""
    missing = sorted(set(COLUMNS) - set(head))
    if missing:
        raise refuse(Reason.FIELD_MISSING, f"column {', '.join(missing)}")
    unknown = sorted(set(head) - set(COLUMNS) - PASSED_OVER)
    if unknown:
        raise refuse(Reason.FIELD_FORM, f"unknown column {', '.join(map(_shown, unknown))}")
    if len(set(head)) != len(head):
        raise refuse(Reason.FIELD_FORM, "a column occurs twice")
    return {"": len(head)} | {name: head.index(name) for name in COLUMNS}


def _grant(line: int, row: list[str], places: dict[str, int]) -> Grant | None:
    """Read one row; None if no organ has granted anything."""
    if len(row) != places[""]:
        raise refuse(Reason.FIELD_FORM, f"line {line}: {len(row)} cells instead of {places['']}")
    organ, level, notified_on, employer = (row[places[name]] for name in COLUMNS)
    if not organ:
        return None
    try:
        parse_organ(organ)
        parse_level(level)
    except Refusal as refusal:
        raise refuse(refusal.reason, f"line {line}: {refusal.where}") from refusal
    if not EMPLOYER.fullmatch(employer):
        raise refuse(Reason.FIELD_FORM, f"line {line}: employer")
    try:
        return Grant(line, organ, level, date.fromisoformat(notified_on), employer)
    except ValueError as error:
        raise refuse(Reason.DATE_ABSURD, f"line {line}: notified_on") from error


def _shown(name: str) -> str:
    """Show a column's name, which is UTF-8 if it is anything."""
    text = name.encode("latin-1").decode("utf-8", "replace")
    return "".join(character if character.isprintable() else "?" for character in text) or "without a name"
