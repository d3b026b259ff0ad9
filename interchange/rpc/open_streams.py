"""Streams that stand open, each looked at again and again: who would be refused a new call does not keep an old one.

A watch looks by itself before each page, and tells why it ends. One whose page nobody takes off the line never comes to
its next, and one of the health service has nothing to tell for weeks: those are cut off from here.
"""

from __future__ import annotations

from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from interchange.errors import Refusal, Unavailable
from interchange.telemetry.logs import warn

if TYPE_CHECKING:
    from collections.abc import Callable

    import grpc

LOOK_EVERY = 20.0
"""Seconds between looks: longer than a watch is quiet, and short enough that two of them stay under a minute."""


class OpenStreams:
    """Cuts off streams whose caller may not call any more."""

    def __init__(self, seconds: float = LOOK_EVERY) -> None:
        """Look every so many seconds, and not before `start`."""
        self._seconds = seconds
        self._open: dict[grpc.ServicerContext, Callable[[], object]] = {}
        self._refused: set[grpc.ServicerContext] = set()
        self._lock = Lock()
        self._stopped = Event()

    def start(self) -> None:
        """Begin to look."""
        Thread(target=self._keep_looking, name="open-streams", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def enter(self, context: grpc.ServicerContext, again: Callable[[], object]) -> None:
        """Look after a stream until its call ends.

        Args:
            context: of its call.
            again: recognises its caller anew, and raises what a new call would be refused with.
        """
        with self._lock:
            self._open[context] = again
        if not context.add_callback(lambda: self._left(context)):
            self._left(context)

    def look(self) -> None:
        """Look at each stream once; the second time that its caller is refused, it is cut off.

        In between, a watch has time to end by itself, and to say why.
        """
        with self._lock:
            found = list(self._open.items())
        for context, again in found:
            try:
                again()
            except Unavailable:
                # Whether the caller may call is not known now; a new call would wait as well.
                continue
            except Refusal as refusal:
                if context in self._refused:
                    warn("stream_cut_off", reason=refusal.reason.code)
                    context.cancel()
                self._refuse(context)
            else:
                self._refused.discard(context)

    def _refuse(self, context: grpc.ServicerContext) -> None:
        with self._lock:
            if context in self._open:
                self._refused.add(context)

    def _left(self, context: grpc.ServicerContext) -> None:
        with self._lock:
            self._open.pop(context, None)
            self._refused.discard(context)

    def _keep_looking(self) -> None:
        while not self._stopped.wait(self._seconds):
            self.look()
