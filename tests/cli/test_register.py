"""A register read and imported: four columns, no names, nothing twice."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from fakes.parties import NOW
from fakes.sessions import FakeSession

from interchange.cli.exits import Exit
from interchange.cli.register import COLUMNS, PASSED_OVER, Grant, read_register
from interchange.domain.assertion import UUID4
from interchange.errors import Reason, Refusal, refuse

Run = Callable[..., Result]

METHOD = "ClearanceService/RecordClearance"
HEAD = "family_kanji,employer,organ,level,notified_on"
ROW = "大野,LAB-1,JPN/METI,JPN/SDS,2026-04-01"


def register(*rows: str, head: str = HEAD) -> bytes:
    """Write a register in UTF-8."""
    return "".join(f"{line}\n" for line in (head, *rows)).encode()


def fault(content: bytes) -> tuple[Reason, str]:
    """Read a register that is refused, and give the reason and the place."""
    with pytest.raises(Refusal) as caught:
        read_register(content)
    return caught.value.reason, caught.value.where


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is always the same day in January 2027."""
    monkeypatch.setattr("time.time", lambda: NOW)


@pytest.fixture
def recording(session: FakeSession) -> FakeSession:
    """A node that records everything for a subject numbered by the call."""
    answers = [{"subject_id": f"subject {number}"} for number in range(1, 10)]
    return session.lay(METHOD, *answers)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc-jp", "shift_jis"])
def test_register_is_read_in_any_encoding_of_its_names(encoding: str) -> None:
    """Names are passed over as bytes, so that their encoding does not matter; 表 and ソ end in a backslash in some."""
    content = "family_kanji,employer,organ,level,notified_on\n表ソ,LAB-1,JPN/METI,JPN/SDS,2026-04-01\n".encode(encoding)
    assert read_register(content).grants == (Grant(2, "JPN/METI", "JPN/SDS", date(2026, 4, 1), "LAB-1"),)


def test_rows_without_an_organ_are_counted() -> None:
    """Who has no clearance is no error, and no clearance either."""
    read = read_register(register("大野,LAB-1,,,", ROW, "小野,LAB-2,,,"))
    assert (read.without, [grant.line for grant in read.grants]) == (2, [3])


def test_register_may_have_nothing_but_the_four_columns() -> None:
    """What is passed over need not be there, and columns may stand in any order."""
    head, row = "level,organ,employer,notified_on", "JPN/SDS,JPN/METI,LAB-1,2026-04-01"
    assert len(read_register(register(row, head=head)).grants) == 1


@pytest.mark.parametrize("missing", COLUMNS)
def test_missing_column_is_named(missing: str) -> None:
    """Whoever made the file learns what it lacks."""
    head = ",".join(column for column in COLUMNS if column != missing)
    assert fault(register(head=head)) == (Reason.FIELD_MISSING, f"column {missing}")


def test_unknown_column_is_named() -> None:
    """A misspelt column is not passed over in silence."""
    assert fault(register(head=f"{HEAD},備考")) == (Reason.FIELD_FORM, "unknown column 備考")


def test_columns_passed_over_are_those_of_a_persons_identity() -> None:
    """What the file may hold beside the four columns is never looked at."""
    assert not PASSED_OVER & set(COLUMNS)


@pytest.mark.parametrize(
    ("row", "reason", "where"),
    [
        pytest.param("大野,LAB-1,JPN/METI,JPN/SDS,2026-02-30", Reason.DATE_ABSURD, "notified_on", id="no such day"),
        pytest.param("大野,LAB-1,METI,JPN/SDS,2026-04-01", Reason.FIELD_FORM, "organ", id="organ without party"),
        pytest.param(
            "大野,LAB-1,JPN/METI,SDS,2026-04-01", Reason.LEVEL_UNKNOWN, "level name", id="level without party"
        ),
        pytest.param("大野,ラボ,JPN/METI,JPN/SDS,2026-04-01", Reason.FIELD_FORM, "employer", id="employer in kana"),
        pytest.param("大野,LAB-1,JPN/METI,JPN/SDS", Reason.FIELD_FORM, "4 cells instead of 5", id="short row"),
        pytest.param('大野,"LAB-1,JPN/METI,JPN/SDS,2026-04-01', Reason.FIELD_FORM, "not CSV", id="open quotation"),
    ],
)
def test_bad_row_is_named_by_its_line(row: str, reason: Reason, where: str) -> None:
    """Whoever mends the file finds the place, and no name stands in the message."""
    assert fault(register(ROW, row)) == (reason, f"line 3: {where}")


def test_nothing_is_sent_if_a_later_row_is_bad(run: Run, recording: FakeSession, tmp_path: Path) -> None:
    """A file is imported whole or not at all, as far as can be seen beforehand."""
    (tmp_path / "register.csv").write_bytes(register(ROW, "x,y,z,,"))
    done = run("clearance", "import", tmp_path / "register.csv")
    assert (done.exit_code, recording.calls) == (Exit.REFUSED, [])
    assert "line 3" in done.stderr


def test_import_sends_four_values_a_row_and_no_name(run: Run, recording: FakeSession, tmp_path: Path) -> None:
    """What leaves the machine is what a clearance is recorded by."""
    (tmp_path / "register.csv").write_bytes(register(ROW))
    run("clearance", "import", tmp_path / "register.csv")
    (request,) = recording.requests
    request.pop("request_id")
    assert request == {"organ": "JPN/METI", "level": "JPN/SDS", "notified_on": "2026-04-01", "employer_id": "LAB-1"}


def test_import_tells_the_subject_of_each_line(run: Run, recording: FakeSession, tmp_path: Path) -> None:
    """Whoever has the file can say who got which id; what was left out is counted."""
    ended = "中野,LAB-1,JPN/METI,JPN/SDS,2016-04-01"
    (tmp_path / "register.csv").write_bytes(register(ROW, "小野,LAB-2,,,", ended, ROW))
    done = run("clearance", "import", tmp_path / "register.csv")
    assert json.loads(done.stdout) == {
        "recorded": 2,
        "without_organ": 1,
        "ended": 1,
        "of_other_organs": 0,
        "subjects": {"2": "subject 1", "5": "subject 2"},
    }


def test_import_of_one_organ_leaves_out_the_others(run: Run, recording: FakeSession, tmp_path: Path) -> None:
    """An officer who is bound to an organ imports that organ's rows."""
    (tmp_path / "register.csv").write_bytes(register(ROW, ROW.replace("METI", "CAO")))
    done = json.loads(run("clearance", "import", tmp_path / "register.csv", "--organ", "JPN/CAO").stdout)
    assert (done["subjects"], done["of_other_organs"]) == ({"3": "subject 1"}, 1)


def test_import_of_the_same_file_uses_the_same_request_ids(run: Run, recording: FakeSession, tmp_path: Path) -> None:
    """A repeated import is known as one by the node, and equal rows of one file stay two people."""
    (tmp_path / "register.csv").write_bytes(register(ROW, ROW))
    run("clearance", "import", tmp_path / "register.csv")
    run("clearance", "import", tmp_path / "register.csv")
    one, other, again, and_again = (request["request_id"] for request in recording.requests)
    assert (one, other) == (again, and_again)
    assert one != other


def test_request_ids_have_the_form_that_nodes_ask_for() -> None:
    """They derive from file and line, and look like any other request id."""
    read = read_register(register(ROW))
    assert UUID4.fullmatch(read.request_id(read.grants[0]))


def test_other_file_has_other_request_ids() -> None:
    """A corrected file is another act, row by row."""
    one, other = (read_register(register(*rows)) for rows in ([ROW], [ROW, ROW]))
    assert one.request_id(one.grants[0]) != other.request_id(other.grants[0])


def test_refused_row_is_named_and_the_import_can_go_on(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """What the node refuses is told with its line, and how to continue."""
    (tmp_path / "register.csv").write_bytes(register(ROW, ROW))
    session.lay(METHOD, {"subject_id": "subject 1"}, refuse(Reason.PARTNER_UNREACHABLE))
    done = run("clearance", "import", tmp_path / "register.csv")
    first, second = done.stderr.splitlines()
    assert (done.exit_code, done.stdout) == (Exit.UNREACHABLE, "")
    assert "(line 3)" in first
    assert second == "1 rows are recorded. Import the same file again to go on."


def test_level_that_nobody_grants_is_named_by_its_line(run: Run, recording: FakeSession, tmp_path: Path) -> None:
    """A level that the rulebook does not know is a bad row, found before anything is sent."""
    (tmp_path / "register.csv").write_bytes(register(ROW, ROW.replace("SDS", "TOP")))
    done = run("clearance", "import", tmp_path / "register.csv")
    assert (recording.calls, "level_unknown" in done.stderr, "line 3" in done.stderr) == ([], True, True)
