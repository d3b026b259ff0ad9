"""What commands print: short tables and lines for people, JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

JSON = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, complete, for programs; a refusal too, on standard error."
)

_GAP = "  "


def show_json(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def show_lines(*pairs: tuple[str, object]) -> None:
    """Print named values below one another; those that are None or empty are left out."""
    shown = [(name, _plain(value)) for name, value in pairs if value is not None and value != ""]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        click.echo(f"{name:{width}}{_GAP}{value}")


def show_table(heads: Sequence[str], rows: Iterable[Sequence[object]], empty: str = "none") -> None:
    """Print rows under their heads, or the word `empty` if there are none."""
    texts = [[_plain("" if value is None else value) for value in row] for row in rows]
    if not texts:
        click.echo(empty)
        return
    lines = [list(heads), *texts]
    widths = [max(_columns(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        cells = [cell + " " * (width - _columns(cell)) for cell, width in zip(line, widths, strict=True)]
        click.echo(_GAP.join(cells).rstrip())


def word(value: object, prefix: str) -> str:
    """Say an enum's name as people do: `STANDING_VALID` with the prefix `STANDING` is `valid`."""
    return str(value or "").removeprefix(f"{prefix}_").lower().replace("_", " ")


def place(position: Mapping[str, Any] | None) -> str:
    """Say where in a lane something is told."""
    return f"{position['origin']} leaf {position['index']}" if position else ""


def show_proposal(proposal: Mapping[str, Any]) -> None:
    """Say that nothing has changed yet, because a second person must approve, and what to tell that one."""
    proposal_id = proposal["proposal_id"]
    if proposal["outcome"] != "PROPOSAL_OUTCOME_OPEN":
        outcome = word(proposal["outcome"], "PROPOSAL_OUTCOME")
        show_lines(("proposal", proposal_id), ("outcome", outcome), ("result", proposal["result"]))
        return
    show_lines(
        ("waiting for", f"a second person, another {proposal['approver_role']}"),
        ("proposal", proposal_id),
        ("until", proposal["expires_at"]),
        ("who then runs", f"interchange proposal approve {proposal_id}"),
    )


def _plain(value: object) -> str:
    """Leave out what would move the cursor or colour the screen: some of it is written by another party."""
    return "".join(character if character.isprintable() else "?" for character in str(value))


def _columns(text: str) -> int:
    """Count the columns that a text takes on a screen, where a wide character takes two."""
    return sum(2 if east_asian_width(character) in "FW" else 1 for character in text)
