"""How fast the signing process works for whoever asks: what a thief who can only ask gets in an hour has a bound."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 1.0
"""Seconds that an asker is kept waiting before it is refused instead."""


class Pace:
    """A bucket for each key that fills at a constant rate, and holds what fills in a second."""

    def __init__(self, per_second: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        """Begin with full buckets.

        Args:
            per_second: acts of one key.
            clock: seconds of a clock that never steps.
            sleep: waits that many seconds.
        """
        self._per_second, self._clock, self._sleep = per_second, clock, sleep
        self._free_at: dict[str, float] = {}
        self._lock = Lock()

    def take(self, kid: str) -> None:
        """Let one act of a key through, after a while if there were many.

        Raises:
            Refusal: SIGNER_BUSY if it would be more than a second.
        """
        now = self._clock()
        with self._lock:
            # An idle key has saved up one second, and never more.
            free_at = max(self._free_at.get(kid, 0.0), now - 1.0)
            wait = free_at - now
            if wait > PATIENCE:
                raise refuse(Reason.SIGNER_BUSY)
            self._free_at[kid] = free_at + 1.0 / self._per_second
        if wait > 0:
            self._sleep(wait)
