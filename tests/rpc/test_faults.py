import json
from collections.abc import Iterator
from io import StringIO

import grpc
import pytest
import structlog
from fakes import requests, tokens
from fakes.nodes import Clock, Served, info_of
from fakes.parties import HOME

from interchange.domain.merkle import EMPTY_ROOT
from interchange.errors import Reason
from interchange.flows import knowledge
from interchange.telemetry.logs import configure
from interchange.v1 import assertions_pb2, lanes_pb2, node_pb2

SECRET = "Yamada Taro, employer-1"


@pytest.fixture
def events() -> Iterator[StringIO]:
    """What the node writes to its log."""
    written = StringIO()
    configure("info", written)
    yield written
    structlog.reset_defaults()


def lines(captured: str) -> list[dict[str, object]]:
    """Read a log."""
    return [json.loads(line) for line in captured.splitlines()]


@pytest.fixture
def broken(served: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """A node whose verifier has a fault."""

    def look(*_: object) -> object:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(knowledge.LedgerKnowledge, "key", look)
    return served


def verify(served: Served) -> grpc.Call:
    """Have a token judged, and give the failed call."""
    stubs = served.call("partner", "KOR")
    request = assertions_pb2.VerifyAssertionRequest(token=tokens.token(), project="A" * 22)
    with pytest.raises(grpc.RpcError) as caught:
        stubs.assertions.VerifyAssertion(request, timeout=10)
    call: object = caught.value
    assert isinstance(call, grpc.Call)
    return call


def test_uncaught_exception_is_internal(broken: Served) -> None:
    """A fault of the program is not taken for a refusal."""
    assert verify(broken).code() is grpc.StatusCode.INTERNAL


def test_nothing_of_an_uncaught_exception_reaches_the_peer(broken: Served) -> None:
    """Neither its text nor its type nor a line of code."""
    call = verify(broken)
    sent = f"{call.details()} {call.trailing_metadata()} {call.initial_metadata()}"
    assert [word for word in ("Yamada", "employer", "RuntimeError", ".py", "Traceback") if word in sent] == []


def test_peer_and_log_name_the_same_incident(broken: Served, events: StringIO) -> None:
    """The operator finds what the peer reports."""
    call: object = verify(broken)
    assert isinstance(call, grpc.RpcError)
    told = info_of(call).metadata["incident"]
    logged = [line["incident"] for line in lines(events.getvalue()) if line["event"] == "incident"]
    assert logged == [told]


def test_log_of_an_incident_has_type_and_lines_only(broken: Served, events: StringIO) -> None:
    """An exception's text may say something about a person, so that it is never written down."""
    verify(broken)
    written = events.getvalue()
    assert ("RuntimeError at" in written, "interchange/rpc/pipeline.py:" in written, SECRET in written) == (
        True,
        True,
        False,
    )


def test_every_call_leaves_one_line_with_role_and_outcome(served: Served, events: StringIO) -> None:
    """Who the caller is by name stands in the audit lane, and not in the log."""
    served.call("officer", HOME, "METI", name="suzuki").node.GetNodeInfo(node_pb2.GetNodeInfoRequest())
    (line,) = lines(events.getvalue())
    kept = {name: line[name] for name in ("event", "method", "party", "role", "outcome")}
    assert (kept, "suzuki" in str(line)) == (
        {
            "event": "call",
            "method": "/interchange.v1.NodeService/GetNodeInfo",
            "party": HOME,
            "role": "officer",
            "outcome": "ok",
        },
        False,
    )


def test_log_says_nothing_of_what_was_asked_about_whom(served: Served, events: StringIO) -> None:
    """Not even the person's identifier."""
    issued = requests.issued(served)
    written = events.getvalue()
    assert [word for word in (issued.subject_id, "employer-1", "Quiet", issued.reference) if word in written] == []


def test_log_names_the_request(served: Served, events: StringIO) -> None:
    """An operator finds the line of a request in the audit lane by its id."""
    request = requests.project()
    served.call("coordinator").projects.OpenProject(request)
    assert [line.get("request_id") for line in lines(events.getvalue())] == [request.request_id]


def test_fault_in_a_stream_is_internal_as_well(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipeline is around what a stream yields, and not only around its beginning."""

    def read(*_: object) -> object:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("interchange.flows.lanes.head_size", read)
    stubs = served.call("auditor")
    stream = stubs.lanes.WatchLane(lanes_pb2.WatchLaneRequest(after_root=EMPTY_ROOT, generation=1), timeout=10)
    next(stream)
    with pytest.raises(grpc.RpcError) as caught:
        next(stream)
    assert (info_of(caught.value).reason, SECRET in str(caught.value)) == (Reason.INTERNAL.code, False)


def test_clock_out_of_order_is_a_fault_like_any_other(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails before the service is reached ends in the same place."""

    def read(_: object) -> object:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(Clock, "__call__", read)
    with pytest.raises(grpc.RpcError) as caught:
        served.call("auditor").node.GetNodeInfo(node_pb2.GetNodeInfoRequest(), timeout=10)
    assert info_of(caught.value).reason == Reason.INTERNAL.code


def test_call_is_answered_though_the_log_cannot_be_written(served: Served, events: StringIO) -> None:
    """What was carried out is not called a failure because of a full disk or a broken pipe."""
    events.close()
    request = requests.project()
    assert served.call("coordinator").projects.OpenProject(request).result.title == request.title
