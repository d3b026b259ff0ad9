"""Screenings over the line: each step in its order, each body for itself, and never what was found."""

from typing import Any

import pytest
from fakes import papers, requests
from fakes.bad import Bad, expected, refusal, sent
from fakes.nodes import Served
from fakes.parties import HOME, names_of
from google.protobuf.message import Message

from interchange.errors import Reason
from interchange.v1.assertions_pb2 import GetAssertionRequest
from interchange.v1.common_pb2 import STANDING_SUSPENDED
from interchange.v1.screenings_pb2 import (
    CONCLUSION_ELIGIBLE,
    CONCLUSION_UNSPECIFIED,
    GetScreeningRequest,
    ListScreeningsRequest,
)

UNKNOWN: Any = 9
"""A conclusion that there is not."""


def test_screening_goes_from_consent_to_the_day_the_person_is_told(served: Served) -> None:
    """Each step's answer says where it stands."""
    call = served.call("officer", HOME, "CAO").screenings
    opened = call.OpenScreening(papers.open_screening(requests.registered(served))).screening
    codes = sorted(served.node.rules.screening_items)
    assert (opened.body, opened.consented_on, list(opened.missing_items)) == (papers.CENTRAL, papers.TODAY, codes)
    for code in codes:
        last = call.RecordItem(papers.item(opened.screening_id, item=code)).screening
    assert ([done.item for done in last.items], list(last.missing_items)) == (codes, [])
    concluded = call.ConcludeScreening(papers.conclude(opened.screening_id)).result
    told = call.NotifyScreening(papers.notify(opened.screening_id)).screening
    assert (concluded.conclusion, concluded.HasField("notified_on"), told.notified_on) == (
        CONCLUSION_ELIGIBLE,
        False,
        papers.TODAY,
    )


def test_item_says_what_was_done_when_and_by_whom(served: Served) -> None:
    """The officer is the caller, and no field holds what was found."""
    screening_id = papers.screen(served, requests.registered(served), steps=1).screening_id
    call = served.call("officer", HOME, "CAO", name="suzuki").screenings
    (done,) = call.RecordItem(papers.item(screening_id)).screening.items
    assert {field.name: value for field, value in done.ListFields()} == {
        "item": "drinking",
        "done_on": papers.TODAY,
        "officer": names_of(HOME).spiffe("officer", "suzuki", "CAO"),
    }


def test_conclusion_waits_for_a_second_officer(two_people: Served) -> None:
    """What waits is answered in its place, and nothing has changed."""
    screening_id = papers.screen(two_people, requests.registered(two_people), steps=2).screening_id
    call = two_people.call("officer", HOME, "CAO").screenings
    answer = call.ConcludeScreening(papers.conclude(screening_id))
    shown = call.GetScreening(GetScreeningRequest(screening_id=screening_id)).screening
    assert (answer.WhichOneof("outcome"), answer.proposal.act, shown.HasField("conclusion")) == (
        "proposal",
        "conclude_screening",
        False,
    )


def test_notice_of_reassessment_holds_the_person_at_once(served: Served) -> None:
    """By an officer of any organ; the answer says what it concerned and where it is told."""
    issued = requests.issued(served)
    call = served.call("officer", HOME, "MOD").screenings
    hold = call.NoticeReassessment(papers.reassess(issued.subject_id)).hold
    assert (hold.target, hold.affected_count, len(hold.positions)) == (issued.subject_id, 1, 1)
    request = GetAssertionRequest(assertion_id=issued.assertion_id)
    found = served.call("partner", "KOR").assertions.GetAssertion(request).assertion
    assert found.standing == STANDING_SUSPENDED


def steps(screening_id: str) -> dict[str, Message]:
    """List what only the body's own officers do, by the method's name."""
    return {
        "RecordItem": papers.item(screening_id),
        "ConcludeScreening": papers.conclude(screening_id),
        "NotifyScreening": papers.notify(screening_id),
        "WithdrawScreeningConsent": papers.withdraw_screening(screening_id),
    }


@pytest.mark.parametrize("method", steps(""))
def test_organ_that_grants_on_a_screening_does_nothing_to_it(served: Served, method: str) -> None:
    """The central body's screening is for the central body's officers, and for those of no organ."""
    screening_id = papers.screen(served, requests.registered(served), steps=1).screening_id
    call = getattr(served.call("officer", HOME, "METI").screenings, method)
    assert refusal(call, steps(screening_id)[method]) == (Reason.CALLER_NOT_ALLOWED.code, "screening_id")


@pytest.mark.parametrize("method", [*steps(""), "GetScreening"])
def test_screening_on_which_an_organ_grants_nothing_is_unknown_to_it(served: Served, method: str) -> None:
    """The central body's to the organ that screens on its own."""
    screening_id = papers.screen(served, requests.registered(served), steps=1).screening_id
    call = getattr(served.call("officer", HOME, "MOD").screenings, method)
    asked = [
        (steps(name) | {"GetScreening": GetScreeningRequest(screening_id=name)})[method]
        for name in (screening_id, requests.NOBODY)
    ]
    assert [refusal(call, each) for each in asked] == [(Reason.NOT_KNOWN.code, "screening_id")] * 2


def test_organ_opens_no_screening_by_another_body(served: Served) -> None:
    """Nor does an organ that does not screen open one of its own."""
    person = requests.registered(served)
    call = served.call("officer", HOME, "METI").screenings.OpenScreening
    assert refusal(call, papers.open_screening(person)) == (Reason.CALLER_NOT_ALLOWED.code, "body")
    assert refusal(call, papers.open_screening(person, body="JPN/METI"))[0] == Reason.FIELD_FORM.code


def test_organ_sees_the_result_it_grants_on_and_no_items(served: Served) -> None:
    """That it is eligible and since when; who looked into what, the body knows."""
    screening_id = papers.screen(served, requests.registered(served)).screening_id
    request = GetScreeningRequest(screening_id=screening_id)
    shown = [
        served.call("officer", HOME, organ).screenings.GetScreening(request).screening for organ in ("METI", "CAO")
    ]
    assert [(one.conclusion, one.notified_on, len(one.items)) for one in shown] == [
        (CONCLUSION_ELIGIBLE, papers.TODAY, 0),
        (CONCLUSION_ELIGIBLE, papers.TODAY, len(served.node.rules.screening_items)),
    ]


def test_organ_that_does_not_screen_lists_the_screenings_of_a_person_it_names(served: Served) -> None:
    """Who else was screened is not its business."""
    screened = papers.screen(served, requests.registered(served), steps=1)
    papers.screen(served, requests.registered(served), steps=1)
    call = served.call("officer", HOME, "METI").screenings.ListScreenings
    found = call(ListScreeningsRequest(subject_id=screened.subject_id)).screenings
    assert [one.screening_id for one in found] == [screened.screening_id]
    assert refusal(call, ListScreeningsRequest()) == (Reason.FIELD_MISSING.code, "subject_id")


def test_body_lists_its_own_screenings_in_pages_and_officers_of_no_organ_all(served: Served) -> None:
    """Without items, in the order of their ids."""
    central = {papers.screen(served, requests.registered(served), steps=1).screening_id for _ in range(3)}
    other = served.call("officer", HOME, "MOD").screenings
    own = other.OpenScreening(papers.open_screening(requests.registered(served), body=papers.DEFENCE)).screening
    found: list[str] = []
    token = ""
    while not found or token:
        request = ListScreeningsRequest(page_size=2, page_token=token)
        answer = served.call("officer", HOME, "CAO").screenings.ListScreenings(request)
        found += [one.screening_id for one in answer.screenings]
        token = answer.next_page_token
    everything = served.call("officer").screenings.ListScreenings(ListScreeningsRequest()).screenings
    assert found == sorted(central)
    assert {one.screening_id for one in everything} == {*central, own.screening_id}
    assert [one.screening_id for one in other.ListScreenings(ListScreeningsRequest()).screenings] == [own.screening_id]


CENTRAL = ("officer", HOME, "CAO")
UUID = requests.NOBODY
MISSING, FORM, UNKNOWN_THERE = Reason.FIELD_MISSING, Reason.FIELD_FORM, Reason.NOT_KNOWN
OPEN, ITEM, CONCLUDE = "screenings.OpenScreening", "screenings.RecordItem", "screenings.ConcludeScreening"
NOTIFY = "screenings.NotifyScreening"

CASES = {
    "screening of nobody": Bad(CENTRAL, OPEN, papers.open_screening(UUID), UNKNOWN_THERE, "subject_id"),
    "screening without a consent": Bad(
        CENTRAL, OPEN, papers.open_screening(UUID, consented_on=""), Reason.CONSENT_NEEDED, "consented_on"
    ),
    "body that is no organ": Bad(("officer",), OPEN, papers.open_screening(UUID, body="CAO"), FORM, "organ"),
    "item of nothing": Bad(CENTRAL, ITEM, papers.item(UUID), UNKNOWN_THERE, "screening_id"),
    "item in words": Bad(CENTRAL, ITEM, papers.item(UUID, item="Nothing found"), FORM, "item"),
    "item on no day": Bad(CENTRAL, ITEM, papers.item(UUID, done_on="today"), FORM, "done_on"),
    "no conclusion": Bad(
        CENTRAL,
        CONCLUDE,
        papers.conclude(UUID, conclusion=CONCLUSION_UNSPECIFIED),
        Reason.ENUM_UNKNOWN,
        "conclusion",
    ),
    "third conclusion": Bad(
        CENTRAL, CONCLUDE, papers.conclude(UUID, conclusion=UNKNOWN), Reason.ENUM_UNKNOWN, "conclusion"
    ),
    "conclusion of nothing": Bad(CENTRAL, CONCLUDE, papers.conclude(UUID), UNKNOWN_THERE, "screening_id"),
    "told on no day": Bad(CENTRAL, NOTIFY, papers.notify(UUID, notified_on=""), MISSING, "notified_on"),
    "told of nothing": Bad(CENTRAL, NOTIFY, papers.notify(UUID), UNKNOWN_THERE, "screening_id"),
    "consent to nothing": Bad(
        CENTRAL,
        "screenings.WithdrawScreeningConsent",
        papers.withdraw_screening(UUID),
        UNKNOWN_THERE,
        "screening_id",
    ),
    "reassessment of nobody": Bad(
        CENTRAL, "screenings.NoticeReassessment", papers.reassess(UUID), UNKNOWN_THERE, "subject_id"
    ),
    "look at a screening that is no UUID": Bad(
        CENTRAL, "screenings.GetScreening", GetScreeningRequest(screening_id="1"), FORM, "screening_id"
    ),
}


@pytest.mark.parametrize("bad", CASES.values(), ids=CASES.keys())
def test_request_about_a_screening_is_refused_and_nothing_has_changed(idle: Served, bad: Bad) -> None:
    """Each fault has its code and its place."""
    assert sent(idle, bad) == expected(bad)


def out_of_step(served: Served, case: str) -> tuple[str, str]:
    """Ask for a step at the wrong time, and give the refusal."""
    person, call = requests.registered(served), served.call("officer", HOME, "CAO").screenings
    match case:
        case "second one of the body":
            papers.screen(served, person, steps=1)
            return refusal(call.OpenScreening, papers.open_screening(person))
        case "item done already":
            screening_id = papers.screen(served, person, steps=2).screening_id
            return refusal(call.RecordItem, papers.item(screening_id))
        case "item after the conclusion":
            screening_id = papers.screen(served, person, steps=3).screening_id
            return refusal(call.RecordItem, papers.item(screening_id))
        case "conclusion without an item":
            screening_id = papers.screen(served, person, steps=1).screening_id
            for code in sorted(served.node.rules.screening_items)[1:]:
                call.RecordItem(papers.item(screening_id, item=code))
            return refusal(call.ConcludeScreening, papers.conclude(screening_id))
        case "told before the conclusion":
            screening_id = papers.screen(served, person, steps=2).screening_id
            return refusal(call.NotifyScreening, papers.notify(screening_id))
        case _:
            screening_id = papers.screen(served, person).screening_id
            return refusal(call.NotifyScreening, papers.notify(screening_id))


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("second one of the body", Reason.SCREENING_STATE),
        ("item done already", Reason.ALREADY_KNOWN),
        ("item after the conclusion", Reason.SCREENING_STATE),
        ("conclusion without an item", Reason.SCREENING_ITEMS),
        ("told before the conclusion", Reason.SCREENING_STATE),
        ("told twice", Reason.SCREENING_STATE),
    ],
)
def test_step_at_the_wrong_time_is_refused(served: Served, case: str, reason: Reason) -> None:
    """The way has one order, and each step is taken once."""
    assert out_of_step(served, case)[0] == reason.code


def test_missing_items_are_named_when_a_screening_cannot_be_concluded(served: Served) -> None:
    """By their codes, so that the officer knows what is left to do."""
    assert out_of_step(served, "conclusion without an item")[1] == min(served.node.rules.screening_items)
