"""Reading the project's Markdown: generated blocks, fenced blocks, tables."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]

REFRESH = "PYTHONPATH=tests .venv/bin/python -m docs.generated"
"""Writes every generated block anew."""

_GENERATED = re.compile(
    r"^<!-- generated: (?P<name>[a-z0-9-]+) -->\n(?P<body>.*?)^<!-- end -->$", re.MULTILINE | re.DOTALL
)
_FENCED = re.compile(r"^```(?P<language>[a-z]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_CELL = re.compile(r"(?<!\\)\|")


class Fenced(NamedTuple):
    """One fenced block: the word after its opening fence, and its lines."""

    language: str
    body: str


def documents() -> list[Path]:
    """List every document for readers, by path."""
    loose = [ROOT / name for name in ("README.md", "SECURITY.md", "CHANGELOG.md", "proto/README.md", "keys/README.md")]
    return sorted([path for path in loose if path.exists()] + list((ROOT / "docs").rglob("*.md")))


def read(name: str) -> str:
    """Read a document by its path from the top of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def generated(text: str) -> dict[str, str]:
    """Find what stands in each generated block of a document."""
    return {match["name"]: match["body"] for match in _GENERATED.finditer(text)}


def with_generated(text: str, blocks: Mapping[str, str]) -> str:
    """Put new content into the generated blocks of a document; other text stays."""

    def renew(match: re.Match[str]) -> str:
        return f"<!-- generated: {match['name']} -->\n{blocks[match['name']]}<!-- end -->"

    return _GENERATED.sub(renew, text)


def fenced(text: str) -> list[Fenced]:
    """List the fenced blocks of a document, or of a generated block."""
    return [Fenced(match["language"], match["body"]) for match in _FENCED.finditer(text)]


def fence(body: str, language: str = "text") -> str:
    """Write a fenced block; `body` gets a final newline if it has none."""
    return f"```{language}\n{body.removesuffix(chr(10))}\n```\n"


def table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Write a table."""
    lines = [columns, ("---",) * len(columns), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def rows(text: str) -> list[tuple[str, ...]]:
    """Read the rows of the first table in `text`, without its heading."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("|"):
            lines.append(line)
        elif lines:
            break
    return [tuple(cell.strip() for cell in _CELL.split(line)[1:-1]) for line in lines[2:]]


def section(text: str, heading: str) -> str:
    """Cut the section under a heading out of a document, up to the next heading of any rank."""
    found = [match for match in _HEADING.finditer(text) if match[1] == heading]
    assert len(found) == 1, f"{heading!r} is the heading of {len(found)} sections"
    following = _HEADING.search(text, found[0].end())
    return text[found[0].end() : following.start() if following else None]


def code(cell: str) -> str:
    """Take the backquotes from a table cell that holds one word of code."""
    assert cell.startswith("`"), cell
    assert cell.endswith("`"), cell
    return cell[1:-1]
