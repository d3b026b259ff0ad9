"""`assertion verify`: many tokens judged by a node."""

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from fakes.sessions import FakeSession

from interchange.cli.caller import JsonObject
from interchange.cli.exits import Exit
from interchange.wire.envelope import MAX_TOKEN

Run = Callable[..., Result]

METHOD = "AssertionService/BatchVerifyAssertions"


def verdict(outcome: str, reason: str = "") -> JsonObject:
    """Spell a verdict as a node does."""
    return {"outcome": f"OUTCOME_{outcome}", "reason": reason, "steps": [], "working_row": False, "witnessed": False}


def answer(*outcomes: str) -> JsonObject:
    """Answer with these verdicts."""
    return {"verdicts": [verdict(outcome) for outcome in outcomes]}


def files(directory: Path, count: int) -> list[Path]:
    """Leave as many tokens, each of its own."""
    paths = [directory / f"{number:03}.jws" for number in range(count)]
    for path in paths:
        path.write_text(f"token.{path.stem}.x\n", encoding="ascii")
    return paths


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        (("VALID",), Exit.DONE),
        (("NOT_VALID",), Exit.NOT_VALID),
        (("STALE",), Exit.STALE),
        (("VALID", "VALID"), Exit.DONE),
        (("VALID", "STALE"), Exit.STALE),
        (("STALE", "NOT_VALID", "VALID"), Exit.NOT_VALID),
        (("UNSPECIFIED",), Exit.NOT_VALID),
        (("OF_A_LATER_VERSION",), Exit.NOT_VALID),
    ],
)
def test_worst_verdict_decides_the_exit_code(
    run: Run, session: FakeSession, tmp_path: Path, outcomes: tuple[str, ...], code: Exit
) -> None:
    """Only a verdict that is certainly valid ends with success."""
    session.lay(METHOD, answer(*outcomes))
    done = run("assertion", "verify", *files(tmp_path, len(outcomes)), "--project", "p")
    assert done.exit_code == code


def test_tokens_go_in_messages_of_256(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """All tokens are judged, in their order, in as few messages as a node takes."""
    paths = files(tmp_path, 600)
    session.lay(METHOD, *(answer(*["VALID"] * count) for count in (256, 256, 88)))
    done = run("assertion", "verify", *paths, "--project", "p", "--json")
    sent = [b64decode(token) for request in session.requests for token in request["tokens"]]
    assert [len(request["tokens"]) for request in session.requests] == [256, 256, 88]
    assert sent == [path.read_bytes().strip() for path in paths]
    assert [each["file"] for each in json.loads(done.stdout)["verdicts"]] == [str(path) for path in paths]


def test_tokens_come_from_standard_input_line_by_line(run: Run, session: FakeSession) -> None:
    """Another program can hand over many tokens without writing files."""
    session.lay(METHOD, answer("VALID", "VALID"))
    run("assertion", "verify", "-", "--project", "p", input="one.a.b\ntwo.a.b\n")
    assert [b64decode(token) for token in session.requests[0]["tokens"]] == [b"one.a.b", b"two.a.b"]


def test_reason_is_said_in_words(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """An officer learns why, and what to do."""
    session.lay(METHOD, {"verdicts": [verdict("NOT_VALID", "suspended")]})
    done = run("assertion", "verify", *files(tmp_path, 1), "--project", "p")
    assert "suspended: the assertion is suspended. Wait for the issuer to lift it." in done.stdout


def test_empty_file_is_refused_by_its_name(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """A file that holds nothing is a mistake, and not a token that is not valid."""
    (tmp_path / "empty").touch()
    done = run("assertion", "verify", tmp_path / "empty", "--project", "p")
    assert (done.exit_code, session.calls) == (Exit.REFUSED, [])
    assert f"{tmp_path / 'empty'} is empty" in done.stderr


def test_file_that_is_not_there_is_refused_in_one_line(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """A wrong path is told apart from a mistake of the command line and from a verdict."""
    done = run("assertion", "verify", tmp_path / "nowhere", "--project", "p")
    assert (done.exit_code, session.calls, done.stderr.count("\n")) == (Exit.REFUSED, [], 1)


def test_endless_file_is_not_read_to_its_end(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """Of what is longer than any token, one byte more is sent, and the node says why it is none."""
    (tmp_path / "long").write_bytes(b"x" * 1_000_000)
    session.lay(METHOD, answer("NOT_VALID"))
    run("assertion", "verify", tmp_path / "long", "--project", "p")
    assert len(b64decode(session.requests[0]["tokens"][0])) == MAX_TOKEN + 1


def test_too_few_verdicts_are_no_verdicts(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """A node that answers for another number of tokens is not believed at all."""
    session.lay(METHOD, answer("VALID"))
    done = run("assertion", "verify", *files(tmp_path, 2), "--project", "p")
    assert (done.exit_code, done.stdout) == (Exit.UNREACHABLE, "")
