"""Sealed bindings with one fault each, made by somebody who holds whatever key the fault asks for.

The lane tells the digest of each of them, so that each is refused for its fault and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fakes import tokens
from fakes.bindings import WHO, binding, claims_with, digest, sealed, signed
from fakes.refusals import refused

from interchange.crypto.box import BoxOpener
from interchange.domain.envelope import ASSERTION_TYP, STATUS_TYP
from interchange.domain.keyring import KeyRecord, Role
from interchange.errors import Reason, Refusal
from interchange.flows.match import Expected, believe
from interchange.wire import base64url
from interchange.wire.binding import encode_binding
from interchange.wire.claims import encode_assertion

ASSERTION = tokens.assertion()
NOW = ASSERTION.iat
DAY = 86_400
OPENER = tokens.box_opener()
OTHER_PARTY = "zzz.clearance.example"
KEYS: tuple[KeyRecord, ...] = (
    *tokens.party_keyring().keys,
    tokens.key_record("SCI", organ="SCI"),
    tokens.key_record("begins", sign_from=NOW + 1),
    tokens.key_record("over", sign_until=NOW),
    tokens.key_record("past", sign_until=NOW + DAY, verify_until=NOW + DAY),
)
GOOD = sealed()


def expected(box: bytes, **changes: Any) -> Expected:  # noqa: ANN401 - any field
    """Say what the lane tells: the assertion, and the digest of this very box."""
    return replace(Expected(ASSERTION, digest(box), KEYS, (OPENER.kid,)), **changes)


def saying(**changes: Any) -> bytes:  # noqa: ANN401 - any claim
    """Sign and seal other claims."""
    return sealed(signed(encode_binding(binding(**changes))))


def payload(**changes: Any) -> bytes:  # noqa: ANN401 - any member
    """Sign and seal a payload with other members."""
    return sealed(signed(claims_with(encode_binding(binding()), changes)))


def spelt(change: Callable[[bytes], bytes]) -> bytes:
    """Sign and seal other bytes of the payload."""
    changed = change(encode_binding(binding()))
    assert changed != encode_binding(binding())
    return sealed(signed(changed))


def headed(**changes: object) -> bytes:
    """Sign and seal under another header."""
    members = {"alg": "EdDSA", "kid": tokens.kid("assert"), "typ": "clearance-binding+jwt"} | changes
    text = "{" + ",".join(f'"{name}":"{value}"' for name, value in members.items() if value is not ...) + "}"
    return sealed(tokens.compact_with_header(text.encode(), encode_binding(binding())))


def tampered(at: int) -> bytes:
    """Change one byte of the good box."""
    return GOOD[:at] + bytes([GOOD[at] ^ 1]) + GOOD[at + 1 :] if at >= 0 else GOOD[:at] + bytes([GOOD[at] ^ 1])


def token_with(change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """Seal a token of which the parts were changed after signing."""
    return sealed(b".".join(change(signed().split(b"."))))


@dataclass(frozen=True)
class Bad:
    """One fault: the box, why it is refused, and at which instant."""

    box: bytes
    reason: Reason
    now: int = NOW
    changes: dict[str, Any] = field(default_factory=dict)


BAD: dict[str, Bad] = {
    # -- the sealed bytes
    "other digest": Bad(GOOD, Reason.TOKEN_DIGEST, changes={"sha256": digest(sealed())}),
    "box with a changed key": Bad(tampered(0), Reason.BOX_SEALED),
    "box with a changed tag": Bad(tampered(32), Reason.BOX_SEALED),
    "box with a changed end": Bad(tampered(-1), Reason.BOX_SEALED),
    "box cut short": Bad(GOOD[:-1], Reason.BOX_SEALED),
    "box with a byte more": Bad(GOOD + b"\0", Reason.BOX_SEALED),
    "nothing": Bad(b"", Reason.BOX_SEALED),
    "signed and not sealed": Bad(signed(), Reason.BOX_SEALED),
    "sealed to another key": Bad(sealed(label="another"), Reason.BOX_SEALED),
    "sealed to a key that may open no more": Bad(GOOD, Reason.BOX_SEALED, changes={"opening": ()}),
    # -- the envelope
    "sealed and not signed": Bad(sealed(encode_binding(binding())), Reason.TOKEN_CHARSET),
    "two parts": Bad(token_with(lambda parts: parts[:2]), Reason.TOKEN_PARTS),
    "padded payload": Bad(token_with(lambda parts: [parts[0], parts[1] + b"=", parts[2]]), Reason.TOKEN_CHARSET),
    "newline after": Bad(sealed(signed() + b"\n"), Reason.TOKEN_CHARSET),
    "assertion in its place": Bad(sealed(tokens.token()), Reason.HEADER_TYP),
    "typ of an assertion": Bad(headed(typ=ASSERTION_TYP), Reason.HEADER_TYP),
    "typ of a status list": Bad(headed(typ=STATUS_TYP), Reason.HEADER_TYP),
    "typ JWT": Bad(headed(typ="JWT"), Reason.HEADER_TYP),
    "no typ": Bad(headed(typ=...), Reason.HEADER_MEMBERS),
    "crit": Bad(headed(crit="x"), Reason.HEADER_MEMBERS),
    "alg none": Bad(headed(alg="none"), Reason.HEADER_ALG),
    "alg of another name than the key's": Bad(sealed(signed(alg="Ed25519")), Reason.HEADER_ALG),
    # -- the key
    "key of nobody": Bad(sealed(signed(label="nobody")), Reason.KEY_UNKNOWN),
    "key of another party": Bad(sealed(signed(label="zzz")), Reason.KEY_UNKNOWN),
    "key that was withdrawn": Bad(GOOD, Reason.KEY_UNKNOWN, changes={"keys": KEYS[1:]}),
    "key of a status list": Bad(sealed(signed(label="status")), Reason.KEY_ROLE),
    "key of the lane": Bad(sealed(signed(label="lane")), Reason.KEY_ROLE),
    "key that is sealed to": Bad(headed(kid=OPENER.kid), Reason.KEY_ROLE),
    "key of another organ": Bad(sealed(signed(label="SCI")), Reason.KEY_ORGAN),
    "key whose window begins later": Bad(sealed(signed(label="begins")), Reason.KEY_WINDOW),
    "key whose window is over": Bad(sealed(signed(label="over")), Reason.KEY_WINDOW),
    "key past its last day": Bad(sealed(signed(label="past")), Reason.KEY_WINDOW, now=NOW + DAY),
    "signature of another key": Bad(
        token_with(lambda parts: [*parts[:2], signed(label="lane").split(b".")[2]]), Reason.SIGNATURE_INVALID
    ),
    "payload changed after signing": Bad(
        token_with(lambda parts: [parts[0], base64url.encode(encode_binding(binding(iat=NOW + 1))).encode(), parts[2]]),
        Reason.SIGNATURE_INVALID,
    ),
    # -- the claims
    "iss of another organ": Bad(payload(iss=f"https://{tokens.AUTHORITY}/organs/SCI"), Reason.KEY_ORGAN),
    "iss of another party": Bad(payload(iss=f"https://{OTHER_PARTY}/organs/CAB"), Reason.KEY_ORGAN),
    "organ that signed no such assertion": Bad(
        sealed(signed(encode_binding(binding(iss=f"https://{tokens.AUTHORITY}/organs/SCI")), "SCI")),
        Reason.BINDING_WRONG,
    ),
    "other aud": Bad(saying(aud="https://ccc.clearance.example"), Reason.BINDING_WRONG),
    "other jti": Bad(saying(jti="11111111-1111-4111-8111-111111111111"), Reason.BINDING_WRONG),
    "other sub": Bad(saying(sub="b3RoZXItcmVmZXJlbmNlLg"), Reason.BINDING_WRONG),
    "longer life": Bad(saying(exp=ASSERTION.exp + 1), Reason.BINDING_WRONG),
    "shorter life": Bad(saying(exp=ASSERTION.exp - 1), Reason.BINDING_WRONG),
    "signed ahead": Bad(saying(iat=NOW + 61), Reason.NOT_YET_VALID),
    "expired": Bad(payload(exp=NOW), Reason.CLAIM_FORM),
    "claim twice": Bad(spelt(lambda text: text.replace(b'{"iss"', b'{"jti":"x","iss"')), Reason.JSON_DUPLICATE_KEY),
    "name twice": Bad(spelt(lambda text: text.replace(b'"given"', b'"family":"X","given"')), Reason.JSON_DUPLICATE_KEY),
    "unknown claim": Bad(payload(nbf=NOW), Reason.CLAIM_UNKNOWN),
    "unknown member of the identity": Bad(payload(**{"identity.sex": "F"}), Reason.CLAIM_UNKNOWN),
    "no document": Bad(payload(**{"identity.document_number": ...}), Reason.CLAIM_MISSING),
    "document as a number": Bad(payload(**{"identity.document_number": 1234567}), Reason.CLAIM_FORM),
    "escaped name": Bad(spelt(lambda text: text.replace("大野".encode(), b"\\u5927\\u91ce")), Reason.JSON_INVALID),
    "claims of an assertion": Bad(sealed(signed(encode_assertion(ASSERTION))), Reason.CLAIM_MISSING),
}


def test_a_good_binding_is_believed() -> None:
    """What follows is about the faults."""
    assert believe(GOOD, expected(GOOD), [OPENER], NOW) == binding()


def test_a_second_key_of_ours_opens_it() -> None:
    """The box does not say whose it is, so that each is tried."""
    newer = tokens.box_opener("newer")
    found = believe(GOOD, expected(GOOD, opening=(newer.kid, OPENER.kid)), [OPENER, newer], NOW)
    assert found.identity == WHO


def test_clocks_may_differ_by_a_minute() -> None:
    """The issuer's clock may be ahead."""
    box = saying(iat=NOW + 60)
    assert believe(box, expected(box), [OPENER], NOW).iat == NOW + 60


@pytest.mark.parametrize("title", BAD)
def test_a_binding_with_one_fault_is_refused(title: str) -> None:
    """For that fault."""
    bad = BAD[title]
    with refused(bad.reason):
        believe(bad.box, expected(bad.box, **bad.changes), [OPENER], bad.now)


@pytest.mark.parametrize("title", BAD)
def test_no_refusal_says_anything_of_the_person(title: str) -> None:
    """Neither it nor what led to it repeats a value."""
    bad = BAD[title]
    with pytest.raises(Refusal) as caught:
        believe(bad.box, expected(bad.box, **bad.changes), [OPENER], bad.now)
    said = repr((caught.value, caught.value.args, caught.value.__cause__))
    personal = (WHO.family, WHO.given, WHO.family_kana, "ONO", "HANAKO", "1984", "TZ1234567", "1234567")
    assert [value for value in personal if value in said] == []


def test_every_role_but_the_organs_is_tried() -> None:
    """A role that is added is added to the table above."""
    assert {key.role for key in KEYS} == set(Role)


def test_an_opener_that_is_not_ours_opens_nothing() -> None:
    """Only keys of the keyring are used, whatever lies on the disk."""
    stray: BoxOpener = tokens.box_opener("stray")
    box = sealed(label="stray")
    with refused(Reason.BOX_SEALED):
        believe(box, expected(box), [OPENER, stray], NOW)
