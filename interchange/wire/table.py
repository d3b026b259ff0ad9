"""Tables that people fill in: CSV files (RFC 4180) out of spreadsheets, read strictly and written safely.

The file as a whole is refused where its shape is in doubt. What is wrong with a single row or cell is a `Fault`, a
value with line and column, so that whoever mends the file sees all of it at once. Cells hold personal data, therefore
no cell's content stands in a refusal, in a fault or in what is printed of an object.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar
from unicodedata import category

from interchange.errors import Reason, Refusal, refuse

LONGEST_CELL: Final = 200
"""Characters, after outer spaces are gone."""

LARGEST_TABLE: Final = 10 * 1024 * 1024
"""Bytes, unless the caller says otherwise; ten thousand rows of a roster have one million."""

TWINS: Final[Mapping[int, int]] = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
"""Full-width characters that are read as their ASCII twins: U+FF01 to U+FF5E as `!` to `~`, U+3000 as the space."""

_FORMULA: Final = frozenset("=+-@\t\r")
_OUTER_SPACES: Final = " \u3000"
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_MOST_COLUMNS: Final = 64
_SHOWN_NAME: Final = 32
_SHOWN_NAMES: Final = 8

# Possessive, so that neither a quotation that never ends nor one full of quotes costs more than one pass.
_CELL = re.compile(r'(?:"([^"]*+(?:""[^"]*+)*+)"|([^",\r\n]*+))(,|\r?\n|\Z)')
_EMPTY_LINES = re.compile(r"(?:\r?\n)++")
# What Python makes of single bytes that CP932 leaves undefined.
_NOT_CP932 = re.compile("[\x80-\x9f\uf8f0-\uf8f3]")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell, or with a whole row.

    Attributes:
        line: line of the file on which the row begins, counting from 1; the head usually has line 1.
        column: the column's name; empty if the row has too many or too few cells.
        reason: a row of the table of reasons.
    """

    line: int
    column: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Row:
    """One row; of a cell with a fault only the fault is there.

    Attributes:
        line: line of the file on which it begins.
        cells: folded copies by column: outer spaces gone, full-width characters (`TWINS`) read as ASCII.
        kept: the same cells as they were given, of which only the outer spaces (U+0020, U+3000) are gone.
        faults: at most one a cell.
    """

    line: int
    cells: Mapping[str, str] = field(repr=False)
    kept: Mapping[str, str] = field(repr=False)
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, in its order; empty lines and rows without any content are left out."""

    rows: tuple[Row, ...] = field(repr=False)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All faults of all rows."""
        return tuple(fault for row in self.rows for fault in row.faults)


class Reading:
    """One pass over the cells of a row, which gathers what is wrong with them.

    Attributes:
        row: what is read.
        faults: those of the row and those found since.
    """

    __slots__ = ("faults", "row")

    def __init__(self, row: Row) -> None:
        """Begin with the faults that the row has already."""
        self.row = row
        self.faults = list(row.faults)

    def cell(self, column: str, read: Callable[[str], T], *, kept: bool = False) -> T | None:
        """Read a cell with a function that refuses what it cannot read.

        Args:
            column: a known column.
            read: takes the folded copy.
            kept: let it take the cell as it was given instead.

        Returns:
            What was read; None if the cell has a fault, which is then among `faults`.
        """
        text = (self.row.kept if kept else self.row.cells).get(column)
        if text is None:
            return None
        try:
            return read(text)
        except Refusal as refusal:
            self.fault(column, refusal.reason)
            return None

    def fault(self, column: str, reason: Reason) -> None:
        """Note what is wrong with a cell."""
        self.faults.append(Fault(self.row.line, column, reason))


def read_table(
    content: bytes,
    known: Sequence[str],
    required: Sequence[str] | None = None,
    *,
    most_rows: int,
    most_bytes: int = LARGEST_TABLE,
) -> Table:
    """Read a table.

    Args:
        content: CSV (RFC 4180) with a head; lines end in CRLF or LF; UTF-8 with or without byte order mark, else CP932.
        known: names of the columns that there may be, in any order.
        required: those that there must be; all known ones, unless said otherwise. Cells of the others are empty.
        most_rows: rows with content, the head not counted.
        most_bytes: of the file.

    Returns:
        All rows. A cell's fault is CELL_TOO_LONG; CELL_FORMULA if its folded copy begins with `=`, `+`, `-`, `@`, tab
        or CR; FIELD_FORM for control and invisible characters, line ends among them, and for U+FFFD. A row's is
        FIELD_FORM.

    Raises:
        Refusal: FILE_ENCODING; ROSTER_TOO_LONG; COLUMN_MISSING and COLUMN_UNKNOWN with the names; FIELD_FORM with the
            line if it is not CSV, or with the name of a column that occurs twice.
    """
    if len(content) > most_bytes:
        raise refuse(Reason.ROSTER_TOO_LONG, f"more than {most_bytes} bytes")
    records = _records(_decoded(content))
    _, names = next(records, (1, []))
    head = [_folded(name) for name in names]
    _check_head(head, known, known if required is None else required)
    absent = dict.fromkeys((name for name in known if name not in head), "")
    rows: list[Row] = []
    for line, cells in records:
        if len(rows) == most_rows:
            raise refuse(Reason.ROSTER_TOO_LONG, f"more than {most_rows} rows")
        rows.append(_row(line, head, cells, absent))
    return Table(tuple(rows))


def write_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write a table that a spreadsheet opens as text.

    A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, tab or CR as a formula, which can send the other
    cells elsewhere (CSV injection). What stands in a cell may come from a stranger, so such a cell gets a leading
    apostrophe; likewise behind spaces, and with the full-width twins, which some spreadsheets take for the same.

    Returns:
        RFC 4180 in UTF-8, CRLF at the end of each line; the byte order mark is there because spreadsheets take a file
        without one for their own encoding.

    Raises:
        Refusal: FIELD_FORM for a row with another number of cells than the head, and for what has no form in UTF-8.
    """
    lines = [",".join(map(_quoted, head))]
    for row in rows:
        if len(row) != len(head):
            raise refuse(Reason.FIELD_FORM, "number of cells")
        lines.append(",".join(map(_quoted, row)))
    try:
        return "".join(f"{line}\r\n" for line in lines).encode("utf-8-sig")
    except UnicodeEncodeError:  # a lone surrogate
        raise refuse(Reason.FIELD_FORM, "cell") from None


def _decoded(content: bytes) -> str:
    if b"\0" in content:  # UTF-16 too: its commas have one
        raise refuse(Reason.FILE_ENCODING)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if content.startswith(b"\xef\xbb\xbf") or _is_damaged_utf_8(content):
            raise refuse(Reason.FILE_ENCODING) from None
    try:
        text = content.decode("cp932")
    except UnicodeDecodeError:
        raise refuse(Reason.FILE_ENCODING) from None
    if _NOT_CP932.search(text):
        raise refuse(Reason.FILE_ENCODING)
    return text


def _is_damaged_utf_8(content: bytes) -> bool:
    # One bad byte would turn all names of a file in UTF-8 into other characters, for nearly all bytes mean something
    # in CP932. In a file that is in CP932 most bytes beyond ASCII mean nothing in UTF-8.
    text = content.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return len(text) - len(text.encode("ascii", "ignore")) > 2 * bad


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Cut a text into records with any content, each with the line on which it begins."""
    place, line = 0, 1
    while place < len(text):
        if empty := _EMPTY_LINES.match(text, place):
            place, line = empty.end(), line + empty[0].count("\n")
            continue
        begin, end, filled = line, ",", False
        cells: list[str] = []
        while end == ",":
            match = _CELL.match(text, place)
            if match is None:
                raise refuse(Reason.FIELD_FORM, f"line {begin}: not CSV")
            quoted, plain, end = match.groups()
            if quoted is not None:
                line += quoted.count("\n")
                plain = quoted.replace('""', '"')
            filled = filled or bool(plain.strip(_OUTER_SPACES))
            if len(cells) <= _MOST_COLUMNS:  # one more than there may be tells as much as a million more
                cells.append(plain)
            place = match.end()
        line += 1
        if filled:
            yield begin, cells


def _check_head(head: Sequence[str], known: Sequence[str], required: Sequence[str]) -> None:
    # A file without a head has somebody's data in its first line. So the names that were expected come first, and
    # names out of the file are shown only where the others are there.
    missing = [name for name in required if name not in head]
    if not missing and not set(head) & set(known):
        missing = list(known)
    if missing:
        raise refuse(Reason.COLUMN_MISSING, ", ".join(missing))
    unknown = [name for name in head if name not in known]
    if unknown:
        raise refuse(Reason.COLUMN_UNKNOWN, ", ".join(map(_shown, unknown[:_SHOWN_NAMES])))
    twice = [name for name in known if head.count(name) > 1]
    if twice:
        raise refuse(Reason.FIELD_FORM, f"twice: {', '.join(twice)}")


def _row(line: int, head: Sequence[str], given: Sequence[str], absent: Mapping[str, str]) -> Row:
    if len(given) != len(head):
        return Row(line, {}, {}, (Fault(line, "", Reason.FIELD_FORM),))
    cells, kept, faults = dict(absent), dict(absent), []
    for column, cell in zip(head, given, strict=True):
        folded = _folded(cell)
        if reason := _cell_fault(folded):
            faults.append(Fault(line, column, reason))
        else:
            cells[column] = folded
            kept[column] = cell.strip(_OUTER_SPACES)
    return Row(line, cells, kept, tuple(faults))


def _folded(cell: str) -> str:
    return (cell if cell.isascii() else cell.translate(TWINS)).strip(" ")


def _cell_fault(cell: str) -> Reason | None:
    if len(cell) > LONGEST_CELL:
        return Reason.CELL_TOO_LONG
    if cell[:1] in _FORMULA:
        return Reason.CELL_FORMULA
    if cell.isascii() and cell.isprintable():  # nearly all cells
        return None
    # U+FFFD is where an earlier program lost a character.
    lost = "\ufffd" in cell or any(category(character) in _INVISIBLE for character in cell)
    return Reason.FIELD_FORM if lost else None


def _quoted(cell: str) -> str:
    if _folded(cell)[:1] in _FORMULA:
        cell = f"'{cell}"
    if any(character in cell for character in ',"\r\n') or cell != cell.strip():
        return f'"{cell.replace(chr(34), chr(34) * 2)}"'
    return cell


def _shown(name: str) -> str:
    """Show a column's name on a terminal, whatever characters it has."""
    return "".join(one if one.isprintable() else "?" for one in name[:_SHOWN_NAME]) or "without a name"
