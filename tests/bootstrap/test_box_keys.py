"""The keys to which bindings are sealed, on disk: made, opened, and listed by a new node's keyring."""

import stat
from functools import partial
from pathlib import Path

import pytest
from fakes.refusals import refused

from interchange import config
from interchange.bootstrap import box_keys, root
from interchange.bootstrap.assemble import assemble
from interchange.bootstrap.box_keys import add_box_key, carry_box_keys, open_box_keys
from interchange.bootstrap.establish import establish
from interchange.crypto.box import seal_box_key, seal_to
from interchange.crypto.sealed import open_key
from interchange.domain.keyring import Role
from interchange.errors import Reason, Refusal
from interchange.rulebook.load import load
from interchange.wire.keyring import assemble as published
from interchange.wire.keyring import parse_keyring

PASSPHRASE = b"correct horse battery staple"
NOW = 1_800_000_000


@pytest.fixture
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derive keys at the least cost that is allowed."""
    monkeypatch.setattr(box_keys, "seal_box_key", partial(seal_box_key, ops=1, mem=8192))


@pytest.fixture
def keys(tmp_path: Path, _cheap: None) -> Path:
    """Give a directory of sealed keys that has none for bindings."""
    directory = tmp_path / "keys"
    directory.mkdir()
    return directory


def names(keys: Path) -> list[str]:
    """List the files."""
    return sorted(path.name for path in (keys / "binding").iterdir())


def test_each_key_gets_the_next_number(keys: Path) -> None:
    """Two overlap while one takes the other's place."""
    added = [add_box_key(keys, PASSPHRASE).kid for _ in range(2)]
    assert (names(keys), list(open_box_keys(keys, PASSPHRASE))) == (["1.sealed", "2.sealed"], added)


def test_what_is_sealed_to_a_key_opens_after_a_restart(keys: Path) -> None:
    """The file holds the private half."""
    made = add_box_key(keys, PASSPHRASE)
    box = seal_to(made.public_key, b"content")
    assert open_box_keys(keys, PASSPHRASE)[made.kid].open(box) == b"content"


def test_keys_are_their_owners_alone(keys: Path) -> None:
    """Nobody else can enter the directory or read a file of it."""
    add_box_key(keys, PASSPHRASE)
    paths = (keys / "binding", *(keys / "binding").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o700, 0o600}


def test_keys_lie_beside_the_signers(keys: Path) -> None:
    """Whoever opens all sealed files of the directory meets none of them."""
    add_box_key(keys, PASSPHRASE)
    assert list(keys.glob("*.sealed")) == []


def test_key_that_is_moved_among_the_signers_does_not_sign(keys: Path) -> None:
    """One key, one role."""
    add_box_key(keys, PASSPHRASE)
    moved = (keys / "binding" / "1.sealed").rename(keys / "assert.sealed")
    with refused(Reason.FILE_SEALED):
        open_key(moved, PASSPHRASE)


def test_node_without_such_keys_opens_none(keys: Path) -> None:
    """It receives no bindings."""
    assert open_box_keys(keys, PASSPHRASE) == {}


@pytest.mark.parametrize("name", ["01.sealed", "binding-1.sealed", "1 (copy).sealed"])
def test_file_of_another_name_is_not_passed_over(keys: Path, name: str) -> None:
    """It would be missed only when a binding does not open."""
    add_box_key(keys, PASSPHRASE)
    (keys / "binding" / "1.sealed").rename(keys / "binding" / name)
    with pytest.raises(Refusal) as caught:
        open_box_keys(keys, PASSPHRASE)
    assert (caught.value.reason, caught.value.where) == (Reason.FILE_UNREADABLE, f"binding/{name}")


def test_wrong_passphrase_opens_nothing(keys: Path) -> None:
    """As with every sealed file."""
    add_box_key(keys, PASSPHRASE)
    with refused(Reason.FILE_SEALED):
        open_box_keys(keys, b"another")


def test_directory_that_cannot_be_made_is_named(keys: Path) -> None:
    """A file lies in its place."""
    (keys / "binding").write_bytes(b"")
    for act in (add_box_key, open_box_keys):
        with pytest.raises(Refusal) as caught:
            act(keys, PASSPHRASE)
        assert (caught.value.reason, caught.value.where) == (Reason.FILE_UNREADABLE, "keys/binding")


def test_keys_are_carried_under_another_passphrase(keys: Path, tmp_path: Path) -> None:
    """Beside those that are there: what was sealed to the old ones still opens."""
    other = tmp_path / "other"
    other.mkdir()
    carried = [add_box_key(keys, PASSPHRASE).kid for _ in range(2)]
    fresh = add_box_key(other, b"another").kid
    carry_box_keys(keys, PASSPHRASE, other, b"another")
    assert (list(open_box_keys(other, b"another")), names(keys)) == ([fresh, *carried], ["1.sealed", "2.sealed"])


def test_nothing_is_carried_where_there_is_nothing(keys: Path, tmp_path: Path) -> None:
    """A node that never received bindings."""
    other = tmp_path / "other"
    other.mkdir()
    carry_box_keys(keys, PASSPHRASE, other, b"another")
    assert open_box_keys(other, b"another") == {}


def test_new_node_can_open_what_its_keyring_lets_partners_seal(tmp_path: Path) -> None:
    """The key that the draft lists with role `binding` is the one whose private half the node has."""
    root.create(tmp_path / "root", load().names("JPN", demonstration=True), [b"custodian"], 1, NOW)
    made = establish(tmp_path / "node", tmp_path / "root", "JPN", load(), NOW, {"demonstration": True})
    ring, _ = parse_keyring(published(made.draft.read_bytes(), []))
    node = assemble(config.load(tmp_path / "node"))
    try:
        (listed,) = ring.of_role(Role.BINDING)
        assert (list(node.openers), listed.kid in node.signers) == ([listed.kid], False)
    finally:
        node.ledger.close()
