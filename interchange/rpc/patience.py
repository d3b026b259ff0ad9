"""How long a call may take to send its one message: each that is waited for holds a worker thread meanwhile."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import grpc

PATIENCE = 10.0
"""Seconds; the largest request takes four over a line of ten megabits a second."""

_LOOKS = 10
"""Looks within that time, by one thread for all calls: a timer for each would cost more than most calls."""


class Patience:
    """Cuts off calls whose message does not come."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        """Wait `seconds` for each; nothing is cut off before `start`."""
        self._seconds, self._now = seconds, now
        # In the order of their ends, since all may wait equally long.
        self._ends: dict[grpc.ServicerContext, float] = {}
        self._lock = Lock()
        self._stopped = Event()

    def start(self) -> None:
        """Begin to look."""
        Thread(target=self._look, name="patience", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    @contextmanager
    def waiting(self, context: grpc.ServicerContext) -> Iterator[None]:
        """Let a call be cut off if what is done inside takes too long."""
        with self._lock:
            self._ends[context] = self._now() + self._seconds
        try:
            yield
        finally:
            with self._lock:
                self._ends.pop(context, None)

    def cut(self) -> None:
        """Cut off those that have waited too long."""
        now = self._now()
        with self._lock:
            late = [context for context, end in self._ends.items() if end <= now]
            for context in late:
                del self._ends[context]
        for context in late:
            context.cancel()

    def _look(self) -> None:
        while not self._stopped.wait(self._seconds / _LOOKS):
            self.cut()
