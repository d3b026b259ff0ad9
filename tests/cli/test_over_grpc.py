"""The command line against a real node over mutual TLS, and against the files that it leaves."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fakes.nodes import Served, authority_of, serve
from fakes.parties import HOME, NOW, keyring_of, names_of
from fakes.people import identity
from fakes.rosters import row_of, stranger, written

from interchange.cli.exits import Exit
from interchange.cli.fields import spell
from interchange.cli.program import program
from interchange.client.directory import CHECKPOINT, KEYRING, LANE, STATUS_LIST
from interchange.client.follower import Follower
from interchange.crypto.sealed import write_private
from interchange.wire.identity import identity_members

As = Callable[..., Result]

READER = "KOR"
PIN = keyring_of(HOME).root_pin
PROJECT = (
    "project open --title Magnets --field semiconductors --partner KOR=JPN-KOR-2016 --ceiling JPN/SDS --floor JPN/CESI "
    "--purpose joint_research --from 2027-01-01 --until 2027-12-31"
)
RECORD = "clearance record --organ JPN/METI --level JPN/SDS --notified-on 2026-04-01 --employer LAB-1 --subject"
RECOGNISE = "employer recognise LAB-1 --title Magnets --ceiling JPN/SDS --from 2027-01-01 --until 2029-12-31"
CONSENT = (
    "consent record --party KOR --recipient Office --purpose joint_research --item level --item validity "
    "--item project --rules-information Rules-2026 --from 2027-01-01 --until 2027-12-31 --subject"
)

WITHOUT_NETWORK = """
import sys
from interchange.cli.program import program
program.main(sys.argv[1:], standalone_mode=False)
sys.exit(any(name in sys.modules for name in ("grpc", "google.protobuf", "sqlmodel", "cryptography")))
"""


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A served node of this test's own, with two partners."""
    with serve(tmp_path / "node", template=sqlite_template) as served:
        yield served


@pytest.fixture
def calling(served: Served, tmp_path: Path) -> As:
    """Call the node as somebody, with the credentials in files as `root certificate` leaves them."""

    def called(who: str, *words: object, **more: Any) -> Result:  # noqa: ANN401 - of click's runner
        party, role = who.split()
        directory = tmp_path / who.replace(" ", "-")
        if not directory.exists():
            directory.mkdir()
            pair = authority_of(party).certify(names_of(party).spiffe(role, "tester"))
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
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


class Story:
    """A project with one participant and an assertion in a file."""

    def __init__(self, calling: As, directory: Path) -> None:
        """Open the project, register and clear the person, and issue, all from the command line."""
        self.token = directory / "token.jws"
        project = read(calling("JPN coordinator", *PROJECT.split(), "--json"))["result"]
        self.project, self.reference = project["project_id"], project["partners"][0]["reference"]
        papers = json.dumps(identity_members(identity(1)))
        register = ("subject", "register", "--from-json", "-", "--json")
        self.subject = read(calling("JPN officer", *register, input=papers))["subject_id"]
        for words in (RECOGNISE.split(), [*RECORD.split(), self.subject], [*CONSENT.split(), self.subject]):
            read(calling("JPN officer", *words, "--json"))
        whom = ("--project", self.project, "--partner", READER, "--subject", self.subject)
        issued = read(calling("JPN officer", "assertion", "issue", *whom, "--to", self.token, "--json"))
        self.assertion = issued["result"]["assertion_id"]

    def offline(self, bundle: Path, *more: object, at: int = NOW) -> list[str]:
        """Spell the command that judges the assertion by a bundle."""
        words = ["verify", self.token, "--directory", bundle, "--root-pin", PIN, "--party", READER]
        return [str(word) for word in (*words, "--project", self.reference, "--at", spell(at), *more)]


@pytest.fixture
def story(calling: As, tmp_path: Path) -> Story:
    """What most tests here begin with."""
    return Story(calling, tmp_path)


@pytest.fixture
def bundle(calling: As, story: Story, tmp_path: Path) -> Path:
    """What the partner leaves for a machine without network."""
    done = calling(f"{READER} partner", "lane", "prove", story.assertion, "--to", tmp_path / "bundle")
    assert done.exit_code == 0, done.output
    return tmp_path / "bundle"


def test_node_says_who_it_is(calling: As) -> None:
    """The answer of a real node is printed whole."""
    assert read(calling("JPN auditor", "node", "info", "--json"))["root_pin"] == PIN


@pytest.mark.parametrize(
    "words",
    [
        "partner list",
        "agreement list",
        "agreement levels KOR",
        "translate JPN/SDS KOR",
        "keyring show",
        "keyring show --party KOR",
        "keyring jwks",
        "lane list",
    ],
)
def test_what_a_key_administrator_reads_is_printed_for_people(calling: As, words: str) -> None:
    """Every field that the tables name is in a real node's answer."""
    done = calling("JPN key-admin", *words.split())
    assert (done.exit_code, bool(done.stdout)) == (Exit.DONE, True), done.output


def test_what_an_officer_reads_is_printed_for_people(calling: As, story: Story) -> None:
    """The same for projects, assertions, people and holds."""
    assert calling("JPN officer", "project", "stop", story.project).exit_code == Exit.DONE
    of_person = f"consent list {story.subject}"
    lists = ("project list", "assertion list", "clearance list", "screening list", "employer list", "standing holds")
    for words in (*lists, of_person):
        done = calling("JPN officer", *words.split())
        assert (done.exit_code, len(done.stdout.splitlines())) == (Exit.DONE, 2), done.output


def test_what_a_partner_reads_leaves_out_what_is_not_its_own(calling: As, story: Story) -> None:
    """A partner's project has a reference and no title, and is printed all the same."""
    done = calling(f"{READER} partner", "project", "show", story.reference)
    assert (done.exit_code, "Magnets" in done.stdout) == (Exit.DONE, False)
    assert story.reference in done.stdout
    assert story.reference in calling(f"{READER} partner", "project", "list").stdout


def test_assertion_is_valid_until_it_is_revoked(calling: As, story: Story) -> None:
    """Issued, judged, revoked and judged again, each by its command."""
    judge = (f"{READER} partner", "assertion", "verify", story.token, "--project", story.reference)
    assert calling(*judge).exit_code == Exit.DONE
    assert calling("JPN officer", "standing", "revoke", story.assertion).exit_code == Exit.DONE
    done = calling(*judge)
    assert (done.exit_code, "revoked: " in done.stdout) == (Exit.NOT_VALID, True)


def test_roster_is_enrolled_and_listed(calling: As, served: Served, story: Story, tmp_path: Path) -> None:
    """From the file to the list of those who take part, and the same command again changes nothing."""
    row = row_of(served.node, story.subject, employer_id="LAB-1")
    (tmp_path / "people.csv").write_bytes(written(row, stranger(served.node)))
    words = ("project", "enrol", "--project", story.project, "--partner", READER, "--roster", tmp_path / "people.csv")
    done = [calling("JPN coordinator", *words, "--json") for _ in range(2)]
    outcomes = [line["outcome"] for line in json.loads(done[0].stdout)["lines"]]
    assert outcomes == ["ROW_OUTCOME_CONFIRMED", "ROW_OUTCOME_NOT_CONFIRMED"]
    assert ([each.exit_code for each in done], done[1].stdout) == ([Exit.NOT_VALID] * 2, done[0].stdout)
    (listed,) = read(calling("JPN coordinator", "participant", "list", "--json"))["participants"]
    withdrawn = calling("JPN coordinator", "participant", "withdraw", listed["participant_id"])
    assert (listed["passport_given"], withdrawn.exit_code) == ("HANAKO", Exit.DONE)


def test_hold_suspends_and_its_end_reinstates(calling: As, story: Story) -> None:
    """The hold's id leads from one to the other."""
    judge = (f"{READER} partner", "assertion", "verify", story.token, "--project", story.reference)
    hold = read(calling("JPN officer", "standing", "suspend", "--subject", story.subject, "--json"))["hold"]
    assert calling(*judge).exit_code == Exit.NOT_VALID
    assert calling("JPN officer", "standing", "reinstate", hold["hold_id"]).exit_code == Exit.DONE
    assert calling(*judge).exit_code == Exit.DONE


def test_lists_longer_than_a_page_are_read_to_their_end(calling: As, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page tokens of a real node lead to the last entry."""
    monkeypatch.setattr("interchange.cli.caller.PAGE", 2)
    for number in range(5):
        done = calling("JPN officer", *RECOGNISE.replace("LAB-1", f"LAB-{number}").split())
        assert done.exit_code == Exit.DONE
    assert len(read(calling("JPN officer", "employer", "list", "--json"))["employers"]) == 5


def test_refusal_of_a_real_node_keeps_its_reason(calling: As) -> None:
    """What the node refuses with reaches the person who asked."""
    done = calling("JPN coordinator", "translate", "JPN/CESI", "KOR")
    assert (done.exit_code, done.stderr.split(":")[1]) == (Exit.REFUSED, " no_row")


def test_caller_without_the_right_role_is_refused(calling: As) -> None:
    """A certificate's role decides, not the command."""
    done = calling(f"{READER} partner", "partner", "list")
    assert (done.exit_code, done.stderr.split(":")[1]) == (Exit.REFUSED, " caller_not_allowed")


def test_node_of_another_name_is_not_spoken_to(calling: As) -> None:
    """A node whose certificate does not bear the expected name is not believed, and the line says why."""
    done = calling("JPN auditor", "node", "info", "--authority", names_of(READER).authority, "--timeout", "5")
    assert (done.exit_code, done.stderr.count("\n")) == (Exit.UNREACHABLE, 1)
    assert "error: node_certificate:" in done.stderr


def test_authority_of_another_partys_node_can_be_named(calling: As, tmp_path: Path) -> None:
    """A partner's own authority lies with its credentials; that of the node it calls is named beside."""
    write_private(tmp_path / "other.pem", authority_of(READER).pem)
    done = calling("JPN auditor", "node", "info", "--node-ca", tmp_path / "other.pem", "--timeout", "5")
    assert done.exit_code == Exit.UNREACHABLE


def test_lane_is_printed_leaf_by_leaf(calling: As, story: Story) -> None:
    """The partner reads what it was told, in order, without asking for more than there is."""
    lines = calling(f"{READER} partner", "lane", "fetch").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [str(number) for number in range(len(lines))]
    assert story.assertion in lines[-1]


def test_lane_longer_than_a_page_is_read_to_its_end(calling: As, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page follows the one before, by the root of what has been read."""
    whole = calling(f"{READER} partner", "lane", "fetch").stdout
    monkeypatch.setattr("interchange.cli.lane.MAX_PAGE", 1)
    assert calling(f"{READER} partner", "lane", "fetch").stdout == whole


def test_record_of_a_lane_is_what_a_follower_reads(calling: As, story: Story, tmp_path: Path) -> None:
    """Keyring, checkpoint and leaves, which the follower checks down to the signatures."""
    assert calling(f"{READER} partner", "lane", "fetch", "--to", tmp_path / "record").exit_code == Exit.DONE
    assert {file.name for file in (tmp_path / "record").iterdir()} == {KEYRING, CHECKPOINT, LANE}
    follower = Follower.from_directory(tmp_path / "record", now=NOW, root_pin=PIN, party=READER)
    assert follower.verify(story.token.read_bytes().strip(), project=story.reference, now=NOW).outcome == "VALID"


def test_leaf_is_proven_by_its_number(calling: As) -> None:
    """Not only assertions can be proven."""
    done = calling(f"{READER} partner", "lane", "prove", "--index", 0)
    assert (done.exit_code, "holds" in done.stdout) == (Exit.DONE, True), done.output


def test_status_list_is_left_as_a_token(calling: As, story: Story, tmp_path: Path) -> None:
    """A JWT library reads the file as it is."""
    uri = f"{names_of(HOME).uri}/status/{READER}/1"
    assert calling(f"{READER} partner", "status-list", "get", uri, "--to", tmp_path / "list").exit_code == Exit.DONE
    assert (tmp_path / "list").read_text(encoding="ascii").count(".") == 2


def test_bundle_is_valid_without_a_network(story: Story, bundle: Path) -> None:
    """The files alone answer, in a process that loads neither gRPC nor the database."""
    command = [sys.executable, "-c", WITHOUT_NETWORK, *story.offline(bundle, "--json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (0, "OUTCOME_VALID"), done.stderr


@pytest.mark.parametrize(
    ("more", "at", "code", "shown"),
    [
        pytest.param([], NOW, Exit.DONE, "VALID", id="valid"),
        pytest.param([], NOW + 2 * 86_400, Exit.STALE, "stale: ", id="two days later"),
        pytest.param(["--max-age", 3 * 86_400], NOW + 2 * 86_400, Exit.DONE, "VALID", id="two days may pass"),
        pytest.param([], NOW + 366 * 86_400, Exit.NOT_VALID, "expired: ", id="a year later"),
        pytest.param(["--party", "AUS"], NOW, Exit.NOT_VALID, "audience_wrong: ", id="shown to another party"),
        pytest.param(["--project", "A" * 22], NOW, Exit.NOT_VALID, "project_wrong: ", id="for another project"),
    ],
)
def test_offline_verdict_has_its_exit_code(
    story: Story, bundle: Path, more: list[object], at: int, code: Exit, shown: str
) -> None:
    """A script at a gate needs no more than the code; the officer reads why."""
    done = CliRunner().invoke(program, story.offline(bundle, *more, at=at))
    assert (done.exit_code, shown in done.stdout) == (code, True), done.output


def test_token_comes_from_standard_input(story: Story, bundle: Path) -> None:
    """A reader of two-dimensional codes can be piped in."""
    words = ["-" if word == str(story.token) else word for word in story.offline(bundle)]
    assert CliRunner().invoke(program, words, input=story.token.read_bytes()).exit_code == Exit.DONE


@pytest.mark.parametrize("name", [KEYRING, CHECKPOINT, STATUS_LIST])
def test_broken_bundle_is_refused_in_one_line(story: Story, bundle: Path, name: str) -> None:
    """Files that say nothing give no verdict, and the person is told in a line."""
    (bundle / name).write_bytes(b"broken\n")
    done = CliRunner().invoke(program, story.offline(bundle))
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (Exit.REFUSED, "", 1)


def test_offline_and_online_verdicts_are_spelled_alike(calling: As, story: Story, bundle: Path) -> None:
    """What a program reads of one verdict it reads of the other, value by value."""
    judge = (f"{READER} partner", "assertion", "verify", story.token, "--project", story.reference, "--json")
    (online,) = read(calling(*judge))["verdicts"]
    offline = json.loads(CliRunner().invoke(program, story.offline(bundle, "--json")).stdout)
    assert online == offline | {"file": str(story.token)}
