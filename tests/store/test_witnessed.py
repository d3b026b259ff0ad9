"""Since when how much of a lane was cosigned, in the ledger and in a follower's memory."""

import pytest
from fakes.records import LANE, append
from hypothesis import given
from hypothesis import strategies as st

from interchange.client.witnessed import Witnessed
from interchange.store import witnessed
from interchange.store.ledger import Ledger, Tx

steps = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9)), max_size=8)


def lane(tx: Tx, *seen: tuple[int, int], origin: str = LANE) -> None:
    """Open a lane, and record (size, at) of these."""
    append(tx, origin=origin, party=origin.split("/")[2])
    for size, at in seen:
        witnessed.add(tx, origin, size, at)


@pytest.mark.parametrize(("before", "size"), [(100, 0), (101, 3), (200, 3), (201, 5), (999, 5)])
def test_size_is_what_was_cosigned_strictly_before(ledger: Ledger, before: int, size: int) -> None:
    """In that very second it was not yet before."""
    ledger.transact(lambda tx: lane(tx, (3, 100), (5, 200)))
    assert ledger.read(lambda tx: witnessed.size_before(tx, LANE, before)) == size


def test_size_that_is_cosigned_again_keeps_its_first_time(ledger: Ledger) -> None:
    """What was there stays there since then."""
    ledger.transact(lambda tx: lane(tx, (3, 100), (3, 300), (3, 50), (2, 60)))
    assert ledger.read(lambda tx: witnessed.last_before(tx, LANE, 999)) == (3, 100)


def test_empty_lane_is_nothing_to_witness(ledger: Ledger) -> None:
    """Nothing was there."""
    ledger.transact(lambda tx: lane(tx, (0, 100)))
    assert ledger.read(lambda tx: witnessed.last_before(tx, LANE, 999)) is None


def test_lane_is_witnessed_for_itself(ledger: Ledger) -> None:
    """What one partner acknowledged says nothing of the lane of another."""
    ledger.transact(lambda tx: lane(tx, (3, 100), origin=LANE.replace("BBB", "CCC")))
    assert ledger.read(lambda tx: witnessed.size_before(tx, LANE, 999)) == 0


def test_clock_that_was_set_back_shows_no_more_than_its_latest_time(ledger: Ledger) -> None:
    """Of two times the later one is believed, though the size is smaller."""
    ledger.transact(lambda tx: lane(tx, (3, 100), (5, 90)))
    assert ledger.read(lambda tx: witnessed.size_before(tx, LANE, 999)) == 3


@given(steps, st.integers(0, 10))
def test_memory_answers_as_the_ledger_does(seen: list[tuple[int, int]], before: int) -> None:
    """A follower in memory keeps what a node keeps: the last by time among the sizes that grew."""
    memory, kept, largest = Witnessed(), list[tuple[int, int]](), 0
    for size, at in seen:
        memory.add(size, at)
        if size > largest:
            largest = size
            kept.append((at, size))
    expected = max((each for each in kept if each[0] < before), default=(0, 0))[1]
    assert memory.size_before(before) == expected
