"""What a real node signs, read by programs that share no code with it."""

import json
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from fakes.parties import NOW, names_of
from fakes.world import World
from joserfc import jwt as joserfc_jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jwt as jwcrypto_jwt
from jwt.types import Options

from interchange.flows.status_lists import signed_list
from interchange.wire.jwks import jwks

# The name by which most libraries know the algorithm; the newer one would be refused by PyJWT.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

Reader = Callable[[str, str], dict[str, Any]]
AUDIENCE = names_of("KOR").uri


def _pyjwt(token: str, keys: str) -> dict[str, Any]:
    found = {key["kid"]: jwt.PyJWK(key) for key in json.loads(keys)["keys"]}
    key = found[jwt.get_unverified_header(token)["kid"]]
    # As below: whether it is valid today is not asked here.
    unasked: Options = {"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False}
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["EdDSA"], options=unasked)
    return claims


def _joserfc(token: str, keys: str) -> dict[str, Any]:
    return joserfc_jwt.decode(token, KeySet.import_key_set(json.loads(keys)), algorithms=["EdDSA"]).claims


def _jwcrypto(token: str, keys: str) -> dict[str, Any]:
    verified = jwcrypto_jwt.JWT(algs=["EdDSA"], check_claims={}, expected_type="JWS")
    # This one always looks at the clock, and the made-up world lies in the year 2027.
    verified.leeway = 10**10
    verified.deserialize(token, jwcrypto_jwk.JWKSet.from_json(keys))
    claims: dict[str, Any] = json.loads(verified.claims)
    return claims


READERS = {
    _pyjwt: jwt.InvalidSignatureError,
    _joserfc: BadSignatureError,
    _jwcrypto: jwcrypto_jwt.JWTMissingKey,  # so it says that none of the keys fits
}
"""Library → what it raises for a wrong signature."""


def _statuses(claims: dict[str, Any], idx: int) -> int:
    """Read a slot as the draft says: two bits, the first slot in the lowest bits of the first byte."""
    lst = claims["status_list"]["lst"]
    packed = zlib.decompress(urlsafe_b64decode(lst + "=" * (-len(lst) % 4)))
    return packed[idx // 4] >> idx % 4 * 2 & 3


@pytest.fixture
def keys(world: World) -> str:
    """The home node's keys, for programs that only know JWT."""
    home = world.home
    return jwks(home.ledger.read(lambda tx: home.keyring(tx, home.names.authority))).decode()


@pytest.fixture
def jti(world: World) -> str:
    """An assertion towards a partner."""
    return world.issue(world.open_project(), world.clear())


@pytest.mark.parametrize("read", READERS)
def test_a_foreign_library_verifies_an_assertion(world: World, keys: str, jti: str, read: Reader) -> None:
    """With nothing but the token and the keys."""
    claims = read(world.token(jti).decode(), keys)
    assert (claims["jti"], claims["aud"]) == (jti, AUDIENCE)


@pytest.mark.parametrize(("read", "error"), READERS.items())
def test_a_foreign_library_refuses_a_changed_assertion(
    world: World, keys: str, jti: str, read: Reader, error: type[Exception]
) -> None:
    """Otherwise the test above would say nothing."""
    header, _, signature = world.token(jti).decode().split(".")
    other = world.issue(world.open_project(), world.clear())
    payload = world.token(other).decode().split(".")[1]
    with pytest.raises(error):
        read(f"{header}.{payload}.{signature}", keys)


@pytest.mark.parametrize("read", READERS)
def test_a_foreign_library_verifies_a_status_list(world: World, keys: str, jti: str, read: Reader) -> None:
    """The list is a JWT like any other."""
    uri = world.claims(jti)["status"]["status_list"]["uri"]
    token = signed_list(world.home, "KOR", uri, NOW).decode()
    assert read(token, keys)["sub"] == uri


def test_a_foreign_reader_finds_the_slot_live(world: World, keys: str, jti: str) -> None:
    """Base64, zlib and two bits are all there is to it."""
    slot = world.claims(jti)["status"]["status_list"]
    assert _statuses(_pyjwt(signed_list(world.home, "KOR", slot["uri"], NOW).decode(), keys), slot["idx"]) == 0


def test_a_foreign_reader_finds_the_slot_revoked(world: World, keys: str, jti: str) -> None:
    """The next list says so."""
    slot = world.claims(jti)["status"]["status_list"]
    world.revoke(jti)
    assert _statuses(_pyjwt(signed_list(world.home, "KOR", slot["uri"], NOW).decode(), keys), slot["idx"]) == 1


def test_a_foreign_reader_finds_every_other_slot_unused(world: World, keys: str, jti: str) -> None:
    """What nobody holds never reads as live."""
    slot = world.claims(jti)["status"]["status_list"]
    claims = _pyjwt(signed_list(world.home, "KOR", slot["uri"], NOW).decode(), keys)
    others = {_statuses(claims, idx) for idx in range(world.home.status_slots) if idx != slot["idx"]}
    assert others == {3}
