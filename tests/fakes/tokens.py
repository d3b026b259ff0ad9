"""Builders of signed objects, valid unless told otherwise; every key is derived from a constant, none is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import Any

from nacl.bindings import crypto_sign as libsodium_sign
from nacl.bindings import crypto_sign_BYTES, crypto_sign_seed_keypair

from interchange.crypto.box import BoxOpener
from interchange.crypto.mldsa import MlDsaSigner
from interchange.domain.agreements import RowState
from interchange.domain.assertion import Assertion, Kind
from interchange.domain.checkpoint import Checkpoint, LineKind, NoteLine, cosigned_message, key_id
from interchange.domain.envelope import ASSERTION_TYP, STATUS_TYP, VerifiedBytes
from interchange.domain.keyring import (
    ED25519,
    MLDSA44,
    MLDSA65,
    X25519,
    KeyRecord,
    Keyring,
    Role,
    RootKey,
    RootSignature,
)
from interchange.domain.thumbprint import thumbprint
from interchange.wire import base64url, claims, envelope, keyring, note, strict_json
from interchange.wire.status_list import StatusList, encode_status_claims, pack

NOW = 1_800_000_000
"""The instant around which all that is built here is valid."""

AUTHORITY = "aaa.clearance.example"
PARTNER = "https://bbb.clearance.example"
ORGAN = "CAB"
ISSUER = f"https://{AUTHORITY}/organs/{ORGAN}"
STATUS_URI = f"https://{AUTHORITY}/status/BBB/1"
LANE = f"{AUTHORITY}/lane/BBB/1"

_DAY = 86_400


def seed(label: str) -> bytes:
    """Derive the 32-byte seed of the key with that label; the same in every run."""
    return sha256(f"interchange test key {label}".encode()).digest()


def public_key(label: str) -> bytes:
    """Derive the public key of that label."""
    public: bytes = crypto_sign_seed_keypair(seed(label))[0]
    return public


def sign(label: str, message: bytes) -> bytes:
    """Sign with the key of that label; 64 bytes."""
    signed: bytes = libsodium_sign(message, crypto_sign_seed_keypair(seed(label))[1])
    return signed[:crypto_sign_BYTES]


def kid(label: str) -> str:
    """Name the key of that label by its thumbprint."""
    return thumbprint(public_key(label))


def box_opener(label: str = "binding") -> BoxOpener:
    """Make the key of that label to which bindings are sealed; its secret is the seed of that label."""
    return BoxOpener(seed(label))


def mldsa_seed(label: str) -> bytes:
    """Derive the seed of the ML-DSA key of that label; no Ed25519 key has it."""
    return sha256(seed(label)).digest()


@cache
def mldsa_signer(label: str, alg: str = MLDSA65) -> MlDsaSigner:
    """Make the ML-DSA key of that label."""
    return MlDsaSigner(mldsa_seed(label), alg)


def key_record(label: str = "assert", role: Role = Role.ASSERT, **changes: Any) -> KeyRecord:  # noqa: ANN401
    """Describe the key of that label; its windows hold `NOW`."""
    alg, holder = "EdDSA", (kid(label), public_key(label))
    if role is Role.BINDING:
        alg, holder = X25519, (box_opener(label).kid, box_opener(label).public_key)
    if role is Role.ARCHIVE:
        alg, holder = MLDSA44, (mldsa_signer(label, MLDSA44).kid, mldsa_signer(label, MLDSA44).public_key)
    record = KeyRecord(
        kid=holder[0],
        role=role,
        alg=alg,
        public_key=holder[1],
        authority=AUTHORITY,
        organ=ORGAN if role is Role.ASSERT else "",
        sign_from=NOW - 30 * _DAY,
        sign_until=NOW + 30 * _DAY,
        verify_until=NOW + 400 * _DAY,
    )
    return replace(record, **changes)


def assertion(**changes: Any) -> Assertion:  # noqa: ANN401
    """Build claims that are valid at `NOW`."""
    usual = Assertion(
        iss=ISSUER,
        sub="c3ViamVjdC1yZWZlcmVuYw",
        aud=PARTNER,
        jti="6f1c2a9e-3b7d-4c52-9d0e-5a4b8c7d6e1f",
        iat=NOW,
        nbf=NOW - NOW % 3600,
        exp=NOW + 90 * _DAY,
        project="cHJvamVjdC1yZWZlcmVuYw",
        purpose="joint_research",
        home="AAA/UPPER",
        partner="BBB/Secret",
        agreement="aaa-bbb-2016",
        row=base64url.encode(sha256(b"row").digest()),
        row_state=RowState.CONFIRMED,
        kind=Kind.CLEARED,
        status_uri=STATUS_URI,
        status_idx=4711,
    )
    return replace(usual, **changes)


def token(statement: Assertion | None = None, label: str = "assert", alg: str = "EdDSA") -> bytes:
    """Sign an assertion with the key of that label, as a compact JWS."""
    return compact(claims.encode_assertion(statement or assertion()), label=label, alg=alg)


def compact(payload: bytes, label: str = "assert", typ: str = ASSERTION_TYP, alg: str = "EdDSA") -> bytes:
    """Sign any payload with the key of that label, as a compact JWS."""
    signed = envelope.signing_input(alg, kid(label), typ, payload)
    return envelope.compact(signed, sign(label, signed))


def compact_with_header(header: bytes, payload: bytes = b"{}", label: str = "assert") -> bytes:
    """Sign any payload under any header, well formed or not; the signature verifies."""
    signed = f"{base64url.encode(header)}.{base64url.encode(payload)}".encode()
    return envelope.compact(signed, sign(label, signed))


def claims_with(changes: Mapping[str, object], statement: Assertion | None = None) -> bytes:
    """Change members of an assertion's payload by dotted path; the value `...` takes the member out."""
    members: Any = strict_json.loads(claims.encode_assertion(statement or assertion()))
    for path, value in changes.items():
        *levels, name = path.split(".")
        level = members
        for step in levels:
            level = level[step]
        if value is ...:
            del level[name]
        else:
            level[name] = value
    return strict_json.dumps(members)


def verified(payload: bytes, record: KeyRecord | None = None, typ: str = ASSERTION_TYP) -> VerifiedBytes:
    """Pretend that the payload's signature was checked under `record`."""
    return VerifiedBytes(typ, payload, record or key_record())


def status_list(statuses: bytes = b"\x00\x01\x02\x03", **changes: Any) -> StatusList:  # noqa: ANN401
    """Build a list as of `NOW`, one byte a slot."""
    usual = StatusList(
        uri=STATUS_URI,
        iat=NOW,
        exp=NOW + 900,
        ttl=300,
        lane_size=7,
        lane_root=sha256(b"lane").digest(),
        slots=pack(statuses),
    )
    return replace(usual, **changes)


def status_token(listed: StatusList | None = None, label: str = "status") -> bytes:
    """Sign a status list."""
    return compact(encode_status_claims(listed or status_list()), label=label, typ=STATUS_TYP)


def root_key(label: str = "root-1") -> RootKey:
    """Describe a root key."""
    return RootKey(kid(label), "EdDSA", public_key(label))


def mldsa_root_key(label: str = "root-1") -> RootKey:
    """Describe the other half of a custodian's pair."""
    signer = mldsa_signer(label)
    return RootKey(signer.kid, MLDSA65, signer.public_key)


def party_keyring(**changes: Any) -> Keyring:  # noqa: ANN401
    """Build a party's first keyring: three root keys of which two must sign, one key of each role."""
    usual = Keyring(
        authority=AUTHORITY,
        number=1,
        issued=NOW - _DAY,
        expires=NOW + 365 * _DAY,
        generation=1,
        thresholds={ED25519: 2},
        roots=tuple(root_key(label) for label in ("root-1", "root-2", "root-3")),
        keys=tuple(key_record(role.value, role) for role in Role),
    )
    return replace(usual, **changes)


def both_keyring(**changes: Any) -> Keyring:  # noqa: ANN401
    """Build a keyring whose three custodians hold a pair each; two of each family must sign."""
    labels = ("root-1", "root-2", "root-3")
    roots = (*(root_key(label) for label in labels), *(mldsa_root_key(label) for label in labels))
    return party_keyring(**{"thresholds": {ED25519: 2, MLDSA65: 2}, "roots": roots} | changes)


def root_signature(label: str, payload: bytes, alg: str = "EdDSA") -> RootSignature:
    """Sign a keyring's payload with the root key of that label."""
    signed = keyring.root_signing_input(alg, kid(label), payload)
    return RootSignature(kid(label), alg, signed, sign(label, signed))


def mldsa_root_signature(label: str, payload: bytes) -> RootSignature:
    """Sign a keyring's payload with the ML-DSA-65 root key of that label."""
    signer = mldsa_signer(label)
    signed = keyring.root_signing_input(MLDSA65, signer.kid, payload)
    return RootSignature(signer.kid, MLDSA65, signed, signer.sign(signed))


def published(ring: Keyring | None = None, roots: Sequence[str] = ("root-1", "root-2")) -> bytes:
    """Write a keyring with the signatures of those root keys."""
    payload = keyring.encode_keyring(ring or party_keyring())
    return keyring.assemble(payload, [root_signature(label, payload) for label in roots])


def published_by_both(
    ring: Keyring | None = None,
    roots: Sequence[str] = ("root-1", "root-2"),
    others: Sequence[str] = ("root-1", "root-2"),
) -> bytes:
    """Write a keyring with the Ed25519 signatures of those custodians, and the ML-DSA-65 ones of the others."""
    payload = keyring.encode_keyring(ring or both_keyring())
    lines = [root_signature(label, payload) for label in roots]
    return keyring.assemble(payload, [*lines, *(mldsa_root_signature(label, payload) for label in others)])


def lane_lines(checkpoint: Checkpoint, signed_at: int = NOW, label: str = "lane") -> tuple[NoteLine, NoteLine]:
    """Sign a checkpoint with the lane key, plainly and with its time."""
    public, name = public_key(label), checkpoint.origin
    return (
        NoteLine(name, key_id(name, LineKind.ED25519, public), sign(label, checkpoint.body)),
        NoteLine(
            name,
            key_id(name, LineKind.COSIGNATURE, public),
            sign(label, cosigned_message(signed_at, checkpoint.body)),
            signed_at,
        ),
    )


def signed_note(size: int = 3, root: bytes | None = None, origin: str = LANE, signed_at: int = NOW) -> bytes:
    """Write a lane's head as a signed note."""
    checkpoint = Checkpoint(origin, size, root or sha256(b"lane").digest())
    return note.format_note(checkpoint, lane_lines(checkpoint, signed_at))
