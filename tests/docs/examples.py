"""The examples of proto/README.md: one small history of one lane, signed with keys derived from constants.

AAA issues one assertion to BBB, suspends it, reinstates it, holds its project, taints another key, says whose the
assertion is, takes that back, and revokes it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b, sha256

from fakes import tokens
from nacl.bindings import crypto_box, crypto_scalarmult_base

from interchange.client.directory import format_lane
from interchange.crypto.padding import pad
from interchange.domain.agreements import Agreement, AgreementState, Equivalence, RowState
from interchange.domain.binding import Binding
from interchange.domain.checkpoint import Checkpoint, LineKind, NoteLine, cosigned_message, key_id, subtree_message
from interchange.domain.envelope import ASSERTION_TYP, BINDING_TYP
from interchange.domain.events import (
    ActPerformed,
    AssertionIssued,
    BindingEnded,
    BindingSent,
    Event,
    HoldLifted,
    HoldPlaced,
    KeyRestricted,
    KeyringPublished,
    Restriction,
    Revoked,
    Scope,
)
from interchange.domain.identity import Identity, Presented
from interchange.domain.keyring import MLDSA44, Keyring, Role
from interchange.domain.lane import Entry
from interchange.domain.levels import Ceiling, Level, LevelOrder, Party
from interchange.domain.merkle import Frontier, append_with_nodes, leaf_hash
from interchange.domain.merkle_proof import consistency_proof, inclusion_proof
from interchange.rulebook.load import Rulebook
from interchange.wire import base64url, strict_json
from interchange.wire.binding import encode_binding
from interchange.wire.claims import encode_assertion
from interchange.wire.events import encode_leaf
from interchange.wire.jwks import jwks
from interchange.wire.keyring import encode_keyring, keyring_digest
from interchange.wire.note import format_line
from interchange.wire.proof import format_proof
from interchange.wire.status_list import encode_status_claims, pack

NOW = tokens.NOW
SLOT = 5
SLOTS = 16
ISSUED_AT = 1
"""Number of the leaf that tells the assertion."""

LIVE_SIZE = 4
"""Size of the lane at which the assertion is valid."""

NOTE_AT = NOW + 30
FINAL_AT = NOW + 600
WITNESS = "bbb.clearance.example/witness"
AUDIT_ORIGIN = f"{tokens.AUTHORITY}/lane/audit/1"

LABELS = ("assert", "assert-2", "status", "lane", "witness", "root-1", "root-2", "root-3", "bbb-witness")
BOX_LABELS = ("binding", "bbb-binding", "ephemeral")
"""Of keys on the other curve, to which content is sealed."""

ROW = Equivalence(
    agreement="AAA-BBB-2016",
    source="AAA/Upper",
    target="BBB/Secret",
    from_day=date(2016, 11, 23),
    until_day=None,
    citation="Article 4, paragraph 2",
    state=RowState.CONFIRMED,
)
AGREEMENT = Agreement(
    code=ROW.agreement,
    parties=("AAA", "BBB"),
    title="Example",
    signed_on=ROW.from_day,
    in_force_on=ROW.from_day,
    state=AgreementState.IN_FORCE,
    ended_on=None,
    rows=(ROW,),
)


def _party(code: str, level: str) -> Party:
    levels = (Level(code, level, level, level, Ceiling.S),)
    order = LevelOrder(frozenset({levels[0].name}), frozenset())
    return Party(code, code, code, f"{code.lower()}.clearance.example", "an example", levels, order)


RULEBOOK = Rulebook({"AAA": _party("AAA", "Upper"), "BBB": _party("BBB", "Secret")}, {AGREEMENT.code: AGREEMENT}, {})
ASSERTION = tokens.assertion(
    iat=NOW + 20, home=ROW.source, partner=ROW.target, agreement=ROW.agreement, row=ROW.digest, status_idx=SLOT
)
TOKEN = tokens.token(ASSERTION)


def _keyring() -> Keyring:
    keys = [tokens.key_record("assert"), tokens.key_record("assert-2", organ="SCI")]
    keys += [tokens.key_record(role.value, role) for role in (Role.STATUS, Role.LANE, Role.WITNESS, Role.BINDING)]
    return tokens.party_keyring(keys=tuple(keys))


KEYRING = _keyring()
KEYRING_PAYLOAD = encode_keyring(KEYRING)
KEYRING_JWS = tokens.published(KEYRING, ("root-1", "root-3"))

SHOWN_PAPERS = Presented("ONO", "HANAKO", date(1984, 2, 28), "TZ1234567")
BINDING = Binding(
    iss=ASSERTION.iss,
    sub=ASSERTION.sub,
    aud=ASSERTION.aud,
    jti=ASSERTION.jti,
    iat=NOW + 300,
    exp=ASSERTION.exp,
    identity=Identity("大野", "花子", "オオノ", "ハナコ", SHOWN_PAPERS, ("JPN",)),
)
BINDING_TOKEN = tokens.compact(encode_binding(BINDING), typ=BINDING_TYP)


def _sealed(content: bytes) -> bytes:
    """Seal to BBB's key as libsodium does, but under an ephemeral key that is the same each time."""
    secret, recipient = tokens.seed("ephemeral"), tokens.box_opener("bbb-binding").public_key
    ephemeral = crypto_scalarmult_base(secret)
    nonce = blake2b(ephemeral + recipient, digest_size=24).digest()
    return ephemeral + crypto_box(pad(content), nonce, recipient, secret)


BOX = _sealed(BINDING_TOKEN)

_HOLD = "0b8f6d52-4e19-4c07-8a3c-91d2f7e6b4a0"
_STOP = "d4c1e7a8-2b36-4f95-b1e0-6c7a9d835f12"

EVENTS: tuple[Event, ...] = (
    KeyringPublished(1, keyring_digest(KEYRING_PAYLOAD)),
    AssertionIssued(ASSERTION.jti, SLOT, base64url.encode(sha256(TOKEN).digest())),
    HoldPlaced(_HOLD, Scope.ASSERTION, ASSERTION.jti),
    HoldLifted(_HOLD),
    HoldPlaced(_STOP, Scope.PROJECT, ASSERTION.project),
    KeyRestricted(tokens.kid("assert-2"), Restriction.TAINTED, NOW - 86_400),
    BindingSent(ASSERTION.jti, base64url.encode(sha256(BOX).digest())),
    BindingEnded(ASSERTION.jti),
    Revoked(ASSERTION.jti),
)
ACT = ActPerformed(
    "revoke",
    f"spiffe://{tokens.AUTHORITY}/officer/CAB/jane",
    "8e2f4b61-7a05-4d3c-9c1b-3f60d2a7e895",
    base64url.encode(sha256(b"request and result").digest()),
    NOW + 590,
)


@dataclass(frozen=True, slots=True)
class Tree:
    """A lane of the example with all its subtree hashes."""

    leaves: tuple[bytes, ...]
    frontiers: tuple[Frontier, ...]
    nodes: dict[tuple[int, int], bytes]

    def root(self, size: int) -> bytes:
        """Give the root when the lane had `size` leaves."""
        return self.frontiers[size].root

    def node(self, level: int, index: int) -> bytes:
        """Look up one subtree hash."""
        return self.nodes[level, index]


def grow(leaves: Sequence[bytes]) -> Tree:
    """Append leaves one by one and keep every hash."""
    frontiers, nodes = [Frontier.empty()], {}
    for leaf in leaves:
        frontier, completed = append_with_nodes(frontiers[-1], leaf_hash(leaf))
        frontiers.append(frontier)
        nodes.update({(level, index): digest for level, index, digest in completed})
    return Tree(tuple(leaves), tuple(frontiers), nodes)


TREE = grow([encode_leaf(n, event) for n, event in enumerate(EVENTS)])
ENTRIES = tuple(Entry(leaf, TOKEN if n == ISSUED_AT else None) for n, leaf in enumerate(TREE.leaves))


def checkpoint(size: int) -> Checkpoint:
    """Name the head of the example lane when it had `size` leaves."""
    return Checkpoint(tokens.LANE, size, TREE.root(size))


def note(size: int, signed_at: int) -> bytes:
    """Sign the head of the example lane."""
    return tokens.signed_note(size, TREE.root(size), signed_at=signed_at)


PROOF = format_proof(
    ISSUED_AT,
    inclusion_proof(ISSUED_AT, LIVE_SIZE, TREE.node),
    note(LIVE_SIZE, NOTE_AT),
    TREE.leaves[ISSUED_AT],
)
OLD_SIZE = 3
CONSISTENCY = consistency_proof(OLD_SIZE, len(EVENTS), TREE.node)


def _acknowledgement() -> str:
    signed_at, public = NOTE_AT + 1, tokens.public_key("bbb-witness")
    signature = tokens.sign("bbb-witness", cosigned_message(signed_at, checkpoint(LIVE_SIZE).body))
    return format_line(NoteLine(WITNESS, key_id(WITNESS, LineKind.COSIGNATURE, public), signature, signed_at))


ACKNOWLEDGEMENT = _acknowledgement()

STATUS_LIST = tokens.status_list(
    bytes(1 if slot == SLOT else 3 for slot in range(SLOTS)),
    iat=FINAL_AT,
    exp=FINAL_AT + 900,
    lane_size=len(EVENTS),
    lane_root=TREE.root(len(EVENTS)),
)
STATUS_TOKEN = tokens.status_token(STATUS_LIST)

SIGNED: dict[str, str] = {
    "assertion-payload": encode_assertion(ASSERTION).decode(),
    "assertion-header": strict_json.dumps({"alg": "EdDSA", "kid": tokens.kid("assert"), "typ": ASSERTION_TYP}).decode(),
    "assertion-token": TOKEN.decode(),
    "keyring": KEYRING_JWS.decode(),
    "jwks": jwks(KEYRING).decode(),
    "leaves": "\n".join(leaf.decode() for leaf in TREE.leaves),
    "audit-leaf": encode_leaf(0, ACT).decode(),
    "checkpoint": note(len(EVENTS), FINAL_AT).decode(),
    "cosigned-message": cosigned_message(FINAL_AT, checkpoint(len(EVENTS)).body).decode(),
    "acknowledgement": ACKNOWLEDGEMENT,
    "proof": PROOF.decode(),
    "lane-line": format_lane([ENTRIES[3]]).decode().removesuffix("\n"),
    "status-payload": encode_status_claims(STATUS_LIST).decode(),
    "status-token": STATUS_TOKEN.decode(),
    "binding-payload": encode_binding(BINDING).decode(),
    "binding-token": BINDING_TOKEN.decode(),
    "binding-box": base64url.encode(BOX),
    "status-slots": pack(bytes(1 if slot == SLOT else 3 for slot in range(SLOTS))).hex(" "),
}
"""Examples that stand in the document byte for byte."""


def _row_content() -> str:
    content = {
        "agreement": ROW.agreement,
        "citation": ROW.citation,
        "from_day": ROW.from_day.isoformat(),
        "source": ROW.source,
        "state": ROW.state.value,
        "target": ROW.target,
        "tells_until": ROW.tells_until,
        "until_day": None,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _indented(payload: str) -> str:
    return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)


def _root_pin() -> str:
    kids = sorted(root.kid for root in KEYRING.roots)
    return "\n".join([KEYRING.authority, f"Ed25519={KEYRING.thresholds['Ed25519']}", *kids])


def _key_ids() -> str:
    public = tokens.public_key("lane")
    kinds = (LineKind.ED25519, LineKind.COSIGNATURE)
    return "\n".join(f"0x{kind:02x}  {key_id(tokens.LANE, kind, public).hex()}" for kind in kinds)


PAIRS = tokens.both_keyring()
"""The same party, had each of its custodians a pair of keys."""

ARCHIVE = f"{tokens.AUTHORITY}/archive"
ARCHIVE_SIGNER = tokens.mldsa_signer("archive", MLDSA44)


def _pairs_pin() -> str:
    kids = sorted(root.kid for root in PAIRS.roots)
    families = ",".join(f"{family}={PAIRS.thresholds[family]}" for family in ("Ed25519", "ML-DSA-65"))
    return "\n".join([PAIRS.authority, families, *kids])


def _archive_message() -> str:
    spelled = subtree_message(ARCHIVE, FINAL_AT, checkpoint(len(EVENTS))).hex()
    return "\n".join(spelled[place : place + 64] for place in range(0, len(spelled), 64))


SHOWN: dict[str, str] = {
    "assertion-claims": _indented(SIGNED["assertion-payload"]),
    "binding-claims": _indented(SIGNED["binding-payload"]),
    "keyring-claims": _indented(KEYRING_PAYLOAD.decode()),
    "row": f"{_row_content()}\n{ROW.digest}",
    "root-pin-text": _root_pin(),
    "root-pin": KEYRING.root_pin,
    "pairs-pin-text": _pairs_pin(),
    "pairs-pin": PAIRS.root_pin,
    "archive-message": _archive_message(),
    "archive-key-id": key_id(ARCHIVE, LineKind.MLDSA44_COSIGNATURE, ARCHIVE_SIGNER.public_key).hex(),
    "key-ids": _key_ids(),
    "consistency": "\n".join(each.hex() for each in CONSISTENCY),
}
"""Examples written for people: the same objects taken apart."""
