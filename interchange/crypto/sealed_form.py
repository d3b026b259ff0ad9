"""The form of a sealed key file: 32 secret bytes at rest, opened by a passphrase.

    clearance-sealed-key/1 label=<label> kid=<kid> ops=3 mem=67108864 salt=<base64url> nonce=<base64url>
    <base64url of the 32 bytes, XChaCha20-Poly1305 under the Argon2id key, 48 bytes with the tag>

Two lines of ASCII, each ended by a newline, base64url without padding. The first line, without its newline, is the
associated data: whoever edits it has a file that no longer opens. Opening says the same for a wrong passphrase and for
a changed byte, since nobody can tell them apart.
"""

from __future__ import annotations

import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from threading import BoundedSemaphore

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

from interchange.errors import Reason, refuse

MIB = 1024 * 1024

OPS, MEM = 3, 64 * MIB
"""Today's cost of a new file; one that was written at a lower cost can be written anew (`sealed.reseal`)."""

SECRET_BYTES = 32
"""Length of every secret: a seed of Ed25519, a secret key of X25519, a symmetric key."""

OPS_RANGE = (1, 10)
"""Argon2id passes that a file may ask for (RFC 9106 calls them t)."""

MEM_RANGE = (8 * 1024, 1024 * MIB)
"""Bytes of memory that a file may ask for: from libsodium's least to its most cautious preset. The upper bounds keep a
planted file from exhausting the node before the passphrase is even looked at."""

PASSPHRASE_LIMIT = 1024
"""Bytes of the longest passphrase."""

_DERIVING = BoundedSemaphore(min(4, os.cpu_count() or 1))
"""Files are opened side by side, as many as there are processors, but each takes its memory: never more than four."""

_LABEL = re.compile(r"[A-Za-z0-9._/-]{1,64}")
_HEADER = re.compile(
    r"clearance-sealed-key/1 label=([A-Za-z0-9._/-]{1,64}) kid=([A-Za-z0-9_-]{43})"
    r" ops=([1-9][0-9]{0,9}) mem=([1-9][0-9]{0,11}) salt=([A-Za-z0-9_-]{22}) nonce=([A-Za-z0-9_-]{32})"
)


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """What a sealed key file holds.

    Attributes:
        label: what the key is for.
        kid: what the file calls the key; whoever knows the kind of key checks that it is that key's id.
        secret: 32 bytes.
    """

    label: str
    kid: str
    secret: bytes

    def __repr__(self) -> str:
        """Show what can be read without the passphrase."""
        return f"Secret(label={self.label!r}, kid={self.kid!r}, …)"


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a sealed key file, within its bounds; nobody has proved it before the file was opened.

    Attributes:
        label: what the key is for.
        kid: what the file calls the key.
        ops, mem: cost of the derivation: passes and bytes of memory.
        salt, nonce: 16 and 24 bytes.
    """

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
    def parse(cls, line: str) -> Header:
        """Read the line; anything but exactly the form above is a ValueError."""
        match = _HEADER.fullmatch(line)
        if match is None:
            raise ValueError("not a header")
        label, kid, ops, mem, salt, nonce = match.groups()
        return cls(label, kid, int(ops), int(mem), _decode(salt), _decode(nonce))

    @property
    def is_weak(self) -> bool:
        """Tell whether the file was written at a lower cost than today's."""
        return self.ops < OPS or self.mem < MEM

    def line(self) -> str:
        """Write the line, without its newline."""
        salt, nonce = _encode(self.salt), _encode(self.nonce)
        cost = f"ops={self.ops} mem={self.mem}"
        return f"clearance-sealed-key/1 label={self.label} kid={self.kid} {cost} salt={salt} nonce={nonce}"


def lock(key: Secret, passphrase: bytes, *, ops: int, mem: int) -> bytes:
    """Write the content of a sealed key file.

    Args:
        key: the 32 secret bytes; a label of 1 to 64 letters, digits and `._/-`.
        passphrase: 1 to 1024 bytes.
        ops: Argon2id passes, 1 to 10.
        mem: Argon2id memory in bytes, 8 KiB to 1 GiB.

    Raises:
        Refusal: FIELD_FORM for a label, secret, cost or passphrase out of bounds; SIGNER_UNAVAILABLE when memory for
            the derivation is lacking.
    """
    if not _LABEL.fullmatch(key.label):
        raise refuse(Reason.FIELD_FORM, "label")
    if len(key.secret) != SECRET_BYTES:
        raise refuse(Reason.FIELD_FORM, "length of the secret")
    check_passphrase(passphrase)
    salt, nonce = randombytes(crypto_pwhash_SALTBYTES), randombytes(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
    try:
        header = Header(key.label, key.kid, ops, mem, salt, nonce)
    except ValueError:
        raise refuse(Reason.FIELD_FORM, "cost of the key derivation") from None
    line = header.line()
    derived = _derive(passphrase, header)
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(key.secret, line.encode("ascii"), nonce, derived)
    return f"{line}\n{_encode(sealed)}\n".encode("ascii")


def unlock(content: bytes, passphrase: bytes) -> Secret:
    """Read the content of a sealed key file.

    Args:
        content: the whole file.
        passphrase: 1 to 1024 bytes.

    Raises:
        Refusal: FILE_SEALED for a wrong passphrase, any changed byte, or a cost out of bounds; FIELD_FORM for a
            passphrase out of bounds; SIGNER_UNAVAILABLE when memory for the derivation is lacking.
    """
    check_passphrase(passphrase)
    try:
        header, sealed = _parse(content)
    except ValueError:
        raise refuse(Reason.FILE_SEALED, "form") from None
    derived, line = _derive(passphrase, header), header.line().encode("ascii")
    try:
        secret = crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, line, header.nonce, derived)
    except CryptoError:
        raise refuse(Reason.FILE_SEALED, "passphrase or content") from None
    return Secret(header.label, header.kid, secret)


def read_header(content: bytes) -> Header:
    """Read what a sealed key file says of itself to everybody, which only opening it proves.

    Args:
        content: the whole file.

    Raises:
        Refusal: FILE_SEALED for anything but a sealed key file.
    """
    try:
        return _parse(content)[0]
    except ValueError:
        raise refuse(Reason.FILE_SEALED, "form") from None


def check_passphrase(passphrase: bytes) -> None:
    """Refuse an empty or endless passphrase by FIELD_FORM."""
    if not 0 < len(passphrase) <= PASSPHRASE_LIMIT:
        raise refuse(Reason.FIELD_FORM, "passphrase")


def _parse(content: bytes) -> tuple[Header, bytes]:
    """Take the file apart into header and sealed secret; any other content is a ValueError."""
    line, body, end = content.decode("ascii").split("\n")
    header, sealed = Header.parse(line), _decode(body)
    # The length is exact: the binding would take a shorter text for a message of negative length.
    if end or len(sealed) != SECRET_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES:
        raise ValueError("not one sealed secret")
    return header, sealed


def _derive(passphrase: bytes, header: Header) -> bytes:
    """Derive the file's key by Argon2id (RFC 9106), at the cost its header names."""
    size = crypto_aead_xchacha20poly1305_ietf_KEYBYTES
    try:
        with _DERIVING:
            return crypto_pwhash_alg(
                size, passphrase, header.salt, header.ops, header.mem, crypto_pwhash_ALG_ARGON2ID13
            )
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
