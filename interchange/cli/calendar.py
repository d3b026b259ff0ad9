"""Calendars that other programs read (RFC 5545): one all-day event for each end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interchange.domain.time import Instant

_LONGEST_LINE = 75
"""Octets of a line without its end (section 3.1)."""

_ESCAPED = re.compile(r"[\\;,]")


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that ends with a day.

    Attributes:
        uid: name of the event, the same each time, so that a calendar which is read in again changes it.
        last_day: the day on which it stands.
        summary, description: one line each; whatever a calendar shows stands on many screens.
    """

    uid: str
    last_day: date
    summary: str
    description: str = ""


def write_calendar(endings: Iterable[Ending], product: str, made_at: Instant) -> bytes:
    """Write a calendar.

    Args:
        endings: in the order in which they are to stand.
        product: name of the program that makes it.
        made_at: when it is made; of two states of an event the later one counts.

    Returns:
        iCalendar in UTF-8, CRLF at the end of each line.
    """
    stamp = datetime.fromtimestamp(made_at, UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//{_text(product)}//EN", "CALSCALE:GREGORIAN"]
    for each in endings:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(each.uid)}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{each.last_day:%Y%m%d}",
            # The first day that is no longer part of it (section 3.6.1).
            f"DTEND;VALUE=DATE:{each.last_day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(each.summary)}",
            *([f"DESCRIPTION:{_text(each.description)}"] if each.description else []),
            # Nobody is busy because of it.
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _text(value: str) -> str:
    """Spell a value of type TEXT (section 3.3.11); control characters become spaces."""
    plain = "".join(character if character.isprintable() else " " for character in value)
    return _ESCAPED.sub(r"\\\g<0>", plain)


def _folded(line: str) -> bytes:
    """Fold a long line: the next one begins with a space, and no character is cut apart (section 3.1)."""
    folded, room = bytearray(), _LONGEST_LINE
    for character in line:
        octets = character.encode()
        if len(octets) > room:
            folded += b"\r\n "
            room = _LONGEST_LINE - 1
        folded += octets
        room -= len(octets)
    return bytes(folded + b"\r\n")
