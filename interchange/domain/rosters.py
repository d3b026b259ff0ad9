"""Rosters: many participants at once, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.time import Instant

GROUP: Final = 100
"""Lines that are carried out in one transaction: few enough that a revocation never waits long for it."""


class RowOutcome(StrEnum):
    """What became of a line; all that a coordinator learns of a person."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    """Enrolled, with an assertion at the partner."""
    NOT_CONFIRMED = "not_confirmed"
    """Not enrolled; nobody says why."""
    ALREADY = "already"
    """Enrolled before; nothing was done."""


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A line of a roster after the person was looked for; `subject_id` is of nobody where none was found."""

    line: int
    subject_id: str
    employer_id: str
    from_day: date
    until_day: date
    outcome: RowOutcome = RowOutcome.WAITING
    participant_id: str | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster and how far it is carried out.

    Attributes:
        roster_id, project_id: UUIDs.
        party: partner towards which all its people are enrolled.
        caller: SPIFFE id of the coordinator.
        digest: SHA-256 over project, partner and lines, base64url.
        total: lines.
        at: when it was handed in.
        approved_at: from when it may be carried out, or None while it waits for a second person.
        done_at: when the last line was, or None.
    """

    roster_id: str
    project_id: str
    party: str
    caller: str
    digest: str
    total: int
    at: Instant
    approved_at: Instant | None = None
    done_at: Instant | None = None
