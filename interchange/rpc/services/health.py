"""grpc.health.v1.Health, for the node's own watchdog, load balancers and partners."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2 as pb
from grpc_health.v1.health import HealthServicer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from google.protobuf.descriptor import ServiceDescriptor
    from google.protobuf.message import Message

    from interchange.rpc.call import Call
    from interchange.rpc.watches import Watches

DESCRIPTOR = cast("ServiceDescriptor", pb.DESCRIPTOR.services_by_name["Health"])


class HealthService:
    """Answers whether the node serves, as a whole (empty name) and by service."""

    def __init__(self, watches: Watches, names: Iterable[str]) -> None:
        """Know these services by their full names; none of them serves yet."""
        self._health = HealthServicer(experimental_non_blocking=False)
        self._watches, self._names = watches, ("", *names)
        self.set(serving=False)

    def set(self, *, serving: bool) -> None:
        """Say from now on that all services are served, or that none is."""
        self._status = pb.HealthCheckResponse.SERVING if serving else pb.HealthCheckResponse.NOT_SERVING
        for name in self._names:
            self._health.set(name, self._status)

    def end(self) -> None:
        """Say for the last time that none is served; whoever watches hears it."""
        self._health.enter_graceful_shutdown()

    def Check(self, request: pb.HealthCheckRequest, call: Call) -> pb.HealthCheckResponse:
        """Answer for one service now."""
        response: pb.HealthCheckResponse = self._health.Check(request, call.context)
        return response

    def List(self, request: Message, call: Call) -> Message:
        """Answer for all services now."""
        # The servicer of the package does not answer it yet, and its stubs do not know the messages.
        each = dict.fromkeys(self._names, pb.HealthCheckResponse(status=self._status))
        return GetMessageClass(DESCRIPTOR.methods_by_name["List"].output_type)(statuses=each)

    def Watch(self, request: pb.HealthCheckRequest, call: Call) -> Iterator[pb.HealthCheckResponse]:
        """Answer for one service now and whenever it changes."""
        self._watches.enter(f"health {call.caller.party}", call.context)
        yield from self._health.Watch(request, call.context)
