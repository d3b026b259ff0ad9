"""`status-list`: standing for programs that only know JWT."""

from __future__ import annotations

from pathlib import Path

import click

from interchange.cli import fields, files
from interchange.cli.caller import Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json

_EXAMPLE = "interchange status-list get https://aaa.clearance.example/status/BBB/1"


@click.group(cls=Group, examples=(_EXAMPLE,))
def command() -> None:
    """Fetch status lists."""


@command.command("get", examples=(_EXAMPLE, f"{_EXAMPLE} --to status-list.jwt"))
@click.argument("uri")
@click.option("--to", type=fields.FILE, help="New file for the token, instead of standard output.")
@JSON
@calling
def get(caller: Caller, uri: str, *, to: Path | None, as_json: bool) -> None:
    """Fetch the status list of that URI, as it stands in an assertion, and print its token."""
    answer = caller.read("StatusListService/GetStatusList", uri=uri)
    token = files.decode(answer["token"])
    if to is not None:
        files.write_new(to, token + b"\n")
    if as_json:
        show_json(answer)
    elif to is None:
        click.echo(token)
