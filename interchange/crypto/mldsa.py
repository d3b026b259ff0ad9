"""ML-DSA (FIPS 204), the signatures that are to stand when Ed25519 has fallen, over the library `cryptography`.

Two parameter sets, each for one thing: ML-DSA-65 signs keyrings, ML-DSA-44 cosigns checkpoints for the archive. Both
are signed in the pure variant with an empty context, as JOSE (RFC 9964) and C2SP tlog-cosignature ask. A private key is
kept as its seed of 32 bytes, called xi in FIPS 204 section 5.1, which fits a sealed key file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, SupportsIndex

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PrivateKey,
    MLDSA44PublicKey,
    MLDSA65PrivateKey,
    MLDSA65PublicKey,
)

from interchange.crypto.sealed import open_secret, seal_secret
from interchange.domain.keyring import MLDSA44, MLDSA65
from interchange.domain.thumbprint import AKP_PUBLIC_KEY_BYTES, akp_thumbprint
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from pathlib import Path

    from interchange.crypto.sealed import Naming

SEED_BYTES = 32
"""Length of a private key as it is kept."""

SIGNATURE_BYTES = {MLDSA44: 2420, MLDSA65: 3309}
"""JOSE name → length of a signature (FIPS 204, table 2)."""

_PRIVATE: dict[str, type[MLDSA44PrivateKey | MLDSA65PrivateKey]] = {
    MLDSA44: MLDSA44PrivateKey,
    MLDSA65: MLDSA65PrivateKey,
}
_PUBLIC: dict[str, type[MLDSA44PublicKey | MLDSA65PublicKey]] = {MLDSA44: MLDSA44PublicKey, MLDSA65: MLDSA65PublicKey}


def is_available() -> bool:
    """Tell whether the installed `cryptography` can do ML-DSA; one that was built by hand may not."""
    try:
        MLDSA65PrivateKey.from_seed_bytes(bytes(SEED_BYTES))
    except UnsupportedAlgorithm:
        return False
    return True


def verify_44(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the signature over the message is this ML-DSA-44 key's; of another length, the answer is no."""
    return _verify(MLDSA44, public_key, message, signature)


def verify_65(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the signature over the message is this ML-DSA-65 key's; of another length, the answer is no."""
    return _verify(MLDSA65, public_key, message, signature)


def _verify(alg: str, public_key: bytes, message: bytes, signature: bytes) -> bool:
    if len(public_key) != AKP_PUBLIC_KEY_BYTES[alg] or len(signature) != SIGNATURE_BYTES[alg]:
        return False
    try:
        _PUBLIC[alg].from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


class MlDsaSigner:
    """A signer whose seed lies in this process's memory."""

    __slots__ = ("_alg", "_key", "_kid", "_public_key")

    def __init__(self, seed: bytes, alg: str) -> None:
        """Take the seed in.

        Args:
            seed: 32 bytes (FIPS 204 section 5.1).
            alg: `ML-DSA-44` or `ML-DSA-65`.

        Raises:
            Refusal: SIGNER_UNAVAILABLE when the seed does not have 32 bytes, or the algorithm is another.
        """
        if len(seed) != SEED_BYTES or alg not in _PRIVATE:
            raise refuse(Reason.SIGNER_UNAVAILABLE, "length of the seed, or algorithm")
        self._alg = alg
        self._key = _PRIVATE[alg].from_seed_bytes(seed)
        self._public_key = self._key.public_key().public_bytes_raw()
        self._kid = akp_thumbprint(self._public_key, alg)

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint of the public key, 43 characters."""
        return self._kid

    @property
    def alg(self) -> str:
        """The JOSE name, `ML-DSA-44` or `ML-DSA-65`."""
        return self._alg

    @property
    def public_key(self) -> bytes:
        """The public key, 1312 bytes of ML-DSA-44, 1952 of ML-DSA-65."""
        return self._public_key

    def sign(self, message: bytes) -> bytes:
        """Sign exactly these bytes, and check the signature before it leaves.

        Args:
            message: what is signed, of any length.

        Returns:
            The signature, 2420 bytes of ML-DSA-44, 3309 of ML-DSA-65; another one each time (FIPS 204 section 3.4).

        Raises:
            Refusal: SIGNER_UNAVAILABLE when the signature made does not verify.
        """
        signature = self._key.sign(message)
        if not _verify(self._alg, self._public_key, message, signature):
            raise refuse(Reason.SIGNER_UNAVAILABLE, "check of the own signature")
        return signature

    def __repr__(self) -> str:
        # Logs and tracebacks print representations; the key id is all that may stand there.
        return f"MlDsaSigner(kid={self._kid!r})"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        # Pickling, copying and handing to another process would all write the seed out.
        raise TypeError("a signer is never pickled or copied")


def naming(alg: str) -> Naming:
    """Say how a sealed key file of this algorithm names its key; as another kind it does not open."""
    return lambda seed: MlDsaSigner(seed, alg).kid


def seal_mldsa_key(path: Path, seed: bytes, passphrase: bytes, label: str, alg: str) -> MlDsaSigner:
    """Write a new sealed key file, as `seal_secret` does.

    Args:
        path: where; its directory exists.
        seed: 32 bytes.
        passphrase: 1 to 1024 bytes.
        label: what the key is for; form as for `seal_secret`.
        alg: `ML-DSA-44` or `ML-DSA-65`.

    Raises:
        Refusal: those of `seal_secret`; SIGNER_UNAVAILABLE for a seed of another length.
    """
    signer = MlDsaSigner(seed, alg)
    seal_secret(path, seed, passphrase, label, naming(alg))
    return signer


def open_mldsa_key(path: Path, passphrase: bytes, label: str, alg: str) -> MlDsaSigner:
    """Open a sealed key file of this algorithm and label.

    Raises:
        Refusal: those of `open_secret`, FILE_SEALED also for a key of another kind.
    """
    return MlDsaSigner(open_secret(path, passphrase, label, naming(alg)).secret, alg)
