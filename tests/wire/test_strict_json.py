from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.errors import Reason, Refusal
from interchange.wire import strict_json

PLAIN_TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters='"\\'), max_size=8)
INTEGERS = st.integers(-strict_json.MAX_INTEGER, strict_json.MAX_INTEGER)


def trees(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Draw what strict JSON can hold, not too deep."""
    return st.recursive(
        st.none() | st.booleans() | INTEGERS | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=6,
    )


def reason(data: bytes, *, unicode: bool = False) -> Reason:
    """Tell why `data` is refused."""
    with pytest.raises(Refusal) as caught:
        strict_json.loads(data, unicode=unicode)
    return caught.value.reason


@pytest.mark.parametrize(
    ("title", "data", "expected"),
    [
        ("byte order mark", b"\xef\xbb\xbf{}", Reason.JSON_NOT_ASCII),
        ("UTF-16", '{"a":1}'.encode("utf-16-le"), Reason.JSON_NOT_ASCII),
        ("letter outside ASCII", '{"a":"é"}'.encode(), Reason.JSON_NOT_ASCII),
        ("escape", b'{"a":"\\u0041"}', Reason.JSON_NOT_ASCII),
        ("newline between members", b'{"a":1,\n"b":2}', Reason.JSON_NOT_ASCII),
        ("control character", b'{"a":"\x00"}', Reason.JSON_NOT_ASCII),
        ("delete character", b'{"a":"\x7f"}', Reason.JSON_NOT_ASCII),
        ("nothing", b"", Reason.JSON_INVALID),
        ("space before", b" {}", Reason.JSON_INVALID),
        ("space after", b"{} ", Reason.JSON_INVALID),
        ("second value", b"{}{}", Reason.JSON_INVALID),
        ("trailing comma", b'{"a":1,}', Reason.JSON_INVALID),
        ("comment", b'{"a":1/**/}', Reason.JSON_INVALID),
        ("single quotes", b"{'a':1}", Reason.JSON_INVALID),
        ("bare word", b"{a:1}", Reason.JSON_INVALID),
        ("leading zero", b'{"a":01}', Reason.JSON_INVALID),
        ("plus sign", b'{"a":+1}', Reason.JSON_INVALID),
        ("hexadecimal", b'{"a":0x1}', Reason.JSON_INVALID),
        ("open object", b'{"a":1', Reason.JSON_INVALID),
        ("open text", b'{"a":"', Reason.JSON_INVALID),
        ("repeated key", b'{"a":1,"a":1}', Reason.JSON_DUPLICATE_KEY),
        ("repeated key further in", b'{"a":[{"b":1,"b":2}]}', Reason.JSON_DUPLICATE_KEY),
        ("NaN", b'{"a":NaN}', Reason.JSON_NUMBER),
        ("infinity", b'{"a":Infinity}', Reason.JSON_NUMBER),
        ("negative infinity", b'{"a":-Infinity}', Reason.JSON_NUMBER),
        ("fraction", b'{"a":1.0}', Reason.JSON_NUMBER),
        ("exponent", b'{"a":1e30}', Reason.JSON_NUMBER),
        ("minus zero", b'{"a":-0}', Reason.JSON_NUMBER),
        ("2^53", b'{"a":9007199254740992}', Reason.JSON_NUMBER),
        ("-2^53", b'{"a":-9007199254740992}', Reason.JSON_NUMBER),
        ("number of 5000 digits", b'{"a":' + b"9" * 5000 + b"}", Reason.JSON_NUMBER),
        ("nine levels of arrays", b"[" * 9 + b"]" * 9, Reason.JSON_DEPTH),
        ("nine levels, mixed", b'{"a":[' * 4 + b"{}" + b"]}" * 4, Reason.JSON_DEPTH),
        ("100,000 levels", b"[" * 100_000 + b"]" * 100_000, Reason.JSON_DEPTH),
    ],
)
def test_a_fault_of_plain_json_has_its_reason(title: str, data: bytes, expected: Reason) -> None:
    """What JSON parsers disagree about is refused, each fault with its own reason."""
    assert reason(data) is expected, title


@pytest.mark.parametrize(
    ("title", "data"),
    [
        ("byte order mark", b'\xef\xbb\xbf{"a":"b"}'),
        ("byte order mark inside a text", '{"a":"\ufeff"}'.encode()),
        ("bytes that are no UTF-8", b'{"a":"\xff"}'),
        ("surrogate as three bytes", b'{"a":"\xed\xa0\x80"}'),
        ("escaped surrogate", b'{"a":"\\ud800"}'),
        ("escaped letter", b'{"a":"\\u0041"}'),
        ("escaped newline", b'{"a":"\\n"}'),
        ("escape hidden behind an escaped backslash", b'{"a":"\\\\\\n"}'),
        ("control character of the second set", '{"a":"\x85"}'.encode()),
        ("reversed writing direction", '{"a":"\u202e"}'.encode()),
    ],
)
def test_a_fault_of_json_with_names_is_refused(title: str, data: bytes) -> None:
    """Names are UTF-8 as they stand: nothing unseen and nothing escaped is in them."""
    assert reason(data, unicode=True) is Reason.JSON_INVALID, title


@pytest.mark.parametrize("text", ["田中　太郎", "\ufa19", "O'Neill", 'Anna "Anni" K', "a\\b", "Ünal"])
def test_names_come_back_as_they_were_given(text: str) -> None:
    """No character of a name is normalised, replaced or lost."""
    assert strict_json.loads(strict_json.dumps({"name": text}, unicode=True), unicode=True) == {"name": text}


def test_eight_levels_are_read() -> None:
    """The bound on depth is eight, not less."""
    assert strict_json.loads(b"[" * 8 + b"]" * 8) == [[[[[[[[]]]]]]]]


def test_many_brackets_side_by_side_are_not_depth() -> None:
    """Depth is nesting: a wide array is read."""
    assert strict_json.loads(b"[" + b"[]," * 50 + b"[]]") == [[]] * 51


@given(trees(PLAIN_TEXT))
def test_what_is_written_is_read_again(value: object) -> None:
    """Writing and reading are inverse."""
    assert strict_json.loads(strict_json.dumps(value)) == value


@given(trees(st.text(max_size=8)))
def test_writer_with_names_writes_only_what_the_reader_takes(value: object) -> None:
    """The writer refuses what the reader would refuse."""
    data = None
    with suppress(Refusal):
        data = strict_json.dumps(value, unicode=True)
    assert data is None or strict_json.loads(data, unicode=True) == value


@pytest.mark.parametrize("text", ["é", "a\\b", 'a"b', "\n", "\ud800"])
def test_plain_writer_refuses_other_than_plain_text(text: str) -> None:
    """Nothing is signed that a strict reader would refuse."""
    with pytest.raises(Refusal):
        strict_json.dumps({"a": text})


def test_members_keep_the_order_in_which_they_were_put_in() -> None:
    """Callers decide the order, and nothing is added to it."""
    assert strict_json.dumps({"b": 1, "a": [True, None, "x"]}) == b'{"b":1,"a":[true,null,"x"]}'
