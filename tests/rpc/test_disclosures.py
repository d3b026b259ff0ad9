"""The person's own view over the wire: who may read it, what it shows, and that asking is what fills it."""

import grpc
import pytest
from fakes import requests
from fakes.nodes import Served, reason_of
from fakes.parties import NOW
from fakes.requests import NOBODY, Issued, issued

from interchange.errors import Reason
from interchange.flows.seen import write_seen
from interchange.messages.paging import read_paging
from interchange.v1 import assertions_pb2, common_pb2
from interchange.v1 import disclosures_pb2 as pb
from interchange.v1.assertions_pb2 import BatchVerifyAssertionsRequest, VerifyAssertionRequest


def verify(served: Served, made: Issued, who: tuple[str, ...] = ("partner", "KOR")) -> None:
    """Ask about an assertion."""
    request = VerifyAssertionRequest(token=made.token, project=made.reference)
    served.call(*who).assertions.VerifyAssertion(request)


def verifications(served: Served, subject_id: str) -> list[tuple[str, int, int, int]]:
    """Read who asked, as an officer, after the job has run: partner, second, outcome, how often."""
    write_seen(served.node)
    answer = served.call("officer").disclosures.ListVerifications(pb.ListVerificationsRequest(subject_id=subject_id))
    return [(each.partner, each.verified_at.seconds, each.outcome, each.count) for each in answer.verifications]


def test_officer_reads_what_was_asserted(served: Served) -> None:
    """Everything that the person is to be told, in one entry."""
    made = issued(served)
    answer = served.call("officer").disclosures.ListDisclosures(pb.ListDisclosuresRequest(subject_id=made.subject_id))
    (entry,) = answer.disclosures
    assert (entry.assertion_id, entry.partner, entry.project_id, entry.project_title) == (
        made.assertion_id,
        "KOR",
        made.project_id,
        "Quiet magnets",
    )
    assert (entry.organ, entry.home_level, entry.partner_level) == ("JPN/METI", "JPN/SDS", "KOR/II")
    assert (entry.issued_at.seconds, entry.standing, entry.HasField("revoked_at"), list(entry.bindings)) == (
        NOW,
        common_pb2.STANDING_VALID,
        False,
        [],
    )


def test_partners_questions_are_told(served: Served) -> None:
    """One by one and in a batch."""
    made = issued(served)
    verify(served, made)
    served.clock.now += 1
    batch = BatchVerifyAssertionsRequest(tokens=[made.token, b"a.b.c", made.token], project=made.reference)
    served.call("partner", "KOR").assertions.BatchVerifyAssertions(batch)
    valid = assertions_pb2.OUTCOME_VALID
    assert verifications(served, made.subject_id) == [("KOR", NOW, valid, 1), ("KOR", NOW + 1, valid, 2)]


def test_another_partys_try_is_told(served: Served) -> None:
    """The person learns that somebody asked to whom the assertion was not addressed."""
    made = issued(served)
    verify(served, made, ("partner", "AUS"))
    assert verifications(served, made.subject_id) == [("AUS", NOW, assertions_pb2.OUTCOME_NOT_VALID, 1)]


def test_our_own_peoples_questions_are_not_told(served: Served) -> None:
    """Nothing leaves the home party by them."""
    made = issued(served)
    verify(served, made, ("officer",))
    assert verifications(served, made.subject_id) == []


def test_officer_of_another_organ_sees_nothing(served: Served) -> None:
    """An officer bound to an organ tells of what that organ signed."""
    made = issued(served)
    verify(served, made)
    write_seen(served.node)
    stubs = served.call("officer", organ="MOD").disclosures
    shown = stubs.ListDisclosures(pb.ListDisclosuresRequest(subject_id=made.subject_id)).disclosures
    asked = stubs.ListVerifications(pb.ListVerificationsRequest(subject_id=made.subject_id)).verifications
    assert (list(shown), list(asked)) == ([], [])


@pytest.mark.parametrize("method", ["ListDisclosures", "ListVerifications"])
def test_unknown_person_is_refused(served: Served, method: str) -> None:
    """A mistyped number is not a person about whom nothing was ever said."""
    request = getattr(pb, f"{method}Request")(subject_id=NOBODY)
    with pytest.raises(grpc.RpcError) as caught:
        getattr(served.call("officer").disclosures, method)(request)
    assert reason_of(caught.value) == Reason.NOT_KNOWN.code


@pytest.mark.parametrize("who", [("coordinator",), ("auditor",), ("key-admin",), ("partner", "KOR")], ids=repr)
@pytest.mark.parametrize("method", ["ListDisclosures", "ListVerifications"])
def test_others_are_turned_away(served: Served, who: tuple[str, ...], method: str) -> None:
    """The view is the person's, and an officer's on the person's behalf."""
    request = getattr(pb, f"{method}Request")(subject_id=NOBODY)
    with pytest.raises(grpc.RpcError) as caught:
        getattr(served.call(*who).disclosures, method)(request)
    assert reason_of(caught.value) == Reason.CALLER_NOT_ALLOWED.code


def test_lists_are_read_in_pages(served: Served) -> None:
    """Entry by entry, of both lists."""
    made = issued(served)
    for _ in range(3):
        verify(served, made)
        served.clock.now += 1
    write_seen(served.node)
    stubs, found, token = served.call("officer").disclosures, list[int](), ""
    while not found or token:
        request = pb.ListVerificationsRequest(subject_id=made.subject_id, page_size=1, page_token=token)
        answer = stubs.ListVerifications(request)
        found += [each.verified_at.seconds for each in answer.verifications]
        token = answer.next_page_token
    assert found == [NOW, NOW + 1, NOW + 2]


@pytest.mark.parametrize("after", ["1", "x a b c", "1 a b c d", f"{10**30} a b c", "-1 a b c", "\u0661 a b c"])
def test_made_up_page_token_is_refused(served: Served, after: str) -> None:
    """A token of the right list with another key in it is no fault of ours."""
    person = requests.registered(served)
    token = read_paging(1, "", "ListVerifications", "", person).cut([after, ""], str).next_token
    with pytest.raises(grpc.RpcError) as caught:
        served.call("officer").disclosures.ListVerifications(
            pb.ListVerificationsRequest(subject_id=person, page_token=token)
        )
    assert reason_of(caught.value) == Reason.PAGE_TOKEN.code
