from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.merkle import Frontier, append_with_nodes, leaf_hash
from interchange.errors import Reason, Refusal

# The eight leaves and the roots over the first n of them that implementations of RFC 6962 test with.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

SIZES = st.integers(min_value=1, max_value=130)


def mth(leaves: Sequence[bytes]) -> bytes:
    """Give the tree's root word for word as RFC 9162 section 2.1.1 defines it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01" + mth(leaves[:half]) + mth(leaves[half:])).digest()


def made(size: int) -> list[bytes]:
    """Make that many different leaves."""
    return [b"leaf %d" % number for number in range(size)]


class TestFrontier:
    """Appending, the root, and what is kept of a lane."""

    @pytest.mark.parametrize("size", range(9))
    def test_root_of_the_well_known_tree(self, size: int) -> None:
        """The first n leaves of the RFC 6962 test tree have the published root."""
        assert Frontier.empty().extend(map(leaf_hash, LEAVES[:size])).root.hex() == ROOTS[size]

    @given(st.lists(st.binary(max_size=8), max_size=130))
    def test_root_equals_the_recursive_definition(self, leaves: list[bytes]) -> None:
        """The frontier's root is the RFC's recursive tree head, for any leaves."""
        assert Frontier.empty().extend(map(leaf_hash, leaves)).root == mth(leaves)

    @given(st.integers(0, 100), st.integers(0, 100))
    def test_extending_in_two_steps_equals_one(self, first: int, second: int) -> None:
        """Where a batch ends leaves no trace."""
        hashes = [leaf_hash(leaf) for leaf in made(first + second)]
        stepwise = Frontier.empty().extend(hashes[:first]).extend(hashes[first:])
        assert stepwise == Frontier.empty().extend(hashes)

    @given(st.integers(0, 130))
    def test_appending_one_by_one_equals_extending(self, size: int) -> None:
        """Appending with nodes, appending and extending reach the same frontier."""
        plain = noted = Frontier.empty()
        for leaf in map(leaf_hash, made(size)):
            plain = plain.append(leaf)
            noted, _ = append_with_nodes(noted, leaf)
        assert plain == noted == Frontier.empty().extend(map(leaf_hash, made(size)))

    @given(SIZES)
    def test_completed_nodes_are_the_roots_of_their_subtrees(self, size: int) -> None:
        """Each node that an append names is the head over exactly its own leaves, and lies inside the tree."""
        leaves = made(size)
        frontier = Frontier.empty().extend(map(leaf_hash, leaves[:-1]))
        _, completed = append_with_nodes(frontier, leaf_hash(leaves[-1]))
        for level, index, node in completed:
            covered = leaves[index << level : (index + 1) << level]
            assert (len(covered), node) == (1 << level, mth(covered))

    @given(st.integers(0, 130))
    def test_appends_complete_every_perfect_subtree(self, size: int) -> None:
        """After n leaves as many nodes are stored as n leaves have whole subtrees; none is missing for a proof."""
        frontier, count = Frontier.empty(), 0
        for leaf in map(leaf_hash, made(size)):
            frontier, completed = append_with_nodes(frontier, leaf)
            count += len(completed)
        assert count == sum(size >> level for level in range(size.bit_length()))

    @given(st.integers(0, 130))
    def test_encoding_is_read_back(self, size: int) -> None:
        """Decoding what was encoded gives the same frontier."""
        frontier = Frontier.empty().extend(map(leaf_hash, made(size)))
        assert Frontier.decode(size, frontier.encode()) == frontier

    @pytest.mark.parametrize(
        ("size", "hashes"),
        [
            pytest.param(0, (bytes(32),), id="a-hash-for-no-leaf"),
            pytest.param(1, (), id="no-hash-for-a-leaf"),
            pytest.param(4, (bytes(32), bytes(32)), id="two-hashes-for-a-perfect-tree"),
            pytest.param(3, (bytes(32), bytes(31)), id="a-short-hash"),
            pytest.param(1, (bytes(33),), id="a-long-hash"),
            pytest.param(-1, (bytes(32),), id="a-negative-size"),
            pytest.param(2**64, (bytes(32),), id="a-size-beyond-64-bits"),
        ],
    )
    def test_size_and_hashes_must_belong_together(self, size: int, hashes: tuple[bytes, ...]) -> None:
        """A frontier that no leaves could have made is not built."""
        with pytest.raises(Refusal) as refused:
            Frontier(size, hashes)
        assert refused.value.reason is Reason.FRONTIER_FORM

    def test_partial_hash_is_not_decoded(self) -> None:
        """Bytes that are not whole hashes are refused."""
        with pytest.raises(Refusal) as refused:
            Frontier.decode(1, bytes(40))
        assert refused.value.reason is Reason.FRONTIER_FORM

    def test_leaf_itself_is_not_taken_for_its_hash(self) -> None:
        """Appending something that is not 32 bytes is refused, although a merge would hide its length."""
        with pytest.raises(Refusal) as refused:
            Frontier.empty().extend([bytes(31), bytes(32)])
        assert refused.value.reason is Reason.FRONTIER_FORM

    def test_full_tree_takes_no_leaf(self) -> None:
        """The 2**64th leaf is refused, so that a frontier never has more than 64 hashes."""
        full = Frontier(2**64 - 1, (bytes(32),) * 64)
        with pytest.raises(Refusal) as refused:
            full.append(bytes(32))
        assert refused.value.reason is Reason.FRONTIER_FORM
