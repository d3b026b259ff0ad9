"""Days as people write them: with a year of the common calendar, or of an era."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.eras import Era, read_day
from interchange.errors import Reason, Refusal

# Neither in the order of time nor in that of their names.
ERAS = (
    Era("令和", "R", date(2019, 5, 1)),
    Era("明治", "M", date(1868, 10, 23)),
    Era("大正", "T", date(1912, 7, 30)),
    Era("平成", "H", date(1989, 1, 8)),
    Era("昭和", "S", date(1926, 12, 25)),
)
LEAP_DAY = date(1984, 2, 29)


def fault(text: str) -> Reason:
    """Tell why a day is refused."""
    with pytest.raises(Refusal) as caught:
        read_day(text, ERAS)
    return caught.value.reason


def written(day: date, era: Era) -> list[str]:
    """Write a day of an era in every way that there is."""
    year = day.year - era.first_day.year + 1
    years = [str(year), f"{year:02}", *(["元"] if year == 1 else [])]
    return [
        f"{name}{count}{one}{month}{two}{number}{three}"
        for name in (era.name, era.letter, era.letter.lower())
        for count in years
        for month, number in ((str(day.month), str(day.day)), (f"{day.month:02}", f"{day.day:02}"))
        for one, two, three in ("--\0", "//\0", "..\0", "年月日")
    ]


def days_of(era: Era) -> tuple[date, date]:
    """Give the first and last day of an era; the one that lasts is as long as its two digits reach."""
    following = [other.first_day for other in ERAS if other.first_day > era.first_day]
    return era.first_day, min(following, default=date(era.first_day.year + 99, 1, 1)) - timedelta(days=1)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1984-02-29", id="ISO 8601"),
        pytest.param("1984-2-29", id="without leading zeros"),
        pytest.param("1984/2/29", id="slashes"),
        pytest.param("1984/02/29", id="slashes and leading zeros"),
        pytest.param("1984.2.29", id="points"),
        pytest.param("1984年2月29日", id="characters"),
        pytest.param("1984年02月29日", id="characters and leading zeros"),
        pytest.param("昭和59年2月29日", id="era in full"),
        pytest.param("昭和59.2.29", id="era in full, points"),
        pytest.param("S59.2.29", id="letter, points"),
        pytest.param("S59/2/29", id="letter, slashes"),
        pytest.param("s59-2-29", id="small letter, hyphens"),
        pytest.param("S59年2月29日", id="letter, characters"),
    ],
)
def test_day_is_read_in_every_way_of_writing_it(text: str) -> None:
    """Whoever fills in a form need not change the calendar."""
    assert read_day(text, ERAS) == LEAP_DAY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("昭和元年12月25日", date(1926, 12, 25), id="first day of an era"),
        pytest.param("昭和1年12月25日", date(1926, 12, 25), id="first year as a number"),
        pytest.param("昭和64年1月7日", date(1989, 1, 7), id="last day of an era"),
        pytest.param("平成元年1月8日", date(1989, 1, 8), id="the day after"),
        pytest.param("H31.4.30", date(2019, 4, 30), id="last day of the next"),
        pytest.param("R1/5/1", date(2019, 5, 1), id="first day of the last"),
        pytest.param("大正15年12月24日", date(1926, 12, 24), id="an era's last year is another's first"),
        pytest.param("令和99年12月31日", date(2117, 12, 31), id="an era that lasts"),
    ],
)
def test_year_one_is_the_year_of_the_first_day(text: str, expected: date) -> None:
    """An era begins within a calendar year, which it shares with the one before."""
    assert read_day(text, ERAS) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("昭和元年12月24日", id="the day before an era"),
        pytest.param("昭和64年1月8日", id="the day on which the next begins"),
        pytest.param("S65.1.1", id="a year too many"),
        pytest.param("S0.12.31", id="year zero"),
        pytest.param("平成30年2月29日", id="no leap year"),
        pytest.param("1983-02-29", id="no leap year of the common calendar"),
        pytest.param("2031-02-30", id="no such day"),
        pytest.param("1984-13-01", id="no such month"),
        pytest.param("1984-00-01", id="month zero"),
        pytest.param("1984-01-00", id="day zero"),
        pytest.param("0000-01-01", id="a year that the calendar lacks"),
    ],
)
def test_day_that_there_is_not_is_absurd(text: str) -> None:
    """Nothing is moved to the next day that exists, nor into the next era."""
    assert fault(text) is Reason.DATE_ABSURD


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("01/02/1980", id="month or day first"),
        pytest.param("1/2/1980", id="without leading zeros"),
        pytest.param("31/12/1980", id="also where only one order makes a day"),
        pytest.param("01.02.1980", id="points"),
        pytest.param("01-02-1980", id="hyphens"),
        pytest.param("01-02-80", id="two digits thrice"),
        pytest.param("59-2-28", id="two digits of which calendar"),
        pytest.param("59年2月28日", id="an era's year without the era"),
        pytest.param("1.2.3", id="single digits"),
    ],
)
def test_day_with_two_readings_is_ambiguous(text: str) -> None:
    """What one nation reads as February is January to another; nobody guesses."""
    assert fault(text) is Reason.DATE_AMBIGUOUS


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(" 1984-02-29", id="space before"),
        pytest.param("1984-02-29\n", id="line end behind"),
        pytest.param("1984-02/29", id="mixed marks"),
        pytest.param("1984年2月29", id="the last character missing"),
        pytest.param("1984-2-29日", id="hyphens and a character"),
        pytest.param("1984年2-29", id="characters and a hyphen"),
        pytest.param("19840229", id="no marks"),
        pytest.param("984-02-29", id="three digits"),
        pytest.param("1984-002-29", id="three digits for a month"),
        pytest.param("1984-02-29T00:00:00", id="with a time"),
        pytest.param("29 Feb 1984", id="month in letters"),
        pytest.param("元年2月1日", id="a first year of nothing"),
        pytest.param("慶応3年1月1日", id="unknown era"),
        pytest.param("X59.2.29", id="unknown letter"),
        pytest.param("昭59.2.29", id="half a name"),
        pytest.param("昭和1984年2月29日", id="era with a year of the common calendar"),
        pytest.param("昭和元元年2月1日", id="first year twice"),
        pytest.param("昭和059年2月29日", id="three digits in an era"),
        pytest.param("昭和 59年2月29日", id="space within"),
        pytest.param("\uff11\uff19\uff18\uff14-02-29", id="full-width digits"),
        pytest.param("١٩٨٤-٠٢-٢٩", id="digits of another script"),
        pytest.param("-1984-02-29", id="sign"),
    ],
)
def test_anything_else_is_no_day(text: str) -> None:
    """A reader that is lenient in one place is guessed about in all."""
    assert fault(text) is Reason.FIELD_FORM


def test_without_eras_only_the_common_calendar_is_read() -> None:
    """A nation that counts in no eras has none."""
    with pytest.raises(Refusal) as caught:
        read_day("S59.2.29", ())
    assert (read_day("1984/2/29", ()), caught.value.reason) == (LEAP_DAY, Reason.FIELD_FORM)


def test_letter_of_two_eras_names_neither() -> None:
    """An abbreviation that two eras share is refused; their names in full still differ."""
    eras = (*ERAS, Era("正和", "S", date(2200, 1, 1)))
    with pytest.raises(Refusal) as caught:
        read_day("S59.2.29", eras)
    assert (caught.value.reason, read_day("昭和59.2.29", eras)) == (Reason.FIELD_FORM, LEAP_DAY)


def test_name_may_end_as_a_first_year_is_written() -> None:
    """元 belongs to the name where the name has it."""
    eras = (Era("嘉元", "K", date(1303, 8, 5)),)
    assert [read_day(text, eras) for text in ("嘉元元年9月1日", "嘉元2年9月1日")] == [
        date(1303, 9, 1),
        date(1304, 9, 1),
    ]


@pytest.mark.parametrize("era", ERAS, ids=lambda era: era.letter)
@given(st.data())
def test_day_of_an_era_is_the_day_of_the_common_calendar(era: Era, data: st.DataObject) -> None:
    """Every day of an era, in every way of writing it, is the one that ISO 8601 writes."""
    day = data.draw(st.dates(*days_of(era)))
    texts = [text.replace("\0", "") for text in written(day, era)]
    assert {read_day(text, ERAS) for text in texts} == {read_day(day.isoformat(), ERAS)} == {day}


@pytest.mark.parametrize("era", ERAS, ids=lambda era: era.letter)
@given(st.data())
def test_day_outside_an_era_is_not_read_under_its_name(era: Era, data: st.DataObject) -> None:
    """Each day has one name alone."""
    first, last = days_of(era)
    before = st.dates(date(first.year, 1, 1), first - timedelta(days=1))
    after = st.dates(last + timedelta(days=1), date(first.year + 98, 12, 31)) if last.year < first.year + 98 else before
    day = data.draw(before | after)
    assert fault(f"{era.name}{day.year - first.year + 1}年{day.month}月{day.day}日") is Reason.DATE_ABSURD


@given(st.text() | st.from_regex(r"\w{0,9}\d{0,4}[-/.年]\d{1,3}[-/.月]\d{1,3}日?"))
def test_any_text_is_a_day_or_refused(text: str) -> None:
    """Whatever a person writes, nothing but a Refusal is raised."""
    with suppress(Refusal):
        read_day(text, ERAS)


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        pytest.param("", "S", id="no name"),
        pytest.param("九文字の長い名前だ", "S", id="nine characters"),
        pytest.param("昭和2", "S", id="digit in the name"),
        pytest.param("昭 和", "S", id="space in the name"),
        pytest.param("昭和", "", id="no letter"),
        pytest.param("昭和", "s", id="small letter"),
        pytest.param("昭和", "SH", id="two letters"),
        pytest.param("昭和", "\uff33", id="full-width letter"),
    ],
)
def test_era_with_an_unfit_name_is_not_built(name: str, letter: str) -> None:
    """What a rulebook says of an era is proved when it is read."""
    with pytest.raises(Refusal) as caught:
        Era(name, letter, date(1926, 12, 25))
    assert caught.value.reason is Reason.RULEBOOK_FORM


def test_longest_name_is_taken() -> None:
    """Eight characters are enough for every era there ever was."""
    assert read_day("八文字の長い名前2年1月1日", (Era("八文字の長い名前", "L", date(1900, 1, 1)),)) == date(1901, 1, 1)
