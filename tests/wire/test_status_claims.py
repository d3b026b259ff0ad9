import json
from hashlib import sha256

import pytest
from fakes import tokens
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.envelope import ASSERTION_TYP, STATUS_TYP
from interchange.domain.keyring import Role
from interchange.errors import Reason, Refusal
from interchange.wire import base64url, strict_json
from interchange.wire.envelope import parse_compact
from interchange.wire.schema import LAST_INSTANT
from interchange.wire.status_list import (
    MAX_PACKED,
    MAX_PAYLOAD,
    MAX_STATUS_TOKEN,
    StatusList,
    compress,
    encode_status_claims,
    pack,
    parse_status_claims,
)

CLAIMS = encode_status_claims(tokens.status_list())
RECORD = tokens.key_record("status", Role.STATUS)


def claims_with(**changes: object) -> bytes:
    """Change members of a list's claims; `...` takes one out."""
    members = json.loads(CLAIMS) | changes
    return strict_json.dumps({name: value for name, value in members.items() if value is not ...})


def reason(payload: bytes) -> Reason:
    """Tell why a list's claims are refused."""
    with pytest.raises(Refusal) as caught:
        parse_status_claims(tokens.verified(payload, RECORD, STATUS_TYP), tokens.STATUS_URI)
    return caught.value.reason


def test_the_largest_list_passes_through_a_token() -> None:
    """2^24 slots that do not compress at all stay below the bounds of payload and token."""
    noise = b"".join(sha256(number.to_bytes(4, "big")).digest() for number in range(MAX_PACKED // 32))
    listed = tokens.status_list(slots=noise)
    token = tokens.status_token(listed)
    assert len(token) <= MAX_STATUS_TOKEN
    payload = parse_compact(token, STATUS_TYP, MAX_STATUS_TOKEN).payload
    assert parse_status_claims(tokens.verified(payload, RECORD, STATUS_TYP), tokens.STATUS_URI) == listed


def test_claims_are_those_of_the_draft_and_the_lanes_head() -> None:
    """Members stand in a fixed order (draft-ietf-oauth-status-list, section 5.1)."""
    root = base64url.encode(sha256(b"lane").digest())
    assert CLAIMS.decode() == (
        '{"sub":"https://aaa.clearance.example/status/BBB/1","iat":1800000000,"exp":1800000900,"ttl":300,'
        f'"status_list":{{"bits":2,"lst":"{compress(pack(bytes([0, 1, 2, 3])))}"}},"lane_size":7,"lane_root":"{root}"}}'
    )


@given(
    st.integers(0, LAST_INSTANT - 1),
    st.integers(0, 1 << 40),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=1, max_size=64),
)
def test_what_is_written_is_read_again(iat: int, number: int, root: bytes, slots: bytes) -> None:
    """Writing and reading are inverse."""
    listed = StatusList(tokens.STATUS_URI, iat, iat + 1, number, number, root, slots)
    verified = tokens.verified(encode_status_claims(listed), RECORD, STATUS_TYP)
    assert parse_status_claims(verified, tokens.STATUS_URI) == listed


@pytest.mark.parametrize("name", json.loads(CLAIMS))
def test_a_missing_claim_is_refused(name: str) -> None:
    """Every claim is required."""
    assert reason(claims_with(**{name: ...})) is Reason.STATUS_FORM


@pytest.mark.parametrize(
    ("title", "changes"),
    [
        ("unknown claim", {"aud": tokens.PARTNER}),
        ("sub is an array", {"sub": [tokens.STATUS_URI]}),
        ("iat as text", {"iat": "1"}),
        ("iat true", {"iat": True}),
        ("exp not after iat", {"exp": tokens.NOW}),
        ("exp after the year 9999", {"exp": LAST_INSTANT + 1}),
        ("ttl negative", {"ttl": -1}),
        ("ttl null", {"ttl": None}),
        ("lane size negative", {"lane_size": -1}),
        ("lane root too short", {"lane_root": "AAAA"}),
        ("lane root with padding", {"lane_root": "A" * 43 + "="}),
        ("list is a text", {"status_list": "eNo76fITAAPfAgc"}),
        ("list with an unknown member", {"status_list": {"bits": 2, "lst": "eNo76fITAAPfAgc", "aggregation_uri": "x"}}),
        ("list without bits", {"status_list": {"lst": "eNo76fITAAPfAgc"}}),
        ("3 bits", {"status_list": {"bits": 3, "lst": "eNo76fITAAPfAgc"}}),
        ("1 bit", {"status_list": {"bits": 1, "lst": "eNo76fITAAPfAgc"}}),
        ("bits true", {"status_list": {"bits": True, "lst": "eNo76fITAAPfAgc"}}),
        ("list with padding", {"status_list": {"bits": 2, "lst": "eNo76fITAAPfAgc="}}),
        ("list empty", {"status_list": {"bits": 2, "lst": ""}}),
        ("list without slots", {"status_list": {"bits": 2, "lst": compress(b"")}}),
    ],
)
def test_claims_with_one_fault_are_refused(title: str, changes: dict[str, object]) -> None:
    """The schema is closed, and each claim has one type and form."""
    assert reason(claims_with(**changes)) is Reason.STATUS_FORM, title


@pytest.mark.parametrize(
    "uri", [tokens.STATUS_URI + "0", "https://aaa.clearance.example/status/CCC/1", "https://bbb.clearance.example"]
)
def test_another_list_than_the_one_named_is_refused(uri: str) -> None:
    """A list that its issuer signed for someone else does not stand in."""
    assert reason(claims_with(sub=uri)) is Reason.STATUS_SUBJECT


def test_a_list_of_another_authority_is_refused() -> None:
    """A party's status key cannot speak about another party's assertions."""
    record = tokens.key_record("status", Role.STATUS, authority="ccc.clearance.example")
    with pytest.raises(Refusal) as caught:
        parse_status_claims(tokens.verified(CLAIMS, record, STATUS_TYP), tokens.STATUS_URI)
    assert caught.value.reason is Reason.STATUS_SUBJECT


def test_a_list_under_an_assertion_key_is_refused() -> None:
    """One key serves one role."""
    with pytest.raises(Refusal) as caught:
        parse_status_claims(tokens.verified(CLAIMS, tokens.key_record(), STATUS_TYP), tokens.STATUS_URI)
    assert caught.value.reason is Reason.KEY_ROLE


def test_another_object_is_no_status_list() -> None:
    """A verified payload keeps its type, and only the status list's is read here."""
    with pytest.raises(Refusal) as caught:
        parse_status_claims(tokens.verified(CLAIMS, RECORD, ASSERTION_TYP), tokens.STATUS_URI)
    assert caught.value.reason is Reason.HEADER_TYP


def test_a_payload_beyond_the_bound_is_refused_unread() -> None:
    """No more than 8 MiB of claims are looked into."""
    assert reason(CLAIMS.ljust(MAX_PAYLOAD + 1)) is Reason.STATUS_FORM


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (CLAIMS[:-1] + b',"ttl":1}', Reason.JSON_DUPLICATE_KEY),
        (CLAIMS.replace(b"300", b"3e2"), Reason.JSON_NUMBER),
        (b"\xef\xbb\xbf" + CLAIMS, Reason.JSON_NOT_ASCII),
    ],
    ids=["repeated claim", "exponent", "byte order mark"],
)
def test_claims_that_are_no_strict_json_are_refused(data: bytes, expected: Reason) -> None:
    """The strict reader stands before this one too."""
    assert reason(data) is expected
