"""The public keys of a keyring, each looked at as what it is for, before the keyring is enrolled anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.crypto.box import check_box_key
from interchange.crypto.ed25519 import check_public_key
from interchange.domain.keyring import Role

if TYPE_CHECKING:
    from interchange.domain.keyring import Keyring


def check_keys(keyring: Keyring) -> None:
    """Refuse a keyring with a key under which more than its holder could sign, or open what is sealed to it.

    Raises:
        Refusal: KEY_WEAK as `check_public_key` for root keys and those that sign, as `check_box_key` for the others.
    """
    for root in keyring.roots:
        check_public_key(root.public_key)
    for key in keyring.keys:
        check = check_box_key if key.role is Role.BINDING else check_public_key
        check(key.public_key)
