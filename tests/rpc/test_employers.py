"""Employers over the line: recognised up to a level and for days, and listed for officers."""

import pytest
from fakes import papers, requests
from fakes.bad import OFFICER, Bad, expected, refusal, sent
from fakes.nodes import Served

from interchange.errors import Reason
from interchange.v1.employers_pb2 import ListEmployersRequest


def test_recognised_employer_is_answered_as_it_is_on_record(served: Served) -> None:
    """With its title in its own script."""
    employer = served.call("officer").employers.RecogniseEmployer(papers.recognise()).employer
    assert {field.name: value for field, value in employer.ListFields()} == {
        "employer_id": "LAB-0001",
        "title": "静かな磁石株式会社",
        "level_ceiling": "JPN/CESI",
        "from_day": "2027-01-01",
        "until_day": "2027-12-31",
    }


def test_office_of_the_state_needs_no_last_day(served: Served) -> None:
    """Nobody has to recognise it."""
    request = papers.recognise("OFFICE-1", public_office=True, until_day=None)
    employer = served.call("officer").employers.RecogniseEmployer(request).employer
    assert (employer.public_office, employer.HasField("until_day")) == (True, False)


def test_firm_needs_a_last_day(served: Served) -> None:
    """A recognition without an end is none."""
    request = papers.recognise(until_day=None)
    assert refusal(served.call("officer").employers.RecogniseEmployer, request) == (
        Reason.FIELD_MISSING.code,
        "until_day",
    )


def test_recognition_is_ended_once(served: Served) -> None:
    """And may be given anew after that."""
    call = served.call("officer").employers
    call.RecogniseEmployer(papers.recognise())
    assert call.EndRecognition(papers.end_recognition("LAB-0001")).employer.ended_at.seconds == served.clock.now
    assert refusal(call.EndRecognition, papers.end_recognition("LAB-0001"))[0] == Reason.ALREADY_ENDED.code
    assert not call.RecogniseEmployer(papers.recognise()).employer.HasField("ended_at")


def test_narrower_recognition_does_not_take_the_place_of_a_wider_one(served: Served) -> None:
    """What rests on the wider one would be left hanging."""
    call = served.call("officer").employers
    call.RecogniseEmployer(papers.recognise(level_ceiling="JPN/SDS"))
    assert refusal(call.RecogniseEmployer, papers.recognise())[0] == Reason.ALREADY_KNOWN.code


def test_employers_are_listed_in_pages_by_their_codes(served: Served) -> None:
    """Those that lost their recognition too."""
    call = served.call("officer").employers
    for number in (3, 1, 2):
        call.RecogniseEmployer(papers.recognise(f"LAB-{number}"))
    call.EndRecognition(papers.end_recognition("LAB-2"))
    first = call.ListEmployers(ListEmployersRequest(page_size=2))
    second = call.ListEmployers(ListEmployersRequest(page_size=2, page_token=first.next_page_token))
    assert [one.employer_id for one in (*first.employers, *second.employers)] == ["LAB-1", "LAB-2", "LAB-3"]


RECOGNISE, END = "employers.RecogniseEmployer", "employers.EndRecognition"
MISSING, FORM = Reason.FIELD_MISSING, Reason.FIELD_FORM

CASES = {
    "no code": Bad(OFFICER, RECOGNISE, papers.recognise(""), MISSING, "employer_id"),
    "employer by name": Bad(OFFICER, RECOGNISE, papers.recognise("Yamada & Co"), FORM, "employer_id"),
    "no title": Bad(OFFICER, RECOGNISE, papers.recognise(title=""), MISSING, "title"),
    "title of 201 characters": Bad(OFFICER, RECOGNISE, papers.recognise(title="題" * 201), FORM, "title"),
    "no ceiling": Bad(OFFICER, RECOGNISE, papers.recognise(level_ceiling=""), MISSING, "level_ceiling"),
    "ceiling of another party": Bad(
        OFFICER, RECOGNISE, papers.recognise(level_ceiling="KOR/II"), Reason.LEVEL_UNKNOWN, "ceiling"
    ),
    "no first day": Bad(OFFICER, RECOGNISE, papers.recognise(from_day=""), MISSING, "from_day"),
    "empty last day": Bad(OFFICER, RECOGNISE, papers.recognise(until_day=""), MISSING, "until_day"),
    "last day before the first": Bad(
        OFFICER, RECOGNISE, papers.recognise(until_day="2026-12-31"), Reason.DAYS_ORDER, "until_day"
    ),
    "end of what nobody knows": Bad(OFFICER, END, papers.end_recognition("LAB-9"), Reason.NOT_KNOWN, "employer_id"),
    "end of nothing": Bad(OFFICER, END, papers.end_recognition(""), MISSING, "employer_id"),
    "page that is none": Bad(
        OFFICER, "employers.ListEmployers", ListEmployersRequest(page_size=-1), Reason.PAGE_SIZE, "page_size"
    ),
}


@pytest.mark.parametrize("bad", CASES.values(), ids=CASES.keys())
def test_request_about_an_employer_is_refused_and_nothing_has_changed(idle: Served, bad: Bad) -> None:
    """Each fault has its code and its place."""
    assert sent(idle, bad) == expected(bad)


def test_recognition_of_an_employer_is_no_matter_of_an_organ(served: Served) -> None:
    """Officers of two organs see one record."""
    served.call("officer", "JPN", "METI").employers.RecogniseEmployer(papers.recognise())
    found = served.call("officer", "JPN", "MIC").employers.ListEmployers(ListEmployersRequest()).employers
    assert [one.employer_id for one in found] == ["LAB-0001"]
    assert requests.NOBODY not in str(found)
