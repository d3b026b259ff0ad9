"""Requests of any content to every method: each is answered or refused, and none is a fault of ours."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import grpc
import pytest
from fakes import papers, requests
from fakes.nodes import Served, authority_of, info_of, serve
from fakes.parties import HOME, TREATY, keyring_of, names_of, signed
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings
from hypothesis import strategies as st

from interchange.domain.merkle import EMPTY_ROOT
from interchange.errors import Reason
from interchange.rpc.access import ACCESS
from interchange.v1.clearances_pb2 import ListClearancesRequest
from interchange.v1.standings_pb2 import SuspendRequest

METHODS = sorted(method for method in ACCESS if not method.startswith("/grpc.health."))

NAMED: dict[str, Any] = {
    **dict.fromkeys(("party", "partner", "to_party"), "KOR"),
    **dict.fromkeys(("level", "level_ceiling", "level_floor"), "JPN/SDS"),
    **dict.fromkeys(("day", "from_day", "notified_on", "consented_on", "done_on"), "2027-01-15"),
    **dict.fromkeys(("family", "given", "family_kana", "given_kana"), "大野"),
    **dict.fromkeys(("passport_family", "passport_given"), "ONO"),
    **dict.fromkeys(("recipient", "rules_information"), "in words"),
    "birth_date": "1984-02-29",
    "document_number": "TZ1",
    "nationalities": "JPN",
    "body": papers.CENTRAL,
    "item": "drinking",
    **dict.fromkeys(("after_root", "root"), EMPTY_ROOT),
    **dict.fromkeys(("generation", "number", "valid_days", "old_size", "new_size"), 1),
    "agreement": TREATY,
    "organ": "JPN/METI",
    "purpose": "joint_research",
    "until_day": "2027-12-31",
    "employer_id": "employer-1",
    "address": "node.example:7443",
    "root_pin": keyring_of("KOR").root_pin,
    "keyring": signed(keyring_of(HOME, 2), HOME),
    "ca_pem": authority_of("GBR").pem,
    "uri": names_of(HOME).status_uri("KOR", 1),
    "origin": names_of(HOME).lane("KOR", 1),
    "seconds": 1_800_100_000,
}
"""Field → a value that is in order."""

TEXTS = [
    "",
    " ",
    "\0",
    "a\nb",
    "\u202ea",
    "é",
    "題" * 300,
    "a" * 5000,
    "../..",
    "KOR/II",
    "JPN/CESI",
    "AUS",
    "XXA",
    "JPN",
]
TEXTS += ["9999-12-31", "0001-01-01", "2027-02-29", "1e30", "-1", "\u0661", "'; --", "AAAA", "=", requests.NOBODY]
NUMBERS = [0, 1, 2, 3, 1000, 1001, (1 << 31) - 1]
LARGE = [1 << 31, (1 << 53) + 1, (1 << 63) - 1]
KINDS = FieldDescriptor
ANY: dict[int, st.SearchStrategy[Any]] = {
    KINDS.TYPE_STRING: st.sampled_from(TEXTS) | st.text(max_size=20),
    KINDS.TYPE_BYTES: st.sampled_from([b"", b"\0", bytes(32), b"{}", b"a.b.c", b"\xff" * 9000])
    | st.binary(max_size=40),
    KINDS.TYPE_BOOL: st.booleans(),
    KINDS.TYPE_ENUM: st.integers(-1, 9),
    KINDS.TYPE_INT32: st.sampled_from([*NUMBERS, -1, -(1 << 31)]),
    KINDS.TYPE_UINT32: st.sampled_from([*NUMBERS, (1 << 32) - 1]),
    KINDS.TYPE_UINT64: st.sampled_from([*NUMBERS, *LARGE, (1 << 64) - 1]),
    KINDS.TYPE_INT64: st.sampled_from([*NUMBERS, *LARGE, -1, -(1 << 63)]),
}


@dataclass(frozen=True, eq=False)
class Asked:
    """A served node, and what of it there is to be named."""

    served: Served
    named: dict[str, Any]

    @cache  # noqa: B019 - it lives as long as the tests do
    def channel(self, role: str, party: str) -> grpc.Channel:
        """Call as somebody."""
        return self.served.call(role, party).channel


@pytest.fixture(scope="module")
def asked(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A node with a project, a person, an assertion, a screening and a hold."""
    with serve(tmp_path_factory.mktemp("asked") / "node", template=sqlite_template, heartbeat=600) as served:
        issued = requests.issued(served)
        hold = SuspendRequest(request_id=requests.new_id(), project_id=issued.project_id)
        screened = papers.screen(served, issued.subject_id, steps=2)
        listed = served.call("officer").clearances.ListClearances(ListClearancesRequest()).clearances
        given = served.call("officer").consents.ListConsents(papers.consents_of(issued.subject_id)).consents
        named = {
            "screening_id": screened.screening_id,
            "clearance_id": listed[0].clearance_id,
            "consent_id": given[0].consent_id,
            "project_id": issued.project_id,
            "subject_id": issued.subject_id,
            "assertion_id": issued.assertion_id,
            "hold_id": served.call("coordinator").standings.Suspend(hold).hold.hold_id,
            "token": issued.token,
            "tokens": issued.token,
            **dict.fromkeys(("project", "reference"), issued.reference),
        }
        yield Asked(served, NAMED | named)


def value(draw: st.DrawFn, field: FieldDescriptor, named: dict[str, Any]) -> Any:  # noqa: ANN401
    """Draw a value for a field: mostly one in order, sometimes any."""
    if field.type == KINDS.TYPE_MESSAGE:
        assert field.message_type
        return message(draw, field.message_type, named)
    if field.name == "request_id" and draw(st.integers(0, 5)):
        return requests.new_id()
    if field.name in named and draw(st.integers(0, 5)):
        return named[field.name]
    return draw(ANY[field.type])


def message(draw: st.DrawFn, kind: Descriptor, named: dict[str, Any]) -> Message:
    """Draw a message: each field set or not, and of a choice at most one."""
    found = GetMessageClass(kind)()
    for field in kind.fields:
        if not draw(st.integers(0, 7)) or (field.containing_oneof and draw(st.booleans())):
            continue
        if field.is_repeated:
            values = [value(draw, field, named) for _ in range(draw(st.integers(0, 3)))]
            if field.type == KINDS.TYPE_MESSAGE:
                getattr(found, field.name).extend(values)
            else:
                getattr(found, field.name)[:] = values
        elif field.type == KINDS.TYPE_MESSAGE:
            getattr(found, field.name).CopyFrom(value(draw, field, named))
        else:
            setattr(found, field.name, value(draw, field, named))
    return found


def refusal(channel: grpc.Channel, method: str, data: bytes) -> str:
    """Call a method; give the code of its refusal, or nothing."""
    try:
        if "/Watch" in method:
            watch: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(method)
            stream = watch(data, timeout=10)
            next(stream)
            stream.cancel()
        else:
            ask: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
            ask(data, timeout=10)
    except grpc.RpcError as error:
        return info_of(error).reason
    return ""


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15)
@given(data=st.data())
def test_no_request_whatever_is_a_fault_of_ours(asked: Asked, method: str, data: st.DataObject) -> None:
    """Whoever may call a method can send it anything, and gets an answer or a refusal that says what is wrong."""
    cell = data.draw(st.sampled_from(sorted(cell for cell in ACCESS[method] if not cell.organ)))
    input_type = Default().FindMethodByName(method[1:].replace("/", ".")).input_type
    request = data.draw(st.composite(message)(input_type, asked.named))
    channel = asked.channel(cell.role, HOME if cell.home else "KOR")
    assert refusal(channel, method, request.SerializeToString()) != Reason.INTERNAL.code
