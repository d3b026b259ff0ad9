"""Enrolling over gRPC: one person, a file, its progress, its list; each as one who coordinates sees it."""

from contextlib import suppress
from datetime import date
from typing import Any

import grpc
import pytest
from fakes import requests
from fakes.nodes import Served, dump_digest, info_of, reason_of
from fakes.rosters import LAST, handed_in, row_of, stranger, written

from interchange.domain.rosters import GROUP
from interchange.errors import Reason, Refusal, refuse
from interchange.messages.participants import LARGEST_FILE
from interchange.rpc.services import participants as service
from interchange.store import participants
from interchange.v1 import participants_pb2 as pb
from interchange.v1 import projects_pb2
from interchange.v1.participants_pb2_grpc import ParticipantServiceStub

CONFIRMED, NOT_CONFIRMED = pb.ROW_OUTCOME_CONFIRMED, pb.ROW_OUTCOME_NOT_CONFIRMED
UNTIL = LAST.isoformat()


def coordinator(served: Served) -> ParticipantServiceStub:
    """Call as somebody who coordinates projects."""
    return served.call("coordinator").participants


def refusal(call: object, request: object) -> tuple[str, str]:
    """Give code and place of the refusal of a call."""
    with pytest.raises(grpc.RpcError) as caught:
        call(request)  # type: ignore[operator]  # a method of a stub
    info = info_of(caught.value)
    return info.reason, info.metadata["where"]


# -- one person ------------------------------------------------------------------------------------------------------


def test_person_is_enrolled_until_a_day(served: Served) -> None:
    """The answer has an id to withdraw by, a day, and nothing else."""
    request = requests.enrol(requests.opened(served), row_of(served.node, requests.cleared(served)))
    result = coordinator(served).EnrolParticipant(request).result
    assert {field.name for field, _ in result.ListFields()} == {"outcome", "confirmed_until", "participant_id"}
    assert (result.outcome, result.confirmed_until) == (CONFIRMED, UNTIL)


def test_person_enrolled_before_is_said_to_be(served: Served) -> None:
    """By the same participant; nothing was done."""
    project, row = requests.opened(served), row_of(served.node, requests.cleared(served))
    first, second = (coordinator(served).EnrolParticipant(requests.enrol(project, row)).result for _ in range(2))
    assert (second.outcome, second.participant_id) == (pb.ROW_OUTCOME_ALREADY, first.participant_id)


def test_looking_first_enrols_nobody(served: Served) -> None:
    """The day is told, and there is no participant."""
    project, row = requests.opened(served), row_of(served.node, requests.cleared(served))
    result = coordinator(served).EnrolParticipant(requests.enrol(project, row, validate_only=True)).result
    listed = coordinator(served).ListParticipants(pb.ListParticipantsRequest()).participants
    assert (result.confirmed_until, result.HasField("participant_id"), list(listed)) == (UNTIL, False, [])


BAD: dict[str, tuple[dict[str, Any], Reason, str]] = {
    "no family name": ({"passport_family": ""}, Reason.FIELD_MISSING, "passport_family"),
    "a family name in kanji": ({"passport_family": "大野"}, Reason.FIELD_FORM, "passport_family"),
    "no document": ({"document_number": ""}, Reason.FIELD_MISSING, "document_number"),
    "a birth date of today": ({"birth_date": "2027-01-15"}, Reason.DATE_ABSURD, "birth_date"),
    "a birth date in another form": ({"birth_date": "28/02/1984"}, Reason.FIELD_FORM, "birth_date"),
    "an employer in another form": ({"employer_id": "a b"}, Reason.FIELD_FORM, "employer_id"),
    "an employer that nobody recorded": ({"employer_id": "nobody"}, Reason.EMPLOYER_UNKNOWN, "employer_id"),
    "a last day before the first": (
        {"from_day": "2027-03-02", "until_day": "2027-03-01"},
        Reason.DAYS_ORDER,
        "until_day",
    ),
    "a first day before the project's": ({"from_day": "2026-12-31"}, Reason.DAYS_OUTSIDE, "from_day"),
    "a last day after the project's": ({"until_day": "2028-01-01"}, Reason.DAYS_OUTSIDE, "until_day"),
    "a last day that is over": (
        {"from_day": "2027-01-01", "until_day": "2027-01-14"},
        Reason.DATE_ABSURD,
        "until_day",
    ),
    "another project": ({"project_id": requests.NOBODY}, Reason.NOT_KNOWN, "project_id or partner"),
    "a party that is no partner of it": ({"partner": "GBR"}, Reason.NOT_KNOWN, "project_id or partner"),
}


@pytest.mark.parametrize("validate_only", [False, True])
@pytest.mark.parametrize("name", BAD)
def test_bad_request_is_refused_by_its_field(served: Served, name: str, validate_only: bool) -> None:
    """Whether anybody is looked for or not, and without a trace."""
    changes, reason, where = BAD[name]
    project, row = requests.opened(served), stranger(served.node)
    before = dump_digest(served.node)
    request = requests.enrol(project, row, validate_only=validate_only, **changes)
    assert refusal(coordinator(served).EnrolParticipant, request) == (reason.code, where)
    assert dump_digest(served.node) == before


# -- a file ----------------------------------------------------------------------------------------------------------


def test_file_is_enrolled_row_by_row(served: Served) -> None:
    """Each line of it in the answer of the next question."""
    project = requests.opened(served)
    rows = [row_of(served.node, requests.cleared(served)), stranger(served.node)]
    result = coordinator(served).EnrolRoster(requests.roster(project, *rows)).result
    answer = coordinator(served).GetRoster(pb.GetRosterRequest(roster_id=result.roster_id))
    assert (answer.roster, result.done, result.approved) == (result, 2, True)
    assert [(line.line, line.outcome, line.confirmed_until) for line in answer.lines] == [
        (2, CONFIRMED, UNTIL),
        (3, NOT_CONFIRMED, ""),
    ]


def test_file_is_looked_at_row_by_row(served: Served) -> None:
    """Faults with column, reason and remedy; people with a day or without."""
    project = requests.opened(served)
    content = written(row_of(served.node, requests.cleared(served)), stranger(served.node))
    content += b"ONO,HANAKO,01/02/1980,,nobody,2026-01-01,2027-06-30\r\n"
    content += b"ONO,TARO,1980-02-01,TZ1,nobody,2026-01-01,2027-06-30\r\n"
    request = requests.roster(project, content=content, validate_only=True)
    lines = coordinator(served).EnrolRoster(request).check.lines
    faults = [(line.line, fault.column, fault.reason) for line in lines for fault in line.faults]
    assert [line.outcome for line in lines] == [CONFIRMED, NOT_CONFIRMED, *[pb.ROW_OUTCOME_FAULTY] * 2]
    assert faults == [
        (4, "birth_date", "date_ambiguous"),
        (4, "document_number", "field_missing"),
        (5, "employer", "employer_unknown"),
        (5, "from", "days_outside"),
    ]
    assert all(fault.text and fault.remedy for line in lines for fault in line.faults)


def test_file_with_a_fault_is_refused_whole(served: Served) -> None:
    """How many rows, and where the first of them stands."""
    content = written(stranger(served.node)) + b"ONO,HANAKO,01/02/1980,TZ1,employer-1,2027-02-01,2027-06-30\r\n"
    request = requests.roster(requests.opened(served), content=content)
    found = refusal(coordinator(served).EnrolRoster, request)
    assert found == (Reason.ROSTER_FAULTS.code, "1 rows, the first in line 3")


FILES: dict[str, tuple[bytes, Reason]] = {
    "no file": (b"", Reason.FIELD_MISSING),
    "one that is too large": (b"x" * (LARGEST_FILE + 1), Reason.FIELD_FORM),
    "one without a head": (b"ONO,HANAKO,1984-02-28,TZ1,employer-1,2027-02-01,2027-06-30\r\n", Reason.COLUMN_MISSING),
    "one with other columns": (b"passport_family,level\r\n", Reason.COLUMN_MISSING),
    "one in another encoding": ("passport_family".encode("utf-16"), Reason.FILE_ENCODING),
    "one without rows": (written(), Reason.FIELD_MISSING),
}


@pytest.mark.parametrize("name", FILES)
def test_file_is_refused(served: Served, name: str) -> None:
    """What cannot be a roster is refused before anybody is looked for."""
    content, reason = FILES[name]
    request = requests.roster(requests.opened(served), content=content)
    assert refusal(coordinator(served).EnrolRoster, request)[0] == reason.code


def test_largest_file_is_taken(served: Served) -> None:
    """With what stands beside it in the request; here it is a cell that is too long."""
    content = written() + b"x" * (LARGEST_FILE - len(written()))
    request = requests.roster(requests.opened(served), content=content)
    assert refusal(coordinator(served).EnrolRoster, request)[0] == Reason.ROSTER_FAULTS.code


def test_long_roster_is_begun_by_the_call_and_goes_on_after_it(served: Served) -> None:
    """Whoever asks again sees how far it is; the same request carries on with it."""
    at_once = service._GROUPS_IN_A_CALL * GROUP
    project, count = requests.opened(served), at_once + 1
    request = requests.roster(project, *(stranger(served.node, 2, number) for number in range(count)))
    steps = [coordinator(served).EnrolRoster(request).result for _ in range(2)]
    assert [(step.total, step.done) for step in steps] == [(count, at_once), (count, count)]


def test_lines_come_in_pages(served: Served) -> None:
    """In the order of the file."""
    project, rows = requests.opened(served), [stranger(served.node, 2, number) for number in range(5)]
    roster_id = coordinator(served).EnrolRoster(requests.roster(project, *rows)).roster_id
    found, token = [], ""
    for _ in range(3):
        request = pb.GetRosterRequest(roster_id=roster_id, page_size=2, page_token=token)
        answer = coordinator(served).GetRoster(request)
        found += [line.line for line in answer.lines]
        token = answer.next_page_token
    assert (found, token) == ([2, 3, 4, 5, 6], "")


def test_roster_that_nobody_knows_is_not_shown(served: Served) -> None:
    """Nor is a page of it."""
    request = pb.GetRosterRequest(roster_id=requests.NOBODY)
    assert refusal(coordinator(served).GetRoster, request) == (Reason.NOT_KNOWN.code, "roster_id")


def test_line_of_somebody_who_was_confirmed_reads_as_of_now(served: Served) -> None:
    """A roster that is looked at later is no way to learn that there was something to end."""
    project = requests.opened(served)
    roster_id, _ = handed_in(served.node, project, row_of(served.node, requests.cleared(served)))
    request = requests.roster(project, row_of(served.node, requests.cleared(served)), stranger(served.node))
    roster_id = coordinator(served).EnrolRoster(request).roster_id
    (listed,) = coordinator(served).ListParticipants(pb.ListParticipantsRequest()).participants
    withdrawal = pb.WithdrawParticipantRequest(request_id=requests.new_id(), participant_id=listed.participant_id)
    coordinator(served).WithdrawParticipant(withdrawal)
    lines = coordinator(served).GetRoster(pb.GetRosterRequest(roster_id=roster_id)).lines
    lines[0].line = lines[1].line
    assert lines[0] == lines[1]


def test_quota_refuses_and_calls_people(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The alarm names neither caller nor anybody asked for."""
    told: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(
        "interchange.rpc.services.participants.fail", lambda name, **fields: told.append((name, fields))
    )
    project, most = requests.opened(served), served.node.misses_per_day
    rows = [stranger(served.node, 2, number) for number in range(most)]
    coordinator(served).EnrolRoster(requests.roster(project, *rows, validate_only=True))
    request = requests.enrol(project, row_of(served.node, requests.cleared(served)))
    assert refusal(coordinator(served).EnrolParticipant, request) == (Reason.MISSES_QUOTA.code, "")
    assert told == [("misses_quota_reached", {"party": "JPN", "role": "coordinator"})]


class Clock:
    """A clock that stands a little later each time it is read, and that writes down how long one slept."""

    def __init__(self, *readings: float) -> None:
        """Read these in order."""
        self.readings = list(readings)
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """Read it."""
        return self.readings.pop(0)

    def sleep(self, seconds: float) -> None:
        """Sleep for no time at all."""
        self.slept.append(round(seconds, 6))


@pytest.mark.parametrize(("spent", "left"), [(0.0, 0.0), (0.01, 0.04), (0.049, 0.001), (0.06, 0.04), (1.01, 0.04)])
@pytest.mark.parametrize("refuses", [False, True])
def test_answer_takes_a_whole_number_of_grains(
    monkeypatch: pytest.MonkeyPatch, spent: float, left: float, refuses: bool
) -> None:
    """However long it took within one, and whether it is an answer or a refusal."""
    clock = Clock(0.0, spent)
    monkeypatch.setattr(service, "time", clock)

    def method(*_: object) -> None:
        if refuses:
            raise refuse(Reason.NOT_KNOWN)

    with suppress(Refusal):
        service.evened(method)(None, None, None)  # type: ignore[arg-type]  # of a service, a request and a call
    assert clock.slept == [left]


# -- the list --------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(served: Served) -> tuple[str, list[str]]:
    """A project with two participants, of whom the second is not confirmed any more; its id and theirs."""
    project = requests.opened(served)
    ids = [
        coordinator(served)
        .EnrolParticipant(requests.enrol(project, row_of(served.node, requests.cleared(served))))
        .result.participant_id
        for _ in range(2)
    ]
    served.call("officer").standings.Revoke(requests.revoke(jti_of(served, ids[1])))
    return project, ids


def jti_of(served: Served, participant_id: str) -> str:
    """Look up the assertion of a participant, which no coordinator can."""
    found = served.node.ledger.read(lambda tx: participants.get(tx, participant_id))
    assert found is not None
    return found.jti


def listed(served: Served, **filters: Any) -> list[str]:  # noqa: ANN401
    """List the ids of participants."""
    answer = coordinator(served).ListParticipants(pb.ListParticipantsRequest(**filters))
    return [one.participant_id for one in answer.participants]


def test_participants_are_listed_by_passport_and_day(served: Served, two: tuple[str, list[str]]) -> None:
    """No level, no document, no birth date; whoever is not confirmed has no day."""
    answer = coordinator(served).ListParticipants(pb.ListParticipantsRequest())
    by_id = {one.participant_id: one for one in answer.participants}
    assert [by_id[one].confirmed_until for one in two[1]] == [UNTIL, ""]
    assert {(one.passport_family, one.passport_given) for one in answer.participants} == {("ONO", "HANAKO")}


def test_list_is_filtered(served: Served, two: tuple[str, list[str]]) -> None:
    """By project, partner, and whether confirmed."""
    project, (one, other) = two
    everybody = sorted([one, other])
    assert sorted(listed(served, project_id=project)) == everybody
    assert listed(served, project_id=requests.NOBODY) == []
    assert (sorted(listed(served, partner="KOR")), listed(served, partner="AUS")) == (everybody, [])
    assert (listed(served, confirmed=True), listed(served, confirmed=False)) == ([one], [other])


def test_list_comes_in_pages(served: Served, two: tuple[str, list[str]]) -> None:
    """In the order of the ids."""
    first = coordinator(served).ListParticipants(pb.ListParticipantsRequest(page_size=1))
    request = pb.ListParticipantsRequest(page_size=1, page_token=first.next_page_token)
    second = coordinator(served).ListParticipants(request)
    found = [answer.participants[0].participant_id for answer in (first, second)]
    assert (found, second.next_page_token) == (sorted(two[1]), "")


def test_participant_is_withdrawn(served: Served, two: tuple[str, list[str]]) -> None:
    """Whether confirmed or not, by the same answer."""
    for one in two[1]:
        request = pb.WithdrawParticipantRequest(request_id=requests.new_id(), participant_id=one)
        assert coordinator(served).WithdrawParticipant(request).participant_id == one
    assert listed(served) == []


def test_participant_that_nobody_knows_is_not_withdrawn(served: Served) -> None:
    """It answers as every other name that names nothing."""
    request = pb.WithdrawParticipantRequest(request_id=requests.new_id(), participant_id=requests.NOBODY)
    assert refusal(coordinator(served).WithdrawParticipant, request) == (Reason.NOT_KNOWN.code, "participant_id")


def test_closed_project_takes_nobody(served: Served) -> None:
    """Its participants stay in the list, and none of them is confirmed."""
    project, row = requests.opened(served), row_of(served.node, requests.cleared(served))
    coordinator(served).EnrolParticipant(requests.enrol(project, row))
    close = projects_pb2.CloseProjectRequest(request_id=requests.new_id(), project_id=project)
    closed = served.call("coordinator").projects.CloseProject(close).project
    assert (closed.closed_at.seconds, len(listed(served, confirmed=False))) == (served.clock.now, 1)
    with pytest.raises(grpc.RpcError) as caught:
        coordinator(served).EnrolParticipant(requests.enrol(project, row))
    assert reason_of(caught.value) == Reason.PROJECT_CLOSED.code


def test_project_shows_its_sites_at_home_alone(served: Served) -> None:
    """Names of places are told to no partner."""
    project = requests.opened(served, sites=["筑波研究所"])
    asked = projects_pb2.GetProjectRequest(project_id=project)
    own = served.call("coordinator").projects.GetProject(asked).project
    (other,) = served.call("partner", "KOR").projects.ListProjects(projects_pb2.ListProjectsRequest()).projects
    assert (list(own.sites), list(other.sites)) == (["筑波研究所"], [])


@pytest.mark.parametrize("sites", [[""], ["a"] * 2, ["x" * 201], [f"site {number}" for number in range(33)]], ids=len)
def test_project_with_bad_sites_is_refused(served: Served, sites: list[str]) -> None:
    """Empty, twice, too long, or too many."""
    found = refusal(served.call("officer").projects.OpenProject, requests.project(sites=sites))
    assert found[1] == "sites"


def test_days_are_those_of_the_nations_zone(served: Served) -> None:
    """The last day of taking part is confirmed to its end there."""
    request = requests.enrol(
        requests.opened(served), row_of(served.node, requests.cleared(served), until_day=date(2027, 2, 1))
    )
    assert coordinator(served).EnrolParticipant(request).result.confirmed_until == "2027-02-01"
