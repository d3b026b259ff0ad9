"""The keys to which partners seal identity bindings, on disk in a directory of their own: the others there are signers.

    <keys>/binding/1.sealed, <keys>/binding/2.sealed …

Each is a sealed key file with the label `binding`. Which of them is used, and until when, the party's keyring says by
their thumbprints; the numbers only keep them apart.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from interchange.crypto.box import LABEL, BoxOpener, generate_box_key, open_box_key, seal_box_key
from interchange.crypto.keychain import Openers
from interchange.crypto.sealed import open_secret
from interchange.crypto.sealed_files import SealedFiles
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DIRECTORY = "binding"
"""Name below the directory of sealed keys."""

_NAME = re.compile(r"([1-9][0-9]{0,8})\.sealed")


class BoxKeys(Openers):
    """The keys of a directory while a node runs: found by kid, made and destroyed."""

    def __init__(self, keys: Path, passphrase: bytes) -> None:
        """Open nothing yet.

        Args:
            keys: directory of sealed keys.
            passphrase: that of the sealed keys; kept, because keys are made and found later too.
        """
        self._keys, self._passphrase = keys, passphrase
        self._files: SealedFiles[BoxOpener] = SealedFiles(
            lambda: _files(keys / DIRECTORY), lambda path: open_box_key(path, passphrase)
        )

    def open_all(self) -> None:
        """Open every file now.

        Raises:
            Refusal: those of `open_box_keys`.
        """
        self._files.open_all()

    def __getitem__(self, kid: str) -> BoxOpener:
        opener = self._files.find(kid)
        if opener is None:
            raise KeyError(kid)
        return opener

    def __iter__(self) -> Iterator[str]:
        return iter(self._files.kids())

    def __len__(self) -> int:
        return len(self._files.kids())

    def make(self) -> BoxOpener:
        """Make the next key, as `add_box_key`."""
        return add_box_key(self._keys, self._passphrase)

    def destroy(self, kid: str) -> None:
        """Delete a key's file; its blocks are given back, not written over, and what is kept of them is sealed.

        Raises:
            Refusal: FILE_UNREADABLE when it cannot be deleted.
        """
        self._files.delete(kid)


def add_box_key(keys: Path, passphrase: bytes) -> BoxOpener:
    """Make the next key; partners seal to it once a keyring lists its public key.

    Args:
        keys: directory of sealed keys.
        passphrase: that of the other sealed keys.

    Raises:
        Refusal: FILE_EXISTS when somebody else adds one at the same time; FILE_UNREADABLE; FIELD_FORM for a passphrase
            out of bounds.
    """
    return _write(keys, generate_box_key(), passphrase)


def open_box_keys(keys: Path, passphrase: bytes) -> dict[str, BoxOpener]:
    """Open all of them by their thumbprints; a node without any receives no bindings.

    Args:
        keys: directory of sealed keys.
        passphrase: that of the sealed keys.

    Raises:
        Refusal: FILE_UNREADABLE, also for a sealed file of another name; FILE_SEALED, FILE_LOOSE, FIELD_FORM as
            `open_box_key`.
    """
    opened = [open_box_key(file, passphrase) for file in _files(keys / DIRECTORY)]
    return {opener.kid: opener for opener in opened}


def carry_box_keys(keys: Path, passphrase: bytes, to: Path, to_passphrase: bytes) -> None:
    """Copy all of them into another directory of sealed keys, under that directory's passphrase and the next numbers.

    Args:
        keys: directory of sealed keys that has them; it stays as it is.
        passphrase: that of these sealed keys.
        to: the other directory; what it has already stays.
        to_passphrase: that of the other sealed keys.

    Raises:
        Refusal: those of `open_box_keys` and `add_box_key`.
    """
    for secret in [open_secret(file, passphrase, LABEL, _kid).secret for file in _files(keys / DIRECTORY)]:
        _write(to, secret, to_passphrase)


def _write(keys: Path, secret: bytes, passphrase: bytes) -> BoxOpener:
    directory = keys / DIRECTORY
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        raise refuse(Reason.FILE_UNREADABLE, f"{keys.name}/{DIRECTORY}") from None
    number = max(_numbers(directory), default=0) + 1
    return seal_box_key(directory / f"{number}.sealed", secret, passphrase)


def _kid(secret: bytes) -> str:
    return BoxOpener(secret).kid


def _files(directory: Path) -> list[Path]:
    return [directory / f"{number}.sealed" for number in _numbers(directory)]


def _numbers(directory: Path) -> list[int]:
    """List the numbers in use, in order."""
    try:
        names = [path.name for path in directory.iterdir() if path.suffix == ".sealed"]
    except FileNotFoundError:
        return []
    except OSError:
        raise refuse(Reason.FILE_UNREADABLE, f"{directory.parent.name}/{DIRECTORY}") from None
    numbers = []
    for name in names:
        match = _NAME.fullmatch(name)
        # A key that is passed over because of its name would be missed only when a binding does not open.
        if match is None:
            raise refuse(Reason.FILE_UNREADABLE, f"{DIRECTORY}/{name}")
        numbers.append(int(match[1]))
    return sorted(numbers)
