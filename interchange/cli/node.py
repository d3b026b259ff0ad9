"""`node`: who answers at an address."""

from __future__ import annotations

import click

from interchange.cli.caller import Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json, show_lines


@click.group(cls=Group, examples=("interchange node info --node aaa.example:7443 --authority aaa.clearance.example",))
def command() -> None:
    """Ask a node who it is."""


@command.command("info", examples=("interchange node info", "interchange node info --json"))
@JSON
@calling
def info(caller: Caller, *, as_json: bool) -> None:
    """Tell whose node answers, what it speaks and which keyring it has published."""
    answer = caller.read("NodeService/GetNodeInfo")
    if as_json:
        show_json(answer)
        return
    show_lines(
        ("party", answer["party"]),
        ("authority", answer["authority"]),
        ("kind", "demonstration, on which nobody may rely" if answer["demonstration"] else "production"),
        ("version", answer["version"]),
        ("protocol", ", ".join(answer["protocol_versions"])),
        ("clock", answer["time"]),
        ("keyring", answer.get("keyring_number", "none published")),
        ("root pin", answer.get("root_pin")),
    )
