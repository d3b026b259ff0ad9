"""Keyrings as JWS in general JSON serialization (RFC 7515 section 7.2.1): one payload, many root signatures."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from interchange.domain.envelope import KEYRING_TYP
from interchange.domain.keyring import (
    ED25519,
    MAX_KEYS,
    MLDSA44,
    MLDSA65,
    X25519,
    KeyRecord,
    Keyring,
    Role,
    RootKey,
    RootSignature,
)
from interchange.domain.names import AUTHORITY, ORGAN
from interchange.domain.thumbprint import AKP_PUBLIC_KEY_BYTES, PUBLIC_KEY_BYTES, akp_thumbprint, thumbprint
from interchange.errors import Reason, refuse
from interchange.wire import base64url, strict_json
from interchange.wire.envelope import (
    ALGORITHMS,
    MAX_HEADER,
    ROOT_ALGORITHMS,
    SIGNATURE_BYTES,
    read_header,
    signing_input,
)
from interchange.wire.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_KEYRING = 256 * 1024
"""Bytes of a keyring with its signatures."""

MAX_SIGNATURES = 32
MAX_WITNESSES = 64

MLDSA65_SIGNATURE_BYTES = 3309
"""Length of an ML-DSA-65 signature (FIPS 204, table 2)."""

_MAX_PUB = 2603
_MAX_SIGNATURE = 4412
"""Characters of the longest public key and of the longest signature in base64url, those of ML-DSA-65."""

_WITNESS = re.compile(r"[!-*,-~]{1,256}", re.ASCII)


def _level(kinds: Mapping[str, type], where: str, *optional: str) -> Schema:
    form = Reason.KEYRING_FORM
    return Schema(kinds, frozenset(optional), where, unknown=form, missing=form, form=form)


_OUTER = _level({"payload": str, "signatures": list}, "")
_SIGNATURE = _level({"protected": str, "signature": str}, "signatures")
_KEYRING = _level(
    {
        "authority": str,
        "number": int,
        "issued": int,
        "expires": int,
        "generation": int,
        "thresholds": dict,
        "roots": list,
        "keys": list,
        "witnesses": dict,
    },
    "payload",
)
_THRESHOLDS = _level({ED25519: int, MLDSA65: int}, "thresholds", MLDSA65)
_ROOT = _level({"kid": str, "alg": str, "x": str, "pub": str}, "roots", "x", "pub")
_KEY = _level(
    {
        "kid": str,
        "role": str,
        "organ": str,
        "alg": str,
        "x": str,
        "pub": str,
        "sign_from": int,
        "sign_until": int,
        "verify_until": int,
        "tainted_since": int,
    },
    "keys",
    "x",
    "pub",
    "organ",
    "tainted_since",
)
_WITNESSES = _level({"k": int, "of": list}, "witnesses")

_FAMILIES = (ED25519, MLDSA65)
_ROLES = {role.value: role for role in Role}
_KEY_ALGORITHMS = ALGORITHMS | {X25519, MLDSA44}
"""Which of them goes with which role, the key's record says."""


def keyring_digest(payload: bytes) -> str:
    """Name a keyring by the SHA-256 of its payload, base64url: signatures may be collected again, it stays itself."""
    return base64url.encode(sha256(payload).digest())


def root_signing_input(alg: str, kid: str, payload: bytes) -> bytes:
    """Build the bytes that one root key signs."""
    return signing_input(alg, kid, KEYRING_TYP, payload)


def _member(alg: str) -> str:
    """Name the member that holds a public key: `pub` of an algorithm key pair (RFC 9964), `x` of a curve (RFC 8037)."""
    return "pub" if alg in AKP_PUBLIC_KEY_BYTES else "x"


def _key_members(key: KeyRecord) -> dict[str, object]:
    members: dict[str, object] = {"kid": key.kid, "role": key.role.value}
    if key.organ:
        members["organ"] = key.organ
    members |= {
        "alg": key.alg,
        _member(key.alg): base64url.encode(key.public_key),
        "sign_from": key.sign_from,
        "sign_until": key.sign_until,
        "verify_until": key.verify_until,
    }
    if key.tainted_since is not None:
        members["tainted_since"] = key.tainted_since
    return members


def encode_keyring(keyring: Keyring) -> bytes:
    """Write a keyring's payload, printable ASCII, members in fixed order, keys in the keyring's own."""
    return strict_json.dumps(
        {
            "authority": keyring.authority,
            "number": keyring.number,
            "issued": keyring.issued,
            "expires": keyring.expires,
            "generation": keyring.generation,
            "thresholds": {name: keyring.thresholds[name] for name in _FAMILIES if name in keyring.thresholds},
            "roots": [
                {"kid": root.kid, "alg": root.alg, _member(root.alg): base64url.encode(root.public_key)}
                for root in keyring.roots
            ],
            "keys": [_key_members(key) for key in keyring.keys],
            "witnesses": {"k": keyring.witnesses_needed, "of": list(keyring.witnesses)},
        }
    )


def assemble(payload: bytes, signatures: Sequence[RootSignature]) -> bytes:
    """Write a keyring with the signatures collected so far.

    Args:
        payload: of `encode_keyring`.
        signatures: at most 32, each over this payload.

    Raises:
        Refusal: KEYRING_FORM if a signature is over another payload, or there are too many or too many bytes.
    """
    encoded = base64url.encode(payload)
    lines = []
    for line in signatures:
        protected, _, signed = line.signing_input.decode("ascii", "replace").partition(".")
        if signed != encoded:
            raise refuse(Reason.KEYRING_FORM, "signature over another payload")
        lines.append({"protected": protected, "signature": base64url.encode(line.signature)})
    data = strict_json.dumps({"payload": encoded, "signatures": lines})
    if len(lines) > MAX_SIGNATURES or len(data) > MAX_KEYRING:
        raise refuse(Reason.KEYRING_FORM, "size")
    return data


def _public_key(level: Schema, members: Mapping[str, Any], algorithms: frozenset[str]) -> tuple[str, str, bytes]:
    kid, alg = level.text(members, "kid"), level.text(members, "alg")
    if alg not in algorithms:
        raise refuse(Reason.KEYRING_FORM, level.place("alg"))
    name = _member(alg)
    if not {"x", "pub"} & members.keys() == {name}:
        raise refuse(Reason.KEYRING_FORM, level.place(name))
    public_key = base64url.decode(level.text(members, name, _MAX_PUB), Reason.KEYRING_FORM, level.place(name))
    if len(public_key) != AKP_PUBLIC_KEY_BYTES.get(alg, PUBLIC_KEY_BYTES):
        raise refuse(Reason.KEYRING_FORM, level.place(name))
    if kid != _kid(alg, public_key):
        raise refuse(Reason.KEYRING_FORM, level.place("kid"))
    return kid, alg, public_key


def _kid(alg: str, public_key: bytes) -> str:
    if alg in AKP_PUBLIC_KEY_BYTES:
        return akp_thumbprint(public_key, alg)
    return thumbprint(public_key, "X25519" if alg == X25519 else "Ed25519")


def _root(value: object) -> RootKey:
    kid, alg, public_key = _public_key(_ROOT, _ROOT.read(value), ROOT_ALGORITHMS)
    return RootKey(kid, alg, public_key)


def _key(value: object, authority: str) -> KeyRecord:
    members = _KEY.read(value)
    kid, alg, public_key = _public_key(_KEY, members, _KEY_ALGORITHMS)
    return KeyRecord(
        kid=kid,
        role=_KEY.choice(members, "role", _ROLES),
        alg=alg,
        public_key=public_key,
        authority=authority,
        organ=_KEY.matching(members, "organ", ORGAN) if "organ" in members else "",
        sign_from=_KEY.instant(members, "sign_from"),
        sign_until=_KEY.instant(members, "sign_until"),
        verify_until=_KEY.instant(members, "verify_until"),
        tainted_since=_KEY.instant(members, "tainted_since") if "tainted_since" in members else None,
    )


def _witness(name: object) -> str:
    if type(name) is not str or not _WITNESS.fullmatch(name):
        raise refuse(Reason.KEYRING_FORM, "witnesses.of")
    return name


def _keyring(payload: bytes) -> Keyring:
    members = _KEYRING.read(strict_json.loads(payload))
    authority = _KEYRING.matching(members, "authority", AUTHORITY)
    thresholds = _THRESHOLDS.read(members["thresholds"])
    witnesses = _WITNESSES.read(members["witnesses"])
    return Keyring(
        authority=authority,
        number=_KEYRING.integer(members, "number", 1),
        issued=_KEYRING.instant(members, "issued"),
        expires=_KEYRING.instant(members, "expires"),
        generation=_KEYRING.integer(members, "generation", 1),
        thresholds={name: _THRESHOLDS.integer(thresholds, name, 1) for name in _FAMILIES if name in thresholds},
        roots=tuple(_root(one) for one in _KEYRING.array(members, "roots", MAX_KEYS)),
        keys=tuple(_key(one, authority) for one in _KEYRING.array(members, "keys", MAX_KEYS)),
        witnesses_needed=_WITNESSES.integer(witnesses, "k"),
        witnesses=tuple(_witness(name) for name in _WITNESSES.array(witnesses, "of", MAX_WITNESSES)),
    )


def _signature(value: object, payload: str) -> RootSignature:
    members = _SIGNATURE.read(value)
    protected = _SIGNATURE.text(members, "protected", MAX_HEADER)
    header = read_header(protected.encode(), KEYRING_TYP, ROOT_ALGORITHMS)
    text = _SIGNATURE.text(members, "signature", _MAX_SIGNATURE)
    signature = base64url.decode(text, Reason.KEYRING_FORM, "signatures.signature")
    if len(signature) != (MLDSA65_SIGNATURE_BYTES if header.alg == MLDSA65 else SIGNATURE_BYTES):
        raise refuse(Reason.KEYRING_FORM, "signatures.signature")
    return RootSignature(header.kid, header.alg, f"{protected}.{payload}".encode(), signature)


def _outer(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_KEYRING:
        raise refuse(Reason.KEYRING_FORM, "size")
    return _OUTER.read(strict_json.loads(data))


def payload_of(data: bytes) -> bytes:
    """Take the payload out of a keyring as published, for `keyring_digest` and for collecting more signatures.

    Raises:
        Refusal: KEYRING_FORM; JSON_*.
    """
    return base64url.decode(_OUTER.text(_outer(data), "payload", MAX_KEYRING), Reason.KEYRING_FORM, "payload")


def parse_keyring(data: bytes) -> tuple[Keyring, tuple[RootSignature, ...]]:
    """Read a keyring of which nobody has checked a signature.

    Args:
        data: JWS general JSON, at most 256 KiB and 32 signatures; none yet on a draft.

    Returns:
        What it says, and its signatures.

    Raises:
        Refusal: KEYRING_FORM, also for a key id that is not the thumbprint of its key; JSON_*; the reasons of
            `envelope.read_header`.
    """
    members = _outer(data)
    payload = _OUTER.text(members, "payload", MAX_KEYRING)
    lines = _OUTER.array(members, "signatures", MAX_SIGNATURES)
    keyring = _keyring(base64url.decode(payload, Reason.KEYRING_FORM, "payload"))
    return keyring, tuple(_signature(line, payload) for line in lines)
