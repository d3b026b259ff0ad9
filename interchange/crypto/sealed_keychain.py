"""A keychain of sealed key files: the keys lie in this process's memory while it runs, and sealed on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.crypto.ed25519 import generate_seed
from interchange.crypto.keychain import Keychain, check_label
from interchange.crypto.sealed import open_key, seal_key
from interchange.crypto.sealed_files import SealedFiles
from interchange.crypto.sealed_form import MEM, OPS
from interchange.crypto.signer import SeedSigner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TELLING = 8
"""Characters of a kid that tell files of one label apart."""


class SealedKeychain(Keychain):
    """All files `*.sealed` of a directory; new ones are called `<label>-<first characters of the kid>.sealed`."""

    def __init__(self, directory: Path, passphrase: bytes, *, ops: int = OPS, mem: int = MEM) -> None:
        """Open nothing yet.

        Args:
            directory: of the files; directories below it are not looked at.
            passphrase: of all of them, 1 to 1024 bytes; kept, because keys are made and found later too.
            ops: Argon2id passes of new files.
            mem: Argon2id memory of new files, in bytes.
        """
        self._directory, self._passphrase, self._cost = directory, passphrase, (ops, mem)
        self._files: SealedFiles[SeedSigner] = SealedFiles(
            lambda: sorted(directory.glob("*.sealed")), lambda path: open_key(path, passphrase)
        )

    def open_all(self) -> None:
        """Open every file now.

        Raises:
            Refusal: FILE_SEALED, FILE_LOOSE, FILE_UNREADABLE as `open_key`; SIGNER_UNAVAILABLE when memory for the
                derivation is lacking.
        """
        self._files.open_all()

    def __getitem__(self, kid: str) -> SeedSigner:
        signer = self._files.find(kid)
        if signer is None:
            raise KeyError(kid)
        return signer

    def __iter__(self) -> Iterator[str]:
        return iter(self._files.kids())

    def __len__(self) -> int:
        return len(self._files.kids())

    def make(self, label: str) -> SeedSigner:
        """Make a key and seal it.

        Args:
            label: as `Keychain.make`.

        Raises:
            Refusal: FIELD_FORM for the label; FILE_UNREADABLE when the file cannot be written; SIGNER_UNAVAILABLE when
                memory for the derivation is lacking.
        """
        check_label(label)
        (ops, mem), seed = self._cost, generate_seed()
        path = self._directory / f"{label}-{SeedSigner(seed).kid[:_TELLING]}.sealed"
        signer = seal_key(path, seed, self._passphrase, label, ops=ops, mem=mem)
        self._files.keep(path, signer.kid, signer)
        return signer

    def destroy(self, kid: str) -> None:
        """Delete the key's file, and forget the key.

        The blocks of the file are given back, not written over: what a disk or a backup keeps of them is still
        sealed, and opens with the passphrase alone.

        Raises:
            Refusal: FILE_UNREADABLE when it cannot be deleted.
        """
        signer = self._files.delete(kid)
        if signer is not None:
            signer.forget()

    def label(self, kid: str) -> str:
        """Tell what a key was made for, or raise KeyError."""
        header = self._files.header(kid)
        if header is None:
            raise KeyError(kid)
        return header.label
