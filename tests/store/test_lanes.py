import pytest
from fakes.records import LANE, append
from sqlalchemy import delete

from interchange.domain.checkpoint import Checkpoint, SignedHead
from interchange.domain.lane import Entry
from interchange.domain.merkle import Frontier, leaf_hash
from interchange.domain.merkle_proof import (
    consistency_proof,
    frontier_at,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from interchange.errors import Reason, Refusal
from interchange.store import lanes
from interchange.store.lanes import LaneHead
from interchange.store.ledger import Ledger, Tx
from interchange.store.tables import NodeRow

LEAVES = [f"leaf {n}".encode() for n in range(21)]
OTHER = "aaa.clearance.example/lane/CCC/1"


def tree(size: int) -> Frontier:
    """The frontier over the first leaves, made without a ledger."""
    return Frontier.empty().extend(leaf_hash(leaf) for leaf in LEAVES[:size])


def fill(tx: Tx) -> None:
    """Append all leaves in batches of every size from 1 to 6."""
    rest = list(LEAVES)
    for size in range(1, 7):
        append(tx, *rest[:size])
        del rest[:size]


def head(tx: Tx) -> LaneHead:
    """Read the head of the lane of these tests."""
    found = lanes.head(tx, LANE)
    assert found is not None
    return found


def test_new_lane_is_empty(ledger: Ledger) -> None:
    """A lane starts without leaves, contact or acknowledgement."""
    ledger.transact(lambda tx: lanes.open_lane(tx, LANE, "BBB", issued=False))
    empty = LaneHead(LANE, "BBB", False, Frontier.empty(), None, None, None, 0, None)
    assert ledger.read(head) == empty


def test_opening_a_lane_again_keeps_it(ledger: Ledger) -> None:
    """A lane that is there is not emptied by opening it."""
    ledger.transact(fill)
    ledger.transact(lambda tx: lanes.open_lane(tx, LANE, "BBB", issued=True))
    assert ledger.read(head).size == len(LEAVES)


def test_unknown_lane_has_no_head(ledger: Ledger) -> None:
    """A lane that was never opened is not there."""
    assert ledger.read(lambda tx: lanes.head(tx, LANE)) is None


def test_appended_frontier_is_that_of_the_leaves(ledger: Ledger) -> None:
    """However leaves are batched, the stored frontier is the one over them all."""
    ledger.transact(fill)
    assert ledger.read(head).frontier == tree(len(LEAVES))


def test_appending_nothing_changes_nothing(ledger: Ledger) -> None:
    """An empty page leaves the lane as it is."""
    ledger.transact(fill)
    assert ledger.transact(append) == tree(len(LEAVES))


def test_every_leaf_is_proved_in_every_size(ledger: Ledger) -> None:
    """The stored nodes give a valid inclusion proof of each leaf in each tree that has it."""
    ledger.transact(fill)

    def prove(tx: Tx) -> None:
        node = lanes.node_reader(tx, LANE)
        for size in range(1, len(LEAVES) + 1):
            for n in range(size):
                verify_inclusion(leaf_hash(LEAVES[n]), n, size, inclusion_proof(n, size, node), tree(size).root)

    ledger.read(prove)


def test_every_size_is_proved_to_continue_every_smaller_one(ledger: Ledger) -> None:
    """The stored nodes give a valid consistency proof between any two sizes."""
    ledger.transact(fill)

    def prove(tx: Tx) -> None:
        node = lanes.node_reader(tx, LANE)
        for new in range(1, len(LEAVES) + 1):
            for old in range(1, new + 1):
                verify_consistency(old, tree(old).root, new, tree(new).root, consistency_proof(old, new, node))

    ledger.read(prove)


def test_earlier_frontiers_are_read_from_the_nodes(ledger: Ledger) -> None:
    """The frontier of any earlier size can be had from the stored nodes."""
    ledger.transact(fill)
    sizes = range(1, len(LEAVES) + 1)
    found = ledger.read(lambda tx: [frontier_at(size, lanes.node_reader(tx, LANE)) for size in sizes])
    assert found == [tree(size) for size in sizes]


def test_missing_node_is_a_broken_ledger(ledger: Ledger) -> None:
    """A node that should be there and is not is said to be a broken ledger, not a database that is down."""
    ledger.transact(fill)
    ledger.transact(lambda tx: tx.execute(delete(NodeRow)))
    with pytest.raises(Refusal) as refused:
        ledger.read(lambda tx: lanes.node_reader(tx, LANE)(0, 0))
    assert refused.value.reason is Reason.AUDIT_BROKEN


def test_leaf_numbers_cannot_be_used_twice(ledger: Ledger) -> None:
    """Appending on an outdated frontier is refused by the database itself."""
    ledger.transact(fill)
    with pytest.raises(Refusal) as refused:
        ledger.transact(lambda tx: lanes.append(tx, LANE, tree(3), [Entry(b"other")]))
    assert refused.value.reason is Reason.ALREADY_KNOWN


def test_entries_are_read_from_a_number_on(ledger: Ledger) -> None:
    """A page holds the leaves from the first asked for, in order, and no more than asked for."""
    ledger.transact(fill)
    found = ledger.read(lambda tx: lanes.entries(tx, LANE, 5, 4))
    assert [entry.leaf for entry in found] == LEAVES[5:9]


def test_token_travels_beside_its_leaf(ledger: Ledger) -> None:
    """The JWS is kept with its leaf, and a leaf without one has none."""
    ledger.transact(lambda tx: (append(tx, b"with", token=b"a.b.c"), append(tx, b"without")))
    assert ledger.read(lambda tx: lanes.entries(tx, LANE, 0, 2)) == [Entry(b"with", b"a.b.c"), Entry(b"without")]


@pytest.mark.parametrize("step", [1, 4, 21, 100])
def test_all_entries_are_read_once_in_any_steps(ledger: Ledger, step: int) -> None:
    """Walking a lane gives each leaf once with its number, up to the size asked for."""
    ledger.transact(fill)
    found = ledger.read(lambda tx: [(n, entry.leaf) for n, entry in lanes.all_entries(tx, LANE, 20, step)])
    assert found == list(enumerate(LEAVES[:20]))


def test_lanes_do_not_mix(ledger: Ledger) -> None:
    """Leaves and nodes of one lane are not those of another."""
    ledger.transact(fill)
    ledger.transact(lambda tx: append(tx, b"elsewhere", origin=OTHER, party="CCC"))
    assert ledger.read(lambda tx: [(found.origin, found.size) for found in lanes.heads(tx)]) == [
        (LANE, len(LEAVES)),
        (OTHER, 1),
    ]


def test_contact_is_kept_with_the_head(ledger: Ledger) -> None:
    """The newest checkpoint, its signed time and its receipt are read back with the head."""
    ledger.transact(fill)
    signed = SignedHead(Checkpoint(LANE, len(LEAVES), tree(len(LEAVES)).root), 100, b"note")
    ledger.transact(lambda tx: lanes.record_contact(tx, signed, 103))
    found = ledger.read(head)
    assert (found.note, found.signed_at, found.received_at) == (b"note", 100, 103)


@pytest.mark.parametrize(
    ("second", "kept"),
    [
        pytest.param((7, 110), (7, 110), id="a larger one replaces it"),
        pytest.param((5, 110), (5, 110), id="a later one of the same size replaces it"),
        pytest.param((4, 110), (5, 100), id="a smaller one does not"),
    ],
)
def test_acknowledgement_never_shrinks(ledger: Ledger, second: tuple[int, int], kept: tuple[int, int]) -> None:
    """Of two acknowledgements the one that covers more is kept."""
    ledger.transact(fill)
    ledger.transact(lambda tx: lanes.record_acknowledgement(tx, LANE, 5, "line", 100))
    ledger.transact(lambda tx: lanes.record_acknowledgement(tx, LANE, second[0], "line", second[1]))
    found = ledger.read(head)
    assert (found.acknowledged_size, found.acknowledged_at) == kept
