"""Printable pages: HTML that stands alone, without scripts and without anything fetched from elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Whoever opens the page tells nobody that it was opened: not even a mistake in it could load anything.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

_STYLE = """
@page { size: A4; margin: 18mm; }
body { font: 10.5pt/1.4 sans-serif; color: #000; max-width: 48em; margin: 2em auto; }
h1 { font-size: 1.4em; }
h2 { font-size: 1.1em; margin: 1.6em 0 0.4em; break-after: avoid; }
table { border-collapse: collapse; width: 100%; break-inside: avoid; }
th, td { border: 0.5pt solid #000; padding: 0.3em 0.5em; text-align: left; vertical-align: top; }
th { width: 16em; font-weight: normal; background: #eee; }
thead th { width: auto; }
td:empty { height: 1.6em; }
""".strip()


def page(title: str, body: Iterable[str], *, language: str = "en") -> str:
    """Write a page.

    Args:
        title: heading and title, plain text.
        body: parts made by the functions below.
        language: BCP 47 tag of the page's own words.
    """
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{escape(language)}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{_STYLE}\n</style>",
            "</head>",
            "<body>",
            f"<h1>{escape(title)}</h1>",
            *body,
            "</body>",
            "</html>",
            "",
        ]
    )


def section(heading: str) -> str:
    """Write the heading of a part."""
    return f"<h2>{escape(heading)}</h2>"


def paragraph(text: str) -> str:
    """Write a paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def items(*pairs: tuple[str, object]) -> str:
    """Write named values below one another; an empty value leaves a place to write in by hand."""
    rows = [f"<tr><th>{escape(name)}</th><td>{_cell(value)}</td></tr>" for name, value in pairs]
    return "\n".join(["<table>", *rows, "</table>"])


def grid(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write rows under their heads."""
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    lines = ["<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in row) + "</tr>" for row in rows]
    return "\n".join(["<table>", f"<thead><tr>{head}</tr></thead>", "<tbody>", *lines, "</tbody>", "</table>"])


def _cell(value: object) -> str:
    return "<br>".join(escape(line) for line in str("" if value is None else value).splitlines())
