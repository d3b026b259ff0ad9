"""Streams that stand open: how many there may be, and how they all end when the server stops."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    import grpc

    from interchange.rpc.bell import Bell


class Watches:
    """The open watches. Each holds a worker thread, so that a cap keeps threads for everything else."""

    def __init__(self, bell: Bell, *, each: int, threads: int) -> None:
        """Allow `each` watches to one reader, and to all readers no more than leaves a quarter of the threads."""
        self._bell, self._each, self._most = bell, each, max(1, threads - max(1, threads // 4))
        self._lock = Lock()
        self._open: dict[grpc.ServicerContext, str] = {}
        self._closed = False

    @property
    def closed(self) -> bool:
        """The server stops: every watch is to end."""
        return self._closed

    @property
    def count(self) -> int:
        """How many are open."""
        with self._lock:
            return len(self._open)

    def enter(self, reader: str, context: grpc.ServicerContext) -> None:
        """Count a watch in until its call ends, however it does.

        Args:
            reader: whose watch it is.
            context: of its call.

        Raises:
            Refusal: WATCHES_FULL if there are as many as may be, or the server stops.
        """
        with self._lock:
            mine = Counter(self._open.values())[reader]
            if self._closed or mine >= self._each or len(self._open) >= self._most:
                raise refuse(Reason.WATCHES_FULL)
            self._open[context] = reader
        if not context.add_callback(lambda: self._left(context)):
            self._left(context)

    def close(self) -> None:
        """Ask all watches to end, and let no new one in."""
        self._closed = True
        self._bell.ring()

    def cancel(self) -> None:
        """End those that did not end when asked, such as one whose reader takes nothing off the line."""
        with self._lock:
            left = list(self._open)
        for context in left:
            context.cancel()

    def _left(self, context: grpc.ServicerContext) -> None:
        with self._lock:
            self._open.pop(context, None)
        # Its thread may be waiting for news: it is to notice that nobody listens any more.
        self._bell.ring()
