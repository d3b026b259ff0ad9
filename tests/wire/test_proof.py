from base64 import b64encode
from hashlib import sha256

import pytest
from fakes import tokens
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.events import Revoked
from interchange.errors import Reason, Refusal
from interchange.wire.events import MAX_LEAF, encode_leaf
from interchange.wire.note import MAX_NOTE, parse_note
from interchange.wire.proof import MAX_HASHES, MAX_PROOF, Proof, format_proof, parse_proof

NOTE = tokens.signed_note()
LEAF = encode_leaf(1, Revoked("6f1c2a9e-3b7d-4c52-9d0e-5a4b8c7d6e1f"))
PATH = (sha256(b"left").digest(), sha256(b"right").digest())
TEXT = format_proof(1, PATH, NOTE, LEAF)
HASHES = st.lists(st.binary(min_size=32, max_size=32), max_size=MAX_HASHES)


def b64(data: bytes) -> bytes:
    """Write padded base64 by the standard library."""
    return b64encode(data)


def reason(data: bytes) -> Reason:
    """Tell why a proof is refused."""
    with pytest.raises(Refusal) as caught:
        parse_proof(data)
    return caught.value.reason


def test_a_proof_is_spelt_as_the_specification_says() -> None:
    """Title, extra data, index and hashes, an empty line, then the note verbatim (C2SP tlog-proof)."""
    expected = b"\n".join(
        [b"c2sp.org/tlog-proof@v1", b"extra " + b64(LEAF), b"index 1", b64(PATH[0]), b64(PATH[1]), b"", NOTE]
    )
    assert expected == TEXT


def test_a_proof_of_a_single_leaf_has_no_hashes() -> None:
    """In a tree of one leaf the leaf is the root."""
    assert parse_proof(format_proof(0, [], NOTE, LEAF)) == Proof(0, (), LEAF, NOTE)


def test_the_note_comes_out_as_it_went_in() -> None:
    """Inside a proof the note keeps its own empty line and can be read."""
    assert parse_note(parse_proof(TEXT).note).checkpoint.origin == tokens.LANE


@given(
    st.integers(0, (1 << 53) - 1),
    HASHES,
    st.binary(min_size=1, max_size=MAX_NOTE),
    st.binary(min_size=1, max_size=MAX_LEAF),
)
def test_what_is_written_is_read_again(index: int, hashes: list[bytes], note: bytes, leaf: bytes) -> None:
    """Writing and reading are inverse, whatever note and leaf hold."""
    assert parse_proof(format_proof(index, hashes, note, leaf)) == Proof(index, tuple(hashes), leaf, note)


def test_the_largest_proof_is_read() -> None:
    """The bound on the whole lets every part be as large as its own bound."""
    proof = format_proof((1 << 53) - 1, [bytes(32)] * MAX_HASHES, bytes(MAX_NOTE), bytes(MAX_LEAF))
    assert len(parse_proof(proof).hashes) == MAX_HASHES


@pytest.mark.parametrize(
    ("title", "data"),
    [
        ("nothing", b""),
        ("title alone", b"c2sp.org/tlog-proof@v1\n"),
        ("another version", TEXT.replace(b"@v1", b"@v2")),
        ("no extra line", TEXT.replace(b"extra " + b64(LEAF) + b"\n", b"")),
        ("extra empty", TEXT.replace(b64(LEAF), b"")),
        ("extra without padding", TEXT.replace(b64(LEAF), b64(LEAF + b" ").rstrip(b"="))),
        ("extra too large", TEXT.replace(b64(LEAF), b64(bytes(MAX_LEAF + 1)))),
        ("index before extra", TEXT.replace(b"extra " + b64(LEAF) + b"\nindex 1", b"index 1\nextra " + b64(LEAF))),
        ("no index", TEXT.replace(b"index 1\n", b"")),
        ("index with leading zero", TEXT.replace(b"index 1", b"index 01")),
        ("index negative", TEXT.replace(b"index 1", b"index -1")),
        ("index beyond 53 bits", TEXT.replace(b"index 1", b"index 9007199254740992")),
        ("index in other digits", TEXT.replace(b"index 1", "index \u0661".encode())),
        ("hash too short", TEXT.replace(b64(PATH[0]), b64(PATH[0][:-1]))),
        ("hash with unused bits", TEXT.replace(b64(PATH[0])[-2:], b"1=")),
        ("hash in hexadecimal", TEXT.replace(b64(PATH[0]), PATH[0].hex().encode())),
        ("space after a hash", TEXT.replace(b64(PATH[0]), b64(PATH[0]) + b" ")),
        ("lines end as on Windows", TEXT.replace(b"\n", b"\r\n")),
        ("byte order mark", b"\xef\xbb\xbf" + TEXT),
        ("65 hashes", TEXT.replace(b64(PATH[0]), b"\n".join([b64(PATH[0])] * 64))),
        ("no note", TEXT.split(b"\n\n", maxsplit=1)[0]),
        ("empty note", TEXT.split(b"\n\n", maxsplit=1)[0] + b"\n\n"),
        ("note too long", TEXT + bytes(MAX_NOTE)),
        ("too long", TEXT.ljust(MAX_PROOF + 1, b"\n")),
    ],
)
def test_a_proof_with_one_fault_is_refused(title: str, data: bytes) -> None:
    """A proof has one spelling, and what deviates from it is refused before any hash is made."""
    assert data != TEXT
    assert reason(data) is Reason.PROOF_FORM, title


@pytest.mark.parametrize(
    ("index", "hashes", "note", "leaf"),
    [(-1, [], NOTE, LEAF), (0, [bytes(31)], NOTE, LEAF), (0, [], b"", LEAF), (0, [], NOTE, b"")],
    ids=["index", "hash", "note", "leaf"],
)
def test_a_proof_that_could_not_be_read_is_not_written(
    index: int, hashes: list[bytes], note: bytes, leaf: bytes
) -> None:
    """The writer keeps the reader's bounds."""
    with pytest.raises(Refusal) as caught:
        format_proof(index, hashes, note, leaf)
    assert caught.value.reason is Reason.PROOF_FORM
