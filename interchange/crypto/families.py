"""The families of root signatures, and what of them can be checked where."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from interchange.crypto import ed25519
from interchange.domain.keyring import ED25519, MLDSA65

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interchange.domain.keyring import Check, Checks


def at_hand(families: Iterable[str]) -> Checks:
    """Say how a reader checks these families with what is installed beside it.

    Ed25519 needs PyNaCl, which is always there. ML-DSA-65 needs `cryptography`: where that is installed, both halves
    are checked, and where it is not, the Ed25519 half alone. A node never asks here; it has both (`crypto.both`).

    Args:
        families: of the thresholds that are to be met.
    """
    # Loaded only for a keyring that has such keys: it takes longer to load than all else that a reader needs.
    return {ED25519: ed25519.verify} | ({MLDSA65: _mldsa()} if MLDSA65 in families else {})


def _mldsa() -> Check | None:
    try:
        # By name, since a reader must not depend on it: whoever installs PyNaCl alone reads keyrings all the same.
        module = import_module("interchange.crypto.mldsa")
    except ImportError:
        return None
    check: Check = module.verify_65
    return check if module.is_available() else None
