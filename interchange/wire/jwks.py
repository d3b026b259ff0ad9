"""Public keys as JSON Web Keys (RFC 7517, RFC 8037): what any JWT library needs, and nothing else."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from interchange.domain.keyring import Role
from interchange.wire import base64url, strict_json

if TYPE_CHECKING:
    from interchange.domain.keyring import Keyring

_SIGNS_TOKENS = frozenset({Role.ASSERT, Role.STATUS})


def thumbprint(public_key: bytes) -> str:
    """Name an Ed25519 key by its JWK thumbprint (RFC 7638 section 3, RFC 8037 section 2).

    Args:
        public_key: 32 bytes.

    Returns:
        43 characters of base64url.
    """
    jwk = strict_json.dumps({"crv": "Ed25519", "kty": "OKP", "x": base64url.encode(public_key)})
    return base64url.encode(sha256(jwk).digest())


def jwks(keyring: Keyring) -> bytes:
    """Write the keys that sign tokens as a JWK Set (RFC 7517 section 5), in the keyring's order.

    A tainted key is left out: a JWK cannot say since when, and whoever reads only this must not trust it at all.

    Returns:
        JSON, printable ASCII.
    """
    keys = [
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": base64url.encode(key.public_key),
            "kid": key.kid,
            "alg": key.alg,
            "use": "sig",
        }
        for key in keyring.keys
        if key.role in _SIGNS_TOKENS and key.tainted_since is None
    ]
    return strict_json.dumps({"keys": keys})
