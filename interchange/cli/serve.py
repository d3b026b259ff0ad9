"""`serve`: a node runs."""

from __future__ import annotations

from pathlib import Path

import click

from interchange.cli import fields
from interchange.cli.command import Command


@click.command(cls=Command, examples=("interchange serve node",))
@click.argument("directory", type=fields.DIRECTORY)
def command(directory: Path) -> None:
    """Run the node of a directory until SIGTERM or SIGINT; one line says when it answers calls."""
    from interchange import config  # noqa: PLC0415 - loaded when called
    from interchange.bootstrap.serve import serve  # noqa: PLC0415 - loads gRPC and the ledger

    settings = config.load(directory)
    host = settings.listen.rpartition(":")[0]
    serve(settings, lambda port: click.echo(f"serving {settings.party} on {host}:{port}"))
