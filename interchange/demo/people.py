"""The people of the story: invented ones, or those of a register; chosen by rule and never by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from interchange.domain.identity import Identity, Presented
from interchange.errors import Reason, refuse
from interchange.wire.register import LARGEST_REGISTER
from interchange.wire.register import read_register as read_rows

if TYPE_CHECKING:
    from pathlib import Path

    from interchange.domain.rules import NationRules
    from interchange.domain.time import Instant


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a clearance on paper."""

    identity: Identity = field(repr=False)
    organ: str
    level: str
    notified_on: date
    employer: str


_NAMES = (
    ("大野", "花子", "オオノ", "ハナコ", "ONO", "HANAKO", "1984-02-29"),
    ("小野", "花子", "オノ", "ハナコ", "ONO", "HANAKO", "1984-02-29"),
    ("星野", "遥", "ホシノ", "ハルカ", "HOSHINO", "HARUKA", "1979-07-07"),
    ("森", "真理", "モリ", "マリ", "MORI", "MARI", "1990-11-03"),
    ("水島", "航", "ミズシマ", "ワタル", "MIZUSHIMA", "WATARU", "1968-05-19"),
    ("高﨑", "稔", "タカサキ", "ミノル", "TAKASAKI", "MINORU", "1985-01-30"),
    ("夏目", "薫", "ナツメ", "カオル", "NATSUME", "KAORU", "1993-09-12"),
    ("岡部", "昇", "オカベ", "ノボル", "OKABE", "NOBORU", "1975-03-24"),
    ("白石", "泉", "シライシ", "イズミ", "SHIRAISHI", "IZUMI", "1988-12-01"),
    ("鈴木", "一郎", "スズキ", "イチロウ", "SUZUKI", "ICHIRO", "1971-06-15"),
)
"""Nobody; the first two differ in nothing that a passport's Latin line says, but in the number of the passport."""

_GRANTS = (
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


def invented(number: int) -> Identity:
    """Invent a person; the number is the document's, so that no two are one."""
    family, given, family_kana, given_kana, passport_family, passport_given, born = _NAMES[number % len(_NAMES)]
    presented = Presented(passport_family, passport_given, date.fromisoformat(born), f"ZZ{number:07}")
    return Identity(family, given, family_kana, given_kana, presented, ("JPN",))


def sample(today: date) -> list[Person]:
    """Make the story's own people, all of them with a clearance that is valid today."""
    return [
        Person(invented(number), organ, level, today - timedelta(days=ago), employer)
        for number, (organ, level, ago, employer) in enumerate(_GRANTS, 1)
    ]


def read_register(path: Path, rules: NationRules) -> tuple[list[Person], int]:
    """Read the people with a clearance, and count those without one.

    Args:
        path: a CSV file as `interchange subject import` takes it.
        rules: of the home party, for the names of years.

    Raises:
        Refusal: FILE_UNREADABLE; those of `wire.register.read_register`; the reason of the first fault with its line
            and column.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_REGISTER + 1)
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, str(path)) from error
    register = read_rows(content, rules.eras)
    for fault in register.faults:
        raise refuse(fault.reason, f"line {fault.line}: {fault.column}")
    people = [
        Person(row.identity, row.grant.organ, row.grant.level, row.grant.notified_on, row.employer_id)
        for row in register.rows
        if row.grant is not None
    ]
    return people, len(register.rows) - len(people)


def still_valid(people: list[Person], rules: NationRules, now: Instant) -> list[Person]:
    """Keep those whose clearance has not ended."""
    return [person for person in people if now < rules.clearance_end(person.level, person.notified_on)]
