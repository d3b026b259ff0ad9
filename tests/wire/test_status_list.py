import json
import re
import tracemalloc
import zlib
from pathlib import Path

import pytest
from fakes import tokens
from hypothesis import given
from hypothesis import strategies as st

from interchange.errors import Reason, Refusal
from interchange.wire import base64url
from interchange.wire.status_list import (
    MAX_PACKED,
    compress,
    decompress,
    pack,
    unpack,
)

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "token-status-list"
LISTED = tokens.status_list()

# The statuses other than 0 of the draft's large test vectors, each a list of 2^20 slots.
LONG = {
    "status_list_encoding1_long_json.md": (
        (0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345),
        (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
    ),
    "status_list_encoding2_long_json.md": (
        (0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345),
        (1, 2, 1, 3, 1, 1, 2, 1, 1, 2, 3),
    ),
    "status_list_encoding4_json.md": (
        (
            0,
            1993,
            35460,
            459495,
            595669,
            754353,
            845645,
            923232,
            924445,
            934534,
            1000345,
            1004534,
            *range(1030203, 1030206),
        ),
        (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 11, 13, 14, 15),
    ),
}


def published(name: str) -> tuple[str, int]:
    """Read one of the draft's test vectors: the compressed list and its width."""
    path = PUBLISHED / name
    if not path.exists():
        pytest.skip("the draft's test vectors do not lie beside this checkout")
    text = path.read_text(encoding="utf-8")
    vector = json.loads(re.sub(r"\n\s*", "", text[text.index("{") :]))
    return vector["lst"], vector["bits"]


def lst_reason(stream: bytes) -> Reason:
    """Tell why a compressed list is refused."""
    with pytest.raises(Refusal) as caught:
        decompress(base64url.encode(stream))
    return caught.value.reason


@pytest.mark.parametrize(
    ("bits", "statuses", "lst"),
    [
        (1, [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1], "eNrbuRgAAhcBXQ"),
        (2, [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3], "eNo76fITAAPfAgc"),
    ],
)
def test_the_small_examples_of_the_draft_are_read(bits: int, statuses: list[int], lst: str) -> None:
    """The first status lies in the lowest bits of the first byte (draft-ietf-oauth-status-list, section 4.1)."""
    assert list(unpack(lst, bits)) == statuses


@pytest.mark.parametrize(
    ("bits", "packed", "lst"),
    [(1, b"\xb9\xa3", "eNrbuRgAAhcBXQ"), (2, b"\xc9\x44\xf9", "eNo76fITAAPfAgc")],
)
def test_the_small_examples_of_the_draft_are_written(bits: int, packed: bytes, lst: str) -> None:
    """Packing gives the draft's bytes, and they compress to what the draft gives."""
    assert pack(unpack(lst, bits), bits) == packed
    assert decompress(lst) == decompress(compress(packed)) == packed


@pytest.mark.parametrize("name", LONG)
def test_the_large_vectors_of_the_draft_are_read(name: str) -> None:
    """Lists of a million slots of 1, 2 and 4 bits have the draft's statuses in the draft's places."""
    statuses = unpack(*published(name))
    assert len(statuses) == 1 << 20
    assert [(place, status) for place, status in enumerate(statuses) if status] == list(zip(*LONG[name], strict=True))


def test_the_vector_of_whole_bytes_is_read() -> None:
    """The draft's list of a million slots of 8 bits has each status but 0 once."""
    statuses = unpack(*published("status_list_encoding8_json.md"))
    assert len(statuses) == 1 << 20
    assert sorted(statuses.replace(b"\0", b"")) == list(range(1, 256))


@given(st.sampled_from([1, 2, 4, 8]), st.data())
def test_what_is_packed_is_unpacked_again(bits: int, data: st.DataObject) -> None:
    """Packing and unpacking are inverse for every width."""
    packed = data.draw(st.binary(max_size=40))
    statuses = unpack(compress(packed), bits)
    assert pack(statuses, bits) == packed


@given(st.lists(st.integers(0, 3), min_size=4, max_size=64).filter(lambda slots: len(slots) % 4 == 0))
def test_a_slot_is_found_where_it_was_put(slots: list[int]) -> None:
    """Looking one slot up agrees with reading them all."""
    listed = tokens.status_list(bytes(slots))
    assert [listed.status(place) for place in range(len(slots))] == slots


@pytest.mark.parametrize("idx", [-1, 4, 1 << 24, 1 << 60])
def test_a_slot_outside_the_list_is_refused(idx: int) -> None:
    """No status is invented for a slot that the list does not have."""
    with pytest.raises(Refusal) as caught:
        LISTED.status(idx)
    assert caught.value.reason is Reason.STATUS_INDEX


@pytest.mark.parametrize(
    ("statuses", "bits"),
    [(b"\x04\0\0\0", 2), (b"\xff" * 4, 2), (b"\x02" * 8, 1), (bytes(3), 2), (bytes(4), 3), (bytes(4), 0), (b"", 16)],
)
def test_what_does_not_fit_is_not_packed(statuses: bytes, bits: int) -> None:
    """A status too large for its slot, a slot that nobody set and a width outside the draft are refused."""
    with pytest.raises(Refusal) as caught:
        pack(statuses, bits)
    assert caught.value.reason is Reason.STATUS_FORM


@pytest.mark.parametrize("bits", [-1, 0, 3, 5, 16])
def test_a_width_outside_the_draft_is_not_read(bits: int) -> None:
    """The draft allows 1, 2, 4 and 8 bits."""
    with pytest.raises(Refusal) as caught:
        unpack("eNrbuRgAAhcBXQ", bits)
    assert caught.value.reason is Reason.STATUS_FORM


@pytest.mark.parametrize(
    ("title", "stream"),
    [
        ("nothing", b""),
        ("no zlib", b"status list"),
        ("raw deflate", zlib.compress(bytes(8), wbits=-15)),
        ("gzip", zlib.compress(bytes(8), wbits=31)),
        ("cut short", zlib.compress(bytes(8))[:-1]),
        ("checksum wrong", zlib.compress(bytes(8))[:-1] + b"\xff"),
        ("bytes behind", zlib.compress(bytes(8)) + b"\0"),
        ("second stream behind", zlib.compress(bytes(8)) * 2),
        ("one byte too many inside", zlib.compress(bytes(MAX_PACKED + 1))),
        ("bomb", zlib.compress(bytes(200 << 20), 9)),
    ],
)
def test_a_stream_with_one_fault_is_refused(title: str, stream: bytes) -> None:
    """Exactly one complete zlib stream of bounded size is a list."""
    assert lst_reason(stream) is Reason.STATUS_FORM, title


def test_a_bomb_is_stopped_at_the_bound() -> None:
    """However large the content would be, little more than a full list is ever in memory."""
    bomb = zlib.compress(bytes(200 << 20), 9)
    tracemalloc.start()
    try:
        lst_reason(bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * MAX_PACKED
