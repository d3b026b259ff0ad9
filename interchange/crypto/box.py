"""Sealed boxes: content that only the holder of one X25519 key can read (libsodium's `crypto_box_seal`).

    box = ephemeral public key (32 bytes) || tag (16 bytes) || ciphertext of the padded content

The sender makes a key pair for this one box and forgets it, so that not even the sender can open it again. Nothing in a
box says who made it: whatever must be believed is signed before it is sealed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, SupportsIndex

from nacl.bindings import (
    crypto_box_PUBLICKEYBYTES,
    crypto_box_seal,
    crypto_box_seal_open,
    crypto_box_SEALBYTES,
    crypto_box_SECRETKEYBYTES,
    crypto_scalarmult,
    crypto_scalarmult_base,
    crypto_scalarmult_SCALARBYTES,
    randombytes,
)
from nacl.exceptions import CryptoError
from nacl.exceptions import RuntimeError as SodiumError

from interchange.crypto.padding import BLOCK, PADDED_LIMIT, pad, unpad
from interchange.crypto.sealed import open_secret, seal_secret
from interchange.crypto.sealed_form import MIB
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from pathlib import Path

PUBLIC_KEY_BYTES = crypto_box_PUBLICKEYBYTES
"""Length of a public key: 32."""

LABEL = "binding"
"""Label of the sealed file of a key to which identity bindings are sealed."""

_PRIME = 2**255 - 19


def check_box_key(public_key: bytes) -> None:
    """Refuse a public key under which more than its holder could open boxes, before anything is sealed to it.

    With a key of small order every shared secret is the same known value. RFC 7748 section 5 has software accept
    numbers that are not reduced; nobody's key generation makes them, and one key would have several thumbprints.

    Args:
        public_key: 32 bytes (RFC 7748 section 5).

    Raises:
        Refusal: KEY_WEAK when it has another length, is not canonical, or is of small order.
    """
    if len(public_key) != PUBLIC_KEY_BYTES:
        raise refuse(Reason.KEY_WEAK, "length")
    if int.from_bytes(public_key, "little") >= _PRIME:
        raise refuse(Reason.KEY_WEAK, "point")
    try:
        # Any scalar will do, since X25519 makes each a multiple of the cofactor: the result is zero for points of small
        # order alone (RFC 7748 section 6.1), and libsodium does not give zero out.
        crypto_scalarmult(bytes(crypto_scalarmult_SCALARBYTES), public_key)
    except SodiumError:
        raise refuse(Reason.KEY_WEAK, "point") from None


def seal_to(public_key: bytes, content: bytes) -> bytes:
    """Seal content to a key; the same content never gives the same box twice.

    Args:
        public_key: 32 bytes (RFC 7748).
        content: at most 16 KiB; its length is hidden up to the next multiple of 512 bytes.

    Returns:
        The box, 48 bytes longer than the padded content.

    Raises:
        Refusal: KEY_WEAK as `check_box_key`; FIELD_FORM when the content is longer.
    """
    check_box_key(public_key)
    return crypto_box_seal(pad(content), public_key)


class BoxOpener:
    """A private X25519 key in this process's memory that cannot be asked for anything but to open boxes."""

    __slots__ = ("_kid", "_public_key", "_secret_key")

    def __init__(self, secret_key: bytes) -> None:
        """Take the key in.

        Args:
            secret_key: 32 bytes (RFC 7748 section 5).

        Raises:
            Refusal: BOX_SEALED when it does not have 32 bytes.
        """
        if len(secret_key) != crypto_box_SECRETKEYBYTES:
            raise refuse(Reason.BOX_SEALED, "length of the secret key")
        self._secret_key = secret_key
        self._public_key = crypto_scalarmult_base(secret_key)
        self._kid = thumbprint(self._public_key, "X25519")

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint of the public key with `crv` X25519 (RFC 8037 section 2), 43 characters."""
        return self._kid

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes (RFC 7748 section 6.1)."""
        return self._public_key

    def open(self, box: bytes) -> bytes:
        """Open a box; whoever made it is unknown until a signature inside is verified.

        Args:
            box: any bytes.

        Returns:
            The content, at most 16 KiB.

        Raises:
            Refusal: BOX_SEALED for a box to another key, any changed byte, or content that is not padded.
        """
        if not BLOCK <= len(box) - crypto_box_SEALBYTES <= PADDED_LIMIT:
            raise refuse(Reason.BOX_SEALED, "length")
        try:
            padded = crypto_box_seal_open(box, self._public_key, self._secret_key)
        except CryptoError:
            raise refuse(Reason.BOX_SEALED, "key or content") from None
        return unpad(padded, Reason.BOX_SEALED)

    def __repr__(self) -> str:
        # Logs and tracebacks print representations; the key id is all that may stand there.
        return f"BoxOpener(kid={self._kid!r})"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        # Pickling, copying and handing to another process would all write the key out.
        raise TypeError("an opener is never pickled or copied")


def generate_box_key() -> bytes:
    """Make a new secret key of 32 bytes from the system's randomness; that source is never an argument."""
    return randombytes(crypto_box_SECRETKEYBYTES)


def seal_box_key(path: Path, secret_key: bytes, passphrase: bytes, *, ops: int = 3, mem: int = 64 * MIB) -> BoxOpener:
    """Write a new sealed key file with label `binding`, as `sealed.seal_secret` does.

    Raises:
        Refusal: those of `seal_secret`; BOX_SEALED for a key of another length.
    """
    opener = BoxOpener(secret_key)
    seal_secret(path, secret_key, passphrase, LABEL, lambda _: opener.kid, ops=ops, mem=mem)
    return opener


def open_box_key(path: Path, passphrase: bytes) -> BoxOpener:
    """Open a sealed key file whose label is `binding`.

    Raises:
        Refusal: those of `sealed.open_secret`.
    """
    key = open_secret(path, passphrase, LABEL, lambda secret: BoxOpener(secret).kid)
    return BoxOpener(key.secret)
