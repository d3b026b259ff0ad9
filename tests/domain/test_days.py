"""Calendar days: the last valid one, and the second at which it ends."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.days import day_of, end_of_day, last_valid_day, start_of_day
from interchange.errors import Reason, Refusal

PLUS_NINE = "Asia/Seoul"
ZONES = [PLUS_NINE, "UTC", "America/New_York", "Australia/Sydney", "America/Sao_Paulo", "Africa/Cairo", "Pacific/Apia"]

days = st.dates(date(2000, 1, 2), date(2100, 12, 30))
notified = st.dates(date(2000, 1, 1), date(2080, 12, 31))


def at(text: str) -> int:
    """Read a UTC time into an instant."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("title", "notified_on", "years", "last"),
    [
        ("into a leap year's eve", date(2026, 3, 1), 5, date(2031, 2, 28)),
        ("from 29 February", date(2024, 2, 29), 5, date(2029, 2, 27)),
        ("from 28 February", date(2024, 2, 28), 5, date(2029, 2, 27)),
        ("an ordinary day, ten years", date(2025, 6, 10), 10, date(2035, 6, 9)),
        ("from 29 February to one", date(2024, 2, 29), 8, date(2032, 2, 28)),
        ("to a 29 February", date(2023, 3, 1), 5, date(2028, 2, 29)),
        ("from New Year", date(2025, 1, 1), 5, date(2029, 12, 31)),
    ],
)
def test_last_valid_day_is_the_anniversary_minus_one(title: str, notified_on: date, years: int, last: date) -> None:
    """The day of notification is the first of whole years."""
    assert last_valid_day(notified_on, years) == last, title


@given(notified, notified, st.integers(1, 15))
def test_a_later_notification_never_ends_earlier(one: date, other: date, years: int) -> None:
    """Waiting a day costs nobody a day, leap days included."""
    assert last_valid_day(min(one, other), years) <= last_valid_day(max(one, other), years)


def test_day_ends_at_its_first_instant_that_is_no_longer_it() -> None:
    """Nine hours east, the last day is valid at 14:59:59Z and over at 15:00:00Z."""
    end = end_of_day(date(2031, 2, 28), PLUS_NINE)
    valid = [at(text) < end for text in ("2031-02-28T14:59:59", "2031-02-28T15:00:00")]
    assert valid == [True, False]


@given(days, st.sampled_from(ZONES))
def test_a_day_ends_where_the_next_begins(day: date, zone: str) -> None:
    """There is no instant between two days, and none in both."""
    assert end_of_day(day, zone) == start_of_day(date.fromordinal(day.toordinal() + 1), zone)


@given(days, st.sampled_from(ZONES))
def test_the_instants_of_a_day_fall_on_it(day: date, zone: str) -> None:
    """First and last second of a day bear its date, whatever the clocks do at midnight."""
    first, end = start_of_day(day, zone), end_of_day(day, zone)
    assert first == end or (day_of(first, zone), day_of(end - 1, zone)) == (day, day)


@given(days, st.sampled_from(ZONES))
def test_the_second_before_a_day_is_not_on_it(day: date, zone: str) -> None:
    """A day begins at its first second and no later, also where midnight is skipped or comes twice."""
    assert day_of(start_of_day(day, zone) - 1, zone) < day


def test_a_day_that_a_zone_skipped_is_empty() -> None:
    """Apia had no 30 December 2011."""
    day = date(2011, 12, 30)
    assert start_of_day(day, "Pacific/Apia") == end_of_day(day, "Pacific/Apia")


def test_midnight_that_the_clocks_skip_begins_after_the_gap() -> None:
    """São Paulo's summer time of 2018 began at midnight: the day began at 01:00, which is 03:00Z."""
    assert start_of_day(date(2018, 11, 4), "America/Sao_Paulo") == at("2018-11-04T03:00:00")


def test_midnight_that_comes_twice_begins_at_the_first() -> None:
    """Havana sets its clocks back from 01:00 to 00:00: the day begins at the earlier one, 04:00Z."""
    assert start_of_day(date(2024, 11, 3), "America/Havana") == at("2024-11-03T04:00:00")


@pytest.mark.parametrize("day", [date(1999, 12, 31), date(2101, 1, 1), date.max, date.min])
def test_day_out_of_bounds_is_refused(day: date) -> None:
    """A year outside 2000 to 2100 is a typing error."""
    with pytest.raises(Refusal) as caught:
        end_of_day(day, PLUS_NINE)
    assert caught.value.reason is Reason.DATE_ABSURD


def test_term_that_leads_out_of_bounds_is_refused() -> None:
    """A term is computed, never cut."""
    with pytest.raises(Refusal) as caught:
        last_valid_day(date(2099, 6, 1), 5)
    assert caught.value.reason is Reason.DATE_ABSURD


@pytest.mark.parametrize("instant", [-1, 1 << 40, 1 << 80, -(1 << 80)])
def test_instant_out_of_bounds_has_no_day(instant: int) -> None:
    """An absurd instant is refused like an absurd day, and no library's error comes out."""
    with pytest.raises(Refusal) as caught:
        day_of(instant, PLUS_NINE)
    assert caught.value.reason is Reason.DATE_ABSURD


@pytest.mark.parametrize("zone", ["", "Asia", "Asia/Nowhere", "../etc/passwd", "/etc/localtime"])
def test_unknown_zone_is_refused(zone: str) -> None:
    """A zone is a key of the IANA database, and no path."""
    with pytest.raises(Refusal) as caught:
        start_of_day(date(2026, 1, 1), zone)
    assert caught.value.reason is Reason.RULEBOOK_FORM
