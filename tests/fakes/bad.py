"""Requests with one fault each, and how the tests of them are run."""

from collections.abc import Callable
from typing import Any, NamedTuple

import grpc
import pytest
from fakes.nodes import Served, dump_digest, info_of
from google.protobuf.message import Message

from interchange.errors import Reason

COORDINATOR, OFFICER, ADMIN, AUDITOR = ("coordinator",), ("officer",), ("key-admin",), ("auditor",)
PARTNER = ("partner", "KOR")


class Bad(NamedTuple):
    """A request with one fault: who sends it to which method, and how it is refused."""

    caller: tuple[str, ...]
    method: str
    request: Message
    reason: Reason
    where: str


def sent(served: Served, bad: Bad) -> tuple[str, str, bool]:
    """Send a bad request; give the code and place of its refusal, and whether the ledger is what it was before."""
    before = dump_digest(served.node)
    service, _, name = bad.method.partition(".")
    with pytest.raises(grpc.RpcError) as caught:
        getattr(getattr(served.call(*bad.caller), service), name)(bad.request, timeout=10)
    info = info_of(caught.value)
    return info.reason, info.metadata["where"], dump_digest(served.node) == before


def expected(bad: Bad) -> tuple[str, str, bool]:
    """Say what `sent` is to give."""
    return bad.reason.code, bad.where, True


def refusal(call: Callable[[Any], object], request: Message) -> tuple[str, str]:
    """Give code and place of the refusal of a call; the place is empty if it has none."""
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    info = info_of(caught.value)
    return info.reason, info.metadata.get("where", "")
