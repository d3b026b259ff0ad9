"""Escrow: all that makes a node able to sign and to read again, in one file that several people can each open alone.

In it are the sealed keys with their passphrase, the settings, the certificate. Not in it are the ledger, which is far
larger and backed up more often, and the high-water file, whose only purpose is to be newer than any backup.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from interchange import config
from interchange.bootstrap.backup_form import LARGEST, LARGEST_FILE, NODE, SIGNER, Backup, decode, encode
from interchange.bootstrap.directory import whole
from interchange.bootstrap.keychains import passphrase_of
from interchange.bootstrap.readiness import check_places
from interchange.bootstrap.root import make_directory
from interchange.bootstrap.signer import MARKS
from interchange.crypto.age import open_with, read_identities, seal_for
from interchange.crypto.certificates import check_pair
from interchange.crypto.own_certificate import ends_at
from interchange.crypto.sealed import read_private, write_private
from interchange.crypto.sealed_form import Secret, unlock
from interchange.errors import Reason, Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interchange.config import Settings
    from interchange.domain.names import Names
    from interchange.domain.time import Instant

USUAL: Final[Mapping[str, str]] = {
    "keys": "keys",
    "passphrase_file": "passphrase",
    "tls_certificate": "tls/node.pem",
    "tls_key": "tls/node.key",
    "tls_ca": "tls/ca.pem",
    "pkcs11_pin_file": "pin",
}
"""Settings that name places of what is backed up, with their usual ones, at which it is put back."""

_TLS: Final = ("tls_certificate", "tls_key", "tls_ca")
SEALED: Final = ".sealed"
_AT_ONCE = 4
_AGE_MORE = 64 * 1024
"""Bytes by which a file in the age format may be longer than its content: a header, and 16 for each 64 KiB."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a backup proved to hold.

    Attributes:
        backup: all of it.
        keys: label and kid of each sealed key; every one of them opened with the passphrase beside it.
        certificate_ends: last second of the node's certificate; None for a signing process, which has none.
        signer: where the keys that sign live, as the setting says; only `sealed` ones are in the backup.
    """

    backup: Backup
    keys: tuple[tuple[str, str], ...]
    certificate_ends: Instant | None
    signer: str


def back_up(settings: Settings, names: Names, recipients: Sequence[str], now: Instant) -> tuple[Rehearsed, bytes]:
    """Read the keys of a node or a signing process and seal them for some people; it may run meanwhile.

    Args:
        settings: from `config.load`.
        names: of the node.
        recipients: as `age.seal_for`.
        now: written into the manifest.

    Returns:
        What is in it, proved as `rehearse` does, and the file.

    Raises:
        Refusal: FILE_LOOSE, FILE_UNREADABLE for what lies in the directory; FIELD_FORM, KEY_WEAK for recipients;
            BACKUP_FORM for a name or size that no backup has; those of `rehearse`.
    """
    check_places(settings)
    of = SIGNER if os.path.lexists(settings.directory / MARKS) else NODE
    secrets = ["passphrase_file", *(["pkcs11_pin_file"] if settings.signer == "pkcs11" else [])]
    used = ["keys", *secrets, *(_TLS if of == NODE else [])]
    elsewhere = {name: str(getattr(settings, name)) for name in used if getattr(settings, name) != USUAL[name]}
    files = {config.FILE: _settings_without(elsewhere, _read(settings.directory / config.FILE))}
    files |= {USUAL[name]: passphrase_of(settings, name) + b"\n" for name in secrets}
    for below, directory in (("keys", settings.path("keys")), ("tls", settings.directory / "tls")):
        if of == NODE or below == "keys":
            files |= {f"{below}/{name}": _read(directory / name) for name in _names(directory)}
    files |= {USUAL[name]: _read(settings.path(name)) for name in used if name in _TLS}
    rehearsed = _rehearse(Backup(of, names.authority, names.party, now, files, elsewhere))
    return rehearsed, seal_for(recipients, encode(rehearsed.backup))


def rehearse(sealed: bytes, identity_files: Sequence[Path]) -> Rehearsed:
    """Open a backup and prove that a node can be made of it; nothing is written.

    Args:
        sealed: the file.
        identity_files: readable by their owner alone; one that belongs to a recipient is enough.

    Raises:
        Refusal: FILE_LOOSE, FILE_UNREADABLE, IDENTITY_FORM for the identities; BACKUP_SEALED as `age.open_with`;
            BACKUP_FORM for what is in it; FILE_SEALED for a key that does not open with the passphrase beside it;
            CONFIG_FORM; CERTIFICATE_FORM.
    """
    identities = [text for file in identity_files for text in _identities(file)]
    return _rehearse(decode(open_with(identities, sealed)))


def restore(rehearsed: Rehearsed, directory: Path) -> None:
    """Lay down a node's directory as it was backed up, whole or not at all; it has no ledger and no high-water file.

    Args:
        rehearsed: from `rehearse`.
        directory: must not exist.

    Raises:
        Refusal: FILE_EXISTS; FILE_UNREADABLE when it cannot be written.
    """
    with whole(directory) as place:
        make_directory(place)
        for name, content in rehearsed.backup.files.items():
            below = place
            for part in name.split("/")[:-1]:
                below /= part
                if not below.is_dir():
                    make_directory(below)
            write_private(place / name, content)


def read_backup(path: Path) -> bytes:
    """Read the file of a backup, which is no secret.

    Raises:
        Refusal: FILE_UNREADABLE when it is not there, or is larger than any backup.
    """
    return _read_at_most(path, LARGEST + _AGE_MORE)


def _identities(file: Path) -> list[str]:
    try:
        return read_identities(read_private(file))
    except Refusal as refusal:
        if refusal.reason is not Reason.IDENTITY_FORM:
            raise
        raise refuse(refusal.reason, f"{file.name} {refusal.where}".strip()) from refusal


def _rehearse(backup: Backup) -> Rehearsed:
    settings, certificate = config.parse(Path(), backup.files[config.FILE]), b""
    if settings.signer == "pkcs11":
        _needed(backup, USUAL["pkcs11_pin_file"])
    if backup.of == NODE:
        certificate, key, _ = (_needed(backup, USUAL[name]) for name in _TLS)
        check_pair(certificate, key)
    passphrase = backup.files["passphrase"].removesuffix(b"\n")
    sealed = sorted(name for name in backup.files if name.startswith("keys/") and name.endswith(SEALED))

    def opened(name: str) -> Secret:
        try:
            return unlock(backup.files[name], passphrase)
        except Refusal as refusal:
            raise refuse(refusal.reason, f"{refusal.where} of {name}") from refusal

    if not sealed:
        raise refuse(Reason.BACKUP_FORM, "no sealed key")
    with ThreadPoolExecutor(_AT_ONCE) as opening:
        keys = tuple((secret.label, secret.kid) for secret in opening.map(opened, sealed))
    return Rehearsed(backup, keys, ends_at(certificate) if certificate else None, settings.signer)


def _needed(backup: Backup, name: str) -> bytes:
    if name not in backup.files:
        raise refuse(Reason.BACKUP_FORM, name)
    return backup.files[name]


def _names(directory: Path) -> Iterator[str]:
    """List the files below a directory; what begins with a dot is somebody's work under way."""
    for place, directories, files in os.walk(directory, onerror=_unreadable):
        directories[:] = sorted(name for name in directories if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                yield (Path(place) / name).relative_to(directory).as_posix()


def _unreadable(error: OSError) -> None:
    raise refuse(Reason.FILE_UNREADABLE, Path(str(error.filename)).name) from error


def _read(path: Path) -> bytes:
    # What certifies is for everybody to read; everything else here is secret.
    return _read_at_most(path, LARGEST_FILE) if path.suffix == ".pem" else read_private(path)


def _read_at_most(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as opened:
            content = opened.read(most + 1)
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, path.name) from error
    if len(content) > most:
        raise refuse(Reason.FILE_UNREADABLE, f"{path.name} is larger than {most} bytes")
    return content


def _settings_without(elsewhere: Mapping[str, str], content: bytes) -> bytes:
    """Take out the settings that name places which a node that is made anew may not have."""
    if not elsewhere:
        return content
    kept = {name: value for name, value in tomllib.loads(content.decode()).items() if name not in elsewhere}
    # A JSON string, number or boolean is the same in TOML.
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in kept.items()]
    return "\n".join(["# Restored without the settings of places; docs/settings.md.", *lines, ""]).encode()
