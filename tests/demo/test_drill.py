"""The drill: run once as people run it, and once where something does not hold."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from interchange.demo import drill
from interchange.demo.narrator import NotHeld
from interchange.errors import Reason, Refusal


class Enacted(NamedTuple):
    """One run of the command."""

    code: int
    lines: list[dict[str, Any]]
    errors: str
    kept: Path


@pytest.fixture(scope="module")
def enacted(tmp_path_factory: pytest.TempPathFactory) -> Enacted:
    """Run the command once."""
    kept = tmp_path_factory.mktemp("drill") / "kept"
    command = [sys.executable, "-m", "interchange", "key", "drill", "--json", "--keep", str(kept)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    return Enacted(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr, kept)


def test_every_step_of_the_drill_holds(enacted: Enacted) -> None:
    """From the first assertion to the new ones under another key; the exit code says so."""
    steps = [(line["title"], line["held"], line["fault"]) for line in enacted.lines[:-1]]
    assert (enacted.code, steps) == (0, [(title, True, "") for title, _ in drill.STEPS]), enacted.errors


def test_drill_says_how_long_each_step_and_all_took(enacted: Enacted) -> None:
    """The steps together are nearly the whole."""
    total = enacted.lines[-1]
    spent = sum(line["seconds"] for line in enacted.lines[:-1])
    assert (total["held"], total["steps"]) == (True, len(drill.STEPS))
    assert spent <= total["seconds"]


@pytest.mark.parametrize(
    "fact",
    [
        "the partner's node, of the thief's: not_in_lane",
        "a program that knows JWT alone, of the thief's, until somebody notices: accepted",
        "a program that knows JWT alone, of the thief's, once it looks for keys again: refused",
        "the partner's node, of the first, which was proved: valid",
        "the partner's node, of the one after the theft: key_restricted",
        "a program that knows JWT alone, of the new one: accepted",
        "a program that knows JWT alone, of the old one: refused",
    ],
)
def test_drill_checks_what_was_signed_before_after_and_never_logged(enacted: Enacted, fact: str) -> None:
    """At the partner's node and at a program that knows JWT alone."""
    assert any(fact in each for line in enacted.lines[:-1] for each in line["facts"])


def test_what_the_drill_made_is_kept_where_it_was_asked_for(enacted: Enacted) -> None:
    """Nodes, root keys, logs, and what the thief copied."""
    assert {"jpn-node", "jpn-root", "aus-node.log", "loot"} <= {path.name for path in enacted.kept.iterdir()}


def test_drill_that_does_not_hold_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The first step that does not hold ends it."""

    def fails(_: drill.Drill) -> None:
        message = "the partner believes the thief"
        raise NotHeld(message)

    monkeypatch.setattr(drill, "STEPS", (("It fails", fails), ("It is not reached", fails)))
    assert not drill.run(tmp_path / "kept", as_json=True)


def test_directory_with_something_in_it_is_not_written_over(tmp_path: Path) -> None:
    """It could be another drill's."""
    (tmp_path / "file").touch()
    with pytest.raises(Refusal) as refused:
        drill.run(tmp_path, as_json=True)
    assert refused.value.reason is Reason.FILE_EXISTS
