"""`assertion verify --as-known-on`: what a node says of the past, in words and in exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from fakes.sessions import FakeSession

from interchange.cli.caller import JsonObject
from interchange.cli.exits import Exit

Run = Callable[..., Result]

METHOD = "AssertionService/VerifyAsKnown"
ON = "2027-01-31T09:00:00Z"


def answer(outcome: str, reason: str = "") -> JsonObject:
    """Spell a verdict about the past as a node does."""
    verdict = {"outcome": f"PAST_OUTCOME_{outcome}", "reason": reason, "steps": [], "known_on": ON, "lane_size": "7"}
    return {"verdict": verdict | {"working_row": False, "witnessed_at": "2027-01-31T08:59:00Z"}}


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """A file with a token."""
    path = tmp_path / "token.jws"
    path.write_text("a.b.c\n", encoding="ascii")
    return path


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("WAS_VALID", Exit.DONE),
        ("WAS_NOT_VALID", Exit.NOT_VALID),
        ("NOT_SHOWN", Exit.STALE),
        ("UNSPECIFIED", Exit.NOT_VALID),
        ("OF_A_LATER_VERSION", Exit.NOT_VALID),
    ],
)
def test_outcome_decides_the_exit_code(run: Run, session: FakeSession, token: Path, outcome: str, code: Exit) -> None:
    """Only what certainly was valid ends with success."""
    session.lay(METHOD, answer(outcome))
    assert run("assertion", "verify", token, "--project", "p", "--as-known-on", ON).exit_code == code


def test_node_is_asked_about_that_instant(run: Run, session: FakeSession, token: Path) -> None:
    """And about nothing else."""
    session.lay(METHOD, answer("WAS_VALID"))
    run("assertion", "verify", token, "--project", "p", "--as-known-on", ON)
    assert session.asked == (METHOD, {"token": "YS5iLmM=", "project": "p", "known_on": ON})


def test_person_reads_what_was_and_on_what_it_rests(run: Run, session: FakeSession, token: Path) -> None:
    """Never the word VALID alone, which would be about now."""
    session.lay(METHOD, answer("WAS_NOT_VALID", "revoked"))
    lines = dict(
        line.split(maxsplit=1)
        for line in run("assertion", "verify", token, "--project", "p", "--as-known-on", ON).stdout.splitlines()
    )
    assert (lines["verdict"], lines["on"], lines["witnessed"]) == ("was not valid", ON, "2027-01-31T08:59:00Z")
    assert lines["because"].startswith("revoked: ")


def test_program_reads_the_nodes_own_words(run: Run, session: FakeSession, token: Path) -> None:
    """With the file beside each verdict."""
    session.lay(METHOD, answer("WAS_VALID"))
    done = run("assertion", "verify", token, "--project", "p", "--as-known-on", ON, "--json")
    assert json.loads(done.stdout) == {"verdicts": [{"file": str(token), **answer("WAS_VALID")["verdict"]}]}


def test_several_tokens_are_a_table_and_the_worst_decides(
    run: Run, session: FakeSession, token: Path, tmp_path: Path
) -> None:
    """One that is not shown does not hide behind one that was valid."""
    other = tmp_path / "other.jws"
    other.write_text("d.e.f\n", encoding="ascii")
    session.lay(METHOD, answer("WAS_VALID"), answer("NOT_SHOWN", "not_in_lane"))
    done = run("assertion", "verify", token, other, "--project", "p", "--as-known-on", ON)
    assert (done.exit_code, "was valid" in done.stdout, "not shown" in done.stdout) == (Exit.STALE, True, True)
