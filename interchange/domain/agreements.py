"""Bilateral agreements on classified information, their states, and the rows of equivalence they hold."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from interchange.domain.levels import parse_level
from interchange.errors import Reason, refuse

AGREEMENT_CODE: Final = re.compile(r"(?P<one>[A-Z]{3,4})-(?P<other>[A-Z]{3,4})-(?P<year>20[0-9]{2})", re.ASCII)


class RowState(StrEnum):
    """How sure a row is."""

    CONFIRMED = "confirmed"
    """Read in the text of the treaty."""
    WORKING = "working"
    """Our reading; a lawyer must confirm it."""


@dataclass(frozen=True, slots=True)
class Equivalence:
    """One row: holders of `source` are treated as holders of `target`, in this direction only.

    Attributes:
        agreement: code of the agreement that holds the row.
        source, target: level names of the two parties.
        from_day, until_day: first and last calendar day of effect; None has no end.
        citation: article and page, or on what our reading rests.
        state: confirmed or working.
        tells_until: the row asks that the end of the clearance itself be told (claim `until`).
        digest: SHA-256 of all of the above, base64url without padding; it names the row for ever.
    """

    agreement: str
    source: str
    target: str
    from_day: date
    until_day: date | None
    citation: str
    state: RowState
    tells_until: bool = False
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        """Refuse a row without levels, source or days, and name it by its content."""
        parse_level(self.source)
        parse_level(self.target)
        if not self.citation:
            raise refuse(Reason.RULEBOOK_FORM, "citation")
        if self.until_day is not None and self.until_day < self.from_day:
            raise refuse(Reason.RULEBOOK_FORM, "until_day")
        object.__setattr__(self, "digest", self._digest())

    @property
    def source_party(self) -> str:
        """Code of the party whose level is translated."""
        return parse_level(self.source)[0]

    @property
    def target_party(self) -> str:
        """Code of the party into whose level it is translated."""
        return parse_level(self.target)[0]

    def effective_on(self, day: date) -> bool:
        """Tell whether the row has effect on that day."""
        return self.from_day <= day and (self.until_day is None or day <= self.until_day)

    def overlaps(self, other: Equivalence) -> bool:
        """Tell whether both rows have effect on some one day."""
        return self.effective_on(other.from_day) or other.effective_on(self.from_day)

    def _digest(self) -> str:
        # Sorted keys, no space, ASCII: the one spelling (RFC 8785 gives the same for these values).
        content = {
            "agreement": self.agreement,
            "citation": self.citation,
            "from_day": self.from_day.isoformat(),
            "source": self.source,
            "state": self.state.value,
            "target": self.target,
            "tells_until": self.tells_until,
            "until_day": self.until_day.isoformat() if self.until_day else None,
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return urlsafe_b64encode(sha256(canonical.encode()).digest()).rstrip(b"=").decode()


class AgreementState(StrEnum):
    """Where an agreement stands; dated in the ledger and changed by two people."""

    SIGNED = "signed"
    IN_FORCE = "in_force"
    NOTICE_GIVEN = "notice_given"
    """One side has given notice; in force until the day on which it takes effect."""
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


MOVES: Final = {
    AgreementState.SIGNED: frozenset({AgreementState.IN_FORCE, AgreementState.TERMINATED}),
    AgreementState.IN_FORCE: frozenset(
        {AgreementState.NOTICE_GIVEN, AgreementState.SUSPENDED, AgreementState.TERMINATED}
    ),
    AgreementState.NOTICE_GIVEN: frozenset(
        {AgreementState.IN_FORCE, AgreementState.SUSPENDED, AgreementState.TERMINATED}
    ),
    AgreementState.SUSPENDED: frozenset(
        {AgreementState.IN_FORCE, AgreementState.NOTICE_GIVEN, AgreementState.TERMINATED}
    ),
    AgreementState.TERMINATED: frozenset[AgreementState](),
}
"""State → states that may follow it."""

_BEFORE_FORCE = frozenset({AgreementState.SIGNED, AgreementState.TERMINATED})
_SINCE_FORCE = frozenset(AgreementState) - {AgreementState.SIGNED}
_WITHOUT_END = frozenset({AgreementState.SIGNED, AgreementState.IN_FORCE, AgreementState.SUSPENDED})
_WITH_END = frozenset({AgreementState.NOTICE_GIVEN, AgreementState.SUSPENDED, AgreementState.TERMINATED})


@dataclass(frozen=True, slots=True)
class Agreement:
    """A bilateral treaty with its rows.

    Attributes:
        code: both party codes and the year by which people call it, such as `AAA-BBB-2016`.
        parties: the two party codes, in the order of the code.
        title: English title.
        signed_on: day of signature.
        in_force_on: first day in force, or None while it is not known to be.
        state: as the rulebook starts it; the ledger carries it on with `moved`.
        ended_on: first day no longer in force, or None; with notice given, the day on which the notice takes effect.
        rows: the equivalences, both directions.
    """

    code: str
    parties: tuple[str, str]
    title: str
    signed_on: date
    in_force_on: date | None
    state: AgreementState
    ended_on: date | None
    rows: tuple[Equivalence, ...]

    def __post_init__(self) -> None:
        """Refuse a code, state or days that contradict each other."""
        match = AGREEMENT_CODE.fullmatch(self.code)
        if match is None or (match["one"], match["other"]) != self.parties or match["one"] == match["other"]:
            raise refuse(Reason.RULEBOOK_FORM, "code")
        if self.state not in (_BEFORE_FORCE if self.in_force_on is None else _SINCE_FORCE):
            raise refuse(Reason.RULEBOOK_FORM, "in_force_on")
        if self.state not in (_WITHOUT_END if self.ended_on is None else _WITH_END):
            raise refuse(Reason.RULEBOOK_FORM, "ended_on")
        days = [day for day in (self.signed_on, self.in_force_on, self.ended_on) if day is not None]
        if days != sorted(days):
            raise refuse(Reason.RULEBOOK_FORM, "days")
        for row in self.rows:
            if row.agreement != self.code:
                raise refuse(Reason.RULEBOOK_FORM, "row of another agreement")
            if self.in_force_on is None or row.from_day < self.in_force_on:
                raise refuse(Reason.RULEBOOK_FORM, f"{row.source} has effect before the agreement")

    @property
    def until_day(self) -> date | None:
        """Last calendar day in force, as far as known."""
        return self.ended_on - timedelta(days=1) if self.ended_on else None

    def in_force(self, day: date) -> bool:
        """Tell whether something may be exchanged under it on that day; notice given does not yet end it."""
        if self.state not in {AgreementState.IN_FORCE, AgreementState.NOTICE_GIVEN} or self.in_force_on is None:
            return False
        return self.in_force_on <= day and (self.ended_on is None or day < self.ended_on)

    def moved(self, state: AgreementState, day: date) -> Agreement:
        """Return the agreement in its next state.

        Args:
            state: where it goes; `MOVES` lists what may follow.
            day: first day in force, effective day of the notice, or first day no longer in force; not looked at
                when it is suspended, and when it comes back into force it only replaces an unknown first day.

        Raises:
            Refusal: AGREEMENT_MOVE if that state cannot follow.
        """
        if state not in MOVES[self.state]:
            raise refuse(Reason.AGREEMENT_MOVE, f"{self.state.value} to {state.value}")
        ended_on = {
            AgreementState.IN_FORCE: None,  # a notice given before is thereby withdrawn
            AgreementState.SUSPENDED: self.ended_on,  # a notice given before runs on
        }.get(state, day)
        begins = state is AgreementState.IN_FORCE and self.in_force_on is None
        in_force_on = day if begins else self.in_force_on
        return replace(self, state=state, in_force_on=in_force_on, ended_on=ended_on)
