"""Calling any method with plain values, and what failures become."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from fakes.doors import Doors, status
from fakes.refusals import refused
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.rpc.status_pb2 import Status

from interchange.client import session as session_module
from interchange.client.session import Session
from interchange.domain.merkle import EMPTY_ROOT
from interchange.errors import Reason, Refusal

GET = "AssertionService/GetAssertion"
FETCH = "LaneService/FetchLane"
WATCH = "LaneService/WatchLane"
FROM_START = {"after_size": "0", "after_root": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "generation": 1}
PROTOS = Path(__file__).parents[2] / "proto"


@pytest.fixture
def session(doors: Doors) -> Iterator[Session]:
    """A session with the fake party's server."""
    with Session(grpc.insecure_channel(doors.address)) as session:
        yield session


def refusal_of(session: Session, method: str = GET, request: dict[str, Any] | None = None) -> Refusal:
    """Call, and give the refusal."""
    with pytest.raises(Refusal) as caught:
        session.call(method, request)
    return caught.value


def test_all_methods_of_the_protos_can_be_called() -> None:
    """A service that is added to the protos is added here."""
    lines = [
        line.split()
        for file in sorted((PROTOS / "interchange/v1").glob("*.proto"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith(("service ", "rpc "))
    ]
    found, service = [], ""
    for kind, name, *_ in lines:
        service = name if kind == "service" else service
        found += [f"{service}/{name.partition('(')[0]}"] if kind == "rpc" else []
    assert Session.methods() == tuple(sorted(found))


def test_an_answer_spells_fields_as_the_proto_does(session: Session) -> None:
    """Not in the camel case of other languages."""
    assert session.call(GET, {"assertion_id": "x"})["assertion"]["assertion_id"] == "x"


def test_times_and_large_integers_are_text(session: Session) -> None:
    """As protobuf's JSON mapping has them, so that no reader loses digits."""
    answer = session.call(GET, {"assertion_id": "x"})["assertion"]
    assert (answer["issued_at"], answer["position"]["index"]) == ("2027-01-15T08:00:00Z", "7")


def test_bytes_are_base64(session: Session, doors: Doors) -> None:
    """Both ways."""
    session.call(FETCH, FROM_START)
    assert doors.lanes.asked[0].after_root == EMPTY_ROOT


def test_fields_that_are_always_there_are_shown_when_they_are_zero(session: Session) -> None:
    """A reader of the answer needs no defaults."""
    assert session.call(FETCH, FROM_START)["page"]["first_index"] == "0"


def test_optional_fields_that_are_absent_are_not_shown(session: Session) -> None:
    """Absent is not empty."""
    assert "token" not in session.call(GET, {"assertion_id": "x"})["assertion"]


def test_an_empty_request_may_be_left_out(session: Session, doors: Doors) -> None:
    """Many questions have no fields."""
    session.call(GET)
    assert doors.assertions.asked[0].assertion_id == ""


@pytest.mark.parametrize("method", ["", "GetAssertion", "AssertionService", "AssertionService/Nothing", WATCH])
def test_no_such_method_is_refused_here(session: Session, method: str) -> None:
    """A misspelt name, or a stream called as if it answered once, is not sent."""
    refusal = refusal_of(session, method)
    assert (refusal.reason, refusal.where) == (Reason.FIELD_FORM, "method")


def test_a_method_that_answers_once_is_no_stream(session: Session) -> None:
    """The other way round."""
    with refused(Reason.FIELD_FORM):
        session.stream(FETCH, FROM_START)


@pytest.mark.parametrize(
    ("method", "request_", "where"),
    [
        (GET, {"assertion": "x"}, "assertion"),
        (GET, {"assertion_id": 5}, "assertion_id"),
        (FETCH, FROM_START | {"after_size": -1}, "after_size"),
        (FETCH, FROM_START | {"generation": "one"}, "generation"),
        (FETCH, FROM_START | {"after_root": "***"}, "after_root is not base64"),
        ("AssertionService/BatchVerifyAssertions", {"tokens": ["a.b.c"]}, "tokens is not base64"),
        ("AssertionService/IssueAssertion", {"expires_at": "tomorrow"}, "expires_at"),
        ("AssertionService/ListAssertions", {"standing": "STANDING_FINE"}, "standing"),
        ("ProjectService/OpenProject", {"partners": [{"parti": "BBB"}]}, "partners"),
        ("ProjectService/OpenProject", {"title": "\ud800"}, "title"),
        ("LaneService/ProveInclusion", {"index": 1, "assertion_id": "x"}, "fields that exclude each other"),
    ],
)
def test_an_ill_formed_request_is_refused_here(
    session: Session, method: str, request_: dict[str, Any], where: str
) -> None:
    """The refusal names the field, and never its value."""
    refusal = refusal_of(session, method, request_)
    assert (refusal.reason, refusal.where) == (Reason.FIELD_FORM, where)


def test_requests_have_bytes_at_the_top_only() -> None:
    """The check of base64 looks no deeper; a proto that puts bytes there must extend it."""
    nested = [
        f"{method}: {field.full_name}"
        for method, descriptor in session_module._METHODS.items()
        for top in descriptor.input_type.fields
        for field in _below(top.message_type)
        if field.type == FieldDescriptor.TYPE_BYTES
    ]
    assert nested == []


def _below(message: Descriptor | None) -> list[FieldDescriptor]:
    if message is None:
        return []
    return [*message.fields, *(deep for field in message.fields for deep in _below(field.message_type))]


# -- what failures become -------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.code)
def test_every_refusal_comes_over_as_itself(session: Session, doors: Doors, reason: Reason) -> None:
    """What a node refuses, its caller refuses, with the same place."""
    doors.assertions.failure = status(grpc.StatusCode[reason.family.status], reason.code, where="a field")
    refusal = refusal_of(session)
    assert (type(refusal), refusal.reason, refusal.where) == (reason.family, reason, "a field")


def test_a_fault_brings_its_incident(session: Session, doors: Doors) -> None:
    """The id is all that a caller learns, and what the operator needs."""
    doors.assertions.failure = status(grpc.StatusCode.INTERNAL, "internal", incident="1b9d")
    refusal = refusal_of(session)
    assert (refusal.reason, refusal.where) == (Reason.INTERNAL, "1b9d")


def test_a_reason_of_a_newer_node_is_named(session: Session, doors: Doors) -> None:
    """Its code is shown, since its words are not known here."""
    doors.assertions.failure = status(grpc.StatusCode.FAILED_PRECONDITION, "moon_phase")
    refusal = refusal_of(session)
    assert (refusal.reason, refusal.where) == (Reason.INTERNAL, "moon_phase")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (grpc.StatusCode.UNAVAILABLE, Reason.PARTNER_UNREACHABLE),
        (grpc.StatusCode.DEADLINE_EXCEEDED, Reason.PARTNER_UNREACHABLE),
        (grpc.StatusCode.UNAUTHENTICATED, Reason.CALLER_UNKNOWN),
        (grpc.StatusCode.PERMISSION_DENIED, Reason.CALLER_NOT_ALLOWED),
        (grpc.StatusCode.UNIMPLEMENTED, Reason.NOT_KNOWN),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, Reason.INTERNAL),
        (grpc.StatusCode.INTERNAL, Reason.INTERNAL),
    ],
)
def test_a_status_without_details_has_a_meaning(
    session: Session, doors: Doors, code: grpc.StatusCode, reason: Reason
) -> None:
    """What proxies, gRPC itself and foreign nodes answer; the status is shown."""
    doors.assertions.failure = code
    refusal = refusal_of(session)
    assert (refusal.reason, refusal.where) == (reason, code.name.lower())


def test_an_exception_in_a_server_is_a_fault(session: Session, doors: Doors) -> None:
    """A foreign node may let one through; its text is not shown."""
    doors.assertions.failure = ValueError("secret")
    refusal = refusal_of(session)
    assert (refusal.reason, refusal.where) == (Reason.INTERNAL, "unknown")


def test_details_that_contradict_the_status_are_left_aside(session: Session, doors: Doors) -> None:
    """A status is one thing, not two."""
    doors.assertions.failure = grpc.StatusCode.UNAVAILABLE
    doors.assertions.details = status(grpc.StatusCode.NOT_FOUND, "not_known").SerializeToString()
    assert refusal_of(session).reason is Reason.PARTNER_UNREACHABLE


@pytest.mark.parametrize(
    "details",
    [
        b"\xff\xff",
        Status(
            code=grpc.StatusCode.UNAVAILABLE.value[0],
            message="in words",
            details=[AnyMessage(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=b"\xff")],
        ).SerializeToString(),
    ],
    ids=["the whole", "the info"],
)
def test_details_that_are_not_readable_are_left_aside(session: Session, doors: Doors, details: bytes) -> None:
    """Rubbish in the details does not come out as another exception."""
    doors.assertions.failure = grpc.StatusCode.UNAVAILABLE
    doors.assertions.details = details
    assert refusal_of(session).reason is Reason.PARTNER_UNREACHABLE


def test_what_a_peer_writes_cannot_move_the_cursor(session: Session, doors: Doors) -> None:
    """It will stand on a screen: no control characters, and not a page of it."""
    doors.assertions.failure = status(grpc.StatusCode.NOT_FOUND, "not_known", where="\x1b[2J" + "x" * 999)
    assert refusal_of(session).where == ("[2J" + "x" * 999)[:200]


def test_silence_is_unreachable(doors: Doors) -> None:
    """A call ends after its seconds."""
    request = {"token": "YS5iLmM=", "project": "x"}
    with Session(grpc.insecure_channel(doors.address), timeout=0.05) as hurried:
        assert refusal_of(hurried, "AssertionService/VerifyAssertion", request).reason is Reason.PARTNER_UNREACHABLE


# -- streams --------------------------------------------------------------------------------------------------


def test_a_stream_gives_answers(session: Session) -> None:
    """Each as a plain value."""
    with session.stream(WATCH, FROM_START) as stream:
        assert next(stream)["page"]["first_index"] == "0"


def test_a_stream_that_was_closed_ends(session: Session, doors: Doors) -> None:
    """Here without an error, and at the server too."""
    with session.stream(WATCH, FROM_START) as stream:
        next(stream)
    assert list(stream) == []
    assert doors.lanes.watch_ended.wait(10)


def test_a_request_for_a_stream_is_checked_before_it_is_sent(session: Session) -> None:
    """As for any other call."""
    with refused(Reason.FIELD_FORM):
        session.stream(WATCH, {"after": 0})
