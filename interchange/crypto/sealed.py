"""Sealed key files and other private files: a key at rest, opened by a passphrase that lies in a file of its own.

How a sealed file is written is said in `sealed_form`. What kind of key is in it, the file does not say: each kind has
its own way to derive the key's id, the `kid` of the first line, and a file opened as another kind than it was sealed as
has the wrong one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from interchange.crypto.sealed_form import MEM, OPS, Header, Secret, check_passphrase, lock, read_header, unlock
from interchange.crypto.signer import SeedSigner
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

Naming: TypeAlias = "Callable[[bytes], str]"
"""How a kind of key derives its id, 43 characters of base64url, from its 32 secret bytes; refuses other lengths."""

FILE_LIMIT = 64 * 1024
"""Bytes read of any private file; keys, certificates and passphrases are far smaller."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_CREDENTIAL_OTHERS = _OTHERS & ~stat.S_IRGRP


def seal_secret(
    path: Path, secret: bytes, passphrase: bytes, label: str, naming: Naming, *, ops: int = OPS, mem: int = MEM
) -> Secret:
    """Write a new sealed key file, on disk before this returns, and never over an existing one.

    Args:
        path: where; its directory exists.
        secret: 32 bytes.
        passphrase: 1 to 1024 bytes.
        label: what the key is for: 1 to 64 of letters, digits and `._/-`. It is readable without the passphrase, and
            not secret.
        naming: of the kind of key that this is.
        ops: Argon2id passes, 1 to 10.
        mem: Argon2id memory in bytes, 8 KiB to 1 GiB.

    Returns:
        What opening will give.

    Raises:
        Refusal: FIELD_FORM for a label, cost or passphrase out of bounds; FILE_EXISTS when the path is taken;
            FILE_UNREADABLE when it cannot be written; SIGNER_UNAVAILABLE when memory for the derivation is lacking;
            what `naming` refuses.
    """
    key = Secret(label, naming(secret), secret)
    write_private(path, lock(key, passphrase, ops=ops, mem=mem))
    return key


def open_secret(path: Path, passphrase: bytes, label: str, naming: Naming) -> Secret:
    """Open a sealed key file as a key of one kind and purpose.

    Args:
        path: the file, readable by its owner alone.
        passphrase: 1 to 1024 bytes.
        label: what the file must say of itself; one that was renamed says something else.
        naming: of the kind of key that is wanted.

    Raises:
        Refusal: FILE_LOOSE, FILE_UNREADABLE as `read_private`; FILE_SEALED for a wrong passphrase, any changed byte, a
            cost out of bounds, another label or another kind of key; FIELD_FORM for a passphrase out of bounds;
            SIGNER_UNAVAILABLE when memory for the derivation is lacking.
    """
    key = _open(path, passphrase)
    if key.label != label:
        raise refuse(Reason.FILE_SEALED, "label")
    if key.kid != naming(key.secret):
        raise refuse(Reason.FILE_SEALED, "kid")
    return key


def seal_key(path: Path, seed: bytes, passphrase: bytes, label: str, *, ops: int = OPS, mem: int = MEM) -> SeedSigner:
    """Write a new sealed key file for signing, as `seal_secret` does.

    Args:
        path: where; its directory exists.
        seed: 32 bytes (RFC 8032 section 5.1.5).
        passphrase: 1 to 1024 bytes.
        label: what the key is for, such as its role and organ; form as for `seal_secret`.
        ops: Argon2id passes, 1 to 10.
        mem: Argon2id memory in bytes, 8 KiB to 1 GiB.

    Returns:
        The signer over the same seed.

    Raises:
        Refusal: those of `seal_secret`; SIGNER_UNAVAILABLE for a seed of another length.
    """
    signer = SeedSigner(seed)
    seal_secret(path, seed, passphrase, label, lambda _: signer.kid, ops=ops, mem=mem)
    return signer


def open_key(path: Path, passphrase: bytes) -> SeedSigner:
    """Open a sealed key file for signing, whatever its label.

    Args:
        path: the file, readable by its owner alone.
        passphrase: 1 to 1024 bytes.

    Returns:
        A signer; its `kid` is the one in the file's first line.

    Raises:
        Refusal: those of `open_secret`.
    """
    key = _open(path, passphrase)
    signer = SeedSigner(key.secret)
    if signer.kid != key.kid:
        raise refuse(Reason.FILE_SEALED, "kid")
    return signer


def header_of(path: Path) -> Header:
    """Read what a sealed key file says of itself without the passphrase: which key it calls it, for what, at what cost.

    Raises:
        Refusal: FILE_LOOSE, FILE_UNREADABLE as `read_private`; FILE_SEALED for anything but a sealed key file.
    """
    return read_header(read_private(path))


def reseal(
    path: Path, passphrase: bytes, to_passphrase: bytes | None = None, *, ops: int = OPS, mem: int = MEM
) -> None:
    """Write a sealed key file anew at its place, at today's cost; the old one stays until the new one is on disk.

    A backup of the old file opens as cheaply as before, and with the old passphrase.

    Args:
        path: the file; its label and kind stay.
        passphrase: that of the file.
        to_passphrase: another one; None keeps it.
        ops: Argon2id passes, 1 to 10.
        mem: Argon2id memory in bytes, 8 KiB to 1 GiB.

    Raises:
        Refusal: FILE_SEALED, FILE_LOOSE, FILE_UNREADABLE as `open_secret`; FIELD_FORM; SIGNER_UNAVAILABLE.
    """
    content = lock(_open(path, passphrase), to_passphrase or passphrase, ops=ops, mem=mem)
    # Of another suffix, so that nobody takes it for a key of its own.
    fresh = path.with_suffix(".resealed")
    try:
        # Of a call that was interrupted; the key itself lies at its place.
        fresh.unlink(missing_ok=True)
        write_private(fresh, content)
        fresh.replace(path)
        sync_directory(path.parent)
    except OSError:
        raise refuse(Reason.FILE_UNREADABLE, path.name) from None


def _open(path: Path, passphrase: bytes) -> Secret:
    check_passphrase(passphrase)
    return unlock(read_private(path), passphrase)


def read_passphrase(path: Path, *, credential_directory: Path | None = None) -> bytes:
    """Read a passphrase from its own file; arguments and environment are seen by other programs, so never from there.

    Args:
        path: the file, readable by its owner alone.
        credential_directory: where the service manager hands out credentials. A file directly in it may be
            readable by its group, because there the group bits show an access list for this one service.

    Returns:
        The bytes without one trailing newline, 1 to 1024 of them.

    Raises:
        Refusal: FILE_LOOSE, FILE_UNREADABLE as `read_private`; FIELD_FORM when it is empty or too long.
    """
    is_credential = credential_directory is not None and path.parent == credential_directory
    passphrase = _read(path, _CREDENTIAL_OTHERS if is_credential else _OTHERS).removesuffix(b"\n")
    check_passphrase(passphrase)
    return passphrase


def read_private(path: Path) -> bytes:
    """Read a file that only its owner may read.

    Args:
        path: a regular file of at most 64 KiB with mode 0600 or stricter; not a symbolic link, whose target someone
            else might choose.

    Returns:
        Its whole content.

    Raises:
        Refusal: FILE_LOOSE when others can reach it or it is a link; FILE_UNREADABLE when it is absent, larger, or no
            regular file.
    """
    return _read(path, _OTHERS)


def write_private(path: Path, content: bytes) -> None:
    """Create a file that only its owner can read, on disk with its directory entry before this returns.

    Args:
        path: where; its directory exists, and nothing lies there yet.
        content: the whole content.

    Raises:
        Refusal: FILE_EXISTS when something lies there; FILE_UNREADABLE when it cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, stat.S_IRUSR | stat.S_IWUSR)
    except FileExistsError:
        raise refuse(Reason.FILE_EXISTS, path.name) from None
    except OSError:
        raise refuse(Reason.FILE_UNREADABLE, path.name) from None
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sync_directory(path.parent)
    except OSError:
        # Half a key is no key, and would stand in the way of the next try.
        with contextlib.suppress(OSError):
            path.unlink()
        raise refuse(Reason.FILE_UNREADABLE, path.name) from None


def sync_directory(path: Path) -> None:
    """Bring a directory's entries to the disk, after one was made or deleted; an OSError if that fails."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read(path: Path, forbidden: int) -> bytes:
    """Read a regular file none of whose `forbidden` mode bits are set."""
    try:
        # Non-blocking, so that a pipe put in the file's place cannot stop the node.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as fault:
        reason = Reason.FILE_LOOSE if fault.errno == errno.ELOOP else Reason.FILE_UNREADABLE
        raise refuse(reason, path.name) from None
    try:
        # Of what was opened, not of the path, which may name another file by now.
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise refuse(Reason.FILE_UNREADABLE, path.name)
        if mode & forbidden:
            raise refuse(Reason.FILE_LOOSE, path.name)
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(FILE_LIMIT + 1)
    except OSError:
        raise refuse(Reason.FILE_UNREADABLE, path.name) from None
    finally:
        os.close(descriptor)
    if len(content) > FILE_LIMIT:
        raise refuse(Reason.FILE_UNREADABLE, path.name)
    return content
