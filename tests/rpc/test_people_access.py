"""Who comes near the services about people: officers of the home party, and nothing of them anywhere else."""

from collections.abc import Callable, Iterator

import grpc
import pytest
from fakes import papers
from fakes.nodes import Served, reason_of
from fakes.parties import HOME
from google.protobuf.descriptor import Descriptor, FileDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pool import Default

from interchange.errors import Reason
from interchange.rpc.access import ACCESS, Cell
from interchange.v1 import clearances_pb2, consents_pb2, employers_pb2, screenings_pb2, subjects_pb2

FILES: tuple[FileDescriptor, ...] = tuple(
    module.DESCRIPTOR for module in (subjects_pb2, screenings_pb2, clearances_pb2, employers_pb2, consents_pb2)
)
SERVICES: list[ServiceDescriptor] = [service for file in FILES for service in file.services_by_name.values()]
METHODS = sorted(f"/{service.full_name}/{method.name}" for service in SERVICES for method in service.methods)
OFFICERS = {Cell(home=True, role="officer", organ=organ) for organ in (False, True)}


@pytest.mark.parametrize("method", METHODS)
def test_method_about_people_is_for_officers_of_the_home_party(method: str) -> None:
    """No partner, coordinator, key administrator or auditor gets as far as the service."""
    assert ACCESS[method] == OFFICERS


def reached(message: Descriptor, seen: set[str]) -> Iterator[Descriptor]:
    """List a message and all that it can hold."""
    if message.full_name not in seen:
        seen.add(message.full_name)
        yield message
        for field in message.fields:
            if field.message_type:
                yield from reached(field.message_type, seen)


def spoken(allowed: Callable[[Cell], bool]) -> dict[str, Descriptor]:
    """List all messages in what some of these callers can send or are answered, by their full names."""
    found: dict[str, Descriptor] = {}
    for path, cells in ACCESS.items():
        if any(map(allowed, cells)) and not path.startswith("/grpc."):
            method = Default().FindMethodByName(path[1:].replace("/", "."))
            for message in (method.input_type, method.output_type):
                found |= {each.full_name: each for each in reached(message, set())}
    return found


def test_messages_about_people_are_spoken_with_officers_alone() -> None:
    """Neither as such nor inside of any other message."""
    ours = {message.full_name for file in FILES for message in file.message_types_by_name.values()}
    assert ours & set(spoken(lambda cell: cell not in OFFICERS)) == set()


def test_outward_schema_has_no_field_for_a_screening_or_an_identity() -> None:
    """Item, conclusion, officer, name, birth date, document: no message to or from a partner has such a field."""
    ours = {
        field.name
        for message in ("Identity", "ScreeningItem", "Screening")
        for field in Default().FindMessageTypeByName(f"interchange.v1.{message}").fields
    }
    outward = spoken(lambda cell: not cell.home)
    found = {f"{name}.{field.name}" for name, message in outward.items() for field in message.fields}
    # When a project was opened is told to home callers, who are answered with the same message.
    assert {name for name in found if name.rpartition(".")[2] in ours - {"subject_id"}} == {
        "interchange.v1.Project.opened_at"
    }


def test_no_message_about_people_has_a_field_for_what_was_found() -> None:
    """Nor for a reason or a note: there is no place where such a thing could be sent."""
    words = {"reason", "cause", "finding", "found", "note", "comment", "remark", "text", "detail", "why", "content"}
    messages = [message for file in FILES for message in file.message_types_by_name.values()]
    named = {f"{message.name}.{field.name}" for message in messages for field in message.fields}
    assert {name for name in named if words & set(name.partition(".")[2].split("_"))} == set()


def test_partner_learns_nothing_of_who_is_on_record(served: Served) -> None:
    """A person who is there and one who is not get the same refusal, before anything is looked up."""
    served.call("officer").subjects.RegisterSubject(papers.register(1))
    answers = []
    for role, party in (("partner", "KOR"), ("coordinator", HOME), ("auditor", HOME), ("key-admin", HOME)):
        for number in (1, 2):
            with pytest.raises(grpc.RpcError) as caught:
                served.call(role, party).subjects.FindSubject(papers.find(number))
            answers.append(reason_of(caught.value))
    assert set(answers) == {Reason.CALLER_NOT_ALLOWED.code}
