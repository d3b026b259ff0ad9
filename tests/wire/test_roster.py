"""A roster: every rule gives its fault with line and column, and the other rows are read."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.eras import Era
from interchange.domain.identity import Presented
from interchange.errors import Reason, Refusal
from interchange.wire.roster import MOST_ROSTER_ROWS, ROSTER_COLUMNS, Roster, RosterRow, read_roster
from interchange.wire.table import Fault, write_table

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
beside = pytest.mark.skipif(not DATA.is_dir(), reason="the example rosters do not lie beside this checkout")

ERAS = (Era("昭和", "S", date(1926, 12, 25)), Era("平成", "H", date(1989, 1, 8)), Era("令和", "R", date(2019, 5, 1)))
TODAY = date(2026, 4, 1)
FIRST, LAST = date(2026, 12, 1), date(2027, 6, 30)
ROW = {
    "passport_family": "ONO",
    "passport_given": "HANAKO",
    "birth_date": "1984-02-29",
    "document_number": "TZ0000001",
    "employer": "LAB-1",
    "from": "2026-12-01",
    "to": "2027-06-30",
}
ONO = RosterRow(2, Presented("ONO", "HANAKO", date(1984, 2, 29), "TZ0000001"), "LAB-1", FIRST, LAST)


def roster(*rows: dict[str, str]) -> Roster:
    """Read a roster of the usual row with other cells in it; cells go out as they are, formulas too."""
    lines = [ROSTER_COLUMNS, *[tuple((ROW | row).values()) for row in rows]]
    content = "".join(",".join('"{}"'.format(cell.replace('"', '""')) for cell in line) + "\r\n" for line in lines)
    return read_roster(content.encode(), ERAS, TODAY)


def wide(text: str) -> str:
    """Write ASCII in full-width characters."""
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


def test_row_is_read() -> None:
    """All seven cells have their place."""
    assert roster({}) == Roster((ONO,), ())


def test_columns_may_stand_in_any_order() -> None:
    """What a cell is, its column says."""
    content = write_table(list(ROW)[::-1], [list(ROW.values())[::-1]])
    assert read_roster(content, ERAS, TODAY).rows == (ONO,)


@pytest.mark.parametrize("column", ROSTER_COLUMNS)
def test_every_column_is_required(column: str) -> None:
    """None is guessed from the others."""
    head = [name for name in ROSTER_COLUMNS if name != column]
    with pytest.raises(Refusal) as caught:
        read_roster(write_table(head, []), ERAS, TODAY)
    assert (caught.value.reason, caught.value.where) == (Reason.COLUMN_MISSING, column)


def test_other_column_is_refused() -> None:
    """Nobody sends a node more about a person than it reads."""
    with pytest.raises(Refusal) as caught:
        read_roster(write_table([*ROSTER_COLUMNS, "remarks"], []), ERAS, TODAY)
    assert (caught.value.reason, caught.value.where) == (Reason.COLUMN_UNKNOWN, "remarks")


@pytest.mark.parametrize(("more", "reason"), [(0, None), (1, Reason.ROSTER_TOO_LONG)])
def test_roster_has_its_most_rows(more: int, reason: Reason | None) -> None:
    """Ten thousand rows are read, and not one more."""
    content = write_table(ROSTER_COLUMNS, [["x"] * len(ROSTER_COLUMNS)] * (MOST_ROSTER_ROWS + more))
    found = None
    try:
        read_roster(content, ERAS, TODAY)
    except Refusal as refusal:
        found = refusal.reason
    assert found is reason


@pytest.mark.parametrize(
    ("title", "cells", "expected"),
    [
        ("era", {"birth_date": "昭和59年2月29日"}, ONO.presented),
        ("era in wide digits", {"birth_date": f"昭和{wide('59')}年{wide('2')}月{wide('29')}日"}, ONO.presented),
        ("wide letters", {"passport_family": wide("ONO")}, ONO.presented),
        ("wide digits", {"document_number": f"TZ{wide('0000001')}"}, ONO.presented),
        ("small letters", {"passport_family": "Ono", "passport_given": wide("hanako")}, ONO.presented),
        ("small letters of a number", {"document_number": "tz0000001"}, ONO.presented),
        ("spaces around", {"passport_family": " ONO\u3000"}, ONO.presented),
        ("one name", {"passport_given": ""}, Presented("ONO", "", date(1984, 2, 29), "TZ0000001")),
        (
            "marks in a name",
            {"passport_family": "O'BRIEN-DE LA CRUZ"},
            Presented("O'BRIEN-DE LA CRUZ", "HANAKO", date(1984, 2, 29), "TZ0000001"),
        ),
        ("born yesterday", {"birth_date": "2026-03-31"}, Presented("ONO", "HANAKO", date(2026, 3, 31), "TZ0000001")),
    ],
)
def test_person_is_read_as_the_passport_says(title: str, cells: dict[str, str], expected: Presented) -> None:
    """However people typed it, the look-up is by the passport's capitals."""
    read = roster(cells)
    assert ([row.presented for row in read.rows], read.faults) == ([expected], ()), title


@pytest.mark.parametrize(
    ("title", "cells", "column", "reason"),
    [
        ("month or day first", {"birth_date": "01/02/1980"}, "birth_date", Reason.DATE_AMBIGUOUS),
        ("ambiguous first day", {"from": "1/12/2026"}, "from", Reason.DATE_AMBIGUOUS),
        ("ambiguous last day", {"to": "30-06-27"}, "to", Reason.DATE_AMBIGUOUS),
        ("half-width family name", {"passport_family": "ｵｵﾉ"}, "passport_family", Reason.CELL_SCRIPT),
        ("half-width given name", {"passport_given": "ﾊﾅｺ"}, "passport_given", Reason.CELL_SCRIPT),
        ("half-width mark among letters", {"passport_given": "HANAｰKO"}, "passport_given", Reason.CELL_SCRIPT),
        ("half-width number", {"document_number": "ﾃ1"}, "document_number", Reason.CELL_SCRIPT),
        ("katakana", {"passport_family": "オオノ"}, "passport_family", Reason.FIELD_FORM),
        ("kanji", {"passport_given": "花子"}, "passport_given", Reason.FIELD_FORM),
        ("letter with a mark", {"passport_family": "ŌNO"}, "passport_family", Reason.FIELD_FORM),
        ("letter whose capital is two", {"passport_family": "WEIß"}, "passport_family", Reason.FIELD_FORM),
        ("letter whose capital is ASCII", {"passport_family": "\u0131NAN"}, "passport_family", Reason.FIELD_FORM),
        ("digit in a name", {"passport_family": "ONO2"}, "passport_family", Reason.FIELD_FORM),
        ("name that no passport holds", {"passport_family": "A" * 82}, "passport_family", Reason.FIELD_FORM),
        ("hyphen in a number", {"document_number": "TZ-1"}, "document_number", Reason.FIELD_FORM),
        ("employer with a space", {"employer": "LAB 1"}, "employer", Reason.FIELD_FORM),
        ("employer in kana", {"employer": "ﾗﾎﾞ"}, "employer", Reason.FIELD_FORM),
        ("long employer", {"employer": "L" * 65}, "employer", Reason.FIELD_FORM),
        ("no day at all", {"from": "soon"}, "from", Reason.FIELD_FORM),
        ("formula", {"passport_family": "=HYPERLINK(1)"}, "passport_family", Reason.CELL_FORMULA),
        ("wide formula", {"employer": wide("@SUM")}, "employer", Reason.CELL_FORMULA),
        ("long cell", {"passport_given": "X" * 201}, "passport_given", Reason.CELL_TOO_LONG),
        ("line end in a cell", {"passport_given": "HANA\nKO"}, "passport_given", Reason.FIELD_FORM),
        *[
            (f"no {column}", {column: " "}, column, Reason.FIELD_MISSING)
            for column in ROSTER_COLUMNS
            if column != "passport_given"
        ],
        ("no such day", {"birth_date": "2031-02-30"}, "birth_date", Reason.DATE_ABSURD),
        ("day outside its era", {"birth_date": "昭和64年1月8日"}, "birth_date", Reason.DATE_ABSURD),
        ("born today", {"birth_date": "2026-04-01"}, "birth_date", Reason.DATE_ABSURD),
        ("born in the future", {"birth_date": "2031-02-28"}, "birth_date", Reason.DATE_ABSURD),
        ("born too long ago", {"birth_date": "1899-12-31"}, "birth_date", Reason.DATE_ABSURD),
        ("first day too early", {"from": "1999-12-31"}, "from", Reason.DATE_ABSURD),
        ("last day too late", {"to": "2101-01-01"}, "to", Reason.DATE_ABSURD),
        ("last day before the first", {"to": "2026-11-30"}, "to", Reason.DAYS_ORDER),
    ],
)
def test_rule_gives_its_fault(title: str, cells: dict[str, str], column: str, reason: Reason) -> None:
    """The bad row is named by line, column and reason, and the good row before it is read."""
    assert roster({}, {"document_number": "TZ0000002"} | cells) == Roster((ONO,), (Fault(3, column, reason),)), title


def test_one_day_is_a_time() -> None:
    """Who takes part on one day begins and ends on it."""
    assert roster({"to": "2026-12-01"}).faults == ()


def test_row_has_all_its_faults_in_the_order_of_the_columns() -> None:
    """Whoever mends the file mends a row once, also where columns stand in another order."""
    cells = ROW | {"to": "2026-01-01", "employer": "", "passport_given": "=1", "passport_family": "", "birth_date": "x"}
    read = read_roster(
        "\n".join(",".join(line) for line in ([*cells][::-1], [*cells.values()][::-1])).encode(), ERAS, TODAY
    )
    assert [(fault.column, fault.reason) for fault in read.faults] == [
        ("passport_family", Reason.FIELD_MISSING),
        ("passport_given", Reason.CELL_FORMULA),
        ("birth_date", Reason.FIELD_FORM),
        ("employer", Reason.FIELD_MISSING),
        ("to", Reason.DAYS_ORDER),
    ]


def test_row_with_a_wrong_number_of_cells_has_one_fault() -> None:
    """Nothing more is said of cells whose column nobody knows."""
    content = write_table(ROSTER_COLUMNS, [list(ROW.values())]) + b"ONO,HANAKO\r\n"
    assert read_roster(content, ERAS, TODAY) == Roster((ONO,), (Fault(3, "", Reason.FIELD_FORM),))


@pytest.mark.parametrize(
    ("title", "cells", "lines"),
    [
        ("the same row thrice", [{}, {}, {}], [3, 4]),
        ("another employer and other days", [{}, {"employer": "LAB-2", "to": "2027-01-01"}], [3]),
        ("written otherwise", [{}, {"passport_family": wide("ono"), "birth_date": "S59.2.29"}], [3]),
        ("more spaces within", [{"passport_given": "HANA KO"}, {"passport_given": "HANA  KO"}], [3]),
        ("another number", [{}, {"document_number": "TZ0000002"}], []),
        ("another birth date", [{}, {"birth_date": "1984-02-28"}], []),
        ("another name", [{}, {"passport_given": ""}], []),
    ],
)
def test_person_stands_in_a_roster_once(title: str, cells: list[dict[str, str]], lines: list[int]) -> None:
    """Each later row about the same person is a fault; the first counts."""
    read = roster(*cells)
    assert read.faults == tuple(Fault(line, "document_number", Reason.ROW_DUPLICATE) for line in lines), title
    assert len(read.rows) == len(cells) - len(lines)


def test_row_with_another_fault_counts_as_the_first() -> None:
    """Which of two rows is right, whoever mends the file decides."""
    read = roster({"employer": ""}, {})
    assert [(fault.line, fault.reason) for fault in read.faults] == [
        (2, Reason.FIELD_MISSING),
        (3, Reason.ROW_DUPLICATE),
    ]


def test_roster_shows_no_content() -> None:
    """What is printed of a roster can be logged."""
    shown = repr(roster({}, {"passport_family": "=TANAKA"}, {"birth_date": "1/2/1980"}, {}))
    assert [value for value in (*ROW.values(), "TANAKA", "1980", "1984", "2026") if value in shown] == []


@given(st.binary() | st.binary().map(lambda data: (",".join(ROSTER_COLUMNS) + "\n").encode() + data))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Whatever lies in a file, nothing but a Refusal is raised."""
    with suppress(Refusal):
        read_roster(content, ERAS, TODAY)


@given(
    st.lists(st.fixed_dictionaries({column: st.sampled_from([value, ""]) | st.text() for column, value in ROW.items()}))
)
def test_every_row_is_read_or_has_a_fault(rows: list[dict[str, str]]) -> None:
    """No row is lost, whatever stands in its cells, and none has both."""
    with suppress(Refusal, UnicodeEncodeError):
        read = roster(*rows)
        good, bad = {row.line for row in read.rows}, {fault.line for fault in read.faults}
        filled = [row for row in rows if any(cell.strip(" \u3000") for cell in row.values())]
        assert (len(good | bad), good & bad) == (len(filled), set())


@beside
def test_clean_roster_is_read_without_a_fault() -> None:
    """Two dozen people, with employers and days."""
    read = read_roster((DATA / "roster-clean.csv").read_bytes(), ERAS, TODAY)
    assert (len(read.rows), read.faults) == (24, ())


@beside
def test_messy_roster_has_a_verdict_for_every_row() -> None:
    """A roster as it comes in: CP932, and a fault in every other row."""
    read = read_roster((DATA / "roster-messy-cp932.csv").read_bytes(), ERAS, TODAY)
    assert [row.line for row in read.rows] == [2, 4, 7, 13]
    assert [row.presented.document_number for row in read.rows[:2]] == ["TS2707825", "TS3046139"]
    assert read.rows[0].presented.birth_date == date(1984, 2, 29)
    assert read.faults == (
        Fault(3, "birth_date", Reason.DATE_AMBIGUOUS),
        Fault(5, "passport_family", Reason.CELL_FORMULA),
        Fault(6, "passport_family", Reason.CELL_SCRIPT),
        Fault(8, "document_number", Reason.ROW_DUPLICATE),
        Fault(9, "document_number", Reason.FIELD_MISSING),
        Fault(10, "to", Reason.DAYS_ORDER),
        Fault(11, "birth_date", Reason.DATE_ABSURD),
        Fault(12, "passport_given", Reason.CELL_TOO_LONG),
    )
