"""`serve`: a node runs."""

from __future__ import annotations

from pathlib import Path

import click

from interchange.cli import fields, files
from interchange.cli.caller import silence_grpc
from interchange.cli.command import Command


@click.command(cls=Command, examples=("interchange serve node",))
@click.argument("directory", type=fields.DIRECTORY)
def command(directory: Path) -> None:
    """Run the node of a directory until SIGTERM or SIGINT; one line says when it answers calls."""
    from interchange import config  # noqa: PLC0415 - loaded when called
    from interchange.rpc.listen import check_free  # noqa: PLC0415 - as above

    settings = config.load(directory)
    # The server looks again; but all that is opened before it takes seconds, for which nobody should wait in vain.
    check_free(settings.listen)
    silence_grpc()
    from interchange.bootstrap.serve import serve  # noqa: PLC0415 - loads gRPC and the ledger

    host = settings.listen.rpartition(":")[0]
    with files.led_to(f"by the settings of {directory}"):
        serve(settings, lambda port: click.echo(f"serving {settings.party} on {host}:{port}"))
