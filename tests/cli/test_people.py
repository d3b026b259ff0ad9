"""People, screenings and grants from the command line, against a real node over mutual TLS."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fakes.nodes import Served, authority_of, dump_digest, serve
from fakes.parties import HOME, names_of

from interchange.cli.exits import Exit
from interchange.cli.program import program
from interchange.crypto.sealed import write_private
from interchange.wire.register import REGISTER_COLUMNS

As = Callable[..., Result]

PAPERS = {
    "family": "大野",
    "given": "花子",
    "family_kana": "オオノ",
    "given_kana": "ハナコ",
    "passport_family": "ONO",
    "passport_given": "HANAKO",
    "birth_date": "1984-02-29",
    "document_number": "TZ3235422",
    "nationalities": ["JPN"],
}
TYPED = "".join(f"{value if isinstance(value, str) else ' '.join(value)}\n" for value in PAPERS.values())


@pytest.fixture(params=[False], ids=["one person is enough"])
def served(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A served node of this test's own; a test that needs two people says so."""
    with serve(tmp_path / "node", template=sqlite_template, strict=request.param) as served:
        yield served


two_people = pytest.mark.parametrize("served", [True], indirect=True, ids=["two people are needed"])


@pytest.fixture
def officer(served: Served, tmp_path: Path) -> As:
    """Call the node as an officer of that name, with the credentials in files; `organ` binds to one."""

    def called(name: str, *words: object, organ: str | None = None, **more: Any) -> Result:  # noqa: ANN401
        directory = tmp_path / f"{name}-{organ}"
        if not directory.exists():
            directory.mkdir()
            pair = authority_of(HOME).certify(names_of(HOME).spiffe("officer", name, organ))
            write_private(directory / "caller.pem", pair.certificate)
            write_private(directory / "caller.key", pair.key)
            write_private(directory / "ca.pem", authority_of(HOME).pem)
        profile = {
            "INTERCHANGE_NODE": f"127.0.0.1:{served.port}",
            "INTERCHANGE_CREDENTIALS": str(directory),
            "INTERCHANGE_AUTHORITY": served.node.names.authority,
        }
        return CliRunner(env=profile).invoke(program, [str(word) for word in words], **more)

    return called


def read(done: Result) -> dict[str, Any]:
    """Read the JSON of a command that succeeded."""
    assert done.exit_code == Exit.DONE, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture
def papers(tmp_path: Path) -> Callable[..., Path]:
    """Write somebody's papers to a file."""

    def written(**changes: object) -> Path:
        path = tmp_path / "papers.json"
        path.write_text(json.dumps(PAPERS | changes, ensure_ascii=False), encoding="utf-8")
        return path

    return written


def test_person_is_registered_and_found_by_what_is_typed(officer: As) -> None:
    """Questions go to standard error, so that a program can read the answer."""
    made = read(officer("sato", "subject", "register", "--json", input=TYPED))
    found = read(officer("sato", "subject", "find", "--json", input="ONO\nHANAKO\n1984-02-29\nTZ3235422\n"))
    assert found == made


def test_person_with_one_name_is_typed_without_the_others(officer: As) -> None:
    """What there is not is left empty."""
    subject = read(
        officer("sato", "subject", "register", "--json", input="スカルノ\n\n\n\nSUKARNO\n\n1984-02-29\nB1\nIDN\n")
    )
    shown = officer("sato", "subject", "show", subject["subject_id"]).stdout
    assert ("SUKARNO" in shown, "in kana" in shown) == (True, False)


def test_mistyped_birth_date_is_asked_for_again(officer: As) -> None:
    """Before anything is sent."""
    typed = TYPED.replace("1984-02-29", "1983-02-29\n1984-02-29")
    assert officer("sato", "subject", "register", input=typed).exit_code == Exit.DONE


def test_person_is_registered_from_a_file_and_shown_as_it_says(officer: As, papers: Callable[..., Path]) -> None:
    """Names go in and come out unchanged."""
    given = papers(family="\ufa19谷", nationalities=["JPN", "PRK"])
    subject = read(officer("sato", "subject", "register", "--from-json", given, "--json"))["subject_id"]
    shown = read(officer("sato", "subject", "show", subject, "--json"))["identity"]
    assert shown == PAPERS | {"family": "\ufa19谷", "nationalities": ["JPN", "PRK"]}


def test_papers_are_read_from_standard_input(officer: As) -> None:
    """A file that must not lie on the disk can be piped in."""
    content = json.dumps(PAPERS)
    assert officer("sato", "subject", "register", "--from-json", "-", input=content).exit_code == Exit.DONE
    assert officer("sato", "subject", "find", "--from-json", "-", input=content).exit_code == Exit.DONE


def test_person_is_found_by_the_newest_papers_alone(officer: As, papers: Callable[..., Path]) -> None:
    """The old passport finds nobody any more."""
    subject = read(officer("sato", "subject", "register", "--from-json", papers(), "--json"))["subject_id"]
    officer("sato", "subject", "change-papers", subject, "--from-json", papers(document_number="TZ1"))
    assert read(officer("sato", "subject", "find", "--from-json", papers(document_number="TZ1"), "--json")) == {
        "subject_id": subject
    }
    done = officer("sato", "subject", "find", "--from-json", papers())
    assert (done.exit_code, "not_known" in done.stderr) == (Exit.REFUSED, True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("{", "not JSON", id="broken"),
        pytest.param("[]", "not a JSON object", id="list"),
        pytest.param('{"family": "大野", "Geburtsname": "小野"}', "1 unknown members", id="unknown member"),
        pytest.param('{"family": 1}', "(family)", id="number for a name"),
        pytest.param('{"nationalities": "JPN"}', "(nationalities)", id="text for a list"),
        pytest.param('{"family": "大野"}', "(birth_date)", id="half of it"),
    ],
)
def test_bad_papers_are_refused_without_repeating_them(officer: As, content: str, said: str) -> None:
    """The refusal names the field and never a value."""
    done = officer("sato", "subject", "register", "--from-json", "-", input=content)
    assert (done.exit_code, said in done.stderr) == (Exit.REFUSED, True), done.stderr
    assert [name for name in ("大野", "小野", "Geburtsname") if name in done.output] == []


def test_no_option_takes_what_a_person_is_called(officer: As) -> None:
    """A command line stays in the history of the shell, and every user of the machine sees it."""
    group = program.get_command(None, "subject")  # type: ignore[arg-type]  # it is not looked at
    options = {option for command in group.commands.values() for each in command.params for option in each.opts}  # type: ignore[union-attr]  # a group
    assert {option for option in options if option.strip("-").replace("-", "_") in PAPERS} == set()


def test_grant_goes_the_laws_way_from_the_command_line(
    officer: As, papers: Callable[..., Path], served: Served
) -> None:
    """Consent, items, conclusion, notification, and two organs' grants on one screening."""
    subject = read(officer("sato", "subject", "register", "--from-json", papers(), "--json"))["subject_id"]
    days = ("--from", "2027-01-01", "--until", "2027-12-31")
    officer("sato", "employer", "recognise", "LAB-1", "--title", "Magnets", "--ceiling", "JPN/SDS", *days)
    opening = ("--subject", subject, "--body", "JPN/CAO", "--consented-on", "2027-01-10")
    screening = read(officer("sato", "screening", "open", *opening, "--json", organ="CAO"))["screening"]["screening_id"]
    for item in served.node.rules.screening_items:
        done = officer("sato", "screening", "item", screening, item, "--done-on", "2027-01-12", organ="CAO")
        assert done.exit_code == Exit.DONE, done.output
    assert "eligible" in officer("sato", "screening", "conclude", screening, "--eligible", organ="CAO").stdout
    assert officer("sato", "screening", "notify", screening, "--on", "2027-01-15", organ="CAO").exit_code == Exit.DONE
    granting = ("clearance", "grant", "--screening", screening, "--level", "JPN/SDS", "--employer", "LAB-1", "--organ")
    lines = [officer("sato", *granting, f"JPN/{organ}", organ=organ).stdout for organ in ("METI", "MIC")]
    assert [line.count("2032-01-14") for line in lines] == [1, 1]
    listed = officer("sato", "clearance", "list", "--subject", subject).stdout
    assert (len(listed.splitlines()), listed.count("cleared")) == (3, 2)


def test_office_holder_is_shown_as_authorised_and_never_as_cleared(officer: As, papers: Callable[..., Path]) -> None:
    """Ministers and so on were not screened, and nothing printed says so."""
    subject = read(officer("sato", "subject", "register", "--from-json", papers(), "--json"))["subject_id"]
    days = ("--from", "2027-01-01", "--until", "2027-12-31")
    officer("sato", "employer", "recognise", "PM", "--title", "Office", "--ceiling", "JPN/SDS", *days)
    given = ("--subject", subject, "--organ", "JPN/CAO", "--level", "JPN/SDS", "--employer", "PM", *days)
    shown = officer("sato", "clearance", "authorise", *given).stdout
    listed = officer("sato", "clearance", "list", "--subject", subject).stdout
    for text in (shown, listed):
        assert ("authorised by function" in text, "cleared" in text, "clearance" in text) == (True, False, False)


def test_consent_is_recorded_listed_and_withdrawn(officer: As, papers: Callable[..., Path]) -> None:
    """With all of its parts."""
    subject = read(officer("sato", "subject", "register", "--from-json", papers(), "--json"))["subject_id"]
    told = ("--party", "KOR", "--recipient", "Verifying Office", "--purpose", "joint_research")
    rules = ("--rules-information", "Rules in KOR, 2026", "--from", "2027-01-01", "--until", "2027-12-31")
    items = ("--item", "level", "--item", "validity", "--item", "project")
    consent = read(officer("sato", "consent", "record", "--subject", subject, *told, *rules, *items, "--json"))[
        "consent"
    ]
    assert "level, validity, project" in officer("sato", "consent", "list", subject).stdout
    assert "withdrawn" in officer("sato", "consent", "withdraw", consent["consent_id"]).stdout


def row(
    number: int, name: str = "大野,花子,オオノ,ハナコ,ONO,HANAKO", grant: str = "JPN/METI,JPN/SDS,2026-04-01"
) -> str:
    """Write a row of a register."""
    return f"{name},1984-02-29,TZ{number:07},JPN,JP-LAB-{number % 3},{grant}"


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """A register of 40 people, of whom two differ in the way their family name is written and in their documents."""
    grants = ("JPN/METI,JPN/SDS,2026-04-01", "JPN/CAO,JPN/CESI,2025-06-10", ",,", "JPN/METI,JPN/SDS,2021-04-01")
    rows = [row(number, grant=grants[number % 4]) for number in range(2, 41)]
    rows.append(row(41, "小野,花子,オノ,ハナコ,ONO,HANAKO"))
    path = tmp_path / "register.csv"
    path.write_bytes("\r\n".join([",".join(REGISTER_COLUMNS), *rows]).encode("cp932"))
    return path


IMPORT = ("--recognise-employers", "JPN/SDS", "--until", "2030-03-31", "--json")


@two_people
def test_register_is_taken_over_by_two_people(officer: As, register: Path) -> None:
    """One imports, another approves one proposal for each organ, and then it is all on record."""
    first = read(officer("sato", "subject", "import", register, "--why", "The register of 2026", *IMPORT))
    counts = {name: first[name] for name in ("registered", "recorded", "waiting", "ended", "without_clearance")}
    assert counts == {"registered": 40, "recorded": 0, "waiting": 20, "ended": 10, "without_clearance": 10}
    assert [each["organ"] for each in first["proposals"]] == ["JPN/CAO", "JPN/METI"]
    for proposal in first["proposals"]:
        done = officer("suzuki", "proposal", "approve", proposal["proposal_id"], "--yes")
        assert done.exit_code == Exit.DONE, done.output
    again = read(officer("sato", "subject", "import", register, *IMPORT))
    counts = {name: again[name] for name in ("registered", "found", "recorded", "waiting", "already_known")}
    assert counts == {"registered": 0, "found": 40, "recorded": 0, "waiting": 0, "already_known": 20}
    assert again["subjects"] == first["subjects"]


@two_people
def test_register_imported_while_its_proposals_wait_is_not_proposed_twice(officer: As, register: Path) -> None:
    """Whoever is not sure imports it again."""
    first, again = (read(officer("sato", "subject", "import", register, *IMPORT)) for _ in range(2))
    waiting = read(officer("suzuki", "proposal", "list", "--json"))["proposals"]
    assert (again["proposals"], len(waiting)) == (first["proposals"], 2)


@two_people
def test_rejected_part_of_a_register_is_proposed_anew(officer: As, register: Path) -> None:
    """By importing it again; what nobody rejected waits on."""
    first = read(officer("sato", "subject", "import", register, *IMPORT))["proposals"]
    officer("suzuki", "proposal", "reject", first[0]["proposal_id"], "--why", "Compare with the ledger of 2025")
    again = read(officer("sato", "subject", "import", register, *IMPORT))["proposals"]
    assert [one["proposal_id"] == other["proposal_id"] for one, other in zip(first, again, strict=True)] == [
        False,
        True,
    ]


def test_register_imported_again_changes_nothing(officer: As, register: Path, served: Served) -> None:
    """Neither by the same officer nor by another."""
    first = read(officer("sato", "subject", "import", register, *IMPORT))
    before = dump_digest(served.node)
    for name in ("sato", "suzuki"):
        again = read(officer(name, "subject", "import", register, *IMPORT))
        assert (again["subjects"], again["found"], again["recorded"]) == (first["subjects"], 40, 0)
    assert dump_digest(served.node) == before


def test_dry_run_of_a_register_changes_nothing(officer: As, register: Path, served: Served) -> None:
    """It names the employers that would have to be recognised."""
    before = dump_digest(served.node)
    told = read(officer("sato", "subject", "import", register, "--dry-run", "--json"))
    assert (told["registered"], told["recorded"], told["unknown_employers"]) == (
        40,
        20,
        [f"JP-LAB-{n}" for n in range(3)],
    )
    assert dump_digest(served.node) == before


def test_people_of_one_name_and_birth_date_are_two_subjects(
    officer: As, register: Path, papers: Callable[..., Path]
) -> None:
    """大野 花子 and 小野 花子 are told apart by their documents alone."""
    subjects = read(officer("sato", "subject", "import", register, *IMPORT))["subjects"]
    found = [
        read(officer("sato", "subject", "find", "--from-json", papers(document_number=f"TZ{n:07}"), "--json"))
        for n in (40, 41)
    ]
    assert [each["subject_id"] for each in found] == [subjects["40"], subjects["41"]]
    assert len(set(subjects.values())) == 40


def test_officer_of_one_organ_takes_over_its_rows(officer: As, register: Path) -> None:
    """And is told of the option where there are others."""
    refused = officer("sato", "subject", "import", register, *IMPORT[:-1], organ="METI")
    assert (refused.exit_code, "--organ PARTY/ORGAN" in refused.stderr) == (Exit.REFUSED, True)
    told = read(officer("sato", "subject", "import", register, "--organ", "JPN/METI", *IMPORT, organ="METI"))
    assert (told["found"], told["recorded"], told["of_other_organs"]) == (21, 11, 19)
