"""A request that is repeated changes nothing more and gets the same answer."""

from collections.abc import Callable
from typing import Any, NamedTuple

import grpc
import pytest
from fakes import requests
from fakes.nodes import Served, authority_of, dump_digest, reason_of
from fakes.parties import HOME, NOW, TREATY, keyring_of, signed
from fakes.rosters import row_of, stranger

from interchange.errors import Reason
from interchange.v1.agreements_pb2 import AGREEMENT_STATE_SUSPENDED, MoveAgreementRequest
from interchange.v1.keyrings_pb2 import PublishKeyringRequest
from interchange.v1.participants_pb2 import WithdrawParticipantRequest
from interchange.v1.partners_pb2 import AdmitPartnerRequest
from interchange.v1.projects_pb2 import CloseProjectRequest
from interchange.v1.standings_pb2 import ReinstateRequest, SuspendRequest


class Act(NamedTuple):
    """A method with its request, and another request that it could be."""

    call: Callable[[Any], Any]
    request: Any
    other: Any


def issue(served: Served) -> Act:
    """Issue an assertion."""
    officer = served.call("officer")
    project = officer.projects.OpenProject(requests.project()).result.project_id
    people = [requests.cleared(served) for _ in range(2)]
    one, other = (requests.issue(project, person) for person in people)
    return Act(officer.assertions.IssueAssertion, one, other)


def open_project(served: Served) -> Act:
    """Open a project."""
    return Act(served.call("coordinator").projects.OpenProject, requests.project(), requests.project(title="Magnets"))


def record(served: Served) -> Act:
    """Take over a clearance from paper."""
    call, person = served.call("officer", HOME, "METI").clearances.RecordClearances, requests.registered(served)
    return Act(call, requests.clearance(person), requests.clearance(person, level="JPN/CESI"))


def suspend(served: Served) -> Act:
    """Hold a project."""
    issued = requests.issued(served)
    one = SuspendRequest(request_id=requests.new_id(), project_id=issued.project_id)
    other = SuspendRequest(assertion_id=issued.assertion_id)
    return Act(served.call("officer").standings.Suspend, one, other)


def reinstate(served: Served) -> Act:
    """Lift a hold."""
    issued, call = requests.issued(served), served.call("officer").standings
    holds = [
        call.Suspend(SuspendRequest(request_id=requests.new_id(), project_id=issued.project_id)).hold.hold_id
        for _ in range(2)
    ]
    return Act(
        call.Reinstate,
        ReinstateRequest(request_id=requests.new_id(), hold_id=holds[0]),
        ReinstateRequest(hold_id=holds[1]),
    )


def revoke(served: Served) -> Act:
    """Revoke an assertion."""
    one, other = requests.issued(served), requests.issued(served)
    call = served.call("officer").standings.Revoke
    return Act(call, requests.revoke(one.assertion_id), requests.revoke(other.assertion_id))


def enrol(served: Served) -> Act:
    """Enrol a person."""
    project, row = requests.opened(served), row_of(served.node, requests.cleared(served))
    one, other = requests.enrol(project, row), requests.enrol(project, stranger(served.node))
    return Act(served.call("coordinator").participants.EnrolParticipant, one, other)


def enrol_roster(served: Served) -> Act:
    """Enrol the people of a file."""
    project, row = requests.opened(served), row_of(served.node, requests.cleared(served))
    one, other = requests.roster(project, row, stranger(served.node, 3)), requests.roster(project, row)
    return Act(served.call("coordinator").participants.EnrolRoster, one, other)


def withdraw(served: Served) -> Act:
    """Take a person out."""
    project, call = requests.opened(served), served.call("coordinator").participants
    rows = [row_of(served.node, requests.cleared(served)) for _ in range(2)]
    ids = [call.EnrolParticipant(requests.enrol(project, row)).result.participant_id for row in rows]
    one, other = (WithdrawParticipantRequest(request_id=requests.new_id(), participant_id=each) for each in ids)
    return Act(call.WithdrawParticipant, one, other)


def close_project(served: Served) -> Act:
    """Close a project."""
    one, other = (CloseProjectRequest(request_id=requests.new_id(), project_id=requests.opened(served)) for _ in "12")
    return Act(served.call("coordinator").projects.CloseProject, one, other)


def publish(served: Served) -> Act:
    """Publish the next keyring."""
    jws = signed(keyring_of(HOME, 2), HOME)
    other = signed(keyring_of(HOME, 2, issued=NOW), HOME)
    request = PublishKeyringRequest(request_id=requests.new_id(), keyring=jws)
    return Act(served.call("key-admin").keyrings.PublishKeyring, request, PublishKeyringRequest(keyring=other))


def admit(served: Served) -> Act:
    """Admit a partner."""
    ring = keyring_of("GBR")
    request = AdmitPartnerRequest(
        request_id=requests.new_id(),
        party="GBR",
        address="node.example:7443",
        ca_pem=authority_of("GBR").pem,
        keyring=signed(ring, "GBR"),
        root_pin=ring.root_pin,
    )
    other = AdmitPartnerRequest()
    other.CopyFrom(request)
    other.address = "other.example:7443"
    return Act(served.call("key-admin").partners.AdmitPartner, request, other)


def move(served: Served) -> Act:
    """Suspend a treaty."""
    request = MoveAgreementRequest(
        request_id=requests.new_id(),
        agreement=TREATY,
        state=AGREEMENT_STATE_SUSPENDED,
        effective_on="2027-01-15",
    )
    other = MoveAgreementRequest()
    other.CopyFrom(request)
    other.effective_on = "2027-01-14"
    return Act(served.call("officer").agreements.MoveAgreement, request, other)


ACTS = [
    *(enrol, enrol_roster, withdraw, close_project),
    issue,
    open_project,
    record,
    suspend,
    reinstate,
    revoke,
    publish,
    admit,
    move,
]


@pytest.mark.parametrize("prepare", ACTS)
def test_repeated_request_gets_the_same_bytes(served: Served, prepare: Callable[[Served], Act]) -> None:
    """Whoever lost the answer asks again, as often as need be, also later."""
    act = prepare(served)
    first = act.call(act.request).SerializeToString(deterministic=True)
    served.clock.now += 60
    assert act.call(act.request).SerializeToString(deterministic=True) == first


@pytest.mark.parametrize("prepare", ACTS)
def test_repeated_request_changes_nothing_more(served: Served, prepare: Callable[[Served], Act]) -> None:
    """No second project, no second leaf, no second line of audit."""
    act = prepare(served)
    act.call(act.request)
    before = dump_digest(served.node)
    act.call(act.request)
    assert dump_digest(served.node) == before


@pytest.mark.parametrize("prepare", ACTS)
def test_request_id_with_another_body_is_refused(served: Served, prepare: Callable[[Served], Act]) -> None:
    """An id stands for one request, and the first one stands."""
    act = prepare(served)
    act.call(act.request)
    act.other.request_id = act.request.request_id
    before = dump_digest(served.node)
    with pytest.raises(grpc.RpcError) as caught:
        act.call(act.other)
    assert (reason_of(caught.value), dump_digest(served.node)) == (Reason.REQUEST_ID_REUSED.code, before)


def test_request_id_of_another_caller_is_another_request(served: Served) -> None:
    """Ids are chosen at random by people who do not know of each other."""
    request = requests.project()
    ids = [
        served.call("coordinator", name=name).projects.OpenProject(request).result.project_id
        for name in ("suzuki", "tanaka")
    ]
    assert ids[0] != ids[1]


def test_refused_request_is_not_remembered(served: Served) -> None:
    """What was refused may be asked again once the cause is gone."""
    officer, person = served.call("officer"), requests.cleared(served)
    project = officer.projects.OpenProject(requests.project()).result.project_id
    hold = officer.standings.Suspend(SuspendRequest(request_id=requests.new_id(), project_id=project)).hold
    request = requests.issue(project, person)
    with pytest.raises(grpc.RpcError):
        officer.assertions.IssueAssertion(request)
    officer.standings.Reinstate(ReinstateRequest(request_id=requests.new_id(), hold_id=hold.hold_id))
    assert officer.assertions.IssueAssertion(request).result.assertion_id


def test_replayed_issue_shows_the_present_standing(served: Served) -> None:
    """The token is the same, and what it is worth is said as of now."""
    act = issue(served)
    first = act.call(act.request).result
    served.call("officer").standings.Revoke(requests.revoke(first.assertion_id))
    again = act.call(act.request).result
    assert (again.token, again.standing != first.standing) == (first.token, True)


def test_admitted_partner_is_not_admitted_again(served: Served) -> None:
    """A second admission under another id is refused rather than taken for a change."""
    act = admit(served)
    act.call(act.request)
    act.other.request_id = requests.new_id()
    with pytest.raises(grpc.RpcError) as caught:
        act.call(act.other)
    assert reason_of(caught.value) == Reason.ALREADY_KNOWN.code
