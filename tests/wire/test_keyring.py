import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from fakes import tokens
from hypothesis import given
from hypothesis import strategies as st

from interchange.crypto.both import BOTH
from interchange.domain.envelope import ASSERTION_TYP
from interchange.domain.keyring import ED25519, MAX_KEYS, Keyring, Role, RootSignature, accept_keyring
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Reason, Refusal
from interchange.wire import base64url
from interchange.wire.keyring import (
    MAX_KEYRING,
    MAX_SIGNATURES,
    assemble,
    encode_keyring,
    keyring_digest,
    parse_keyring,
    payload_of,
)
from interchange.wire.schema import LAST_INSTANT

RING = tokens.party_keyring()
PAYLOAD = encode_keyring(RING)
DATA = tokens.published()
BINDING = RING.keys[-1]


def reason(data: bytes) -> Reason:
    """Tell why a keyring is refused."""
    with pytest.raises(Refusal) as caught:
        parse_keyring(data)
    return caught.value.reason


def payload_with(change: Callable[[Any], object]) -> bytes:
    """Publish a keyring whose payload was changed before it was signed."""
    members = json.loads(PAYLOAD)
    change(members)
    payload = json.dumps(members, separators=(",", ":")).encode()
    return assemble(payload, [tokens.root_signature("root-1", payload)])


def outer_with(change: Callable[[Any], object]) -> bytes:
    """Change the JWS around a payload."""
    members = json.loads(DATA)
    change(members)
    return json.dumps(members, separators=(",", ":")).encode()


def set_header(members: Any, **changes: object) -> None:  # noqa: ANN401 - JSON
    """Change the first signature's header; None takes a member out."""
    header = {"alg": "EdDSA", "kid": tokens.kid("root-1"), "typ": "clearance-keyring+jws"} | changes
    text = json.dumps({name: value for name, value in header.items() if value is not None})
    members["signatures"][0]["protected"] = base64url.encode(text.encode())


@st.composite
def keyrings(draw: st.DrawFn) -> Keyring:
    """Draw a keyring that the domain allows."""
    numbers = st.integers(1, 1 << 40)
    issued = draw(st.integers(0, LAST_INSTANT - 1))
    records = [
        tokens.key_record(
            f"key-{place}",
            role,
            sign_from=tokens.NOW,
            sign_until=tokens.NOW + 1,
            verify_until=draw(st.integers(tokens.NOW + 1, LAST_INSTANT)),
            tainted_since=draw(st.none() | st.integers(0, LAST_INSTANT)),
            **({} if role in {Role.BINDING, Role.ARCHIVE} else {"alg": draw(st.sampled_from(["EdDSA", "Ed25519"]))}),
        )
        for place, role in enumerate(draw(st.lists(st.sampled_from(Role), max_size=4)))
    ]
    roots = tuple(tokens.root_key(f"root-{place}") for place in range(draw(st.integers(1, 4))))
    witnesses = tuple(draw(st.lists(st.from_regex(r"[a-z.]{1,9}/witness", fullmatch=True), max_size=3)))
    return Keyring(
        authority=tokens.AUTHORITY,
        number=draw(numbers),
        issued=issued,
        expires=draw(st.integers(issued + 1, LAST_INSTANT)),
        generation=draw(numbers),
        thresholds={ED25519: draw(st.integers(1, len(roots)))},
        roots=roots,
        keys=tuple(records),
        witnesses_needed=draw(st.integers(0, len(witnesses))),
        witnesses=witnesses,
    )


@given(keyrings())
def test_what_is_written_is_read_again(ring: Keyring) -> None:
    """Writing and reading are inverse."""
    payload = encode_keyring(ring)
    signature = tokens.root_signature("root-0", payload)
    assert parse_keyring(assemble(payload, [signature])) == (ring, (signature,))


def test_a_keyring_has_the_members_of_the_specification() -> None:
    """Members stand in a fixed order; organ and taint stand where there are any."""
    ring = replace(RING, roots=RING.roots[:2], keys=(replace(RING.keys[0], tainted_since=tokens.NOW), RING.keys[1]))
    assert json.loads(encode_keyring(ring)) == {
        "authority": tokens.AUTHORITY,
        "number": 1,
        "issued": tokens.NOW - 86_400,
        "expires": tokens.NOW + 365 * 86_400,
        "generation": 1,
        "thresholds": {"Ed25519": 2},
        "roots": [{"kid": root.kid, "alg": "EdDSA", "x": base64url.encode(root.public_key)} for root in ring.roots],
        "keys": [
            {
                "kid": tokens.kid("assert"),
                "role": "assert",
                "organ": tokens.ORGAN,
                "alg": "EdDSA",
                "x": base64url.encode(tokens.public_key("assert")),
                "sign_from": tokens.NOW - 30 * 86_400,
                "sign_until": tokens.NOW + 30 * 86_400,
                "verify_until": tokens.NOW + 400 * 86_400,
                "tainted_since": tokens.NOW,
            },
            {
                "kid": tokens.kid("status"),
                "role": "status",
                "alg": "EdDSA",
                "x": base64url.encode(tokens.public_key("status")),
                "sign_from": tokens.NOW - 30 * 86_400,
                "sign_until": tokens.NOW + 30 * 86_400,
                "verify_until": tokens.NOW + 400 * 86_400,
            },
        ],
        "witnesses": {"k": 0, "of": []},
    }


def test_a_binding_key_is_written_with_its_own_algorithm() -> None:
    """Whoever reads it knows that it signs nothing: `X25519`, and the thumbprint on that curve (RFC 8037)."""
    written = json.loads(PAYLOAD)["keys"][-1]
    expected = ("binding", "X25519", thumbprint(BINDING.public_key, "X25519"))
    assert (written["role"], written["alg"], written["kid"]) == expected


def test_signatures_of_a_published_keyring_verify() -> None:
    """Signing input, header and payload come out of the general form as they were signed."""
    ring, signatures = parse_keyring(DATA)
    assert accept_keyring(None, ring, signatures, BOTH) == RING


def test_a_draft_without_signatures_is_read() -> None:
    """The ceremony starts from a keyring that nobody has signed yet."""
    assert parse_keyring(assemble(PAYLOAD, [])) == (RING, ())


def test_the_digest_stays_while_signatures_are_collected() -> None:
    """A keyring is named by what it says, not by who has signed it so far."""
    assert {keyring_digest(payload_of(tokens.published(roots=roots))) for roots in [(), ("root-1",), ("root-3",)]} == {
        base64url.encode(sha256(PAYLOAD).digest())
    }


def test_the_largest_keyring_fits() -> None:
    """256 root keys, 256 keys and 32 signatures are below the bound on bytes."""
    ring = replace(
        RING,
        roots=tuple(tokens.root_key(f"root-{n}") for n in range(MAX_KEYS)),
        keys=tuple(tokens.key_record(f"key-{n}", tainted_since=tokens.NOW) for n in range(MAX_KEYS)),
    )
    data = tokens.published(ring, [f"root-{n}" for n in range(MAX_SIGNATURES)])
    assert parse_keyring(data)[0] == ring


PAYLOAD_FAULTS: list[tuple[str, Callable[[Any], object], Reason]] = [
    ("unknown member", lambda ring: ring.update(note="x"), Reason.KEYRING_FORM),
    ("authority missing", lambda ring: ring.pop("authority"), Reason.KEYRING_FORM),
    ("authority in capitals", lambda ring: ring.update(authority="AAA.example"), Reason.KEYRING_FORM),
    ("authority is a URI", lambda ring: ring.update(authority="https://aaa.example"), Reason.KEYRING_FORM),
    ("number zero", lambda ring: ring.update(number=0), Reason.KEYRING_FORM),
    ("number true", lambda ring: ring.update(number=True), Reason.KEYRING_FORM),
    ("number is a text", lambda ring: ring.update(number="1"), Reason.KEYRING_FORM),
    ("number with a fraction", lambda ring: ring.update(number=1.0), Reason.JSON_NUMBER),
    ("expires before issued", lambda ring: ring.update(expires=1), Reason.KEYRING_FORM),
    ("expires after the year 9999", lambda ring: ring.update(expires=LAST_INSTANT + 1), Reason.KEYRING_FORM),
    ("generation zero", lambda ring: ring.update(generation=0), Reason.KEYRING_FORM),
    ("threshold zero", lambda ring: ring.update(thresholds={"Ed25519": 0}), Reason.KEYRING_FORM),
    ("threshold above the number of roots", lambda ring: ring.update(thresholds={"Ed25519": 4}), Reason.KEYRING_FORM),
    ("threshold true", lambda ring: ring.update(thresholds={"Ed25519": True}), Reason.KEYRING_FORM),
    ("threshold of another family", lambda ring: ring.update(thresholds={"RSA": 1}), Reason.KEYRING_FORM),
    ("no threshold", lambda ring: ring.update(thresholds={}), Reason.KEYRING_FORM),
    ("no roots", lambda ring: ring.update(roots=[]), Reason.KEYRING_FORM),
    ("roots is an object", lambda ring: ring.update(roots={}), Reason.KEYRING_FORM),
    ("root is null", lambda ring: ring["roots"].append(None), Reason.KEYRING_FORM),
    ("root twice", lambda ring: ring["roots"].append(ring["roots"][0]), Reason.KEYRING_FORM),
    ("root is a node's key as well", lambda ring: ring["roots"].append(root_of(ring["keys"][0])), Reason.KEYRING_FORM),
    ("root with a role", lambda ring: ring["roots"][0].update(role="root"), Reason.KEYRING_FORM),
    ("257 roots", lambda ring: ring.update(roots=[ring["roots"][0]] * 257), Reason.KEYRING_FORM),
    ("key twice", lambda ring: ring["keys"].append(ring["keys"][0]), Reason.KEYRING_FORM),
    ("kid of another key", lambda ring: ring["keys"][0].update(kid=tokens.kid("other")), Reason.KEYRING_FORM),
    ("kid chosen freely", lambda ring: ring["keys"][0].update(kid="key-1"), Reason.KEYRING_FORM),
    ("kid of another root", lambda ring: ring["roots"][0].update(kid=tokens.kid("other")), Reason.KEYRING_FORM),
    ("x too short", lambda ring: ring["keys"][0].update(x="AAAA"), Reason.KEYRING_FORM),
    ("x with padding", lambda ring: ring["keys"][0].update(x=ring["keys"][0]["x"] + "="), Reason.KEYRING_FORM),
    ("private key", lambda ring: ring["keys"][0].update(d="AAAA"), Reason.KEYRING_FORM),
    ("alg none", lambda ring: ring["keys"][0].update(alg="none"), Reason.KEYRING_FORM),
    ("alg HS256", lambda ring: ring["roots"][0].update(alg="HS256"), Reason.KEYRING_FORM),
    ("alg X25519 with a key that signs", lambda ring: ring["keys"][1].update(alg="X25519"), Reason.KEYRING_FORM),
    ("alg X25519 with a root key", lambda ring: ring["roots"].append(root_of(ring["keys"][-1])), Reason.KEYRING_FORM),
    ("alg EdDSA with a binding key", lambda ring: ring["keys"][-1].update(alg="EdDSA"), Reason.KEYRING_FORM),
    (
        "kid of a binding key on the other curve",
        lambda ring: ring["keys"][-1].update(kid=thumbprint(BINDING.public_key)),
        Reason.KEYRING_FORM,
    ),
    ("binding key that signs", lambda ring: ring["keys"][1].update(role="binding"), Reason.KEYRING_FORM),
    ("signing key that is sealed to", lambda ring: ring["keys"][-1].update(role="status"), Reason.KEYRING_FORM),
    ("binding key with organ", lambda ring: ring["keys"][-1].update(organ="CAB"), Reason.KEYRING_FORM),
    ("unknown role", lambda ring: ring["keys"][0].update(role="root"), Reason.KEYRING_FORM),
    ("role is an array", lambda ring: ring["keys"][0].update(role=["assert"]), Reason.KEYRING_FORM),
    ("assert key without organ", lambda ring: ring["keys"][0].pop("organ"), Reason.KEYRING_FORM),
    ("status key with organ", lambda ring: ring["keys"][1].update(organ="CAB"), Reason.KEYRING_FORM),
    ("organ empty", lambda ring: ring["keys"][0].update(organ=""), Reason.KEYRING_FORM),
    ("organ with a slash", lambda ring: ring["keys"][0].update(organ="AAA/CAB"), Reason.KEYRING_FORM),
    ("window ends before it begins", lambda ring: ring["keys"][0].update(sign_until=1), Reason.KEYRING_FORM),
    ("verification ends first", lambda ring: ring["keys"][0].update(verify_until=tokens.NOW), Reason.KEYRING_FORM),
    ("time as text", lambda ring: ring["keys"][0].update(sign_from="1"), Reason.KEYRING_FORM),
    ("taint null", lambda ring: ring["keys"][0].update(tainted_since=None), Reason.KEYRING_FORM),
    ("more witnesses needed than named", lambda ring: ring.update(witnesses={"k": 1, "of": []}), Reason.KEYRING_FORM),
    ("witness is a number", lambda ring: ring.update(witnesses={"k": 0, "of": [1]}), Reason.KEYRING_FORM),
    ("witness with a space", lambda ring: ring.update(witnesses={"k": 0, "of": ["a b"]}), Reason.KEYRING_FORM),
    ("65 witnesses", lambda ring: ring.update(witnesses={"k": 0, "of": ["a"] * 65}), Reason.KEYRING_FORM),
]


def root_of(key: dict[str, Any]) -> dict[str, Any]:
    """Write a node's key as if it were a root key."""
    return {name: key[name] for name in ("kid", "alg", "x")}


@pytest.mark.parametrize(("title", "change", "expected"), PAYLOAD_FAULTS, ids=[case[0] for case in PAYLOAD_FAULTS])
def test_a_keyring_with_one_fault_is_refused(title: str, change: Callable[[Any], object], expected: Reason) -> None:
    """The schema is closed, key ids are thumbprints, and root signatures make nothing good."""
    assert reason(payload_with(change)) is expected


OUTER_FAULTS: list[tuple[str, Callable[[Any], object], Reason]] = [
    ("unknown member", lambda jws: jws.update(header={}), Reason.KEYRING_FORM),
    ("payload missing", lambda jws: jws.pop("payload"), Reason.KEYRING_FORM),
    ("payload is an object", lambda jws: jws.update(payload={}), Reason.KEYRING_FORM),
    ("payload with padding", lambda jws: jws.update(payload=base64url.encode(PAYLOAD) + "="), Reason.KEYRING_FORM),
    ("payload is no JSON", lambda jws: jws.update(payload="AAAA"), Reason.JSON_NOT_ASCII),
    (
        "payload nested deep",
        lambda jws: jws.update(payload=base64url.encode(b"[" * 900 + b"]" * 900)),
        Reason.JSON_DEPTH,
    ),
    ("payload is an array", lambda jws: jws.update(payload=base64url.encode(b"[]")), Reason.KEYRING_FORM),
    ("signatures missing", lambda jws: jws.pop("signatures"), Reason.KEYRING_FORM),
    ("33 signatures", lambda jws: jws.update(signatures=jws["signatures"] * 17), Reason.KEYRING_FORM),
    ("signature is a text", lambda jws: jws.update(signatures=["AAAA"]), Reason.KEYRING_FORM),
    ("flattened form", lambda jws: jws.update(jws.pop("signatures")[0]), Reason.KEYRING_FORM),
    ("unprotected header", lambda jws: jws["signatures"][0].update(header={"alg": "none"}), Reason.KEYRING_FORM),
    ("signature too short", lambda jws: jws["signatures"][0].update(signature="AAAA"), Reason.KEYRING_FORM),
    ("signature with a plus", lambda jws: jws["signatures"][0].update(signature="+" * 86), Reason.KEYRING_FORM),
    ("protected header with a dot", lambda jws: jws["signatures"][0].update(protected="e30.e30"), Reason.TOKEN_BASE64),
    ("header without kid", lambda jws: set_header(jws, kid=None), Reason.HEADER_MEMBERS),
    ("header with crit", lambda jws: set_header(jws, crit=["exp"]), Reason.HEADER_MEMBERS),
    ("alg none", lambda jws: set_header(jws, alg="none"), Reason.HEADER_ALG),
    ("kid of no key", lambda jws: set_header(jws, kid="root-1"), Reason.HEADER_KID),
    ("typ of an assertion", lambda jws: set_header(jws, typ=ASSERTION_TYP), Reason.HEADER_TYP),
]


@pytest.mark.parametrize(("title", "change", "expected"), OUTER_FAULTS, ids=[case[0] for case in OUTER_FAULTS])
def test_a_jws_with_one_fault_is_refused(title: str, change: Callable[[Any], object], expected: Reason) -> None:
    """Only the general form with exact headers is a keyring."""
    assert reason(outer_with(change)) is expected


@pytest.mark.parametrize(
    ("title", "data", "expected"),
    [
        ("nothing", b"", Reason.JSON_INVALID),
        ("an array", b"[]", Reason.KEYRING_FORM),
        ("newline after", DATA + b"\n", Reason.JSON_NOT_ASCII),
        ("member twice", DATA[:-1] + b',"payload":""}', Reason.JSON_DUPLICATE_KEY),
        ("too long", DATA.ljust(MAX_KEYRING + 1), Reason.KEYRING_FORM),
    ],
)
def test_bytes_that_are_no_keyring_are_refused(title: str, data: bytes, expected: Reason) -> None:
    """A keyring file is one strict JSON object of bounded size."""
    assert reason(data) is expected, title


def test_a_signature_over_another_payload_is_not_assembled() -> None:
    """Signatures of two ceremonies cannot be mixed by mistake."""
    other = encode_keyring(tokens.party_keyring(number=2))
    with pytest.raises(Refusal) as caught:
        assemble(PAYLOAD, [tokens.root_signature("root-1", other)])
    assert caught.value.reason is Reason.KEYRING_FORM


def test_too_many_signatures_are_not_assembled() -> None:
    """The writer keeps the reader's bounds."""
    with pytest.raises(Refusal) as caught:
        assemble(PAYLOAD, [tokens.root_signature("root-1", PAYLOAD)] * (MAX_SIGNATURES + 1))
    assert caught.value.reason is Reason.KEYRING_FORM


def test_bytes_that_were_never_a_signing_input_are_not_assembled() -> None:
    """A damaged signature file is refused, not passed on."""
    with pytest.raises(Refusal) as caught:
        assemble(PAYLOAD, [RootSignature("kid", "EdDSA", b"\xff.\xff", bytes(64))])
    assert caught.value.reason is Reason.KEYRING_FORM
