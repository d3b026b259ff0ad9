"""Since when a follower in memory has had how much of a lane, by its own clock; a node has the same in a table.

A program that reads a kept lane anew has had it since then only: what it knew before it ended, nothing of it shows.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interchange.domain.time import Instant


@dataclass(slots=True)
class Witnessed:
    """The times at which a lane was applied to a signed head, in the order of time (`store.witnessed`)."""

    _known: list[tuple[Instant, int]] = field(default_factory=list)
    _size: int = 0

    def add(self, size: int, at: Instant) -> None:
        """Remember that so many leaves were there at that instant; as many or fewer again show nothing new."""
        if size > self._size:
            self._size = size
            insort(self._known, (at, size))

    def size_before(self, before: Instant) -> int:
        """Give how many leaves were there strictly before an instant."""
        end = bisect_left(self._known, (before, 0))
        return self._known[end - 1][1] if end else 0
