"""Reminders over the wire: who sees which."""

from dataclasses import replace
from datetime import date
from typing import Any

import grpc
import pytest
from fakes.nodes import Served, reason_of
from fakes.parties import NOW
from fakes.people import settle
from fakes.requests import new_id, project

from interchange.domain.days import end_of_day, start_of_day
from interchange.domain.screening import Employer
from interchange.errors import Reason
from interchange.flows.reminders import remind
from interchange.store import clearances, employers
from interchange.store.ledger import Tx
from interchange.v1 import reminders_pb2 as pb

UNKNOWN: Any = 77
"""A kind of a later version."""

LAST = date(2027, 12, 31)
DAY = start_of_day(date(2027, 12, 1), "Asia/Tokyo")


@pytest.fixture
def ending(served: Served) -> dict[str, str]:
    """A clearance, an employer and a project that end on the last day of the year: kind → id."""
    made = settle(served.node, "JPN/SDS", organ="JPN/METI")
    opened = served.call("coordinator").projects.OpenProject(project())

    def work(tx: Tx) -> str:
        known = clearances.get(tx, made.clearance_id)
        assert known is not None
        clearances.end(tx, [made.clearance_id], NOW)
        short = replace(known, clearance_id=new_id(), ends_at=end_of_day(LAST, "Asia/Tokyo"))
        clearances.add(tx, short)
        lab = Employer("LAB-7", "Laboratory", public_office=False, ceiling="JPN/SDS", from_day=LAST, until_day=LAST)
        employers.put(tx, lab)
        return short.clearance_id

    clearance = served.node.ledger.transact(work)
    served.clock.now = DAY
    return {"CLEARANCE": clearance, "EMPLOYER": "LAB-7", "PROJECT": opened.result.project_id}


def listed(served: Served, role: str, organ: str | None = None, **request: Any) -> dict[str, str]:  # noqa: ANN401
    """Read what somebody sees: kind → id."""
    answer = served.call(role, organ=organ).reminders.ListReminders(pb.ListRemindersRequest(**request))
    names = [pb.ReminderKind.Name(each.kind).removeprefix("REMINDER_KIND_") for each in answer.reminders]
    return dict(zip(names, (each.target for each in answer.reminders), strict=True))


def test_officer_sees_all(served: Served, ending: dict[str, str]) -> None:
    """Whatever ends before long."""
    assert listed(served, "officer") == ending


def test_coordinator_sees_projects_and_participants_alone(served: Served, ending: dict[str, str]) -> None:
    """The end of a clearance would tell of a person that there is one."""
    assert listed(served, "coordinator") == {"PROJECT": ending["PROJECT"]}


def test_officer_of_another_organ_sees_no_clearance_of_this_one(served: Served, ending: dict[str, str]) -> None:
    """As in the list of clearances."""
    assert listed(served, "officer", "MOD").keys() == {"EMPLOYER", "PROJECT"}


def test_one_kind_can_be_asked_for(served: Served, ending: dict[str, str]) -> None:
    """And nothing else is answered."""
    assert listed(served, "officer", kind=pb.REMINDER_KIND_EMPLOYER) == {"EMPLOYER": "LAB-7"}


def test_entry_says_when_it_ends_and_when_it_was_given(served: Served, ending: dict[str, str]) -> None:
    """Last day, days left, which reminder, and the job's own instant."""
    remind(served.node, DAY)
    served.clock.now += 86_400
    answer = served.call("coordinator").reminders.ListReminders(pb.ListRemindersRequest())
    (entry,) = answer.reminders
    assert (entry.last_day, entry.days_left, entry.days, entry.reminded_at.seconds) == ("2027-12-31", 29, 30, DAY)


def test_list_is_read_in_pages(served: Served, ending: dict[str, str]) -> None:
    """Entry by entry."""
    stubs, found, token = served.call("officer").reminders, list[str](), ""
    while not found or token:
        answer = stubs.ListReminders(pb.ListRemindersRequest(page_size=1, page_token=token))
        found += [each.target for each in answer.reminders]
        token = answer.next_page_token
    assert found == list(ending.values())


@pytest.mark.parametrize(
    ("role", "request_", "reason"),
    [
        ("coordinator", pb.ListRemindersRequest(kind=pb.REMINDER_KIND_CLEARANCE), Reason.CALLER_NOT_ALLOWED),
        ("coordinator", pb.ListRemindersRequest(kind=pb.REMINDER_KIND_CONSENT), Reason.CALLER_NOT_ALLOWED),
        ("officer", pb.ListRemindersRequest(kind=pb.REMINDER_KIND_UNSPECIFIED), Reason.ENUM_UNKNOWN),
        ("officer", pb.ListRemindersRequest(kind=UNKNOWN), Reason.ENUM_UNKNOWN),
        ("auditor", pb.ListRemindersRequest(), Reason.CALLER_NOT_ALLOWED),
    ],
)
def test_bad_request_is_refused(served: Served, role: str, request_: pb.ListRemindersRequest, reason: Reason) -> None:
    """A kind that the caller does not see, no kind at all, and somebody whom it does not concern."""
    with pytest.raises(grpc.RpcError) as caught:
        served.call(role).reminders.ListReminders(request_)
    assert reason_of(caught.value) == reason.code
