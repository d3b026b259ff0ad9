"""Days as people write them: by the common calendar, or by the year of an era (元号, gengō)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from interchange.errors import Reason, refuse

FIRST_YEAR_NAME: Final = "元"
"""How the first year of an era is written instead of 1 (元年, gannen)."""

_LETTER = re.compile(r"[A-Z]", re.ASCII)
_NAME = re.compile(r"[^\s0-9]{1,8}")

# [0-9] and not \d, which takes the digits of every script. An era's name may itself end in 元, hence the search for
# the shortest one.
_DAY = re.compile(
    r"(?P<era>[^\s0-9]{1,8}?)?(?P<year>[0-9]{4}|[0-9]{1,2}|元)"
    r"([-/.年])(?P<month>[0-9]{1,2})([-/.月])(?P<day>[0-9]{1,2})(日?)"
)
_MARKS: Final = frozenset({("-", "-", ""), ("/", "/", ""), (".", ".", ""), ("年", "月", "日")})
_YEAR_LAST = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{4}")
_FULL_YEAR: Final = 4


@dataclass(frozen=True, slots=True)
class Era:
    """An era of a nation's calendar.

    Attributes:
        name: as written in full, such as 昭和.
        letter: one capital, as forms abbreviate it, such as S.
        first_day: the first day under this name. The calendar year of that day is the era's year 1; an era ends where
            the next begins.
    """

    name: str
    letter: str
    first_day: date

    def __post_init__(self) -> None:
        """Refuse names that could not be told from the digits after them.

        Raises:
            Refusal: RULEBOOK_FORM.
        """
        if not _NAME.fullmatch(self.name) or not _LETTER.fullmatch(self.letter):
            raise refuse(Reason.RULEBOOK_FORM, "era")


def read_day(text: str, eras: Sequence[Era]) -> date:
    """Read a calendar day that a person wrote.

    Taken are year, month and day in this order, joined by `-`, `/`, `.` or 年月日: `1984-02-29`, `1984/2/29`,
    `1984年2月29日`, and with an era's name or letter `昭和59年2月29日`, `S59.2.29`, `s59-2-29`, `昭和元年12月25日`.

    Args:
        text: ASCII digits; nothing before or after.
        eras: those of the nation, in any order; where there are none, only years of four digits are read.

    Returns:
        The day of the common calendar.

    Raises:
        Refusal: DATE_AMBIGUOUS for a year of two digits without an era, and for a year that stands last, because
            nations differ in whether month or day comes first; DATE_ABSURD for a day that there is not, and for one
            outside the era that it is given in; FIELD_FORM for anything else.
    """
    match = _DAY.fullmatch(text)
    if match is None:
        raise refuse(Reason.DATE_AMBIGUOUS if _YEAR_LAST.fullmatch(text) else Reason.FIELD_FORM, "day")
    if match.group(3, 5, 7) not in _MARKS:
        raise refuse(Reason.FIELD_FORM, "day")
    marker, year = match.group("era", "year")
    month, day = int(match["month"]), int(match["day"])
    if marker is not None:
        return _day_of_era(_era(marker, eras), year, month, day, eras)
    if year == FIRST_YEAR_NAME:
        raise refuse(Reason.FIELD_FORM, "day")
    if len(year) != _FULL_YEAR:
        raise refuse(Reason.DATE_AMBIGUOUS, "day")
    return _day(int(year), month, day)


def _era(marker: str, eras: Sequence[Era]) -> Era:
    """Find the one era that bears a name or letter; the letter may be small."""
    letter = marker.upper() if marker.isascii() else ""
    named = [era for era in eras if era.name == marker or era.letter == letter]
    if len(named) != 1:
        raise refuse(Reason.FIELD_FORM, "day")
    return named[0]


def _day_of_era(era: Era, year: str, month: int, day: int, eras: Sequence[Era]) -> date:
    if len(year) == _FULL_YEAR:
        raise refuse(Reason.FIELD_FORM, "day")
    count = 1 if year == FIRST_YEAR_NAME else int(year)
    found = _day(era.first_day.year + count - 1, month, day)
    # A year is shared by two eras where the name changed within it, so days are compared and not years.
    ends = min((other.first_day for other in eras if other.first_day > era.first_day), default=date.max)
    if not era.first_day <= found < ends:
        raise refuse(Reason.DATE_ABSURD, "day")
    return found


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise refuse(Reason.DATE_ABSURD, "day") from None
