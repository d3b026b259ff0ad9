"""All pages: links lead somewhere, decisions are numbered, threats name tests that exist, reasons stand once."""

import re
from pathlib import Path

import pytest
from docs.generated import FAMILIES
from docs.markdown import ROOT, code, documents, generated, read, rows

from interchange.errors import Reason

_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")
LINKS = [(path, link) for path in documents() for link in _LINK.findall(path.read_text(encoding="utf-8"))]
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md") if path != ROOT / "docs/README.md")
NAMED_TESTS = sorted(set(re.findall(r"`(test_[a-z0-9_]+)`", read("docs/threats.md"))))


@pytest.fixture(scope="module")
def tests() -> set[str]:
    """The names of all test functions."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    return {name for text in texts for name in re.findall(r"^ *def (test_\w+)\(", text, re.MULTILINE)}


@pytest.mark.parametrize(("path", "link"), LINKS, ids=[f"{path.relative_to(ROOT)}: {link}" for path, link in LINKS])
def test_link_leads_somewhere(path: Path, link: str) -> None:
    """A file that a page points to is there."""
    assert (path.parent / link).exists()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_page_is_in_the_index(path: Path) -> None:
    """Every page is reached from docs/README.md."""
    assert f"]({path.relative_to(ROOT / 'docs')})" in read("docs/README.md")


def test_decisions_are_numbered_without_gaps() -> None:
    """A decision can be cited by its number."""
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name)
def test_decision_says_what_was_asked_decided_and_why(path: Path) -> None:
    """A record has its four parts."""
    text = path.read_text(encoding="utf-8")
    parts = ("**The question.**", "**The decision.**", "**Why", "**What follows.**")
    assert [part for part in parts if part not in text] == []


@pytest.mark.parametrize("name", NAMED_TESTS)
def test_threat_names_a_test_that_exists(name: str, tests: set[str]) -> None:
    """A control that is said to be tested is tested."""
    assert name in tests


def test_every_reason_stands_once_under_its_status() -> None:
    """The page of reasons has each code once, in the section of its own status."""
    blocks = generated(read("docs/reasons.md"))
    found = {
        family.status: [code(row[0]) for row in rows(blocks[family.status.lower().replace("_", "-")])]
        for family in FAMILIES
    }
    assert found == {family.status: [each.code for each in Reason if each.family is family] for family in FAMILIES}
