"""One call as a service sees it, once the pipeline has let it through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import grpc

    from interchange.domain.time import Instant
    from interchange.rpc.caller import Caller


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls, and when.

    Attributes:
        caller: as recognised.
        now: the node's clock, read once, after the request had arrived.
        again: for streams: read the clock anew and recognise the caller anew; refuses what a new call would be refused.
        context: gRPC's own, for streams to notice that the client went away.
    """

    caller: Caller
    now: Instant
    again: Callable[[], Instant]
    context: grpc.ServicerContext
