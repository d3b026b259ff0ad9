"""What lies where in the repository, and what must not."""

import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

ALLOWED = {
    ".ci",
    ".git",
    ".gitignore",
    "CHANGELOG.md",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "docs",
    "interchange",
    "keys",
    "proto",
    "pyproject.toml",
    "requirements.lock",
    "tests",
}

# The words of one nation's law. Elsewhere than in its rules and in the demonstration they would be rules in code.
HOME_WORDS = re.compile(r"\b(JPN|SDS|CESI|MOD|Tokyo)\b")
HOME_WORDS_ALLOWED = {"rulebook", "demo"}


def git_ignores(name: str) -> bool:
    """Say whether a name of the top level is a build output or a cache, as .gitignore lists them."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    patterns = [line.strip("/") for line in lines if line and not line.startswith("#")]
    return any(fnmatch(name, pattern) for pattern in patterns)


def test_top_level_holds_only_the_agreed_names() -> None:
    """A reader meets nothing at the top that has no agreed place there."""
    found = {path.name for path in ROOT.iterdir() if not git_ignores(path.name)}
    assert found <= ALLOWED


@pytest.mark.parametrize("name", ["proto", "keys", "tests"])
def test_directories_beside_the_package_are_not_importable(name: str, tmp_path: Path) -> None:
    """A program that installed the project can import the package, and nothing that lies beside it."""
    question = f"import importlib.util, interchange; print(importlib.util.find_spec({name!r}))"
    answer = subprocess.run(
        [sys.executable, "-c", question], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "None"


@pytest.mark.parametrize("name", ["proto", "keys", "tests"])
def test_directories_beside_the_package_hold_no_package_file(name: str) -> None:
    """No directory beside the package declares itself a package."""
    assert [str(path) for path in (ROOT / name).rglob("__init__.py")] == []


def test_keys_directory_holds_its_description_alone() -> None:
    """The directory named for keys has none in it."""
    assert {path.name for path in (ROOT / "keys").iterdir()} == {".gitignore", "README.md"}


def test_one_nations_words_stand_only_in_its_rules_and_the_demonstration() -> None:
    """Every nation runs the same program: its own levels, organs and zone are data."""
    package = ROOT / "interchange"
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in sorted(package.rglob("*"))
        if path.is_file()
        and "__pycache__" not in path.parts
        and path.relative_to(package).parts[0] not in HOME_WORDS_ALLOWED
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for match in HOME_WORDS.finditer(line)
    ]
    assert found == []


def test_lock_names_no_package_index() -> None:
    """The lock says what to install and its hashes; where to fetch it is the installing machine's own setting."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.findall(r".*(?:://|--index|--extra-index|--find-links|--trusted-host).*", lock) == []


def test_lock_pins_every_package_with_its_hash() -> None:
    """No line of the lock can install anything else than what was locked."""
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text(encoding="utf-8").strip())
    assert [entry for entry in entries if not re.match(r"[a-z0-9-]+==\S+.*\\\n +--hash=sha256:", entry)] == []
