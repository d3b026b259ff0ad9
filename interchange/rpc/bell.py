"""The bell that wakes watchers when something was told."""

from __future__ import annotations

from threading import Condition


class Bell:
    """Counts its rings, so that one between a look and the wait after it is not missed."""

    def __init__(self) -> None:
        """Nobody has rung yet."""
        self._rung = Condition()
        self._rings = 0

    @property
    def rings(self) -> int:
        """How often it rang; to be read before looking at what it announces."""
        with self._rung:
            return self._rings

    def ring(self) -> None:
        """Wake everybody who waits."""
        with self._rung:
            self._rings += 1
            self._rung.notify_all()

    def wait(self, timeout: float, heard: int | None = None) -> int:
        """Wait for a ring after those already `heard` (all so far unless told), at most `timeout` seconds.

        Returns:
            How often it has rung now.
        """
        with self._rung:
            known = self._rings if heard is None else heard
            self._rung.wait_for(lambda: self._rings != known, timeout)
            return self._rings
