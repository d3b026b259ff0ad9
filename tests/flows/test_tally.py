from hypothesis import given
from hypothesis import strategies as st

from interchange.flows.tally import Tally, Value

KEY = bytes(32)
ENTRIES = st.lists(st.tuples(st.text(max_size=3), st.integers(0, 3), st.binary(max_size=2)), max_size=8)


def tally(entries: list[tuple[str, int, bytes]], key: bytes = KEY) -> Tally:
    """Add up entries."""
    made = Tally(key)
    for entry in entries:
        made.add(*entry)
    return made


@given(ENTRIES, ENTRIES)
def test_tallies_are_the_same_exactly_if_their_entries_are(
    one: list[tuple[str, int, bytes]], other: list[tuple[str, int, bytes]]
) -> None:
    """Whatever the order, and counting what is there twice."""
    assert tally(one).same(tally(other)) == (sorted(one) == sorted(other))


@given(ENTRIES)
def test_order_does_not_matter(entries: list[tuple[str, int, bytes]]) -> None:
    """Tables are read in another order than leaves."""
    assert tally(entries).same(tally(entries[::-1]))


def test_entry_that_is_there_twice_is_not_one_that_is_there_once() -> None:
    """A row that was copied is found."""
    assert not tally([("a", 1, b"")]).same(tally([("a", 1, b"")] * 2))


def test_nobody_without_the_key_can_tell_a_sum() -> None:
    """Or rows could be chosen whose sum is that of others."""
    assert not tally([("a", 1, b"")]).same(tally([("a", 1, b"")], key=b"k" * 32))


def test_values_are_told_apart_from_one_another() -> None:
    """A text is not a number, and two values are not one."""
    made = [Tally(KEY) for _ in range(4)]
    kinds: list[tuple[Value, ...]] = [("1",), (1,), ("1", None), (b"1",)]
    for each, values in zip(made, kinds, strict=True):
        each.add(*values)
    assert not any(one.same(other) for one in made for other in made if one is not other)
