"""The signature check: the one place where unverified bytes become verified ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.crypto.ed25519 import verify
from interchange.domain.envelope import VerifiedBytes
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from interchange.domain.envelope import Envelope
    from interchange.domain.keyring import KeyRecord


def check_signature(envelope: Envelope, record: KeyRecord) -> VerifiedBytes:
    """Verify an envelope under the key that its `kid` names (RFC 8037 section 3.1).

    Raises:
        Refusal: KEY_UNKNOWN if the record is of another kid; HEADER_ALG if the algorithm is not the key's;
            SIGNATURE_INVALID if the signature does not verify.
    """
    if envelope.kid != record.kid:
        raise refuse(Reason.KEY_UNKNOWN, "kid")
    if envelope.alg != record.alg:
        raise refuse(Reason.HEADER_ALG)
    if not verify(record.public_key, envelope.signing_input, envelope.signature):
        raise refuse(Reason.SIGNATURE_INVALID)
    return VerifiedBytes(envelope.typ, envelope.payload, record)
