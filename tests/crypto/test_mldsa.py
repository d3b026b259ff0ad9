"""ML-DSA against published vectors, and against another implementation of JOSE."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey, MLDSA65PublicKey
from fakes import tokens
from fakes.refusals import refused
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from interchange.crypto.both import BOTH
from interchange.crypto.mldsa import MlDsaSigner, open_mldsa_key, seal_mldsa_key, verify_44, verify_65
from interchange.crypto.sealed import open_key, seal_key
from interchange.domain.keyring import MLDSA44, MLDSA65, Check, RootSignature, accept_keyring, endorsers
from interchange.domain.thumbprint import akp_thumbprint
from interchange.errors import Reason
from interchange.wire import base64url
from interchange.wire.keyring import assemble, encode_keyring, root_signing_input

SETS: dict[str, tuple[type[MLDSA44PublicKey | MLDSA65PublicKey], Check]] = {
    MLDSA44: (MLDSA44PublicKey, verify_44),
    MLDSA65: (MLDSA65PublicKey, verify_65),
}
SEED = bytes(range(32))


def vectors(alg: str) -> Iterator[dict[str, bytes]]:
    """Read the known answers that the vectors of `cryptography` carry: deterministic signatures, pure variant."""
    name = f"asymmetric/MLDSA/kat_{alg.replace('-', '_').replace('ML_DSA', 'MLDSA')}_det_pure.rsp"
    with cryptography_vectors.open_vector_file(name, "r") as file:
        answer: dict[str, bytes] = {}
        for line in file:
            key, _, value = line.strip().partition(" = ")
            if key in {"xi", "pk", "msg", "sm", "ctx"}:
                answer[key] = bytes.fromhex(value)
            if key == "ctx":
                yield answer
                answer = {}


@pytest.mark.parametrize("alg", SETS)
def test_public_keys_derive_from_seeds_as_published(alg: str) -> None:
    """A hundred seeds give the hundred public keys of the vectors (FIPS 204, algorithm 1)."""
    found = list(vectors(alg))
    assert len(found) == 100
    assert [MlDsaSigner(one["xi"], alg).public_key for one in found] == [one["pk"] for one in found]


@pytest.mark.parametrize("alg", SETS)
def test_published_signatures_are_of_the_form_that_is_checked_here(alg: str) -> None:
    """The vectors' signatures verify under their contexts, and not here, where the context is empty (RFC 9964)."""
    public, verify = SETS[alg]
    for one in list(vectors(alg))[:20]:
        signature = one["sm"][: len(one["sm"]) - len(one["msg"])]
        public.from_public_bytes(one["pk"]).verify(signature, one["msg"], one["ctx"])
        assert not verify(one["pk"], one["msg"], signature)


@pytest.mark.parametrize("alg", SETS)
def test_a_signature_verifies_over_its_message_alone(alg: str) -> None:
    """Another message, another key, a changed byte and another length are no."""
    signer, other, verify = MlDsaSigner(SEED, alg), MlDsaSigner(bytes(32), alg), SETS[alg][1]
    signature = signer.sign(b"message")
    changed = bytes([signature[0] ^ 1]) + signature[1:]
    found = [
        verify(signer.public_key, b"message", signature),
        verify(signer.public_key, b"massage", signature),
        verify(other.public_key, b"message", signature),
        verify(signer.public_key, b"message", changed),
        verify(signer.public_key, b"message", signature + b"\0"),
        verify(signer.public_key[:-1], b"message", signature),
        verify(b"", b"message", b""),
    ]
    assert found == [True, False, False, False, False, False, False]


def test_one_parameter_set_is_not_the_other() -> None:
    """A key is of one set, and its signatures count under no other."""
    small, large = MlDsaSigner(SEED, MLDSA44), MlDsaSigner(SEED, MLDSA65)
    assert not verify_65(large.public_key, b"m", small.sign(b"m"))
    assert not verify_44(small.public_key, b"m", large.sign(b"m"))
    assert small.kid != large.kid


@pytest.mark.parametrize("alg", SETS)
def test_a_key_is_named_as_another_implementation_names_it(alg: str) -> None:
    """The thumbprint is over alg, kty and pub (RFC 9964 section 6), as jwcrypto computes it."""
    signer = MlDsaSigner(SEED, alg)
    theirs = JWK(kty="AKP", alg=alg, pub=base64url.encode(signer.public_key))
    assert theirs.thumbprint() == signer.kid


@pytest.mark.parametrize(("length", "alg"), [(1952, MLDSA44), (1312, MLDSA65), (0, MLDSA65), (32, "EdDSA")])
def test_a_key_of_another_length_has_no_name(length: int, alg: str) -> None:
    """A name is of a key that there can be."""
    with refused(Reason.KEY_WEAK):
        akp_thumbprint(bytes(length), alg)


def test_another_implementation_reads_both_halves_of_a_keyring() -> None:
    """What we sign is verified by jwcrypto: the general form, with one signature of each family."""
    payload = encode_keyring(tokens.party_keyring())
    jws = assemble(payload, [tokens.root_signature("root-1", payload), tokens.mldsa_root_signature("root-1", payload)])
    for key in (
        JWK(kty="OKP", crv="Ed25519", x=base64url.encode(tokens.public_key("root-1"))),
        JWK(kty="AKP", alg=MLDSA65, pub=base64url.encode(tokens.mldsa_signer("root-1").public_key)),
    ):
        token = JWS()
        token.allowed_algs = ["EdDSA", MLDSA65]
        token.deserialize(jws.decode())
        token.verify(key)
        assert token.payload == payload


def test_what_another_implementation_signs_counts_as_a_root_signature() -> None:
    """A custodian need not use our program: jwcrypto signs from the same seed."""
    ring, signer = tokens.both_keyring(), tokens.mldsa_signer("root-1")
    payload = encode_keyring(ring)
    key = JWK(
        kty="AKP",
        alg=MLDSA65,
        pub=base64url.encode(signer.public_key),
        priv=base64url.encode(tokens.mldsa_seed("root-1")),
    )
    protected = base64url.decode(root_signing_input(MLDSA65, signer.kid, payload).decode().split(".")[0]).decode()
    token = JWS(payload)
    token.allowed_algs = [MLDSA65]
    token.add_signature(key, alg=MLDSA65, protected=protected)
    signed, _, signature = token.serialize(compact=True).encode().rpartition(b".")
    line = RootSignature(signer.kid, MLDSA65, signed, base64url.decode(signature))
    assert endorsers(ring.roots, [line], BOTH) == {signer.kid}


def test_a_sealed_seed_opens_as_its_own_kind_alone(tmp_path: Path) -> None:
    """The same 32 bytes are three keys; the file's name for the key tells which one was meant."""
    seal_mldsa_key(tmp_path / "a.sealed", SEED, b"passphrase", "root-1", MLDSA65)
    seal_key(tmp_path / "b.sealed", SEED, b"passphrase", "root-1", ops=1, mem=8192)
    assert open_mldsa_key(tmp_path / "a.sealed", b"passphrase", "root-1", MLDSA65).kid == MlDsaSigner(SEED, MLDSA65).kid
    with refused(Reason.FILE_SEALED):
        open_mldsa_key(tmp_path / "a.sealed", b"passphrase", "root-1", MLDSA44)
    with refused(Reason.FILE_SEALED):
        open_mldsa_key(tmp_path / "a.sealed", b"passphrase", "root-2", MLDSA65)
    with refused(Reason.FILE_SEALED):
        open_mldsa_key(tmp_path / "b.sealed", b"passphrase", "root-1", MLDSA65)
    with refused(Reason.FILE_SEALED):
        open_key(tmp_path / "a.sealed", b"passphrase")


@pytest.mark.parametrize(("seed", "alg"), [(bytes(31), MLDSA65), (bytes(32), "ML-DSA-87"), (bytes(32), "EdDSA")])
def test_no_signer_of_another_length_or_algorithm(seed: bytes, alg: str) -> None:
    """What cannot sign as it says is not made."""
    with refused(Reason.SIGNER_UNAVAILABLE):
        MlDsaSigner(seed, alg)


def test_a_signer_that_is_at_fault_lets_nothing_out() -> None:
    """A signature that does not verify never leaves."""
    signer = MlDsaSigner(SEED, MLDSA65)
    signer._public_key = MlDsaSigner(bytes(32), MLDSA65).public_key
    with refused(Reason.SIGNER_UNAVAILABLE):
        signer.sign(b"message")


def test_a_signer_is_never_written_out() -> None:
    """Neither printed nor pickled does it show more than the key's name."""
    signer = MlDsaSigner(SEED, MLDSA65)
    assert repr(signer) == f"MlDsaSigner(kid={signer.kid!r})"
    with pytest.raises(TypeError):
        pickle.dumps(signer)


def test_a_node_checks_both_families() -> None:
    """It refuses the Ed25519 half alone."""
    payload = encode_keyring(tokens.both_keyring())
    half = tuple(tokens.root_signature(label, payload) for label in ("root-1", "root-2"))
    with refused(Reason.KEYRING_THRESHOLD):
        accept_keyring(None, tokens.both_keyring(), half, BOTH)
