"""How a node checks root signatures: every family there is, always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.crypto import ed25519, mldsa
from interchange.domain.keyring import ED25519, MLDSA65

if TYPE_CHECKING:
    from interchange.domain.keyring import Checks

BOTH: Checks = {ED25519: ed25519.verify, MLDSA65: mldsa.verify_65}
"""A node that could not load one of them does not start, so that neither is ever left out unnoticed."""
