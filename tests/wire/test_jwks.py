import json
from dataclasses import replace

from fakes import tokens

from interchange.domain.keyring import Role
from interchange.domain.thumbprint import thumbprint
from interchange.wire import base64url
from interchange.wire.jwks import jwks

RING = tokens.party_keyring()


def test_a_thumbprint_is_that_of_the_specification() -> None:
    """The example key of RFC 8037 has the thumbprint that its appendix A.3 gives."""
    public = base64url.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
    assert thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_keys_that_sign_tokens_are_published_for_jwt_libraries() -> None:
    """The JWK Set has the assert and status keys, each with what a library needs, and no other key."""
    assert json.loads(jwks(RING)) == {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": base64url.encode(tokens.public_key(label)),
                "kid": tokens.kid(label),
                "alg": "EdDSA",
                "use": "sig",
            }
            for label in ("assert", "status")
        ]
    }


def test_a_key_to_which_bindings_are_sealed_is_not_published_for_jwt_libraries() -> None:
    """It signs nothing, and no library may come to try it."""
    binding = next(key for key in RING.keys if key.role is Role.BINDING)
    assert binding.kid not in {key["kid"] for key in json.loads(jwks(RING))["keys"]}


def test_a_tainted_key_is_not_published_for_jwt_libraries() -> None:
    """A library that knows no "tainted since" is not given the key at all."""
    ring = replace(RING, keys=(replace(RING.keys[0], tainted_since=tokens.NOW), *RING.keys[1:]))
    assert [key["kid"] for key in json.loads(jwks(ring))["keys"]] == [tokens.kid("status")]
