import subprocess
import sys

import pytest

HEAVY = ("alembic", "apscheduler", "cryptography", "google.protobuf", "grpc", "nacl", "sqlalchemy", "sqlmodel")
PROGRAM = """
import sys
from interchange.cli import main
try:
    main()
except SystemExit:
    pass
sys.stderr.write(" ".join(name for name in {heavy!r} if name in sys.modules))
"""


def loaded(*words: str) -> list[str]:
    """List the heavy packages that a command has loaded in a process of its own."""
    command = [sys.executable, "-c", PROGRAM.format(heavy=HEAVY), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stderr.splitlines()[-1].split() if done.stderr else []


@pytest.mark.parametrize(
    "words",
    [
        "--help",
        "--version",
        "assertion issue --help",
        "lane prove --help",
        "serve --help",
        "root sign --help",
        "demo --help",
    ],
)
def test_asking_for_help_loads_nothing_heavy(words: str) -> None:
    """Help and completion answer at once."""
    assert loaded(*words.split()) == []


def test_importing_the_command_line_loads_nothing_at_all() -> None:
    """A program that has the package beside others pays nothing for the command line."""
    question = "import sys, interchange.cli; print('click' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
