"""VerifyAsKnown over the wire: what it answers to whom, that it is counted, and what it refuses."""

from typing import Any

import pytest
from fakes import requests
from fakes.bad import PARTNER, Bad, expected, sent
from fakes.nodes import Served
from fakes.parties import DAY, HOME, NOW
from fakes.requests import Issued
from google.protobuf.timestamp_pb2 import Timestamp

from interchange.errors import Reason
from interchange.flows.seen import write_seen
from interchange.store import lanes, witnessed
from interchange.store.ledger import Tx
from interchange.v1 import assertions_pb2 as pb
from interchange.v1 import disclosures_pb2

ORIGIN = "demo.jpn.clearance.example/lane/KOR/1"
WAS_VALID, WAS_NOT_VALID = pb.PAST_OUTCOME_WAS_VALID, pb.PAST_OUTCOME_WAS_NOT_VALID
NOT_SHOWN = pb.PAST_OUTCOME_NOT_SHOWN


def acknowledged(served: Served, at: int) -> int:
    """Let Korea have acknowledged all that there is, and give how much that is."""

    def write(tx: Tx) -> int:
        head = lanes.head(tx, ORIGIN)
        assert head is not None
        witnessed.add(tx, ORIGIN, head.size, at)
        return head.size

    return served.node.ledger.transact(write)


def asking(**changes: Any) -> pb.VerifyAsKnownRequest:  # noqa: ANN401 - any field
    """Ask about a token that is none, as of now."""
    usual: dict[str, Any] = {"token": b"a", "project": "A" * 22, "known_on": Timestamp(seconds=NOW)}
    return pb.VerifyAsKnownRequest(**usual | changes)


def ask(served: Served, made: Issued, on: int, who: tuple[str, ...] = ("partner", "KOR")) -> pb.PastVerdict:
    """Ask about an assertion."""
    request = asking(token=made.token, project=made.reference, known_on=Timestamp(seconds=on))
    return served.call(*who).assertions.VerifyAsKnown(request).verdict


def test_answer_says_on_what_it_rests(served: Served) -> None:
    """All steps, the claims, the instant, and how much of the lane was witnessed since when."""
    made = requests.issued(served)
    size = acknowledged(served, NOW)
    served.clock.now += DAY
    found = ask(served, made, NOW + 60)
    assert (found.outcome, found.reason, [step.passed for step in found.steps]) == (WAS_VALID, "", [True] * 11)
    assert (found.claims.assertion_id, found.known_on.seconds) == (made.assertion_id, NOW + 60)
    assert (found.lane_size, found.witnessed_at.seconds, found.working_row) == (size, NOW, False)


def test_what_was_revoked_later_was_valid_then(served: Served) -> None:
    """Until the revocation was witnessed; and today it is not valid."""
    made = requests.issued(served)
    acknowledged(served, NOW)
    served.call("officer").standings.Revoke(requests.revoke(made.assertion_id))
    acknowledged(served, NOW + 60)
    served.clock.now += DAY
    found = [ask(served, made, on) for on in (NOW + 59, NOW + 60)]
    assert [(each.outcome, each.reason) for each in found] == [(WAS_VALID, ""), (WAS_NOT_VALID, Reason.REVOKED.code)]


def test_what_nobody_had_witnessed_is_not_shown(served: Served) -> None:
    """The step that failed is named, and no time is made up."""
    made = requests.issued(served)
    found = ask(served, made, NOW)
    assert (found.outcome, found.reason) == (NOT_SHOWN, Reason.NOT_IN_LANE.code)
    assert (found.steps[-1].name, found.steps[-1].passed, found.HasField("witnessed_at")) == ("lane", False, False)


@pytest.mark.parametrize("who", [("partner", "AUS"), ("officer", HOME), ("auditor", HOME)])
def test_others_ask_as_the_audience_that_they_are(served: Served, who: tuple[str, ...]) -> None:
    """What is for Korea was never good for anybody else."""
    made = requests.issued(served)
    acknowledged(served, NOW)
    found = ask(served, made, NOW, who)
    assert (found.outcome, found.reason) == (WAS_NOT_VALID, Reason.AUDIENCE_WRONG.code)


def test_person_is_told_that_a_partner_asked(served: Served) -> None:
    """Also a question about the past says something of a person."""
    made = requests.issued(served)
    acknowledged(served, NOW)
    ask(served, made, NOW)
    write_seen(served.node)
    wanted = disclosures_pb2.ListVerificationsRequest(subject_id=made.subject_id)
    (entry,) = served.call("officer").disclosures.ListVerifications(wanted).verifications
    assert (entry.partner, entry.outcome, entry.count) == ("KOR", pb.OUTCOME_VALID, 1)


METHOD = "assertions.VerifyAsKnown"
CASES = {
    "no token": Bad(PARTNER, METHOD, asking(token=b""), Reason.FIELD_MISSING, "token"),
    "no project": Bad(PARTNER, METHOD, asking(project=""), Reason.FIELD_MISSING, "project"),
    "no instant": Bad(PARTNER, METHOD, asking(known_on=None), Reason.FIELD_MISSING, "known_on"),
    "half a second": Bad(
        PARTNER, METHOD, asking(known_on=Timestamp(seconds=NOW, nanos=1)), Reason.FIELD_FORM, "known_on"
    ),
    "future": Bad(PARTNER, METHOD, asking(known_on=Timestamp(seconds=NOW + 1)), Reason.DATE_ABSURD, "known_on"),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_request_is_refused(idle: Served, name: str) -> None:
    """Each with its code and the field, and nothing is changed."""
    assert sent(idle, CASES[name]) == expected(CASES[name])
