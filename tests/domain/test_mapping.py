"""Translation by one row, and the five laws over invented rulebooks, each broken once."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.agreements import Agreement, AgreementState, Equivalence, RowState
from interchange.domain.levels import Ceiling, Level, LevelOrder, Party
from interchange.domain.mapping import check_laws, translate
from interchange.errors import Reason, Refusal

START = date(2020, 1, 1)
LADDER = {"Low": Ceiling.R, "Middle": Ceiling.C, "High": Ceiling.S, "Top": Ceiling.TS}


def party(code: str) -> Party:
    """Build a party with four levels, each serving all below it, one beside them, one without ceiling, one retired."""
    levels = [Level(code, name, name, name, ceiling) for name, ceiling in LADDER.items()]
    levels += [
        Level(code, "Beside", "Beside", "Beside", Ceiling.S),
        Level(code, "Check", "Check", "Check", None),
        Level(code, "Old", "Old", "Old", Ceiling.S, date(2021, 6, 30)),
    ]
    names = [f"{code}/{name}" for name in LADDER]
    order = LevelOrder(frozenset(level.name for level in levels), frozenset(zip(names[1:], names, strict=False)))
    return Party(code, code, code, f"{code.lower()}.clearance.example", "Act 1", tuple(levels), order)


PARTIES = {code: party(code) for code in ("AAA", "BBB", "CCC")}


def row(source: str, target: str, first: date = START, last: date | None = None) -> Equivalence:
    """Build a row of the agreement between AAA and BBB."""
    return Equivalence("AAA-BBB-2020", source, target, first, last, "Article 4", RowState.CONFIRMED)


def agreement(*rows: Equivalence, code: str = "AAA-BBB-2020") -> Agreement:
    """Build an agreement in force since the first day of 2020."""
    one, other, _ = code.split("-")
    return Agreement(code, (one, other), "Agreement", START, START, AgreementState.IN_FORCE, None, rows)


def refusal(*rows: Equivalence) -> Refusal:
    """Return the refusal that the laws give for these rows."""
    with pytest.raises(Refusal) as caught:
        check_laws(PARTIES, [agreement(*rows)])
    return caught.value


GOOD = agreement(row("AAA/High", "BBB/High"), row("AAA/Middle", "BBB/Low"), row("BBB/High", "AAA/High"))


def test_translation_is_the_row_itself() -> None:
    """The answer names its source, so that it can be checked."""
    assert translate(GOOD, "AAA/High", "BBB", START) == row("AAA/High", "BBB/High")


@pytest.mark.parametrize(
    ("title", "name", "to_party", "reason"),
    [
        ("a level without row", "AAA/Top", "BBB", Reason.NO_ROW),
        ("a level below every row", "AAA/Low", "BBB", Reason.NO_ROW),
        ("the way back of a row that has none", "BBB/Low", "AAA", Reason.NO_ROW),
        ("a third party's level", "CCC/High", "BBB", Reason.NO_ROW),
        ("to a third party", "AAA/High", "CCC", Reason.NO_ROW),
        ("to the level's own party", "AAA/High", "AAA", Reason.NO_ROW),
        ("a misspelt level", "AAA/high", "BBB", Reason.LEVEL_UNKNOWN),
        ("a level with a blank", "AAA/High ", "BBB", Reason.LEVEL_UNKNOWN),
        ("a level without party", "High", "BBB", Reason.LEVEL_UNKNOWN),
        ("an unknown level", "AAA/Hihg", "BBB", Reason.NO_ROW),
    ],
)
def test_what_no_row_says_is_refused(title: str, name: str, to_party: str, reason: Reason) -> None:
    """There is no default, no nearest level and no chain."""
    with pytest.raises(Refusal) as caught:
        translate(GOOD, name, to_party, START)
    assert caught.value.reason is reason, title


@given(st.sampled_from(sorted(PARTIES["AAA"].order.names | PARTIES["BBB"].order.names)), st.sampled_from("ABC"))
def test_translation_is_found_exactly_where_a_row_stands(name: str, letter: str) -> None:
    """Over all levels and parties, the rows and nothing else decide."""
    to_party = letter * 3
    rows = [found for found in GOOD.rows if found.source == name and found.target_party == to_party]
    try:
        answers = [translate(GOOD, name, to_party, START)]
    except Refusal:
        answers = []
    assert answers == rows


def test_translation_chooses_the_row_of_the_day() -> None:
    """Rows of one level follow each other without a common day."""
    old, new = row("AAA/High", "BBB/Middle", START, date(2020, 12, 31)), row("AAA/High", "BBB/High", date(2021, 1, 1))
    answers = [translate(agreement(old, new), "AAA/High", "BBB", day) for day in (date(2020, 12, 31), date(2021, 1, 1))]
    assert answers == [old, new]


def test_row_without_effect_on_the_day_is_no_row() -> None:
    """A row ends with its last day."""
    with pytest.raises(Refusal) as caught:
        translate(agreement(row("AAA/High", "BBB/High", START, START)), "AAA/High", "BBB", date(2020, 1, 2))
    assert caught.value.reason is Reason.NO_ROW


@pytest.mark.parametrize(
    ("state", "ended_on"),
    [
        (AgreementState.SUSPENDED, None),
        (AgreementState.TERMINATED, date(2020, 6, 1)),
        (AgreementState.NOTICE_GIVEN, date(2020, 6, 1)),
    ],
)
def test_agreement_not_in_force_translates_nothing(state: AgreementState, ended_on: date | None) -> None:
    """A row is worth what its agreement is worth on that day."""
    with pytest.raises(Refusal) as caught:
        translate(replace(GOOD, state=state, ended_on=ended_on), "AAA/High", "BBB", date(2020, 6, 1))
    assert caught.value.reason is Reason.AGREEMENT_NOT_IN_FORCE


def test_rows_that_keep_the_laws_pass() -> None:
    """Down and level is allowed, and so is a row without a way back."""
    check_laws(PARTIES, [GOOD])


def test_row_upwards_is_refused_with_both_ceilings() -> None:
    """Law 1: never up."""
    found = refusal(row("AAA/Middle", "BBB/High"))
    assert (found.reason, found.where) == (Reason.RULEBOOK_UP, "AAA-BBB-2020: AAA/Middle -> BBB/High: C to S")


@given(st.sampled_from(sorted(LADDER)), st.sampled_from(sorted(LADDER)))
def test_a_row_passes_alone_exactly_if_it_does_not_rise(source: str, target: str) -> None:
    """Law 1 over the whole ladder: a lower ceiling never reaches a higher one."""
    try:
        check_laws(PARTIES, [agreement(row(f"AAA/{source}", f"BBB/{target}"))])
        passed = True
    except Refusal:
        passed = False
    assert passed == (LADDER[target] <= LADDER[source])


@pytest.mark.parametrize(("source", "target"), [("AAA/Check", "BBB/Low"), ("AAA/High", "BBB/Check")])
def test_level_without_ceiling_is_not_mapped(source: str, target: str) -> None:
    """Law 1: what is not on the ladder cannot be compared on it."""
    assert refusal(row(source, target)).reason is Reason.RULEBOOK_CEILING


@pytest.mark.parametrize("higher_target", ["BBB/Low", "BBB/Beside"])
def test_rows_that_turn_the_order_round_are_refused_with_both(higher_target: str) -> None:
    """Law 2: the higher level's image is not below the lower one's, nor incomparable with it."""
    found = refusal(row("AAA/High", higher_target), row("AAA/Middle", "BBB/Middle"))
    rows = f"AAA-BBB-2020: AAA/High -> {higher_target}, AAA-BBB-2020: AAA/Middle -> BBB/Middle"
    assert (found.reason, found.where) == (Reason.RULEBOOK_ORDER, rows)


@pytest.mark.parametrize(
    ("there", "back"),
    [(("AAA/Beside", "BBB/High"), ("BBB/High", "AAA/High")), (("BBB/Beside", "AAA/High"), ("AAA/High", "BBB/High"))],
)
def test_round_trip_that_gains_is_refused_with_both(there: tuple[str, str], back: tuple[str, str]) -> None:
    """Law 3, from either side: equal ceilings are not enough, the way back must end where it began or below."""
    found = refusal(row(*there), row(*back))
    assert (found.reason, found.where) == (
        Reason.RULEBOOK_ROUND_TRIP,
        f"AAA-BBB-2020: {there[0]} -> {there[1]}, AAA-BBB-2020: {back[0]} -> {back[1]}",
    )


def test_rows_without_a_common_day_are_not_compared() -> None:
    """Laws 2 and 3 hold day by day: what a treaty once said does not bind what it says now."""
    old = row("AAA/High", "BBB/Low", START, date(2020, 12, 31))
    check_laws(PARTIES, [agreement(old, row("AAA/Middle", "BBB/Middle", date(2021, 1, 1)))])


def test_round_trip_is_checked_across_agreements() -> None:
    """Law 3: a second agreement between the same parties is no way round the first."""
    back = replace(row("BBB/High", "AAA/High"), agreement="AAA-BBB-2021")
    with pytest.raises(Refusal) as caught:
        check_laws(PARTIES, [agreement(row("AAA/Beside", "BBB/High")), agreement(back, code="AAA-BBB-2021")])
    assert caught.value.reason is Reason.RULEBOOK_ROUND_TRIP


@pytest.mark.parametrize(
    ("source", "target"), [("AAA/High", "CCC/High"), ("CCC/High", "BBB/High"), ("AAA/High", "AAA/Low")]
)
def test_row_beyond_its_agreement_is_refused(source: str, target: str) -> None:
    """Law 4: no chain, and nothing inside one party."""
    found = refusal(row(source, target))
    assert (found.reason, found.where) == (Reason.RULEBOOK_CHAIN, f"AAA-BBB-2020: {source} -> {target}")


@pytest.mark.parametrize(("source", "target"), [("AAA/Hihg", "BBB/High"), ("AAA/High", "BBB/Hihg")])
def test_row_of_an_unknown_level_is_refused_with_its_name(source: str, target: str) -> None:
    """Law 5: a misspelt code is refused, never guessed."""
    found = refusal(row(source, target))
    assert (found.reason, "Hihg" in found.where) == (Reason.LEVEL_UNKNOWN, True)


@pytest.mark.parametrize("last", [None, date(2021, 7, 1)])
def test_row_that_outlives_its_level_is_refused(last: date | None) -> None:
    """Law 5: a retired code has no row from the day after its last."""
    found = refusal(row("AAA/High", "BBB/Old", START, last))
    assert (found.reason, found.where) == (
        Reason.LEVEL_UNKNOWN,
        "AAA-BBB-2020: AAA/High -> BBB/Old: BBB/Old ends on 2021-06-30",
    )


def test_row_that_ends_with_its_level_passes() -> None:
    """Law 5: history can be written down."""
    check_laws(PARTIES, [agreement(row("AAA/High", "BBB/Old", START, date(2021, 6, 30)))])


def test_two_rows_for_one_level_on_one_day_are_refused() -> None:
    """One level has one translation, so that order in the file decides nothing."""
    found = refusal(row("AAA/High", "BBB/High"), row("AAA/High", "BBB/Middle"))
    assert (found.reason, "two rows for one level" in found.where) == (Reason.RULEBOOK_FORM, True)


def test_agreement_with_an_unlisted_party_is_refused() -> None:
    """An agreement joins two parties of the rulebook."""
    with pytest.raises(Refusal) as caught:
        check_laws(PARTIES, [agreement(code="AAA-DDD-2020")])
    assert (caught.value.reason, caught.value.where) == (Reason.PARTY_UNKNOWN, "AAA-DDD-2020: DDD")
