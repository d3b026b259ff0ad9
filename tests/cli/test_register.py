"""A register taken over: everything that can be found out beforehand is, nobody is named, nothing is done twice."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from fakes.answers import AT, INFO, OTHER, proposal
from fakes.sessions import FakeSession

from interchange.cli.exits import Exit
from interchange.domain.assertion import UUID4
from interchange.errors import Reason, refuse
from interchange.wire.register import REGISTER_COLUMNS

Run = Callable[..., Result]

FIND, REGISTER, RECORD = (
    "SubjectService/FindSubject",
    "SubjectService/RegisterSubject",
    "ClearanceService/RecordClearances",
)
EMPLOYERS, LISTED = "EmployerService/ListEmployers", "ClearanceService/ListClearances"
CHANGES = {REGISTER, RECORD, "EmployerService/RecogniseEmployer"}

PERSONAL = ("大野", "小野", "花子", "オノ", "ハナコ", "ONO", "HANAKO", "1984", "TZ")
"""What stands in the rows below and must never be printed."""


def row(
    number: int, grant: str = "JPN/METI,JPN/SDS,2026-04-01", *, employer: str = "LAB-1", born: str = "1984-02-29"
) -> str:
    """Write a row of a person nobody else is."""
    return f"大野,花子,オオノ,ハナコ,ONO,HANAKO,{born},TZ{number:07},JPN;KOR,{employer},{grant}"


NO_GRANT = ",,"


@pytest.fixture
def register(tmp_path: Path) -> Callable[..., Path]:
    """Write a register with these rows."""

    def written(*rows: str, head: str = ",".join(REGISTER_COLUMNS)) -> Path:
        path = tmp_path / "register.csv"
        path.write_text("".join(f"{line}\n" for line in (head, *rows)), encoding="utf-8")
        return path

    return written


@pytest.fixture
def node(session: FakeSession) -> FakeSession:
    """A node of Japan where nobody is on record, that does what it is told, in the middle of January 2027."""
    session.lay("NodeService/GetNodeInfo", INFO | {"party": "JPN", "time": AT})
    session.lay(EMPLOYERS, {"employers": [{"employer_id": "LAB-1"}]})
    session.lay("EmployerService/RecogniseEmployer", {"employer": {}})
    session.lay(FIND, refuse(Reason.NOT_KNOWN))
    session.lay(REGISTER, *({"subject_id": f"subject {number}"} for number in range(1, 10)))
    session.lay(LISTED, {"clearances": []})
    return session.lay(RECORD, {"result": {"clearances": []}})


def changes(node: FakeSession) -> list[tuple[str, dict[str, Any]]]:
    """List what was asked of a node that changes something."""
    return [(method, request) for method, request in node.calls if method in CHANGES]


def recorded(node: FakeSession) -> list[list[str]]:
    """List whose clearances were recorded, request by request."""
    return [[grant["subject_id"] for grant in request["grants"]] for method, request in node.calls if method == RECORD]


def test_everybody_is_registered_as_the_file_has_them(
    run: Run, node: FakeSession, register: Callable[..., Path]
) -> None:
    """Every value in its field, and nothing rewritten."""
    run("subject", "import", register(row(1, NO_GRANT)))
    ((method, request),) = changes(node)
    assert (method, request["identity"]) == (
        REGISTER,
        {
            "family": "大野",
            "given": "花子",
            "family_kana": "オオノ",
            "given_kana": "ハナコ",
            "passport_family": "ONO",
            "passport_given": "HANAKO",
            "birth_date": "1984-02-29",
            "document_number": "TZ0000001",
            "nationalities": ["JPN", "KOR"],
        },
    )


def test_clearances_of_one_organ_are_one_request(run: Run, node: FakeSession, register: Callable[..., Path]) -> None:
    """So that one second person approves them at once."""
    rows = [row(n, f"JPN/{organ},JPN/SDS,2026-04-01") for n, organ in enumerate(("METI", "CAO", "METI"), 1)]
    run("subject", "import", register(*rows))
    assert recorded(node) == [["subject 2"], ["subject 1", "subject 3"]]


def test_many_clearances_of_one_organ_are_several_requests(
    run: Run, node: FakeSession, register: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request has a largest number."""
    monkeypatch.setattr("interchange.cli.intake.MOST_GRANTS", 2)
    run("subject", "import", register(*map(row, range(1, 6))))
    assert [len(each) for each in recorded(node)] == [2, 2, 1]


def test_report_counts_and_names_nobody(run: Run, node: FakeSession, register: Callable[..., Path]) -> None:
    """Whoever has the file can say by the line who got which id."""
    rows = [row(1), row(2, NO_GRANT), row(3, "JPN/METI,JPN/SDS,2016-04-01", employer="LAB-9"), row(4)]
    report = json.loads(run("subject", "import", register(*rows), "--json").stdout)
    assert report == {
        "dry_run": False,
        "registered": 4,
        "found": 0,
        "recorded": 2,
        "waiting": 0,
        "already_known": 0,
        "ended": 1,
        "without_clearance": 1,
        "of_other_organs": 0,
        "recognised_employers": [],
        "proposals": [],
        "subjects": {str(line): f"subject {line - 1}" for line in range(2, 6)},
    }


def test_whoever_is_on_record_is_found_and_not_registered(
    run: Run, node: FakeSession, register: Callable[..., Path]
) -> None:
    """By all of passport name, birth date and document number."""
    node.lay(FIND, {"subject_id": "subject 7"})
    report = json.loads(run("subject", "import", register(row(1)), "--json").stdout)
    asked = [request for method, request in node.calls if method == FIND]
    assert set(asked[0]) == {"passport_family", "passport_given", "birth_date", "document_number"}
    assert (report["found"], report["registered"], recorded(node)) == (1, 0, [["subject 7"]])


def test_clearance_on_record_is_not_recorded_again(run: Run, node: FakeSession, register: Callable[..., Path]) -> None:
    """Also not one that was ended: paper brings nothing back."""
    node.lay(FIND, {"subject_id": "subject 7"})
    known = {
        "subject_id": "subject 7",
        "organ": "JPN/METI",
        "level": "JPN/SDS",
        "notified_on": "2026-04-01",
        "employer_id": "LAB-1",
        "ended_at": AT,
    }
    node.lay(LISTED, {"clearances": [known | {"level": "JPN/CESI"}, known]})
    report = json.loads(run("subject", "import", register(row(1)), "--json").stdout)
    assert (report["already_known"], report["recorded"], changes(node)) == (1, 0, [])


def test_rows_of_one_organ_leave_out_everybody_else(run: Run, node: FakeSession, register: Callable[..., Path]) -> None:
    """An officer who is bound to an organ takes over its people."""
    rows = [row(1), row(2, "JPN/CAO,JPN/SDS,2026-04-01"), row(3, NO_GRANT)]
    report = json.loads(run("subject", "import", register(*rows), "--organ", "JPN/CAO", "--json").stdout)
    assert (report["subjects"], report["of_other_organs"]) == ({"3": "subject 1"}, 2)


@pytest.mark.parametrize(
    ("bad", "column", "reason"),
    [
        pytest.param(row(2, born="01/02/1980"), "birth_date", "date_ambiguous", id="ambiguous birth date"),
        pytest.param(row(2, born="2027-01-16"), "birth_date", "date_absurd", id="not born yet"),
        pytest.param(row(2, "METI,JPN/SDS,2026-04-01"), "organ", "field_form", id="organ without party"),
        pytest.param(row(2, "JPN/METI,SDS,2026-04-01"), "level", "level_unknown", id="level without party"),
        pytest.param(row(2, "JPN/METI,JPN/TOP,2026-04-01"), "level", "level_unknown", id="level nobody grants"),
        pytest.param(row(2, "JPN/METI,JPN/SDS,2027-01-16"), "notified_on", "date_absurd", id="notified tomorrow"),
        pytest.param(row(2, "JPN/METI,JPN/SDS,"), "notified_on", "field_missing", id="half a grant"),
        pytest.param(row(1), "document_number", "row_duplicate", id="person twice"),
        pytest.param(row(2, employer="ラボ"), "employer", "field_form", id="employer in katakana"),
        pytest.param("大野,花子", "", "field_form", id="short row"),
    ],
)
def test_fault_is_placed_and_nothing_is_sent(
    run: Run, node: FakeSession, register: Callable[..., Path], bad: str, column: str, reason: str
) -> None:
    """By line, column and reason; whoever mends the file sees all of them at once."""
    done = run("subject", "import", register(row(1), bad), "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (
        Exit.NOT_VALID,
        {"faults": [{"line": 3, "column": column, "reason": reason}]},
    )
    assert [method for method, _ in node.calls] == ["NodeService/GetNodeInfo"]


def test_faults_are_told_to_people_with_their_remedies(
    run: Run, node: FakeSession, register: Callable[..., Path]
) -> None:
    """In the order of the lines, those of the file's form and those against the rules together."""
    rows = [row(1, "JPN/METI,JPN/TOP,2026-04-01"), row(2, born="01/02/1980"), row(3, "JPN/METI,JPN/SDS,2028-01-01")]
    head, *lines = run("subject", "import", register(*rows)).stdout.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["2", "level", "level_unknown"],
        ["3", "birth_date", "date_ambiguous"],
        ["4", "notified_on", "date_absurd"],
    ]
    assert (head.split(), "Write it as YYYY-MM-DD." in lines[1]) == (["line", "column", "reason"], True)


def test_missing_column_is_named(run: Run, node: FakeSession, register: Callable[..., Path]) -> None:
    """The file as a whole is refused."""
    done = run("subject", "import", register(head=",".join(REGISTER_COLUMNS[1:])))
    assert (done.exit_code, "family_kanji" in done.stderr) == (Exit.REFUSED, True)


def test_unknown_employers_are_named_before_anything_is_sent(
    run: Run, node: FakeSession, register: Callable[..., Path]
) -> None:
    """Those of clearances that would be recorded, each once, with the way to recognise them."""
    rows = [
        row(1, employer="LAB-3"),
        row(2, employer="LAB-2"),
        row(3, employer="LAB-2"),
        row(4, NO_GRANT, employer="X"),
    ]
    done = run("subject", "import", register(*rows))
    assert (done.exit_code, "(employers LAB-2, LAB-3)" in done.stderr, changes(node)) == (Exit.REFUSED, True, [])
    assert "--recognise-employers LEVEL --until DAY" in done.stderr


def test_unknown_employers_are_recognised_on_request(
    run: Run, node: FakeSession, register: Callable[..., Path]
) -> None:
    """From today on, up to the level and until the day given; those that are known are left alone."""
    words = ("--recognise-employers", "JPN/CESI", "--until", "2028-03-31", "--json")
    report = json.loads(run("subject", "import", register(row(1), row(2, employer="LAB-2")), *words).stdout)
    asked = [request for method, request in node.calls if method == "EmployerService/RecogniseEmployer"]
    asked[0].pop("request_id")
    assert (report["recognised_employers"], asked) == (
        ["LAB-2"],
        [
            {
                "employer_id": "LAB-2",
                "title": "LAB-2",
                "level_ceiling": "JPN/CESI",
                "from_day": "2027-01-15",
                "until_day": "2028-03-31",
            }
        ],
    )


@pytest.mark.parametrize("half", [("--recognise-employers", "JPN/SDS"), ("--until", "2028-03-31")])
def test_recognition_needs_level_and_day(
    run: Run, node: FakeSession, register: Callable[..., Path], half: tuple[str, str]
) -> None:
    """Neither has a value that would be right for everybody."""
    assert run("subject", "import", register(row(1)), *half).exit_code == Exit.USAGE


def test_dry_run_looks_only(run: Run, node: FakeSession, register: Callable[..., Path]) -> None:
    """It says what would be done, unknown employers included."""
    rows = register(row(1), row(2, employer="LAB-2"), row(3, NO_GRANT))
    report = json.loads(run("subject", "import", rows, "--dry-run", "--json").stdout)
    told = {name: report[name] for name in ("dry_run", "registered", "recorded", "unknown_employers", "subjects")}
    assert (changes(node), told) == (
        [],
        {"dry_run": True, "registered": 3, "recorded": 2, "unknown_employers": ["LAB-2"], "subjects": {}},
    )
    shown = run("subject", "import", rows, "--dry-run").stdout
    assert ("people to register" in shown, "employers not known" in shown) == (True, True)


def test_same_file_uses_the_same_request_ids(run: Run, node: FakeSession, register: Callable[..., Path]) -> None:
    """A node knows a repeated import as one; each act has an id of the form that nodes ask for."""
    path = register(row(1), row(2))
    run("subject", "import", path)
    first = [request["request_id"] for _, request in changes(node)]
    node.lay(REGISTER, *({"subject_id": f"subject {number}"} for number in (1, 2))).calls.clear()
    run("subject", "import", path)
    assert [request["request_id"] for _, request in changes(node)] == first
    assert (len(set(first)), all(map(UUID4.fullmatch, first))) == (3, True)


def test_other_file_uses_other_request_ids(run: Run, node: FakeSession, register: Callable[..., Path]) -> None:
    """A corrected file is another act, row by row."""
    run("subject", "import", register(row(1)))
    run("subject", "import", register(row(1), row(2)))
    ids = [request["request_id"] for _, request in changes(node)]
    assert len(set(ids)) == len(ids)


def test_what_waits_is_told_with_its_proposal(
    run: Run, node: FakeSession, register: Callable[..., Path], credentials: Path
) -> None:
    """Nothing is recorded before the second person approves it."""
    waits = {"proposal": proposal("record_clearances", organ="JPN/METI")}
    node.lay(RECORD, waits).lay("ProposalService/SignProposal", waits)
    path = register(row(1), row(2))
    report = json.loads(run("subject", "import", path, "--json", "--credentials", credentials).stdout)
    assert (report["waiting"], report["recorded"], [each["proposal_id"] for each in report["proposals"]]) == (
        2,
        0,
        [OTHER],
    )
    node.lay(REGISTER, *({"subject_id": f"subject {number}"} for number in (1, 2)))
    shown = run("subject", "import", path, "--credentials", credentials).stdout
    assert f"interchange proposal approve {OTHER}" in shown


@pytest.mark.parametrize("outcome", ["REJECTED", "EXPIRED"])
def test_what_was_rejected_or_has_expired_is_proposed_anew(
    run: Run, node: FakeSession, register: Callable[..., Path], outcome: str
) -> None:
    """Under an id that follows from the first, so that this, too, is done once."""
    over = proposal("record_clearances", outcome=f"PROPOSAL_OUTCOME_{outcome}")
    node.lay(RECORD, {"proposal": over}, {"result": {"clearances": []}})
    report = json.loads(run("subject", "import", register(row(1)), "--json").stdout)
    ids = [request["request_id"] for method, request in node.calls if method == RECORD]
    assert (report["recorded"], report["proposals"], len(set(ids))) == (1, [], 2)


def test_refused_row_is_named_and_the_import_can_go_on(
    run: Run, node: FakeSession, register: Callable[..., Path]
) -> None:
    """What the node refuses is told with its line, and how to continue."""
    node.lay(REGISTER, {"subject_id": "subject 1"}, refuse(Reason.PARTNER_UNREACHABLE))
    done = run("subject", "import", register(row(1), row(2)))
    first, second = done.stderr.splitlines()
    assert (done.exit_code, done.stdout, "(line 3)" in first) == (Exit.UNREACHABLE, "", True)
    assert second == "1 people are registered and 0 clearances recorded. Import the same file again to go on."


def test_refused_clearance_is_named_by_its_line(run: Run, node: FakeSession, register: Callable[..., Path]) -> None:
    """A node counts grants, a person counts lines."""
    node.lay(RECORD, refuse(Reason.SCREENING_STATE, "grant 2: notified_on: before a screening of this body ended"))
    rows = [row(1), row(2, "JPN/CAO,JPN/SDS,2020-04-01"), row(3)]
    done = run("subject", "import", register(*rows))
    assert "(line 4: notified_on: before a screening of this body ended)" in done.stderr


def test_officer_of_one_organ_is_told_of_the_option(run: Run, node: FakeSession, register: Callable[..., Path]) -> None:
    """Rows of other organs are refused as a whole."""
    node.lay(RECORD, refuse(Reason.CALLER_NOT_ALLOWED, "organ"))
    assert "add --organ PARTY/ORGAN" in run("subject", "import", register(row(1))).stderr


@pytest.mark.parametrize("what", ["done", "faults", "refused", "employers"])
def test_nothing_of_a_person_is_printed(run: Run, node: FakeSession, register: Callable[..., Path], what: str) -> None:
    """Neither of those who are taken over nor of those who are not."""
    rows = {
        "faults": [row(1), row(1), row(2, born="S59.2.30")],
        "employers": [row(1, employer="LAB-7")],
    }.get(what, [row(1), row(2)])
    if what == "refused":
        node.lay(REGISTER, refuse(Reason.FIELD_FORM, "given"))
    done = run("subject", "import", register(*rows))
    assert [part for part in PERSONAL if part in done.stdout + done.stderr] == []
