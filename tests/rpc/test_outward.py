"""What a partner can ask and be told: walked from the access table through every message it can meet."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from interchange import v1
from interchange.domain.screening import Screening
from interchange.rpc.access import ACCESS
from interchange.rulebook.load import load

OUTWARD = sorted(
    method
    for method, cells in ACCESS.items()
    if method.startswith("/interchange.") and any(not cell.home and cell.role == "partner" for cell in cells)
)
"""Methods that a partner may call."""

NEVER = frozenset(
    {"employer", "clearance", "screening", "conclusion", "consent", "hold_id", "proposal", "roster", "participant"}
)
"""Words of the home side; as a field's name, or the first word of it, none has a place in what is told outward."""

ITEMS = frozenset(code for rules in load().nation_rules.values() for code in rules.screening_items)


def descriptors(method: str) -> Iterator[Descriptor]:
    """Give request and response of a method."""
    service, name = method.removeprefix("/").split("/")
    for module in pkgutil.iter_modules(v1.__path__):
        if module.name.endswith("_pb2"):
            found = importlib.import_module(f"{v1.__name__}.{module.name}").DESCRIPTOR.services_by_name
            for each in found.values():
                if each.full_name == service:
                    yield each.methods_by_name[name].input_type
                    yield each.methods_by_name[name].output_type


def outward_fields() -> dict[str, FieldDescriptor]:
    """Collect every field that a partner can meet, at whatever depth."""
    waiting = [message for method in OUTWARD for message in descriptors(method)]
    known: set[str] = set()
    fields: dict[str, FieldDescriptor] = {}
    while waiting:
        message = waiting.pop()
        if message.full_name in known:
            continue
        known.add(message.full_name)
        for field in message.fields:
            fields[f"{message.name}.{field.name}"] = field
            waiting += [field.message_type] if field.message_type else []
    return fields


FIELDS = outward_fields()

CLOSED = {
    "Verdict.reason": "a code of the table of reasons",
    "PastVerdict.reason": "a code of the table of reasons",
    "Level.title": "of a level, from the rulebook",
    "Level.native_title": "of a level, from the rulebook",
    "Agreement.title": "of a treaty, from the rulebook",
    "Project.title": "absent for partners",
}
"""Texts that are no free text."""


def test_partners_reach_some_methods() -> None:
    """The walk begins somewhere, or it would find nothing to refuse."""
    assert "/interchange.v1.AssertionService/VerifyAssertion" in OUTWARD


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_outward_field_is_of_no_screening_item_reason_or_free_text(name: str) -> None:
    """Neither an item nor what came of it, neither a cause nor words of a person's own."""
    field = name.partition(".")[2]
    words = set(field.split("_"))
    assert field not in ITEMS
    assert not any(field == word or field.startswith(f"{word}_") for word in NEVER)
    if words & {"reason", "reasons", "cause", "why", "text", "title", "comment", "description", "remark"}:
        assert name in CLOSED


def test_screening_has_no_member_for_what_it_found() -> None:
    """Conclusion and days are all there is, and even those stay at home."""
    assert set(Screening.__slots__) == {
        "screening_id",
        "subject_id",
        "body",
        "consented_on",
        "opened_at",
        "conclusion",
        "concluded_at",
        "notified_on",
        "ended_at",
    }
