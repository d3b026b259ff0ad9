"""`completion`: commands and options completed by the shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from interchange.cli.command import Command


@click.command(
    cls=Command,
    examples=(
        'eval "$(interchange completion bash)"',
        "interchange completion fish > ~/.config/fish/completions/interchange.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script that lets a shell complete commands and options."""
    kind = get_completion_class(shell)
    if kind is None:
        message = f"no completion for {shell}"
        raise click.UsageError(message)
    root = click.get_current_context().find_root().command
    click.echo(kind(root, {}, "interchange", "_INTERCHANGE_COMPLETE").source())
