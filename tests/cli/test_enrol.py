"""`project enrol` and `participant`: a roster from the file to the last row, and lists for other programs."""

import csv
import io
import json
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from fakes.answers import ID, OTHER, PAPERS, PARTICIPANT, proposal
from fakes.sessions import FakeSession

from interchange.cli import enrolment
from interchange.cli.calendar import Ending, write_calendar
from interchange.cli.exits import Exit
from interchange.errors import Reason, refuse

Run = Callable[..., Result]

ENROL, GET = "ParticipantService/EnrolRoster", "ParticipantService/GetRoster"
CONTENT = b"passport_family,passport_given\r\nONO,HANAKO\r\n"
CONFIRMED = {"line": 2, "outcome": "ROW_OUTCOME_CONFIRMED", "confirmed_until": "2027-06-30", "participant_id": OTHER}
ALREADY = {**CONFIRMED, "line": 3, "outcome": "ROW_OUTCOME_ALREADY"}
MISSED = {"line": 4, "outcome": "ROW_OUTCOME_NOT_CONFIRMED"}
FAULTY = {
    "line": 5,
    "outcome": "ROW_OUTCOME_FAULTY",
    "faults": [
        {"column": "birth_date", "reason": "date_ambiguous", "text": "it can be read twice", "remedy": "Write it so."},
        {"column": "employer", "reason": "employer_unknown", "text": "nobody", "remedy": "=Correct it."},
    ],
}


def roster(done: int, total: int = 2) -> dict[str, Any]:
    """Say how far a roster is."""
    return {"roster_id": ID, "project_id": ID, "partner": "BBB", "total": total, "done": done, "approved": True}


def handed_in(done: int = 2) -> dict[str, Any]:
    """Answer that a roster is recorded."""
    return {"result": roster(done), "roster_id": ID}


def lines(*rows: dict[str, Any], done: int = 2) -> dict[str, Any]:
    """Answer with lines of a roster."""
    return {"roster": roster(done), "lines": list(rows)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A roster's file."""
    path = tmp_path / "people.csv"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def enrol(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Enrol the file, without waiting between two looks."""
    monkeypatch.setattr(enrolment, "LOOK_EVERY", 0.0)

    def called(*more: object) -> Result:
        return run("project", "enrol", "--project", ID, "--partner", "BBB", "--roster", file, *more)

    return called


def test_file_is_handed_in_as_it_is(enrol: Run, session: FakeSession) -> None:
    """Nothing of it is read or changed here."""
    session.lay(ENROL, handed_in()).lay(GET, lines(CONFIRMED, ALREADY))
    assert enrol().exit_code == Exit.DONE
    request = session.requests[0]
    assert (request["content"], request["project_id"], request["partner"]) == (
        b64encode(CONTENT).decode(),
        ID,
        "BBB",
    )


def test_same_command_is_the_same_request(enrol: Run, session: FakeSession) -> None:
    """So that it goes on where it was interrupted."""
    session.lay(ENROL, handed_in()).lay(GET, lines(CONFIRMED))
    ids = []
    for _ in range(2):
        session.calls.clear()
        enrol()
        ids.append(session.requests[0]["request_id"])
    assert ids[0] == ids[1]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", ids[0])


def test_another_file_project_or_partner_is_another_request() -> None:
    """Each of the three is part of what is asked."""
    usual = enrolment.Wanted(CONTENT, ID, "BBB", None)
    others = [
        enrolment.Wanted(CONTENT + b"x", ID, "BBB", None),
        enrolment.Wanted(CONTENT, OTHER, "BBB", None),
        enrolment.Wanted(CONTENT, ID, "CCC", None),
    ]
    assert len({each.identified for each in (usual, *others)}) == 4


def test_request_id_that_is_given_asks_anew(enrol: Run, session: FakeSession) -> None:
    """Whoever was cleared since is enrolled by the same file under another id."""
    session.lay(ENROL, handed_in()).lay(GET, lines(CONFIRMED))
    enrol("--request-id", OTHER)
    assert session.requests[0]["request_id"] == OTHER


def test_roster_is_followed_to_its_end(enrol: Run, session: FakeSession) -> None:
    """However long it takes, and then every line is read."""
    session.lay(ENROL, handed_in(0)).lay(GET, lines(done=0), lines(done=1), lines(done=2), lines(CONFIRMED, ALREADY))
    assert enrol().exit_code == Exit.DONE
    assert [request.get("page_size") for request in session.requests] == [None, 1, 1, 1, 500]


def test_roster_that_stands_is_left_to_itself(
    enrol: Run, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody sits before a bar that does not move."""
    monkeypatch.setattr(enrolment, "STUCK_AFTER", -1.0)
    session.lay(ENROL, handed_in(1)).lay(GET, lines(done=1))
    done = enrol()
    assert (done.exit_code, "1 of 2 lines" in done.stderr, "same command again" in done.stderr) == (
        Exit.UNREACHABLE,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([CONFIRMED, ALREADY], Exit.DONE),
        ([CONFIRMED, MISSED], Exit.NOT_VALID),
        ([CONFIRMED, {"line": 3, "outcome": "ROW_OUTCOME_WAITING"}], Exit.NOT_VALID),
    ],
)
def test_exit_code_tells_whether_everybody_is_enrolled(
    enrol: Run, session: FakeSession, rows: list[dict[str, Any]], code: Exit
) -> None:
    """A script need not read the table."""
    session.lay(ENROL, handed_in()).lay(GET, lines(*rows))
    assert enrol().exit_code == code


def test_rows_that_are_not_enrolled_are_shown(enrol: Run, session: FakeSession) -> None:
    """And the others are counted."""
    session.lay(ENROL, handed_in()).lay(GET, lines(CONFIRMED, ALREADY, MISSED))
    shown = enrol().stdout
    assert re.search(r"confirmed +1\n", shown)
    assert re.search(r"\n4 +not confirmed\n", shown)


def test_dry_run_enrols_nobody(enrol: Run, session: FakeSession) -> None:
    """One question, and each row's faults with what to do."""
    session.lay(ENROL, {"check": {"lines": [CONFIRMED, FAULTY]}, "roster_id": ""})
    done = enrol("--dry-run")
    assert (done.exit_code, session.requests[0]["validate_only"], len(session.calls)) == (Exit.NOT_VALID, True, 1)
    assert re.search(r"5 +faulty +birth_date +date_ambiguous: it can be read twice +Write it so\.", done.stdout)


def test_long_list_of_rows_is_cut_for_people(enrol: Run, session: FakeSession) -> None:
    """Ten thousand rows on a screen help nobody; the file has them all."""
    rows = [{**MISSED, "line": line} for line in range(2, 102)]
    session.lay(ENROL, {"check": {"lines": rows}, "roster_id": ""})
    assert "and 50 more; --result FILE has them all" in enrol("--dry-run").stdout


def test_result_is_a_table_of_all_rows(enrol: Run, session: FakeSession, tmp_path: Path) -> None:
    """One line a fault; what a spreadsheet would run as a formula is quoted."""
    session.lay(ENROL, {"check": {"lines": [CONFIRMED, MISSED, FAULTY]}, "roster_id": ""})
    enrol("--dry-run", "--result", tmp_path / "result.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "result.csv").read_text("utf-8-sig"))))
    assert rows == [
        ["line", "outcome", "confirmed_until", "column", "reason", "remedy"],
        ["2", "confirmed", "2027-06-30", "", "", ""],
        ["4", "not confirmed", "", "", "", ""],
        ["5", "faulty", "", "birth_date", "date_ambiguous: it can be read twice", "Write it so."],
        ["5", "faulty", "", "employer", "employer_unknown: nobody", "'=Correct it."],
    ]


def test_result_that_is_there_is_refused_before_anything_is_asked(
    enrol: Run, session: FakeSession, tmp_path: Path
) -> None:
    """Rather than after everybody was enrolled."""
    (tmp_path / "result.csv").touch()
    done = enrol("--result", tmp_path / "result.csv")
    assert (done.exit_code, session.calls, "file_exists" in done.stderr) == (Exit.REFUSED, [], True)


def test_json_has_every_row(enrol: Run, session: FakeSession) -> None:
    """Complete, for programs."""
    session.lay(ENROL, handed_in()).lay(GET, lines(CONFIRMED, MISSED))
    assert json.loads(enrol("--json").stdout) == {**handed_in(), "lines": [CONFIRMED, MISSED]}


def test_roster_that_waits_says_for_whom(enrol: Run, session: FakeSession, credentials: Path) -> None:
    """The caller's own signature is given at once; nobody is enrolled yet."""
    waiting = {"proposal": proposal("carry_out_roster"), "roster_id": ID}
    session.lay(ENROL, waiting).lay("ProposalService/SignProposal", waiting)
    done = enrol("--credentials", credentials, "--why", "the new team")
    assert (done.exit_code, "a second person" in done.stdout) == (Exit.NOT_VALID, True)
    assert session.requests[1]["why"] == "the new team"


def test_faulty_file_says_how_to_see_its_faults(enrol: Run, session: FakeSession) -> None:
    """The refusal names the first line alone."""
    session.lay(ENROL, refuse(Reason.ROSTER_FAULTS, "2 rows, the first in line 3"))
    done = enrol()
    assert (done.exit_code, "line 3" in done.stderr, "--dry-run" in done.stderr) == (Exit.REFUSED, True, True)


def test_file_that_is_too_large_is_not_sent(
    enrol: Run, session: FakeSession, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node would not take it."""
    monkeypatch.setattr(enrolment, "LARGEST_FILE", len(CONTENT) - 1)
    assert (enrol().exit_code, session.calls) == (Exit.REFUSED, [])


def test_interruption_is_no_failure_of_the_program(
    enrol: Run, session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node goes on; the same command shows how far it is."""

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("interchange.cli.enrolment.time.sleep", interrupted)
    session.lay(ENROL, handed_in(0)).lay(GET, lines(done=0))
    assert enrol().exit_code == Exit.INTERRUPTED


# -- participants ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ({"outcome": "ROW_OUTCOME_CONFIRMED", "confirmed_until": "2027-06-30"}, Exit.DONE),
        ({"outcome": "ROW_OUTCOME_NOT_CONFIRMED"}, Exit.NOT_VALID),
    ],
)
def test_exit_code_tells_whether_a_person_is_enrolled(
    run: Run, session: FakeSession, result: dict[str, str], code: Exit
) -> None:
    """As for a roster."""
    words = f"participant enrol --project {ID} --partner BBB --from-json {PAPERS}"
    session.lay("ParticipantService/EnrolParticipant", {"result": result, "roster_id": ID})
    days = "--employer LAB-1 --from 2027-01-01 --until 2027-06-30 --dry-run"
    assert run(*words.split(), *days.split()).exit_code == code
    assert session.requests[0]["validate_only"] is True


def test_person_is_enrolled_by_what_is_typed(run: Run, session: FakeSession) -> None:
    """No option takes a name, which others on the machine could see; a person with one name leaves the other empty."""
    session.lay("ParticipantService/EnrolParticipant", {"result": {"outcome": "ROW_OUTCOME_CONFIRMED"}})
    words = f"participant enrol --project {ID} --partner BBB --employer LAB-1 --from 2027-01-01 --until 2027-06-30"
    assert run(*words.split(), input="SUKARNO\n\n1984-02-28\nB1\n").exit_code == Exit.DONE
    asked = {name: session.requests[0][name] for name in ("passport_family", "birth_date", "document_number")}
    assert asked == {"passport_family": "SUKARNO", "birth_date": "1984-02-28", "document_number": "B1"}


@pytest.mark.parametrize("option", ["--family", "--given", "--birth-date", "--document"])
def test_command_line_takes_no_name(run: Run, session: FakeSession, option: str) -> None:
    """Nor anything else that a person is found by."""
    words = f"participant enrol --project {ID} --partner BBB --from-json {PAPERS} --employer LAB-1"
    done = run(*words.split(), "--from", "2027-01-01", "--until", "2027-06-30", option, "1984-02-28")
    assert (done.exit_code, session.requests) == (Exit.USAGE, [])


def listed(session: FakeSession) -> FakeSession:
    """Lay down a list of two, one of whom is not confirmed."""
    other = {name: value for name, value in PARTICIPANT.items() if name != "confirmed_until"}
    return session.lay("ParticipantService/ListParticipants", {"participants": [PARTICIPANT, other]})


def test_list_is_written_as_a_table(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """For spreadsheets; nothing is printed."""
    listed(session)
    done = run("participant", "list", "--csv", tmp_path / "people.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "people.csv").read_text("utf-8-sig"))))
    assert (done.stdout, [row["confirmed_until"] for row in rows]) == ("", ["2027-06-30", "not confirmed"])
    assert {name: rows[0][name] for name in ("family", "given", "participant")} == {
        "family": "ONO",
        "given": "HANAKO",
        "participant": OTHER,
    }


def test_list_is_written_as_a_calendar(
    run: Run, session: FakeSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One all-day event for each who is confirmed."""
    monkeypatch.setattr("interchange.cli.participant.time.time", lambda: 1_800_001_234.5)
    listed(session)
    run("participant", "list", "--calendar", tmp_path / "ends.ics")
    assert (tmp_path / "ends.ics").read_bytes().replace(b"\r\n ", b"").decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//interchange//EN",
        "CALSCALE:GREGORIAN",
        "BEGIN:VEVENT",
        f"UID:{OTHER}@participant.interchange",
        "DTSTAMP:20270115T082034Z",
        "DTSTART;VALUE=DATE:20270630",
        "DTEND;VALUE=DATE:20270701",
        "SUMMARY:ONO HANAKO\\, BBB: last day",
        f"DESCRIPTION:Project {ID}\\, participant {OTHER}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_file_that_is_there_is_not_written_over(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """Nor is the node asked."""
    (tmp_path / "people.csv").touch()
    done = run("participant", "list", "--csv", tmp_path / "people.csv")
    assert (done.exit_code, session.calls) == (Exit.REFUSED, [])


def event(**changes: Any) -> list[bytes]:  # noqa: ANN401
    """Write a calendar of one event, and give its lines as they stand."""
    usual: dict[str, Any] = {"uid": "one", "last_day": date(2027, 12, 31), "summary": "last day"}
    return write_calendar([Ending(**usual | changes)], "interchange", 0).split(b"\r\n")


@pytest.mark.parametrize("summary", ["大野" * 40, "x" * 300, "é" * 38])
def test_long_line_of_a_calendar_is_folded_between_characters(summary: str) -> None:
    """No line has more than 75 octets, and unfolded it is what it was (RFC 5545, section 3.1)."""
    found = event(summary=summary)
    assert max(map(len, found)) <= 75
    assert f"SUMMARY:{summary}".encode() in b"\r\n".join(found).replace(b"\r\n ", b"").split(b"\r\n")


def test_text_of_a_calendar_cannot_begin_a_line_of_its_own() -> None:
    """A name with a line end in it adds no property."""
    assert event(summary="x\r\nATTACH:https://elsewhere.example") == event(
        summary="x  ATTACH:https://elsewhere.example"
    )


def test_marks_of_a_calendar_are_escaped() -> None:
    """Commas, semicolons and backslashes part values otherwise (RFC 5545, section 3.3.11)."""
    assert b"SUMMARY:a\\, b\\; c\\\\" in event(summary="a, b; c\\")


def test_event_at_the_end_of_a_year_ends_with_it() -> None:
    """The end of an all-day event is the day after it."""
    assert b"DTEND;VALUE=DATE:20280101" in event()
