"""What holds of a narrowed key: nothing that is told widens it, and a taint cuts off by the witness's time alone."""

from itertools import permutations

import pytest
from fakes import tokens
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.events import Restriction
from interchange.domain.narrowing import Narrowing, joined, narrowed, of_record

T = 1_800_000_000
SUSPENDED, RETIRED, TAINTED = Narrowing(suspended=True), Narrowing(), Narrowing(since=T)
LATER = Narrowing(since=T + 9)

narrowings = st.builds(Narrowing, st.booleans(), st.none() | st.integers(T, T + 99))


def witness(*known: tuple[int, int]) -> "Witness":
    """A witness that cosigned (size, at) these."""
    return Witness(known)


class Witness:
    """Answers as `store.witnessed` does, and keeps what it was asked."""

    def __init__(self, known: tuple[tuple[int, int], ...]) -> None:
        """Take what was cosigned."""
        self.known, self.asked = known, list[int]()

    def __call__(self, before: int) -> int:
        """Give the size that was cosigned before."""
        self.asked.append(before)
        return max((size for size, at in self.known if at < before), default=0)


@pytest.mark.parametrize(("at", "counts"), [(T - 61, True), (T - 60, False), (T - 59, False), (T, False)], ids=str)
def test_leaf_was_there_if_it_was_cosigned_more_than_a_minute_before(at: int, counts: bool) -> None:
    """Two honest clocks may differ by a minute, and a whole one does not suffice."""
    assert TAINTED.counts(4, witness((5, at))) is counts


@pytest.mark.parametrize(("n", "counts"), [(0, True), (4, True), (5, False), (6, False)])
def test_leaf_below_the_cosigned_size_was_there(n: int, counts: bool) -> None:
    """A lane of five leaves ends with number four."""
    assert TAINTED.counts(n, witness((5, T - 61))) is counts


def test_size_that_was_cosigned_later_proves_nothing() -> None:
    """Only what was cosigned in time counts, however much was later."""
    assert not TAINTED.counts(5, witness((5, T - 61), (9, T - 60)))


def test_lane_without_a_witness_proves_nothing() -> None:
    """Nobody saw it before."""
    assert not TAINTED.counts(0, witness())


def test_retired_key_needs_no_witness() -> None:
    """What it signed counts, and nobody is asked."""
    asked = witness()
    assert (RETIRED.counts(0, asked), asked.asked) == (True, [])


def test_suspended_key_needs_no_witness() -> None:
    """Nothing that it signed counts, whatever a witness saw."""
    asked = witness((5, 0))
    assert (SUSPENDED.counts(0, asked), asked.asked) == (False, [])


@pytest.mark.parametrize("order", list(permutations([RETIRED, SUSPENDED, TAINTED, LATER])))
def test_no_order_of_words_is_wider(order: tuple[Narrowing, ...]) -> None:
    """A taint lifts no suspension, a retirement lifts nothing, and of several taints the earliest holds."""
    assert joined(order) == Narrowing(suspended=True, since=T)


@given(st.lists(narrowings, min_size=1), narrowings, st.integers(0, 9), st.integers(T - 99, T + 99))
def test_what_is_told_further_makes_nothing_count(known: list[Narrowing], further: Narrowing, n: int, at: int) -> None:
    """What counts after all counted before the last word, and would count by each word alone."""
    whole, seen = joined([*known, further]), witness((5, at))
    assert whole is not None
    before = joined(known)
    assert before is not None
    assert whole.counts(n, seen) == (before.counts(n, seen) and further.counts(n, seen))


def test_nothing_told_is_no_narrowing() -> None:
    """A key of which nobody says anything signs on."""
    assert joined([None, None]) is None


@given(narrowings)
def test_spelt_and_read_again_it_is_the_same(narrowing: Narrowing) -> None:
    """A partner that is admitted later hears all that the others heard."""
    assert joined(narrowed(*word) for word in narrowing.told_as) == narrowing


def test_taint_that_does_not_say_since_when_is_from_the_beginning() -> None:
    """Nothing that such a key signed counts."""
    assert not narrowed(Restriction.TAINTED).counts(0, witness((5, 1)))


@pytest.mark.parametrize(
    ("narrowing", "how"),
    [
        (RETIRED, Restriction.RETIRED),
        (SUSPENDED, Restriction.SUSPENDED),
        (TAINTED, Restriction.TAINTED),
        (Narrowing(suspended=True, since=T), Restriction.TAINTED),
    ],
)
def test_in_one_word(narrowing: Narrowing, how: Restriction) -> None:
    """A taint is for good, and so the word for people."""
    assert (narrowing.how, narrowing.doubts) == (how, how is not Restriction.RETIRED)


def test_keyring_taints_as_a_lane_does() -> None:
    """Windows of a record are no narrowing, `tainted_since` is."""
    records = [tokens.key_record("assert"), tokens.key_record("assert", tainted_since=T)]
    assert [of_record(record) for record in records] == [None, TAINTED]
