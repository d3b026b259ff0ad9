"""Calendar days as instants: when a clearance counted in days ends, to the second, in its party's zone.

A day's end is exclusive: the first instant that no longer belongs to it. So "valid while now < end" needs no
23:59:59, and the end of one day is the start of the next, also where the clocks change at midnight.
"""

from __future__ import annotations

from calendar import isleap
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from interchange.domain.time import Instant
from interchange.errors import Reason, refuse

FIRST_YEAR = 2000
LAST_YEAR = 2100
"""Days outside these years are typing errors, and are refused rather than computed with."""


def anniversary(day: date, years: int) -> date:
    """Return the same day `years` later; 29 February counts as 28 where the year has none."""
    year = _bounded(day).year + years
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise refuse(Reason.DATE_ABSURD, "day")
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


def last_valid_day(notified_on: date, years: int) -> date:
    """Return the last day of a term that runs from the day of notification: its anniversary minus one day.

    Args:
        notified_on: the day on which the person was notified, in the party's zone; it is the first day.
        years: length of the term.

    Returns:
        The last calendar day on which the clearance is valid. There is no grace and no tacit extension.

    Raises:
        Refusal: DATE_ABSURD for days outside the years 2000 to 2100.
    """
    return anniversary(notified_on, years) - timedelta(days=1)


def start_of_day(day: date, zone: str) -> Instant:
    """Return the first instant of `day` in the IANA `zone`.

    Raises:
        Refusal: DATE_ABSURD for days outside the years 2000 to 2100; RULEBOOK_FORM for an unknown zone.
    """
    # Where midnight is skipped or comes twice, fold 0 gives the first instant that bears the day's date.
    return int(datetime.combine(_bounded(day), time.min, tzinfo=zone_of(zone)).timestamp())


def end_of_day(day: date, zone: str) -> Instant:
    """Return the first instant that is no longer `day` in the IANA `zone`."""
    return start_of_day(_bounded(day) + timedelta(days=1), zone)


def day_of(instant: Instant, zone: str) -> date:
    """Return the calendar day on which `instant` falls in the IANA `zone`."""
    try:
        return _bounded(datetime.fromtimestamp(instant, zone_of(zone)).date())
    except (OSError, OverflowError, ValueError) as error:
        raise refuse(Reason.DATE_ABSURD, "instant") from error


@cache
def zone_of(key: str) -> ZoneInfo:
    """Look up an IANA zone by its key."""
    try:
        return ZoneInfo(key)
    except (KeyError, OSError, ValueError) as error:  # unknown; a directory of zones; not a key at all
        raise refuse(Reason.RULEBOOK_FORM, "zone") from error


def _bounded(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise refuse(Reason.DATE_ABSURD, "day")
    return day
