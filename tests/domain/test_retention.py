"""What is no longer kept of a person: terms in calendar days of the nation, and what a deletion must not undo."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from interchange.domain.days import day_of, end_of_day, start_of_day
from interchange.domain.levels import LevelOrder
from interchange.domain.projects import Clearance
from interchange.domain.retention import Due, Papers, due, kept_since
from interchange.domain.rules import NationRules, Organ
from interchange.domain.screening import Conclusion, Screening

ZONE = "Asia/Tokyo"
BOTH = frozenset({"AAA/Upper", "AAA/Lower"})


def organ(code: str, **changes: Any) -> Organ:  # noqa: ANN401 - changes of any field
    """Build an organ that grants both levels on the central body's screening."""
    usual = Organ("AAA", code, code, code, central=False, own_screening=False, defence=False, grants=BOTH)
    return replace(usual, **changes)


RULES = NationRules(
    party="AAA",
    zone=ZONE,
    terms={"AAA/Upper": 5, "AAA/Lower": 10},
    order=LevelOrder(BOTH, frozenset({("AAA/Upper", "AAA/Lower")})),
    organs=(
        organ("CENTRAL", central=True),
        organ("ARMY", own_screening=True, defence=True, grants=frozenset({"AAA/Upper"})),
    ),
    two_people=frozenset(),
    purposes=frozenset({"joint_research"}),
    keep_positive_years=5,
    keep_other_years=1,
)


def at(text: str) -> int:
    """Give an instant in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def noon(day: str) -> int:
    """Give the noon of a day in the nation's zone."""
    return start_of_day(date.fromisoformat(day), ZONE) + 12 * 3600


def screening(name: str = "screening", **changes: Any) -> Screening:  # noqa: ANN401 - changes of any field
    """Build a screening by the body of the higher level alone, which is opened and no more."""
    return replace(Screening(name, "person", "AAA/ARMY", date(2020, 1, 6), noon("2020-01-06")), **changes)


def concluded(conclusion: Conclusion, day: str, name: str = "screening", **changes: Any) -> Screening:  # noqa: ANN401
    """Build a screening that came to something, of which the person was told on the same day."""
    told = {"conclusion": conclusion, "concluded_at": noon(day), "notified_on": date.fromisoformat(day)}
    return screening(name, **told | changes)


def clearance(ends: str, name: str = "clearance", **changes: Any) -> Clearance:  # noqa: ANN401 - changes of any field
    """Build a clearance whose last valid day is given."""
    usual = Clearance(
        clearance_id=name,
        subject_id="person",
        organ="AAA/ARMY",
        level="AAA/Upper",
        notified_on=date(2020, 1, 6),
        ends_at=end_of_day(date.fromisoformat(ends), ZONE),
        employer_id="employer",
        screening_id="screening",
    )
    return replace(usual, **changes)


def papers(*kept: Screening | Clearance, **changes: Any) -> Papers:  # noqa: ANN401 - changes of any field
    """Build what is kept of a person who was registered long ago."""
    usual = Papers(
        registered_at=noon("2015-01-01"),
        identified=True,
        asserted=False,
        screenings=tuple(each for each in kept if isinstance(each, Screening)),
        clearances=tuple(each for each in kept if isinstance(each, Clearance)),
        last_items={},
    )
    return replace(usual, **changes)


ELIGIBLE, NOT_ELIGIBLE = Conclusion.ELIGIBLE, Conclusion.NOT_ELIGIBLE
POSITIVE = concluded(ELIGIBLE, "2020-03-01")
NEGATIVE = concluded(NOT_ELIGIBLE, "2020-03-01")


@pytest.mark.parametrize(
    ("ended", "years", "last"),
    [
        ("2026-03-01", 5, "2031-03-01"),
        ("2024-02-29", 5, "2029-02-28"),
        ("2024-02-28", 5, "2029-02-28"),
        ("2024-02-29", 4, "2028-02-29"),
        ("2024-02-28", 4, "2028-02-28"),
        ("2023-02-28", 1, "2024-02-28"),
        ("2024-02-29", 1, "2025-02-28"),
        ("2026-12-31", 1, "2027-12-31"),
    ],
)
def test_term_ends_with_the_anniversary_of_the_last_day(ended: str, years: int, last: str) -> None:
    """On the last day of the term it is kept, from the first instant of the next it is not; 29 February is 28."""
    end, over = end_of_day(date.fromisoformat(ended), ZONE), end_of_day(date.fromisoformat(last), ZONE)
    before, after = kept_since(years, over - 1, ZONE), kept_since(years, over, ZONE)
    assert (before is not None and end <= before, after is not None and end <= after) == (False, True)


def test_days_are_the_nations() -> None:
    """Nine hours east, the last day of keeping ends at 15:00Z."""
    bounds = [kept_since(5, at(f"2031-02-28T{time}"), ZONE) for time in ("14:59:59", "15:00:00")]
    assert [day_of(bound - 1, ZONE) for bound in bounds if bound] == [date(2026, 2, 27), date(2026, 2, 28)]


@pytest.mark.parametrize("years", [0, 40])
def test_nothing_has_ended_long_enough(years: int) -> None:
    """A term of no years keeps for ever; one that is longer than the calendar has not ended."""
    assert kept_since(years, noon("2030-01-01"), ZONE) is None


class TestPositive:
    """What lets a person be asserted is kept for five years after its end."""

    def test_term_of_its_level_runs_first(self) -> None:
        """Notified on 1 March 2020: its last day is 28 February 2025, and it is kept until that day of 2030."""
        kept = papers(POSITIVE)
        days = [end_of_day(date(2030, 2, 28), ZONE) + offset for offset in (-1, 0)]
        assert [due(RULES, kept, day).screenings for day in days] == [frozenset(), frozenset({"screening"})]

    def test_term_is_the_longest_that_may_be_granted_on_it(self) -> None:
        """On the central body's, another organ may still grant the level of ten years."""
        kept = papers(replace(POSITIVE, body="AAA/CENTRAL"))
        days = [end_of_day(date(2035, 2, 28), ZONE) + offset for offset in (-1, 0)]
        assert [due(RULES, kept, day).screenings for day in days] == [frozenset(), frozenset({"screening"})]

    def test_early_end_counts(self) -> None:
        """Consent taken back on 10 May 2021: kept until 10 May 2026."""
        kept = papers(replace(POSITIVE, ended_at=noon("2021-05-10")))
        assert not due(RULES, kept, noon("2026-05-10"))
        assert due(RULES, kept, noon("2026-05-11")).screenings == {"screening"}

    def test_end_after_the_term_changes_nothing(self) -> None:
        """What had run out cannot end again."""
        kept = papers(replace(POSITIVE, ended_at=noon("2028-05-10")))
        assert due(RULES, kept, noon("2030-03-02")).screenings == {"screening"}

    def test_clearances_go_with_it(self) -> None:
        """No grant is left without the screening that it rests on."""
        kept = papers(POSITIVE, clearance("2025-02-28"))
        assert due(RULES, kept, noon("2030-03-02")).clearances == {"clearance"}

    def test_clearance_that_runs_longer_keeps_it(self) -> None:
        """Whatever the rules say today, a grant stands until its own end."""
        kept = papers(POSITIVE, clearance("2027-02-28"))
        assert not due(RULES, kept, noon("2030-03-02"))

    def test_clearance_that_ended_early_does_not(self) -> None:
        """A post that was left is no reason to keep more."""
        kept = papers(POSITIVE, clearance("2027-02-28", ended_at=noon("2022-01-01")))
        assert due(RULES, kept, noon("2030-03-02")).screenings == {"screening"}

    def test_one_that_was_never_notified_counts_from_its_conclusion(self) -> None:
        """No term ever began."""
        kept = papers(replace(POSITIVE, notified_on=None))
        assert not due(RULES, kept, noon("2025-03-01"))
        assert due(RULES, kept, noon("2025-03-02")).screenings == {"screening"}

    def test_authorisation_by_function_is_kept_as_long(self) -> None:
        """It rests on no screening, and is over by itself."""
        kept = papers(clearance("2021-03-31", screening_id=None))
        assert not due(RULES, kept, noon("2026-03-31"))
        assert due(RULES, kept, noon("2026-04-01")).clearances == {"clearance"}


class TestOther:
    """All other documents are kept for a year."""

    @pytest.mark.parametrize(
        ("kept", "last"),
        [
            (NEGATIVE, "2021-03-01"),
            (replace(NEGATIVE, notified_on=date(2020, 3, 9)), "2021-03-09"),
            (replace(NEGATIVE, notified_on=None), "2021-03-01"),
            (screening(), "2021-01-06"),
            (screening(ended_at=noon("2020-02-10")), "2021-02-10"),
        ],
        ids=["negative", "notified later", "never notified", "never concluded", "consent taken back"],
    )
    def test_screening_without_a_positive_result_goes(self, kept: Screening, last: str) -> None:
        """A year after it came to its end, or to rest."""
        over = end_of_day(date.fromisoformat(last), ZONE)
        assert not due(RULES, papers(kept), over - 1)
        assert due(RULES, papers(kept), over).screenings == {"screening"}

    def test_latest_item_is_progress(self) -> None:
        """A screening that is worked on is not given up."""
        kept = papers(screening(), last_items={"screening": date(2020, 9, 1)})
        assert not due(RULES, kept, noon("2021-09-01"))
        assert due(RULES, kept, noon("2021-09-02")) == Due(
            items=frozenset({"screening"}), screenings=frozenset({"screening"}), identity=True
        )

    def test_items_of_a_positive_screening_go_before_it(self) -> None:
        """Who did which when, is not needed as long as the result."""
        kept = papers(POSITIVE, last_items={"screening": date(2020, 2, 20)})
        assert not due(RULES, kept, noon("2021-03-01"))
        assert due(RULES, kept, noon("2021-03-02")) == Due(items=frozenset({"screening"}))

    def test_items_that_went_are_not_due_again(self) -> None:
        """A pass finds nothing where the last one has been."""
        assert not due(RULES, papers(POSITIVE), noon("2021-03-02"))


class TestNegativeOutweighs:
    """No deletion makes a person eligible who was not."""

    other = concluded(ELIGIBLE, "2019-06-01", "other", body="AAA/CENTRAL")

    def test_it_stays_while_another_bodys_positive_result_runs(self) -> None:
        """The worst of several counts, as long as there are several."""
        assert due(RULES, papers(NEGATIVE, self.other), noon("2025-01-01")).screenings == frozenset()

    def test_it_stays_while_a_clearance_runs(self) -> None:
        """Also one that rests on no screening."""
        kept = papers(NEGATIVE, clearance("2030-12-31", screening_id=None))
        assert not due(RULES, kept, noon("2031-12-31"))
        assert due(RULES, kept, noon("2032-01-01")).screenings == {"screening"}

    def test_it_goes_a_year_after_what_it_outweighed(self) -> None:
        """The term of ten years ended on 31 May 2029."""
        kept = papers(NEGATIVE, self.other)
        assert not due(RULES, kept, noon("2030-05-31"))
        assert due(RULES, kept, noon("2030-06-01")).screenings == {"screening"}

    def test_it_goes_if_a_later_result_took_its_place(self) -> None:
        """Of one body the last conclusion counts, so that the earlier one outweighs nothing."""
        kept = papers(NEGATIVE, concluded(ELIGIBLE, "2022-01-01", "later"))
        assert due(RULES, kept, noon("2023-01-01")).screenings == {"screening"}

    def test_later_result_waits_for_it(self) -> None:
        """Where negative results are kept longer, one would count again if the later one went first."""
        longer = replace(RULES, keep_positive_years=1, keep_other_years=20)
        kept = papers(NEGATIVE, concluded(ELIGIBLE, "2022-01-01", "later"))
        assert not due(longer, kept, noon("2029-01-01"))


class TestIdentity:
    """Names go once nothing rests on them."""

    def test_it_goes_with_the_last_paper(self) -> None:
        """In the same pass."""
        kept = papers(POSITIVE, clearance("2025-02-28"))
        assert due(RULES, kept, noon("2030-03-02")).identity

    @pytest.mark.parametrize(
        "kept",
        [
            papers(asserted=True),
            papers(identified=False),
            papers(concluded(ELIGIBLE, "2020-03-03")),
            papers(clearance("2029-12-31", screening_id=None)),
            papers(registered_at=noon("2029-03-02")),
        ],
        ids=["live assertion", "gone already", "screening", "clearance", "registered a year ago"],
    )
    def test_it_stays(self, kept: Papers) -> None:
        """As long as anything rests on it, or may soon."""
        assert not due(RULES, kept, noon("2030-03-01"))

    def test_person_about_whom_nothing_came_is_forgotten(self) -> None:
        """A year after the registration."""
        assert due(RULES, papers(registered_at=noon("2029-03-02")), noon("2030-03-03")) == Due(identity=True)

    def test_nothing_is_forgotten_where_terms_are_none(self) -> None:
        """A nation whose rules name no term keeps everything."""
        for_ever = replace(RULES, keep_positive_years=0, keep_other_years=0)
        kept = papers(NEGATIVE, clearance("2021-03-31", "function", screening_id=None))
        assert not due(for_ever, kept, noon("2060-01-01"))
