"""What gRPC reports, as the refusal that the other side meant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from interchange.errors import Refusal

WHERE = "where"
INCIDENT = "incident"
"""Members of `ErrorInfo.metadata`: the place that a refusal concerns, and the incident id of a fault."""

_MOST_SHOWN = 200
_REASONS = {reason.code: reason for reason in Reason}
_WITHOUT_INFO = {
    grpc.StatusCode.UNAVAILABLE: Reason.PARTNER_UNREACHABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED: Reason.PARTNER_UNREACHABLE,
    grpc.StatusCode.UNAUTHENTICATED: Reason.CALLER_UNKNOWN,
    grpc.StatusCode.PERMISSION_DENIED: Reason.CALLER_NOT_ALLOWED,
    grpc.StatusCode.UNIMPLEMENTED: Reason.NOT_KNOWN,
}
"""Status → what it means where no node of ours has said more."""


@contextmanager
def refusals() -> Iterator[None]:
    """Turn the failure of a call inside into a refusal."""
    try:
        yield
    except grpc.RpcError as error:
        raise refusal_of(error) from error


def refusal_of(error: grpc.RpcError) -> Refusal:
    """Read a failed call.

    Args:
        error: as raised by a call; it is a `grpc.Call`, too.

    Returns:
        The refusal of the `google.rpc.ErrorInfo` that it carries, with its place or incident id. Without one, or with
        a reason that is not known here, PARTNER_UNREACHABLE if nobody answered, and else INTERNAL with the status.
    """
    call: object = error
    if not isinstance(call, grpc.Call):
        return refuse(Reason.INTERNAL, grpc.StatusCode.UNKNOWN.name.lower())
    info, code = _info(call), call.code()
    reason = _REASONS.get(info.reason) if info else None
    if info is None or reason is None:
        return refuse(_WITHOUT_INFO.get(code, Reason.INTERNAL), _shown(info.reason if info else code.name.lower()))
    return refuse(reason, _shown(info.metadata.get(WHERE, "") or info.metadata.get(INCIDENT, "")))


def _info(call: grpc.Call) -> ErrorInfo | None:
    info = ErrorInfo()
    try:
        status = rpc_status.from_call(call)
        return info if status and any(detail.Unpack(info) for detail in status.details) else None
    except (ValueError, DecodeError):  # the details contradict the status, or are not readable
        return None


def _shown(text: str) -> str:
    # Another party wrote it, and it will stand on a screen and in a log.
    return "".join(character for character in text if character.isprintable())[:_MOST_SHOWN]
