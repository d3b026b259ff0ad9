"""A register: names kept character by character, clearances whole or not at all, and nothing imported twice."""

from contextlib import suppress
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.assertion import UUID4
from interchange.domain.eras import Era
from interchange.domain.identity import Identity, Presented
from interchange.errors import Reason, Refusal
from interchange.wire.register import MOST_REGISTER_ROWS, REGISTER_COLUMNS, Grant, Register, RegisterRow, read_register
from interchange.wire.table import Fault, write_table

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
beside = pytest.mark.skipif(not DATA.is_dir(), reason="the example register does not lie beside this checkout")

ERAS = (Era("昭和", "S", date(1926, 12, 25)), Era("平成", "H", date(1989, 1, 8)), Era("令和", "R", date(2019, 5, 1)))
ROW = {
    "family_kanji": "大野",
    "given_kanji": "花子",
    "family_kana": "オオノ",
    "given_kana": "ハナコ",
    "passport_family": "ONO",
    "passport_given": "HANAKO",
    "birth_date": "1984-02-29",
    "document_number": "TZ0000001",
    "nationalities": "AAA;BBB",
    "employer": "LAB-1",
    "organ": "AAA/CAB",
    "level": "AAA/UPPER",
    "notified_on": "2025-06-10",
}
NO_GRANT = {"organ": "", "level": "", "notified_on": ""}
ONO = RegisterRow(
    2,
    Identity(
        "大野",
        "花子",
        "オオノ",
        "ハナコ",
        Presented("ONO", "HANAKO", date(1984, 2, 29), "TZ0000001"),
        ("AAA", "BBB"),
    ),
    "LAB-1",
    Grant("AAA/CAB", "AAA/UPPER", date(2025, 6, 10)),
)


def written(*rows: dict[str, str]) -> bytes:
    """Write a register of the usual row with other cells in it; cells go out as they are, formulas too."""
    lines = [REGISTER_COLUMNS, *[tuple((ROW | row).values()) for row in rows]]
    return "".join(
        ",".join('"{}"'.format(cell.replace('"', '""')) for cell in line) + "\r\n" for line in lines
    ).encode()


def register(*rows: dict[str, str]) -> Register:
    """Read such a register."""
    return read_register(written(*rows), ERAS)


def only(cells: dict[str, str]) -> RegisterRow:
    """Read a register of one good row."""
    read = register(cells)
    assert read.faults == ()
    return read.rows[0]


def wide(text: str) -> str:
    """Write ASCII in full-width characters."""
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


def test_row_is_read() -> None:
    """All thirteen cells have their place."""
    assert register({}).rows == (ONO,)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_register_is_read_in_the_encodings_of_spreadsheets(encoding: str) -> None:
    """The names are the same characters in each."""
    assert read_register(written({}).decode().encode(encoding), ERAS).rows == (ONO,)


def test_columns_may_stand_in_any_order() -> None:
    """What a cell is, its column says."""
    content = write_table(list(ROW)[::-1], [list(ROW.values())[::-1]])
    assert read_register(content, ERAS).rows == (ONO,)


@pytest.mark.parametrize("column", REGISTER_COLUMNS)
def test_every_column_is_required(column: str) -> None:
    """A register without a column is another one."""
    head = [name for name in REGISTER_COLUMNS if name != column]
    with pytest.raises(Refusal) as caught:
        read_register(write_table(head, []), ERAS)
    assert (caught.value.reason, caught.value.where) == (Reason.COLUMN_MISSING, column)


def test_other_column_is_refused() -> None:
    """What nobody reads of a person, nobody sends."""
    with pytest.raises(Refusal) as caught:
        read_register(write_table([*REGISTER_COLUMNS, "備考"], []), ERAS)
    assert (caught.value.reason, caught.value.where) == (Reason.COLUMN_UNKNOWN, "備考")


def test_register_has_its_most_rows() -> None:
    """More are refused as soon as they are seen."""
    content = (",".join(REGISTER_COLUMNS) + "\n").encode() + b"x\n" * (MOST_REGISTER_ROWS + 1)
    with pytest.raises(Refusal) as caught:
        read_register(content, ERAS)
    assert caught.value.reason is Reason.ROSTER_TOO_LONG


@pytest.mark.parametrize(
    ("title", "column", "name"),
    [
        ("compatibility character, which normalisation changes", "family_kanji", "\ufa19野"),
        ("compatibility character of CP932", "family_kanji", "山﨑"),
        ("ladder of 髙", "family_kanji", "髙橋"),
        ("variant of a character", "family_kanji", "葛\U000e0100城"),
        ("half-width kana", "family_kana", "ｵｵﾉ"),
        ("kana and mark apart", "given_kana", "ハ\u3099"),
        ("wide letters", "given_kanji", wide("HANA")),
        ("wide space within", "given_kanji", "花\u3000子"),
        ("accents", "given_kanji", "Zoë Ångström"),
        ("outer script", "given_kanji", "Ольга"),
        ("no given name", "given_kanji", ""),
        ("no kana of the family name", "family_kana", ""),
        ("no kana of the given name", "given_kana", ""),
    ],
)
def test_name_is_kept_as_given(title: str, column: str, name: str) -> None:
    """Nothing is folded, normalised or transliterated: it is how the person is called."""
    identity = only({column: f" \u3000{name}\u3000 "}).identity
    assert getattr(identity, column.removesuffix("_kanji")) == name, title


@pytest.mark.parametrize(
    ("title", "cells", "expected"),
    [
        ("era", {"birth_date": "昭和59年2月29日"}, ONO),
        ("wide digits", {"birth_date": wide("1984/2/29"), "notified_on": f"令和{wide('7')}年6月10日"}, ONO),
        ("wide number", {"document_number": wide("TZ0000001")}, ONO),
        ("wide codes", {"organ": wide("AAA/CAB"), "level": wide("AAA/UPPER"), "employer": wide("LAB-1")}, ONO),
        ("wide nationalities", {"nationalities": wide("AAA;BBB")}, ONO),
        ("nationalities with spaces", {"nationalities": " AAA ; BBB"}, ONO),
    ],
)
def test_codes_are_read_from_folded_copies(title: str, cells: dict[str, str], expected: RegisterRow) -> None:
    """Days, numbers and codes have one spelling, whatever keyboard they were typed on."""
    assert only(cells) == expected, title


def test_person_without_a_clearance_has_none() -> None:
    """A register also lists those whom no organ has granted anything."""
    assert only(NO_GRANT).grant is None


@pytest.mark.parametrize("given", ["organ", "level", "notified_on"])
def test_half_a_clearance_is_a_fault(given: str) -> None:
    """All three or none: each that is missing is named."""
    read = register(NO_GRANT | {given: ROW[given]})
    missing = [column for column in NO_GRANT if column != given]
    assert read.faults == tuple(Fault(2, column, Reason.FIELD_MISSING) for column in missing)


@pytest.mark.parametrize(
    ("title", "cells", "column", "reason"),
    [
        ("no family name", {"family_kanji": "\u3000"}, "family_kanji", Reason.FIELD_MISSING),
        ("long family name", {"family_kanji": "大" * 121}, "family_kanji", Reason.FIELD_FORM),
        ("long cell", {"family_kanji": "大" * 201}, "family_kanji", Reason.CELL_TOO_LONG),
        ("invisible character in a name", {"given_kanji": "花\u200b子"}, "given_kanji", Reason.FIELD_FORM),
        ("formula for a name", {"given_kanji": "=花子"}, "given_kanji", Reason.CELL_FORMULA),
        ("wide formula for kana", {"given_kana": wide("+") + "ハナ"}, "given_kana", Reason.CELL_FORMULA),
        ("no passport name", {"passport_family": ""}, "passport_family", Reason.FIELD_MISSING),
        ("small letters in the passport's line", {"passport_family": "Ono"}, "passport_family", Reason.FIELD_FORM),
        ("wide letters in it", {"passport_given": wide("HANAKO")}, "passport_given", Reason.FIELD_FORM),
        ("half-width katakana in it", {"passport_given": "ﾊﾅｺ"}, "passport_given", Reason.CELL_SCRIPT),
        ("no birth date", {"birth_date": ""}, "birth_date", Reason.FIELD_MISSING),
        ("ambiguous birth date", {"birth_date": "01/02/1980"}, "birth_date", Reason.DATE_AMBIGUOUS),
        ("no such day", {"birth_date": "1983-02-29"}, "birth_date", Reason.DATE_ABSURD),
        ("born too long ago", {"birth_date": "1899-12-31"}, "birth_date", Reason.DATE_ABSURD),
        ("no number", {"document_number": ""}, "document_number", Reason.FIELD_MISSING),
        ("small letters of a number", {"document_number": "tz1"}, "document_number", Reason.FIELD_FORM),
        ("no nationality", {"nationalities": ""}, "nationalities", Reason.FIELD_MISSING),
        ("code of two letters", {"nationalities": "AA"}, "nationalities", Reason.FIELD_FORM),
        ("small code", {"nationalities": "aaa"}, "nationalities", Reason.FIELD_FORM),
        ("nothing behind the mark", {"nationalities": "AAA;"}, "nationalities", Reason.FIELD_FORM),
        ("one nationality twice", {"nationalities": "AAA;AAA"}, "nationalities", Reason.FIELD_FORM),
        ("no employer", {"employer": ""}, "employer", Reason.FIELD_MISSING),
        ("employer in kana", {"employer": "ラボ"}, "employer", Reason.FIELD_FORM),
        ("organ without party", {"organ": "CAB"}, "organ", Reason.FIELD_FORM),
        ("level without party", {"level": "UPPER"}, "level", Reason.LEVEL_UNKNOWN),
        ("no such day of notification", {"notified_on": "2025-02-30"}, "notified_on", Reason.DATE_ABSURD),
        ("notified too early", {"notified_on": "1999-12-31"}, "notified_on", Reason.DATE_ABSURD),
        ("ambiguous day of notification", {"notified_on": "7-6-10"}, "notified_on", Reason.DATE_AMBIGUOUS),
    ],
)
def test_rule_gives_its_fault(title: str, cells: dict[str, str], column: str, reason: Reason) -> None:
    """The bad row is named by line, column and reason, and the good row before it is read."""
    read = register({}, {"document_number": "TZ0000002"} | cells)
    assert (read.rows, read.faults) == ((ONO,), (Fault(3, column, reason),)), title


def test_row_with_a_wrong_number_of_cells_has_one_fault() -> None:
    """Nothing more is said of cells whose column nobody knows."""
    assert read_register(written() + b"x,y\r\n", ERAS).faults == (Fault(2, "", Reason.FIELD_FORM),)


@pytest.mark.parametrize(
    ("title", "cells", "faults"),
    [
        ("the same row", {}, (Fault(3, "document_number", Reason.ROW_DUPLICATE),)),
        (
            "other kanji, other clearance",
            {"family_kanji": "小野"} | NO_GRANT,
            (Fault(3, "document_number", Reason.ROW_DUPLICATE),),
        ),
        ("the same names and birth date", {"document_number": "TZ0000002"}, ()),
    ],
)
def test_person_stands_in_a_register_once(title: str, cells: dict[str, str], faults: tuple[Fault, ...]) -> None:
    """A person is who the passport says; each later row is a fault."""
    assert register({}, cells).faults == faults, title


def test_digest_is_that_of_the_file() -> None:
    """SHA-256 over its bytes, so that anybody can compute it."""
    assert register({}).digest == sha256(written({})).digest()


def test_request_ids_have_the_form_that_nodes_ask_for() -> None:
    """They derive from file, line and act, and look like any other request id."""
    assert UUID4.fullmatch(register({}).request_id(2, "clearance"))


def test_request_ids_are_the_same_for_the_same_file() -> None:
    """An import that is repeated does nothing twice."""
    assert register({}).request_id(2, "clearance") == register({}).request_id(2, "clearance")


def test_request_ids_tell_acts_apart() -> None:
    """Another file, another line and another act have each their own."""
    one, other = register({}), register({"employer": "LAB-2"})
    acts = [(read, line, kind) for read in (one, other) for line in (2, 22) for kind in ("clearance", "2", "\n2")]
    assert len({read.request_id(line, kind) for read, line, kind in acts}) == len(acts)


def test_register_shows_no_content() -> None:
    """What is printed of a register can be logged."""
    read = register({}, {"family_kanji": "=田中"}, {"birth_date": "1/2/1980"}, {})
    shown = repr((read.rows, read.faults)) + repr(read.rows[0].grant)
    values = [*ROW.values(), "田中", "1980", "1984", "2025", "AAA"]
    assert [value for value in values if value in shown] == []


@given(st.binary() | st.binary().map(lambda data: (",".join(REGISTER_COLUMNS) + "\n").encode() + data))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Whatever lies in a file, nothing but a Refusal is raised."""
    with suppress(Refusal):
        read_register(content, ERAS)


@given(
    st.lists(st.fixed_dictionaries({column: st.sampled_from([value, ""]) | st.text() for column, value in ROW.items()}))
)
def test_every_row_is_read_or_has_a_fault(rows: list[dict[str, str]]) -> None:
    """No row is lost, whatever stands in its cells, and none has both."""
    with suppress(Refusal, UnicodeEncodeError):
        read = register(*rows)
        good, bad = {row.line for row in read.rows}, {fault.line for fault in read.faults}
        filled = [row for row in rows if any(cell.strip(" \u3000") for cell in row.values())]
        assert (len(good | bad), good & bad) == (len(filled), set())


@beside
def test_example_register_is_read_without_a_fault() -> None:
    """Three hundred people, 29 of whom have no clearance."""
    read = read_register((DATA / "register.csv").read_bytes(), ERAS)
    assert (len(read.rows), read.faults, sum(row.grant is None for row in read.rows)) == (300, (), 29)


@beside
def test_example_register_keeps_every_name() -> None:
    """What stands in the file stands in the identities, character by character."""
    path = DATA / "register.csv"
    kept = [(row.identity.family, row.identity.given) for row in read_register(path.read_bytes(), ERAS).rows]
    assert kept == [tuple(line.split(",")[:2]) for line in path.read_text(encoding="utf-8-sig").splitlines()[1:]]
