"""`key`: what each verb asks and prints, what it does not let pass, and two people at their own machines."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fakes import tokens
from fakes.narrowing import METI
from fakes.nodes import Served, authority_of
from fakes.parties import HOME
from fakes.sessions import FakeSession
from fakes.signing import KEEPER, KEEPERS_COLLEAGUE, Person
from fakes.strict import serve_strict

from interchange.cli.exits import Exit
from interchange.cli.program import program
from interchange.crypto.sealed import write_private
from interchange.domain.stages import Stage
from interchange.flows.board import board

Run = Callable[..., Result]
As = Callable[..., Result]

MOVE, DRAFT, BOARD = "KeyService/MoveKey", "KeyService/DraftKey", "KeyService/GetKeyBoard"
KID = tokens.kid("assert")
TOLD = {"origin": "aaa.clearance.example/lane/BBB/1", "index": "7"}
ANSWER = {"result": {"kid": KID, "stage": "KEY_STAGE_TAINTED", "moved_at": "2027-01-31T10:00:00Z", "positions": [TOLD]}}
TAINT = ("key", "taint", KID, "--since", "2027-01-31T18:00:00+09:00")
SHOWN = {
    "keyring": 2,
    "expires_at": "2028-01-31T00:00:00Z",
    "keys": [
        {
            "kid": KID,
            "role": "KEY_ROLE_ASSERT",
            "organ": "SCI",
            "stage": "KEY_STAGE_LAID_IN",
            "made_at": "2020-01-31T10:00:00Z",
            "signature_count": "3",
            "sign_until": "2028-01-31T10:00:00Z",
            "verify_until": "2029-01-31T10:00:00Z",
            "seen_by": ["BBB"],
        }
    ],
    "partners": [{"party": "BBB", "keyring": 2, "acknowledged_at": "2027-01-31T10:00:00Z"}, {"party": "CCC"}],
}


# -- what is asked ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["suspend", "resume", "retire", "destroy", "activate"])
def test_step_is_asked_for(run: Run, session: FakeSession, verb: str) -> None:
    """By its name, and nothing else."""
    session.lay(MOVE, ANSWER)
    run("key", verb, KID)
    assert session.asked == (MOVE, {"kid": KID, "verb": f"KEY_VERB_{verb.upper()}"})


def test_taint_is_asked_for_with_its_beginning(run: Run, session: FakeSession) -> None:
    """In universal time, whatever zone the caller writes in."""
    session.lay(MOVE, ANSWER)
    run(*TAINT)
    assert session.asked[1] == {"kid": KID, "verb": "KEY_VERB_TAINT", "tainted_since": "2027-01-31T09:00:00Z"}


def test_forced_activation_says_so(run: Run, session: FakeSession) -> None:
    """Whoever approves it reads that."""
    session.lay(MOVE, ANSWER)
    run("key", "activate", KID, "--force")
    assert session.asked[1] == {"kid": KID, "verb": "KEY_VERB_ACTIVATE", "forced": True}


def test_key_is_drafted_for_a_year_of_signing_and_one_of_counting(run: Run, session: FakeSession) -> None:
    """Unless said otherwise, from the instant that is named."""
    session.lay(DRAFT, {"kid": KID})
    run("key", "draft", "--role", "assert", "--organ", "SCI", "--from", "2027-04-01T00:00:00Z")
    assert session.asked == (
        DRAFT,
        {
            "role": "KEY_ROLE_ASSERT",
            "organ": "SCI",
            "sign_from": "2027-04-01T00:00:00Z",
            "sign_until": "2028-03-31T00:00:00Z",
            "verify_until": "2029-03-31T00:00:00Z",
        },
    )


def test_key_that_begins_with_a_hyphen_goes_after_two(run: Run, session: FakeSession) -> None:
    """One key in 64 looks like an option."""
    session.lay(MOVE, ANSWER)
    kid = "-" + KID[1:]
    run("key", "suspend", "--", kid)
    assert session.asked[1]["kid"] == kid


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("taint", KID), id="a taint without its beginning"),
        pytest.param(("retire", KID, "--since", "2027-01-31T09:00:00Z"), id="a retirement with a beginning"),
        pytest.param(("suspend", KID, "--force"), id="a suspension that is forced"),
        pytest.param(("suspend",), id="no key"),
        pytest.param(("suspend", "METI"), id="a key that is no thumbprint"),
        pytest.param(("lift", KID), id="an unknown verb"),
        pytest.param(("draft",), id="a key for nothing"),
        pytest.param(("draft", "--role", "root"), id="a root key on a node"),
        pytest.param(("draft", "--role", "lane", "--days", "0"), id="a key that never signs"),
    ],
)
def test_mistake_is_found_before_anything_is_asked(run: Run, session: FakeSession, words: tuple[str, ...]) -> None:
    """The node is not called."""
    done = run("key", *words)
    assert (done.exit_code, session.calls) == (2, [])


# -- what is printed --------------------------------------------------------------------------------------------


def lines(done: Result) -> list[list[str]]:
    """Read what was printed as words and what is said of them."""
    return [line.split(maxsplit=1) for line in done.stdout.splitlines()]


def test_answer_says_when_and_where_it_is_told(run: Run, session: FakeSession) -> None:
    """For people, in a few lines."""
    session.lay(MOVE, ANSWER)
    told = f"{TOLD['origin']} leaf {TOLD['index']}"
    assert lines(run(*TAINT)) == [["key", KID], ["tainted", "2027-01-31T10:00:00Z"], ["told", told]]


def test_answer_names_who_was_left_behind(run: Run, session: FakeSession) -> None:
    """They were known when it was approved."""
    behind = ["BBB last spoke 2027-01-30T10:00:00Z"]
    step = {"kid": KID, "stage": "KEY_STAGE_ACTIVE", "moved_at": "2027-01-31T10:00:00Z", "left_behind": behind}
    session.lay(MOVE, {"result": step})
    assert f"left behind  {behind[0]}" in run("key", "activate", KID, "--force").stdout


@pytest.mark.parametrize(("words", "method", "answer"), [(TAINT, MOVE, ANSWER), (("key", "board"), BOARD, SHOWN)])
def test_answer_for_programs_is_the_nodes(
    run: Run, session: FakeSession, words: tuple[str, ...], method: str, answer: dict[str, object]
) -> None:
    """Complete, and nothing else."""
    session.lay(method, answer)
    assert json.loads(run(*words, "--json").stdout) == answer


def test_drafted_key_is_printed_with_what_is_next(run: Run, session: FakeSession) -> None:
    """A draft alone does nothing."""
    session.lay(DRAFT, {"kid": KID})
    assert lines(run("key", "draft", "--role", "lane"))[0] == ["drafted", KID]


def test_board_is_a_table_of_keys_and_one_of_partners(run: Run, session: FakeSession) -> None:
    """Each key with stage, signatures, ends and who has seen it; a partner that never spoke is said to."""
    session.lay(BOARD, SHOWN)
    printed = [line.split() for line in run("key", "board").stdout.splitlines()]
    (key,) = (line for line in printed if KID in line)
    assert (key[:4], key[-5:]) == (
        ["assert", "SCI", "laid", "in"],
        ["3", "2028-01-31", "2029-01-31", "BBB", KID],
    )
    assert ["CCC", "0", "never"] in printed


# -- two people -------------------------------------------------------------------------------------------------


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A node whose rules ask for two people."""
    with serve_strict(tmp_path / "node", sqlite_template) as served:
        yield served


@pytest.fixture
def calling(served: Served, tmp_path: Path) -> As:
    """Call the node as somebody, with the credentials in files as `root certificate` leaves them."""

    def called(person: Person, *words: object) -> Result:
        directory = tmp_path / f"{person.role}-{person.name}"
        if not directory.exists():
            directory.mkdir()
            write_private(directory / "caller.pem", person.pair.certificate)
            write_private(directory / "caller.key", person.pair.key)
            write_private(directory / "ca.pem", authority_of(HOME).pem)
        profile = {
            "INTERCHANGE_NODE": f"127.0.0.1:{served.port}",
            "INTERCHANGE_CREDENTIALS": str(directory),
            "INTERCHANGE_AUTHORITY": served.node.names.authority,
        }
        return CliRunner(env=profile).invoke(program, [str(word) for word in words])

    return called


def stage(served: Served) -> Stage:
    """Look at the register."""
    return next(line.key.stage for line in board(served.node).lines if line.key.record.kid == METI.kid)


def test_one_person_suspends(served: Served, calling: As) -> None:
    """At once."""
    done = calling(KEEPER, "key", "suspend", "--", METI.kid)
    assert (done.exit_code, stage(served)) == (Exit.DONE, Stage.SUSPENDED)


def test_two_people_retire(served: Served, calling: As) -> None:
    """One asks, the other approves, each with one command."""
    asked = calling(KEEPER, "key", "retire", "--why", "yearly rotation", "--json", "--", METI.kid)
    proposal = json.loads(asked.stdout)["proposal"]["proposal_id"]
    before = stage(served)
    done = calling(KEEPERS_COLLEAGUE, "proposal", "approve", proposal, "--yes")
    assert (before, done.exit_code, stage(served)) == (Stage.ACTIVE, Exit.DONE, Stage.RETIRED)


def test_nobody_retires_a_key_twice_in_person(served: Served, calling: As) -> None:
    """However often they approve."""
    asked = calling(KEEPER, "key", "retire", "--json", "--", METI.kid)
    proposal = json.loads(asked.stdout)["proposal"]["proposal_id"]
    calling(KEEPER, "proposal", "approve", proposal, "--yes")
    assert stage(served) is Stage.ACTIVE


def test_board_over_the_line_shows_every_key(served: Served, calling: As) -> None:
    """As the register has them."""
    shown = calling(KEEPER, "key", "board").stdout
    assert [line.key.record.kid for line in board(served.node).lines if line.key.record.kid not in shown] == []
