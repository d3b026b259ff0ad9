"""Requests of partners with one fault each: refused with its code, and nothing in the ledger has changed."""

from typing import Any

import pytest
from fakes import requests
from fakes.bad import PARTNER, Bad, expected, sent
from fakes.nodes import Served

from interchange.domain.merkle import EMPTY_ROOT
from interchange.errors import Reason
from interchange.v1 import agreements_pb2, assertions_pb2, lanes_pb2, projects_pb2, status_lists_pb2

UUID = requests.NOBODY
REFERENCE = "A" * 22


def fetch(**changes: Any) -> lanes_pb2.FetchLaneRequest:  # noqa: ANN401
    """Ask for a page."""
    usual: dict[str, Any] = {"after_root": EMPTY_ROOT, "generation": 1}
    return lanes_pb2.FetchLaneRequest(**usual | changes)


def acknowledge(**changes: Any) -> lanes_pb2.AcknowledgeLaneRequest:  # noqa: ANN401
    """Acknowledge the empty lane with a line that is none."""
    usual: dict[str, Any] = {
        "request_id": UUID,
        "origin": "demo.jpn.clearance.example/lane/KOR/1",
        "cosignature": "— a b",
        "root": EMPTY_ROOT,
    }
    return lanes_pb2.AcknowledgeLaneRequest(**usual | changes)


LIST, FETCH, ACKNOWLEDGE = "assertions.ListAssertions", "lanes.FetchLane", "lanes.AcknowledgeLane"
VERIFY, BATCH = "assertions.VerifyAssertion", "assertions.BatchVerifyAssertions"
PROVE, TRANSLATE = "lanes.ProveInclusion", "agreements.Translate"

MISSING, FORM = Reason.FIELD_MISSING, Reason.FIELD_FORM

CASES = {
    "partner that asks by our project": Bad(
        PARTNER, LIST, assertions_pb2.ListAssertionsRequest(project_id=UUID), FORM, "project_id"
    ),
    "no token": Bad(PARTNER, VERIFY, assertions_pb2.VerifyAssertionRequest(project=REFERENCE), MISSING, "token"),
    "no project to verify for": Bad(
        PARTNER, VERIFY, assertions_pb2.VerifyAssertionRequest(token=b"a"), MISSING, "project"
    ),
    "project by our id": Bad(
        PARTNER, VERIFY, assertions_pb2.VerifyAssertionRequest(token=b"a", project=UUID), FORM, "project"
    ),
    "no tokens": Bad(
        PARTNER, BATCH, assertions_pb2.BatchVerifyAssertionsRequest(project=REFERENCE), Reason.BATCH_SIZE, "tokens"
    ),
    "257 tokens": Bad(
        PARTNER,
        BATCH,
        assertions_pb2.BatchVerifyAssertionsRequest(tokens=[b"a"] * 257, project=REFERENCE),
        Reason.BATCH_SIZE,
        "tokens",
    ),
    "empty token among others": Bad(
        PARTNER,
        BATCH,
        assertions_pb2.BatchVerifyAssertionsRequest(tokens=[b"a", b""], project=REFERENCE),
        MISSING,
        "tokens",
    ),
    "no root": Bad(PARTNER, FETCH, fetch(after_root=b""), MISSING, "after_root"),
    "root of 31 bytes": Bad(PARTNER, FETCH, fetch(after_root=b"r" * 31), FORM, "after_root"),
    "root of 33 bytes": Bad(PARTNER, FETCH, fetch(after_root=b"r" * 33), FORM, "after_root"),
    "lane larger than any": Bad(PARTNER, FETCH, fetch(after_size=1 << 63), FORM, "after_size"),
    "no generation": Bad(PARTNER, FETCH, fetch(generation=0), MISSING, "generation"),
    "generation that is not": Bad(PARTNER, FETCH, fetch(generation=2), Reason.NOT_KNOWN, "generation"),
    "1001 leaves": Bad(PARTNER, FETCH, fetch(max_leaves=1001), Reason.PAGE_SIZE, "max_leaves"),
    "line of another lane": Bad(
        PARTNER, ACKNOWLEDGE, acknowledge(origin="demo.jpn.clearance.example/lane/AUS/1"), Reason.NOTE_ORIGIN, "origin"
    ),
    "line that is none": Bad(PARTNER, ACKNOWLEDGE, acknowledge(), Reason.NOTE_FORM, "line"),
    "nothing to prove": Bad(PARTNER, PROVE, lanes_pb2.ProveInclusionRequest(generation=1), MISSING, "target"),
    "leaf that is not there": Bad(
        PARTNER, PROVE, lanes_pb2.ProveInclusionRequest(generation=1, index=999), Reason.NOT_KNOWN, "index or size"
    ),
    "leaf outside the tree named": Bad(
        PARTNER,
        PROVE,
        lanes_pb2.ProveInclusionRequest(generation=1, index=0, size=0),
        Reason.NOT_KNOWN,
        "index or size",
    ),
    "sizes turned round": Bad(
        PARTNER,
        "lanes.ProveConsistency",
        lanes_pb2.ProveConsistencyRequest(generation=1, old_size=2, new_size=1),
        FORM,
        "new_size",
    ),
    "size that is not there": Bad(
        PARTNER,
        "lanes.ProveConsistency",
        lanes_pb2.ProveConsistencyRequest(generation=1, old_size=1, new_size=999),
        Reason.NOT_KNOWN,
        "new_size",
    ),
    "translation for another partner": Bad(
        PARTNER,
        TRANSLATE,
        agreements_pb2.TranslateRequest(level="JPN/SDS", to_party="AUS"),
        Reason.AGREEMENT_UNKNOWN,
        "to_party",
    ),
    "list by another scheme": Bad(
        PARTNER,
        "status_lists.GetStatusList",
        status_lists_pb2.GetStatusListRequest(uri="http://demo.jpn.clearance.example/status/KOR/1"),
        FORM,
        "status uri",
    ),
    "project by no name": Bad(PARTNER, "projects.GetProject", projects_pb2.GetProjectRequest(), MISSING, "name"),
}


@pytest.mark.parametrize("bad", CASES.values(), ids=CASES.keys())
def test_request_is_refused_and_nothing_has_changed(idle: Served, bad: Bad) -> None:
    """Each fault has its code and its place, and is found before anything is written."""
    assert sent(idle, bad) == expected(bad)
