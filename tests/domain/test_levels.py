"""Levels: their names, their order, and what two of them have in common."""

from datetime import date
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.levels import Ceiling, Level, LevelOrder, Party, parse_level
from interchange.errors import Reason, Refusal

DIAMOND = LevelOrder(
    frozenset({"AAA/Top", "AAA/Left", "AAA/Right", "AAA/Low", "AAA/Alone"}),
    frozenset({("AAA/Top", "AAA/Left"), ("AAA/Top", "AAA/Right"), ("AAA/Left", "AAA/Low"), ("AAA/Right", "AAA/Low")}),
)


def level(code: str, ceiling: Ceiling | None, until_day: date | None = None, party: str = "AAA") -> Level:
    """Build a level whose titles do not matter."""
    return Level(party, code, code, code, ceiling, until_day)


def party(*levels: Level, declared: frozenset[tuple[str, str]] = frozenset()) -> Party:
    """Build a party with those levels in that order."""
    order = LevelOrder(frozenset(level.name for level in levels), declared)
    return Party("AAA", "Aland", "Aland", "aaa.clearance.example", "Act 1", levels, order)


@st.composite
def orders(draw: st.DrawFn) -> LevelOrder:
    """Draw an order: pairs go from a lower to a higher number, so that none is declared both ways."""
    names = [f"AAA/L{number}" for number in range(draw(st.integers(1, 6)))]
    pairs = [(names[high], names[low]) for high in range(len(names)) for low in range(high)]
    return LevelOrder(frozenset(names), draw(st.frozensets(st.sampled_from(pairs)) if pairs else st.just(frozenset())))


def test_ceilings_form_a_ladder() -> None:
    """Each rung opens all that the rungs below it open."""
    assert [rung.name for rung in sorted(Ceiling)] == ["R", "C", "S", "TS"]


def test_level_name_reads_into_its_codes() -> None:
    """A level is named by party and code."""
    assert parse_level("AAA/UE2") == ("AAA", "UE2")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "AAA",
        "AAA/",
        "/X",
        "AAA/X/Y",
        "aaa/X",
        "AAA/x",
        "AAA/2",
        " AAA/X",
        "AAA/X\n",
        "AAA/Ü2",
        "AAAAA/X",
        "AAA/X-Y",
    ],
)
def test_level_name_of_another_form_is_refused(name: str) -> None:
    """A misspelt name is refused, never guessed."""
    with pytest.raises(Refusal) as caught:
        parse_level(name)
    assert caught.value.reason is Reason.LEVEL_UNKNOWN


def test_level_exists_to_the_end_of_its_last_day() -> None:
    """A retired level is one from the day after its last."""
    retired = level("X", Ceiling.C, date(2021, 6, 30))
    assert [retired.existed_on(date(2021, month, day)) for month, day in [(6, 30), (7, 1)]] == [True, False]


@given(orders())
def test_every_level_serves_itself(order: LevelOrder) -> None:
    """Who holds the level asked for serves."""
    assert all(order.serves(name, name) for name in order.names)


@given(orders())
def test_order_is_transitive(order: LevelOrder) -> None:
    """What serves for a level serves for all that the level serves for."""
    for a, b, c in permutations(order.names, 3):
        assert not (order.serves(a, b) and order.serves(b, c)) or order.serves(a, c)


@given(orders())
def test_order_is_antisymmetric(order: LevelOrder) -> None:
    """Two different levels never serve for each other."""
    assert not any(order.serves(a, b) and order.serves(b, a) for a, b in permutations(order.names, 2))


@given(orders(), st.data())
def test_meet_is_served_by_both_and_serves_all_that_both_serve(order: LevelOrder, data: st.DataObject) -> None:
    """The meet is the most that both levels have in common."""
    one, other = (data.draw(st.sampled_from(sorted(order.names))) for _ in range(2))
    common = {name for name in order.names if order.serves(one, name) and order.serves(other, name)}
    highest = [top for top in common if all(order.serves(top, name) for name in common)]
    assert order.meet(one, other) == (highest[0] if highest else None)


def test_undeclared_levels_do_not_serve() -> None:
    """No declared order is incomparable, and incomparable is no."""
    assert not DIAMOND.serves("AAA/Left", "AAA/Right")


def test_unknown_level_serves_for_nothing() -> None:
    """Not even for itself."""
    assert not DIAMOND.serves("AAA/Other", "AAA/Other")


@pytest.mark.parametrize(
    ("title", "names", "expected"),
    [
        ("the lower of two that are ordered", ("AAA/Top", "AAA/Low"), "AAA/Low"),
        ("what two incomparable ones both serve", ("AAA/Left", "AAA/Right"), "AAA/Low"),
        ("of three", ("AAA/Top", "AAA/Left", "AAA/Right"), "AAA/Low"),
        ("of one", ("AAA/Left",), "AAA/Left"),
        ("nothing in common", ("AAA/Top", "AAA/Alone"), None),
        ("an unknown one", ("AAA/Top", "AAA/Other"), None),
    ],
)
def test_meet(title: str, names: tuple[str, ...], expected: str | None) -> None:
    """Person, employer and project give the highest level that all of them allow."""
    assert DIAMOND.meet(*names) == expected, title


def test_meet_is_none_where_two_levels_are_equally_high() -> None:
    """No tie is broken: there is no single highest."""
    names = {f"AAA/{code}" for code in "ABCD"}
    order = LevelOrder(frozenset(names), frozenset((f"AAA/{a}", f"AAA/{c}") for a in "AB" for c in "CD"))
    assert order.meet("AAA/A", "AAA/B") is None


def test_circle_is_refused_with_its_levels() -> None:
    """Levels that serve each other would be one level with two names."""
    with pytest.raises(Refusal) as caught:
        LevelOrder(frozenset({"AAA/A", "AAA/B"}), frozenset({("AAA/A", "AAA/B"), ("AAA/B", "AAA/A")}))
    assert (caught.value.reason, caught.value.where) == (Reason.RULEBOOK_FORM, "AAA/A and AAA/B serve each other")


def test_order_over_an_unknown_level_is_refused_with_its_name() -> None:
    """An order is declared over levels that exist."""
    with pytest.raises(Refusal) as caught:
        LevelOrder(frozenset({"AAA/A"}), frozenset({("AAA/A", "AAA/B")}))
    assert (caught.value.reason, caught.value.where) == (Reason.LEVEL_UNKNOWN, "AAA/B")


@pytest.mark.parametrize(("above", "below"), [(Ceiling.C, Ceiling.S), (None, Ceiling.R)])
def test_level_cannot_serve_for_one_that_opens_more(above: Ceiling | None, below: Ceiling) -> None:
    """Serving would give access to what the holder's own level does not open."""
    with pytest.raises(Refusal) as caught:
        party(level("A", above), level("B", below), declared=frozenset({("AAA/A", "AAA/B")}))
    assert caught.value.where == "AAA/A serves AAA/B, which opens more"


def test_party_refuses_a_level_of_another_party() -> None:
    """A party's file speaks of its own levels alone."""
    with pytest.raises(Refusal) as caught:
        party(level("X", Ceiling.S, party="BBB"))
    assert caught.value.reason is Reason.RULEBOOK_FORM
