"""What officers ask of the services about people: requests in order unless told otherwise, and ways through them."""

from dataclasses import dataclass
from typing import Any

from fakes.nodes import Served
from fakes.people import identity
from fakes.requests import new_id

from interchange.v1 import clearances_pb2, consents_pb2, employers_pb2, screenings_pb2, subjects_pb2
from interchange.wire.identity import identity_members

CENTRAL, DEFENCE = "JPN/CAO", "JPN/MOD"
TODAY = "2027-01-15"
"""The day on which `NOW` falls in the capital."""


def papers(number: int, **changes: Any) -> subjects_pb2.Identity:  # noqa: ANN401
    """Spell the papers of a person nobody else is."""
    return subjects_pb2.Identity(**identity_members(identity(number)) | changes)


def register(number: int, **changes: Any) -> subjects_pb2.RegisterSubjectRequest:  # noqa: ANN401
    """Ask to register a person."""
    return subjects_pb2.RegisterSubjectRequest(request_id=new_id(), identity=papers(number, **changes))


def find(number: int, **changes: Any) -> subjects_pb2.FindSubjectRequest:  # noqa: ANN401
    """Ask for a person by all that is needed."""
    known = papers(number)
    usual = {
        "passport_family": known.passport_family,
        "passport_given": known.passport_given,
        "birth_date": known.birth_date,
        "document_number": known.document_number,
    }
    return subjects_pb2.FindSubjectRequest(**usual | changes)


def change_papers(subject_id: str, number: int, **changes: Any) -> subjects_pb2.ChangePapersRequest:  # noqa: ANN401
    """Ask to give a person other papers."""
    return subjects_pb2.ChangePapersRequest(
        request_id=new_id(), subject_id=subject_id, identity=papers(number, **changes)
    )


def open_screening(subject_id: str, **changes: Any) -> screenings_pb2.OpenScreeningRequest:  # noqa: ANN401
    """Ask the central body to screen a person who consents today."""
    usual = {"request_id": new_id(), "subject_id": subject_id, "body": CENTRAL, "consented_on": TODAY}
    return screenings_pb2.OpenScreeningRequest(**usual | changes)


def item(screening_id: str, **changes: Any) -> screenings_pb2.RecordItemRequest:  # noqa: ANN401
    """Record an item as done today."""
    usual = {"request_id": new_id(), "screening_id": screening_id, "item": "drinking", "done_on": TODAY}
    return screenings_pb2.RecordItemRequest(**usual | changes)


def conclude(screening_id: str, **changes: Any) -> screenings_pb2.ConcludeScreeningRequest:  # noqa: ANN401
    """Conclude that a person is eligible."""
    usual: dict[str, Any] = {
        "request_id": new_id(),
        "screening_id": screening_id,
        "conclusion": screenings_pb2.CONCLUSION_ELIGIBLE,
    }
    return screenings_pb2.ConcludeScreeningRequest(**usual | changes)


def notify(screening_id: str, **changes: Any) -> screenings_pb2.NotifyScreeningRequest:  # noqa: ANN401
    """Record that a person was told today."""
    usual = {"request_id": new_id(), "screening_id": screening_id, "notified_on": TODAY}
    return screenings_pb2.NotifyScreeningRequest(**usual | changes)


def withdraw_screening(screening_id: str) -> screenings_pb2.WithdrawScreeningConsentRequest:
    """Take back the consent to a screening."""
    return screenings_pb2.WithdrawScreeningConsentRequest(request_id=new_id(), screening_id=screening_id)


def reassess(subject_id: str) -> screenings_pb2.NoticeReassessmentRequest:
    """Notice that a person is to be assessed again."""
    return screenings_pb2.NoticeReassessmentRequest(request_id=new_id(), subject_id=subject_id)


def grant(screening_id: str, **changes: Any) -> clearances_pb2.GrantClearanceRequest:  # noqa: ANN401
    """Grant the upper tier on a screening."""
    usual = {
        "request_id": new_id(),
        "screening_id": screening_id,
        "organ": "JPN/METI",
        "level": "JPN/SDS",
        "employer_id": "employer-1",
    }
    return clearances_pb2.GrantClearanceRequest(**usual | changes)


def authorise(subject_id: str, **changes: Any) -> clearances_pb2.AuthoriseByFunctionRequest:  # noqa: ANN401
    """Record that an office gives the upper tier for this year."""
    usual = {
        "request_id": new_id(),
        "subject_id": subject_id,
        "organ": CENTRAL,
        "level": "JPN/SDS",
        "employer_id": "employer-1",
        "from_day": "2027-01-01",
        "until_day": "2027-12-31",
    }
    return clearances_pb2.AuthoriseByFunctionRequest(**usual | changes)


def end_post(subject_id: str, **changes: Any) -> clearances_pb2.EndPostRequest:  # noqa: ANN401
    """Record that a person has left."""
    usual = {"request_id": new_id(), "subject_id": subject_id, "employer_id": "employer-1"}
    return clearances_pb2.EndPostRequest(**usual | changes)


def cancel(clearance_id: str) -> clearances_pb2.CancelClearanceRequest:
    """Take back a clearance."""
    return clearances_pb2.CancelClearanceRequest(request_id=new_id(), clearance_id=clearance_id)


def recognise(employer_id: str = "LAB-0001", **changes: Any) -> employers_pb2.RecogniseEmployerRequest:  # noqa: ANN401
    """Recognise a firm for this year."""
    usual = {
        "request_id": new_id(),
        "employer_id": employer_id,
        "title": "静かな磁石株式会社",
        "level_ceiling": "JPN/CESI",
        "from_day": "2027-01-01",
        "until_day": "2027-12-31",
    }
    return employers_pb2.RecogniseEmployerRequest(**usual | changes)


def end_recognition(employer_id: str) -> employers_pb2.EndRecognitionRequest:
    """End the recognition of a firm."""
    return employers_pb2.EndRecognitionRequest(request_id=new_id(), employer_id=employer_id)


def consent(subject_id: str, **changes: Any) -> consents_pb2.RecordConsentRequest:  # noqa: ANN401
    """Record the consent to what an assertion tells."""
    usual: dict[str, Any] = {
        "request_id": new_id(),
        "subject_id": subject_id,
        "party": "KOR",
        "recipient": "its verifying office",
        "purpose": "joint_research",
        "items": [consents_pb2.DATA_ITEM_LEVEL, consents_pb2.DATA_ITEM_VALIDITY, consents_pb2.DATA_ITEM_PROJECT],
        "rules_information": "Information on its rules, 2026-04-01",
        "from_day": "2027-01-01",
        "until_day": "2027-12-31",
    }
    return consents_pb2.RecordConsentRequest(**usual | changes)


def withdraw_consent(consent_id: str) -> consents_pb2.WithdrawConsentRequest:
    """Take back a consent to a transfer."""
    return consents_pb2.WithdrawConsentRequest(request_id=new_id(), consent_id=consent_id)


def consents_of(subject_id: str, **changes: Any) -> consents_pb2.ListConsentsRequest:  # noqa: ANN401
    """Ask for a person's consents."""
    return consents_pb2.ListConsentsRequest(**{"subject_id": subject_id} | changes)


@dataclass(frozen=True)
class Screened:
    """A person whom the central body has found eligible, and told so today."""

    subject_id: str
    screening_id: str


def screen(served: Served, subject_id: str, *, steps: int = 4) -> Screened:
    """Let the central body screen a person over the line: open, look into all items, conclude, tell; or fewer steps."""
    call = served.call("officer", "JPN", "CAO").screenings
    screening_id = call.OpenScreening(open_screening(subject_id)).screening.screening_id
    if steps > 1:
        for code in served.node.rules.screening_items:
            call.RecordItem(item(screening_id, item=code))
    if steps > 2:
        call.ConcludeScreening(conclude(screening_id))
    if steps > 3:
        call.NotifyScreening(notify(screening_id))
    return Screened(subject_id, screening_id)
