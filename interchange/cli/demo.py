"""`demo`: the story of three nodes."""

from __future__ import annotations

from pathlib import Path

import click

from interchange.cli import fields
from interchange.cli.command import Command
from interchange.cli.exits import Exit


@click.command(cls=Command, examples=("interchange demo", "interchange demo --keep files --json"))
@click.option("--register", type=fields.FILE, help="CSV register of clearances; a sample if not given.")
@click.option(
    "--roster",
    "rosters",
    type=fields.FILE,
    multiple=True,
    help="CSV roster to hand in; may be repeated, made if not given.",
)
@click.option("--keep", type=fields.DIRECTORY, help="Directory for the files that a partner would verify.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON a step.")
def command(*, register: Path | None, rosters: tuple[Path, ...], keep: Path | None, as_json: bool) -> None:
    """Run three nations' nodes on this machine, and tell step by step what they do; every step is checked.

    Ends with 0 only if every step held.
    """
    from interchange.demo import story  # noqa: PLC0415 - loads all there is

    held = story.run(register, keep, rosters=rosters, as_json=as_json)
    click.get_current_context().exit(Exit.DONE if held else Exit.NOT_VALID)
