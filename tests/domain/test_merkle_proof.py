import json
from base64 import b64decode
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.merkle import Frontier, append_with_nodes, leaf_hash, node_hash
from interchange.domain.merkle_proof import (
    consistency_path,
    consistency_proof,
    inclusion_path,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from interchange.errors import Reason, Refusal

# The eight leaves that implementations of RFC 6962 test with.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOT_OF_FOUR = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"

# Published vectors lie beside the checkout on machines that have them; they are not ours to commit.
VECTORS = Path(__file__).resolve().parents[2].parent / "shared" / "vectors" / "merkle"

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


def stored(leaves: Sequence[bytes]) -> Callable[[int, int], bytes]:
    """Append leaf by leaf and keep the completed nodes, as a ledger does."""
    nodes: dict[tuple[int, int], bytes] = {}
    frontier = Frontier.empty()
    for leaf in leaves:
        frontier, completed = append_with_nodes(frontier, leaf_hash(leaf))
        for level, index, node in completed:
            assert (level, index) not in nodes
            nodes[level, index] = node
    return lambda level, index: nodes[level, index]


def flipped(data: bytes, bit: int) -> bytes:
    """Turn one bit round, counting on from the start past the end."""
    bit %= len(data) * 8
    return (int.from_bytes(data) ^ (1 << bit)).to_bytes(len(data))


def holds(check: Callable[[], None]) -> bool:
    """Tell whether a proof holds; any refusal but a failed proof is a fault."""
    try:
        check()
    except Refusal as refusal:
        if refusal.reason is not Reason.PROOF_INVALID:
            raise
        return False
    return True


class TestInclusion:
    """That a leaf is in the tree of a root."""

    def test_proof_in_the_well_known_tree(self) -> None:
        """Leaf 5 of the eight is proved by its neighbour leaf, the pair to the left and the first half."""
        proof = inclusion_proof(5, 8, stored(LEAVES))
        assert proof == (leaf_hash(LEAVES[4]), mth(LEAVES[6:8]), bytes.fromhex(ROOT_OF_FOUR))

    def test_ragged_edge_is_folded_from_its_perfect_subtrees(self) -> None:
        """The sibling of the first half of seven leaves is no perfect subtree and names three that are."""
        assert inclusion_path(0, 7) == [((0, 1),), ((1, 1),), ((1, 2), (0, 6))]

    @given(st.data(), SIZES, SIZES)
    def test_every_leaf_is_proved_at_every_size(self, data: st.DataObject, size: int, more: int) -> None:
        """A proof made from the nodes of a grown tree verifies against the root at the asked size."""
        leaves = made(size + more)
        index = data.draw(st.integers(0, size - 1))
        proof = inclusion_proof(index, size, stored(leaves))
        verify_inclusion(leaf_hash(leaves[index]), index, size, proof, mth(leaves[:size]))

    @given(st.data(), SIZES, st.integers(0, 2**16))
    def test_flipped_bit_fails(self, data: st.DataObject, size: int, bit: int) -> None:
        """One changed bit in leaf, proof or root makes the proof fail."""
        leaves = made(size)
        index = data.draw(st.integers(0, size - 1))
        parts = [leaf_hash(leaves[index]), *inclusion_proof(index, size, stored(leaves)), mth(leaves)]
        which = data.draw(st.integers(0, len(parts) - 1))
        parts[which] = flipped(parts[which], bit)
        assert not holds(lambda: verify_inclusion(parts[0], index, size, parts[1:-1], parts[-1]))

    @given(st.data(), st.integers(2, 130))
    def test_proof_of_another_place_fails(self, data: st.DataObject, size: int) -> None:
        """A leaf is not proved under another index."""
        leaves = made(size)
        index, other = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
        proof = inclusion_proof(index, size, stored(leaves))
        assert not holds(lambda: verify_inclusion(leaf_hash(leaves[index]), other, size, proof, mth(leaves)))

    def test_hash_of_another_length_fails(self) -> None:
        """A proof whose elements are cut at another place is refused for their length."""
        leaf, sibling = leaf_hash(b"a"), leaf_hash(b"b")
        with pytest.raises(Refusal) as refused:
            verify_inclusion(leaf, 0, 2, [sibling + b"\x00"], node_hash(leaf, sibling))
        assert refused.value.where == "length of a hash"

    @pytest.mark.parametrize(
        ("size", "where"),
        [(1, "proof too long"), (2, "proof too long"), (9, "proof too short"), (1000, "proof too short")],
    )
    def test_proof_of_another_height_fails(self, size: int, where: str) -> None:
        """A proof that leads to the root is refused where a tree of the claimed size has more or fewer levels."""
        proof = inclusion_proof(0, 8, stored(LEAVES))
        with pytest.raises(Refusal) as refused:
            verify_inclusion(leaf_hash(LEAVES[0]), 0, size, proof, mth(LEAVES))
        assert (refused.value.reason, refused.value.where) == (Reason.PROOF_INVALID, where)

    @pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 4), (0, 2**64)])
    def test_no_path_to_a_leaf_outside(self, index: int, size: int) -> None:
        """A proof is not begun for a leaf that the tree does not have."""
        with pytest.raises(Refusal) as refused:
            inclusion_path(index, size)
        assert refused.value.reason is Reason.FIELD_FORM


class TestConsistency:
    """That a tree begins with its former self."""

    def test_proof_in_the_well_known_tree(self) -> None:
        """From six leaves to eight: the two last of the old, the two new, and the half they share."""
        proof = consistency_proof(6, 8, stored(LEAVES))
        assert proof == (mth(LEAVES[4:6]), mth(LEAVES[6:8]), bytes.fromhex(ROOT_OF_FOUR))

    def test_perfect_old_tree_is_left_out(self) -> None:
        """The verifier knows the root of a perfect old tree, so the proof does not repeat it."""
        assert consistency_path(4, 7) == [((1, 2), (0, 6))]

    @given(SIZES, st.integers(0, 130))
    def test_every_pair_of_sizes_is_proved(self, old: int, more: int) -> None:
        """A tree is shown to begin with each of its former selves."""
        leaves, new = made(old + more), old + more
        proof = consistency_proof(old, new, stored(leaves))
        verify_consistency(old, mth(leaves[:old]), new, mth(leaves), proof)

    @given(st.data(), SIZES, st.integers(1, 130), st.integers(0, 2**16))
    def test_flipped_bit_fails(self, data: st.DataObject, old: int, more: int, bit: int) -> None:
        """One changed bit in either root or in the proof makes it fail."""
        leaves, new = made(old + more), old + more
        parts = [mth(leaves[:old]), mth(leaves), *consistency_proof(old, new, stored(leaves))]
        which = data.draw(st.integers(0, len(parts) - 1))
        parts[which] = flipped(parts[which], bit)
        assert not holds(lambda: verify_consistency(old, parts[0], new, parts[1], parts[2:]))

    @given(SIZES, st.integers(1, 130))
    def test_rewritten_history_has_no_proof(self, old: int, more: int) -> None:
        """The honest proof of a tree with another first leaf does not lead from the old root."""
        leaves, new = made(old + more), old + more
        rewritten = [b"another", *leaves[1:]]
        proof = consistency_proof(old, new, stored(rewritten))
        assert not holds(lambda: verify_consistency(old, mth(leaves[:old]), new, mth(rewritten), proof))

    @pytest.mark.parametrize(
        ("new", "where"),
        [(2, "proof too long"), (4, "proof too long"), (9, "proof too short"), (1000, "proof too short")],
    )
    def test_proof_of_another_height_fails(self, new: int, where: str) -> None:
        """A proof that leads to both roots is refused where the claimed new tree has more or fewer levels."""
        proof = consistency_proof(1, 8, stored(LEAVES))
        with pytest.raises(Refusal) as refused:
            verify_consistency(1, mth(LEAVES[:1]), new, mth(LEAVES), proof)
        assert (refused.value.reason, refused.value.where) == (Reason.PROOF_INVALID, where)

    def test_equal_trees_need_no_proof(self) -> None:
        """Between two trees of one size and root, a proof is padding and refused."""
        root = mth(LEAVES)
        verify_consistency(8, root, 8, root, [])
        assert not holds(lambda: verify_consistency(8, root, 8, root, [root]))

    def test_two_roots_of_one_size_contradict_each_other(self) -> None:
        """A forked lane shows itself at equal size, where no proof is looked at."""
        assert not holds(lambda: verify_consistency(8, mth(LEAVES), 8, mth([*LEAVES[1:], b""]), []))

    def test_hash_of_another_length_fails(self) -> None:
        """A proof whose elements are cut at another place is refused for their length."""
        with pytest.raises(Refusal) as refused:
            verify_consistency(1, bytes(32), 2, bytes(32), [bytes(33)])
        assert refused.value.where == "length of a hash"

    @pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (2, 1), (-1, 1), (1, 2**64)])
    def test_no_path_between_sizes_out_of_order(self, old: int, new: int) -> None:
        """Nothing is proved from the empty tree, nor from a larger to a smaller one."""
        with pytest.raises(Refusal) as refused:
            consistency_path(old, new)
        assert refused.value.reason is Reason.FIELD_FORM


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the published Merkle vectors do not lie beside this checkout")
class TestPublishedVectors:
    """The verifier against proofs that others made and broke."""

    @pytest.mark.parametrize("kind", ["inclusion", "consistency"])
    def test_verifier_agrees_with_every_vector(self, kind: str) -> None:
        """Each published proof is accepted or refused as its file says, and each kind has some of both."""
        outcomes = set()
        for path in sorted((VECTORS / kind).rglob("*.json")):
            vector = json.loads(path.read_bytes())
            proof = [b64decode(part) for part in vector["proof"] or ()]
            if kind == "inclusion":
                leaf, root = b64decode(vector["leafHash"]), b64decode(vector["root"])
                index, size = vector["leafIdx"], vector["treeSize"]
                held = holds(lambda: verify_inclusion(leaf, index, size, proof, root))  # noqa: B023 - called at once
            else:
                roots = b64decode(vector["root1"]), b64decode(vector["root2"])
                sizes = vector["size1"], vector["size2"]
                held = holds(lambda: verify_consistency(sizes[0], roots[0], sizes[1], roots[1], proof))  # noqa: B023
            assert held is not vector["wantErr"], path.name
            outcomes.add(held)
        assert outcomes == {True, False}
