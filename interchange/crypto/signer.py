"""What can sign: one verb, whether the key lies in memory, in a hardware module or in another process."""

from __future__ import annotations

from typing import NoReturn, Protocol, SupportsIndex

from interchange.crypto import ed25519
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Reason, refuse


class Signer(Protocol):
    """One private Ed25519 key that cannot be asked for anything but signatures.

    Whoever implements it releases a signature only after checking it against `public_key` with libsodium: a fault in
    the hardware can otherwise let out a signature that gives the key away.
    """

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint of the public key, 43 characters."""

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes (RFC 8032 section 5.1.5)."""

    def sign(self, message: bytes) -> bytes:
        """Sign exactly these bytes.

        Args:
            message: what is signed, of any length.

        Returns:
            The signature, 64 bytes.

        Raises:
            Refusal: SIGNER_UNAVAILABLE when the key cannot be used or its signature does not verify.
        """


class SeedSigner:
    """A signer whose seed lies in this process's memory, for sealed key files and for tests."""

    __slots__ = ("_kid", "_public_key", "_secret_key")

    def __init__(self, seed: bytes) -> None:
        """Take the seed in.

        Args:
            seed: 32 bytes (RFC 8032 section 5.1.5).

        Raises:
            Refusal: SIGNER_UNAVAILABLE when the seed does not have 32 bytes.
        """
        self._secret_key = ed25519.expand(seed)
        self._public_key = ed25519.public_key_of(seed)
        self._kid = thumbprint(self._public_key)

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint of the public key, 43 characters."""
        return self._kid

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes (RFC 8032 section 5.1.5)."""
        return self._public_key

    def sign(self, message: bytes) -> bytes:
        """Sign exactly these bytes, and check the signature before it leaves.

        Args:
            message: what is signed, of any length.

        Returns:
            The signature, 64 bytes.

        Raises:
            Refusal: SIGNER_UNAVAILABLE when the signature made does not verify.
        """
        signature = ed25519.sign_expanded(self._secret_key, message)
        if not ed25519.verify(self._public_key, message, signature):
            raise refuse(Reason.SIGNER_UNAVAILABLE, "check of the own signature")
        return signature

    def forget(self) -> None:
        """Let go of the seed, once the key is destroyed: from then on this refuses by SIGNER_UNAVAILABLE."""
        self._secret_key = b""

    def __repr__(self) -> str:
        # Logs and tracebacks print representations; the key id is all that may stand there.
        return f"SeedSigner(kid={self._kid!r})"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        # Pickling, copying and handing to another process would all write the seed out.
        raise TypeError("a signer is never pickled or copied")
