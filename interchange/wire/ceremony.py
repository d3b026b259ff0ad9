"""What custodians carry between machines: the draft of a keyring, or a keyring that some of them have signed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse
from interchange.wire.keyring import assemble, parse_keyring, payload_of

if TYPE_CHECKING:
    from interchange.domain.keyring import Keyring, RootSignature


def read_document(document: bytes) -> tuple[bytes, Keyring, tuple[RootSignature, ...]]:
    """Read a draft or a partly signed keyring, of which nobody has checked a signature.

    Args:
        document: payload of a draft, or JWS in general JSON form.

    Returns:
        The payload, what it says, and the signatures; a draft has none.

    Raises:
        Refusal: KEYRING_FORM for what is neither; the reasons of `parse_keyring`.
    """
    try:
        # Which of the two it is; the strict parser reads it after.
        is_jws = "payload" in json.loads(document)
    except (ValueError, TypeError, RecursionError) as error:
        raise refuse(Reason.KEYRING_FORM, "neither a draft nor a signed keyring") from error
    payload = payload_of(document) if is_jws else document
    keyring, signatures = parse_keyring(document if is_jws else assemble(payload, []))
    return payload, keyring, signatures
