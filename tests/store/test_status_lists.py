from collections.abc import Callable
from random import Random

import pytest
from fakes.records import SLOTS

from interchange.store import status_lists
from interchange.store.ledger import Ledger, Tx
from interchange.store.status_lists import StoredList


def take(tx: Tx, draw: Callable[[int], int], party: str = "BBB", size: int = SLOTS) -> tuple[int, int]:
    """Find a slot and claim it at once."""
    (slot,) = status_lists.free_slots(tx, party, size, draw, 1)
    assert status_lists.claim_slots(tx, party, [slot], size)
    return slot


def scripted(*numbers: int) -> Callable[[int], int]:
    """Draw these numbers in order."""
    rest = list(numbers)
    return lambda _: rest.pop(0)


def newest(ledger: Ledger) -> StoredList:
    """Read the newest list towards the partner of these tests."""
    found = ledger.read(lambda tx: status_lists.current(tx, "BBB"))
    assert found is not None
    return found


def test_no_slot_is_given_twice(ledger: Ledger) -> None:
    """However many slots are taken over several lists, no two are the same."""
    chance = Random(1)
    taken = ledger.transact(lambda tx: [take(tx, chance.randrange) for _ in range(3 * SLOTS)])
    assert len(set(taken)) == 3 * SLOTS


def test_new_list_begins_at_half_full(ledger: Ledger) -> None:
    """A list takes slots until half of them are used; the next slot is in a new list."""
    chance = Random(1)
    taken = ledger.transact(lambda tx: [take(tx, chance.randrange) for _ in range(SLOTS // 2 + 1)])
    assert [number for number, _ in taken] == [1] * (SLOTS // 2) + [2]


def test_drawn_slot_that_is_taken_is_drawn_again(ledger: Ledger) -> None:
    """A slot that was given before is passed over, also within one transaction."""
    draw = scripted(5, 5, 5, 9)
    assert ledger.transact(lambda tx: [take(tx, draw), take(tx, draw)]) == [(1, 5), (1, 9)]


def test_finding_a_slot_takes_nothing(ledger: Ledger) -> None:
    """A slot that was only looked for is free for the next request."""
    draw = scripted(5, 5)
    found = [ledger.read(lambda tx: status_lists.free_slots(tx, "BBB", SLOTS, draw, 1)) for _ in range(2)]
    assert found == [[(1, 5)], [(1, 5)]]


def test_slot_claimed_meanwhile_is_not_claimed_again(ledger: Ledger) -> None:
    """Of two requests that found the same slot, the second is told to look again."""
    claims = [ledger.transact(lambda tx: status_lists.claim_slots(tx, "BBB", [(1, 5)], SLOTS)) for _ in range(2)]
    assert claims == [True, False]


def test_slot_beyond_a_list_that_began_meanwhile_is_not_claimed(ledger: Ledger) -> None:
    """A slot drawn for a larger list than the one that was opened meanwhile is refused."""
    ledger.transact(lambda tx: status_lists.claim_slots(tx, "BBB", [(1, 0)], 8))
    assert not ledger.transact(lambda tx: status_lists.claim_slots(tx, "BBB", [(1, 8)], 16))


def test_only_claimed_slots_count_as_used(ledger: Ledger) -> None:
    """The count of a list is that of its claimed slots."""
    ledger.transact(lambda tx: [status_lists.claim_slots(tx, "BBB", [(1, idx)], SLOTS) for idx in (3, 3, 4)])
    assert newest(ledger).used == 2


def test_draw_is_below_the_size_of_the_list_that_is_there(ledger: Ledger) -> None:
    """A changed size is for new lists only: slots of an old one are drawn within it."""
    ledger.transact(lambda tx: take(tx, scripted(0), size=8))
    asked: list[int] = []

    def draw(below: int) -> int:
        asked.append(below)
        return 1

    ledger.transact(lambda tx: take(tx, draw, size=SLOTS))
    assert asked == [8]


def test_lists_of_partners_are_their_own(ledger: Ledger) -> None:
    """The same slot can be given towards each partner."""
    taken = ledger.transact(lambda tx: [take(tx, scripted(5), party) for party in ("BBB", "CCC")])
    assert taken == [(1, 5), (1, 5)]


def test_all_lists_are_listed_in_order(ledger: Ledger) -> None:
    """All lists of all partners are found, by partner and number."""
    lists = [("CCC", 1), ("BBB", 2), ("BBB", 1)]
    ledger.transact(lambda tx: [status_lists.claim_slots(tx, party, [(number, 0)], SLOTS) for party, number in lists])
    found = ledger.read(status_lists.everything)
    assert [(each.party, each.number) for each in found] == [("BBB", 1), ("BBB", 2), ("CCC", 1)]


@pytest.mark.parametrize(
    ("size", "at", "kept"),
    [
        pytest.param(11, 100, b"second", id="a longer lane"),
        pytest.param(10, 101, b"second", id="a later signing of the same lane"),
        pytest.param(9, 101, b"first", id="a shorter lane"),
        pytest.param(11, 99, b"first", id="an earlier signing"),
    ],
)
def test_published_list_never_goes_back(ledger: Ledger, size: int, at: int, kept: bytes) -> None:
    """A signed list replaces only what is neither of a longer lane nor signed later."""
    ledger.transact(lambda tx: take(tx, scripted(0)))
    ledger.transact(lambda tx: status_lists.publish(tx, "BBB", 1, b"first", 10, 100))
    ledger.transact(lambda tx: status_lists.publish(tx, "BBB", 1, b"second", size, at))
    assert newest(ledger).token == kept
