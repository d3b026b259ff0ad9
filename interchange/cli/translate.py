"""`translate`: the equivalent of a level at another party."""

from __future__ import annotations

import click

from interchange.cli import fields
from interchange.cli.caller import Caller, calling
from interchange.cli.command import Command
from interchange.cli.output import JSON, show_json, show_lines, word


@click.command(
    cls=Command,
    examples=("interchange translate AAA/Secret BBB", "interchange translate BBB/Secret AAA --day 2027-01-31 --json"),
)
@click.argument("level", type=fields.LEVEL_NAME)
@click.argument("party", type=fields.PARTY_CODE)
@click.option("--day", type=fields.DAY, help="Calendar day to ask for; today if not given.")
@JSON
@calling
def command(caller: Caller, level: str, party: str, *, day: str | None, as_json: bool) -> None:
    """Find the equivalent of LEVEL, PARTY/CODE, at another party; where there is no row, there is none."""
    answer = caller.read("AgreementService/Translate", level=level, to_party=party, day=day)
    if as_json:
        show_json(answer)
        return
    row = answer["row"]
    show_lines(
        (row["source"], f"stands for {row['target']}"),
        ("agreement", row["agreement"]),
        ("row", word(row["state"], "ROW_STATE")),
        ("source", row["citation"]),
        ("digest", row["digest"]),
    )
