"""`vault`: the keys that seal identities in the ledger, and those under which people are found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from interchange.cli import fields
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json, show_lines, show_table

if TYPE_CHECKING:
    from interchange.bootstrap.rotation import VaultKey

KINDS = ("seal", "lookup")
_KIND = click.argument("kind", type=click.Choice(KINDS))
_DIRECTORY = click.argument("directory", type=fields.DIRECTORY)


@click.group(cls=Group, examples=("interchange vault status node",))
def command() -> None:
    """Add, count and drop the keys of a node's vault."""


@command.command("status", examples=("interchange vault status node", "interchange vault status node --json"))
@_DIRECTORY
@JSON
def status(directory: Path, *, as_json: bool) -> None:
    """Show which keys there are, and how many records are under each; the node may run meanwhile."""
    from interchange import config  # noqa: PLC0415 - loaded when called
    from interchange.bootstrap.rotation import status_of  # noqa: PLC0415 - loads the ledger

    found = status_of(config.load(directory))
    if as_json:
        shown = [
            {
                "kind": key.kind.value,
                "number": key.number,
                "current": key.current,
                "present": key.present,
                "records": key.records,
            }
            for key in found.keys
        ]
        show_json({"keys": shown, "in_use": found.in_use})
        return
    show_table(
        ("kind", "number", "records", ""), [(key.kind, key.number, key.records, _said(key)) for key in found.keys]
    )
    if not found.in_use:
        click.echo("the node has not yet worked with the newest keys")


@command.command("add-key", examples=("interchange vault add-key seal node", "interchange vault add-key lookup node"))
@_KIND
@_DIRECTORY
def add_key(kind: str, directory: Path) -> None:
    """Make the next key of a kind; the node writes under it from its next start on."""
    from interchange import config  # noqa: PLC0415 - loaded when called
    from interchange.bootstrap import rotation  # noqa: PLC0415 - loads the ledger
    from interchange.bootstrap.vault import Kind  # noqa: PLC0415 - as above

    number = rotation.add(config.load(directory), Kind(kind))
    show_lines(
        ("key", f"{kind} {number}"),
        ("next", f"stop the node, then: interchange serve {directory}"),
        ("then", f"interchange vault status {directory}"),
    )


@command.command("drop-key", examples=("interchange vault drop-key seal 1 node",))
@_KIND
@click.argument("number", type=click.IntRange(min=1))
@_DIRECTORY
def drop_key(kind: str, number: int, directory: Path) -> None:
    """Delete an older key for ever, once no record is under it.

    Backups of the ledger from before need it: whoever may have to restore one keeps a copy of the key with it.
    """
    from interchange import config  # noqa: PLC0415 - loaded when called
    from interchange.bootstrap import rotation  # noqa: PLC0415 - loads the ledger
    from interchange.bootstrap.vault import Kind  # noqa: PLC0415 - as above

    rotation.drop(config.load(directory), Kind(kind), number)
    show_lines(("dropped", f"{kind} {number}"))


def _said(key: VaultKey) -> str:
    if not key.present:
        return "missing: its records do not open"
    if key.current:
        return "current"
    return "" if key.records else "no longer needed"
