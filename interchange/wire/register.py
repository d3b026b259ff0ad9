"""A register of people and their clearances as a CSV file, read to be kept: nothing in a name is changed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from hashlib import sha256
from typing import Final

from interchange.domain.eras import Era
from interchange.domain.identity import LONGEST_NAME, NATIONALITY, Identity
from interchange.domain.levels import parse_level
from interchange.domain.names import parse_organ
from interchange.errors import Reason, refuse
from interchange.wire.roster import (
    birth_day,
    bounded_day,
    document_number,
    employer,
    filled,
    in_order,
    passport_family,
    passport_given,
    person,
)
from interchange.wire.table import Fault, Reading, read_table

REGISTER_COLUMNS: Final = (
    "family_kanji",
    "given_kanji",
    "family_kana",
    "given_kana",
    "passport_family",
    "passport_given",
    "birth_date",
    "document_number",
    "nationalities",
    "employer",
    "organ",
    "level",
    "notified_on",
)
"""All of them are in every register, in any order."""

_GRANT: Final = ("organ", "level", "notified_on")

MOST_REGISTER_ROWS: Final = 50_000
LARGEST_REGISTER: Final = 32 * 1024 * 1024
"""Bytes of a register."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The clearance of a row.

    Attributes:
        organ: `PARTY/ORGAN` that granted it.
        level: `PARTY/CODE`.
        notified_on: calendar day on which the person was told, from which its term runs.
    """

    organ: str = field(repr=False)
    level: str = field(repr=False)
    notified_on: date = field(repr=False)


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A row without a fault.

    Attributes:
        line: line of the file on which it begins, counting from 1.
        identity: the person, spelt as in the file.
        employer_id: id of the employer.
        grant: None for a person without a clearance.
    """

    line: int
    identity: Identity = field(repr=False)
    employer_id: str = field(repr=False)
    grant: Grant | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Register:
    """What was read.

    Attributes:
        rows: those without a fault, in the order of the file.
        faults: of the others, in the same order.
        digest: SHA-256 of the file, 32 bytes.
    """

    rows: tuple[RegisterRow, ...]
    faults: tuple[Fault, ...]
    digest: bytes

    def request_id(self, line: int, kind: str) -> str:
        """Name one act upon one row of this very file, so that an import can be repeated without doing it twice.

        Args:
            line: line of the row.
            kind: what is done, a word of the caller's choice.

        Returns:
            A UUID of version 4 in form, which nodes ask for; what stands in it is a digest of file, line and kind.
        """
        digest = sha256(b"register import\n%d\n%s\n" % (line, kind.encode()) + self.digest).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))


def read_register(content: bytes, eras: Sequence[Era]) -> Register:
    """Read a register.

    Names, the passport's among them, are taken as they are given, without outer spaces. Days, codes and numbers are
    read from copies in which full-width characters became ASCII (`wire.table.TWINS`).

    Args:
        content: a table with exactly `REGISTER_COLUMNS` and at most `MOST_REGISTER_ROWS` rows (see `wire.table`).
            Days are written as `read_day` takes them; nationalities are joined by `;`.
        eras: of the home party's calendar.

    Returns:
        Rows and faults. Given names and kana may be empty; so may organ, level and day of notification be, but only
        all three. Beside the faults of any table there are: FIELD_MISSING; CELL_SCRIPT for half-width katakana where
        the passport has Latin letters; FIELD_FORM; LEVEL_UNKNOWN for what is no level's name; DATE_AMBIGUOUS;
        DATE_ABSURD; ROW_DUPLICATE (`document_number`) in each row that repeats the person of an earlier one.

    Raises:
        Refusal: as `read_table`.
    """
    table = read_table(content, REGISTER_COLUMNS, most_rows=MOST_REGISTER_ROWS, most_bytes=LARGEST_REGISTER)
    rows, faults, seen = [], [], set[bytes]()
    for reading in map(Reading, table.rows):
        row = _row(reading, eras, seen)
        faults += in_order(reading.faults, REGISTER_COLUMNS)
        if row is not None and not reading.faults:
            rows.append(row)
    return Register(tuple(rows), tuple(faults), sha256(content).digest())


def _row(reading: Reading, eras: Sequence[Era], seen: set[bytes]) -> RegisterRow | None:
    identity = _identity(reading, eras, seen)
    employer_id = reading.cell("employer", employer)
    grant = _grant(reading, eras)
    if identity is None or employer_id is None:
        return None
    return RegisterRow(reading.row.line, identity, employer_id, grant)


def _identity(reading: Reading, eras: Sequence[Era], seen: set[bytes]) -> Identity | None:
    family = reading.cell("family_kanji", lambda text: _name(filled(text)), kept=True)
    given = reading.cell("given_kanji", _name, kept=True)
    family_kana = reading.cell("family_kana", _name, kept=True)
    given_kana = reading.cell("given_kana", _name, kept=True)
    presented = person(
        reading,
        seen,
        reading.cell("passport_family", passport_family, kept=True),
        reading.cell("passport_given", passport_given, kept=True),
        reading.cell("birth_date", partial(birth_day, eras=eras)),
        reading.cell("document_number", document_number),
    )
    nationalities = reading.cell("nationalities", _nationalities)
    if family is None or given is None or family_kana is None or given_kana is None:
        return None
    if presented is None or nationalities is None:
        return None
    return Identity(family, given, family_kana, given_kana, presented, nationalities)


def _grant(reading: Reading, eras: Sequence[Era]) -> Grant | None:
    """Read the clearance; None if there is none, or if there is a fault in it."""
    if not any(reading.row.cells.get(column, "-") for column in _GRANT):
        return None
    organ = reading.cell("organ", _organ)
    level = reading.cell("level", _level)
    notified_on = reading.cell("notified_on", partial(bounded_day, eras=eras))
    if organ is None or level is None or notified_on is None:
        return None
    return Grant(organ, level, notified_on)


def _name(text: str) -> str:
    if len(text) > LONGEST_NAME:
        raise refuse(Reason.FIELD_FORM, "name")
    return text


def _nationalities(text: str) -> tuple[str, ...]:
    codes = tuple(code.strip(" ") for code in filled(text).split(";"))
    if len(set(codes)) != len(codes) or not all(NATIONALITY.fullmatch(code) for code in codes):
        raise refuse(Reason.FIELD_FORM, "nationalities")
    return codes


def _organ(text: str) -> str:
    parse_organ(filled(text))
    return text


def _level(text: str) -> str:
    parse_level(filled(text))
    return text
