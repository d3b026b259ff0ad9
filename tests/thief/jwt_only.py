"""A program that knows JWT, JWK sets and status lists, and nothing of lanes: written twice, with two libraries."""

import json
import warnings
import zlib
from base64 import urlsafe_b64decode
from typing import Any

import jwt
from fakes.parties import names_of
from joserfc import jwt as joserfc_jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import KeySet


def judged_by_jwt(token: bytes, keys: bytes, listed: bytes, uri: str, now: int) -> str:
    """Judge a token by a JWK set and a status list, as served; say it as a cell of the table does.

    Args:
        token: as presented.
        keys: JWK set.
        listed: status list token.
        uri: name of the list that the program asked for.
        now: the program's clock.
    """
    claims = _claims(token, keys)
    if claims is None or claims["aud"] != names_of("KOR").uri or not claims["nbf"] <= now < claims["exp"]:
        return "no such key" if claims is None else "not for now or us"
    status = _claims(listed, keys)
    if status is None or status["sub"] != uri or now >= status["exp"]:
        return "list too old"
    entry = claims["status"]["status_list"]
    packed = zlib.decompress(_bytes(status["status_list"]["lst"]))
    value = packed[entry["idx"] // 4] >> entry["idx"] % 4 * 2 & 3
    return "VALID" if entry["uri"] == uri and value == 0 else "slot not live"


def _claims(token: bytes, keys: bytes) -> dict[str, Any] | None:
    found = [_by_pyjwt(token, keys), _by_joserfc(token, keys)]
    assert found[0] == found[1], "two libraries read one token differently"
    return found[0]


def _by_pyjwt(token: bytes, keys: bytes) -> dict[str, Any] | None:
    known = {key["kid"]: jwt.PyJWK(key) for key in json.loads(keys)["keys"]}
    kid = jwt.get_unverified_header(token)["kid"]
    if kid not in known:
        return None
    claims: dict[str, Any] = jwt.decode(
        token,
        known[kid],
        algorithms=["EdDSA"],
        # The clock is the tests', and is looked at above.
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False},
    )
    return claims


def _by_joserfc(token: bytes, keys: bytes) -> dict[str, Any] | None:
    try:
        with warnings.catch_warnings():
            # Of the name: the algorithm is the same as under RFC 9864.
            warnings.simplefilter("ignore", SecurityWarning)
            found = joserfc_jwt.decode(token.decode(), KeySet.import_key_set(json.loads(keys)), algorithms=["EdDSA"])
    except (JoseError, ValueError):
        return None
    return dict(found.claims)


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
