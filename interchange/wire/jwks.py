"""Public keys as JSON Web Keys (RFC 7517, RFC 8037): what any JWT library needs, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.keyring import Role
from interchange.wire import base64url, strict_json

if TYPE_CHECKING:
    from interchange.domain.keyring import Keyring

_SIGNS_TOKENS = frozenset({Role.ASSERT, Role.STATUS})


def jwks(keyring: Keyring) -> bytes:
    """Write the keys that sign tokens as a JWK Set (RFC 7517 section 5), in the keyring's order.

    A tainted key is left out: a JWK cannot say since when, and whoever reads only this must not trust it at all. A key
    to which bindings are sealed never stands there: to the readers of a set, every key of it signs.

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
