"""The thief of the drill, and a program that knows JWT alone: neither knows anything but the files that it is given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jwt

from interchange.crypto.sealed import open_key, read_passphrase
from interchange.domain.envelope import ASSERTION_TYP
from interchange.wire import base64url, strict_json
from interchange.wire.envelope import compact, signing_input
from interchange.wire.status_list import BITS, unpack

if TYPE_CHECKING:
    from pathlib import Path

FORGED = "00000000-0000-4000-8000-00000000dead"
"""Id of what the thief issues."""


def forge(loot: Path, seen: bytes, issued_at: int) -> bytes:
    """Sign a statement about another person in the words and the slot of a token that was seen, as old as one likes.

    Args:
        loot: directory with `assert.sealed` and `passphrase`, copied from a node.
        seen: JWS compact of an honest person.
        issued_at: what it is to say of its own time.
    """
    signer = open_key(loot / "assert.sealed", read_passphrase(loot / "passphrase"))
    header, payload, _ = seen.decode("ascii").split(".")
    claims = json.loads(base64url.decode(payload))
    claims |= {"jti": FORGED, "sub": base64url.encode(bytes(16)), "iat": issued_at}
    alg = json.loads(base64url.decode(header))["alg"]
    message = signing_input(alg, signer.kid, ASSERTION_TYP, strict_json.dumps(claims))
    return compact(message, signer.sign(message))


def believes(token: bytes, keys: bytes, listed: bytes, audience: str, leeway: int) -> bool:
    """Judge as a program does that knows JWT alone (PyJWT).

    Args:
        token: JWS compact, as presented.
        keys: JWK set, as fetched.
        listed: status list token, as fetched.
        audience: the program's own party URI.
        leeway: seconds that the issuer's clock may be ahead.
    """
    known = {key["kid"]: jwt.PyJWK(key) for key in json.loads(keys)["keys"]}
    try:
        found = known[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(token, found, algorithms=["EdDSA"], audience=audience, leeway=leeway)
        status = jwt.decode(listed, known[jwt.get_unverified_header(listed)["kid"]], ["EdDSA"], leeway=leeway)
    except (KeyError, jwt.InvalidTokenError):
        return False
    slot = claims["status"]["status_list"]
    statuses = unpack(status["status_list"]["lst"], BITS)
    return bool(status["sub"] == slot["uri"] and statuses[slot["idx"]] == 0)
