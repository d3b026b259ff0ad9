"""The vault's keys on disk, in a directory of their own below the node's sealed keys, which are all signers.

    <keys>/vault/seal-1.sealed …     keys that seal identities
    <keys>/vault/lookup-1.sealed …   keys under which people are looked for

Each is a sealed key file whose label is `seal/1`, `lookup/1` and so on, so that a renamed file does not open. The
highest number of a kind is the current key. No number is used again: the ledger's rows name the key that they need.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from interchange.bootstrap.directory import whole
from interchange.crypto.sealed import open_secret, seal_secret
from interchange.crypto.vault import Vault, generate_key, key_id
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

DIRECTORY = "vault"
"""Name below the directory of sealed keys."""

SUFFIX = ".sealed"
"""End of a key's file name; files with other ends are not looked at."""


class Kind(StrEnum):
    """What a key of the vault is for."""

    SEAL = "seal"
    LOOKUP = "lookup"


_NAME = re.compile(r"(seal|lookup)-([1-9][0-9]{0,8})\.sealed")


def make_vault(keys: Path, passphrase: bytes) -> None:
    """Make the first key of each kind.

    Args:
        keys: directory of sealed keys; it has no vault yet.
        passphrase: that of the other sealed keys.

    Raises:
        Refusal: FILE_EXISTS when there is a vault; FILE_UNREADABLE when it cannot be written; FIELD_FORM for a
            passphrase out of bounds.
    """
    with _new(keys) as place:
        for kind in Kind:
            _write(place, kind, 1, generate_key(), passphrase)


def open_vault(keys: Path, passphrase: bytes) -> Vault:
    """Open all keys of the vault; each takes one derivation by Argon2id.

    Args:
        keys: directory of sealed keys.
        passphrase: that of the sealed keys.

    Raises:
        Refusal: FILE_UNREADABLE when there is no vault, or a sealed file of another name in it; FILE_SEALED,
            FILE_LOOSE, FIELD_FORM as `open_secret`; VAULT_SEALED when a kind has no key.
    """
    return _vault(_open(keys, passphrase))


def add_seal_key(keys: Path, passphrase: bytes) -> int:
    """Make the next sealing key, which seals from the next start on; records under the others stay readable.

    Args:
        keys: directory of sealed keys.
        passphrase: that of the sealed keys; another one is refused, since the vault would open with neither.

    Returns:
        The new key's number.

    Raises:
        Refusal: those of `open_vault`; FILE_EXISTS when somebody else adds one at the same time.
    """
    return _add(keys, passphrase, Kind.SEAL)


def add_lookup_key(keys: Path, passphrase: bytes) -> int:
    """Make the next look-up key, under which records are kept from the next start on; found they are under any.

    Args:
        keys: directory of sealed keys.
        passphrase: that of the sealed keys; another one is refused, since the vault would open with neither.

    Returns:
        The new key's number.

    Raises:
        Refusal: those of `open_vault`; FILE_EXISTS when somebody else adds one at the same time.
    """
    return _add(keys, passphrase, Kind.LOOKUP)


def numbers_of(keys: Path) -> dict[Kind, list[int]]:
    """List the numbers of the keys that are there, by kind and in order; the last of a kind is the current one.

    Args:
        keys: directory of sealed keys.

    Raises:
        Refusal: FILE_UNREADABLE when there is no vault, or a sealed file of another name in it.
    """
    found: dict[Kind, list[int]] = {kind: [] for kind in Kind}
    try:
        names = [path.name for path in (keys / DIRECTORY).iterdir() if path.suffix == SUFFIX]
    except OSError:
        raise refuse(Reason.FILE_UNREADABLE, f"{keys.name}/{DIRECTORY}") from None
    for name in names:
        match = _NAME.fullmatch(name)
        # A key that is passed over because of its name would be missed only when somebody's record does not open.
        if match is None:
            raise refuse(Reason.FILE_UNREADABLE, f"{DIRECTORY}/{name}")
        found[Kind(match[1])].append(int(match[2]))
    return {kind: sorted(numbers) for kind, numbers in found.items()}


def drop_key(keys: Path, kind: Kind, number: int) -> None:
    """Delete a key that is no longer the current one, for ever.

    What is still sealed under it is lost, and what is still kept under it is not found again: only the ledger can tell
    whether its rows have been written anew, and whoever calls this has asked it.

    Args:
        keys: directory of sealed keys.
        kind: of the key.
        number: of the key.

    Raises:
        Refusal: FILE_UNREADABLE when there is no such key, or it cannot be deleted; FIELD_FORM for the current key.
    """
    if number not in (numbers := numbers_of(keys)[kind]):
        raise refuse(Reason.FILE_UNREADABLE, _name(kind, number))
    if number == max(numbers):
        raise refuse(Reason.FIELD_FORM, "number: the current key stays")
    try:
        (keys / DIRECTORY / _name(kind, number)).unlink()
    except OSError:
        raise refuse(Reason.FILE_UNREADABLE, _name(kind, number)) from None


def carry_vault(keys: Path, passphrase: bytes, to: Path, to_passphrase: bytes) -> None:
    """Copy a vault into another directory of sealed keys, under that directory's passphrase.

    Args:
        keys: directory of sealed keys that has the vault; it stays as it is.
        passphrase: that of these sealed keys.
        to: the other directory; it has no vault yet.
        to_passphrase: that of the other sealed keys.

    Raises:
        Refusal: those of `open_vault` and `make_vault`.
    """
    opened = _open(keys, passphrase)
    _vault(opened)
    with _new(to) as place:
        for kind, secrets in opened.items():
            for number, secret in secrets.items():
                _write(place, kind, number, secret, to_passphrase)


def _add(keys: Path, passphrase: bytes, kind: Kind) -> int:
    opened = _open(keys, passphrase)
    # A vault that lacks a kind has lost keys: numbering anew would call another key by a lost one's number.
    _vault(opened)
    number = max(opened[kind]) + 1
    _write(keys / DIRECTORY, kind, number, generate_key(), passphrase)
    return number


def _open(keys: Path, passphrase: bytes) -> dict[Kind, dict[int, bytes]]:
    """Open every key, by kind and number."""
    directory = keys / DIRECTORY
    return {
        kind: {
            number: open_secret(directory / _name(kind, number), passphrase, f"{kind}/{number}", key_id).secret
            for number in numbers
        }
        for kind, numbers in numbers_of(keys).items()
    }


def _vault(opened: Mapping[Kind, Mapping[int, bytes]]) -> Vault:
    return Vault(opened[Kind.SEAL], opened[Kind.LOOKUP])


def _write(vault: Path, kind: Kind, number: int, secret: bytes, passphrase: bytes) -> None:
    seal_secret(vault / _name(kind, number), secret, passphrase, f"{kind}/{number}", key_id)


def _name(kind: Kind, number: int) -> str:
    return f"{kind}-{number}.sealed"


@contextmanager
def _new(keys: Path) -> Iterator[Path]:
    """Give a place for a new vault, which is there whole or not at all."""
    if not keys.is_dir():
        raise refuse(Reason.FILE_UNREADABLE, str(keys))
    with whole(keys / DIRECTORY) as place:
        try:
            place.mkdir(mode=0o700)
        except OSError as error:
            raise refuse(Reason.FILE_UNREADABLE, str(keys / DIRECTORY)) from error
        yield place
