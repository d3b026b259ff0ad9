"""A keychain that tells of each signature it lets out, so that people see how much a key is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.crypto.keychain import Keychain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from interchange.crypto.keychain import Continuation
    from interchange.crypto.signer import Signer


class CountedSigner:
    """A signer that tells of its signatures."""

    __slots__ = ("_made", "_signer")

    def __init__(self, signer: Signer, made: Callable[[str], None]) -> None:
        """Sign with `signer`, and call `made` with its kid after each signature."""
        self._signer, self._made = signer, made

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint of the public key, 43 characters."""
        return self._signer.kid

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes (RFC 8032 section 5.1.5)."""
        return self._signer.public_key

    def sign(self, message: bytes) -> bytes:
        """Sign exactly these bytes, as the signer within does and refuses; what was refused is not counted."""
        signature = self._signer.sign(message)
        self._made(self._signer.kid)
        return signature


class CountedKeychain(Keychain):
    """Another keychain, whose signers tell of their signatures."""

    def __init__(self, keychain: Keychain, made: Callable[[str], None]) -> None:
        """Take keys from `keychain`, and call `made` with the kid after each signature."""
        self._keychain, self._made = keychain, made

    def __getitem__(self, kid: str) -> Signer:
        return CountedSigner(self._keychain[kid], self._made)

    def __contains__(self, kid: object) -> bool:
        return kid in self._keychain

    def __iter__(self) -> Iterator[str]:
        return iter(self._keychain)

    def __len__(self) -> int:
        return len(self._keychain)

    def make(self, label: str) -> Signer:
        """Make a new key, as the keychain within does."""
        return CountedSigner(self._keychain.make(label), self._made)

    def destroy(self, kid: str) -> None:
        """Delete a private key for good, as the keychain within does."""
        self._keychain.destroy(kid)

    def label(self, kid: str) -> str:
        """Tell what a key was made for, or raise KeyError."""
        return self._keychain.label(kid)

    def lane_signer(self, kid: str, continuation: Continuation) -> Signer:
        """Look up the key of a lane, as the keychain within does."""
        return CountedSigner(self._keychain.lane_signer(kid, continuation), self._made)
