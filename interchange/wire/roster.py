"""A project's roster as a CSV file: who is to take part, for whom they work, and from when until when."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Final

from interchange.domain.days import FIRST_YEAR, LAST_YEAR
from interchange.domain.eras import Era, read_day
from interchange.domain.identity import DOCUMENT_NUMBER, FIRST_BIRTH_YEAR, PASSPORT_NAME, Presented
from interchange.errors import Reason, refuse
from interchange.wire.table import Fault, Reading, read_table

ROSTER_COLUMNS: Final = (
    "passport_family",
    "passport_given",
    "birth_date",
    "document_number",
    "employer",
    "from",
    "to",
)
"""All of them are in every roster, in any order; the cell of the given name may be empty."""

MOST_ROSTER_ROWS: Final = 10_000

EMPLOYER: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
"""An employer's id, as the home party lists it."""

_HALF_WIDTH_KATAKANA = re.compile("[\uff61-\uff9f]")


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A row without a fault.

    Attributes:
        line: line of the file on which it begins, counting from 1.
        presented: who it is, in the capitals of the passport, to be looked up and not to be kept.
        employer_id: id of the employer.
        from_day, until_day: first and last calendar day in the project.
    """

    line: int
    presented: Presented = field(repr=False)
    employer_id: str = field(repr=False)
    from_day: date = field(repr=False)
    until_day: date = field(repr=False)


@dataclass(frozen=True, slots=True)
class Roster:
    """What was read: the rows without a fault, and the faults of the others, both in the order of the file."""

    rows: tuple[RosterRow, ...]
    faults: tuple[Fault, ...]


def read_roster(content: bytes, eras: Sequence[Era], birth_before: date) -> Roster:
    """Read a roster.

    Args:
        content: a table with exactly `ROSTER_COLUMNS` and at most `MOST_ROSTER_ROWS` rows (see `wire.table`). Days are
            written as `read_day` takes them.
        eras: of the home party's calendar.
        birth_before: the first day, usually today, on which nobody in the roster can have been born.

    Returns:
        Rows and faults. Beside the faults of any table there are: FIELD_MISSING; CELL_SCRIPT for half-width katakana
        where the passport has Latin letters; FIELD_FORM for whatever else the passport or an employer's id cannot
        have; DATE_AMBIGUOUS; DATE_ABSURD for a day that there is not, or out of bounds; DAYS_ORDER (`to` before
        `from`); ROW_DUPLICATE (`document_number`) in each row that repeats the person of an earlier one.

    Raises:
        Refusal: as `read_table`.
    """
    table = read_table(content, ROSTER_COLUMNS, most_rows=MOST_ROSTER_ROWS)
    rows, faults, seen = [], [], set[bytes]()
    for reading in map(Reading, table.rows):
        row = _row(reading, eras, birth_before, seen)
        faults += in_order(reading.faults, ROSTER_COLUMNS)
        if row is not None and not reading.faults:
            rows.append(row)
    return Roster(tuple(rows), tuple(faults))


def _row(reading: Reading, eras: Sequence[Era], birth_before: date, seen: set[bytes]) -> RosterRow | None:
    presented = person(
        reading,
        seen,
        reading.cell("passport_family", _in_capitals(passport_family)),
        reading.cell("passport_given", _in_capitals(passport_given)),
        reading.cell("birth_date", partial(birth_day, eras=eras, before=birth_before)),
        reading.cell("document_number", _in_capitals(document_number)),
    )
    employer_id = reading.cell("employer", employer)
    from_day = reading.cell("from", partial(bounded_day, eras=eras))
    until_day = reading.cell("to", partial(bounded_day, eras=eras))
    if from_day is not None and until_day is not None and until_day < from_day:
        reading.fault("to", Reason.DAYS_ORDER)
    if presented is None or employer_id is None or from_day is None or until_day is None:
        return None
    return RosterRow(reading.row.line, presented, employer_id, from_day, until_day)


def person(
    reading: Reading, seen: set[bytes], family: str | None, given: str | None, born: date | None, number: str | None
) -> Presented | None:
    """Put together who a row is about, and note it if an earlier row was about the same person.

    Args:
        reading: of the row; takes the fault ROW_DUPLICATE.
        seen: those before, as `Presented.compared` spells them; this one is added.
        family: name as the passport has it; this and the others are None where there is a fault.
        given: may be empty.
        born: day of birth.
        number: of the passport.

    Returns:
        None if anything is missing.
    """
    if family is None or given is None or born is None or number is None:
        return None
    presented = Presented(family, given, born, number)
    compared = presented.compared()
    if compared in seen:
        reading.fault("document_number", Reason.ROW_DUPLICATE)
    seen.add(compared)
    return presented


def in_order(faults: Iterable[Fault], columns: Sequence[str]) -> list[Fault]:
    """Sort the faults of one row by their columns; what concerns the whole row comes first."""
    return sorted(faults, key=lambda fault: columns.index(fault.column) if fault.column else -1)


def passport_family(text: str) -> str:
    """Read the family name of a passport's Latin line; there is always one."""
    return _of_passport(PASSPORT_NAME, filled(text), "passport_family")


def passport_given(text: str) -> str:
    """Read the given name of a passport's Latin line; some people have none."""
    return _of_passport(PASSPORT_NAME, text, "passport_given") if text else text


def document_number(text: str) -> str:
    """Read the number of a passport."""
    return _of_passport(DOCUMENT_NUMBER, filled(text), "document_number")


def birth_day(text: str, eras: Sequence[Era], before: date = date.max) -> date:
    """Read a day of birth; DATE_ABSURD if nobody alive was born on it."""
    day = read_day(filled(text), eras)
    if day.year < FIRST_BIRTH_YEAR or day >= before:
        raise refuse(Reason.DATE_ABSURD, "birth_date")
    return day


def bounded_day(text: str, eras: Sequence[Era]) -> date:
    """Read a day in the years that a node computes with; DATE_ABSURD for others."""
    day = read_day(filled(text), eras)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise refuse(Reason.DATE_ABSURD, "day")
    return day


def employer(text: str) -> str:
    """Read an employer's id."""
    if not EMPLOYER.fullmatch(filled(text)):
        raise refuse(Reason.FIELD_FORM, "employer")
    return text


def filled(text: str) -> str:
    """Refuse an empty cell where there has to be something."""
    if not text:
        raise refuse(Reason.FIELD_MISSING, "cell")
    return text


def _of_passport(form: re.Pattern[str], text: str, where: str) -> str:
    if _HALF_WIDTH_KATAKANA.search(text):
        raise refuse(Reason.CELL_SCRIPT, where)
    if not form.fullmatch(text):
        raise refuse(Reason.FIELD_FORM, where)
    return text


def _in_capitals(read: Callable[[str], str]) -> Callable[[str], str]:
    # A roster only looks people up, so that small letters do no harm. ASCII alone: elsewhere a capital can be another
    # letter, or two (ı, ß).
    return lambda text: read(text.upper() if text.isascii() else text)
