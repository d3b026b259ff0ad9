"""The name of a public key, the same wherever the key is named."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Literal

from interchange.errors import Reason, refuse

PUBLIC_KEY_BYTES = 32

AKP_PUBLIC_KEY_BYTES = {"ML-DSA-44": 1312, "ML-DSA-65": 1952}
"""JOSE name → length of a public key (FIPS 204, table 2)."""


def thumbprint(public_key: bytes, crv: Literal["Ed25519", "X25519"] = "Ed25519") -> str:
    """Name a key by its JWK thumbprint, which is its `kid` everywhere (RFC 7638, RFC 8037 section 2).

    Args:
        public_key: 32 bytes.
        crv: the curve; the same bytes on the other curve are another key, with another name.

    Returns:
        43 characters of base64url without padding.

    Raises:
        Refusal: KEY_WEAK when the key does not have 32 bytes.
    """
    if len(public_key) != PUBLIC_KEY_BYTES:
        raise refuse(Reason.KEY_WEAK, "length")
    # RFC 7638 section 3.2: the required members only, in this order, without white space.
    jwk = b'{"crv":"%s","kty":"OKP","x":"%s"}' % (crv.encode("ascii"), _base64url(public_key))
    return _base64url(sha256(jwk).digest()).decode("ascii")


def akp_thumbprint(public_key: bytes, alg: str) -> str:
    """Name a key of an algorithm key pair by its JWK thumbprint (RFC 7638, RFC 9964 section 6).

    Args:
        public_key: 1312 bytes of `ML-DSA-44`, 1952 of `ML-DSA-65`.
        alg: one of these two names; it is a part of the key, so it is hashed too.

    Returns:
        43 characters of base64url without padding.

    Raises:
        Refusal: KEY_WEAK for another algorithm, or a key of another length.
    """
    if AKP_PUBLIC_KEY_BYTES.get(alg) != len(public_key):
        raise refuse(Reason.KEY_WEAK, "length")
    jwk = b'{"alg":"%s","kty":"AKP","pub":"%s"}' % (alg.encode("ascii"), _base64url(public_key))
    return _base64url(sha256(jwk).digest()).decode("ascii")


def _base64url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")
