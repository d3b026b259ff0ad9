"""Tables that people fill in: every byte accounted for, every fault named by its place, no content shown."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interchange.errors import Reason, Refusal
from interchange.wire.table import TWINS, Fault, Reading, Row, Table, read_table

COLUMNS = ("one", "two")
SECRET = "YAMAZAKI"


def wide(text: str) -> str:
    """Write ASCII in full-width characters."""
    twins = {twin: code for code, twin in TWINS.items()}
    return text.translate(twins)


def table(content: bytes | str, *, most_rows: int = 100) -> Table:
    """Read a table of two columns."""
    return read_table(content.encode() if isinstance(content, str) else content, COLUMNS, most_rows=most_rows)


def contents(content: bytes | str) -> list[tuple[str, ...]]:
    """Read a table without faults, and give its folded cells."""
    read = table(content)
    assert read.faults == ()
    return [tuple(row.cells[column] for column in COLUMNS) for row in read.rows]


def refused(content: bytes | str, *, most_rows: int = 100) -> tuple[Reason, str]:
    """Read a table that is refused, and give reason and place."""
    with pytest.raises(Refusal) as caught:
        table(content, most_rows=most_rows)
    return caught.value.reason, caught.value.where


def fault(cell: str) -> Reason | None:
    """Tell what is wrong with a cell of an otherwise good row, and see that the other cell is there."""
    quoted = cell.replace('"', '""')
    (row,) = table(f'one,two\n"{quoted}",fine\n').rows
    assert row.cells["two"] == "fine"
    return row.faults[0].reason if row.faults else None


@pytest.mark.parametrize(
    ("title", "content", "expected"),
    [
        ("end of file instead of a line's end", "one,two\na,b", [("a", "b")]),
        ("mixed line ends", "one,two\r\na,b\nc,d\r\n", [("a", "b"), ("c", "d")]),
        ("no row", "one,two\n", []),
        ("only a head without its end", "one,two", []),
        ("columns in another order", "two,one\nb,a\n", [("a", "b")]),
        ("quotation", 'one,two\n"a,b","c"\n', [("a,b", "c")]),
        ("quotation in a quotation", 'one,two\n"a ""b""",""""\n', [('a "b"', '"')]),
        ("empty quotation", 'one,two\n"",b\n', [("", "b")]),
        ("last cell empty", "one,two\na,", [("a", "")]),
        ("empty lines", "\n\none,two\n\r\na,b\n\n\n", [("a", "b")]),
        ("rows without content", "one,two\n,\na,b\n , \n\u3000,\n,,,,\n", [("a", "b")]),
        ("spaces around", "one,two\n a  , b c \n", [("a", "b c")]),
        ("wide spaces around", "one,two\n\u3000a\u3000 ,b\u3000c\n", [("a", "b c")]),
        ("head with spaces and wide letters", f" {wide('one')} ,two\na,b\n", [("a", "b")]),
    ],
)
def test_table_is_read(title: str, content: str, expected: list[tuple[str, str]]) -> None:
    """What RFC 4180 allows, and what spreadsheets leave behind."""
    assert contents(content) == expected, title


def test_wide_characters_are_read_as_ascii() -> None:
    """All printable ASCII has full-width twins, and no other character is folded."""
    ascii_ = "".join(map(chr, range(0x21, 0x7F)))
    others = "ｱｶﾞ、。「」・ー〜ガがﾟ①㈱\ufa19\u2212"
    assert contents(f"one,two\nx{wide(ascii_).replace(wide(chr(34)), '')},{others}\n") == [
        (f"x{ascii_.replace(chr(34), '')}", others)
    ]


def test_given_cell_is_kept_beside_its_copy() -> None:
    """Of what was given only the spaces around are gone."""
    (row,) = table(f"one,two\n \u3000{wide('a b')}\ufa19 ,b\n").rows
    assert (row.kept["one"], row.cells["one"]) == (f"{wide('a b')}\ufa19", "a b\ufa19")


@pytest.mark.parametrize(
    ("title", "content", "where"),
    [
        ("quotation that does not end", 'one,two\na,b\n"c,d\n', "line 3: not CSV"),
        ("text behind a quotation", 'one,two\n"a"b,c\n', "line 2: not CSV"),
        ("space before a quotation", 'one,two\n "a",c\n', "line 2: not CSV"),
        ("quote within a cell", 'one,two\na"b,c\n', "line 2: not CSV"),
        ("CR alone as a line's end", "one,two\ra,b\r", "line 1: not CSV"),
        ("line on which the bad row begins", 'one,two\n"a\n\nb",c\n"d\n\n"e\n', "line 5: not CSV"),
    ],
)
def test_file_that_is_no_csv_is_refused_by_its_line(title: str, content: str, where: str) -> None:
    """Where cells end is not guessed; from there on every cell could be another."""
    assert refused(content) == (Reason.FIELD_FORM, where), title


@pytest.mark.parametrize(
    ("title", "head", "expected"),
    [
        ("one missing", "one", (Reason.COLUMN_MISSING, "two")),
        ("all missing", SECRET, (Reason.COLUMN_MISSING, "one, two")),
        ("nothing at all", "", (Reason.COLUMN_MISSING, "one, two")),
        ("other case", "One,two", (Reason.COLUMN_MISSING, "one")),
        ("one too many", "one,two,備考", (Reason.COLUMN_UNKNOWN, "備考")),
        ("two too many", "one,b,two,c", (Reason.COLUMN_UNKNOWN, "b, c")),
        ("one without a name", "one,two,", (Reason.COLUMN_UNKNOWN, "without a name")),
        ("escape sequence", "one,two,\x1b[2J\u202e", (Reason.COLUMN_UNKNOWN, "?[2J?")),
        ("long name", "one,two," + "x" * 1000, (Reason.COLUMN_UNKNOWN, "x" * 32)),
        ("many", "one,two" + ",x" * 1000, (Reason.COLUMN_UNKNOWN, ", ".join("x" * 8))),
        ("one twice", "one,two,one", (Reason.FIELD_FORM, "twice: one")),
    ],
)
def test_wrong_column_is_named(title: str, head: str, expected: tuple[Reason, str]) -> None:
    """Whoever made the file learns what to mend, safely for the terminal."""
    assert refused(head + "\n") == expected, title


@pytest.mark.parametrize("required", [("one",), ()])
def test_file_without_a_head_shows_nothing_of_its_first_row(required: tuple[str, ...]) -> None:
    """Where no column is known, the first line is somebody's data; named is only what was expected."""
    with pytest.raises(Refusal) as caught:
        read_table(f"{SECRET},1984\n".encode(), COLUMNS, required, most_rows=1)
    assert (caught.value.reason, SECRET in str(caught.value)) == (Reason.COLUMN_MISSING, False)


def test_column_that_is_not_required_may_be_missing() -> None:
    """Its cells are empty then."""
    (row,) = read_table(b"two\nb\n", COLUMNS, ("two",), most_rows=1).rows
    assert (row.cells, row.kept) == ({"one": "", "two": "b"}, {"one": "", "two": "b"})


@pytest.mark.parametrize("extra", ["", "\n\n,\n"])
def test_as_many_rows_as_allowed_are_read(extra: str) -> None:
    """Empty lines are no rows."""
    assert len(table(f"one,two\na,b\nc,d\n{extra}", most_rows=2).rows) == 2


def test_more_rows_than_allowed_are_refused() -> None:
    """How many there are is not counted to the end."""
    assert refused("one,two\na,b\nc,d\n", most_rows=1) == (Reason.ROSTER_TOO_LONG, "more than 1 rows")


def test_more_bytes_than_allowed_are_refused() -> None:
    """They are not even decoded."""
    with pytest.raises(Refusal) as caught:
        read_table(b"one,two\n\xff", COLUMNS, most_rows=1, most_bytes=8)
    assert caught.value.reason is Reason.ROSTER_TOO_LONG


@pytest.mark.parametrize("row", ["a", "a,b,c", "a,b,", "," * 1000 + "x"])
def test_row_with_a_wrong_number_of_cells_is_a_fault(row: str) -> None:
    """Which cell is whose is not guessed, and the other rows are read."""
    read = table(f"one,two\n{row}\nc,d\n")
    assert read.faults == (Fault(2, "", Reason.FIELD_FORM),)
    assert [dict(row.cells) for row in read.rows] == [{}, {"one": "c", "two": "d"}]


def test_line_is_the_one_on_which_a_row_begins() -> None:
    """Lines within quotations and empty ones count as an editor counts them."""
    content = 'one,two\r\n"a\r\nb",c\r\n\r\n"d","e\n\nf"\ng,h\n'
    assert [row.line for row in table(content).rows] == [2, 5, 8]


@pytest.mark.parametrize(
    ("title", "cell", "expected"),
    [
        ("as long as may be", "x" * 200, None),
        ("as long as may be, in other characters", "字" * 200, None),
        ("one character longer", "x" * 201, Reason.CELL_TOO_LONG),
        ("long with spaces around", " " * 300 + "x" + "\u3000" * 300, None),
        ("long formula", "=" * 201, Reason.CELL_TOO_LONG),
        *[(f"formula with {first!r}", f"{first}1+1", Reason.CELL_FORMULA) for first in "=+-@\t\r"],
        *[(f"formula with wide {first}", wide(first) + "1", Reason.CELL_FORMULA) for first in "=+-@"],
        ("formula behind spaces", " \u3000=1", Reason.CELL_FORMULA),
        ("formula character within", "a=b+c-d@e", None),
        ("apostrophe before a formula", "'=1", None),
        ("line end", "a\nb", Reason.FIELD_FORM),
        ("line end first", "\na", Reason.FIELD_FORM),
        ("CR within", "a\rb", Reason.FIELD_FORM),
        ("tab within", "a\tb", Reason.FIELD_FORM),
        ("escape", "a\x1b[2J", Reason.FIELD_FORM),
        ("delete", "a\x7f", Reason.FIELD_FORM),
        ("control of the upper half", "a\x85", Reason.FIELD_FORM),
        ("space of no width", "a\u200bb", Reason.FIELD_FORM),
        ("byte order mark", "\ufeffa", Reason.FIELD_FORM),
        ("turned writing direction", "a\u202eb", Reason.FIELD_FORM),
        ("line separator", "a\u2028b", Reason.FIELD_FORM),
        ("private character", "\ue000", Reason.FIELD_FORM),
        ("noncharacter", "\ufffe", Reason.FIELD_FORM),
        ("character that was lost", "a\ufffdb", Reason.FIELD_FORM),
        ("variant of a character", "葛\U000e0100", None),
        ("quotation marks", 'a"b', None),
    ],
)
def test_cell_has_its_fault(title: str, cell: str, expected: Reason | None) -> None:
    """One reason a cell, the first that applies."""
    assert fault(cell) is expected, title


def test_faults_come_in_the_order_of_the_file() -> None:
    """A row with faults still has its other cells, and what has a fault is not there."""
    read = table(f"two,one\n=1,\x07\na,b\nc,{'x' * 201}\n")
    assert read.faults == (
        Fault(2, "two", Reason.CELL_FORMULA),
        Fault(2, "one", Reason.FIELD_FORM),
        Fault(4, "one", Reason.CELL_TOO_LONG),
    )
    assert [(dict(row.cells), dict(row.kept)) for row in read.rows][::2] == [({}, {}), ({"two": "c"}, {"two": "c"})]


def test_reading_gathers_what_cells_are_refused_for() -> None:
    """A cell that the table found a fault in is not read again."""
    (row,) = table(f"one,two\n=1,{wide('b')}\n").rows
    reading = Reading(row)

    def refuse_all(text: str) -> str:
        raise Refusal(Reason.CELL_SCRIPT, text)

    assert [reading.cell("one", refuse_all), reading.cell("two", refuse_all)] == [None, None]
    assert (reading.cell("two", str), reading.cell("two", str, kept=True)) == ("b", wide("b"))
    assert reading.faults == [Fault(2, "one", Reason.CELL_FORMULA), Fault(2, "two", Reason.CELL_SCRIPT)]


@pytest.mark.parametrize(
    "content",
    [f"one,two\n{SECRET},b\n", f"one,two\n{SECRET}\n", f"one,two\n={SECRET},{SECRET}\x07\n"],
    ids=["good row", "short row", "bad cells"],
)
def test_objects_show_no_content(content: str) -> None:
    """What is printed of a table, a row or a fault can be logged."""
    read = table(content)
    shown = repr(read) + repr(read.rows) + repr(read.faults)
    assert (SECRET in shown, repr(Row(2, {"one": SECRET}, {}))) == (False, "Row(line=2, faults=())")


@pytest.mark.parametrize(
    "content",
    [f'one,two\n{SECRET},"b\n', f"one,two\n{SECRET},{SECRET}\n" * 2, f"one,two\n{SECRET},\0\n"],
    ids=["no CSV", "too long", "no encoding"],
)
def test_refusals_show_no_content(content: str) -> None:
    """What is said of a file can be logged, too, and nothing hangs on it that could be."""
    with pytest.raises(Refusal) as caught:
        table(content, most_rows=1)
    assert (SECRET in repr(caught.value) + str(caught.value), caught.value.__cause__) == (False, None)


@given(st.binary() | st.binary().map(lambda data: b"one,two\n" + data))
@example(b"one,two\n" + b'"' * 100_001)
@example(b"one,two\n" + b"," * 100_000)
@example(b"one,two\n" + b"\xef\xbb\xbf" * 3)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Whatever lies in a file, nothing but a Refusal is raised."""
    with suppress(Refusal):
        table(content)


@given(st.text().map(lambda text: text.replace("\0", "")))
def test_any_text_in_quotation_marks_is_one_cell(text: str) -> None:
    """Each row has its two cells, or a fault for each that it lacks."""
    quoted = text.replace('"', '""')
    with suppress(UnicodeEncodeError):
        (row,) = table(f'one,two\n"{quoted}",x\n').rows
        assert len(row.cells) + len(row.faults) == 2
