"""`init`: a node in a new directory."""

from __future__ import annotations

import time
from dataclasses import fields as fields_of
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, get_type_hints

import click

from interchange.cli import fields, files
from interchange.cli.command import Command
from interchange.cli.output import show_lines
from interchange.config import Settings
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

Value: TypeAlias = "str | int | bool"

_TRUTH = {"true": True, "false": False}
_NOT_SET_HERE = {"directory", "party"}


def setting(text: str) -> tuple[str, Value]:
    """Read `name=value`, the value by the type that the setting has."""
    name, equals, value = text.partition("=")
    if not equals or name in _NOT_SET_HERE or name not in {field.name for field in fields_of(Settings)}:
        raise ValueError(text)
    kind = get_type_hints(Settings)[name]
    if kind is bool and value not in _TRUTH:
        raise ValueError(text)
    return name, _TRUTH[value] if kind is bool else kind(value)


@click.command(
    cls=Command,
    examples=(
        "interchange init node --root root --party AAA",
        "interchange init node --root root --party AAA --demonstration --listen 127.0.0.1:7443 --set log_level=debug",
    ),
)
@click.argument("directory", type=fields.DIRECTORY)
@click.option("--root", "root_directory", type=fields.DIRECTORY, required=True, help="Directory made by `root create`.")
@click.option("--party", type=fields.PARTY_CODE, required=True, help="Code of the node's own party.")
@click.option("--demonstration", is_flag=True, help="Work under the demonstration name, on which nobody may rely.")
@click.option("--accept-working-rows", is_flag=True, help="Rely on rows that no lawyer has confirmed; demonstrations.")
@click.option("--listen", help="Address of the server, host:port.")
@click.option(
    "--set",
    "more",
    type=fields.Form("name=value", setting, "a setting of docs/settings.md with a value of its type"),
    multiple=True,
    help="Another setting; may be repeated.",
)
def command(
    directory: Path,
    *,
    root_directory: Path,
    party: str,
    listen: str | None,
    more: Sequence[tuple[str, Value]],
    **flags: bool,
) -> None:
    """Make a node in a new directory: sealed keys, certificate, settings, ledger, and a draft of its first keyring.

    The keyring is then signed by the root keys, on the machine where they are, and published.
    """
    from interchange.bootstrap import root  # noqa: PLC0415 - loads X.509
    from interchange.bootstrap.directory import whole  # noqa: PLC0415 - loaded when called
    from interchange.bootstrap.establish import establish  # noqa: PLC0415 - loads the ledger and X.509
    from interchange.rulebook.load import load  # noqa: PLC0415 - as above

    options: dict[str, Value] = {name: flag for name, flag in flags.items() if flag}
    options |= {"listen": listen} if listen else {}
    options |= dict(more)
    rulebook = load()
    if rulebook.rules(party) is None:
        raise refuse(Reason.PARTY_UNKNOWN, "no rules to issue by")
    names = rulebook.names(party, demonstration=bool(options.get("demonstration")))
    with files.led_to(f"in --root {root_directory}"):
        root.check_root(root_directory, names, rulebook)
    with whole(directory) as place:
        made = establish(place, root_directory, party, rulebook, int(time.time()), options)
    draft = directory / made.draft.name
    show_lines(
        ("node", directory),
        ("listens at", made.settings.listen),
        ("draft of keyring 1", draft),
        ("next", f"interchange root sign {draft} --key … --passphrase-file … --to keyring-1.json"),
        ("then", f"interchange serve {directory}"),
        ("and", "interchange keyring publish keyring-1.json"),
    )
