"""The keys to which partners seal identity bindings, on disk in a directory of their own: the others there are signers.

    <keys>/binding/1.sealed, <keys>/binding/2.sealed …

Each is a sealed key file with the label `binding`. Which of them is used, and until when, the party's keyring says by
their thumbprints; the numbers only keep them apart.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from interchange.crypto.box import LABEL, BoxOpener, generate_box_key, open_box_key, seal_box_key
from interchange.crypto.sealed import open_secret
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from pathlib import Path

DIRECTORY = "binding"
"""Name below the directory of sealed keys."""

_NAME = re.compile(r"([1-9][0-9]{0,8})\.sealed")


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
    directory = keys / DIRECTORY
    opened = [open_box_key(directory / f"{number}.sealed", passphrase) for number in _numbers(directory)]
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
    directory = keys / DIRECTORY
    files = [directory / f"{number}.sealed" for number in _numbers(directory)]
    for secret in [open_secret(file, passphrase, LABEL, _kid).secret for file in files]:
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
