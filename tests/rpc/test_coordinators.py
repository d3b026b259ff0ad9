"""What a coordinator sees of a person: `confirmed until DAY` or `not confirmed`, nothing else, nowhere."""

import json
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from fakes import requests
from fakes.nodes import Served, info_of
from fakes.parties import HOME, strict_rulebook
from fakes.rosters import row_of, stranger
from fakes.unconfirmed import CAUSES
from fakes.world import World
from google.protobuf.message import Message

from interchange.errors import Reason
from interchange.rpc.access import ACCESS, Cell
from interchange.v1 import assertions_pb2, lanes_pb2
from interchange.v1 import participants_pb2 as pb
from interchange.v1.participants_pb2_grpc import ParticipantServiceStub
from interchange.v1.proposals_pb2 import ListProposalsRequest
from interchange.v1.standings_pb2 import ListHoldsRequest, ReinstateRequest, SuspendRequest
from interchange.wire.roster import RosterRow

USUAL = "unknown person"


def coordinator(served: Served) -> ParticipantServiceStub:
    """Call as somebody who coordinates projects."""
    return served.call("coordinator").participants


def refusal(call: object, request: object) -> tuple[str, dict[str, str]]:
    """Give code and metadata of the refusal of a call."""
    with pytest.raises(grpc.RpcError) as caught:
        call(request)  # type: ignore[operator]  # a method of a stub
    info = info_of(caught.value)
    return info.reason, dict(info.metadata)


def people(served: Served, cause: str) -> tuple[str, list[RosterRow]]:
    """Bring somebody of a cause and somebody nobody knows into rows that are filled in alike, for one project."""
    world, project = World(served.settings.directory, {HOME: served.node}), requests.opened(served)
    row = CAUSES[cause](world, project)
    usual = stranger(served.node)
    return project, [row, RosterRow(row.line, usual.presented, row.employer_id, row.from_day, row.until_day)]


def spelt(answer: Message) -> bytes:
    """Spell an answer without the ids that are drawn at random."""
    for field in ("roster_id", "handed_in_at"):
        if field in answer.DESCRIPTOR.fields_by_name:
            answer.ClearField(field)
    for _, value in answer.ListFields():
        if isinstance(value, Message):
            spelt(value)
    return answer.SerializeToString(deterministic=True)


ASKING: dict[str, Callable[[Served, str, RosterRow], Message]] = {
    "enrolling one": lambda served, project, row: coordinator(served).EnrolParticipant(requests.enrol(project, row)),
    "looking at one": lambda served, project, row: coordinator(served).EnrolParticipant(
        requests.enrol(project, row, validate_only=True)
    ),
    "enrolling a file": lambda served, project, row: coordinator(served).EnrolRoster(requests.roster(project, row)),
    "looking at a file": lambda served, project, row: coordinator(served).EnrolRoster(
        requests.roster(project, row, validate_only=True)
    ),
    "following a file": lambda served, project, row: coordinator(served).GetRoster(
        pb.GetRosterRequest(roster_id=coordinator(served).EnrolRoster(requests.roster(project, row)).roster_id)
    ),
}


@pytest.mark.parametrize("asking", ASKING)
@pytest.mark.parametrize("cause", [cause for cause in CAUSES if cause != USUAL])
def test_answers_are_the_same_bytes_whatever_the_cause(served: Served, cause: str, asking: str) -> None:
    """Never screened, refused, failed, lapsed, suspended, consent withdrawn, unknown person: one answer."""
    project, rows = people(served, cause)
    one, other = (spelt(ASKING[asking](served, project, row)) for row in rows)
    assert one == other


ENDED: dict[str, Callable[[Served, str, str], Any]] = {
    "revoked": lambda served, jti, _: served.call("officer").standings.Revoke(requests.revoke(jti)),
    "held": lambda served, jti, _: hold(served, assertion_id=jti),
    "person held": lambda served, _, subject_id: hold(served, subject_id=subject_id),
    "employer held": lambda served, *_: hold(served, employer_id="employer-1"),
}


def hold(served: Served, **target: str) -> str:
    """Let an officer open a hold."""
    request = SuspendRequest(request_id=requests.new_id(), **target)
    return served.call("officer").standings.Suspend(request).hold.hold_id


@pytest.mark.parametrize("cause", ENDED)
def test_list_is_the_same_bytes_whatever_ended_it(served: Served, cause: str) -> None:
    """A participant who is not confirmed any more has no day, and nothing in its place."""
    project, subject_id = requests.opened(served), requests.cleared(served)
    coordinator(served).EnrolParticipant(requests.enrol(project, row_of(served.node, subject_id)))
    (issued,) = served.call("officer").assertions.ListAssertions(assertions_pb2.ListAssertionsRequest()).assertions
    (before,) = coordinator(served).ListParticipants(pb.ListParticipantsRequest()).participants
    ENDED[cause](served, issued.assertion_id, subject_id)
    (after,) = coordinator(served).ListParticipants(pb.ListParticipantsRequest()).participants
    before.ClearField("confirmed_until")
    assert after == before


def test_no_field_of_the_service_could_say_more() -> None:
    """Its messages know no level, organ, standing, subject, clearance, assertion or cause."""
    words = {"level", "organ", "standing", "subject", "clearance", "jws", "assertion", "cause", "position", "index"}
    names = {field.name for message in pb.DESCRIPTOR.message_types_by_name.values() for field in message.fields}
    assert [name for name in names if set(name.split("_")) & words] == []


SEEING = (
    "AssertionService/IssueAssertion",
    "AssertionService/GetAssertion",
    "AssertionService/ListAssertions",
    "AssertionService/VerifyAssertion",
    "AssertionService/BatchVerifyAssertions",
    "AssertionService/VerifyAsKnown",
    "StandingService/Revoke",
    "LaneService/ListLanes",
    "LaneService/FetchLane",
    "ClearanceService/ListClearances",
)


@pytest.mark.parametrize("method", SEEING)
def test_coordinator_gets_as_far_as_no_assertion_or_lane(method: str) -> None:
    """A token says a level; the length of a lane says whether somebody was held or only ended."""
    cells = ACCESS[f"/interchange.v1.{method}"]
    assert {Cell(home=True, role="coordinator", organ=organ) for organ in (False, True)} & cells == set()


def test_coordinator_is_told_by_whom_assertions_can_be_seen(served: Served) -> None:
    """The refusal is that of the access table, and nothing of the assertion is looked up."""
    call = served.call("coordinator").assertions.GetAssertion
    request = assertions_pb2.GetAssertionRequest(assertion_id=requests.NOBODY)
    assert refusal(call, request)[0] == Reason.CALLER_NOT_ALLOWED.code


TARGETS = {
    "assertion_id": requests.NOBODY,
    "subject_id": requests.NOBODY,
    "employer_id": "employer-1",
    "agreement": "JPN-KOR-2016",
}


@pytest.mark.parametrize("target", TARGETS)
def test_coordinator_stops_projects_alone(served: Served, target: str) -> None:
    """Persons, firms, treaties and single assertions are an officer's to hold."""
    request = SuspendRequest(request_id=requests.new_id(), **{target: TARGETS[target]})
    assert refusal(served.call("coordinator").standings.Suspend, request)[0] == Reason.CALLER_NOT_ALLOWED.code


@pytest.mark.parametrize("target", ["assertion_id", "subject_id", "employer_id", "agreement"])
def test_hold_on_less_or_more_than_a_project_is_unknown_to_a_coordinator(served: Served, target: str) -> None:
    """It can neither be lifted nor found out."""
    issued = requests.issued(served)
    own = {"assertion_id": issued.assertion_id, "subject_id": issued.subject_id}
    hold_id = hold(served, **{target: own.get(target, TARGETS[target])})
    call = served.call("coordinator").standings
    answers = [
        refusal(call.Reinstate, ReinstateRequest(request_id=requests.new_id(), hold_id=named))
        for named in (hold_id, requests.NOBODY)
    ]
    assert (answers, list(call.ListHolds(ListHoldsRequest()).holds)) == (
        [(Reason.NOT_KNOWN.code, {"where": "hold_id"})] * 2,
        [],
    )


def test_pages_of_holds_do_not_count_those_that_are_hidden(served: Served) -> None:
    """Or one could watch for the hold on a person by the number of pages."""
    issued = requests.issued(served)
    request = SuspendRequest(request_id=requests.new_id(), project_id=issued.project_id)
    own = served.call("coordinator").standings.Suspend(request).hold.hold_id
    for _ in range(3):
        hold(served, subject_id=issued.subject_id)
    answer = served.call("coordinator").standings.ListHolds(ListHoldsRequest(page_size=1))
    assert ([one.hold_id for one in answer.holds], answer.next_page_token) == ([own], "")


def test_stop_and_its_end_count_nobody_for_a_coordinator(served: Served) -> None:
    """How many assertions are live, and how long lanes are, would tell a hold from an end."""
    issued, call = requests.issued(served), served.call("coordinator").standings
    request = SuspendRequest(request_id=requests.new_id(), project_id=issued.project_id)
    stopped = call.Suspend(request).hold
    lifted = call.Reinstate(ReinstateRequest(request_id=requests.new_id(), hold_id=stopped.hold_id)).result
    found = [(one.affected_count, list(one.positions)) for one in (stopped, lifted)]
    assert found == [(0, [])] * 2


def test_stop_and_its_end_are_counted_for_an_officer(served: Served) -> None:
    """An officer sees to it that every partner acknowledges them."""
    issued, call = requests.issued(served), served.call("officer").standings
    stopped = call.Suspend(SuspendRequest(request_id=requests.new_id(), project_id=issued.project_id)).hold
    lifted = call.Reinstate(ReinstateRequest(request_id=requests.new_id(), hold_id=stopped.hold_id)).result
    assert [(one.affected_count, len(one.positions)) for one in (stopped, lifted)] == [(1, 2)] * 2


def test_lanes_are_listed_to_others_still(served: Served) -> None:
    """An officer follows acknowledgements."""
    assert served.call("officer").lanes.ListLanes(lanes_pb2.ListLanesRequest()).lanes


def test_pages_of_proposals_do_not_count_those_of_others(served: Served) -> None:
    """Or one could watch for the lifting of a hold on a person."""
    node = served.node
    subject_id = requests.cleared(served)
    held = hold(served, subject_id=subject_id)
    object.__setattr__(node, "rulebook", strict_rulebook())
    lift = ReinstateRequest(request_id=requests.new_id(), hold_id=held)
    assert served.call("officer").standings.Reinstate(lift).HasField("proposal")
    answer = served.call("coordinator").proposals.ListProposals(ListProposalsRequest(page_size=1))
    assert (list(answer.proposals), answer.next_page_token) == ([], "")


def test_same_person_twice_shows_no_equal_digests(served: Served) -> None:
    """Of somebody on record as of somebody nobody knows, two rosters have nothing in common that could be compared."""
    project, rows = people(served, "never screened")
    object.__setattr__(served.node, "rulebook", strict_rulebook())
    for row in rows:
        told = [coordinator(served).EnrolParticipant(requests.enrol(project, row)).proposal for _ in range(2)]
        assert told[0].request != told[1].request
        digests = [json.loads(each.request)["groups"][0][1] for each in told]
        assert digests[0] != digests[1]


@pytest.mark.parametrize("method", ["EnrolParticipant", "EnrolRoster"])
def test_officer_enrols_nobody(served: Served, method: str) -> None:
    """Whoever clears people and approves rosters does not hand them in."""
    call = getattr(served.call("officer").participants, method)
    assert refusal(call, getattr(pb, f"{method}Request")())[0] == Reason.CALLER_NOT_ALLOWED.code


@pytest.mark.parametrize("role", ["key-admin", "auditor"])
def test_names_of_participants_are_for_those_who_work_with_them(served: Served, role: str) -> None:
    """Keys and audits need nobody's name."""
    call = served.call(role).participants.ListParticipants
    assert refusal(call, pb.ListParticipantsRequest())[0] == Reason.CALLER_NOT_ALLOWED.code


def test_partner_learns_nothing_of_participants(served: Served) -> None:
    """What it is to know is told in its lane."""
    call = served.call("partner", "KOR").participants.ListParticipants
    assert refusal(call, pb.ListParticipantsRequest())[0] == Reason.CALLER_NOT_ALLOWED.code
