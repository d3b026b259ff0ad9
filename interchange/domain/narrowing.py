"""How far a key is narrowed, and which of what it signed counts nevertheless.

A narrowing only ever narrows: whatever is told of a key holds together with all that was told of it before, until a
keyring that root keys have signed stands for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.events import Restriction
from interchange.domain.time import SKEW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from interchange.domain.keyring import KeyRecord
    from interchange.domain.time import Instant

_ALWAYS: Instant = 0
"""Since when a thief may have had a key of which nobody says since when."""


def deadline(since: Instant) -> Instant:
    """Say before which instant a witness must have cosigned what a key signed that a thief may have had since then."""
    return since - SKEW


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What holds of a key that signs no more; with neither of the two it is retired, and what it signed counts.

    Attributes:
        suspended: nothing that it signed counts, until it is known what happened.
        since: the earliest instant from which a thief may have had it, or None if it is not tainted.
    """

    suspended: bool = False
    since: Instant | None = None

    @property
    def how(self) -> Restriction:
        """Say it in one word, for people: a taint is for good, and so is said before a suspension."""
        if self.since is not None:
            return Restriction.TAINTED
        return Restriction.SUSPENDED if self.suspended else Restriction.RETIRED

    @property
    def doubts(self) -> bool:
        """Tell whether a signature of the key alone shows nothing any more."""
        return self.suspended or self.since is not None

    @property
    def told_as(self) -> tuple[tuple[Restriction, Instant | None], ...]:
        """Spell it as what a lane tells one after the other: (how, since), at least one."""
        if not self.doubts:
            return ((Restriction.RETIRED, None),)
        suspended = ((Restriction.SUSPENDED, None),) if self.suspended else ()
        return suspended if self.since is None else (*suspended, (Restriction.TAINTED, self.since))

    def counts(self, n: int, size_before: Callable[[Instant], int]) -> bool:
        """Tell whether what the key signed counts, told by leaf `n` of a lane (design, section 4, "Whose time").

        After a taint it counts if it was there before: if a witness had cosigned a lane that holds the leaf, by the
        witness's time and not by any that the thief could choose. What the assertion says of its own time, and what
        the lane key says of the checkpoint's, a thief of these keys can choose.

        Args:
            n: number of the leaf.
            size_before: gives the size that the lane's witness had cosigned before an instant, 0 for none; asked only
                where it matters.
        """
        if self.suspended:
            return False
        return self.since is None or n < size_before(deadline(self.since))


def narrowed(how: Restriction, since: Instant | None = None) -> Narrowing:
    """Read one word of a lane about a key; a taint that does not say since when is one from the beginning."""
    match how:
        case Restriction.SUSPENDED:
            return Narrowing(suspended=True)
        case Restriction.TAINTED:
            return Narrowing(since=_ALWAYS if since is None else since)
        case Restriction.RETIRED:
            return Narrowing()


def joined(narrowings: Iterable[Narrowing | None]) -> Narrowing | None:
    """Give what holds of a key of which all these hold, None if none does; no order of them makes it wider."""
    found = [narrowing for narrowing in narrowings if narrowing is not None]
    if not found:
        return None
    times = [narrowing.since for narrowing in found if narrowing.since is not None]
    return Narrowing(any(narrowing.suspended for narrowing in found), min(times, default=None))


def of_record(record: KeyRecord) -> Narrowing | None:
    """Read how the keyring itself narrows a key of its own, or None; windows are no narrowing."""
    return None if record.tainted_since is None else Narrowing(since=record.tainted_since)
