"""JWS compact serialization (RFC 7515 section 7.1), with a header of exactly `alg`, `kid` and `typ`."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from interchange.domain.envelope import Envelope
from interchange.errors import Reason, refuse
from interchange.wire import base64url, strict_json

MAX_TOKEN = 8192
"""Bytes of a token, unless its type says otherwise."""

ALGORITHMS = frozenset({"EdDSA", "Ed25519"})
"""The two JOSE names of an Ed25519 signature (RFC 8037 section 3.1, RFC 9864 section 2.2); a key's record fixes one."""

ROOT_ALGORITHMS = ALGORITHMS | {"ML-DSA-65"}
"""Those of a root key's signature, of which there may be some of each family (RFC 9964)."""

MAX_HEADER = 512
"""Characters of a header; the three members fit in half of it, and it bounds what the cache below holds."""

THUMBPRINT_BYTES = 32
SIGNATURE_BYTES = 64

_CHARACTERS = base64url.ALPHABET + b"."
_MEMBERS = frozenset({"alg", "kid", "typ"})


class Header(NamedTuple):
    """The three members of a protected header, of which nobody has checked the signature."""

    alg: str
    kid: str
    typ: str


@lru_cache(maxsize=256)
def _read_header(segment: bytes) -> Header:
    # One issuer's tokens share one header segment, so nearly all of them are read here once. Refusals are not kept.
    members = strict_json.loads(base64url.decode(segment, where="header"))
    if not isinstance(members, dict) or members.keys() != _MEMBERS:
        raise refuse(Reason.HEADER_MEMBERS)
    header = Header(**members)
    if not all(type(member) is str for member in header):
        raise refuse(Reason.HEADER_MEMBERS)
    if header.alg not in ROOT_ALGORITHMS:
        raise refuse(Reason.HEADER_ALG)
    if len(base64url.decode(header.kid, Reason.HEADER_KID)) != THUMBPRINT_BYTES:
        raise refuse(Reason.HEADER_KID)
    return header


def read_header(segment: bytes, typ: str, algorithms: frozenset[str] = ALGORITHMS) -> Header:
    """Read a protected header in its base64url form.

    Args:
        segment: the part before the first dot.
        typ: the type that the object must have.
        algorithms: the names that the object's type allows; `ROOT_ALGORITHMS` or a part of them.

    Raises:
        Refusal: TOKEN_BASE64; JSON_*; HEADER_MEMBERS not exactly three texts; HEADER_ALG none of `algorithms`;
            HEADER_KID not 32 bytes; HEADER_TYP another type.
    """
    if len(segment) > MAX_HEADER:
        raise refuse(Reason.HEADER_MEMBERS)
    header = _read_header(segment)
    if header.alg not in algorithms:
        raise refuse(Reason.HEADER_ALG)
    if header.typ != typ:
        raise refuse(Reason.HEADER_TYP)
    return header


def parse_compact(token: bytes, typ: str, limit: int = MAX_TOKEN) -> Envelope:
    """Take a token apart; its payload stays bytes until the signature is checked.

    Args:
        token: `header.payload.signature`, ASCII.
        typ: the only type that is accepted here.
        limit: most bytes of the token.

    Returns:
        The envelope, unverified.

    Raises:
        Refusal: TOKEN_TOO_LONG; TOKEN_CHARSET; TOKEN_PARTS; TOKEN_BASE64; the reasons of `read_header`;
            SIGNATURE_INVALID if the signature is not 64 bytes long.
    """
    if len(token) > limit:
        raise refuse(Reason.TOKEN_TOO_LONG)
    if token.translate(None, _CHARACTERS):
        raise refuse(Reason.TOKEN_CHARSET)
    parts = token.split(b".", 3)
    if len(parts) != 3:  # noqa: PLR2004 - RFC 7515 section 7.1
        raise refuse(Reason.TOKEN_PARTS)
    header = read_header(parts[0], typ)
    payload = base64url.decode(parts[1], where="payload")
    signature = base64url.decode(parts[2], where="signature")
    if len(signature) != SIGNATURE_BYTES:
        raise refuse(Reason.SIGNATURE_INVALID, "length")
    signed = token[: len(parts[0]) + 1 + len(parts[1])]
    return Envelope(header.alg, header.kid, header.typ, signed, payload, signature)


def signing_input(alg: str, kid: str, typ: str, payload: bytes) -> bytes:
    """Build the bytes that a signer signs (RFC 7515 section 5.1).

    Args:
        alg: the name that the key's record fixes.
        kid: the key's thumbprint.
        typ: type of the object.
        payload: the content, verbatim.
    """
    header = strict_json.dumps({"alg": alg, "kid": kid, "typ": typ})
    return f"{base64url.encode(header)}.{base64url.encode(payload)}".encode()


def compact(signing_input: bytes, signature: bytes) -> bytes:
    """Join what was signed and its signature (64 bytes) to a token."""
    return signing_input + b"." + base64url.encode(signature).encode()
