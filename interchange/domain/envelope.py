"""Signed bytes before and after the signature check, as two types."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interchange.domain.keyring import KeyRecord

ASSERTION_TYP = "clearance-assertion+jwt"
BINDING_TYP = "clearance-binding+jwt"
STATUS_TYP = "statuslist+jwt"
KEYRING_TYP = "clearance-keyring+jws"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A well-formed JWS (RFC 7515) of which nobody has checked the signature.

    Attributes:
        alg, kid, typ: the three header members, the only ones there are.
        signing_input: the bytes that were signed, ASCII `header.payload`.
        payload: the decoded payload, still untrusted.
        signature: 64 bytes.
    """

    alg: str
    kid: str
    typ: str
    signing_input: bytes = field(repr=False)
    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class VerifiedBytes:
    """A payload whose signature verified under `record`; only `crypto.check` builds one (a test holds that).

    Attributes:
        typ: the header's `typ`, signed as well.
        payload: the decoded payload.
        record: the key that signed, with its role, organ and windows.
    """

    typ: str
    payload: bytes = field(repr=False)
    record: KeyRecord
