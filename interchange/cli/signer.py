"""`signer`: a node's signing keys in a process of their own."""

from __future__ import annotations

from pathlib import Path

import click

from interchange import config
from interchange.cli import fields
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json, show_lines, show_table


@click.group(cls=Group, examples=("interchange signer serve signer",))
def command() -> None:
    """Hold a node's signing keys in a process of their own, which signs nothing but what they are for."""


@command.command("init", examples=("interchange signer init signer --node node",))
@click.argument("directory", type=fields.DIRECTORY)
@click.option("--node", type=fields.DIRECTORY, required=True, help="The node's directory; it stays as it is.")
def init(directory: Path, *, node: Path) -> None:
    """Make the directory of a signing process: copies of a node's signing keys, sealed anew, and how far it signed.

    Stop the node before, and let no other process sign with the old files afterwards: delete them.
    """
    from interchange.bootstrap.signer_directory import prepare  # noqa: PLC0415 - loads libsodium

    replaced = prepare(directory, config.load(node))
    show_lines(
        ("signer", directory),
        ("keys", len(replaced)),
        ("next", f'in {node / config.FILE}: signer = "process"'),
        ("then", f"interchange signer serve {directory}"),
        ("at last", f"rm {' '.join(replaced)}"),
    )


@command.command("serve", examples=("interchange signer serve signer", "interchange signer serve signer --uid 990"))
@click.argument("directory", type=fields.DIRECTORY)
@click.option("--uid", type=click.IntRange(min=0), help="Number of the user that the node runs as, if it is another.")
def serve(directory: Path, *, uid: int | None) -> None:
    """Sign for a node until SIGTERM or SIGINT; one line says when it answers."""
    from interchange.bootstrap import signer  # noqa: PLC0415 - loads libsodium

    settings = config.load(directory)
    signer.serve(
        settings, lambda path, keys: click.echo(f"signing for {settings.party} at {path} with {keys} keys"), uid
    )


@command.command("list", examples=("interchange signer list signer", "interchange signer list node --json"))
@click.argument("directory", type=fields.DIRECTORY)
@JSON
def list_(directory: Path, *, as_json: bool) -> None:
    """List the signing keys of a directory, where each lives, and which were sealed at a lower cost than today's."""
    from interchange.bootstrap.signer_directory import held  # noqa: PLC0415 - loads libsodium

    keys = held(config.load(directory))
    if as_json:
        shown = [
            {
                "kid": key.kid,
                "label": key.label,
                "lives": "sealed" if key.header else "pkcs11",
                "weak_seal": bool(key.header and key.header.is_weak),
            }
            for key in keys
        ]
        show_json({"keys": shown})
        return
    show_table(
        ("label", "kid", "lives in", ""),
        [
            (
                key.label,
                key.kid,
                "sealed file" if key.header else "hardware module",
                "weak seal" if key.header and key.header.is_weak else "",
            )
            for key in sorted(keys, key=lambda key: key.label)
        ],
    )


@command.command("reseal", examples=("interchange signer reseal node",))
@click.argument("directory", type=fields.DIRECTORY)
def reseal(directory: Path) -> None:
    """Seal anew every key file that was sealed at a lower cost than today's; a node may run meanwhile."""
    from interchange.bootstrap.signer_directory import renew_seals  # noqa: PLC0415 - loads libsodium

    for name in renew_seals(config.load(directory)):
        show_lines(("sealed anew", name))
