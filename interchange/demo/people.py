"""The people of the story: read from a register, chosen by rule and never by row."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from pathlib import Path

    from interchange.domain.rules import NationRules
    from interchange.domain.time import Instant

COLUMNS = ("organ", "level", "notified_on", "employer")


@dataclass(frozen=True, slots=True)
class Person:
    """What the story takes of a register's row: no name, no birth date, no document."""

    organ: str
    level: str
    notified_on: date
    employer: str


_SAMPLE = (
    ("JPN/METI", "JPN/SDS", 260, "JP-LAB-0001"),
    ("JPN/METI", "JPN/SDS", 490, "JP-LAB-0001"),
    ("JPN/CAO", "JPN/SDS", 730, "JP-LAB-0002"),
    ("JPN/METI", "JPN/CESI", 530, "JP-LAB-0002"),
    ("JPN/MIC", "JPN/CESI", 290, "JP-LAB-0003"),
    ("JPN/NPA", "JPN/CESI", 350, "JP-LAB-0003"),
    ("JPN/MOD", "JPN/SDS", 310, "JP-LAB-0001"),
    ("JPN/CAO", "JPN/SDS", 180, "JP-LAB-0002"),
    ("JPN/METI", "JPN/SDS", 110, "JP-LAB-0003"),
)
"""Organ, level, days since the notification, employer: counted back from today, so that the sample never lapses."""


def sample(today: date) -> list[Person]:
    """Make the story's own people, all of them with a clearance that is valid today."""
    return [Person(organ, level, today - timedelta(days=ago), employer) for organ, level, ago, employer in _SAMPLE]


def read_register(path: Path) -> tuple[list[Person], int]:
    """Read the people with a clearance, and count those without one.

    Args:
        path: a CSV file in UTF-8 with at least the columns organ, level, notified_on, employer.

    Raises:
        Refusal: FILE_UNREADABLE; FIELD_MISSING for a missing column; DATE_ABSURD with the line of a bad day.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise refuse(Reason.FILE_UNREADABLE, str(path)) from error
    rows = csv.DictReader(text.splitlines())
    missing = set(COLUMNS) - set(rows.fieldnames or ())
    if missing:
        raise refuse(Reason.FIELD_MISSING, f"column {', '.join(sorted(missing))}")
    people, without = [], 0
    for row in rows:
        if not row["organ"]:
            without += 1
            continue
        try:
            notified_on = date.fromisoformat(row["notified_on"])
        except ValueError as error:
            raise refuse(Reason.DATE_ABSURD, f"line {rows.line_num}") from error
        people.append(Person(row["organ"], row["level"], notified_on, row["employer"]))
    return people, without


def still_valid(people: list[Person], rules: NationRules, now: Instant) -> list[Person]:
    """Keep those whose clearance has not ended."""
    return [person for person in people if now < rules.clearance_end(person.level, person.notified_on)]
