import os
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import pytest

from interchange.crypto import sealed
from interchange.crypto.box import BoxOpener
from interchange.crypto.ed25519 import public_key_of, verify
from interchange.crypto.sealed import (
    open_key,
    open_secret,
    read_passphrase,
    read_private,
    seal_key,
    seal_secret,
    write_private,
)
from interchange.crypto.sealed_form import Secret, unlock
from interchange.crypto.signer import SeedSigner
from interchange.crypto.vault import key_id
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Reason, Refusal

SEED = bytes(range(32))
PASSPHRASE = b"correct horse battery staple"
OPS, MEM = 1, 8192


def seal(path: Path, *, seed: bytes = SEED, label: str = "assert", ops: int = OPS, mem: int = MEM) -> SeedSigner:
    """Seal at the least cost that is allowed, so that tests derive keys in no time."""
    return seal_key(path, seed, PASSPHRASE, label, ops=ops, mem=mem)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a place for a file that does not exist yet."""
    return tmp_path / "secret"


@pytest.fixture
def key_file(path: Path) -> Path:
    """Give a sealed key file."""
    seal(path)
    return path


class TestSealing:
    """A seed goes in and a signer comes out, or nothing does."""

    def test_opened_key_signs_for_the_sealed_seed(self, key_file: Path) -> None:
        """What was sealed is what signs after opening."""
        signature = open_key(key_file, PASSPHRASE).sign(b"message")
        assert verify(public_key_of(SEED), b"message", signature)

    def test_sealing_returns_the_same_signer(self, path: Path) -> None:
        """Whoever seals a key knows its kid without opening the file."""
        assert seal(path).kid == open_key(path, PASSPHRASE).kid

    def test_file_is_its_owners_alone(self, path: Path) -> None:
        """The file is created with mode 0600, even where the umask would allow all."""
        umask = os.umask(0)
        try:
            seal(path)
        finally:
            os.umask(umask)
        assert path.stat().st_mode & 0o777 == 0o600

    def test_form_is_as_documented(self, key_file: Path) -> None:
        """Two ASCII lines: the header with label, kid, cost, salt and nonce, and the 48 sealed bytes."""
        header, body, end = key_file.read_text("ascii").split("\n")
        start = f"clearance-sealed-key/1 label=assert kid={thumbprint(public_key_of(SEED))} ops=1 mem=8192 salt="
        assert (header.startswith(start), len(body), end) == (True, 64, "")

    def test_seed_is_not_readable_in_the_file(self, key_file: Path) -> None:
        """Neither the seed nor its hexadecimal form stands in the file."""
        content = key_file.read_bytes()
        assert SEED not in content
        assert SEED.hex().encode() not in content

    def test_sealing_twice_shares_nothing_secret(self, tmp_path: Path) -> None:
        """Salt and nonce are new each time, so that equal seeds do not look alike."""
        seal(tmp_path / "one")
        seal(tmp_path / "two")
        one, two = ((tmp_path / name).read_text("ascii").split("salt=")[1].split() for name in ("one", "two"))
        assert not set(one) & set(two)

    def test_existing_file_is_kept(self, key_file: Path) -> None:
        """A second key never overwrites the first."""
        before = key_file.read_bytes()
        with pytest.raises(Refusal) as refused:
            seal(key_file, seed=bytes(32))
        assert (refused.value.reason, key_file.read_bytes()) == (Reason.FILE_EXISTS, before)

    def test_link_is_not_written_through(self, tmp_path: Path, path: Path) -> None:
        """A dangling link laid in the way does not choose where the key is written."""
        path.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(Refusal) as refused:
            seal(path)
        assert (refused.value.reason, (tmp_path / "elsewhere").exists()) == (Reason.FILE_EXISTS, False)

    @pytest.mark.parametrize("label", ["", "two words", "a=b", "line\nbreak", "組織", "x" * 65])
    def test_label_that_would_break_the_header_is_refused(self, path: Path, label: str) -> None:
        """A label is one short word of the header."""
        with pytest.raises(Refusal) as refused:
            seal(path, label=label)
        assert (refused.value.where, path.exists()) == ("label", False)

    @pytest.mark.parametrize(("ops", "mem"), [(0, MEM), (11, MEM), (OPS, MEM - 1), (OPS, 2**30 + 1)])
    def test_cost_out_of_bounds_is_refused(self, path: Path, ops: int, mem: int) -> None:
        """No file is made that opening would refuse."""
        with pytest.raises(Refusal) as refused:
            seal(path, ops=ops, mem=mem)
        assert refused.value.reason is Reason.FIELD_FORM

    def test_seed_of_another_length_is_refused(self, path: Path) -> None:
        """Only 32 bytes are sealed."""
        with pytest.raises(Refusal) as refused:
            seal(path, seed=bytes(31))
        assert refused.value.reason is Reason.SIGNER_UNAVAILABLE


class TestOpening:
    """Whoever lacks the passphrase, or changed anything, has nothing."""

    def test_wrong_passphrase_opens_nothing(self, key_file: Path) -> None:
        """A wrong passphrase is answered like a damaged file."""
        with pytest.raises(Refusal) as refused:
            open_key(key_file, b"wrong")
        assert refused.value.reason is Reason.FILE_SEALED

    def test_every_altered_byte_is_noticed(self, key_file: Path) -> None:
        """Whichever byte of the file is changed, it no longer opens."""
        whole = key_file.read_bytes()
        opened = []
        for at in range(len(whole)):
            # The lowest bit: digits stay digits and letters stay letters, so that most changes are well formed.
            key_file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            try:
                open_key(key_file, PASSPHRASE)
            except Refusal as refusal:
                if refusal.reason is Reason.FILE_SEALED:
                    continue
            opened.append(at)
        assert opened == []

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            pytest.param("label=assert", "label=status", id="another-label"),
            pytest.param("ops=1", "ops=2", id="another-cost"),
            pytest.param("ops=1", "ops=01", id="a-leading-zero"),
            pytest.param("ops=1", "ops=\u0661", id="a-foreign-digit"),
            pytest.param("mem=8192", "mem=1073741825", id="memory-beyond-the-bound"),
            pytest.param("mem=8192", "mem=99999999999999999999", id="absurd-memory"),
            pytest.param("ops=1", "ops=11", id="passes-beyond-the-bound"),
            pytest.param("key/1", "key/2", id="another-version"),
            pytest.param(" salt", "  salt", id="a-second-space"),
            pytest.param("\n", "\r\n", id="carriage-returns"),
        ],
    )
    def test_altered_header_opens_nothing(self, key_file: Path, old: str, new: str) -> None:
        """The header is bound to the seal, and its bounds hold before any memory is taken."""
        key_file.write_bytes(key_file.read_text("ascii").replace(old, new).encode())
        with pytest.raises(Refusal) as refused:
            open_key(key_file, PASSPHRASE)
        assert refused.value.reason is Reason.FILE_SEALED

    def test_second_spelling_of_the_salt_opens_nothing(self, key_file: Path) -> None:
        """The bits that base64url leaves over in the salt's last character are not free to choose."""
        header, nonce = key_file.read_text("ascii").split(" nonce=")
        key_file.write_text(f"{header[:-1]}{chr(ord(header[-1]) + 1)} nonce={nonce}", "ascii")
        with pytest.raises(Refusal) as refused:
            open_key(key_file, PASSPHRASE)
        assert refused.value.reason is Reason.FILE_SEALED

    @pytest.mark.parametrize("tail", [b"\n", b" ", b"x\n", b"AAAA"])
    def test_nothing_may_follow(self, key_file: Path, tail: bytes) -> None:
        """A file with more behind its second line is not opened."""
        key_file.write_bytes(key_file.read_bytes() + tail)
        with pytest.raises(Refusal) as refused:
            open_key(key_file, PASSPHRASE)
        assert refused.value.reason is Reason.FILE_SEALED

    @pytest.mark.parametrize("kept", [0, 1, 60, 150, -2, -1])
    def test_truncated_file_opens_nothing(self, key_file: Path, kept: int) -> None:
        """A file cut anywhere is refused."""
        key_file.write_bytes(key_file.read_bytes()[:kept])
        with pytest.raises(Refusal) as refused:
            open_key(key_file, PASSPHRASE)
        assert refused.value.reason is Reason.FILE_SEALED

    def test_kid_of_another_key_is_noticed(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file whose header names another key than it seals is refused, though its maker knew the passphrase."""
        with monkeypatch.context() as patch:
            patch.setattr(sealed, "SeedSigner", lambda _: SeedSigner(bytes(32)))
            seal(path)
        with pytest.raises(Refusal) as refused:
            open_key(path, PASSPHRASE)
        assert (refused.value.reason, refused.value.where) == (Reason.FILE_SEALED, "kid")

    def test_loose_key_file_is_not_opened(self, key_file: Path) -> None:
        """A key file that others can read is refused even with the right passphrase."""
        key_file.chmod(0o640)
        with pytest.raises(Refusal) as refused:
            open_key(key_file, PASSPHRASE)
        assert refused.value.reason is Reason.FILE_LOOSE


# A file as it was written before there were kinds of keys, with the lowest cost: the seed is SEED.
FIRST_FILE = (
    "clearance-sealed-key/1 label=assert kid=1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54Y"
    " ops=1 mem=8192 salt=vpSmYJVxOdZ0GVgqL6kIEA nonce=ALAWft5eE2yxa2FiXu_iQD27eywXxVOZ\n"
    "29I1HOhKkzZ0ZPNWl74DK2lXz3hhmj5ekn4qNkz3KqmBHUtiBBfmielZUAq5D8wc\n"
)

NAMINGS: dict[str, Callable[[bytes], str]] = {
    "signing": lambda secret: SeedSigner(secret).kid,
    "symmetric": key_id,
    "box": lambda secret: BoxOpener(secret).kid,
}


def seal_other(path: Path, naming: str, *, secret: bytes = SEED, label: str = "seal/1") -> Secret:
    """Seal a secret of some kind at the least cost."""
    return seal_secret(path, secret, PASSPHRASE, label, NAMINGS[naming], ops=OPS, mem=MEM)


class TestSecrets:
    """Keys of every kind lie in files of one form, and each opens as what it is."""

    @pytest.mark.parametrize("naming", NAMINGS)
    def test_sealed_secret_opens_again(self, path: Path, naming: str) -> None:
        """Label, id and secret are those that were sealed."""
        sealed_one = seal_other(path, naming)
        assert open_secret(path, PASSPHRASE, "seal/1", NAMINGS[naming]) == sealed_one

    @pytest.mark.parametrize(("sealed_as", "opened"), list(permutations(NAMINGS, 2)))
    def test_secret_of_another_kind_is_refused(self, path: Path, sealed_as: str, opened: str) -> None:
        """The same bytes under the same label are no key of another kind."""
        seal_other(path, sealed_as)
        with pytest.raises(Refusal) as refused:
            open_secret(path, PASSPHRASE, "seal/1", NAMINGS[opened])
        assert (refused.value.reason, refused.value.where) == (Reason.FILE_SEALED, "kid")

    @pytest.mark.parametrize("naming", ["symmetric", "box"])
    def test_secret_of_another_kind_does_not_sign(self, path: Path, naming: str) -> None:
        """A key of the vault that lies among the signers is no signer."""
        seal_other(path, naming)
        with pytest.raises(Refusal) as refused:
            open_key(path, PASSPHRASE)
        assert (refused.value.reason, refused.value.where) == (Reason.FILE_SEALED, "kid")

    @pytest.mark.parametrize("label", ["seal/2", "lookup/1", "seal", "binding"])
    def test_file_of_another_label_is_refused(self, path: Path, label: str) -> None:
        """A renamed file is not taken for what its name says."""
        seal_other(path, "symmetric")
        with pytest.raises(Refusal) as refused:
            open_secret(path, PASSPHRASE, label, key_id)
        assert (refused.value.reason, refused.value.where) == (Reason.FILE_SEALED, "label")

    def test_secret_of_another_length_is_refused(self, path: Path) -> None:
        """Even where the naming does not look at the length, no file is made that would not open."""
        with pytest.raises(Refusal) as refused:
            seal_secret(path, bytes(31), PASSPHRASE, "seal/1", lambda _: "A" * 43, ops=OPS, mem=MEM)
        assert (refused.value.reason, path.exists()) == (Reason.FIELD_FORM, False)

    def test_secret_is_not_readable_in_the_file(self, path: Path) -> None:
        """Nor does the id tell it."""
        seal_other(path, "symmetric")
        assert SEED not in path.read_bytes()

    def test_secret_is_not_shown(self, path: Path) -> None:
        """A traceback that prints it prints what the first line says anyway."""
        shown = repr(seal_other(path, "symmetric"))
        assert shown == f"Secret(label='seal/1', kid='{key_id(SEED)}', …)"

    def test_file_of_the_first_version_opens(self, path: Path) -> None:
        """A node that was made before there were other kinds keeps its keys."""
        write_private(path, FIRST_FILE.encode())
        assert open_key(path, PASSPHRASE).public_key == public_key_of(SEED)

    def test_content_can_be_read_without_a_file(self) -> None:
        """The form is one thing, where it lies another."""
        assert unlock(FIRST_FILE.encode(), PASSPHRASE).secret == SEED


class TestPrivateFiles:
    """Files that only their owner reads."""

    def test_content_comes_back(self, path: Path) -> None:
        """What is written privately is read privately."""
        write_private(path, b"content")
        assert read_private(path) == b"content"

    @pytest.mark.parametrize("mode", [0o604, 0o602, 0o601, 0o640, 0o620, 0o610, 0o644, 0o666])
    def test_file_open_to_others_is_loose(self, path: Path, mode: int) -> None:
        """Any bit for group or others makes a file loose."""
        write_private(path, b"content")
        path.chmod(mode)
        with pytest.raises(Refusal) as refused:
            read_private(path)
        assert refused.value.reason is Reason.FILE_LOOSE

    def test_link_is_loose(self, tmp_path: Path, path: Path) -> None:
        """A symbolic link is refused, even to a file that would be read."""
        write_private(tmp_path / "target", b"content")
        path.symlink_to(tmp_path / "target")
        with pytest.raises(Refusal) as refused:
            read_private(path)
        assert refused.value.reason is Reason.FILE_LOOSE

    def test_missing_file_is_unreadable(self, path: Path) -> None:
        """A wrong path is named as such."""
        with pytest.raises(Refusal) as refused:
            read_private(path)
        assert refused.value.reason is Reason.FILE_UNREADABLE

    def test_directory_is_unreadable(self, tmp_path: Path) -> None:
        """A directory is no file."""
        with pytest.raises(Refusal) as refused:
            read_private(tmp_path)
        assert refused.value.reason is Reason.FILE_UNREADABLE

    def test_pipe_is_unreadable(self, path: Path) -> None:
        """A pipe in the file's place is refused at once instead of being waited for."""
        os.mkfifo(path, 0o600)
        with pytest.raises(Refusal) as refused:
            read_private(path)
        assert refused.value.reason is Reason.FILE_UNREADABLE

    def test_huge_file_is_unreadable(self, path: Path) -> None:
        """More than 64 KiB is no key and no passphrase."""
        write_private(path, bytes(64 * 1024 + 1))
        with pytest.raises(Refusal) as refused:
            read_private(path)
        assert refused.value.reason is Reason.FILE_UNREADABLE

    def test_refusal_does_not_spell_the_path_out(self, path: Path) -> None:
        """A refusal names the file, not the directories above it."""
        with pytest.raises(Refusal) as refused:
            read_private(path)
        assert refused.value.where == "secret"


class TestPassphrases:
    """Where a passphrase comes from."""

    @pytest.mark.parametrize(
        ("content", "passphrase"),
        [(b"word", b"word"), (b"word\n", b"word"), (b"word\n\n", b"word\n"), (b" word \n", b" word ")],
    )
    def test_one_trailing_newline_is_dropped(self, path: Path, content: bytes, passphrase: bytes) -> None:
        """The newline that editors add is no part of it; everything else is."""
        write_private(path, content)
        assert read_passphrase(path) == passphrase

    @pytest.mark.parametrize("content", [b"", b"\n", b"x" * 1025])
    def test_passphrase_has_a_length(self, path: Path, content: bytes) -> None:
        """An empty file and an endless one are refused."""
        write_private(path, content)
        with pytest.raises(Refusal) as refused:
            read_passphrase(path)
        assert refused.value.reason is Reason.FIELD_FORM

    @pytest.mark.parametrize("mode", [0o400, 0o440])
    def test_credential_may_be_readable_by_its_group(self, path: Path, mode: int) -> None:
        """In the service manager's directory, group bits stand for an access list."""
        write_private(path, b"word")
        path.chmod(mode)
        assert read_passphrase(path, credential_directory=path.parent) == b"word"

    @pytest.mark.parametrize(("mode", "directory"), [(0o444, "."), (0o460, "."), (0o440, "other")])
    def test_credential_open_to_more_is_loose(self, path: Path, mode: int, directory: str) -> None:
        """Everyone's files, writable ones, and files elsewhere stay refused."""
        write_private(path, b"word")
        path.chmod(mode)
        with pytest.raises(Refusal) as refused:
            read_passphrase(path, credential_directory=path.parent / directory)
        assert refused.value.reason is Reason.FILE_LOOSE

    def test_empty_passphrase_seals_nothing(self, path: Path) -> None:
        """A key is not sealed with nothing."""
        with pytest.raises(Refusal) as refused:
            seal_key(path, SEED, b"", "assert", ops=OPS, mem=MEM)
        assert (refused.value.reason, path.exists()) == (Reason.FIELD_FORM, False)
