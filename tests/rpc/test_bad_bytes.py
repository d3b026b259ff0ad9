"""Bytes that are no request, or one that says something twice."""

import grpc
import pytest
from fakes import requests
from fakes.nodes import Served, dump_digest, info_of
from fakes.parties import HOME

from interchange.errors import Reason
from interchange.v1 import assertions_pb2, projects_pb2

RAW = {
    "bytes that are no message": b"\xff\xff\xff",
    "cut short": requests.project().SerializeToString()[:-3],
    "text that is no UTF-8": b"\x0a\x02\xff\xfe",
    "two titles": requests.project().SerializeToString()
    + projects_pb2.OpenProjectRequest(title="B").SerializeToString(),
    "value spelt longer than need be": requests.project().SerializeToString() + b"\x18\x82\x00",
}


@pytest.mark.parametrize("data", RAW.values(), ids=RAW.keys())
def test_bytes_that_say_something_twice_or_nothing_are_refused(idle: Served, data: bytes) -> None:
    """Of two values one would count, and each reader would choose another."""
    before = dump_digest(idle.node)
    channel = idle.call("coordinator").channel
    ask: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/interchange.v1.ProjectService/OpenProject")
    with pytest.raises(grpc.RpcError) as caught:
        ask(data, timeout=10)
    assert (info_of(caught.value).reason, dump_digest(idle.node)) == (Reason.FIELD_FORM.code, before)


def test_title_in_wide_writing_is_taken(served: Served) -> None:
    """Two hundred characters of any writing, wide spaces among them."""
    title = "量子　暗号" * 40
    assert served.call("coordinator").projects.OpenProject(requests.project(title=title)).result.title == title


def test_request_larger_than_any_is_turned_away(idle: Served) -> None:
    """A message has a bound before it is read."""
    request = assertions_pb2.VerifyAssertionRequest(token=b"a" * (4 * 1024 * 1024), project="A" * 22)
    with pytest.raises(grpc.RpcError) as caught:
        idle.call("officer", HOME, "METI").assertions.VerifyAssertion(request, timeout=10)
    call: object = caught.value
    assert isinstance(call, grpc.Call)
    assert call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
