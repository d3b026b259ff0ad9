"""Standing of an assertion: derived at the moment of the question, never stored."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interchange.domain.time import Instant


class Standing(Enum):
    """What an assertion is worth; the value is its Token Status List code (2 bits)."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2
    EXPIRED = 3


class HoldScope(Enum):
    """What a hold is on. Outward only ASSERTION, PROJECT and AGREEMENT are told, so that no cause shows."""

    ASSERTION = "assertion"
    SUBJECT = "subject"
    EMPLOYER = "employer"
    PROJECT = "project"
    AGREEMENT = "agreement"


def standing(*, revoked: bool, held: bool, exp: Instant, now: Instant) -> Standing:
    """Derive the standing, the one way for node, follower and status list.

    Args:
        revoked: a revocation is recorded.
        held: at least one hold on the assertion, its project or its agreement is open.
        exp: first instant at which it is no longer valid.
        now: the instant of the question.
    """
    if revoked:
        return Standing.REVOKED
    if now >= exp:
        return Standing.EXPIRED
    return Standing.SUSPENDED if held else Standing.VALID
