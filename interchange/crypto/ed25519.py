"""Ed25519 (RFC 8032) and its key ids, over libsodium's bindings.

The bindings hand pointers to C and do not look at lengths: a short key would make libsodium read beyond it. Every
length is therefore checked here, and nothing else in the package calls the signature functions.
"""

from __future__ import annotations

from nacl.bindings import (
    crypto_core_ed25519_is_valid_point,
    crypto_sign,
    crypto_sign_BYTES,
    crypto_sign_open,
    crypto_sign_PUBLICKEYBYTES,
    crypto_sign_SECRETKEYBYTES,
    crypto_sign_seed_keypair,
    crypto_sign_SEEDBYTES,
    randombytes,
)
from nacl.exceptions import BadSignatureError

from interchange.errors import Reason, refuse

PUBLIC_KEY_BYTES = crypto_sign_PUBLICKEYBYTES
"""Length of a public key: 32."""

SEED_BYTES = crypto_sign_SEEDBYTES
"""Length of a seed, which is RFC 8032's private key: 32."""

SIGNATURE_BYTES = crypto_sign_BYTES
"""Length of a signature: 64."""


def check_public_key(public_key: bytes) -> None:
    """Refuse a public key under which more than its holder could make signatures, before it is enrolled anywhere.

    Under a key of small order a signature fits many messages, and libraries disagree about keys that are not canonical
    (RFC 8032 section 5.1.3): one verifier would accept what another refuses.

    Args:
        public_key: 32 bytes.

    Raises:
        Refusal: KEY_WEAK when it has another length, is not canonical, or lies off the curve's main subgroup.
    """
    if len(public_key) != PUBLIC_KEY_BYTES:
        raise refuse(Reason.KEY_WEAK, "length")
    if not crypto_core_ed25519_is_valid_point(public_key):
        raise refuse(Reason.KEY_WEAK, "point")


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the signature over the message is this key's (RFC 8032 section 5.1.7).

    Args:
        public_key: 32 bytes; of another length, the answer is no.
        message: the exact signed bytes.
        signature: 64 bytes; of another length, the answer is no.

    Returns:
        True when it verifies; libsodium also says no to small-order keys and to a scalar that is not reduced.
    """
    # The signature's length too: libsodium takes signature and message joined, and would cut them at another place.
    if len(public_key) != PUBLIC_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        crypto_sign_open(signature + message, public_key)
    except BadSignatureError:
        return False
    return True


def generate_seed() -> bytes:
    """Make a new private seed of 32 bytes from the system's randomness; that source is never an argument."""
    return randombytes(SEED_BYTES)


def public_key_of(seed: bytes) -> bytes:
    """Derive the public key (RFC 8032 section 5.1.5).

    Args:
        seed: 32 bytes.

    Returns:
        The public key, 32 bytes.

    Raises:
        Refusal: SIGNER_UNAVAILABLE when the seed does not have 32 bytes.
    """
    return expand(seed)[SEED_BYTES:]


def expand(seed: bytes) -> bytes:
    """Prepare a seed for many signatures, so that the public key is not computed anew for each.

    Args:
        seed: 32 bytes.

    Returns:
        libsodium's secret key of 64 bytes, seed || public key. Never join these by hand: signing with a public key that
        is not the seed's gives the seed away.

    Raises:
        Refusal: SIGNER_UNAVAILABLE when the seed does not have 32 bytes.
    """
    if len(seed) != SEED_BYTES:
        raise refuse(Reason.SIGNER_UNAVAILABLE, "length of the seed")
    return crypto_sign_seed_keypair(seed)[1]


def sign(seed: bytes, message: bytes) -> bytes:
    """Sign once (RFC 8032 section 5.1.6); the same seed and message always give the same signature.

    Args:
        seed: 32 bytes.
        message: the exact bytes to sign.

    Returns:
        The signature, 64 bytes.

    Raises:
        Refusal: SIGNER_UNAVAILABLE when the seed does not have 32 bytes.
    """
    return sign_expanded(expand(seed), message)


def sign_expanded(secret_key: bytes, message: bytes) -> bytes:
    """Sign with a seed prepared by `expand` (RFC 8032 section 5.1.6).

    Args:
        secret_key: 64 bytes from `expand`.
        message: the exact bytes to sign.

    Returns:
        The signature, 64 bytes.

    Raises:
        Refusal: SIGNER_UNAVAILABLE when the secret key does not have 64 bytes.
    """
    if len(secret_key) != crypto_sign_SECRETKEYBYTES:
        raise refuse(Reason.SIGNER_UNAVAILABLE, "length of the secret key")
    return crypto_sign(message, secret_key)[:SIGNATURE_BYTES]
