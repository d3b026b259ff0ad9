"""The encodings of tables: UTF-8, CP932, or a refusal; no character is ever guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.errors import Reason, Refusal
from interchange.wire.table import Fault, Table, read_table, write_table

COLUMNS = ("one", "two")

surnames = [
    ("大野", "オオノ"),
    ("髙橋", "タカハシ"),
    ("齋藤", "サイトウ"),
    ("渡邉", "ワタナベ"),
    ("﨑山", "サキヤマ"),
    ("", "ﾏｲ"),
]


def table(content: bytes) -> Table:
    """Read a table of two columns."""
    return read_table(content, COLUMNS, most_rows=100)


def contents(content: bytes) -> list[tuple[str, ...]]:
    """Read a table without faults, and give its cells."""
    read = table(content)
    assert read.faults == ()
    return [tuple(row.cells[column] for column in COLUMNS) for row in read.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_table_is_read_in_the_encodings_of_spreadsheets(encoding: str, end: str) -> None:
    """表 and ソ end in a backslash in CP932; ① and ㈱ are of its extensions."""
    content = end.join(["one,two", "大野,表ソ", "①,㈱", ""]).encode(encoding)
    assert contents(content) == [("大野", "表ソ"), ("①", "㈱")]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("one,two\na,b\n".encode("utf-16"), id="UTF-16 with its mark"),
        pytest.param("one,two\n大,野\n".encode("utf-16-le"), id="UTF-16 without"),
        pytest.param(b"one,two\na\0,b\n", id="NUL"),
        pytest.param(b"one,two\n\xff\xfe,b\n", id="bytes of no encoding"),
        pytest.param(b"one,two\n\x81\n,b\n", id="half a character"),
        pytest.param(b"one,two\na,\xa0\n", id="byte that CP932 leaves undefined"),
        pytest.param(b"\xef\xbb\xbfone,two\n\x83\x5c,b\n", id="CP932 behind the mark of UTF-8"),
        pytest.param("one,two\n大野花子,b\n".encode() + b"\x81,c\n", id="UTF-8 with one bad byte"),
        pytest.param("one,two\n大野花子,山".encode()[:-1], id="UTF-8 cut off within a character"),
        pytest.param("one,two\n大野\ud800花子,b\n".encode("utf-8", "surrogatepass"), id="lone surrogate"),
    ],
)
def test_file_in_no_known_encoding_is_refused(content: bytes) -> None:
    """No character is guessed: a damaged file would otherwise turn every name into others."""
    with pytest.raises(Refusal) as caught:
        table(content)
    assert caught.value.reason is Reason.FILE_ENCODING


def test_character_of_a_users_own_is_a_fault_in_cp932() -> None:
    """What a machine's owner drew (外字) is another character elsewhere."""
    assert table(b"one,two\n\xf0\x40,b\n").faults == (Fault(2, "one", Reason.FIELD_FORM),)


@given(st.lists(st.sampled_from(surnames), max_size=8).map(lambda names: [*names, surnames[0]]))
def test_table_saved_in_cp932_is_read_as_what_it_was(written: list[tuple[str, str]]) -> None:
    """A spreadsheet that saves in its own encoding changes nothing, and 﨑山 alone would be a text in UTF-8 too."""
    content = write_table(COLUMNS, written).decode("utf-8-sig")
    assert contents(content.encode("cp932")) == written
