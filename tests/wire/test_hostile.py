from collections.abc import Callable
from contextlib import suppress

import pytest
from fakes import tokens
from fakes.bindings import binding
from hypothesis import example, given
from hypothesis import strategies as st

from interchange.domain.envelope import ASSERTION_TYP, BINDING_TYP, STATUS_TYP
from interchange.domain.events import AssertionIssued, KeyRestricted, Restriction
from interchange.domain.keyring import Role
from interchange.errors import Refusal
from interchange.wire import base64url, strict_json
from interchange.wire.binding import encode_binding, parse_binding
from interchange.wire.claims import encode_assertion, parse_assertion
from interchange.wire.envelope import parse_compact
from interchange.wire.events import encode_leaf, parse_leaf
from interchange.wire.keyring import encode_keyring, parse_keyring, payload_of
from interchange.wire.note import parse_line, parse_note
from interchange.wire.proof import format_proof, parse_proof
from interchange.wire.status_list import compress, encode_status_claims, parse_status_claims, unpack

JTI = "6f1c2a9e-3b7d-4c52-9d0e-5a4b8c7d6e1f"
DIGEST = "Y0do2uFHRQbkv300GJBUKwmYfX5q6l1EbALjdYGlaVQ"
LEAF = encode_leaf(0, AssertionIssued(JTI, 1, DIGEST))
STATUS_RECORD = tokens.key_record("status", Role.STATUS)


def read_header(data: bytes) -> object:
    """Read a token with these bytes as its header."""
    return parse_compact(tokens.compact_with_header(data), ASSERTION_TYP)


def read_claims(data: bytes) -> object:
    """Read these bytes as the verified claims of an assertion."""
    return parse_assertion(tokens.verified(data))


def read_binding(data: bytes) -> object:
    """Read these bytes as the verified claims of an identity binding."""
    return parse_binding(tokens.verified(data, typ=BINDING_TYP))


def read_status_claims(data: bytes) -> object:
    """Read these bytes as the verified claims of a status list."""
    return parse_status_claims(tokens.verified(data, STATUS_RECORD, STATUS_TYP), tokens.STATUS_URI)


def read_keyring_payload(data: bytes) -> object:
    """Read a keyring with these bytes as its payload."""
    return parse_keyring(strict_json.dumps({"payload": base64url.encode(data), "signatures": []}))


def text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    """Let a reader of texts read any bytes."""
    return lambda data: parse(data.decode("utf-8", "surrogateescape"))


READERS: dict[str, tuple[Callable[[bytes], object], list[bytes]]] = {
    "token": (lambda data: parse_compact(data, ASSERTION_TYP), [tokens.token()]),
    "header": (read_header, [b'{"alg":"EdDSA","kid":"%s","typ":"%s"}' % (DIGEST.encode(), ASSERTION_TYP.encode())]),
    "claims": (
        read_claims,
        [encode_assertion(tokens.assertion()), encode_assertion(tokens.assertion(until=1, cnf=DIGEST))],
    ),
    "binding": (read_binding, [encode_binding(binding())]),
    "leaf": (parse_leaf, [LEAF, encode_leaf(7, KeyRestricted(DIGEST, Restriction.TAINTED, 1))]),
    "note": (parse_note, [tokens.signed_note()]),
    "line": (text(parse_line), [tokens.signed_note().splitlines()[-1]]),
    "keyring": (parse_keyring, [tokens.published()]),
    "payload of a keyring": (payload_of, [tokens.published()]),
    "keyring's payload": (read_keyring_payload, [encode_keyring(tokens.party_keyring())]),
    "status claims": (read_status_claims, [encode_status_claims(tokens.status_list())]),
    "compressed list": (text(lambda lst: unpack(lst, 2)), [compress(bytes(range(64))).encode()]),
    "proof": (parse_proof, [format_proof(1, [bytes(32)], tokens.signed_note(), LEAF)]),
    "plain JSON": (strict_json.loads, [LEAF]),
    "JSON with names": (lambda data: strict_json.loads(data, unicode=True), ['{"name":"太郎 \\"T\\""}'.encode()]),
    "base64url": (base64url.decode, [b"AAECAwQ"]),
    "base64url text": (text(base64url.decode), [b"AAECAwQ"]),
}
TROUBLE = [
    *[
        b"",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b'"',
        b"\\",
        b"\\ud800",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
    ],
    *[b"\n", b"\n\n", b" ", b".", b"..", b"=", b"+", b"/", b"-", b"-0", b"0", b"1e30", b"1.5", b"9" * 20, b"9" * 5000],
    *[b"NaN", b"Infinity", b"null", b"true", b"false", b"{}", b"[]", b'""', b"[" * 3000, b'{"a":' * 3000],
    *["\u0661".encode(), "\u2028".encode(), "\u2014".encode(), "\u00e9".encode()],
]


@st.composite
def damaged(draw: st.DrawFn, valid: list[bytes]) -> bytes:
    """Draw a valid object with up to three places damaged: bytes put in, taken out, doubled or changed."""
    data = draw(st.sampled_from(valid))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data)))
        end = draw(st.integers(place, min(len(data), place + 12)))
        new = draw(st.sampled_from(TROUBLE) | st.binary(max_size=4) | st.just(data[place:end] * 2))
        data = data[:place] + new + data[end:]
    return data


@pytest.mark.parametrize("name", READERS)
def test_every_reader_takes_its_valid_objects(name: str) -> None:
    """The objects that are damaged below are whole to begin with."""
    read, valid = READERS[name]
    for data in valid:
        assert read(data) is not None


@pytest.mark.parametrize("name", READERS)
@given(data=st.binary(max_size=200) | st.lists(st.sampled_from(TROUBLE), max_size=8).map(b"".join))
@example(data=b"[" * 100_000)
@example(data=b"." * 100_000)
@example(data=b"\n" * 100_000)
@example(data=b"9" * 100_000)
def test_any_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    """Whatever a stranger sends, a reader raises nothing but a Refusal."""
    with suppress(Refusal):
        READERS[name][0](data)


@pytest.mark.parametrize("name", READERS)
@given(st.data())
def test_a_damaged_object_is_read_or_refused(name: str, data: st.DataObject) -> None:
    """However a valid object is damaged, a reader raises nothing but a Refusal."""
    read, valid = READERS[name]
    with suppress(Refusal):
        read(data.draw(damaged(valid)))
