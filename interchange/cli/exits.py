"""Exit codes, and what a person is told when a command ends without success: never a stack trace."""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interchange.errors import Reason, Unavailable

if TYPE_CHECKING:
    from interchange.errors import Refusal

_PACKAGE = Path(__file__).parent.parent


class Exit(IntEnum):
    """What a script can tell from a command's end."""

    DONE = 0
    NOT_VALID = 1
    USAGE = 2
    STALE = 3
    REFUSED = 4
    UNREACHABLE = 5
    INTERRUPTED = 130


MEANINGS = {
    Exit.DONE: "valid, clean or done",
    Exit.NOT_VALID: "not valid, or faults were found",
    Exit.USAGE: "the command line is not understood",
    Exit.STALE: "nothing against it is known, but what is known is too old",
    Exit.REFUSED: "refused; the reason and the remedy stand on standard error",
    Exit.UNREACHABLE: "no answer, or none that is to be trusted now; try again later",
    Exit.INTERRUPTED: "interrupted",
}


def code_of(refusal: Refusal) -> Exit:
    """Return the exit code that a refusal ends a command with."""
    if refusal.reason is Reason.STALE:
        return Exit.STALE
    return Exit.UNREACHABLE if isinstance(refusal, Unavailable) else Exit.REFUSED


def tell_refusal(refusal: Refusal) -> None:
    """Say on standard error what is wrong and what to do, with the notes that the command added."""
    click.echo(f"error: {refusal}", err=True)
    for note in getattr(refusal, "__notes__", ()):
        click.echo(note, err=True)


def tell_fault(error: Exception) -> None:
    """Say on standard error where this program failed, in one line without data."""
    if isinstance(error, ModuleNotFoundError) and not (error.name or "").startswith("interchange"):
        click.echo(f"error: the package {error.name} is not installed. Install interchange[node,demo].", err=True)
        return
    click.echo(
        f"error: internal: the program failed with {type(error).__name__} at {_place(error)}. "
        "Report this line and the command's name.",
        err=True,
    )


def _place(error: Exception) -> str:
    """Name the innermost line of this package in a stack trace, which alone says where to look."""
    place, trace = "an unknown place", error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(_PACKAGE):
            place = f"{file.relative_to(_PACKAGE.parent)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
