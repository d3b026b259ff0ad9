"""A node's keys in escrow: sealed for several people, opened by any of them, and a node that works again."""

import shutil
import subprocess
import tarfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pyrage
import pytest
from fakes.established import PARTNER, lay_down, modes, running
from fakes.parties import HOME, NOW, names_of
from fakes.people import identity
from fakes.refusals import refused

from interchange import config
from interchange.bootstrap.backup_form import MANIFEST, Backup, encode
from interchange.bootstrap.escrow import back_up, read_backup, rehearse, restore
from interchange.bootstrap.signer import MARKS
from interchange.bootstrap.signer_directory import held, prepare
from interchange.crypto.age import seal_for
from interchange.crypto.ed25519 import verify
from interchange.crypto.sealed import write_private
from interchange.domain.merkle import EMPTY_ROOT
from interchange.errors import Reason, Refusal
from interchange.flows.lanes import Position, page_for
from interchange.flows.subjects import identity_of
from interchange.store.highwater import HighWater

AGE = shutil.which("age")
PERSON = "person"
NOTHING = Position(0, EMPTY_ROOT)


@pytest.fixture(scope="module")
def laid_down(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node of which a partner has read, and what it knows of the person."""
    place = tmp_path_factory.mktemp("escrow")
    with pytest.MonkeyPatch.context() as patch:
        (place / PERSON).write_text(lay_down(place, patch), encoding="ascii")
    with running(place / "node") as node:
        page_for(node, PARTNER, NOTHING, 0, NOW)
    return place


@pytest.fixture
def directory(laid_down: Path, tmp_path: Path) -> Path:
    """That node, for one test to change."""
    shutil.copytree(laid_down / "node", tmp_path / "node")
    return tmp_path / "node"


def identity_file(place: Path, name: str) -> tuple[Path, str]:
    """Make somebody's identity in a file of its own, and give it with its public half."""
    made = pyrage.x25519.Identity.generate()
    write_private(place / name, f"# created: today\n# public key: {made.to_public()}\n{made}\n".encode())
    return place / name, str(made.to_public())


@pytest.fixture
def alice(tmp_path: Path) -> tuple[Path, str]:
    """Who keeps the first copy."""
    return identity_file(tmp_path, "alice")


@pytest.fixture
def bob(tmp_path: Path) -> tuple[Path, str]:
    """Who keeps the second."""
    return identity_file(tmp_path, "bob")


def set_in(directory: Path, *lines: str) -> None:
    """Add settings to a directory's."""
    with (directory / "node.toml").open("a", encoding="utf-8") as settings:
        settings.writelines(f"{line}\n" for line in lines)


def sealed_of(directory: Path, *people: tuple[Path, str]) -> bytes:
    """Back up a node."""
    settings = config.load(directory)
    return back_up(settings, names_of(HOME), [recipient for _, recipient in people], NOW)[1]


def put_back(directory: Path, to: Path, person: tuple[Path, str]) -> None:
    """Back up a node and restore it elsewhere, with the ledger as it is."""
    restore(rehearse(sealed_of(directory, person), [person[0]]), to)
    shutil.copy(directory / "ledger.db", to / "ledger.db")


class TestRestored:
    """What comes back."""

    def test_restored_node_signs_with_each_of_its_keys(
        self, directory: Path, tmp_path: Path, alice: tuple[Path, str]
    ) -> None:
        """The same keys as before, all of them."""
        put_back(directory, tmp_path / "new", alice)
        with running(directory) as before, running(tmp_path / "new") as after:
            assert set(after.signers) == set(before.signers)
            assert all(
                verify(before.signers[kid].public_key, b"message", after.signers[kid].sign(b"message"))
                for kid in before.signers
            )
            assert set(after.openers) == set(before.openers)

    def test_restored_node_opens_identities(
        self, laid_down: Path, directory: Path, tmp_path: Path, alice: tuple[Path, str]
    ) -> None:
        """The vault's keys are in the backup."""
        put_back(directory, tmp_path / "new", alice)
        subject_id = (laid_down / PERSON).read_text(encoding="ascii")
        with running(tmp_path / "new") as node:
            assert node.ledger.read(lambda tx: identity_of(node, tx, subject_id)) == identity(1)

    def test_restored_node_stands_still_without_its_high_water_file(
        self, directory: Path, tmp_path: Path, alice: tuple[Path, str]
    ) -> None:
        """Nobody knows yet whether its ledger is the newest."""
        put_back(directory, tmp_path / "new", alice)
        with running(tmp_path / "new") as node, refused(Reason.LANE_BEHIND):
            page_for(node, PARTNER, NOTHING, 0, NOW)

    def test_restored_node_serves_once_somebody_says_that_its_ledger_is_the_newest(
        self, directory: Path, tmp_path: Path, alice: tuple[Path, str]
    ) -> None:
        """It signs the same lane on."""
        put_back(directory, tmp_path / "new", alice)
        HighWater(tmp_path / "new" / "highwater").create()
        with running(tmp_path / "new") as node:
            assert page_for(node, PARTNER, NOTHING, 0, NOW).note

    def test_restored_files_are_their_owners_alone(
        self, directory: Path, tmp_path: Path, alice: tuple[Path, str]
    ) -> None:
        """Whatever modes they had."""
        (directory / "tls" / "ca.pem").chmod(0o644)
        restore(rehearse(sealed_of(directory, alice), [alice[0]]), tmp_path / "new")
        found = modes(tmp_path / "new")
        assert {name: mode for name, mode in found.items() if mode not in {0o600, 0o700}} == {}
        assert found["."] == 0o700

    def test_ledger_and_high_water_file_are_not_in_it(
        self, directory: Path, tmp_path: Path, alice: tuple[Path, str]
    ) -> None:
        """The one is backed up by itself, the other must never be as old as a backup."""
        restore(rehearse(sealed_of(directory, alice), [alice[0]]), tmp_path / "new")
        assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["keys", "node.toml", "passphrase", "tls"]

    def test_files_that_lay_elsewhere_come_back_to_their_usual_places(
        self, directory: Path, tmp_path: Path, alice: tuple[Path, str]
    ) -> None:
        """The new machine may have no such places; what the settings said of them is told."""
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir(mode=0o700)
        (directory / "passphrase").rename(elsewhere / "secret")
        (directory / "keys").rename(elsewhere / "keys")
        set_in(directory, f'passphrase_file = "{elsewhere}/secret"', f'keys = "{elsewhere}/keys"')
        rehearsed = rehearse(sealed_of(directory, alice), [alice[0]])
        restore(rehearsed, tmp_path / "new")
        shutil.rmtree(elsewhere)
        shutil.copy(directory / "ledger.db", tmp_path / "new")
        with running(tmp_path / "new") as node:
            assert len(node.signers) > 0
        assert set(rehearsed.backup.elsewhere) == {"passphrase_file", "keys"}

    def test_pin_of_a_hardware_module_comes_back(
        self, directory: Path, tmp_path: Path, alice: tuple[Path, str]
    ) -> None:
        """The keys in the module do not: that is what it is for, and the backup tells."""
        write_private(directory / "pin", b"12345678\n")
        set_in(directory, 'signer = "pkcs11"', 'pkcs11_module = "/usr/lib/module.so"')
        rehearsed = rehearse(sealed_of(directory, alice), [alice[0]])
        restore(rehearsed, tmp_path / "new")
        assert (rehearsed.signer, (tmp_path / "new" / "pin").read_bytes()) == ("pkcs11", b"12345678\n")

    def test_signing_process_comes_back_without_its_marks(
        self, directory: Path, tmp_path: Path, alice: tuple[Path, str]
    ) -> None:
        """It has no certificate, and must not sign what it signed before; so it waits for somebody to say how far."""
        prepare(tmp_path / "signer", config.load(directory))
        rehearsed = rehearse(sealed_of(tmp_path / "signer", alice), [alice[0]])
        restore(rehearsed, tmp_path / "new")
        held_before, held_after = (held(config.load(tmp_path / name)) for name in ("signer", "new"))
        assert {key.kid for key in held_after} == {key.kid for key in held_before} != set()
        assert not (tmp_path / "new" / MARKS).exists()

    def test_node_whose_keys_another_process_has_comes_back_with_the_others(
        self, directory: Path, alice: tuple[Path, str]
    ) -> None:
        """Those of the vault and those that open bindings are its own."""
        for file in (directory / "keys").glob("*.sealed"):
            file.unlink()
        set_in(directory, 'signer = "process"')
        rehearsed = rehearse(sealed_of(directory, alice), [alice[0]])
        labels = {label for label, _ in rehearsed.keys}
        assert (rehearsed.signer, labels >= {"binding", "seal/1", "lookup/1"}) == ("process", True)

    def test_existing_directory_is_left_alone(self, directory: Path, tmp_path: Path, alice: tuple[Path, str]) -> None:
        """Even an empty one."""
        (tmp_path / "new").mkdir()
        rehearsed = rehearse(sealed_of(directory, alice), [alice[0]])
        with refused(Reason.FILE_EXISTS):
            restore(rehearsed, tmp_path / "new")
        assert list((tmp_path / "new").iterdir()) == []


class TestOpened:
    """Who opens it."""

    def test_each_recipient_alone_opens_it(
        self, directory: Path, alice: tuple[Path, str], bob: tuple[Path, str]
    ) -> None:
        """No two of them need meet."""
        sealed = sealed_of(directory, alice, bob)
        assert rehearse(sealed, [alice[0]]).backup == rehearse(sealed, [bob[0]]).backup

    def test_another_identity_opens_nothing(
        self, directory: Path, alice: tuple[Path, str], bob: tuple[Path, str]
    ) -> None:
        """That is what the file is sealed against."""
        with refused(Reason.BACKUP_SEALED):
            rehearse(sealed_of(directory, alice), [bob[0]])

    def test_identity_that_others_can_read_is_refused(self, directory: Path, alice: tuple[Path, str]) -> None:
        """It opens all keys of a nation."""
        sealed = sealed_of(directory, alice)
        alice[0].chmod(0o640)
        with refused(Reason.FILE_LOOSE):
            rehearse(sealed, [alice[0]])

    @pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
    def test_file_that_was_cut_is_refused(self, directory: Path, alice: tuple[Path, str], share: float) -> None:
        """Wherever."""
        sealed = sealed_of(directory, alice)
        with refused(Reason.BACKUP_SEALED):
            rehearse(sealed[: int(len(sealed) * share)], [alice[0]])

    @pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
    def test_file_of_which_a_byte_changed_is_refused(
        self, directory: Path, alice: tuple[Path, str], share: float
    ) -> None:
        """Wherever."""
        sealed = bytearray(sealed_of(directory, alice))
        sealed[int(len(sealed) * share)] ^= 1
        with refused(Reason.BACKUP_SEALED):
            rehearse(bytes(sealed), [alice[0]])

    def test_file_with_something_behind_it_is_refused(self, directory: Path, alice: tuple[Path, str]) -> None:
        """Nobody knows what that is."""
        with refused(Reason.BACKUP_SEALED):
            rehearse(sealed_of(directory, alice) + b"x", [alice[0]])

    def test_file_larger_than_any_backup_is_not_read(self, tmp_path: Path) -> None:
        """Nor one that has no end."""
        with refused(Reason.FILE_UNREADABLE):
            read_backup(Path("/dev/zero"))

    @pytest.mark.skipif(AGE is None, reason="the program age is not installed")
    def test_program_of_others_opens_it(self, directory: Path, tmp_path: Path, alice: tuple[Path, str]) -> None:
        """Whoever has lost this program still has the keys: age opens it, and any tar program unpacks it."""
        (tmp_path / "keys.age").write_bytes(sealed_of(directory, alice))
        words = [str(AGE), "-d", "-i", str(alice[0]), str(tmp_path / "keys.age")]
        opened = subprocess.run(words, capture_output=True, check=True, timeout=60).stdout
        with tarfile.open(fileobj=BytesIO(opened)) as tar:
            found = {member.name: tar.extractfile(member) for member in tar}
            lane = found["keys/lane.sealed"]
            assert lane is not None
            assert lane.read() == (directory / "keys" / "lane.sealed").read_bytes()
        assert next(iter(found)) == MANIFEST


class TestProved:
    """A backup of which no node could be made is none."""

    @staticmethod
    def backup(directory: Path, alice: tuple[Path, str]) -> Backup:
        """Give what is in the backup of a node."""
        return rehearse(sealed_of(directory, alice), [alice[0]]).backup

    @pytest.mark.parametrize(
        ("name", "content", "reason"),
        [
            ("keys/lane.sealed", b"no key", Reason.FILE_SEALED),
            ("keys/vault/seal-1.sealed", None, Reason.FILE_SEALED),
            ("passphrase", b"another\n", Reason.FILE_SEALED),
            ("node.toml", b"party = 7", Reason.CONFIG_FORM),
            ("tls/node.key", b"no key", Reason.CERTIFICATE_FORM),
        ],
    )
    def test_what_a_node_could_not_start_with_is_refused(
        self, directory: Path, alice: tuple[Path, str], name: str, content: bytes | None, reason: Reason
    ) -> None:
        """Before it is needed."""
        backup = self.backup(directory, alice)
        cut = backup.files[name][:-10]
        changed = replace(backup, files={**backup.files, name: cut if content is None else content})
        with refused(reason):
            rehearse(seal_for([alice[1]], encode(changed)), [alice[0]])

    @pytest.mark.parametrize("name", ["tls/node.pem", "tls/node.key", "tls/ca.pem"])
    def test_missing_file_is_named(self, directory: Path, alice: tuple[Path, str], name: str) -> None:
        """The node would not serve."""
        backup = self.backup(directory, alice)
        changed = replace(backup, files={key: each for key, each in backup.files.items() if key != name})
        with pytest.raises(Refusal) as caught:
            rehearse(seal_for([alice[1]], encode(changed)), [alice[0]])
        assert (caught.value.reason, caught.value.where) == (Reason.BACKUP_FORM, name)

    def test_backup_without_a_key_is_refused(self, directory: Path, alice: tuple[Path, str]) -> None:
        """Nobody would be helped by it."""
        backup = self.backup(directory, alice)
        changed = replace(
            backup, files={key: each for key, each in backup.files.items() if not key.startswith("keys/")}
        )
        with refused(Reason.BACKUP_FORM):
            rehearse(seal_for([alice[1]], encode(changed)), [alice[0]])

    def test_key_that_does_not_open_keeps_the_backup_from_being_made(
        self, directory: Path, alice: tuple[Path, str]
    ) -> None:
        """It is noticed today, not on the day of need; the key is named."""
        (directory / "keys" / "lane.sealed").write_bytes(b"damaged")
        with pytest.raises(Refusal, match=r"keys/lane\.sealed"):
            sealed_of(directory, alice)

    def test_link_among_the_keys_is_refused(self, directory: Path, alice: tuple[Path, str]) -> None:
        """Somebody else may choose where it leads."""
        (directory / "keys" / "other.sealed").symlink_to("/etc/passwd")
        with refused(Reason.FILE_LOOSE):
            sealed_of(directory, alice)

    def test_work_under_way_is_left_out(self, directory: Path, alice: tuple[Path, str]) -> None:
        """A node that makes a key meanwhile does not keep the backup from being made."""
        write_private(directory / "keys" / ".lane.sealed.tmp", b"half a key")
        assert "keys/.lane.sealed.tmp" not in self.backup(directory, alice).files
