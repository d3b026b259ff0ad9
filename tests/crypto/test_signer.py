import copy
import pickle
from collections.abc import Callable

import pytest

from interchange.crypto.ed25519 import expand, public_key_of, verify
from interchange.crypto.signer import SeedSigner, Signer
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Reason, Refusal

SEED = bytes(range(32))


def test_signature_verifies_under_the_public_key() -> None:
    """What a signer signs, its public key verifies."""
    signer: Signer = SeedSigner(SEED)
    assert verify(signer.public_key, b"message", signer.sign(b"message"))


def test_key_id_names_the_seeds_public_key() -> None:
    """The kid is the thumbprint of the key that the seed gives."""
    assert SeedSigner(SEED).kid == thumbprint(public_key_of(SEED))


def test_faulty_signature_is_not_released() -> None:
    """A signature that does not verify, as after a fault in memory, stays inside."""
    signer = SeedSigner(SEED)
    signer._secret_key = expand(bytes(32))
    with pytest.raises(Refusal) as refused:
        signer.sign(b"message")
    assert refused.value.reason is Reason.SIGNER_UNAVAILABLE


@pytest.mark.parametrize("length", [0, 31, 33])
def test_seed_of_another_length_makes_no_signer(length: int) -> None:
    """Only 32 bytes are a seed."""
    with pytest.raises(Refusal) as refused:
        SeedSigner(bytes(length))
    assert refused.value.reason is Reason.SIGNER_UNAVAILABLE


def test_representation_is_the_key_id_alone() -> None:
    """What a log or a traceback prints of a signer has no secret in it."""
    signer = SeedSigner(SEED)
    assert repr(signer) == f"SeedSigner(kid='{signer.kid}')"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_signer_is_not_pickled(protocol: int) -> None:
    """No job store and no other process gets the seed by pickling."""
    with pytest.raises(TypeError):
        pickle.dumps(SeedSigner(SEED), protocol)


@pytest.mark.parametrize("copying", [copy.copy, copy.deepcopy])
def test_signer_is_not_copied(copying: Callable[[SeedSigner], SeedSigner]) -> None:
    """A seed lies in one place of the process."""
    with pytest.raises(TypeError):
        copying(SeedSigner(SEED))


def test_signer_has_no_open_attributes() -> None:
    """There is no dictionary of attributes to dump, and the key cannot be replaced from outside."""
    with pytest.raises(AttributeError):
        SeedSigner(SEED).public_key = bytes(32)  # type: ignore[misc]
