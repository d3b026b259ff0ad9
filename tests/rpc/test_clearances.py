"""What is granted, authorised and taken over from paper, over the line: by each organ for itself, and ended whole."""

import pytest
from fakes import papers, requests
from fakes.bad import Bad, expected, refusal, sent
from fakes.nodes import Served
from fakes.parties import HOME

from interchange.errors import Reason
from interchange.v1 import clearances_pb2
from interchange.v1.assertions_pb2 import KIND_AUTHORISED_BY_FUNCTION, KIND_CLEARED, GetAssertionRequest
from interchange.v1.common_pb2 import STANDING_REVOKED
from interchange.v1.screenings_pb2 import CONCLUSION_NOT_ELIGIBLE

MIXED = "grants: of more than one organ"


def granted(served: Served, organ: str = "METI", level: str = "JPN/SDS") -> clearances_pb2.Clearance:
    """Screen a new person, and let an organ grant on it."""
    screened = papers.screen(served, requests.registered(served))
    request = papers.grant(screened.screening_id, organ=f"JPN/{organ}", level=level)
    return served.call("officer", HOME, organ).clearances.GrantClearance(request).clearance


def test_two_organs_grant_on_one_screening(served: Served) -> None:
    """Both terms run from the day on which the person was told."""
    screened = papers.screen(served, requests.registered(served))
    found = [
        served.call("officer", HOME, organ)
        .clearances.GrantClearance(papers.grant(screened.screening_id, organ=f"JPN/{organ}"))
        .clearance
        for organ in ("METI", "MIC")
    ]
    assert [(one.organ, one.subject_id, one.last_valid_day, one.kind) for one in found] == [
        (organ, screened.subject_id, "2032-01-14", KIND_CLEARED) for organ in ("JPN/METI", "JPN/MIC")
    ]


def test_organ_that_screens_on_its_own_grants_on_no_other_screening(served: Served) -> None:
    """And keeps no items of its own."""
    screened = papers.screen(served, requests.registered(served))
    call = served.call("officer", HOME, "MOD")
    request = papers.grant(screened.screening_id, organ=papers.DEFENCE)
    assert refusal(call.clearances.GrantClearance, request) == (Reason.SCREENING_OTHER.code, "screening_id")
    own = call.screenings.OpenScreening(papers.open_screening(screened.subject_id, body=papers.DEFENCE)).screening
    assert list(own.missing_items) == []


def test_paper_and_authorisation_wait_for_a_second_officer(two_people: Served) -> None:
    """They stand in the place of a conclusion."""
    person, call = requests.registered(two_people), two_people.call("officer").clearances
    proposals = [
        call.RecordClearances(requests.clearance(person)).proposal,
        call.AuthoriseByFunction(papers.authorise(person)).proposal,
    ]
    listed = call.ListClearances(clearances_pb2.ListClearancesRequest(subject_id=person)).clearances
    assert ([(proposal.act, proposal.organ) for proposal in proposals], list(listed)) == (
        [("record_clearances", "JPN/METI"), ("authorise_by_function", "JPN/CAO")],
        [],
    )


def test_authorisation_by_function_is_of_its_own_kind(served: Served) -> None:
    """It rests on no screening, and lasts as long as it was said to."""
    call, person = served.call("officer", HOME, "CAO").clearances, requests.registered(served)
    given = call.AuthoriseByFunction(papers.authorise(person)).result
    assert (given.kind, given.HasField("screening_id"), given.notified_on, given.last_valid_day) == (
        KIND_AUTHORISED_BY_FUNCTION,
        False,
        "2027-01-01",
        "2027-12-31",
    )


def test_thousand_papers_are_taken_over_at_once(served: Served) -> None:
    """In the order of the request, as one act."""
    person = requests.registered(served)
    (grant,) = requests.clearance(person).grants
    request = clearances_pb2.RecordClearancesRequest(request_id=requests.new_id(), grants=[grant] * 999)
    request.grants.extend(requests.clearance(person, level="JPN/CESI").grants)
    recorded = served.call("officer", HOME, "METI").clearances.RecordClearances(request, timeout=60).result.clearances
    assert ([one.level for one in recorded[998:]], len(recorded)) == (["JPN/SDS", "JPN/CESI"], 1000)


def standing(served: Served, assertion_id: str) -> int:
    """Ask what an assertion is worth now."""
    call = served.call("partner", "KOR").assertions
    return call.GetAssertion(GetAssertionRequest(assertion_id=assertion_id)).assertion.standing


def only_clearance(served: Served, subject_id: str) -> clearances_pb2.Clearance:
    """Find the one clearance of a person."""
    request = clearances_pb2.ListClearancesRequest(subject_id=subject_id)
    (found,) = served.call("officer").clearances.ListClearances(request).clearances
    return found


ENDS = ("left post", "cancelled", "consent withdrawn", "not eligible", "employer no longer recognised", "no transfer")


@pytest.mark.parametrize("cause", ENDS)
def test_what_rests_on_it_is_revoked(served: Served, cause: str) -> None:
    """Each end by its own method, and outward one and the same."""
    issued, officer = requests.issued(served), served.call("officer")
    clearance = only_clearance(served, issued.subject_id)
    match cause:
        case "left post":
            (ended,) = officer.clearances.EndPost(papers.end_post(issued.subject_id)).clearances
            assert ended.HasField("ended_at")
        case "cancelled":
            ended = officer.clearances.CancelClearance(papers.cancel(clearance.clearance_id)).clearance
            assert ended.HasField("ended_at")
        case "consent withdrawn":
            back = papers.withdraw_screening(clearance.screening_id)
            assert officer.screenings.WithdrawScreeningConsent(back).screening.HasField("ended_at")
        case "not eligible":
            again = papers.screen(served, issued.subject_id, steps=2).screening_id
            adverse = papers.conclude(again, conclusion=CONCLUSION_NOT_ELIGIBLE)
            assert officer.screenings.ConcludeScreening(adverse).result.conclusion == CONCLUSION_NOT_ELIGIBLE
        case "employer no longer recognised":
            lost = papers.end_recognition(clearance.employer_id)
            assert officer.employers.EndRecognition(lost).employer.HasField("ended_at")
        case _:
            known = officer.consents.ListConsents(papers.consents_of(issued.subject_id)).consents
            (consent_id,) = [one.consent_id for one in known if one.party == "KOR"]
            taken = officer.consents.WithdrawConsent(papers.withdraw_consent(consent_id)).consent
            assert taken.HasField("withdrawn_at")
    assert standing(served, issued.assertion_id) == STANDING_REVOKED


def test_officer_of_one_organ_ends_a_post_for_all(served: Served) -> None:
    """Whoever hears of it first says so, since it only narrows."""
    clearance = granted(served, "METI")
    call = served.call("officer", HOME, "MIC").clearances
    (ended,) = call.EndPost(papers.end_post(clearance.subject_id)).clearances
    assert ended.clearance_id == clearance.clearance_id


def test_officer_of_another_organ_grants_authorises_and_records_nothing(served: Served) -> None:
    """Each organ makes its own."""
    screened, call = papers.screen(served, requests.registered(served)), served.call("officer", HOME, "MIC").clearances
    answers = [
        refusal(call.GrantClearance, papers.grant(screened.screening_id)),
        refusal(call.AuthoriseByFunction, papers.authorise(screened.subject_id)),
        refusal(call.RecordClearances, requests.clearance(screened.subject_id)),
    ]
    assert answers == [(Reason.CALLER_NOT_ALLOWED.code, "organ")] * 3


@pytest.mark.parametrize(
    ("organ", "reason"), [("MIC", (Reason.CALLER_NOT_ALLOWED.code, "organ")), (None, (Reason.FIELD_FORM.code, MIXED))]
)
def test_papers_of_two_organs_are_not_taken_over_as_one(
    served: Served, organ: str | None, reason: tuple[str, str]
) -> None:
    """Neither by an officer of one of them nor by anybody: whoever approves it approves it for its organ."""
    person = requests.registered(served)
    request = requests.clearance(person, organ="JPN/MIC")
    request.grants.extend(requests.clearance(person).grants)
    assert refusal(served.call("officer", HOME, organ).clearances.RecordClearances, request) == reason


def test_clearance_of_another_organ_is_as_unknown_as_one_that_never_was(served: Served) -> None:
    """It is not listed, and cannot be taken back."""
    clearance, call = granted(served, "METI"), served.call("officer", HOME, "MIC").clearances
    answers = [refusal(call.CancelClearance, papers.cancel(name)) for name in (clearance.clearance_id, requests.NOBODY)]
    listed = call.ListClearances(clearances_pb2.ListClearancesRequest(subject_id=clearance.subject_id)).clearances
    assert (answers, list(listed)) == ([(Reason.NOT_KNOWN.code, "clearance_id")] * 2, [])


METI, CENTRAL = ("officer", HOME, "METI"), ("officer", HOME, "CAO")
UUID = requests.NOBODY
MISSING, UNKNOWN_THERE = Reason.FIELD_MISSING, Reason.NOT_KNOWN
GRANT, AUTHORISE = "clearances.GrantClearance", "clearances.AuthoriseByFunction"

CASES = {
    "grant on nothing": Bad(METI, GRANT, papers.grant(UUID), UNKNOWN_THERE, "screening_id"),
    "grant of a level that is no name": Bad(
        METI, GRANT, papers.grant(UUID, level="SDS"), Reason.LEVEL_UNKNOWN, "level name"
    ),
    "grant to nobody's employee": Bad(METI, GRANT, papers.grant(UUID, employer_id=""), MISSING, "employer_id"),
    "authorisation of nobody": Bad(CENTRAL, AUTHORISE, papers.authorise(UUID), UNKNOWN_THERE, "subject_id"),
    "authorisation without an end": Bad(CENTRAL, AUTHORISE, papers.authorise(UUID, until_day=""), MISSING, "until_day"),
    "post of nobody": Bad(
        METI,
        "clearances.EndPost",
        papers.end_post(UUID),
        UNKNOWN_THERE,
        "no clearance of the person with this employer",
    ),
    "post nowhere": Bad(METI, "clearances.EndPost", papers.end_post(UUID, employer_id=""), MISSING, "employer_id"),
    "no clearance to take back": Bad(
        METI, "clearances.CancelClearance", papers.cancel(UUID), UNKNOWN_THERE, "clearance_id"
    ),
}


@pytest.mark.parametrize("bad", CASES.values(), ids=CASES.keys())
def test_request_about_a_clearance_is_refused_and_nothing_has_changed(idle: Served, bad: Bad) -> None:
    """Each fault has its code and its place."""
    assert sent(idle, bad) == expected(bad)


def out_of_step(served: Served, case: str) -> str:
    """Ask for what cannot be now, and give the code of the refusal."""
    person, call = requests.registered(served), served.call("officer").clearances
    match case:
        case "granted before the person was told":
            screening_id = papers.screen(served, person, steps=3).screening_id
            return refusal(call.GrantClearance, papers.grant(screening_id))[0]
        case "granted at an employer nobody knows":
            screening_id = papers.screen(served, person).screening_id
            return refusal(call.GrantClearance, papers.grant(screening_id, employer_id="LAB-9"))[0]
        case "granted twice":
            screening_id = papers.screen(served, person).screening_id
            call.GrantClearance(papers.grant(screening_id))
            return refusal(call.GrantClearance, papers.grant(screening_id))[0]
        case "authorised before the office":
            return refusal(call.AuthoriseByFunction, papers.authorise(person, from_day="2027-02-01"))[0]
        case "authorised until before the first day":
            return refusal(call.AuthoriseByFunction, papers.authorise(person, until_day="2026-12-31"))[0]
        case "recorded from a day to come":
            return refusal(call.RecordClearances, requests.clearance(person, notified_on="2027-01-16"))[0]
        case "recorded after its end":
            return refusal(call.RecordClearances, requests.clearance(person, notified_on="2021-01-15"))[0]
        case _:
            clearance = granted(served)
            call.CancelClearance(papers.cancel(clearance.clearance_id))
            return refusal(call.CancelClearance, papers.cancel(clearance.clearance_id))[0]


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("granted before the person was told", Reason.SCREENING_STATE),
        ("granted at an employer nobody knows", Reason.NOT_KNOWN),
        ("granted twice", Reason.ALREADY_KNOWN),
        ("authorised before the office", Reason.DATE_ABSURD),
        ("authorised until before the first day", Reason.DAYS_ORDER),
        ("recorded from a day to come", Reason.DATE_ABSURD),
        ("recorded after its end", Reason.DATE_ABSURD),
        ("taken back twice", Reason.ALREADY_ENDED),
    ],
)
def test_what_cannot_be_now_is_refused(served: Served, case: str, reason: Reason) -> None:
    """Each grant once, after the screening, for days that fit."""
    assert out_of_step(served, case) == reason.code
