"""Acts on people that are repeated change nothing more and get the same answer; an id stands for one of them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import grpc
import pytest
from fakes import papers, requests
from fakes.nodes import Served, Stubs, dump_digest, reason_of

from interchange.errors import Reason
from interchange.rpc.access import ACCESS
from interchange.v1 import screenings_pb2, subjects_pb2

CHANGES = ("SubjectService", "ScreeningService", "ClearanceService", "EmployerService", "ConsentService")
READS = {"FindSubject", "GetScreening", "ListScreenings", "ListClearances", "ListEmployers", "ListConsents"}


class Act(NamedTuple):
    """A method with its request, and another request that it could be."""

    call: Callable[[Any], Any]
    request: Any
    other: Any


def register(served: Served, call: Stubs) -> Act:
    """Register a person."""
    return Act(call.subjects.RegisterSubject, papers.register(8_000_001), papers.register(8_000_002))


def look(served: Served, call: Stubs) -> Act:
    """Look who a person is."""
    one, other = (
        subjects_pb2.GetSubjectRequest(request_id=requests.new_id(), subject_id=requests.registered(served))
        for _ in range(2)
    )
    return Act(call.subjects.GetSubject, one, other)


def change_papers(served: Served, call: Stubs) -> Act:
    """Give a person other papers."""
    person = requests.registered(served)
    one, other = (papers.change_papers(person, number) for number in (8_000_001, 8_000_002))
    return Act(call.subjects.ChangePapers, one, other)


def open_screening(served: Served, call: Stubs) -> Act:
    """Open a screening."""
    person = requests.registered(served)
    one, other = (papers.open_screening(person, consented_on=day) for day in ("2027-01-15", "2027-01-14"))
    return Act(call.screenings.OpenScreening, one, other)


def record_item(served: Served, call: Stubs) -> Act:
    """Record an item."""
    screening_id = papers.screen(served, requests.registered(served), steps=1).screening_id
    one, other = (papers.item(screening_id, item=code) for code in ("drinking", "drug_abuse"))
    return Act(call.screenings.RecordItem, one, other)


def conclude(served: Served, call: Stubs) -> Act:
    """Conclude a screening."""
    screening_id = papers.screen(served, requests.registered(served), steps=2).screening_id
    other = papers.conclude(screening_id, conclusion=screenings_pb2.CONCLUSION_NOT_ELIGIBLE)
    return Act(call.screenings.ConcludeScreening, papers.conclude(screening_id), other)


def notify(served: Served, call: Stubs) -> Act:
    """Record when a person was told."""
    screening_id = papers.screen(served, requests.registered(served), steps=3).screening_id
    one, other = (papers.notify(screening_id, notified_on=day) for day in ("2027-01-15", "2027-01-14"))
    return Act(call.screenings.NotifyScreening, one, other)


def withdraw_screening(served: Served, call: Stubs) -> Act:
    """Take back the consent to a screening."""
    one, other = (
        papers.withdraw_screening(papers.screen(served, requests.registered(served), steps=1).screening_id)
        for _ in range(2)
    )
    return Act(call.screenings.WithdrawScreeningConsent, one, other)


def reassess(served: Served, call: Stubs) -> Act:
    """Notice a reassessment."""
    one, other = (papers.reassess(requests.registered(served)) for _ in range(2))
    return Act(call.screenings.NoticeReassessment, one, other)


def grant(served: Served, call: Stubs) -> Act:
    """Grant on a screening."""
    screening_id = papers.screen(served, requests.registered(served)).screening_id
    one, other = (papers.grant(screening_id, level=level) for level in ("JPN/SDS", "JPN/CESI"))
    return Act(call.clearances.GrantClearance, one, other)


def authorise(served: Served, call: Stubs) -> Act:
    """Authorise by function."""
    person = requests.registered(served)
    one, other = (papers.authorise(person, level=level) for level in ("JPN/SDS", "JPN/CESI"))
    return Act(call.clearances.AuthoriseByFunction, one, other)


def record(served: Served, call: Stubs) -> Act:
    """Take over a paper."""
    person = requests.registered(served)
    one, other = (requests.clearance(person, level=level) for level in ("JPN/SDS", "JPN/CESI"))
    return Act(call.clearances.RecordClearances, one, other)


def end_post(served: Served, call: Stubs) -> Act:
    """Record that somebody has left."""
    one, other = (papers.end_post(requests.cleared(served)) for _ in range(2))
    return Act(call.clearances.EndPost, one, other)


def cancel(served: Served, call: Stubs) -> Act:
    """Take back a clearance."""
    person = requests.registered(served)
    recorded = [
        call.clearances.RecordClearances(requests.clearance(person, level=level)).result.clearances[0]
        for level in ("JPN/SDS", "JPN/CESI")
    ]
    one, other = (papers.cancel(each.clearance_id) for each in recorded)
    return Act(call.clearances.CancelClearance, one, other)


def recognise(served: Served, call: Stubs) -> Act:
    """Recognise an employer."""
    return Act(call.employers.RecogniseEmployer, papers.recognise(), papers.recognise("LAB-0002"))


def end_recognition(served: Served, call: Stubs) -> Act:
    """End a recognition."""
    names = ("LAB-0001", "LAB-0002")
    for name in names:
        call.employers.RecogniseEmployer(papers.recognise(name))
    one, other = map(papers.end_recognition, names)
    return Act(call.employers.EndRecognition, one, other)


def consent(served: Served, call: Stubs) -> Act:
    """Record a consent."""
    person = requests.registered(served)
    one, other = (papers.consent(person, party=party) for party in ("KOR", "AUS"))
    return Act(call.consents.RecordConsent, one, other)


def withdraw_consent(served: Served, call: Stubs) -> Act:
    """Take back a consent."""
    person = requests.registered(served)
    given = [call.consents.RecordConsent(papers.consent(person)).consent.consent_id for _ in range(2)]
    one, other = map(papers.withdraw_consent, given)
    return Act(call.consents.WithdrawConsent, one, other)


ACTS: dict[str, Callable[[Served, Stubs], Act]] = {
    "RegisterSubject": register,
    "GetSubject": look,
    "ChangePapers": change_papers,
    "OpenScreening": open_screening,
    "RecordItem": record_item,
    "ConcludeScreening": conclude,
    "NotifyScreening": notify,
    "WithdrawScreeningConsent": withdraw_screening,
    "NoticeReassessment": reassess,
    "GrantClearance": grant,
    "AuthoriseByFunction": authorise,
    "RecordClearances": record,
    "EndPost": end_post,
    "CancelClearance": cancel,
    "RecogniseEmployer": recognise,
    "EndRecognition": end_recognition,
    "RecordConsent": consent,
    "WithdrawConsent": withdraw_consent,
}


def test_acts_are_all_there_are() -> None:
    """A method that is added is repeated here, or only reads."""
    named = {path.rpartition("/")[2] for path in ACCESS if path.split(".")[-1].split("/")[0] in CHANGES}
    assert named == ACTS.keys() | READS


@pytest.mark.parametrize("name", ACTS)
def test_repeated_act_gets_the_same_answer_and_changes_nothing_more(served: Served, name: str) -> None:
    """Whoever lost the answer asks again, also later."""
    act = ACTS[name](served, served.call("officer"))
    first = act.call(act.request)
    before = dump_digest(served.node)
    served.clock.now += 60
    assert (act.call(act.request), dump_digest(served.node)) == (first, before)


@pytest.mark.parametrize("name", ACTS)
def test_request_id_of_an_act_with_another_body_is_refused(served: Served, name: str) -> None:
    """An id stands for one request, what it says of a person included."""
    act = ACTS[name](served, served.call("officer"))
    act.call(act.request)
    act.other.request_id = act.request.request_id
    before = dump_digest(served.node)
    with pytest.raises(grpc.RpcError) as caught:
        act.call(act.other)
    assert (reason_of(caught.value), dump_digest(served.node)) == (Reason.REQUEST_ID_REUSED.code, before)
