"""Consents to transfers over the line (Act No. 57 of 2003, Art. 28): whole or not at all."""

from typing import Any

import pytest
from fakes import papers, requests
from fakes.bad import OFFICER, Bad, expected, refusal, sent
from fakes.nodes import Served

from interchange.errors import Reason
from interchange.v1 import consents_pb2

UNKNOWN: Any = 99
"""An item that there is not."""


def test_consent_is_answered_with_all_of_its_parts(served: Served) -> None:
    """As the person was told them, items in the order of the enum."""
    request = papers.consent(requests.registered(served))
    request.items.reverse()
    consent = served.call("officer").consents.RecordConsent(request).consent
    told = {name: getattr(consent, name) for name in ("party", "recipient", "purpose", "rules_information")}
    assert told == {name: getattr(request, name) for name in told}
    assert (list(consent.items), consent.from_day, consent.until_day) == ([1, 2, 3], "2027-01-01", "2027-12-31")


def test_consent_is_taken_back_once(served: Served) -> None:
    """There is no way back but another consent."""
    call = served.call("officer").consents
    consent_id = call.RecordConsent(papers.consent(requests.registered(served))).consent.consent_id
    taken = call.WithdrawConsent(papers.withdraw_consent(consent_id)).consent
    assert taken.withdrawn_at.seconds == served.clock.now
    assert refusal(call.WithdrawConsent, papers.withdraw_consent(consent_id))[0] == Reason.ALREADY_ENDED.code


def test_consents_of_one_person_are_listed_in_pages(served: Served) -> None:
    """Withdrawn ones too, and nobody else's."""
    call, (person, other) = served.call("officer").consents, [requests.registered(served) for _ in range(2)]
    given = [
        call.RecordConsent(papers.consent(person, party=party)).consent.consent_id for party in ("KOR", "AUS", "USA")
    ]
    call.RecordConsent(papers.consent(other))
    call.WithdrawConsent(papers.withdraw_consent(given[0]))
    first = call.ListConsents(papers.consents_of(person, page_size=2))
    second = call.ListConsents(papers.consents_of(person, page_size=2, page_token=first.next_page_token))
    assert [one.consent_id for one in (*first.consents, *second.consents)] == sorted(given)


RECORD, WITHDRAW, LIST = "consents.RecordConsent", "consents.WithdrawConsent", "consents.ListConsents"
UUID = requests.NOBODY
MISSING, FORM, ENUM = Reason.FIELD_MISSING, Reason.FIELD_FORM, Reason.ENUM_UNKNOWN


def recording(reason: Reason, where: str, **changes: Any) -> Bad:  # noqa: ANN401
    """Record a consent with one fault."""
    return Bad(OFFICER, RECORD, papers.consent(UUID, **changes), reason, where)


CASES = {
    "consent of nobody": recording(Reason.NOT_KNOWN, "subject_id"),
    "no country": recording(MISSING, "party", party=""),
    "no recipient": recording(MISSING, "recipient", recipient=""),
    "no purpose": recording(MISSING, "purpose", purpose=""),
    "no items": recording(MISSING, "items", items=[]),
    "no information on the rules": recording(MISSING, "rules_information", rules_information=""),
    "no first day": recording(MISSING, "from_day", from_day=""),
    "no last day": recording(MISSING, "until_day", until_day=""),
    "unset item": recording(ENUM, "items", items=[consents_pb2.DATA_ITEM_UNSPECIFIED]),
    "unknown item": recording(ENUM, "items", items=[UNKNOWN]),
    "item twice": recording(FORM, "items", items=[consents_pb2.DATA_ITEM_NAME] * 2),
    "recipient of 201 characters": recording(FORM, "recipient", recipient="局" * 201),
    "rules of two lines": recording(FORM, "rules_information", rules_information="a\nb"),
    "consent to nothing": Bad(OFFICER, WITHDRAW, papers.withdraw_consent(UUID), Reason.NOT_KNOWN, "consent_id"),
    "consents of nobody in particular": Bad(OFFICER, LIST, papers.consents_of(""), MISSING, "subject_id"),
}


@pytest.mark.parametrize("bad", CASES.values(), ids=CASES.keys())
def test_request_about_a_consent_is_refused_and_nothing_has_changed(idle: Served, bad: Bad) -> None:
    """Each fault has its code and its place."""
    assert sent(idle, bad) == expected(bad)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"party": "JPN"}, Reason.PARTY_UNKNOWN),
        ({"party": "XXA"}, Reason.PARTY_UNKNOWN),
        ({"purpose": "employment"}, Reason.FIELD_FORM),
        ({"until_day": "2026-12-31"}, Reason.DATE_ABSURD),
    ],
    ids=["home party", "unlisted party", "purpose that the law forbids", "last day before the first"],
)
def test_consent_to_what_cannot_be_is_refused(served: Served, changes: dict[str, str], reason: Reason) -> None:
    """Even if the person gave it."""
    request = papers.consent(requests.registered(served), **changes)
    assert refusal(served.call("officer").consents.RecordConsent, request)[0] == reason.code
