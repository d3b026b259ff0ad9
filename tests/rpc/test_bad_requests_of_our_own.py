"""Requests of our own people with one fault each: refused with its code, and nothing in the ledger has changed."""

from typing import Any

import pytest
from fakes import requests
from fakes.bad import ADMIN, AUDITOR, COORDINATOR, OFFICER, Bad, expected, sent
from fakes.nodes import Served
from fakes.parties import NOW, TREATY
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from interchange.errors import Reason
from interchange.v1 import (
    agreements_pb2,
    assertions_pb2,
    clearances_pb2,
    keyrings_pb2,
    partners_pb2,
    projects_pb2,
    standings_pb2,
)
from interchange.v1.common_pb2 import STANDING_UNSPECIFIED

UUID = requests.NOBODY
REFERENCE = "A" * 22
UNKNOWN: Any = 9
"""A number that only a later version of an enum may have."""


def at(seconds: int, nanos: int = 0) -> Timestamp:
    """Name a time."""
    return Timestamp(seconds=seconds, nanos=nanos)


def issue(**changes: Any) -> Message:  # noqa: ANN401
    """Ask for an assertion."""
    return requests.issue(UUID, UUID, **changes)


def admit(**changes: Any) -> partners_pb2.AdmitPartnerRequest:  # noqa: ANN401
    """Ask to admit a party."""
    usual = {
        "request_id": UUID,
        "party": "GBR",
        "address": "node.example:7443",
        "ca_pem": b"none",
        "keyring": b"{}",
        "root_pin": "0" * 64,
    }
    return partners_pb2.AdmitPartnerRequest(**usual | changes)


ISSUE, OPEN, RECORD = "assertions.IssueAssertion", "projects.OpenProject", "clearances.RecordClearances"
LIST, SUSPEND = "assertions.ListAssertions", "standings.Suspend"
ADMIT, TRANSLATE = "partners.AdmitPartner", "agreements.Translate"
DRAFT, KEYRING = "keyrings.DraftKeyring", "keyrings.GetKeyring"

MISSING, FORM, ENUM, DATE = Reason.FIELD_MISSING, Reason.FIELD_FORM, Reason.ENUM_UNKNOWN, Reason.DATE_ABSURD

CASES = {
    "no request id": Bad(OFFICER, ISSUE, issue(request_id=""), MISSING, "request_id"),
    "request id that is no UUID": Bad(OFFICER, ISSUE, issue(request_id="1"), Reason.REQUEST_ID_FORM, "request_id"),
    "request id of version 1": Bad(
        OFFICER,
        ISSUE,
        issue(request_id="c232ab00-9414-11ec-b3c8-9f6bdeced846"),
        Reason.REQUEST_ID_FORM,
        "request_id",
    ),
    "request id in capitals": Bad(
        OFFICER, ISSUE, issue(request_id=requests.new_id().replace("0", "A")), Reason.REQUEST_ID_FORM, "request_id"
    ),
    "no project": Bad(OFFICER, ISSUE, requests.issue("", UUID), MISSING, "project_id"),
    "no person": Bad(OFFICER, ISSUE, requests.issue(UUID, ""), MISSING, "subject_id"),
    "no partner": Bad(OFFICER, ISSUE, issue(partner=""), MISSING, "partner"),
    "partner in small letters": Bad(OFFICER, ISSUE, issue(partner="kor"), FORM, "partner"),
    "end in 1970": Bad(OFFICER, ISSUE, issue(expires_at=at(0)), DATE, "expires_at"),
    "end before 2000": Bad(OFFICER, ISSUE, issue(expires_at=at(946_684_799)), DATE, "expires_at"),
    "end after 2100": Bad(OFFICER, ISSUE, issue(expires_at=at(4_133_980_800)), DATE, "expires_at"),
    "end before the beginning of time": Bad(OFFICER, ISSUE, issue(expires_at=at(-(1 << 62))), DATE, "expires_at"),
    "end between two seconds": Bad(OFFICER, ISSUE, issue(expires_at=at(NOW, 1)), FORM, "expires_at"),
    "end with negative nanoseconds": Bad(OFFICER, ISSUE, issue(expires_at=at(NOW, -1)), FORM, "expires_at"),
    "no title": Bad(COORDINATOR, OPEN, requests.project(title=""), MISSING, "title"),
    "title of 201 characters": Bad(COORDINATOR, OPEN, requests.project(title="題" * 201), FORM, "title"),
    "title of two lines": Bad(COORDINATOR, OPEN, requests.project(title="a\nb"), FORM, "title"),
    "title with a zero": Bad(COORDINATOR, OPEN, requests.project(title="a\0b"), FORM, "title"),
    "title that turns the writing round": Bad(COORDINATOR, OPEN, requests.project(title="a\u202eb"), FORM, "title"),
    "unset field": Bad(COORDINATOR, OPEN, requests.project(field=0), ENUM, "field"),
    "unknown field": Bad(COORDINATOR, OPEN, requests.project(field=99), ENUM, "field"),
    "negative field": Bad(COORDINATOR, OPEN, requests.project(field=-1), ENUM, "field"),
    "no partners": Bad(COORDINATOR, OPEN, requests.project(partners=[]), MISSING, "partners"),
    "65 partners": Bad(
        COORDINATOR,
        OPEN,
        requests.project(partners=[projects_pb2.ProjectPartner(party="KOR", agreement=TREATY)] * 65),
        FORM,
        "partners",
    ),
    "partner twice": Bad(
        COORDINATOR,
        OPEN,
        requests.project(partners=[projects_pb2.ProjectPartner(party="KOR", agreement=TREATY)] * 2),
        FORM,
        "partners",
    ),
    "reference of the caller's own": Bad(
        COORDINATOR,
        OPEN,
        requests.project(partners=[projects_pb2.ProjectPartner(party="KOR", agreement=TREATY, reference=REFERENCE)]),
        FORM,
        "partners.reference",
    ),
    "level that is no name": Bad(
        COORDINATOR, OPEN, requests.project(level_floor="CESI"), Reason.LEVEL_UNKNOWN, "level name"
    ),
    "no floor": Bad(COORDINATOR, OPEN, requests.project(level_floor=""), MISSING, "level_floor"),
    "no purpose": Bad(COORDINATOR, OPEN, requests.project(purpose=""), MISSING, "purpose"),
    "day that is none": Bad(COORDINATOR, OPEN, requests.project(from_day="2027-02-29"), FORM, "from_day"),
    "day in another spelling": Bad(COORDINATOR, OPEN, requests.project(from_day="20270101"), FORM, "from_day"),
    "day before 2000": Bad(COORDINATOR, OPEN, requests.project(from_day="1999-12-31"), DATE, "from_day"),
    "day after 2100": Bad(COORDINATOR, OPEN, requests.project(until_day="2101-01-01"), DATE, "until_day"),
    "year 9999": Bad(COORDINATOR, OPEN, requests.project(until_day="9999-12-31"), DATE, "until_day"),
    "last day before the first": Bad(COORDINATOR, OPEN, requests.project(until_day="2026-12-31"), DATE, "until_day"),
    "grant to nobody": Bad(OFFICER, RECORD, requests.clearance(), Reason.NOT_KNOWN, "subject_id"),
    "no grants": Bad(OFFICER, RECORD, clearances_pb2.RecordClearancesRequest(request_id=UUID), MISSING, "grants"),
    "1001 grants": Bad(
        OFFICER,
        RECORD,
        clearances_pb2.RecordClearancesRequest(request_id=UUID, grants=list(requests.clearance().grants) * 1001),
        FORM,
        "grants",
    ),
    "second grant with a fault": Bad(
        OFFICER,
        RECORD,
        clearances_pb2.RecordClearancesRequest(
            request_id=UUID, grants=[*requests.clearance().grants, *requests.clearance(notified_on="").grants]
        ),
        MISSING,
        "grant 2: notified_on",
    ),
    "organ without party": Bad(OFFICER, RECORD, requests.clearance(organ="METI"), FORM, "organ"),
    "no employer": Bad(OFFICER, RECORD, requests.clearance(employer_id=""), MISSING, "employer_id"),
    "employer by name": Bad(OFFICER, RECORD, requests.clearance(employer_id="Yamada & Co"), FORM, "employer_id"),
    "subject that is no UUID": Bad(OFFICER, RECORD, requests.clearance("Yamada"), FORM, "subject_id"),
    "grant without a person": Bad(OFFICER, RECORD, requests.clearance(""), MISSING, "subject_id"),
    "no target": Bad(OFFICER, SUSPEND, standings_pb2.SuspendRequest(request_id=UUID), MISSING, "target"),
    "empty target": Bad(
        OFFICER, SUSPEND, standings_pb2.SuspendRequest(request_id=UUID, agreement=""), MISSING, "agreement"
    ),
    "agreement that is no code": Bad(
        OFFICER, SUSPEND, standings_pb2.SuspendRequest(request_id=UUID, agreement="2016"), FORM, "agreement"
    ),
    "negative page size": Bad(
        OFFICER, LIST, assertions_pb2.ListAssertionsRequest(page_size=-1), Reason.PAGE_SIZE, "page_size"
    ),
    "page size above the most": Bad(
        OFFICER, LIST, assertions_pb2.ListAssertionsRequest(page_size=1001), Reason.PAGE_SIZE, "page_size"
    ),
    "page token that is none": Bad(
        OFFICER, LIST, assertions_pb2.ListAssertionsRequest(page_token="next"), Reason.PAGE_TOKEN, "page_token"
    ),
    "page token that is not base64url": Bad(
        OFFICER, LIST, assertions_pb2.ListAssertionsRequest(page_token="=??"), Reason.PAGE_TOKEN, "page_token"
    ),
    "unset standing": Bad(
        OFFICER, LIST, assertions_pb2.ListAssertionsRequest(standing=STANDING_UNSPECIFIED), ENUM, "standing"
    ),
    "unknown standing": Bad(
        OFFICER,
        LIST,
        assertions_pb2.ListAssertionsRequest(standing=UNKNOWN),
        ENUM,
        "standing",
    ),
    "address without port": Bad(ADMIN, ADMIT, admit(address="node.example"), FORM, "address"),
    "address with a port too high": Bad(ADMIN, ADMIT, admit(address="node.example:65536"), FORM, "address"),
    "root pin in capitals": Bad(ADMIN, ADMIT, admit(root_pin="A" * 64), FORM, "root_pin"),
    "certificate of 20 KiB": Bad(ADMIN, ADMIT, admit(ca_pem=b"x" * 20_480), FORM, "ca_pem"),
    "certificate that is none": Bad(ADMIN, ADMIT, admit(), Reason.CERTIFICATE_FORM, "certification authority"),
    "keyring for no day": Bad(ADMIN, DRAFT, keyrings_pb2.DraftKeyringRequest(), MISSING, "valid_days"),
    "keyring for a year and two days": Bad(
        ADMIN, DRAFT, keyrings_pb2.DraftKeyringRequest(valid_days=367), FORM, "valid_days"
    ),
    "keyring of number 0": Bad(AUDITOR, KEYRING, keyrings_pb2.GetKeyringRequest(number=0), MISSING, "number"),
    "keyring that is not there": Bad(
        AUDITOR, KEYRING, keyrings_pb2.GetKeyringRequest(number=9), Reason.NOT_KNOWN, "number"
    ),
    "party that nobody listed": Bad(
        AUDITOR, "agreements.ListLevels", agreements_pb2.ListLevelsRequest(party="XXA"), Reason.PARTY_UNKNOWN, "party"
    ),
    "translation between two others": Bad(
        AUDITOR,
        TRANSLATE,
        agreements_pb2.TranslateRequest(level="KOR/II", to_party="AUS"),
        Reason.AGREEMENT_UNKNOWN,
        "to_party",
    ),
    "level spelt wrongly": Bad(
        AUDITOR,
        TRANSLATE,
        agreements_pb2.TranslateRequest(level="JPN/sds", to_party="KOR"),
        Reason.LEVEL_UNKNOWN,
        "level name",
    ),
    "clearances of nobody": Bad(
        OFFICER,
        "clearances.ListClearances",
        clearances_pb2.ListClearancesRequest(subject_id="x"),
        FORM,
        "subject_id",
    ),
}


@pytest.mark.parametrize("bad", CASES.values(), ids=CASES.keys())
def test_request_is_refused_and_nothing_has_changed(idle: Served, bad: Bad) -> None:
    """Each fault has its code and its place, and is found before anything is written."""
    assert sent(idle, bad) == expected(bad)
