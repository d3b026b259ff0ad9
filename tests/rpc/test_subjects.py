"""People and their papers over the line: found by all of it or not at all, never rewritten, every look on record."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import structlog
from fakes import papers, requests
from fakes.bad import OFFICER, Bad, expected, refusal, sent
from fakes.nodes import Served, dump_digest
from fakes.parties import HOME

from interchange.domain.events import ActPerformed
from interchange.errors import Reason
from interchange.flows.tell import lane_of
from interchange.store import lanes
from interchange.store.ledger import Tx
from interchange.telemetry.logs import configure
from interchange.v1 import subjects_pb2
from interchange.wire.events import parse_leaf

FIND, REGISTER, CHANGE = "subjects.FindSubject", "subjects.RegisterSubject", "subjects.ChangePapers"
PERSONAL = ("大野", "花子", "オオノ", "ハナコ", "ONO", "HANAKO", "1984", "TZ0")
"""What the papers of these tests have in them, in parts."""


def look(subject_id: str, **changes: str) -> subjects_pb2.GetSubjectRequest:
    """Ask who a person is."""
    return subjects_pb2.GetSubjectRequest(**{"request_id": requests.new_id(), "subject_id": subject_id} | changes)


def performed(served: Served, act: str) -> list[ActPerformed]:
    """Read which acts of a name the auditors' lane tells of."""

    def read(tx: Tx) -> list[ActPerformed]:
        head = lanes.head(tx, lane_of(served.node, tx, "audit"))
        assert head is not None
        events = [parse_leaf(entry.leaf)[1] for _, entry in lanes.all_entries(tx, head.origin, head.size)]
        return [event for event in events if isinstance(event, ActPerformed) and event.act == act]

    return served.node.ledger.read(read)


@pytest.fixture
def written() -> Iterator[StringIO]:
    """What the node writes to its log."""
    to = StringIO()
    configure("debug", to)
    yield to
    structlog.reset_defaults()


def test_person_is_found_by_name_birth_date_and_document(served: Served) -> None:
    """By the very id that registering gave."""
    call = served.call("officer").subjects
    subject_id = call.RegisterSubject(papers.register(1)).subject_id
    assert call.FindSubject(papers.find(1)).subject_id == subject_id


def test_two_people_of_one_name_and_birth_date_are_found_by_their_documents_alone(served: Served) -> None:
    """大野 花子 and 小野 花子 are both ONO HANAKO, born on one day."""
    call = served.call("officer").subjects
    one, other = (
        call.RegisterSubject(papers.register(n, family=name)).subject_id for n, name in ((1, "大野"), (2, "小野"))
    )
    assert [call.FindSubject(papers.find(number)).subject_id for number in (1, 2)] == [one, other]
    assert refusal(call.FindSubject, papers.find(3))[0] == Reason.NOT_KNOWN.code


@pytest.mark.parametrize(
    "other",
    [
        {"passport_family": "OONO"},
        {"passport_given": "HANA"},
        {"passport_given": ""},
        {"birth_date": "1984-02-29"},
        {"document_number": "TZ0000009"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_person_is_not_found_if_any_of_it_differs(served: Served, other: dict[str, str]) -> None:
    """What is not the same person's is nobody's."""
    call = served.call("officer").subjects
    call.RegisterSubject(papers.register(1))
    assert refusal(call.FindSubject, papers.find(1, **other))[0] == Reason.NOT_KNOWN.code


def test_identity_is_shown_as_it_was_given(served: Served) -> None:
    """Compatibility characters, rare variants and spaces too: names are not normalised."""
    given = papers.papers(1, family="\ufa19谷\u3000", given="𠮷", given_kana="ﾊﾅｺ", nationalities=["PRK", "JPN", "XXA"])
    call = served.call("officer").subjects
    request = subjects_pb2.RegisterSubjectRequest(request_id=requests.new_id(), identity=given)
    subject_id = call.RegisterSubject(request).subject_id
    assert call.GetSubject(look(subject_id)).identity == given


def test_person_with_one_name_is_registered_and_found(served: Served) -> None:
    """Some passports have no given name."""
    call = served.call("officer").subjects
    subject_id = call.RegisterSubject(papers.register(1, passport_given="", given="", given_kana="")).subject_id
    assert call.FindSubject(papers.find(1, passport_given="")).subject_id == subject_id


def test_person_is_not_registered_twice(served: Served) -> None:
    """Not even with another spelling of the name as written."""
    call = served.call("officer").subjects
    call.RegisterSubject(papers.register(1))
    again = refusal(call.RegisterSubject, papers.register(1, family="斧"))
    assert again == (Reason.ALREADY_KNOWN.code, "passport name, birth date and document")


@pytest.mark.parametrize("born", ["1900-01-01", "2027-01-15"])
def test_birth_date_may_be_any_from_1900_until_today(served: Served, born: str) -> None:
    """Other dates begin in 2000; people do not."""
    call = served.call("officer").subjects
    subject_id = call.RegisterSubject(papers.register(1, birth_date=born)).subject_id
    assert call.GetSubject(look(subject_id)).identity.birth_date == born


def test_today_is_counted_in_the_home_partys_zone(served: Served) -> None:
    """At 15:00 in Greenwich, a child may be registered that was born on the next day in the capital."""
    served.clock.now += 7 * 3600
    assert served.call("officer").subjects.RegisterSubject(papers.register(1, birth_date="2027-01-16")).subject_id


def test_look_at_an_identity_is_in_the_auditors_lane(served: Served) -> None:
    """Who looked, by which request; whom at, only a digest says."""
    call = served.call("officer", HOME, "METI", name="suzuki").subjects
    request = look(call.RegisterSubject(papers.register(1)).subject_id)
    call.GetSubject(request)
    (told,) = performed(served, "look_at_subject")
    assert (told.caller.rpartition("/")[2], told.request, request.subject_id in str(told)) == (
        "suzuki",
        request.request_id,
        False,
    )


def test_repeated_look_is_one_look(served: Served) -> None:
    """Whoever lost the answer asks again; whoever looks again says so."""
    call = served.call("officer").subjects
    request = look(call.RegisterSubject(papers.register(1)).subject_id)
    assert call.GetSubject(request) == call.GetSubject(request)
    call.GetSubject(look(request.subject_id))
    assert len(performed(served, "look_at_subject")) == 2


def test_finding_changes_nothing(served: Served) -> None:
    """Neither for a person who is there nor for nobody."""
    call = served.call("officer").subjects
    call.RegisterSubject(papers.register(1))
    before = dump_digest(served.node)
    call.FindSubject(papers.find(1))
    refusal(call.FindSubject, papers.find(2))
    assert dump_digest(served.node) == before


def test_changed_papers_are_those_by_which_the_person_is_found(served: Served) -> None:
    """By the older ones nobody is."""
    call = served.call("officer").subjects
    subject_id = call.RegisterSubject(papers.register(1)).subject_id
    assert call.ChangePapers(papers.change_papers(subject_id, 2, family="小野")).subject_id == subject_id
    assert call.FindSubject(papers.find(2)).subject_id == subject_id
    assert refusal(call.FindSubject, papers.find(1))[0] == Reason.NOT_KNOWN.code
    assert call.GetSubject(look(subject_id)).identity.family == "小野"


def test_papers_of_another_person_are_refused(served: Served) -> None:
    """Two people never come to be found as one."""
    call = served.call("officer").subjects
    call.RegisterSubject(papers.register(1))
    other = call.RegisterSubject(papers.register(2)).subject_id
    assert refusal(call.ChangePapers, papers.change_papers(other, 1))[0] == Reason.ALREADY_KNOWN.code


UUID = requests.NOBODY
MISSING, FORM, DATE = Reason.FIELD_MISSING, Reason.FIELD_FORM, Reason.DATE_ABSURD


def registering(reason: Reason, where: str, **changes: Any) -> Bad:  # noqa: ANN401
    """Register a person with one fault."""
    return Bad(OFFICER, REGISTER, papers.register(1, **changes), reason, where)


def finding(reason: Reason, where: str, **changes: Any) -> Bad:  # noqa: ANN401
    """Look for a person with one fault."""
    return Bad(OFFICER, FIND, papers.find(1, **changes), reason, where)


CASES = {
    "found without a family name": finding(MISSING, "passport_family", passport_family=""),
    "found without a birth date": finding(MISSING, "birth_date", birth_date=""),
    "found without a document": finding(MISSING, "document_number", document_number=""),
    "found by a birth date to come": finding(DATE, "birth_date", birth_date="2027-01-16"),
    "nobody": finding(Reason.NOT_KNOWN, "passport name, birth date and document"),
    "no identity": Bad(OFFICER, REGISTER, subjects_pb2.RegisterSubjectRequest(request_id=UUID), MISSING, "identity"),
    "no family name": registering(MISSING, "family", family=""),
    "family name of 121 characters": registering(FORM, "family", family="大" * 121),
    "name of two lines": registering(FORM, "given", given="花\n子"),
    "name that turns the writing round": registering(FORM, "given_kana", given_kana="\u202eハナコ"),
    "passport name in small letters": registering(FORM, "passport_given", passport_given="Hanako"),
    "passport name in katakana": registering(FORM, "passport_family", passport_family="オオノ"),
    "document with a hyphen": registering(FORM, "document_number", document_number="TZ-1"),
    "born in 1899": registering(DATE, "birth_date", birth_date="1899-12-31"),
    "born tomorrow": registering(DATE, "birth_date", birth_date="2027-01-16"),
    "born on no day": registering(FORM, "birth_date", birth_date="1983-02-29"),
    "born in another spelling": registering(FORM, "birth_date", birth_date="19840228"),
    "born by the era": registering(FORM, "birth_date", birth_date="昭和59年2月28日"),
    "no nationality": registering(MISSING, "nationalities", nationalities=[]),
    "nationality twice": registering(FORM, "nationalities", nationalities=["JPN", "JPN"]),
    "nationality in words": registering(FORM, "nationalities", nationalities=["Japan"]),
    "17 nationalities": registering(
        FORM, "nationalities", nationalities=[f"A{chr(65 + number)}A" for number in range(17)]
    ),
    "no request id": Bad(
        OFFICER, REGISTER, subjects_pb2.RegisterSubjectRequest(identity=papers.papers(1)), MISSING, "request_id"
    ),
    "look without a request id": Bad(OFFICER, "subjects.GetSubject", look(UUID, request_id=""), MISSING, "request_id"),
    "look at nobody": Bad(OFFICER, "subjects.GetSubject", look(UUID), Reason.NOT_KNOWN, "subject_id"),
    "other papers for nobody": Bad(OFFICER, CHANGE, papers.change_papers(UUID, 1), Reason.NOT_KNOWN, "subject_id"),
    "other papers without a person": Bad(OFFICER, CHANGE, papers.change_papers("", 1), MISSING, "subject_id"),
}


@pytest.mark.parametrize("bad", CASES.values(), ids=CASES.keys())
def test_request_about_a_person_is_refused_and_nothing_has_changed(idle: Served, bad: Bad) -> None:
    """Each fault has its code and the field's name."""
    assert sent(idle, bad) == expected(bad)


def test_nothing_personal_is_logged_or_told_to_auditors(served: Served, written: StringIO) -> None:
    """Neither of what succeeds nor of what is refused."""
    call = served.call("officer").subjects
    subject_id = call.RegisterSubject(papers.register(1)).subject_id
    call.FindSubject(papers.find(1))
    call.GetSubject(look(subject_id))
    call.ChangePapers(papers.change_papers(subject_id, 2))
    answers = [
        refusal(call.RegisterSubject, papers.register(2)),
        refusal(call.RegisterSubject, papers.register(3, family="大野\n")),
        refusal(call.FindSubject, papers.find(1)),
    ]
    told = [str(event) for act in ("register_subject", "change_papers") for event in performed(served, act)]
    kept = f"{written.getvalue()} {told} {answers}"
    assert [part for part in PERSONAL if part in kept] == []
