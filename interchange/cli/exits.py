"""Exit codes, and what a person is told when a command ends without success: never a stack trace."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interchange.errors import Reason, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

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
    UNPRINTED = 6
    INTERRUPTED = 130
    READER_LEFT = 141


MEANINGS = {
    Exit.DONE: "valid, clean or done",
    Exit.NOT_VALID: "not valid, or faults were found",
    Exit.USAGE: "the command line is not understood",
    Exit.STALE: "nothing against it is known, but what is known is too old",
    Exit.REFUSED: "refused; the reason and the remedy stand on standard error",
    Exit.UNREACHABLE: "no answer, or none that is to be trusted now; try again later",
    Exit.UNPRINTED: "the answer could not be written, and standard error says whether anything was done",
    Exit.INTERRUPTED: "interrupted",
    Exit.READER_LEFT: "whoever read the output went away",
}


def code_of(refusal: Refusal) -> Exit:
    """Return the exit code that a refusal ends a command with."""
    if refusal.reason is Reason.STALE:
        return Exit.STALE
    return Exit.UNREACHABLE if isinstance(refusal, Unavailable) else Exit.REFUSED


def say(line: str) -> None:
    """Write a line on standard error; where nobody can be told, the exit code has to do."""
    try:
        click.echo(line, err=True)
    except OSError:
        let_go(sys.stderr)


def let_go(stream: TextIO) -> None:
    """Lead what is left in a stream nowhere, or Python would try to write it once more at its end, and complain."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        stream.flush()


def tell_refusal(refusal: Refusal, *, as_json: bool) -> None:
    """Say on standard error what is wrong and what to do, with the notes that the command added.

    Args:
        refusal: what the command was refused with.
        as_json: the command was asked for JSON: say it as one line of JSON, too. Standard output holds answers alone.
    """
    reason, notes = refusal.reason, getattr(refusal, "__notes__", [])
    if as_json:
        _tell_json(reason.code, reason.text, refusal.where, reason.remedy, notes)
        return
    say(f"error: {refusal}")
    for note in notes:
        say(note)


def tell_fault(error: Exception, *, as_json: bool) -> None:
    """Say on standard error where this program failed, in one line without data.

    Args:
        error: what no command expected.
        as_json: as `tell_refusal`.
    """
    if isinstance(error, ModuleNotFoundError) and not (error.name or "").startswith("interchange"):
        # As far as a person can tell, the program is whole and a part of the machine is missing.
        fault, where, remedy = f"the package {error.name} is not installed", "", "Install interchange[node,demo]."
        line = f"error: {fault}. {remedy}"
    else:
        fault, where = f"the program failed with {type(error).__name__}", _place(error)
        remedy = "Report this line and the command's name."
        line = f"error: {Reason.INTERNAL.code}: {fault} at {where}. {remedy}"
    if as_json:
        _tell_json(Reason.INTERNAL.code, fault, where, remedy)
    else:
        say(line)


def _tell_json(reason: str, text: str, where: str, remedy: str, notes: Sequence[str] = ()) -> None:
    told = {"reason": reason, "text": text, "where": where, "remedy": remedy} | (
        {"notes": list(notes)} if notes else {}
    )
    say(json.dumps({"error": told}, ensure_ascii=False))


def _place(error: Exception) -> str:
    """Name the innermost line of this package in a stack trace, which alone says where to look."""
    place, trace = "an unknown place", error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(_PACKAGE):
            place = f"{file.relative_to(_PACKAGE.parent)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
