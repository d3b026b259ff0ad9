"""The one pipeline that every call goes through, whatever service it is for.

identity → access → request → service → response; whatever goes wrong becomes a status here and nowhere else, and every
call leaves one line in the log. The request stays bytes until the caller is known and allowed.

On the wire every method has one request, and gRPC is told here that it has a stream of them: it would wait for the one
on a worker thread without an end, before anybody knows whose call it is. So who calls is settled first, then the one
message is waited for, for a time, and a second one is refused.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError, Message

from interchange.domain.assertion import UUID4
from interchange.errors import Reason, Refusal, refuse
from interchange.rpc.access import allows
from interchange.rpc.call import Call
from interchange.rpc.refusals import abort, abort_fault, described
from interchange.telemetry.logs import fail, log, warn

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.rpc.caller import Caller, Callers
    from interchange.rpc.open_calls import OpenCalls
    from interchange.rpc.open_streams import OpenStreams
    from interchange.rpc.patience import Patience

Handler: TypeAlias = Any
"""gRPC's handler of a method, as `rpc.registry` makes it: its behaviour takes a `Call` in the place of a context."""

Messages: TypeAlias = Iterator[bytes]
"""The messages of a call, each waited for when it is asked for."""

Continuation: TypeAlias = Callable[[grpc.HandlerCallDetails], Handler]

ALARMS = frozenset({Reason.LANE_BEHIND, Reason.LANE_FORK, Reason.LANE_ROLLBACK})
"""Refusals that show that this node has lost something, or that somebody lies about what it signed."""


@dataclass(slots=True)
class _Record:
    """What the log will say of a call."""

    method: str
    began: float = field(default_factory=time.monotonic)
    party: str = ""
    role: str = ""
    request_id: str = ""
    outcome: str = "ok"
    incident: str = ""
    alarms: bool = False

    def write(self) -> None:
        milliseconds = round(1000 * (time.monotonic() - self.began), 1)
        extra = {name: value for name in ("request_id", "incident") if (value := getattr(self, name))}
        write = warn if self.alarms else log
        write(
            "call", method=self.method, party=self.party, role=self.role, outcome=self.outcome, ms=milliseconds, **extra
        )


class Pipeline(grpc.ServerInterceptor):
    """Puts itself around the handler of every method; handlers take a request and a `Call`."""

    def __init__(
        self,
        callers: Callers,
        clock: Callable[[], Instant],
        open_calls: OpenCalls,
        patience: Patience,
        open_streams: OpenStreams,
    ) -> None:
        """Recognise callers by `callers`, and read `clock` when a call and when its request has arrived.

        Args:
            callers: says who calls.
            clock: the node's.
            open_calls: caps the calls of each caller.
            patience: ends the wait for a message that does not come.
            open_streams: ends the streams of those who may call no more.
        """
        self._callers, self._clock, self._open_calls, self._patience = callers, clock, open_calls, patience
        self._open_streams = open_streams

    def intercept_service(self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails) -> Handler:
        """Wrap the handler of a call; nothing of the peer is known yet, so nothing is decided here."""
        handler = continuation(handler_call_details)
        if handler is None:
            return None
        method = handler_call_details.method
        # Neither is told to gRPC how requests are read and responses written: a fault in either is to end here as well.
        if handler.response_streaming:
            return grpc.stream_stream_rpc_method_handler(self._streaming(method, handler))
        return grpc.stream_unary_rpc_method_handler(self._unary(method, handler))

    def _unary(self, method: str, handler: Handler) -> Callable[[Messages, grpc.ServicerContext], bytes]:
        def answer(messages: Messages, context: grpc.ServicerContext) -> bytes:
            with _ended(method, context) as record, ExitStack() as leave:
                request, call = self._admit(method, handler, messages, context, record, leave)
                response: bytes = handler.response_serializer(handler.unary_unary(request, call))
                return response

        return answer

    def _streaming(self, method: str, handler: Handler) -> Callable[[Messages, grpc.ServicerContext], Iterator[bytes]]:
        def answer(messages: Messages, context: grpc.ServicerContext) -> Iterator[bytes]:
            with _ended(method, context) as record:
                # What stands open from here on is a watch, and has a cap of its own.
                with ExitStack() as leave:
                    request, call = self._admit(method, handler, messages, context, record, leave)
                self._open_streams.enter(context, call.again)
                for response in handler.unary_stream(request, call):
                    yield handler.response_serializer(response)

        return answer

    def _admit(
        self,
        method: str,
        handler: Handler,
        messages: Messages,
        context: grpc.ServicerContext,
        record: _Record,
        leave: ExitStack,
    ) -> tuple[Message, Call]:
        called = self._clock()
        caller = self._allowed(method, context, called, record)
        leave.enter_context(self._open_calls.entered(caller))
        with self._patience.waiting(context):
            data = _only(messages)
        now = self._clock()
        if now != called:
            # The message took its time: what holds is what holds now.
            caller = self._allowed(method, context, now, record)
        request = _read(handler, data)
        asked = getattr(request, "request_id", "")
        record.request_id = asked if UUID4.fullmatch(asked) else ""

        def again() -> Instant:
            later = self._clock()
            self._allowed(method, context, later, record)
            return later

        return request, Call(caller, now, again, context)

    def _allowed(self, method: str, context: grpc.ServicerContext, now: Instant, record: _Record) -> Caller:
        caller = self._callers.recognise(context.auth_context(), now)
        record.party, record.role = caller.party, caller.role
        if not allows(method, caller.cell):
            raise refuse(Reason.CALLER_NOT_ALLOWED)
        return caller


def _only(messages: Messages) -> bytes:
    """Take the one message of a call.

    Raises:
        Refusal: FIELD_FORM if there is none, or another after it.
        grpc.RpcError: the call has ended before.
    """
    data = next(messages, None)
    if data is None or next(messages, None) is not None:
        raise refuse(Reason.FIELD_FORM, "a call has exactly one request")
    return data


def _read(handler: Handler, data: bytes) -> Message:
    """Read a request; one that is spelt longer than its content needs has a field twice, of which only one would count.

    Raises:
        Refusal: FIELD_FORM.
    """
    try:
        request: Message = handler.request_deserializer(data)
    except DecodeError:
        raise refuse(Reason.FIELD_FORM, "request") from None
    if request.ByteSize() != len(data):
        raise refuse(Reason.FIELD_FORM, "a field occurs twice")
    return request


@contextmanager
def _ended(method: str, context: grpc.ServicerContext) -> Iterator[_Record]:
    """Turn what goes wrong inside into a status, and write the call's line in the log."""
    record = _Record(method)
    refusal: Refusal | None = None
    try:
        yield record
    except (GeneratorExit, grpc.RpcError):
        # The caller went away, or was cut off because it sent nothing: there is nobody to tell.
        record.outcome = "left"
        raise
    except Refusal as refused:
        refusal, record.outcome = refused, refused.reason.code
        record.alarms = refused.reason in ALARMS
        if refused.reason is Reason.INTERNAL:
            record.incident = _incident(method, refused)
    except Exception as error:  # noqa: BLE001 - the outermost: nothing of it may reach the peer
        record.outcome, record.incident = Reason.INTERNAL.code, _incident(method, error)
    finally:
        record.write()
    # Outside of the handlers above, or the exception by which gRPC aborts would carry the fault with it.
    if record.incident:
        abort_fault(context, record.incident)
    if refusal is not None:
        abort(context, refusal)


def _incident(method: str, error: Exception) -> str:
    incident = str(uuid.uuid4())
    fail("incident", incident=incident, method=method, error=described(error))
    return incident
