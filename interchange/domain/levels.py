"""Levels of clearance, what each gives access to, and which level serves where another is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Final

from interchange.errors import Reason, refuse

LEVEL_NAME: Final = re.compile(r"(?P<party>[A-Z]{3,4})/(?P<code>[A-Z][A-Za-z0-9]{0,31})", re.ASCII)
"""`PARTY/CODE`, both ASCII; the native spelling is a title and never a name."""


class Ceiling(IntEnum):
    """Highest classification a level gives access to; a measure across parties, not an order between levels."""

    R = 1
    C = 2
    S = 3
    TS = 4


def parse_level(name: str) -> tuple[str, str]:
    """Read `PARTY/CODE` into its two codes.

    Raises:
        Refusal: LEVEL_UNKNOWN for any other form; a name is never repaired.
    """
    match = LEVEL_NAME.fullmatch(name)
    if match is None:
        raise refuse(Reason.LEVEL_UNKNOWN, "level name")
    return match["party"], match["code"]


@dataclass(frozen=True, slots=True)
class Level:
    """A level of one party.

    Attributes:
        party, code: together its name, `PARTY/CODE`.
        title: English title for people.
        native_title: title in the party's language, as its law writes it.
        ceiling: highest classification it opens; None is not on the ladder and cannot be mapped.
        until_day: last calendar day on which the level existed, or None.
    """

    party: str
    code: str
    title: str
    native_title: str
    ceiling: Ceiling | None
    until_day: date | None = None

    def __post_init__(self) -> None:
        """Refuse codes that do not form a level name."""
        parse_level(self.name)

    @property
    def name(self) -> str:
        """`PARTY/CODE`, as claims and rows write it."""
        return f"{self.party}/{self.code}"

    def existed_on(self, day: date) -> bool:
        """Tell whether the level was not yet retired on that day."""
        return self.until_day is None or day <= self.until_day


@dataclass(frozen=True, slots=True)
class LevelOrder:
    """Which level serves where another is asked for: the partial order that a party declares.

    Closed under transitivity when built. What is not declared is incomparable, and incomparable means no.

    Attributes:
        names: the party's level names.
        declared: pairs (higher, lower).
    """

    names: frozenset[str]
    declared: frozenset[tuple[str, str]]
    _served: frozenset[tuple[str, str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Close the order; refuse unknown levels and two that would serve each other."""
        for pair in sorted(self.declared):
            for name in pair:
                if name not in self.names:
                    raise refuse(Reason.LEVEL_UNKNOWN, name)
        served = _closure(self.declared)
        # Every level of a circle also serves itself: the pairs of two different levels tell more.
        for higher, lower in sorted(served, key=lambda pair: (pair[0] == pair[1], pair)):
            if (lower, higher) in served:
                raise refuse(Reason.RULEBOOK_FORM, f"{higher} and {lower} serve each other")
        object.__setattr__(self, "_served", served | {(name, name) for name in self.names})

    def serves(self, higher: str, lower: str) -> bool:
        """Tell whether the holder of `higher` serves where `lower` is asked for; every level serves itself."""
        return (higher, lower) in self._served

    def meet(self, *names: str) -> str | None:
        """Find the one highest level that each of `names` serves; None if there is none or no single highest."""
        common = [lower for lower in self.names if all(self.serves(name, lower) for name in names)]
        return next((top for top in common if all(self.serves(top, other) for other in common)), None)


@dataclass(frozen=True, slots=True)
class Party:
    """A nation or listed organisation with its levels.

    Attributes:
        code: three or four capitals.
        title, native_title: English and own name.
        authority: DNS-like name from which all its outward names derive (`domain.names`).
        source: what its levels were read in.
        levels: in the order of its file.
        order: which level serves where another is asked for.
    """

    code: str
    title: str
    native_title: str
    authority: str
    source: str
    levels: tuple[Level, ...]
    order: LevelOrder

    def __post_init__(self) -> None:
        """Refuse foreign or repeated levels, and a level that opens less than one it serves for."""
        known = {level.name: level for level in self.levels}
        if len(known) != len(self.levels) or self.order.names != known.keys():
            raise refuse(Reason.RULEBOOK_FORM, f"{self.code}: a level occurs twice or not in the order")
        if any(level.party != self.code for level in self.levels):
            raise refuse(Reason.RULEBOOK_FORM, f"{self.code}: level of another party")
        for higher, lower in sorted(self.order.declared):
            above, below = known[higher].ceiling, known[lower].ceiling
            if below is not None and (above is None or above < below):
                raise refuse(Reason.RULEBOOK_FORM, f"{higher} serves {lower}, which opens more")

    def level(self, name: str) -> Level | None:
        """Find a level by its name, or None."""
        return next((level for level in self.levels if level.name == name), None)


def _closure(pairs: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Add what follows by transitivity until nothing new follows."""
    closed = frozenset(pairs)
    while more := {(a, d) for a, b in closed for c, d in closed if b == c} - closed:
        closed |= more
    return closed
