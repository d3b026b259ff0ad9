"""Calling any method of a node with plain values, as protobuf's JSON mapping spells them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from google.protobuf import json_format
from google.protobuf.message_factory import GetMessageClass

from interchange.client.failure import refusals
from interchange.client.stream import Stream
from interchange.errors import Reason, refuse
from interchange.v1 import (
    agreements_pb2,
    assertions_pb2,
    bindings_pb2,
    clearances_pb2,
    consents_pb2,
    disclosures_pb2,
    employers_pb2,
    keyrings_pb2,
    keys_pb2,
    lanes_pb2,
    node_pb2,
    participants_pb2,
    partners_pb2,
    projects_pb2,
    proposals_pb2,
    reminders_pb2,
    screenings_pb2,
    standings_pb2,
    status_lists_pb2,
    subjects_pb2,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import grpc
    from google.protobuf.descriptor import MethodDescriptor
    from google.protobuf.message import Message

JsonObject: TypeAlias = dict[str, Any]
"""A message in protobuf's JSON mapping: fields by their names in the proto, bytes in base64, 64-bit integers as decimal
text, times as RFC 3339 text, enums by name."""

_FILES = (
    agreements_pb2,
    assertions_pb2,
    bindings_pb2,
    clearances_pb2,
    consents_pb2,
    disclosures_pb2,
    employers_pb2,
    keyrings_pb2,
    keys_pb2,
    lanes_pb2,
    node_pb2,
    participants_pb2,
    partners_pb2,
    projects_pb2,
    proposals_pb2,
    reminders_pb2,
    screenings_pb2,
    standings_pb2,
    status_lists_pb2,
    subjects_pb2,
)
_METHODS: dict[str, MethodDescriptor] = {
    f"{service.name}/{method.name}": method
    for file in _FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*={0,2}", re.ASCII)
_UNREADABLE = (json_format.ParseError, ValueError, TypeError, AttributeError)
"""What protobuf raises for values of a wrong form, some of it without meaning to."""


class Session:
    """Calls over one channel. Any number of threads may use it."""

    def __init__(self, channel: grpc.Channel, timeout: float = 10) -> None:
        """Speak over a channel.

        Args:
            channel: from `client.channel.open_channel`; closed with the session.
            timeout: seconds that a call may take; streams have no end.
        """
        self._channel = channel
        self._timeout = timeout

    @staticmethod
    def methods() -> tuple[str, ...]:
        """List what can be called, `Service/Method`, in alphabetical order."""
        return tuple(sorted(_METHODS))

    def call(self, method: str, request: Mapping[str, object] | None = None) -> JsonObject:
        """Call a method that answers once.

        Args:
            method: `Service/Method`, such as `AssertionService/GetAssertion`.
            request: the message as a `JsonObject`; None is the empty one.

        Returns:
            The answer as a `JsonObject`. Every field is there but those that are optional and absent.

        Raises:
            Refusal: FIELD_FORM for no such method or an ill-formed request, with the field; PARTNER_UNREACHABLE; any
                that the node refuses with.
        """
        found = _method(method, streams=False)
        call = self._channel.unary_unary(_path(found), _serialize, _reader(found))
        message = _message(found, request or {})
        with refusals():
            return _values(call(message, timeout=self._timeout))

    def stream(self, method: str, request: Mapping[str, object] | None = None) -> Stream[JsonObject]:
        """Call a method that answers with a stream.

        Args:
            method: `Service/Method`, such as `LaneService/WatchLane`.
            request: as `call`.

        Returns:
            An iterator over the answers; `close` ends it from any thread, and so does leaving it as a context.

        Raises:
            Refusal: FIELD_FORM; what the node refuses with is raised by the iterator.
        """
        found = _method(method, streams=True)
        call = self._channel.unary_stream(_path(found), _serialize, _reader(found))
        return Stream(call(_message(found, request or {})), _values)

    def close(self) -> None:
        """Close the channel; calls that are under way end."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _method(name: str, *, streams: bool) -> MethodDescriptor:
    found = _METHODS.get(name)
    if found is None or found.server_streaming is not streams:
        raise refuse(Reason.FIELD_FORM, "method")
    return found


def _path(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


def _serialize(message: Message) -> bytes:
    return message.SerializeToString()


def _reader(method: MethodDescriptor) -> Callable[[bytes], Message]:
    return GetMessageClass(method.output_type).FromString


def _message(method: MethodDescriptor, request: Mapping[str, object]) -> Message:
    kind = GetMessageClass(method.input_type)
    try:
        message = json_format.ParseDict(dict(request), kind())
    except _UNREADABLE as error:
        raise refuse(Reason.FIELD_FORM, _fault(kind, request)) from error
    # Protobuf leaves out what is not base64: a token given as it stands would silently become another one.
    for field in method.input_type.fields:
        given = request.get(field.name, request.get(field.json_name)) if field.type == field.TYPE_BYTES else None
        texts = given if isinstance(given, list) else [given or ""]
        if not all(_BASE64.fullmatch(str(text)) for text in texts):
            raise refuse(Reason.FIELD_FORM, f"{field.name} is not base64")
    return message


def _fault(kind: type[Message], request: Mapping[str, object]) -> str:
    # Field by field: protobuf says which one it is only in a sentence, which also repeats the value.
    for name, value in request.items():
        try:
            json_format.ParseDict({name: value}, kind())
        except _UNREADABLE:
            return str(name)
    return "fields that exclude each other"


def _values(message: Message) -> JsonObject:
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
