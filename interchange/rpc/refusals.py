"""Refusals and faults as gRPC statuses: each carries a google.rpc.ErrorInfo, and a fault nothing but its incident."""

from __future__ import annotations

from traceback import extract_tb
from typing import TYPE_CHECKING, NoReturn

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from interchange.errors import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interchange.errors import Refusal

DOMAIN = "clearance.interchange"
_PACKAGE = "interchange"
_LONGEST_CHAIN = 4


def abort(context: grpc.ServicerContext, refusal: Refusal) -> NoReturn:
    """End a call with a refusal: its family's status, its code, and where."""
    metadata = {"where": refusal.where} if refusal.where else {}
    _end(context, grpc.StatusCode[refusal.status], refusal.reason, str(refusal), metadata)


def abort_fault(context: grpc.ServicerContext, incident: str) -> NoReturn:
    """End a call with INTERNAL: the peer learns the incident's id, the log what happened."""
    text = f"{Reason.INTERNAL.text}; incident {incident}. {Reason.INTERNAL.remedy}"
    _end(context, grpc.StatusCode.INTERNAL, Reason.INTERNAL, text, {"incident": incident})


def described(error: BaseException) -> str:
    """Describe an exception for the log: types and lines of code, since its text may say something about a person."""
    links: list[str] = []
    link: BaseException | None = error
    while link is not None and len(links) < _LONGEST_CHAIN:
        frames = extract_tb(link.__traceback__)
        places = " > ".join(f"{_short(frame.filename)}:{frame.lineno}" for frame in frames[-6:])
        links.append(f"{type(link).__name__} at {places}")
        link = link.__cause__ or link.__context__
    return " from ".join(links)


def _short(path: str) -> str:
    """Leave out where the program is installed."""
    parts = path.replace("\\", "/").split("/")
    return "/".join(parts[parts.index(_PACKAGE) :] if _PACKAGE in parts else parts[-2:])


def _end(
    context: grpc.ServicerContext, code: grpc.StatusCode, reason: Reason, text: str, metadata: Mapping[str, str]
) -> NoReturn:
    info = AnyMessage()
    info.Pack(ErrorInfo(reason=reason.code, domain=DOMAIN, metadata=metadata))
    status = Status(code=code.value[0], message=text, details=[info])
    context.abort_with_status(rpc_status.to_status(status))
