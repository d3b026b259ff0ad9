"""The public keys of a keyring, each looked at as what it is for, before the keyring is enrolled anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.crypto.box import check_box_key
from interchange.crypto.ed25519 import check_public_key
from interchange.domain.keyring import X25519
from interchange.domain.thumbprint import AKP_PUBLIC_KEY_BYTES, akp_thumbprint

if TYPE_CHECKING:
    from interchange.domain.keyring import Keyring


def check_keys(keyring: Keyring) -> None:
    """Refuse a keyring with a key under which more than its holder could sign, or open what is sealed to it.

    Raises:
        Refusal: KEY_WEAK as `check_public_key` for Ed25519 keys, as `check_box_key` for those that are sealed to,
            and for ML-DSA keys of another length.
    """
    for root in keyring.roots:
        _check(root.alg, root.public_key)
    for key in keyring.keys:
        _check(key.alg, key.public_key)


def _check(alg: str, public_key: bytes) -> None:
    if alg == X25519:
        check_box_key(public_key)
    elif alg in AKP_PUBLIC_KEY_BYTES:
        # Every string of the right length is a public key (FIPS 204 section 7.2); naming it looks at the length.
        akp_thumbprint(public_key, alg)
    else:
        check_public_key(public_key)
