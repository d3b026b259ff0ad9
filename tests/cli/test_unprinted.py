"""Output that nobody gets: a full disk, a reader that left. Neither is a refusal, nor a verdict."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TextIO

import pytest
from fakes.refusals import refused
from fakes.sessions import PROFILE, FakeSession

from interchange.cli import files
from interchange.cli.exits import Exit
from interchange.cli.program import program
from interchange.errors import Reason

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
FULL = Path("/dev/full")
REVOCATION = {
    "revocation": {
        "assertion_id": ID,
        "revoked_at": "2027-01-15T08:20:34Z",
        "position": {"origin": "lane", "index": "1"},
    }
}
pytestmark = pytest.mark.skipif(not FULL.exists(), reason="the system has no device that is always full")


def process(*words: str, output: int | TextIO) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, with this standard output."""
    command = [sys.executable, "-m", "interchange", *words]
    return subprocess.run(command, stdout=output, stderr=subprocess.PIPE, text=True, check=False, timeout=60)


@pytest.mark.parametrize("words", [("--help",), ("completion", "bash"), ("standing", "revoke", "--help")])
def test_full_disk_is_said_in_one_line(words: tuple[str, ...]) -> None:
    """Without a stack trace, whether a command or the help was asked for."""
    with FULL.open("w") as full:
        done = process(*words, output=full)
    assert (done.returncode, done.stderr.count("\n")) == (Exit.UNPRINTED, 1)
    assert done.stderr.startswith("error: the answer could not be written: ")


@pytest.mark.parametrize("words", [("--help",), ("completion", "bash")])
def test_reader_that_left_is_no_fault(words: tuple[str, ...]) -> None:
    """As with every program in a pipe: quiet, and never the code of a verdict."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        done = process(*words, output=pipe)
    assert (done.returncode, done.stderr) == (Exit.READER_LEFT, "")


def test_commands_end_though_nobody_can_be_told_anything() -> None:
    """Neither that the disk is full."""
    command = [sys.executable, "-m", "interchange", "--help"]
    with FULL.open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=full, check=False, timeout=60)
    assert done.returncode == Exit.UNPRINTED


def ended(session: FakeSession, *words: str) -> int:
    """Run a command in this process with its output on a full disk, and give its exit code."""
    with FULL.open("w") as full, pytest.MonkeyPatch.context() as patch:
        # Here, since pytest puts its own stream in the place after each fixture.
        patch.setattr(sys, "stdout", full)
        for name, value in PROFILE.items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as caught:
            program.main([*words], prog_name="interchange", obj=session)
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_act_whose_answer_is_lost_is_said_to_be_done(session: FakeSession, capfd: pytest.CaptureFixture[str]) -> None:
    """Or it would be taken for refused, and done again or given up."""
    session.lay("StandingService/Revoke", REVOCATION)
    code = ended(session, "standing", "revoke", ID)
    assert (code, capfd.readouterr().err.startswith("error: it was done, but the answer could not be written: ")) == (
        Exit.UNPRINTED,
        True,
    )


def test_lost_answer_is_said_in_json_where_json_was_asked_for(
    session: FakeSession, capfd: pytest.CaptureFixture[str]
) -> None:
    """On standard error, as refusals are."""
    session.lay("StandingService/Revoke", REVOCATION)
    ended(session, "standing", "revoke", ID, "--json")
    told = json.loads(capfd.readouterr().err)["error"]
    assert (told["reason"], told["where"], "was done" in told["text"]) == ("unprinted", "standard output", True)


def test_question_whose_answer_is_lost_was_not_done(session: FakeSession, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing has changed, and nothing is said to have."""
    session.lay("PartnerService/ListPartners", {"partners": []})
    code = ended(session, "partner", "list")
    assert (code, "done" in capfd.readouterr().err) == (Exit.UNPRINTED, False)


def test_file_that_never_ends_is_not_read_for_ever() -> None:
    """What is asked for as a table has a size that tables have."""
    with refused(Reason.FILE_UNREADABLE):
        files.read(FULL, 1000)
