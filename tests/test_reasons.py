"""The table of reasons against the program, its tests and the protos."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from interchange.errors import Reason

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "interchange" / "errors.py"
COMMON = ROOT / "proto" / "interchange" / "v1" / "common.proto"


def named(directory: str) -> set[str]:
    """List the reasons that the code below a directory names, the table itself and this file aside."""
    return {name for path in sorted((ROOT / directory).rglob("*.py")) for name in _reasons(path)}


def _reasons(path: Path) -> Iterator[str]:
    if path in {TABLE, Path(__file__)}:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Reason":
            yield node.attr


def test_program_gives_every_reason() -> None:
    """A code that nothing gives is a promise that nothing keeps."""
    given = named("interchange")
    assert [reason.name for reason in Reason if reason.name not in given] == []


def test_tests_know_every_reason() -> None:
    """Each reason is what some test expects."""
    expected = named("tests")
    assert [reason.name for reason in Reason if reason.name not in expected] == []


def test_no_two_reasons_say_the_same() -> None:
    """Two rows of one content would be one member under two names to Python, and two codes to callers."""
    assert len(Reason) == len(Reason.__members__) == len({reason.text for reason in Reason})


def test_codes_that_every_method_may_answer_are_in_the_table() -> None:
    """What common.proto says of errors in general is about codes that there are."""
    text = re.sub(r"\n// ?", "\n", COMMON.read_text(encoding="utf-8"))
    paragraph = next(part for part in text.split("\n\n") if part.startswith("Errors:"))
    codes = set(re.findall(r"`([a-z_]+)`", paragraph)) - {"reason"}
    assert codes == codes & {reason.code for reason in Reason} != set()
