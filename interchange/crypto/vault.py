"""The vault: identities at rest, sealed for the ledger and found again by keyed hashes.

Every record names the number of the key that sealed it, so that keys can be added while old records stay readable. What
the ledger alone discloses of a person is then a random number, some bytes of a few standard lengths, and a hash that
nobody can try names against without the look-up key.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn, SupportsIndex

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_ABYTES,
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    randombytes,
)
from nacl.bindings.crypto_generichash import generichash_blake2b_salt_personal
from nacl.exceptions import CryptoError

from interchange.crypto.padding import BLOCK, PADDED_LIMIT, pad, unpad
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_BYTES = crypto_aead_xchacha20poly1305_ietf_KEYBYTES
"""Length of a sealing key and of a look-up key: 32."""

DUMMY_AAD = b"dummy"
"""What the dummy record is bound to; no subject is called so."""

_DIGEST_BYTES = 32
_NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
_OVERHEAD = _NONCE_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES
_DUMMY_CONTENT = b"nobody"

# BLAKE2's personalisation (RFC 7693 section 2.8 leaves it to the application): one key, hashed for different purposes,
# gives unrelated values. At most 16 bytes.
_LOOKUP_PERSON = b"clearance-lookup"
_REPEAT_PERSON = b"clearance-repeat"
_KID_PERSON = b"clearance-kid"


@dataclass(frozen=True, slots=True, repr=False)
class Sealed:
    """A sealed record, as the ledger keeps it.

    Attributes:
        key_number: of the sealing key.
        data: nonce of 24 bytes, ciphertext of a multiple of 512 bytes, tag of 16 bytes.
    """

    key_number: int
    data: bytes

    def __repr__(self) -> str:
        """Show the key's number alone."""
        return f"Sealed(key_number={self.key_number}, …)"


@dataclass(frozen=True, slots=True, repr=False)
class Lookup:
    """A keyed hash by which a record is found.

    Attributes:
        key_number: of the look-up key.
        digest: 43 characters of base64url without padding.
    """

    key_number: int
    digest: str

    def __repr__(self) -> str:
        """Show the key's number alone: in a log, a digest would link what is said of one person."""
        return f"Lookup(key_number={self.key_number}, …)"


class Vault:
    """Numbered symmetric keys in this process's memory; of each kind, the highest number is the current one."""

    __slots__ = ("_dummy", "_looking", "_sealing")

    def __init__(self, sealing: Mapping[int, bytes], looking: Mapping[int, bytes]) -> None:
        """Take the keys in.

        Args:
            sealing: number → key of 32 bytes; at least one.
            looking: the same for look-ups. No key is in both, or twice in one.

        Raises:
            Refusal: VAULT_SEALED when a kind has no key, or a key another length, another key's bytes or a number
                below 1.
        """
        keys = [*sealing.values(), *looking.values()]
        if not sealing or not looking:
            raise refuse(Reason.VAULT_SEALED, "no key for sealing" if not sealing else "no key for look-ups")
        if any(len(key) != KEY_BYTES for key in keys) or min(*sealing, *looking) < 1:
            raise refuse(Reason.VAULT_SEALED, "length or number of a key")
        if len(set(keys)) != len(keys):
            raise refuse(Reason.VAULT_SEALED, "a key occurs twice")
        self._sealing = MappingProxyType(dict(sealing))
        self._looking = MappingProxyType(dict(sorted(looking.items(), reverse=True)))
        self._dummy = self.seal(_DUMMY_CONTENT, DUMMY_AAD)

    @property
    def sealing_number(self) -> int:
        """Number of the key that seals; records of other numbers wait to be sealed anew."""
        return max(self._sealing)

    @property
    def looking_number(self) -> int:
        """Number of the key under which look-ups are written; those of other numbers wait to be hashed anew."""
        return max(self._looking)

    def seal(self, content: bytes, aad: bytes) -> Sealed:
        """Seal under the current key (XChaCha20-Poly1305), with a new random nonce.

        Args:
            content: at most 16 KiB; its length is hidden up to the next multiple of 512 bytes.
            aad: what the record belongs to, such as the subject; the same must be given to open it.

        Raises:
            Refusal: FIELD_FORM when the content is longer.
        """
        number, nonce = self.sealing_number, randombytes(_NONCE_BYTES)
        sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(
            pad(content), _bound(number, aad), nonce, self._sealing[number]
        )
        return Sealed(number, nonce + sealed)

    def open(self, sealed: Sealed, aad: bytes) -> bytes:
        """Open a record.

        Args:
            sealed: as it was sealed; its key number is bound to it.
            aad: the same as when it was sealed, so that a record moved to another subject does not open.

        Returns:
            The content.

        Raises:
            Refusal: VAULT_SEALED for a key that is not in this vault, another `aad`, and any changed byte.
        """
        key = self._sealing.get(sealed.key_number)
        if key is None:
            raise refuse(Reason.VAULT_SEALED, "key number")
        # The binding would take a shorter text for a message of negative length.
        if not BLOCK <= len(sealed.data) - _OVERHEAD <= PADDED_LIMIT:
            raise refuse(Reason.VAULT_SEALED, "length")
        nonce, text = sealed.data[:_NONCE_BYTES], sealed.data[_NONCE_BYTES:]
        try:
            padded = crypto_aead_xchacha20poly1305_ietf_decrypt(text, _bound(sealed.key_number, aad), nonce, key)
        except CryptoError:
            raise refuse(Reason.VAULT_SEALED, "subject or content") from None
        return unpad(padded, Reason.VAULT_SEALED)

    def lookup(self, content: bytes) -> Lookup:
        """Hash under the current look-up key, which is what a new record is kept with (keyed BLAKE2b-256, RFC 7693).

        Args:
            content: the canonical spelling of what a person is looked for by, of any length.
        """
        return self._hashed(self.looking_number, content)

    def lookups(self, content: bytes) -> list[Lookup]:
        """Hash under every look-up key, the current one first: while keys change, a record may be kept with any.

        Args:
            content: as for `lookup`.
        """
        return [self._hashed(number, content) for number in self._looking]

    def fingerprint(self, content: bytes) -> str:
        """Hash what a request says of a person, so that a repeated request can be told from one that says otherwise.

        It is made under the oldest look-up key, since a request may be repeated after a new one was added: only once
        that key is dropped does a repeated request look like another. No look-up has the same digest.

        Args:
            content: of any length.

        Returns:
            43 characters of base64url without padding.
        """
        key = self._looking[min(self._looking)]
        return _base64url(generichash_blake2b_salt_personal(content, _DIGEST_BYTES, key=key, person=_REPEAT_PERSON))

    def dummy(self) -> Sealed:
        """Give a record of nobody, bound to `DUMMY_AAD`, for `open` to work on where a look-up found none.

        Finding and not finding somebody then cost a decryption each.
        """
        return self._dummy

    def _hashed(self, number: int, content: bytes) -> Lookup:
        digest = generichash_blake2b_salt_personal(
            content, _DIGEST_BYTES, key=self._looking[number], person=_LOOKUP_PERSON
        )
        return Lookup(number, _base64url(digest))

    def __repr__(self) -> str:
        # Logs and tracebacks print representations.
        return "Vault(…)"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        # Pickling, copying and handing to another process would all write the keys out.
        raise TypeError("a vault is never pickled or copied")


def generate_key() -> bytes:
    """Make a new key of 32 bytes from the system's randomness; that source is never an argument."""
    return randombytes(KEY_BYTES)


def key_id(key: bytes) -> str:
    """Name a symmetric key without telling anything about it: BLAKE2b-256 of nothing, under the key.

    Args:
        key: 32 bytes.

    Returns:
        43 characters of base64url without padding.

    Raises:
        Refusal: VAULT_SEALED when the key does not have 32 bytes.
    """
    if len(key) != KEY_BYTES:
        raise refuse(Reason.VAULT_SEALED, "length or number of a key")
    return _base64url(generichash_blake2b_salt_personal(b"", _DIGEST_BYTES, key=key, person=_KID_PERSON))


def _bound(number: int, aad: bytes) -> bytes:
    """Join what a record is bound to; the space ends the number, so that no two pairs give the same bytes."""
    return b"clearance-identity/1 %d " % number + aad


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
