"""Tables for spreadsheets: what is written runs nothing when it is opened, and is read back as it was."""

import csv
from contextlib import suppress
from io import StringIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interchange.errors import Reason, Refusal
from interchange.wire.table import LONGEST_CELL, TWINS, read_table, write_table

COLUMNS = ("one", "two")

# What a cell can hold that comes back as it went out: nothing that is folded, stripped or a fault.
_plain = st.text(
    st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters=["\ufffd", *map(chr, TWINS)]),
    max_size=LONGEST_CELL,
)
cells = _plain.map(str.strip).filter(lambda cell: cell[:1] not in set("=+-@"))
rows = st.lists(st.tuples(cells, cells).filter(any), max_size=8)


def wide(text: str) -> str:
    """Write ASCII in full-width characters."""
    return text.translate({twin: code for code, twin in TWINS.items()})


def test_table_is_written_for_spreadsheets() -> None:
    """Byte order mark, CRLF, and quotation marks only where they are needed."""
    content = write_table(COLUMNS, [("大野", "a,b"), ('a"b', " c"), ("d\ne", "")])
    assert content == '\ufeffone,two\r\n大野,"a,b"\r\n"a""b"," c"\r\n"d\ne",\r\n'.encode()


@pytest.mark.parametrize(
    ("title", "cell", "expected"),
    [
        *[(f"formula with {first!r}", f"{first}1", f"'{first}1") for first in "=+-@\t\r"],
        *[(f"formula with wide {first}", wide(first) + "1", f"'{wide(first)}1") for first in "=+-@"],
        ("formula behind spaces", " =1", "' =1"),
        ("formula and comma", "=A(1,2)", "'=A(1,2)"),
        ("formula characters within", "a=b+c-d@e", "a=b+c-d@e"),
        ("nothing", "", ""),
    ],
)
def test_formula_is_written_as_text(title: str, cell: str, expected: str) -> None:
    """A spreadsheet that opens the file runs nothing."""
    (_, row) = csv.reader(StringIO(write_table(COLUMNS, [(cell, "x")]).decode("utf-8-sig"), newline=""), strict=True)
    assert row == [expected, "x"], title


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
@example([("\t=1", '"=1')])
def test_no_written_cell_begins_as_a_formula(texts: list[tuple[str, str]]) -> None:
    """Whatever stands in the cells, by any reader of CSV; taking the apostrophe away gives them back."""
    with suppress(Refusal):
        content = write_table(COLUMNS, texts).decode("utf-8-sig")
        read = list(csv.reader(StringIO(content, newline=""), strict=True))[1:]
        assert not [cell for row in read for cell in row if cell[:1] in set("=+-@\t\r")]
        assert all(
            cell in {text, f"'{text}"}
            for row, back in zip(texts, read, strict=True)
            for text, cell in zip(row, back, strict=True)
        )


@pytest.mark.parametrize("row", [("a",), ("a", "b", "c"), ("\ud800", "b")], ids=["short", "long", "lone surrogate"])
def test_row_that_cannot_be_written_is_refused(row: tuple[str, ...]) -> None:
    """No file is written that could not be read."""
    with pytest.raises(Refusal) as caught:
        write_table(COLUMNS, [row])
    assert caught.value.reason is Reason.FIELD_FORM


@given(rows)
def test_what_was_written_is_read_back(written: list[tuple[str, str]]) -> None:
    """Cells that are no formulas and need no folding come back as they were."""
    read = read_table(write_table(COLUMNS, written), COLUMNS, most_rows=8)
    assert [tuple(row.cells[column] for column in COLUMNS) for row in read.rows] == written
    assert read.faults == ()
