"""The second family of root signatures: how its keys are written, what the pin covers, who may leave it unchecked."""

import json
from dataclasses import replace
from typing import Any

import pytest
from fakes import tokens
from fakes.refusals import refused

from interchange.crypto.both import BOTH
from interchange.domain.keyring import ED25519, MLDSA65, RootKey, RootSignature, accept_keyring, endorsers
from interchange.errors import Reason
from interchange.wire.envelope import parse_compact
from interchange.wire.keyring import assemble, encode_keyring, parse_keyring


def root(who: str) -> RootKey:
    """Describe half a custodian's pair: `Eroot-1`, `Mroot-1`."""
    return tokens.root_key(who[1:]) if who[0] == "E" else tokens.mldsa_root_key(who[1:])


def signature(who: str, payload: bytes) -> RootSignature:
    """Sign with half a custodian's pair."""
    return (tokens.root_signature if who[0] == "E" else tokens.mldsa_root_signature)(who[1:], payload)


def outer(change: dict[str, Any]) -> bytes:
    """Change the payload of a keyring with both families after it was written."""
    members = json.loads(encode_keyring(tokens.both_keyring())) | change
    return assemble(json.dumps(members, separators=(",", ":")).encode(), [])


def test_same_key_under_two_ids_cannot_be_written() -> None:
    """An id is the key's own thumbprint, so a key has one; under another it is no keyring."""
    written = json.loads(encode_keyring(tokens.both_keyring()))["roots"]
    with refused(Reason.KEYRING_FORM):
        parse_keyring(outer({"roots": [*written, written[0] | {"kid": tokens.kid("other")}]}))


def test_same_key_under_both_names_of_its_algorithm_is_one_key() -> None:
    """`EdDSA` and `Ed25519` are names of one signature; the key counts once."""
    written = json.loads(encode_keyring(tokens.both_keyring()))["roots"]
    with refused(Reason.KEYRING_FORM):
        parse_keyring(outer({"roots": [*written, written[0] | {"alg": "Ed25519"}]}))


MISWRITTEN: dict[str, Any] = {
    "an ML-DSA key as a point of a curve": lambda key: {"kid": key["kid"], "alg": key["alg"], "x": key["pub"]},
    "both members": lambda key: key | {"x": key["pub"]},
    "neither member": lambda key: {"kid": key["kid"], "alg": key["alg"]},
    "a key too short": lambda key: key | {"pub": key["pub"][:-4]},
    "another parameter set": lambda key: key | {"alg": "ML-DSA-44"},
    "a parameter set that is not used": lambda key: key | {"alg": "ML-DSA-87"},
    "the id of another key": lambda key: key | {"kid": tokens.mldsa_signer("other").kid},
    "a private seed": lambda key: key | {"priv": "AAAA"},
}


@pytest.mark.parametrize("name", MISWRITTEN)
def test_root_key_of_the_second_family_has_one_form(name: str) -> None:
    """It is written as an algorithm key pair: kid, alg, pub, and nothing else (RFC 9964)."""
    roots = json.loads(encode_keyring(tokens.both_keyring()))["roots"]
    with refused(Reason.KEYRING_FORM):
        parse_keyring(outer({"roots": [*roots[:-1], MISWRITTEN[name](roots[-1])]}))


def test_keyring_of_both_families_is_read_as_it_was_written() -> None:
    """Its thresholds stand in one order, whatever order they were given in."""
    ring = tokens.both_keyring(thresholds={MLDSA65: 2, ED25519: 2})
    payload = encode_keyring(ring)
    lines = (signature("Eroot-1", payload), signature("Mroot-1", payload))
    assert parse_keyring(assemble(payload, lines)) == (ring, lines)
    assert list(json.loads(payload)["thresholds"]) == [ED25519, MLDSA65]


def test_signature_of_the_wrong_length_for_its_family_is_refused() -> None:
    """A line says by its header how long its signature is."""
    payload = encode_keyring(tokens.both_keyring())
    for line in (signature("Mroot-1", payload), signature("Eroot-1", payload)):
        other = b"\1" * (64 if len(line.signature) > 64 else 3309)
        with refused(Reason.KEYRING_FORM):
            parse_keyring(assemble(payload, [replace(line, signature=other)]))


def test_no_token_is_signed_by_the_second_family() -> None:
    """ML-DSA-65 is for root signatures alone: the header of a token with that name is refused."""
    with refused(Reason.HEADER_ALG):
        parse_compact(tokens.token(alg=MLDSA65), "clearance-assertion+jwt")


def test_root_pin_of_one_family_is_what_it_was() -> None:
    """What people wrote down before there was a second family still fits."""
    assert tokens.party_keyring().root_pin == "db49a6bb01392d0215efe0b334a9a7e3e82e6b1ef66b3613b4da3839a185b07f"


@pytest.mark.parametrize(
    "changes",
    [
        {"thresholds": {ED25519: 2, MLDSA65: 1}},
        {"thresholds": {ED25519: 1, MLDSA65: 2}},
        {"roots": tuple(root(who) for who in ("Eroot-1", "Eroot-2", "Eroot-3", "Mroot-1", "Mroot-2", "Mroot-4"))},
    ],
)
def test_root_pin_covers_both_families(changes: dict[str, Any]) -> None:
    """Another key or threshold of either family is another pin."""
    assert tokens.both_keyring(**changes).root_pin != tokens.both_keyring().root_pin


def test_family_that_nobody_thought_of_checking_is_refused() -> None:
    """To leave a family out takes a word; a table that lacks it is a mistake, and nothing is taken by mistake."""
    ring = tokens.both_keyring()
    payload = encode_keyring(ring)
    lines = tuple(signature(who, payload) for who in ("Eroot-1", "Eroot-2", "Mroot-1", "Mroot-2"))
    with refused(Reason.KEYRING_THRESHOLD):
        accept_keyring(None, ring, lines, {ED25519: BOTH[ED25519]})


def test_ed25519_is_never_left_out() -> None:
    """Every reader can check it, so no word leaves it to others."""
    ring = tokens.party_keyring()
    with refused(Reason.KEYRING_THRESHOLD):
        accept_keyring(None, ring, (), {ED25519: None})


def test_reader_of_one_family_checks_that_half() -> None:
    """It says which half it leaves to others, and takes no keyring that drops it."""
    half = {ED25519: BOTH[ED25519], MLDSA65: None}
    ring = tokens.both_keyring()
    payload = encode_keyring(ring)
    lines = tuple(signature(who, payload) for who in ("Eroot-1", "Eroot-2"))
    assert accept_keyring(None, ring, lines, half) is ring
    assert endorsers(ring.roots, lines, half) == {root("Eroot-1").kid, root("Eroot-2").kid}
    dropped = tokens.party_keyring(number=2)
    payload = encode_keyring(dropped)
    lines = tuple(signature(who, payload) for who in ("Eroot-1", "Eroot-2"))
    with refused(Reason.KEYRING_THRESHOLD):
        accept_keyring(ring, dropped, lines, half)
