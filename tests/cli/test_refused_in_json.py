"""A refusal as programs read it: wherever an answer would be JSON, so is what stands in its place."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from fakes.answers import AT, ID, PIN
from fakes.sessions import FakeSession

from interchange.cli.exits import Exit
from interchange.cli.program import program
from interchange.errors import Reason, refuse

Run = Callable[..., Result]

INFO = "NodeService/GetNodeInfo"
REVOKE = "StandingService/Revoke"
NOWHERE = "nowhere"

SAMPLES = {
    "authority": "aaa.clearance.example",
    "day": "2027-01-31",
    "directory": NOWHERE,
    "employer": "LAB-0001",
    "file": NOWHERE,
    "host:port": "bbb.example:7443",
    "integer range": "1",
    "kid": "cOmPu_iXNcYuHGK97YO34afKXWLxnoIGwCkuqthdkBs",
    "organ": "SCI",
    "party": "BBB",
    "party/code": "AAA/Upper",
    "party/organ": "AAA/SCI",
    "party=agreement": "BBB=AAA-BBB-2016",
    "pin": PIN,
    "text": "text",
    "time": AT,
    "uuid": ID,
}
"""Something of each form that a command may ask for; of the files and directories there is none."""

MORE = {
    "demo": ["--register", NOWHERE],
    "key drill": ["--keep", "/dev/null/kept"],
    "lane prove": [ID],
    "standing suspend": ["--subject", ID],
}
"""What commands need that could do without any single option."""


def leaves(command: click.Command, *path: str) -> Iterator[tuple[str, click.Command]]:
    """List the commands that do something, with the words that lead there."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from leaves(found, *path, name)
    else:
        yield " ".join(path), command


COMMANDS = {
    path: command for path, command in leaves(program) if any(each.name == "as_json" for each in command.params)
}


def error_of(answer: Result) -> dict[str, Any]:
    """Read the one line of JSON on standard error; nothing is on standard output."""
    assert (answer.stdout, answer.stderr.count("\n")) == ("", 1), answer.output
    error: dict[str, Any] = json.loads(answer.stderr)["error"]
    return error


@pytest.mark.parametrize(("reason", "code"), [(Reason.NOT_KNOWN, 4), (Reason.NODE_CERTIFICATE, 5), (Reason.STALE, 3)])
def test_refusal_has_its_parts_and_the_same_exit_code(
    run: Run, session: FakeSession, reason: Reason, code: int
) -> None:
    """What a person reads in one line, a program reads in members."""
    session.lay(INFO, refuse(reason, "somewhere"))
    answer = run("node", "info", "--json")
    told = {"reason": reason.code, "text": reason.text, "where": "somewhere", "remedy": reason.remedy}
    assert (answer.exit_code, error_of(answer)) == (code, told)


def test_request_id_is_told(run: Run, session: FakeSession) -> None:
    """A program, too, can repeat a call of which nobody knows whether it was carried out."""
    session.lay(REVOKE, refuse(Reason.PARTNER_UNREACHABLE))
    (note,) = error_of(run("standing", "revoke", ID, "--json"))["notes"]
    assert note.endswith(f"--request-id {session.requests[0]['request_id']}")


def test_fault_of_the_program_says_where_and_no_more(run: Run, session: FakeSession) -> None:
    """An answer that is none makes it stumble."""
    session.lay("ProjectService/ListProjects", {"projects": 5, "next_page_token": "secret"})
    error = error_of(run("project", "list", "--json"))
    assert (error["reason"], error["text"]) == ("internal", "the program failed with TypeError")
    assert error["where"].startswith("interchange/cli/caller.py:")


def words_of(command: click.Command) -> Iterator[str]:
    """Give a command all that it asks for."""
    for each in command.params:
        if isinstance(each, click.Option) and each.required and each.is_flag:
            yield each.opts[0]
        elif each.required:
            sample = each.type.choices[0] if isinstance(each.type, click.Choice) else SAMPLES[each.type.name]
            yield from [sample] if isinstance(each, click.Argument) else [each.opts[0], sample]


@pytest.mark.parametrize(("path", "command"), COMMANDS.items(), ids=COMMANDS)
def test_command_is_refused_in_json(
    path: str, command: click.Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On this machine as at a node: without certificate, files and directories, each is refused."""
    monkeypatch.chdir(tmp_path)
    words = [*path.split(), *words_of(command), *MORE.get(path, []), "--json"]
    answer = CliRunner().invoke(program, words)
    assert (answer.exit_code, error_of(answer)["reason"]) == (Exit.REFUSED, Reason.FILE_UNREADABLE.code)
