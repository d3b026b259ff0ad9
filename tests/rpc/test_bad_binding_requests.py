"""Requests about bindings with one fault each: refused with its code, and nothing in the ledger has changed."""

import pytest
from fakes import requests
from fakes.bad import OFFICER, PARTNER, Bad, expected, sent
from fakes.binding_requests import confirm, end, match, send
from fakes.nodes import Served

from interchange.errors import Reason
from interchange.v1 import bindings_pb2 as pb

UUID = requests.NOBODY
SEND, END, LIST = "bindings.SendBinding", "bindings.EndBinding", "bindings.ListBindings"
FETCH, CONFIRM, MATCH = "bindings.FetchBinding", "bindings.ConfirmBinding", "bindings.MatchPerson"
MISSING, FORM = Reason.FIELD_MISSING, Reason.FIELD_FORM
BAD = {
    "sending without an id": Bad(OFFICER, SEND, pb.SendBindingRequest(assertion_id=UUID), MISSING, "request_id"),
    "sending for no assertion": Bad(OFFICER, SEND, send(""), MISSING, "assertion_id"),
    "sending for an id of another form": Bad(OFFICER, SEND, send("1"), FORM, "assertion_id"),
    "sending for an unknown assertion": Bad(OFFICER, SEND, send(UUID), Reason.NOT_KNOWN, "assertion_id"),
    "ending without an id": Bad(OFFICER, END, pb.EndBindingRequest(assertion_id=UUID), MISSING, "request_id"),
    "ending for an unknown assertion": Bad(OFFICER, END, end(UUID), Reason.NOT_KNOWN, "assertion_id"),
    "listing by a bad id": Bad(OFFICER, LIST, pb.ListBindingsRequest(assertion_id="1"), FORM, "assertion_id"),
    "listing by a bad party": Bad(OFFICER, LIST, pb.ListBindingsRequest(partner="kor"), FORM, "partner"),
    "listing too much": Bad(OFFICER, LIST, pb.ListBindingsRequest(page_size=1001), Reason.PAGE_SIZE, "page_size"),
    "page of another list": Bad(
        OFFICER, LIST, pb.ListBindingsRequest(page_token="AAAA"), Reason.PAGE_TOKEN, "page_token"
    ),
    "fetching nothing": Bad(PARTNER, FETCH, pb.FetchBindingRequest(), MISSING, "assertion_id"),
    "fetching what is unknown": Bad(
        PARTNER, FETCH, pb.FetchBindingRequest(assertion_id=UUID), Reason.NOT_KNOWN, "assertion_id"
    ),
    "confirming without an id": Bad(PARTNER, CONFIRM, confirm(UUID, "A" * 43, request_id=""), MISSING, "request_id"),
    "confirming without a digest": Bad(PARTNER, CONFIRM, confirm(UUID, ""), MISSING, "sha256"),
    "confirming a digest of another form": Bad(PARTNER, CONFIRM, confirm(UUID, "A"), FORM, "sha256"),
    "confirming what is unknown": Bad(
        PARTNER, CONFIRM, confirm(UUID, "A" * 43), Reason.NOT_KNOWN, "assertion_id or sha256"
    ),
    "matching without an id": Bad(OFFICER, MATCH, match(UUID, request_id=""), MISSING, "request_id"),
    "matching for no issuer": Bad(OFFICER, MATCH, match(UUID, issuer=""), MISSING, "issuer"),
    "matching for ourselves": Bad(OFFICER, MATCH, match(UUID), Reason.PARTNER_UNKNOWN, "issuer"),
    "matching for a party that is no partner": Bad(
        OFFICER, MATCH, match(UUID, issuer="GBR"), Reason.PARTNER_UNKNOWN, "issuer"
    ),
    "matching for an unknown assertion": Bad(
        OFFICER, MATCH, match(UUID, issuer="KOR"), Reason.NOT_IN_LANE, "assertion_id"
    ),
    "matching without a family name": Bad(OFFICER, MATCH, match(UUID, passport_family=""), MISSING, "passport_family"),
    "matching without a document": Bad(OFFICER, MATCH, match(UUID, document_number=""), MISSING, "document_number"),
    "matching without a birth date": Bad(OFFICER, MATCH, match(UUID, birth_date=""), MISSING, "birth_date"),
    "matching a name in kana": Bad(OFFICER, MATCH, match(UUID, passport_given="ハナコ"), FORM, "passport_given"),
    "matching a day that never was": Bad(OFFICER, MATCH, match(UUID, birth_date="1983-02-29"), FORM, "birth_date"),
    "matching somebody not born yet": Bad(
        OFFICER, MATCH, match(UUID, birth_date="2027-01-16"), Reason.DATE_ABSURD, "birth_date"
    ),
}


@pytest.mark.parametrize("title", BAD)
def test_request_with_one_fault_is_refused(idle: Served, title: str) -> None:
    """By its code and place, and the ledger is as it was."""
    assert sent(idle, BAD[title]) == expected(BAD[title])
