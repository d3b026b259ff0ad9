"""`node`: who answers at an address, and which certificates it believes no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from interchange.cli import fields, files
from interchange.cli.caller import REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json, show_lines

if TYPE_CHECKING:
    from pathlib import Path


@click.group(cls=Group, examples=("interchange node info --node aaa.example:7443 --authority aaa.clearance.example",))
def command() -> None:
    """Ask a node who it is, and tell it which certificates are withdrawn."""


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


@command.command(
    "withdraw-certificates",
    examples=(
        "interchange node withdraw-certificates ca.crl",
        "interchange node withdraw-certificates bbb.crl --party BBB",
    ),
)
@click.argument("file", type=fields.FILE)
@click.option(
    "--party", type=fields.PARTY_CODE, help="Party whose authority signed the list; the node's own if not given."
)
@REQUEST_ID
@JSON
@calling
def withdraw_certificates(
    caller: Caller, *, file: Path, party: str | None, request_id: str | None, as_json: bool
) -> None:
    """Have a node refuse withdrawn certificates from now on.

    FILE is the X.509 CRL, PEM, that `interchange root withdraw` wrote, or that a partner's authority gave.
    """
    from interchange.crypto.withdrawals import LONGEST  # noqa: PLC0415 - loads X.509

    answer = caller.act(
        "NodeService/InstallWithdrawals",
        request_id,
        party=party or caller.read("NodeService/GetNodeInfo")["party"],
        crl=files.encode(files.read(file, LONGEST)),
    )
    if as_json:
        show_json(answer)
        return
    show_lines(
        ("party", answer["party"]),
        ("list", f"number {answer['number']}"),
        ("withdrawn", f"{answer['withdrawn']} certificates"),
        ("since", answer["installed_at"]),
    )
