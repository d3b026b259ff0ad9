import cryptography_vectors
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.crypto.ed25519 import (
    check_public_key,
    expand,
    generate_seed,
    public_key_of,
    sign,
    sign_expanded,
    verify,
)
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Reason, Refusal

# RFC 8032 section 7.1: (seed, public key, message, signature). TEST 1024 is the last line of the published file.
RFC_8032 = {
    "TEST 1": (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    "TEST 2": (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    "TEST 3": (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
    "TEST SHA(abc)": (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        (
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
            "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
        ),
    ),
}

# Order of the curve's main subgroup (RFC 8032 section 5.1).
ORDER = 2**252 + 27742317777372353535851937790883648493

# The eight points of small order: on the curve, and keys under which one signature fits many messages.
SMALL_ORDER = {
    "order 1": "0100000000000000000000000000000000000000000000000000000000000000",
    "order 2": "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "order 4": "0000000000000000000000000000000000000000000000000000000000000000",
    "order 4, other sign": "0000000000000000000000000000000000000000000000000000000000000080",
    "order 8": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "order 8, other sign": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "order 8, inverse": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "order 8, inverse, other sign": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
}

SEED = bytes(range(32))


def published() -> list[tuple[bytes, bytes, bytes, bytes]]:
    """Read sign.input of the cryptography_vectors package: (seed, public key, message, signature) a line."""
    with cryptography_vectors.open_vector_file("asymmetric/Ed25519/sign.input", "r") as file:
        rows = [[bytes.fromhex(field) for field in line.split(":")[:4]] for line in file.read().splitlines()]
    # The file writes seed || public key, and signature || message.
    return [(private[:32], public, message, signed[:64]) for private, public, message, signed in rows]


def der_key(name: str) -> bytes:
    """Read the 32 bytes of a key file of the cryptography_vectors package; DER puts them last (RFC 8410)."""
    with cryptography_vectors.open_vector_file(f"asymmetric/Ed25519/{name}", "rb") as file:
        content: bytes = file.read()
    return content[-32:]


@pytest.mark.parametrize("name", RFC_8032)
def test_signs_as_the_rfc(name: str) -> None:
    """The seeds of RFC 8032 section 7.1 give the published signatures."""
    seed, _, message, signature = map(bytes.fromhex, RFC_8032[name])
    assert sign(seed, message) == signature


@pytest.mark.parametrize("name", RFC_8032)
def test_derives_public_keys_as_the_rfc(name: str) -> None:
    """The seeds of RFC 8032 section 7.1 give the published public keys."""
    seed, public_key, _, _ = map(bytes.fromhex, RFC_8032[name])
    assert public_key_of(seed) == public_key


@pytest.mark.parametrize("name", RFC_8032)
def test_verifies_as_the_rfc(name: str) -> None:
    """The signatures of RFC 8032 section 7.1 verify."""
    _, public_key, message, signature = map(bytes.fromhex, RFC_8032[name])
    assert verify(public_key, message, signature)


def test_published_file_is_whole() -> None:
    """The vector file has its 1024 vectors, so that the tests over it test something."""
    assert len(published()) == 1024


def test_signs_as_every_published_vector() -> None:
    """Each published seed and message gives the published signature, with the published public key."""
    for seed, public_key, message, signature in published():
        assert (public_key_of(seed), sign(seed, message)) == (public_key, signature)


def test_verifies_every_published_vector() -> None:
    """Each published signature verifies."""
    assert all(verify(public, message, signature) for _, public, message, signature in published())


def test_refuses_every_published_vector_over_another_message() -> None:
    """No published signature verifies once its message is one byte longer."""
    assert not any(verify(public, message + b"\x00", signature) for _, public, message, signature in published())


def test_accepts_every_published_key() -> None:
    """Honest keys are never taken for weak ones."""
    for _, public_key, _, _ in published():
        check_public_key(public_key)


def test_published_key_files_belong_together() -> None:
    """The private key file's seed gives the public key file's key (RFC 8410 section 10)."""
    assert public_key_of(der_key("ed25519-pkcs8.der")) == der_key("ed25519-pub.der")


@given(st.binary(max_size=64), st.integers(0, 511))
def test_flipped_bit_of_the_signature_fails(message: bytes, bit: int) -> None:
    """A signature is valid in one spelling only."""
    signature = int.from_bytes(sign(SEED, message)) ^ (1 << bit)
    assert not verify(public_key_of(SEED), message, signature.to_bytes(64))


def test_unreduced_scalar_fails() -> None:
    """Adding the group's order to S would verify without the range check (RFC 8032 section 5.1.7)."""
    signature = sign(SEED, b"message")
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    assert not verify(public_key_of(SEED), b"message", signature[:32] + scalar.to_bytes(32, "little"))


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_any_length_of_key_and_signature_is_answered(public_key: bytes, signature: bytes) -> None:
    """Whatever arrives, the answer is no, not an exception and not a read beyond the key."""
    assert verify(public_key, b"message", signature) is False


def test_signature_is_not_cut_at_another_place() -> None:
    """A signature that lends its last byte to the message fails, although both joined are the same bytes."""
    signature = sign(SEED, b"message")
    assert not verify(public_key_of(SEED), signature[-1:] + b"message", signature[:-1])


@pytest.mark.parametrize("name", SMALL_ORDER)
def test_small_order_key_is_weak(name: str) -> None:
    """A key of small order is not enrolled."""
    with pytest.raises(Refusal) as refused:
        check_public_key(bytes.fromhex(SMALL_ORDER[name]))
    assert refused.value.reason is Reason.KEY_WEAK


@pytest.mark.parametrize(
    "public_key",
    [
        pytest.param(b"", id="empty"),
        pytest.param(bytes.fromhex(RFC_8032["TEST 1"][1])[:-1], id="short"),
        pytest.param(bytes.fromhex(RFC_8032["TEST 1"][1]) + b"\x00", id="long"),
        pytest.param((2).to_bytes(32, "little"), id="no point has this y"),
        pytest.param((2**255 - 19 + 3).to_bytes(32, "little"), id="y not reduced, so not canonical"),
        pytest.param(b"\xff" * 32, id="y beyond the field"),
    ],
)
def test_malformed_key_is_weak(public_key: bytes) -> None:
    """A key that is not the canonical encoding of a point is not enrolled."""
    with pytest.raises(Refusal) as refused:
        check_public_key(public_key)
    assert refused.value.reason is Reason.KEY_WEAK


def test_thumbprint_as_the_rfc() -> None:
    """The key of RFC 8037 appendix A.3 has the published thumbprint."""
    public_key = bytes.fromhex(RFC_8032["TEST 1"][1])
    assert thumbprint(public_key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_no_thumbprint_of_another_length() -> None:
    """Nothing but 32 bytes has a kid."""
    with pytest.raises(Refusal) as refused:
        thumbprint(bytes(31))
    assert refused.value.reason is Reason.KEY_WEAK


def test_new_seeds_differ() -> None:
    """Two seeds of 32 bytes are never the same."""
    assert len({generate_seed(), generate_seed()} | {bytes(32)}) == 3


def test_prepared_seed_signs_alike() -> None:
    """Preparing a seed once changes no signature."""
    assert sign_expanded(expand(SEED), b"message") == sign(SEED, b"message")


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_seed_of_another_length_signs_nothing(length: int) -> None:
    """Only 32 bytes are a seed."""
    with pytest.raises(Refusal) as refused:
        sign(bytes(length), b"message")
    assert refused.value.reason is Reason.SIGNER_UNAVAILABLE


def test_bare_seed_is_no_prepared_one() -> None:
    """Signing with 32 bytes where 64 belong is refused, not read beyond their end."""
    with pytest.raises(Refusal) as refused:
        sign_expanded(SEED, b"message")
    assert refused.value.reason is Reason.SIGNER_UNAVAILABLE
