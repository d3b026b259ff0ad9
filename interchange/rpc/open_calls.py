"""How many calls each caller may have open: each holds a worker thread, and nobody is to hold them all."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from interchange.rpc.caller import Caller

_SHARE, _RESERVE = 4, 8
"""One in so many threads: what a caller gets, and what is left to callers of the home party, so that a revocation gets
in whatever partners do."""

_FEWEST = 2
"""Calls that everybody may have open: a program that opens a watch goes on calling."""


class OpenCalls:
    """The open calls, by caller: a partner is one as a whole, and so is each certificate of the home party."""

    def __init__(self, threads: int, watching: Callable[[], int]) -> None:
        """Share out so many threads, of which `watching()` are taken by watches, which have a cap of their own."""
        self._each, self._partners = max(_FEWEST, threads // _SHARE), threads - threads // _RESERVE
        self._watching = watching
        self._lock = Lock()
        self._open: Counter[str] = Counter()
        self._of_partners = 0

    @property
    def count(self) -> int:
        """How many are open."""
        with self._lock:
            return self._open.total()

    @contextmanager
    def entered(self, caller: Caller) -> Iterator[None]:
        """Count a call in for as long as the context lasts.

        Raises:
            Refusal: CALLS_FULL if the caller has as many open as it may, or partners all together have.
        """
        key, watching = caller.spiffe if caller.home else caller.party, self._watching()
        with self._lock:
            is_full = not caller.home and self._of_partners + watching >= self._partners
            if is_full or self._open[key] >= self._each:
                raise refuse(Reason.CALLS_FULL)
            self._open[key] += 1
            self._of_partners += not caller.home
        try:
            yield
        finally:
            with self._lock:
                self._of_partners -= not caller.home
                self._open[key] -= 1
                if not self._open[key]:
                    del self._open[key]
