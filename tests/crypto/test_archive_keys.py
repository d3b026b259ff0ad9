"""The keys that cosign for the archive: found by their names, made, opened again and destroyed."""

from pathlib import Path

import pytest
from fakes.refusals import refused

from interchange.crypto.archive_keys import DIRECTORY, LABEL, ArchiveKeys
from interchange.crypto.archivers import NoArchivers
from interchange.crypto.mldsa import seal_mldsa_key, verify_44
from interchange.domain.keyring import MLDSA65
from interchange.errors import Reason

PASSPHRASE = b"passphrase"


def test_made_key_signs_and_is_found_again(tmp_path: Path) -> None:
    """Another process with the same passphrase has it too."""
    made = ArchiveKeys(tmp_path, PASSPHRASE).make()
    found = ArchiveKeys(tmp_path, PASSPHRASE)
    found.open_all()
    assert list(found) == [made.kid]
    assert verify_44(made.public_key, b"message", found[made.kid].sign(b"message"))


def test_destroyed_key_is_gone(tmp_path: Path) -> None:
    """Its file is deleted, and to destroy it again is no fault."""
    keys = ArchiveKeys(tmp_path, PASSPHRASE)
    kid = keys.make().kid
    keys.destroy(kid)
    keys.destroy(kid)
    assert (len(keys), list((tmp_path / DIRECTORY).iterdir())) == (0, [])
    with pytest.raises(KeyError):
        keys[kid]


def test_directory_without_keys_is_no_fault(tmp_path: Path) -> None:
    """A node that was made before there was an archive has none."""
    keys = ArchiveKeys(tmp_path, PASSPHRASE)
    keys.open_all()
    assert list(keys) == []


def test_key_of_another_kind_is_told_at_the_start(tmp_path: Path) -> None:
    """A root key that was put here by mistake is not taken for an archive's."""
    (tmp_path / DIRECTORY).mkdir()
    seal_mldsa_key(tmp_path / DIRECTORY / "a.sealed", bytes(32), PASSPHRASE, LABEL, MLDSA65)
    with refused(Reason.FILE_SEALED):
        ArchiveKeys(tmp_path, PASSPHRASE).open_all()


def test_key_is_not_made_where_no_directory_can_be(tmp_path: Path) -> None:
    """A file has the directory's name."""
    (tmp_path / DIRECTORY).touch()
    with refused(Reason.FILE_UNREADABLE):
        ArchiveKeys(tmp_path, PASSPHRASE).make()


def test_work_without_keys_archives_nothing() -> None:
    """An audit opens none, makes none, and has none to destroy."""
    none = NoArchivers()
    none.destroy("kid")
    assert (list(none), len(none)) == ([], 0)
    with pytest.raises(KeyError):
        none["kid"]
    with refused(Reason.SIGNER_UNAVAILABLE):
        none.make()
