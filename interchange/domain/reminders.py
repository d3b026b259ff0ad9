"""Reminders before something ends: 90, 30 and 7 days, counted in calendar days of the nation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.time import Instant

BEFORE: Final = (90, 30, 7)
"""Days before the last valid day, from the first reminder to the last."""


class ReminderKind(StrEnum):
    """What ends; in the order in which reminders are listed."""

    CLEARANCE = "clearance"
    CONSENT = "consent"
    EMPLOYER = "employer"
    PARTICIPANT = "participant"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that ends.

    Attributes:
        kind: what it is.
        ref: its id, or the employer's code; says of nobody who they are.
        last_day: last day on which it holds.
        organ: `PARTY/ORGAN` of a clearance; empty for the others.
    """

    kind: ReminderKind
    ref: str
    last_day: date
    organ: str = ""


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder that is due.

    Attributes:
        ending: of what.
        days: which of `BEFORE` it is, the last that was reached.
        given_at: when the job gave it; None until its next pass.
    """

    ending: Ending
    days: int
    given_at: Instant | None = None


def last_remembered(today: date) -> date:
    """Return the latest last day of which a reminder is due today."""
    return today + timedelta(days=max(BEFORE))


def reminder_due(last_day: date, today: date) -> int | None:
    """Say which reminder is due: the last that was reached; None before the first, and once the end has come."""
    left = (last_day - today).days
    return min((days for days in BEFORE if 0 <= left <= days), default=None)
