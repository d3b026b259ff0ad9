"""Commands as the documents show them, and whether the program understands them."""

import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

import click
from docs.markdown import ROOT, fenced, read

from interchange.cli.program import program

VALUES: Mapping[str, str] = {
    "PIN": "0" * 64,
    "JPN_PIN": "0" * 64,
    "KOR_PIN": "0" * 64,
    "PROJECT": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "SUBJECT": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "ASSERTION": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "CLEARANCE": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "COLLEAGUE": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "CONSENT": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "HOLD": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "ITEM": "drug_abuse",
    "NAME": "officer-1",
    "NEW": "cOmPu_iXNcYuHGK97YO34afKXWLxnoIGwCkuqthdkBs",
    "OLD": "cOmPu_iXNcYuHGK97YO34afKXWLxnoIGwCkuqthdkBs",
    "PARTICIPANT": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "PROPOSAL": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "SCREENING": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "TODAY": "2027-01-11",
    "REFERENCE": "cHJvamVjdC1yZWZlcmVuYw",
    "MODULE": "/usr/lib/softhsm/libsofthsm2.so",
    "PWD": "/home/operator",
    "LAST_YEAR": "2026",
    "NEXT_YEAR": "2028",
}
"""What stands for a shell variable of a document where its command is only read."""

PROFILE = {
    "INTERCHANGE_NODE": "127.0.0.1:7443",
    "INTERCHANGE_CREDENTIALS": "credentials",
    "INTERCHANGE_AUTHORITY": "aaa.clearance.example",
}

_CONTINUED = re.compile(r"\\\n\s*")
_REDIRECTED = re.compile(r"\d?>\s*\S+")
_VARIABLE = re.compile(r"\$([A-Z_]+)")
_PUNCTUATION = frozenset("();<>|&")
_TARGET = re.compile(r"^(?P<target>[a-z-]+):.*##", re.MULTILINE)


class Shown(NamedTuple):
    """A command in a document."""

    document: str
    words: tuple[str, ...]


def commands(document: str) -> Iterator[Shown]:
    """List the commands that a document shows in `sh` blocks and that begin with a program of ours."""
    for block in fenced(read(document)):
        if block.language == "sh":
            for words in _lines(_REDIRECTED.sub("", _CONTINUED.sub(" ", block.body))):
                yield from (Shown(document, ours) for ours in _ours(words))


def _lines(script: str) -> Iterator[list[str]]:
    """Cut a script into lines of words; a quotation may go over several lines."""
    begun = ""
    for line in script.splitlines():
        begun += line + "\n"
        lexer = shlex.shlex(begun, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        with suppress(ValueError):  # the quotation is still open
            yield list(lexer)
            begun = ""


def _ours(line: list[str]) -> Iterator[tuple[str, ...]]:
    words: list[str] = []
    for word in [*line, ";"]:
        if set(word) <= _PUNCTUATION:
            if words and words[0] in {"interchange", "make"}:
                yield tuple(words)
            words = []
        else:
            words.append(word)


def understood(words: tuple[str, ...]) -> click.Context:
    """Let the program read a command's words without carrying it out.

    Raises:
        click.ClickException: if it would not understand them.
    """
    rest = [_VARIABLE.sub(lambda match: VALUES[match[1]], word) for word in words[1:]]
    command: click.Command = program
    context = click.Context(command, info_name="interchange")
    while isinstance(command, click.Group):
        found = command.get_command(context, rest[0])
        if found is None:
            raise click.UsageError(f"no command {rest[0]}")
        command, rest = found, rest[1:]
    return command.make_context(words[1], rest, parent=context)


def targets() -> set[str]:
    """List the targets that `make help` shows."""
    return set(_TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
