"""Agreements and their rows: states, days, and the digest that names a row."""

from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest

from interchange.domain.agreements import MOVES, Agreement, AgreementState, Equivalence, RowState
from interchange.errors import Reason, Refusal

ROW = Equivalence(
    agreement="AAA-BBB-2016",
    source="AAA/Upper",
    target="BBB/Secret",
    from_day=date(2016, 11, 23),
    until_day=None,
    citation="Article 4",
    state=RowState.CONFIRMED,
)
AGREEMENT = Agreement(
    code="AAA-BBB-2016",
    parties=("AAA", "BBB"),
    title="Agreement",
    signed_on=date(2016, 11, 1),
    in_force_on=date(2016, 11, 23),
    state=AgreementState.IN_FORCE,
    ended_on=None,
    rows=(ROW,),
)
SIGNED = replace(AGREEMENT, state=AgreementState.SIGNED, in_force_on=None, rows=())
END = date(2026, 5, 1)


def test_row_is_named_by_the_digest_of_its_content() -> None:
    """Anyone can compute the name from the written content: sorted keys, no space, UTF-8, SHA-256, base64url."""
    content = (
        '{"agreement":"AAA-BBB-2016","citation":"Article 4","from_day":"2016-11-23","source":"AAA/Upper",'
        '"state":"confirmed","target":"BBB/Secret","tells_until":false,"until_day":null}'
    )
    assert ROW.digest == urlsafe_b64encode(sha256(content.encode()).digest()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("another agreement", replace(ROW, agreement="AAA-BBB-2020")),
        ("the other direction", replace(ROW, source=ROW.target, target=ROW.source)),
        ("another first day", replace(ROW, from_day=date(2016, 11, 24))),
        ("a last day", replace(ROW, until_day=date(2030, 1, 1))),
        ("another source", replace(ROW, citation="Article 5")),
        ("another state", replace(ROW, state=RowState.WORKING)),
        ("the end is told", replace(ROW, tells_until=True)),
    ],
)
def test_row_of_other_content_has_another_name(title: str, other: Equivalence) -> None:
    """A row that was changed is another row, also when a lawyer only confirms it."""
    assert other.digest != ROW.digest, title


def test_row_has_effect_from_its_first_to_its_last_day() -> None:
    """Both days belong to it."""
    row = replace(ROW, until_day=date(2016, 11, 25))
    assert [row.effective_on(date(2016, 11, day)) for day in (22, 23, 25, 26)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("title", "first", "last", "expected"),
    [
        ("the day after", date(2020, 1, 2), None, False),
        ("its last day", date(2020, 1, 1), None, True),
        ("the day before", date(2016, 1, 1), date(2016, 11, 22), False),
        ("its first day", date(2016, 1, 1), date(2016, 11, 23), True),
        ("around it", date(2016, 1, 1), None, True),
    ],
)
def test_rows_overlap_if_they_share_a_day(title: str, first: date, last: date | None, expected: bool) -> None:
    """One common day is enough, and either may be asked."""
    one = replace(ROW, until_day=date(2020, 1, 1))
    other = replace(ROW, from_day=first, until_day=last)
    assert [one.overlaps(other), other.overlaps(one)] == [expected, expected], title


@pytest.mark.parametrize(
    ("title", "agreement", "before", "on", "after"),
    [
        ("in force", AGREEMENT, False, True, True),
        ("signed", SIGNED, False, False, False),
        ("notice given", AGREEMENT.moved(AgreementState.NOTICE_GIVEN, END), False, True, False),
        ("suspended", AGREEMENT.moved(AgreementState.SUSPENDED, END), False, False, False),
        ("terminated", AGREEMENT.moved(AgreementState.TERMINATED, END), False, False, False),
    ],
)
def test_agreement_is_in_force(title: str, agreement: Agreement, before: bool, on: bool, after: bool) -> None:
    """Nothing is exchanged before its first day, after its notice took effect, or in any other state."""
    days = (date(2016, 11, 22), date(2016, 11, 23), END)
    assert [agreement.in_force(day) for day in days] == [before, on, after], title


def test_notice_ends_the_agreement_on_its_effective_day() -> None:
    """The day before is the last in force."""
    given = AGREEMENT.moved(AgreementState.NOTICE_GIVEN, END)
    assert (given.in_force(date(2026, 4, 30)), given.until_day) == (True, date(2026, 4, 30))


def test_withdrawn_notice_leaves_the_agreement_as_it_was() -> None:
    """An agreement outlives a notice that was taken back."""
    given = AGREEMENT.moved(AgreementState.NOTICE_GIVEN, END)
    assert given.moved(AgreementState.IN_FORCE, END) == AGREEMENT


def test_notice_runs_on_while_suspended() -> None:
    """Suspension does not move the day on which a notice takes effect."""
    given = AGREEMENT.moved(AgreementState.NOTICE_GIVEN, END)
    assert given.moved(AgreementState.SUSPENDED, date(2026, 1, 1)).ended_on == END


def test_signed_agreement_comes_into_force_on_the_day_given() -> None:
    """Its first day is known when it has come."""
    assert SIGNED.moved(AgreementState.IN_FORCE, END).in_force_on == END


@pytest.mark.parametrize(
    ("state", "following"),
    [(state, following) for state in AgreementState for following in AgreementState if following not in MOVES[state]],
)
def test_agreement_does_not_jump(state: AgreementState, following: AgreementState) -> None:
    """A state follows only what it can follow; a terminated agreement never comes back."""
    ended_on = END if state in {AgreementState.NOTICE_GIVEN, AgreementState.TERMINATED} else None
    start = SIGNED if state is AgreementState.SIGNED else replace(AGREEMENT, state=state, ended_on=ended_on)
    with pytest.raises(Refusal) as caught:
        start.moved(following, END)
    assert caught.value.reason is Reason.AGREEMENT_MOVE


@pytest.mark.parametrize(
    ("title", "changes"),
    [
        ("a code of other parties", {"code": "AAA-CCC-2016"}),
        ("a code without year", {"code": "AAA-BBB"}),
        ("a party with itself", {"code": "AAA-AAA-2016", "parties": ("AAA", "AAA")}),
        ("in force without a day", {"in_force_on": None}),
        ("signed, yet with a day in force", {"state": AgreementState.SIGNED}),
        ("in force, yet ended", {"ended_on": END}),
        ("notice without a day", {"state": AgreementState.NOTICE_GIVEN}),
        ("terminated without a day", {"state": AgreementState.TERMINATED}),
        ("in force before it was signed", {"signed_on": date(2016, 11, 24)}),
        ("ended before it began", {"state": AgreementState.TERMINATED, "ended_on": date(2016, 11, 22)}),
        ("a row of another agreement", {"rows": (replace(ROW, agreement="AAA-BBB-2020"),)}),
        ("a row from before its first day", {"rows": (replace(ROW, from_day=date(2016, 11, 22)),)}),
    ],
)
def test_agreement_that_contradicts_itself_is_refused(title: str, changes: dict[str, object]) -> None:
    """Code, state, days and rows agree, or there is no agreement."""
    with pytest.raises(Refusal) as caught:
        replace(AGREEMENT, **changes)  # type: ignore[arg-type]
    assert caught.value.reason is Reason.RULEBOOK_FORM, title


@pytest.mark.parametrize(
    ("title", "changes", "reason"),
    [
        ("no source", {"citation": ""}, Reason.RULEBOOK_FORM),
        ("an end before its beginning", {"until_day": date(2016, 11, 22)}, Reason.RULEBOOK_FORM),
    ],
)
def test_row_without_source_or_days_is_refused(title: str, changes: dict[str, object], reason: Reason) -> None:
    """Every row says what it rests on and when it holds."""
    with pytest.raises(Refusal) as caught:
        replace(ROW, **changes)  # type: ignore[arg-type]
    assert caught.value.reason is reason, title
