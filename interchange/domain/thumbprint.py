"""The name of a public key, the same wherever the key is named."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256

from interchange.errors import Reason, refuse

PUBLIC_KEY_BYTES = 32


def thumbprint(public_key: bytes) -> str:
    """Name an Ed25519 key by its JWK thumbprint, which is its `kid` everywhere (RFC 7638, RFC 8037 section 2).

    Args:
        public_key: 32 bytes.

    Returns:
        43 characters of base64url without padding.

    Raises:
        Refusal: KEY_WEAK when the key does not have 32 bytes.
    """
    if len(public_key) != PUBLIC_KEY_BYTES:
        raise refuse(Reason.KEY_WEAK, "length")
    # RFC 7638 section 3.2: the required members only, in this order, without white space.
    jwk = b'{"crv":"Ed25519","kty":"OKP","x":"' + _base64url(public_key) + b'"}'
    return _base64url(sha256(jwk).digest()).decode("ascii")


def _base64url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")
