"""Messages that come as long as both sides want."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

import grpc

from interchange.client.failure import refusal_of

if TYPE_CHECKING:
    from types import TracebackType

M = TypeVar("M")
T_co = TypeVar("T_co", covariant=True)


class Call(Protocol[T_co]):
    """What gRPC gives for a call that is answered by a stream."""

    def __next__(self) -> T_co:
        """Wait for the next message."""

    def cancel(self) -> bool:
        """End the call."""


class Stream(Iterator[T_co], Generic[T_co]):
    """An iterator over what one call answers; any thread may close it, and then it ends."""

    def __init__(self, call: Call[M], read: Callable[[M], T_co]) -> None:
        """Read each message of `call` by `read`."""
        self._next: Callable[[], T_co] = lambda: read(next(call))
        self._cancel = call.cancel
        self._closed = False

    def __next__(self) -> T_co:
        """Wait for the next message.

        Raises:
            Refusal: as `failure.refusal_of`, if the call fails and was not closed.
        """
        if self._closed:
            raise StopIteration
        try:
            return self._next()
        except grpc.RpcError as error:
            if self._closed:
                raise StopIteration from None
            raise refusal_of(error) from error

    def close(self) -> None:
        """End the call; a thread that waits for a message is woken."""
        self._closed = True
        self._cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
