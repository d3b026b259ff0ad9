"""A keychain of sealed files: which files there are, what is wrong with one, and what stays of a key."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.refusals import refused
from fakes.signing_process import CHEAP, PASSPHRASE

from interchange.bootstrap.box_keys import BoxKeys, add_box_key
from interchange.crypto import sealed_files
from interchange.crypto.box import seal_to
from interchange.crypto.ed25519 import verify
from interchange.crypto.keychain import NoKeys, NoOpeners
from interchange.crypto.sealed import header_of, open_key, reseal, seal_key
from interchange.crypto.sealed_form import MEM, OPS
from interchange.crypto.sealed_keychain import SealedKeychain
from interchange.errors import Reason

SEED = bytes(range(32))


@pytest.fixture
def keychain(tmp_path: Path) -> SealedKeychain:
    """Give a keychain without keys, of the least cost."""
    return SealedKeychain(tmp_path, PASSPHRASE, **CHEAP)


def opened(directory: Path, passphrase: bytes = PASSPHRASE) -> SealedKeychain:
    """Open the keychain anew."""
    return SealedKeychain(directory, passphrase, **CHEAP)


class TestFiles:
    """How they are called, and which are looked at."""

    def test_name_tells_label_and_key(self, keychain: SealedKeychain, tmp_path: Path) -> None:
        """Two keys of one label lie beside each other."""
        made = keychain.make("assert-ORGAN")
        assert [path.name for path in tmp_path.iterdir()] == [f"assert-ORGAN-{made.kid[:8]}.sealed"]

    def test_file_is_its_owners_alone(self, keychain: SealedKeychain, tmp_path: Path) -> None:
        """Nobody else can read it."""
        keychain.make("lane")
        assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}

    def test_file_of_another_name_is_a_key_too(self, keychain: SealedKeychain, tmp_path: Path) -> None:
        """As those that were made with the node are called."""
        there = seal_key(tmp_path / "lane.sealed", SEED, PASSPHRASE, "lane", **CHEAP)
        assert (list(keychain), keychain.label(there.kid)) == ([there.kid], "lane")

    def test_directories_below_are_not_looked_at(self, keychain: SealedKeychain, tmp_path: Path) -> None:
        """The keys that open bindings and identities are no signers."""
        (tmp_path / "binding").mkdir()
        seal_key(tmp_path / "binding" / "1.sealed", SEED, PASSPHRASE, "binding", **CHEAP)
        assert list(keychain) == []

    def test_destroyed_key_leaves_no_file(self, keychain: SealedKeychain, tmp_path: Path) -> None:
        """Nor does a copy of it in the same directory stay."""
        made = keychain.make("lane")
        (file,) = tmp_path.iterdir()
        (tmp_path / "copy.sealed").write_bytes(file.read_bytes())
        (tmp_path / "copy.sealed").chmod(0o600)
        keychain.destroy(made.kid)
        assert list(tmp_path.iterdir()) == []

    def test_file_that_cannot_be_deleted_is_told(
        self, keychain: SealedKeychain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever asked would otherwise believe that the key is gone."""
        made = keychain.make("lane")

        def refuse_it(*_: object, **__: object) -> None:
            raise PermissionError

        monkeypatch.setattr(Path, "unlink", refuse_it)
        with refused(Reason.FILE_UNREADABLE, "cannot be deleted"):
            keychain.destroy(made.kid)

    def test_key_is_derived_for_once(
        self, keychain: SealedKeychain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A look-up costs a derivation the first time only."""
        kid = keychain.make("lane").kid
        again = opened(tmp_path)
        first = again[kid]
        monkeypatch.setattr("interchange.crypto.sealed.unlock", None)
        assert again[kid] is first

    def test_real_other_process_makes_a_key(self, keychain: SealedKeychain, tmp_path: Path) -> None:
        """It is found without a restart."""
        list(keychain)
        program = (
            "import sys; from pathlib import Path; from interchange.crypto.sealed_keychain import SealedKeychain\n"
            "print(SealedKeychain(Path(sys.argv[1]), sys.argv[2].encode(), ops=1, mem=8192).make('lane').kid)"
        )
        words = [sys.executable, "-c", program, str(tmp_path), PASSPHRASE.decode()]
        ran = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
        assert keychain[ran.stdout.strip()].kid == ran.stdout.strip()


class TestFaults:
    """What is wrong is told where somebody reads it, and never taken for a key."""

    def test_wrong_passphrase_opens_nothing(self, keychain: SealedKeychain, tmp_path: Path) -> None:
        """Neither at the start nor later."""
        kid = keychain.make("lane").kid
        wrong = opened(tmp_path, b"another")
        for ask in (wrong.open_all, lambda: wrong[kid]):
            with refused(Reason.FILE_SEALED):
                ask()

    def test_file_that_is_gone_is_no_key(self, keychain: SealedKeychain, tmp_path: Path) -> None:
        """Also if it was opened before."""
        kid = keychain.make("lane").kid
        (file,) = tmp_path.iterdir()
        file.unlink()
        assert (kid in keychain, len(keychain)) == (False, 0)

    def test_file_that_others_can_read_is_refused_at_the_start(self, keychain: SealedKeychain, tmp_path: Path) -> None:
        """Somebody may have read it."""
        keychain.make("lane")
        (file,) = tmp_path.iterdir()
        file.chmod(0o644)
        with refused(Reason.FILE_LOOSE):
            opened(tmp_path).open_all()

    @pytest.mark.parametrize(
        "content", [b"", b"clearance-sealed-key/1\n", b"\xff" * 300], ids=["empty", "cut", "other"]
    )
    def test_damaged_file_is_refused_at_the_start(self, tmp_path: Path, content: bytes) -> None:
        """A key that is silently left out would be missed when it is needed."""
        (tmp_path / "lane.sealed").write_bytes(content)
        (tmp_path / "lane.sealed").chmod(0o600)
        with refused(Reason.FILE_SEALED):
            opened(tmp_path).open_all()

    def test_damaged_file_does_not_hide_the_others(self, keychain: SealedKeychain, tmp_path: Path) -> None:
        """While a node runs, one that another process is still writing is passed over."""
        kid = keychain.make("lane").kid
        (tmp_path / "a.sealed").write_bytes(b"clearance-sealed")
        assert list(opened(tmp_path)) == [kid]

    def test_file_that_names_another_key_is_refused(self, keychain: SealedKeychain, tmp_path: Path) -> None:
        """The first line is bound to what is sealed."""
        kid = keychain.make("lane").kid
        (file,) = tmp_path.iterdir()
        wrong = "A" * 43
        file.write_bytes(file.read_bytes().replace(kid.encode(), wrong.encode()))
        with refused(Reason.FILE_SEALED):
            opened(tmp_path)[wrong]

    def test_directory_that_is_not_there_has_no_keys(self, tmp_path: Path) -> None:
        """What that means, whoever needs a key says."""
        none = opened(tmp_path / "nowhere")
        none.open_all()
        assert len(none) == 0


class TestResealing:
    """The cost of a file is raised without the key being anywhere else meanwhile."""

    def test_weak_seal_is_seen_without_the_passphrase(self, keychain: SealedKeychain, tmp_path: Path) -> None:
        """The cost stands in the first line."""
        keychain.make("lane")
        (file,) = tmp_path.iterdir()
        assert header_of(file).is_weak

    def test_resealed_file_has_todays_cost(self, tmp_path: Path) -> None:
        """Its key, label and name stay."""
        made = seal_key(tmp_path / "lane.sealed", SEED, PASSPHRASE, "lane", **CHEAP)
        reseal(tmp_path / "lane.sealed", PASSPHRASE)
        header = header_of(tmp_path / "lane.sealed")
        assert (header.kid, header.label, header.ops, header.mem) == (made.kid, "lane", OPS, MEM)
        assert open_key(tmp_path / "lane.sealed", PASSPHRASE).kid == made.kid

    def test_resealed_file_opens_by_its_new_passphrase_alone(self, tmp_path: Path) -> None:
        """Where one was given."""
        file = tmp_path / "lane.sealed"
        made = seal_key(file, SEED, PASSPHRASE, "lane", **CHEAP)
        reseal(file, PASSPHRASE, b"another", **CHEAP)
        assert open_key(file, b"another").kid == made.kid
        with refused(Reason.FILE_SEALED):
            open_key(file, PASSPHRASE)

    def test_interrupted_resealing_is_done_again(self, tmp_path: Path) -> None:
        """What it left stands in nobody's way, and is nobody's key."""
        file = tmp_path / "lane.sealed"
        made = seal_key(file, SEED, PASSPHRASE, "lane", **CHEAP)
        (tmp_path / "lane.resealed").write_bytes(b"half")
        assert list(opened(tmp_path)) == [made.kid]
        reseal(file, PASSPHRASE, None, **CHEAP)
        assert [path.name for path in tmp_path.iterdir()] == ["lane.sealed"]

    def test_wrong_passphrase_changes_nothing(self, tmp_path: Path) -> None:
        """The file stays byte for byte."""
        file = tmp_path / "lane.sealed"
        seal_key(file, SEED, PASSPHRASE, "lane", **CHEAP)
        before = file.read_bytes()
        with refused(Reason.FILE_SEALED):
            reseal(file, b"another", None, **CHEAP)
        assert file.read_bytes() == before

    def test_running_keychain_goes_on_with_a_resealed_file(self, keychain: SealedKeychain, tmp_path: Path) -> None:
        """It opens it anew."""
        kid = keychain.make("lane").kid
        (file,) = tmp_path.iterdir()
        reseal(file, PASSPHRASE, None, **CHEAP)
        signer = keychain[kid]
        assert verify(signer.public_key, b"message", signer.sign(b"message"))


class TestOpeners:
    """The keys that partners seal to, made and destroyed while a node runs."""

    def test_made_key_opens_at_once_and_after_a_restart(self, tmp_path: Path) -> None:
        """What is sealed to it."""
        made = BoxKeys(tmp_path, PASSPHRASE).make()
        box = seal_to(made.public_key, b"content")
        again = BoxKeys(tmp_path, PASSPHRASE)
        again.open_all()
        assert [opener[made.kid].open(box) for opener in (BoxKeys(tmp_path, PASSPHRASE), again)] == [b"content"] * 2

    def test_key_of_another_process_is_found(self, tmp_path: Path) -> None:
        """Without a restart."""
        openers = BoxKeys(tmp_path, PASSPHRASE)
        assert len(openers) == 0
        kid = add_box_key(tmp_path, PASSPHRASE).kid
        assert (list(openers), openers[kid].kid) == ([kid], kid)

    def test_destroyed_key_is_gone(self, tmp_path: Path) -> None:
        """And a second time changes nothing."""
        openers = BoxKeys(tmp_path, PASSPHRASE)
        kid = openers.make().kid
        for _ in range(2):
            openers.destroy(kid)
        assert (kid in openers, list((tmp_path / "binding").iterdir())) == (False, [])


def test_work_without_keys_finds_none_and_makes_none() -> None:
    """An audit needs none."""
    for none, make in ((NoKeys(), lambda: NoKeys().make("lane")), (NoOpeners(), NoOpeners().make)):
        none.destroy("any")
        assert (len(none), list(none), "any" in none) == (0, [], False)
        with refused(Reason.SIGNER_UNAVAILABLE):
            make()


def test_files_are_opened_side_by_side(tmp_path: Path) -> None:
    """All of them, though several at a time."""
    made = {SealedKeychain(tmp_path, PASSPHRASE, **CHEAP).make("lane").kid for _ in range(2 * sealed_files._AT_ONCE)}
    keychain = opened(tmp_path)
    keychain.open_all()
    assert set(keychain) == made
