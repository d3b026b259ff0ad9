"""No place is provided in which a name, a birth date, a reason or a free text about a person could be sent."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import get_args

import pytest
from fakes import tokens
from google.protobuf.descriptor import Descriptor, FileDescriptor

from interchange import v1
from interchange.domain.events import Event
from interchange.store import domestic, tables
from interchange.wire.claims import encode_assertion
from interchange.wire.keyring import encode_keyring
from interchange.wire.status_list import encode_status_claims

SUSPECT = frozenset(
    re.findall(
        r"\w+",
        "name names surname given alias initials birth born birthday age sex gender nationality citizenship document "
        "passport email mail phone address street city photo face signature person caller employer "
        "reason reasons cause causes why ground grounds because finding findings conclusion health crime debt "
        "note notes comment comments remark remarks text description title message memo detail details free",
    )
)
"""Words of which one in a field's name asks for a closer look."""

FOUND_BY = ("passport_family", "passport_given", "birth_date", "document_number")

MESSAGES = {
    "StepResult.name": "a step of verification",
    "Verdict.reason": "a code of the table of reasons",
    "PastVerdict.reason": "a code of the table of reasons",
    "AffectedAssertion.reason": "a code of the table of reasons, one for all that lies in a person",
    "BoardKey.signature_count": "of a key",
    "Verdict.age_seconds": "of what is known",
    "Lane.age_seconds": "of what is known",
    "LanePage.note": "the signed checkpoint (C2SP signed-note)",
    "ProveInclusionResponse.note": "the signed checkpoint (C2SP signed-note)",
    "ArchivedCheckpoint.note": "the signed checkpoint (C2SP signed-note)",
    "Level.title": "of a level, from the rulebook",
    "Agreement.title": "of a treaty, from the rulebook",
    "OpenProjectRequest.title": "of a project; never leaves the home party",
    "Project.title": "of a project; never leaves the home party",
    "AdmitPartnerRequest.address": "host and port of a node",
    "Partner.address": "host and port of a node",
    "Proposal.caller": "SPIFFE id of one of our own people; never leaves the home party",
    "ProposalSignature.caller": "SPIFFE id of one of our own people; never leaves the home party",
    "ProposalSignature.why": "why somebody signed; never leaves the home party, and coordinators see their own alone",
    "SignProposalRequest.why": "why somebody signs; never leaves the home party",
    "SignProposalRequest.signature": "bytes that a key made",
    "PaperGrant.employer_id": "a code; never leaves the home party",
    "GrantClearanceRequest.employer_id": "a code; never leaves the home party",
    "AuthoriseByFunctionRequest.employer_id": "a code; never leaves the home party",
    "EndPostRequest.employer_id": "a code; never leaves the home party",
    "Clearance.employer_id": "a code; never leaves the home party",
    "RecogniseEmployerRequest.employer_id": "a code; never leaves the home party",
    "RecogniseEmployerRequest.title": "of a firm; never leaves the home party",
    "RecogniseEmployerResponse.employer": "a firm",
    "EndRecognitionRequest.employer_id": "a code; never leaves the home party",
    "EndRecognitionResponse.employer": "a firm",
    "Employer.employer_id": "a code; never leaves the home party",
    "Employer.title": "of a firm; never leaves the home party",
    "ConcludeScreeningRequest.conclusion": "eligible or not; between officers of the home party",
    "Screening.conclusion": "eligible or not; between officers of the home party",
    **dict.fromkeys(
        (
            *(f"Identity.{name}" for name in ("given", "given_kana", *FOUND_BY)),
            *(f"FindSubjectRequest.{name}" for name in FOUND_BY),
        ),
        "who a person is; between officers of the home party and their node, and sealed there",
    ),
    "SuspendRequest.employer_id": "a code; never leaves the home party",
    **dict.fromkeys(
        (f"EnrolParticipantRequest.{name}" for name in FOUND_BY),
        "who is to be enrolled; from a coordinator to its own node, which keeps the subject found and nothing of it",
    ),
    "EnrolParticipantRequest.employer_id": "a code; never leaves the home party",
    "Participant.employer_id": "a code; never leaves the home party",
    "Participant.passport_family": "whom the coordinator enrolled; opened from the vault for the project's own people",
    "Participant.passport_given": "as above",
    "RowFault.reason": "a code of the table of reasons",
    "RowFault.text": "the sentence of that table",
    "FetchLaneRequest.known_note": "the signed checkpoint that a follower has (C2SP signed-note)",
    "WatchLaneRequest.known_note": "the signed checkpoint that a follower has (C2SP signed-note)",
    "Disclosure.project_title": "of a project, towards the person who takes part in it",
    **dict.fromkeys(
        (
            "MatchPersonRequest.passport_family",
            "MatchPersonRequest.passport_given",
            "MatchPersonRequest.birth_date",
            "MatchPersonRequest.document_number",
        ),
        "what our own officer reads in the passport at the gate; never leaves the home party and is never stored",
    ),
}
EVENTS = {"ActPerformed.caller": "SPIFFE id of one of our own people, towards our own auditors alone"}
COLUMNS = {
    "lanes.note": "the signed checkpoint",
    "archived_checkpoints.note": "the signed checkpoint",
    "partners.address": "host and port of a node",
    "projects.title": "of a project",
    "clearances.employer_id": "a code",
    "assertions.employer_id": "a code",
    "requests.caller": "SPIFFE id of who asked",
    "proposals.caller": "SPIFFE id of who asked",
    "proposal_signatures.person": "authority and name of one of our own people, who signed",
    "proposal_signatures.why": "why somebody signed; never leaves the node",
    "proposal_signatures.signature": "bytes that a key made",
    "evidence.reason": "a code of the table of reasons",
    "holds.cause": "a code, empty or one of two; never leaves the node",
    "screenings.conclusion": "eligible or not; never leaves the node",
    "participants.employer_id": "a code",
    "roster_lines.employer_id": "a code",
    "employers.employer_id": "a code",
    "employers.title": "of a firm",
    "rosters.caller": "SPIFFE id of who handed it in",
    "misses.caller": "SPIFFE id of who asked",
}
"""Field → what it holds instead."""


def suspects(owner: str, names: Iterator[str] | list[str]) -> set[str]:
    """List those fields whose names ask for a closer look."""
    return {f"{owner}.{name}" for name in names if SUSPECT & set(re.split(r"[^a-z]+", name.lower()))}


def files() -> Iterator[FileDescriptor]:
    """List the protos by their generated modules."""
    for module in pkgutil.iter_modules(v1.__path__):
        if module.name.endswith("_pb2"):
            yield importlib.import_module(f"{v1.__name__}.{module.name}").DESCRIPTOR


def messages() -> Iterator[Descriptor]:
    """List all messages, those inside of others too."""
    found = [message for file in files() for message in file.message_types_by_name.values()]
    while found:
        message = found.pop()
        yield message
        found += message.nested_types


def members(value: object) -> Iterator[str]:
    """List the names of all members of a JSON object, at every level."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield name
            yield from members(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner)


def test_no_message_has_a_field_for_them() -> None:
    """Whatever is added to the protos is looked at here first."""
    found = {name for message in messages() for name in suspects(message.name, [each.name for each in message.fields])}
    assert found == set(MESSAGES)


def test_no_event_has_a_member_for_them() -> None:
    """What a lane tells is kept by its readers for ever."""
    events = get_args(Event)
    found = {name for event in events for name in suspects(event.__name__, [each.name for each in fields(event)])}
    assert found == set(EVENTS)


def test_no_table_has_a_column_for_them() -> None:
    """A person is a random number to the node; who it is, stays in the files of the organ."""
    assert domestic.SubjectRow.metadata is tables.LaneRow.metadata
    found = {
        name for table in tables.LaneRow.metadata.sorted_tables for name in suspects(table.name, table.columns.keys())
    }
    assert found == set(COLUMNS)


SIGNED = {
    "assertion": encode_assertion(tokens.assertion(until=1, cnf="A" * 43)),
    "status list": encode_status_claims(tokens.status_list()),
    "keyring": encode_keyring(tokens.party_keyring()),
}


@pytest.mark.parametrize("what", SIGNED)
def test_nothing_signed_has_a_member_for_them(what: str) -> None:
    """The schemas are closed, so that what is not in them cannot be said."""
    assert suspects(what, members(json.loads(SIGNED[what]))) == set()
