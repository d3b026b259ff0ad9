"""What gRPC reports, as the refusal that the other side meant."""

from __future__ import annotations

import re
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

# gRPC has one status for all that keeps it from connecting, and says only in words what it was. Where the words of
# another version are none of these, what is left is that nobody answered. The first that fits is taken.
_SAID = tuple(
    (re.compile(said), reason, where)
    for said, reason, where in (
        (r"Hostname Verification Check failed", Reason.NODE_CERTIFICATE, "it bears another name"),
        (r"CERTIFICATE_VERIFY_FAILED.*has expired", Reason.NODE_CERTIFICATE, "it has expired"),
        (r"CERTIFICATE_VERIFY_FAILED.*not yet valid", Reason.NODE_CERTIFICATE, "it is not valid yet"),
        (r"CERTIFICATE_VERIFY_FAILED", Reason.NODE_CERTIFICATE, "another certificate authority issued it"),
        (r"WRONG_VERSION_NUMBER", Reason.PARTNER_UNREACHABLE, "what answers there does not speak TLS"),
        (r"Handshake read failed", Reason.PARTNER_UNREACHABLE, "what answers there ends the TLS handshake"),
        # TLS 1.3 is over for the client before the server looks at the client's certificate: all that comes back of a
        # no is the end of a connection on which no call was made yet.
        (r"^failed to connect.*(Socket closed|Connection reset)", Reason.CERTIFICATE_REFUSED, ""),
        (r"Connection refused", Reason.PARTNER_UNREACHABLE, "connection refused: nothing listens there"),
        (r"(errors resolving|DNS resolution failed)", Reason.PARTNER_UNREACHABLE, "no host of that name is found"),
        (r"(No route to host|Network is unreachable)", Reason.PARTNER_UNREACHABLE, "no way leads to that host"),
        (r"^Deadline Exceeded$", Reason.PARTNER_UNREACHABLE, "no answer in time"),
    )
)


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
        The refusal of the `google.rpc.ErrorInfo` that it carries, with its place or incident id. Without one:
        NODE_CERTIFICATE if the node was not believed, CERTIFICATE_REFUSED if it seems not to have believed us, and
        PARTNER_UNREACHABLE if nobody answered, with what is known of the cause. Else, or with a reason that is not
        known here, what the status means, or INTERNAL with its name.
    """
    call: object = error
    if not isinstance(call, grpc.Call):
        return refuse(Reason.INTERNAL, grpc.StatusCode.UNKNOWN.name.lower())
    info, code = _info(call), call.code()
    reason = _REASONS.get(info.reason) if info else None
    if info is None or reason is None:
        if info is None and _WITHOUT_INFO.get(code) is Reason.PARTNER_UNREACHABLE:
            return _unreachable(call.details() or "", code)
        return refuse(_WITHOUT_INFO.get(code, Reason.INTERNAL), _shown(info.reason if info else code.name.lower()))
    return refuse(reason, _shown(info.metadata.get(WHERE, "") or info.metadata.get(INCIDENT, "")))


def _unreachable(details: str, code: grpc.StatusCode) -> Refusal:
    for said, reason, where in _SAID:
        if said.search(details):
            return refuse(reason, where)
    return refuse(Reason.PARTNER_UNREACHABLE, code.name.lower())


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
