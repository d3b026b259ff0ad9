"""Sealed key files: a seed at rest, opened by a passphrase that lies in a file of its own.

    clearance-sealed-key/1 label=<label> kid=<kid> ops=3 mem=67108864 salt=<base64url> nonce=<base64url>
    <base64url of the 32-byte seed, XChaCha20-Poly1305 under the Argon2id key, 48 bytes with the tag>

Two lines of ASCII, each ended by a newline, base64url without padding. The first line, without its newline, is the
associated data: whoever edits it has a file that no longer opens. Opening says the same for a wrong passphrase and for
a changed byte, since nobody can tell them apart.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_ABYTES,
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    crypto_pwhash_alg,
    crypto_pwhash_ALG_ARGON2ID13,
    crypto_pwhash_SALTBYTES,
    randombytes,
)
from nacl.exceptions import CryptoError

from interchange.crypto import ed25519
from interchange.crypto.signer import SeedSigner
from interchange.errors import Reason, refuse

MIB = 1024 * 1024

OPS_RANGE = (1, 10)
"""Argon2id passes that a file may ask for (RFC 9106 calls them t)."""

MEM_RANGE = (8 * 1024, 1024 * MIB)
"""Bytes of memory that a file may ask for: from libsodium's least to its most cautious preset. The upper bounds keep a
planted file from exhausting the node before the passphrase is even looked at."""

FILE_LIMIT = 64 * 1024
"""Bytes read of any private file; keys, certificates and passphrases are far smaller."""

PASSPHRASE_LIMIT = 1024
"""Bytes of the longest passphrase."""

_LABEL = re.compile(r"[A-Za-z0-9._/-]{1,64}")
_HEADER = re.compile(
    r"clearance-sealed-key/1 label=([A-Za-z0-9._/-]{1,64}) kid=([A-Za-z0-9_-]{43})"
    r" ops=([1-9][0-9]{0,9}) mem=([1-9][0-9]{0,11}) salt=([A-Za-z0-9_-]{22}) nonce=([A-Za-z0-9_-]{32})"
)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_CREDENTIAL_OTHERS = _OTHERS & ~stat.S_IRGRP


@dataclass(frozen=True, slots=True)
class _Header:
    """The first line of a sealed key file, within its bounds."""

    label: str
    kid: str
    ops: int
    mem: int
    salt: bytes
    nonce: bytes

    def __post_init__(self) -> None:
        if not OPS_RANGE[0] <= self.ops <= OPS_RANGE[1] or not MEM_RANGE[0] <= self.mem <= MEM_RANGE[1]:
            raise ValueError("ops or mem out of bounds")

    @classmethod
    def parse(cls, line: str) -> _Header:
        """Read the line; anything but exactly the form above is a ValueError."""
        match = _HEADER.fullmatch(line)
        if match is None:
            raise ValueError("not a header")
        label, kid, ops, mem, salt, nonce = match.groups()
        return cls(label, kid, int(ops), int(mem), _decode(salt), _decode(nonce))

    def line(self) -> str:
        """Write the line, without its newline."""
        salt, nonce = _encode(self.salt), _encode(self.nonce)
        cost = f"ops={self.ops} mem={self.mem}"
        return f"clearance-sealed-key/1 label={self.label} kid={self.kid} {cost} salt={salt} nonce={nonce}"


def seal_key(
    path: Path, seed: bytes, passphrase: bytes, label: str, *, ops: int = 3, mem: int = 64 * MIB
) -> SeedSigner:
    """Write a new sealed key file, on disk before this returns, and never over an existing one.

    Args:
        path: where; its directory exists.
        seed: 32 bytes (RFC 8032 section 5.1.5).
        passphrase: 1 to 1024 bytes.
        label: what the key is for, such as its role and organ: 1 to 64 of letters, digits and `._/-`. It is readable
            without the passphrase, and not secret.
        ops: Argon2id passes, 1 to 10.
        mem: Argon2id memory in bytes, 8 KiB to 1 GiB.

    Returns:
        The signer over the same seed.

    Raises:
        Refusal: FIELD_FORM for a label, cost or passphrase out of bounds; FILE_EXISTS when the path is taken;
            FILE_UNREADABLE when it cannot be written; SIGNER_UNAVAILABLE for a seed of another length or when memory
            for the derivation is lacking.
    """
    if not _LABEL.fullmatch(label):
        raise refuse(Reason.FIELD_FORM, "label")
    _check_passphrase(passphrase)
    signer = SeedSigner(seed)
    salt, nonce = randombytes(crypto_pwhash_SALTBYTES), randombytes(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
    try:
        header = _Header(label, signer.kid, ops, mem, salt, nonce)
    except ValueError:
        raise refuse(Reason.FIELD_FORM, "cost of the key derivation") from None
    line = header.line()
    key = _derive(passphrase, header)
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(seed, line.encode("ascii"), nonce, key)
    write_private(path, f"{line}\n{_encode(sealed)}\n".encode("ascii"))
    return signer


def open_key(path: Path, passphrase: bytes) -> SeedSigner:
    """Open a sealed key file for signing.

    Args:
        path: the file, readable by its owner alone.
        passphrase: 1 to 1024 bytes.

    Returns:
        A signer; its `kid` is the one in the file's first line.

    Raises:
        Refusal: FILE_LOOSE, FILE_UNREADABLE as `read_private`; FILE_SEALED for a wrong passphrase, any changed byte, or
            a cost out of bounds; FIELD_FORM for a passphrase out of bounds; SIGNER_UNAVAILABLE when memory for the
            derivation is lacking.
    """
    _check_passphrase(passphrase)
    content = read_private(path)
    try:
        header, sealed = _parse(content)
    except ValueError:
        raise refuse(Reason.FILE_SEALED, "form") from None
    key, line = _derive(passphrase, header), header.line().encode("ascii")
    try:
        seed = crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, line, header.nonce, key)
    except CryptoError:
        raise refuse(Reason.FILE_SEALED, "passphrase or content") from None
    signer = SeedSigner(seed)
    if signer.kid != header.kid:
        raise refuse(Reason.FILE_SEALED, "kid")
    return signer


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
    _check_passphrase(passphrase)
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
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError:
        # Half a key is no key, and would stand in the way of the next try.
        with contextlib.suppress(OSError):
            path.unlink()
        raise refuse(Reason.FILE_UNREADABLE, path.name) from None


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


def _parse(content: bytes) -> tuple[_Header, bytes]:
    """Take the file apart into header and sealed seed; any other content is a ValueError."""
    line, body, end = content.decode("ascii").split("\n")
    header, sealed = _Header.parse(line), _decode(body)
    # The length is exact: the binding would take a shorter text for a message of negative length.
    if end or len(sealed) != ed25519.SEED_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES:
        raise ValueError("not one sealed seed")
    return header, sealed


def _check_passphrase(passphrase: bytes) -> None:
    if not 0 < len(passphrase) <= PASSPHRASE_LIMIT:
        raise refuse(Reason.FIELD_FORM, "passphrase")


def _derive(passphrase: bytes, header: _Header) -> bytes:
    """Derive the file's key by Argon2id (RFC 9106), at the cost its header names."""
    size = crypto_aead_xchacha20poly1305_ietf_KEYBYTES
    try:
        return crypto_pwhash_alg(size, passphrase, header.salt, header.ops, header.mem, crypto_pwhash_ALG_ARGON2ID13)
    except CryptoError:
        raise refuse(Reason.SIGNER_UNAVAILABLE, "memory for the passphrase") from None


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    """Decode base64url of which only one spelling is accepted; Python's decoder skips what it does not know."""
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _encode(data) != text:
        raise ValueError("not canonical base64url")
    return data
