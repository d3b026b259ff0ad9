"""The vault's keys on disk: made, opened, added, dropped, carried."""

import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from fakes.refusals import refused

from interchange.bootstrap import vault
from interchange.bootstrap.vault import (
    Kind,
    add_lookup_key,
    add_seal_key,
    carry_vault,
    drop_key,
    make_vault,
    open_vault,
)
from interchange.crypto.sealed import open_key, open_secret, seal_key, seal_secret
from interchange.crypto.vault import key_id
from interchange.errors import Reason, Refusal

PASSPHRASE = b"correct horse battery staple"
SUBJECT, NAMES = b"subject", b"names"
Add = Callable[[Path, bytes], int]


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derive keys at the least cost that is allowed."""
    monkeypatch.setattr(vault, "seal_secret", partial(seal_secret, ops=1, mem=8192))


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Give a directory of sealed keys with a vault in it."""
    directory = tmp_path / "keys"
    directory.mkdir()
    make_vault(directory, PASSPHRASE)
    return directory


def names(keys: Path) -> list[str]:
    """List the vault's files."""
    return sorted(path.name for path in (keys / "vault").iterdir())


class TestMaking:
    """A new vault has one key of each kind."""

    def test_one_key_of_each_kind_is_made(self, keys: Path) -> None:
        """They bear the number 1."""
        assert names(keys) == ["lookup-1.sealed", "seal-1.sealed"]

    def test_vault_is_its_owners_alone(self, keys: Path) -> None:
        """Nobody else can enter the directory or read a file of it."""
        paths = (keys / "vault", *(keys / "vault").iterdir())
        assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o700, 0o600}

    def test_vault_lies_beside_the_signers(self, keys: Path) -> None:
        """Whoever opens all sealed files of the directory meets none of the vault."""
        assert list(keys.glob("*.sealed")) == []

    def test_two_vaults_share_no_key(self, keys: Path, tmp_path: Path) -> None:
        """Keys come from the system's randomness."""
        (tmp_path / "other").mkdir()
        make_vault(tmp_path / "other", PASSPHRASE)
        one, two = (open_vault(path, PASSPHRASE) for path in (keys, tmp_path / "other"))
        assert one.lookup(NAMES) != two.lookup(NAMES)

    def test_existing_vault_is_kept(self, keys: Path) -> None:
        """A second vault in its place would lose every identity."""
        with refused(Reason.FILE_EXISTS):
            make_vault(keys, PASSPHRASE)

    def test_interrupted_making_leaves_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Half a vault would keep a node from starting, and from getting a whole one."""

        def killed(*arguments: object, **_: object) -> None:
            if "lookup" in str(arguments[0]):
                raise KeyboardInterrupt

        monkeypatch.setattr(vault, "seal_secret", killed)
        with pytest.raises(KeyboardInterrupt):
            make_vault(tmp_path, PASSPHRASE)
        assert list(tmp_path.iterdir()) == []

    def test_missing_directory_is_named(self, tmp_path: Path) -> None:
        """Only the vault's own directory is made."""
        with refused(Reason.FILE_UNREADABLE):
            make_vault(tmp_path / "absent", PASSPHRASE)

    @pytest.mark.parametrize("kind", Kind)
    def test_files_cost_as_much_to_open_as_signers(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind
    ) -> None:
        """The derivation of the vault's keys is no cheaper than that of the others."""
        monkeypatch.undo()
        make_vault(tmp_path, PASSPHRASE)
        seal_key(tmp_path / "lane.sealed", bytes(32), PASSPHRASE, "lane")
        paths = (tmp_path / "vault" / f"{kind}-1.sealed", tmp_path / "lane.sealed")
        one, two = (path.read_text("ascii").split() for path in paths)
        assert one[3:5] == two[3:5]


class TestOpening:
    """All keys open, or the vault does not."""

    def test_record_opens_after_a_restart(self, keys: Path) -> None:
        """Opening twice gives the same keys."""
        sealed = open_vault(keys, PASSPHRASE).seal(NAMES, SUBJECT)
        assert open_vault(keys, PASSPHRASE).open(sealed, SUBJECT) == NAMES

    def test_missing_vault_is_named(self, tmp_path: Path) -> None:
        """A node that was made without a vault says what is missing, and where."""
        with pytest.raises(Refusal, match=r"^file_unreadable: .*\(keys/vault\)"):
            open_vault(tmp_path / "keys", PASSPHRASE)

    def test_wrong_passphrase_opens_nothing(self, keys: Path) -> None:
        """As with every sealed file."""
        with refused(Reason.FILE_SEALED):
            open_vault(keys, b"wrong")

    @pytest.mark.parametrize("kind", Kind)
    def test_vault_without_a_kind_is_refused(self, keys: Path, kind: Kind) -> None:
        """A node that could seal and not find, or find and not open, does not start."""
        (keys / "vault" / f"{kind}-1.sealed").unlink()
        with refused(Reason.VAULT_SEALED):
            open_vault(keys, PASSPHRASE)

    @pytest.mark.parametrize("name", ["seal-2.sealed", "lookup-2.sealed"])
    def test_renamed_file_does_not_open(self, keys: Path, name: str) -> None:
        """A file says of itself which key it is."""
        (keys / "vault" / "seal-1.sealed").rename(keys / "vault" / name)
        with refused(Reason.FILE_SEALED):
            open_vault(keys, PASSPHRASE)

    def test_exchanged_files_do_not_open(self, keys: Path) -> None:
        """A key for look-ups never seals."""
        seal, lookup, aside = (keys / "vault" / name for name in ("seal-1.sealed", "lookup-1.sealed", "aside"))
        seal.rename(aside)
        lookup.rename(seal)
        aside.rename(lookup)
        with refused(Reason.FILE_SEALED):
            open_vault(keys, PASSPHRASE)

    @pytest.mark.parametrize("name", ["seal-0.sealed", "seal-01.sealed", "seal.sealed", "Seal-2.sealed", "x.sealed"])
    def test_sealed_file_of_another_name_is_refused(self, keys: Path, name: str) -> None:
        """A key is not passed over because its name was mistyped."""
        (keys / "vault" / name).touch(0o600)
        with refused(Reason.FILE_UNREADABLE):
            open_vault(keys, PASSPHRASE)

    def test_other_files_are_not_looked_at(self, keys: Path) -> None:
        """What is no sealed file does not keep the node from starting."""
        (keys / "vault" / "README").touch()
        assert open_vault(keys, PASSPHRASE).sealing_number == 1

    def test_loose_file_is_refused(self, keys: Path) -> None:
        """A key that others can read is not used."""
        (keys / "vault" / "seal-1.sealed").chmod(0o644)
        with refused(Reason.FILE_LOOSE):
            open_vault(keys, PASSPHRASE)

    def test_signing_key_in_its_place_is_refused(self, keys: Path) -> None:
        """A seed under the label of a sealing key does not seal."""
        path = keys / "vault" / "seal-2.sealed"
        seal_key(path, bytes(32), PASSPHRASE, "seal/2", ops=1, mem=8192)
        with refused(Reason.FILE_SEALED):
            open_vault(keys, PASSPHRASE)

    @pytest.mark.parametrize("kind", Kind)
    def test_key_of_the_vault_is_no_signer(self, keys: Path, kind: Kind) -> None:
        """Moved among the signers, it does not sign."""
        with refused(Reason.FILE_SEALED):
            open_key(keys / "vault" / f"{kind}-1.sealed", PASSPHRASE)


class TestAdding:
    """A new key is the next number, and what was there stays readable."""

    def test_added_sealing_key_seals(self, keys: Path) -> None:
        """It is the current one from the next start on."""
        number = add_seal_key(keys, PASSPHRASE)
        assert open_vault(keys, PASSPHRASE).seal(NAMES, SUBJECT).key_number == number == 2

    def test_record_of_the_first_key_still_opens(self, keys: Path) -> None:
        """Nothing is lost by adding."""
        sealed = open_vault(keys, PASSPHRASE).seal(NAMES, SUBJECT)
        add_seal_key(keys, PASSPHRASE)
        assert open_vault(keys, PASSPHRASE).open(sealed, SUBJECT) == NAMES

    def test_added_look_up_key_is_looked_under_first(self, keys: Path) -> None:
        """Records of the first key are found, too."""
        before = open_vault(keys, PASSPHRASE).lookup(NAMES)
        number = add_lookup_key(keys, PASSPHRASE)
        found = open_vault(keys, PASSPHRASE).lookups(NAMES)
        assert ([each.key_number for each in found], found[1]) == ([number, 1], before)

    def test_tenth_key_follows_the_ninth(self, keys: Path) -> None:
        """Numbers are compared as numbers, not as names of files."""
        assert [add_seal_key(keys, PASSPHRASE) for _ in range(10)] == list(range(2, 12))

    @pytest.mark.parametrize("add", [add_seal_key, add_lookup_key])
    def test_key_under_another_passphrase_is_not_added(self, keys: Path, add: Add) -> None:
        """A vault under two passphrases would open with neither."""
        with refused(Reason.FILE_SEALED):
            add(keys, b"another")
        assert len(names(keys)) == 2

    @pytest.mark.parametrize("add", [add_seal_key, add_lookup_key])
    def test_nothing_is_added_to_a_vault_that_lost_its_keys(self, keys: Path, add: Add) -> None:
        """Another key would get the lost one's number, and the rows that name it would never open."""
        for path in (keys / "vault").iterdir():
            path.unlink()
        with refused(Reason.VAULT_SEALED):
            add(keys, PASSPHRASE)


class TestDropping:
    """An old key can be destroyed, the current one cannot."""

    def test_dropped_key_is_gone(self, keys: Path) -> None:
        """What is still sealed under it does not open any more."""
        sealed = open_vault(keys, PASSPHRASE).seal(NAMES, SUBJECT)
        add_seal_key(keys, PASSPHRASE)
        drop_key(keys, Kind.SEAL, 1)
        with refused(Reason.VAULT_SEALED):
            open_vault(keys, PASSPHRASE).open(sealed, SUBJECT)

    def test_key_of_the_other_kind_stays(self, keys: Path) -> None:
        """A number names a key of one kind."""
        add_lookup_key(keys, PASSPHRASE)
        drop_key(keys, Kind.LOOKUP, 1)
        assert names(keys) == ["lookup-2.sealed", "seal-1.sealed"]

    def test_number_is_not_used_again(self, keys: Path) -> None:
        """The next key follows the current one, whatever is missing below."""
        add_seal_key(keys, PASSPHRASE)
        drop_key(keys, Kind.SEAL, 1)
        assert add_seal_key(keys, PASSPHRASE) == 3

    @pytest.mark.parametrize("kind", Kind)
    def test_current_key_stays(self, keys: Path, kind: Kind) -> None:
        """Whoever wants it gone adds the next one first."""
        with refused(Reason.FIELD_FORM):
            drop_key(keys, kind, 1)
        assert len(names(keys)) == 2

    def test_unknown_key_is_named(self, keys: Path) -> None:
        """There is nothing to drop."""
        with refused(Reason.FILE_UNREADABLE):
            drop_key(keys, Kind.SEAL, 2)


class TestCarrying:
    """A vault moves to other sealed keys with its own keys unchanged."""

    @pytest.fixture
    def to(self, tmp_path: Path) -> Path:
        """Give a directory of sealed keys without a vault."""
        directory = tmp_path / "fresh"
        directory.mkdir()
        return directory

    def test_carried_vault_opens_what_the_first_sealed(self, keys: Path, to: Path) -> None:
        """Under the other passphrase lie the same keys, with their numbers."""
        sealed = open_vault(keys, PASSPHRASE).seal(NAMES, SUBJECT)
        add_seal_key(keys, PASSPHRASE)
        add_lookup_key(keys, PASSPHRASE)
        carry_vault(keys, PASSPHRASE, to, b"another")
        carried = open_vault(to, b"another")
        assert (carried.open(sealed, SUBJECT), carried.lookups(NAMES)) == (
            NAMES,
            open_vault(keys, PASSPHRASE).lookups(NAMES),
        )

    def test_vault_that_is_there_is_not_overwritten(self, keys: Path, to: Path) -> None:
        """Two vaults do not become one."""
        make_vault(to, b"another")
        before = (to / "vault" / "seal-1.sealed").read_bytes()
        with refused(Reason.FILE_EXISTS):
            carry_vault(keys, PASSPHRASE, to, b"another")
        assert (to / "vault" / "seal-1.sealed").read_bytes() == before

    def test_first_passphrase_is_needed(self, keys: Path, to: Path) -> None:
        """Whoever cannot open the vault cannot carry it."""
        with refused(Reason.FILE_SEALED):
            carry_vault(keys, b"another", to, b"another")
        assert list(to.iterdir()) == []


def test_file_holds_what_its_label_says(keys: Path) -> None:
    """Label and id stand in the first line, and are those of the key."""
    opened = open_secret(keys / "vault" / "seal-1.sealed", PASSPHRASE, "seal/1", key_id)
    assert key_id(opened.secret) in (keys / "vault" / "seal-1.sealed").read_text("ascii").split("\n")[0]
