"""Screenings, and who employs and authorises people: what a clearance rests on. Never what a screening found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from interchange.domain.time import Instant


class Conclusion(StrEnum):
    """What a screening (適性評価) came to; there is no third, and no reason is recorded."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"


@dataclass(frozen=True, slots=True)
class Screening:
    """The background checks on one person by one body (適性評価の調査), and where they stand.

    Attributes:
        screening_id, subject_id: UUIDs.
        body: `PARTY/ORGAN` that screens: the central body, or an organ that screens on its own.
        consented_on: day on which the person gave consent to be screened; without it there is no screening.
        opened_at: when it was opened here.
        conclusion: None until two officers have concluded it.
        concluded_at: when they did, or None.
        notified_on: day on which the person was told of the result; terms run from it. None before.
        ended_at: from when nothing rests on it any more, whatever ended it; None while it stands.
    """

    screening_id: str
    subject_id: str
    body: str
    consented_on: date
    opened_at: Instant
    conclusion: Conclusion | None = None
    concluded_at: Instant | None = None
    notified_on: date | None = None
    ended_at: Instant | None = None

    @property
    def carries(self) -> bool:
        """Tell whether grants may rest on it: eligible, notified, not ended. Terms run by the level, not here."""
        return self.conclusion is Conclusion.ELIGIBLE and self.notified_on is not None and self.ended_at is None


def adverse(screenings: Iterable[Screening]) -> bool:
    """Tell whether the latest conclusion of any body is that the person is not eligible.

    Of several bodies the worst counts, of one body the last; an end takes no conclusion back.

    Args:
        screenings: all of one person, in any order.
    """
    known = [each for each in screenings if each.concluded_at is not None]
    # Of two in one second the worse is the later.
    known.sort(key=lambda each: (each.concluded_at or 0, each.conclusion is Conclusion.NOT_ELIGIBLE))
    return Conclusion.NOT_ELIGIBLE in {each.body: each.conclusion for each in known}.values()


@dataclass(frozen=True, slots=True)
class ItemDone:
    """One item of a screening that was looked into: its code, the day, and who did; never what was found."""

    item: str
    done_on: date
    officer: str


@dataclass(frozen=True, slots=True)
class Employer:
    """Where people work: a conforming business (適合事業者) while it is recognised, or an office of the state.

    Attributes:
        employer_id: its code, 1 to 64 of ASCII letters, digits, `.`, `_`, `-`.
        title: for officers.
        public_office: of the state itself, which nobody has to recognise.
        ceiling: home level above which none of its people is asserted.
        from_day, until_day: days of its recognition; a public office needs no last one.
        ended_at: when it lost the recognition, or None.
    """

    employer_id: str
    title: str
    public_office: bool
    ceiling: str
    from_day: date
    until_day: date | None
    ended_at: Instant | None = None

    def recognised(self, day: date) -> bool:
        """Tell whether its people may be asserted on that day."""
        return self.ended_at is None and self.from_day <= day and (self.until_day is None or day <= self.until_day)
