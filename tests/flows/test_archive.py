"""The archive: each lane's head once a day, cosigned under ML-DSA-44, and believed for that alone."""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from fakes import tokens
from fakes.keychain import MemoryArchivers
from fakes.parties import DAY, HOME, NOW, do, key_of, keyring_of, label, names_of, signed
from fakes.refusals import refused
from fakes.world import World

from interchange.domain.checkpoint import Checkpoint, LineKind, key_id, subtree_message
from interchange.domain.keyring import MLDSA44, Keyring, Role
from interchange.domain.merkle import leaf_hash
from interchange.domain.merkle_proof import inclusion_proof, verify_inclusion
from interchange.errors import Reason
from interchange.flows.archive import archive_lanes, check_archived, cosign
from interchange.flows.keyrings import PUBLISH, PublishRequest, draft
from interchange.flows.node import Node
from interchange.flows.stages import DRAFT, DraftRequest
from interchange.store import archive, lanes
from interchange.store.archive import Archived
from interchange.store.ledger import Tx
from interchange.wire.keyring import assemble, parse_keyring
from interchange.wire.note import format_note, parse_note

NAME = names_of(HOME).archive
ARCHIVE = key_of(HOME, Role.ARCHIVE)
SIGNER = tokens.mldsa_signer(label(HOME, Role.ARCHIVE), MLDSA44)
LANES = [names_of(HOME).lane("AUS", 1), names_of(HOME).lane("KOR", 1), names_of(HOME).audit_lane(1)]


@pytest.fixture
def node(world: World) -> Node:
    """The home node with a keyring that lists an archive key."""
    home = replace(world.home, archivers=MemoryArchivers({SIGNER.kid: SIGNER}))
    ring = keyring_of(HOME, 2)
    do(home, PUBLISH, PublishRequest(signed(replace(ring, keys=(*ring.keys, ARCHIVE)), HOME)))
    return home


def all_of(node: Node) -> list[Archived]:
    """Read the whole archive."""
    return node.ledger.read(lambda tx: archive.archived_after(tx, "", "", 1000))


def test_each_lane_of_ours_is_archived_once_a_day(node: Node) -> None:
    """The auditors' lane too; a second pass on the same day does nothing, one on the next does."""
    assert sorted(archive_lanes(node, NOW).archived) == LANES
    assert archive_lanes(node, NOW + 600).archived == ()
    assert sorted(archive_lanes(node, NOW + DAY).archived) == LANES
    assert [(each.origin, each.day) for each in all_of(node)] == [
        (origin, day) for origin in LANES for day in ("2027-01-15", "2027-01-16")
    ]


def test_archived_head_is_believed_by_its_keyring(node: Node) -> None:
    """Its size and root are the lane's, its time is that of the pass."""
    archive_lanes(node, NOW)
    (found,) = [each for each in all_of(node) if each.origin == LANES[1]]
    head = node.ledger.read(lambda tx: lanes.head(tx, LANES[1]))
    assert head is not None
    believed = check_archived(found.note, LANES[1], NAME, [ARCHIVE], NOW)
    assert (believed.checkpoint.size, believed.checkpoint.root) == (head.size, head.frontier.root)
    assert (believed.signed_at, found.size) == (NOW, head.size)


def test_leaf_is_proved_under_an_archived_head(node: Node) -> None:
    """An event keeps its proof, whatever becomes of Ed25519: leaf, path, head and one ML-DSA-44 signature."""
    archive_lanes(node, NOW)
    (found,) = [each for each in all_of(node) if each.origin == LANES[0]]
    under = check_archived(found.note, LANES[0], NAME, [ARCHIVE], NOW).checkpoint

    def look(tx: Tx) -> tuple[bytes, tuple[bytes, ...]]:
        (entry,) = lanes.entries(tx, LANES[0], 0, 1)
        return entry.leaf, inclusion_proof(0, under.size, lanes.node_reader(tx, LANES[0]))

    leaf, path = node.ledger.read(look)
    verify_inclusion(leaf_hash(leaf), 0, under.size, path, under.root)


def test_line_is_that_of_the_specification() -> None:
    """Signed bytes and key id are put together here by hand, as C2SP tlog-cosignature describes them."""
    checkpoint = Checkpoint(LANES[0], 7, sha256(b"root").digest())
    line = cosign(checkpoint, NAME, SIGNER, NOW)
    message = b"".join(
        (
            b"subtree/v1\n\x00",
            bytes([len(NAME)]) + NAME.encode(),
            NOW.to_bytes(8, "big"),
            bytes([len(LANES[0])]) + LANES[0].encode(),
            bytes(8),
            bytes(7) + b"\x07",
            sha256(b"root").digest(),
        )
    )
    MLDSA44PublicKey.from_public_bytes(SIGNER.public_key).verify(line.signature, message)
    assert line.key_id == sha256(NAME.encode() + b"\n\x06" + SIGNER.public_key).digest()[:4]
    text = format_note(checkpoint, [line]).decode().splitlines()[-1]
    assert text.startswith(f"\u2014 {NAME} ")
    assert b64decode(text.split(" ")[2]) == line.key_id + NOW.to_bytes(8, "big") + line.signature


def test_successor_is_drafted_as_the_others_are(node: Node) -> None:
    """Its private half lies with the archive's keys, and the next keyring lists it under its own algorithm."""
    kid = do(node, DRAFT, DraftRequest(Role.ARCHIVE, "", NOW, NOW + DAY, NOW + 2 * DAY))
    assert kid in node.archivers
    ring, _ = parse_keyring(assemble(draft(node, days=1, now=NOW), []))
    assert [(key.kid, key.alg) for key in ring.of_role(Role.ARCHIVE)] == [(ARCHIVE.kid, MLDSA44), (kid, MLDSA44)]


def test_node_without_an_archive_key_archives_nothing(world: World) -> None:
    """A keyring that was made before there was such a key needs none."""
    assert archive_lanes(world.home, NOW) == archive_lanes(world.home, NOW + DAY)
    assert archive_lanes(world.home, NOW).failed == ()


def test_archive_key_that_is_not_here_is_told(node: Node) -> None:
    """The keyring lists it, and its file is gone."""
    done = archive_lanes(replace(node, archivers=MemoryArchivers()), NOW)
    assert (done.archived, {reason for _, reason in done.failed}) == ((), {Reason.SIGNER_UNAVAILABLE})


def test_lane_below_its_high_water_mark_is_not_archived(node: Node) -> None:
    """Of a ledger that was put back, nothing is signed; the other lanes are archived all the same."""
    node.highwater.raise_to(LANES[1], 999, bytes(32))
    done = archive_lanes(node, NOW)
    assert (sorted(done.archived), done.failed) == ([LANES[0], LANES[2]], ((LANES[1], Reason.LANE_BEHIND),))


def archived() -> tuple[Checkpoint, bytes]:
    """Cosign a head."""
    checkpoint = Checkpoint(LANES[0], 7, sha256(b"root").digest())
    return checkpoint, format_note(checkpoint, [cosign(checkpoint, NAME, SIGNER, NOW)])


def altered(**changes: object) -> bytes:
    """Put the line of one head under another."""
    checkpoint, note = archived()
    return format_note(replace(checkpoint, **changes), parse_note(note).lines)  # type: ignore[arg-type]


def under_another_name() -> bytes:
    """Cosign as somebody else, and call the line the archive's."""
    checkpoint, _ = archived()
    line = cosign(checkpoint, "other.example/archive", SIGNER, NOW)
    kept = key_id(NAME, LineKind.MLDSA44_COSIGNATURE, SIGNER.public_key)
    return format_note(checkpoint, [replace(line, name=NAME, key_id=kept)])


UNBELIEVED: dict[str, tuple[Reason, Callable[[], bytes], dict[str, int], int]] = {
    "another size": (Reason.SIGNATURE_INVALID, lambda: altered(size=8), {}, NOW),
    "another root": (Reason.SIGNATURE_INVALID, lambda: altered(root=bytes(32)), {}, NOW),
    "another lane": (Reason.NOTE_ORIGIN, lambda: altered(origin=LANES[1]), {}, NOW),
    "signed under another name": (Reason.SIGNATURE_INVALID, under_another_name, {}, NOW),
    "the lane's own lines alone": (Reason.KEY_UNKNOWN, lambda: tokens.signed_note(origin=LANES[0]), {}, NOW),
    "outside the key's window": (Reason.KEY_WINDOW, lambda: archived()[1], {"sign_until": NOW}, NOW),
    "ahead of the clock": (Reason.NOTE_TIME_AHEAD, lambda: archived()[1], {}, NOW - 61),
    "no note": (Reason.NOTE_FORM, lambda: b"", {}, NOW),
}
"""What is wrong → why it is not believed, the note, the key's other window, the reader's clock."""


@pytest.mark.parametrize("name", UNBELIEVED)
def test_head_is_not_believed(name: str) -> None:
    """One fault each; the cosignature covers name, time, lane, size and root."""
    reason, note, window, now = UNBELIEVED[name]
    key = replace(ARCHIVE, **{"sign_from": NOW - DAY} | window)  # type: ignore[arg-type]
    with refused(reason):
        check_archived(note(), LANES[0], NAME, [key], now)


def test_message_names_a_cosigner() -> None:
    """There is no such message without a name, nor with one that its length byte could not tell."""
    checkpoint, _ = archived()
    for name in ("", "n" * 256):
        with refused(Reason.NOTE_FORM):
            subtree_message(name, NOW, checkpoint)


def test_archive_key_stands_in_the_keyring_as_an_algorithm_key_pair() -> None:
    """Role, algorithm and public key are read again as they were written."""
    ring: Keyring = replace(keyring_of(HOME), keys=(ARCHIVE,))
    assert parse_keyring(signed(ring, HOME))[0] == ring
