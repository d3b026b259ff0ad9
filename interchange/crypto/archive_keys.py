"""The keys that cosign for the archive, on disk in a directory of their own: the others there sign under Ed25519.

    <keys>/archive/<kid>.sealed

Each is a sealed key file with the label `archive`, whose secret is an ML-DSA-44 seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.crypto.archivers import Archivers
from interchange.crypto.ed25519 import generate_seed
from interchange.crypto.mldsa import MlDsaSigner, open_mldsa_key, seal_mldsa_key
from interchange.crypto.sealed_files import SealedFiles
from interchange.domain.keyring import MLDSA44
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DIRECTORY = "archive"
"""Name below the directory of sealed keys."""

LABEL = "archive"


class ArchiveKeys(Archivers):
    """The keys of a directory while a node runs: found by kid, made and destroyed."""

    def __init__(self, keys: Path, passphrase: bytes) -> None:
        """Open nothing yet.

        Args:
            keys: directory of sealed keys.
            passphrase: that of the sealed keys; kept, because keys are made and found later too.
        """
        self._directory, self._passphrase = keys / DIRECTORY, passphrase
        self._files: SealedFiles[MlDsaSigner] = SealedFiles(
            lambda: sorted(self._directory.glob("*.sealed")),
            lambda path: open_mldsa_key(path, passphrase, LABEL, MLDSA44),
        )

    def open_all(self) -> None:
        """Open every file now.

        Raises:
            Refusal: those of `open_mldsa_key`.
        """
        self._files.open_all()

    def __getitem__(self, kid: str) -> MlDsaSigner:
        signer = self._files.find(kid)
        if signer is None:
            raise KeyError(kid)
        return signer

    def __iter__(self) -> Iterator[str]:
        return iter(self._files.kids())

    def __len__(self) -> int:
        return len(self._files.kids())

    def make(self) -> MlDsaSigner:
        """Make a key; it cosigns once a keyring lists it."""
        seed = generate_seed()
        signer = MlDsaSigner(seed, MLDSA44)
        try:
            self._directory.mkdir(mode=0o700, exist_ok=True)
        except OSError:
            raise refuse(Reason.FILE_UNREADABLE, f"{self._directory.parent.name}/{DIRECTORY}") from None
        path = self._directory / f"{signer.kid}.sealed"
        seal_mldsa_key(path, seed, self._passphrase, LABEL, MLDSA44)
        self._files.keep(path, signer.kid, signer)
        return signer

    def destroy(self, kid: str) -> None:
        """Delete a key's file; its blocks are given back, not written over, and what is kept of them is sealed.

        Raises:
            Refusal: FILE_UNREADABLE when it cannot be deleted.
        """
        self._files.delete(kid)
