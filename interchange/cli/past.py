"""Verdicts about the past as commands ask for them and print them: another question than whether a token is valid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interchange.cli import fields, files
from interchange.cli.exits import Exit
from interchange.cli.output import show_json, show_lines, show_table, word
from interchange.cli.verdict import because, level_of, steps_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from interchange.cli.caller import Caller
    from interchange.domain.time import Instant

_OUTCOME = "PAST_OUTCOME"
_EXITS = {"was valid": Exit.DONE, "not shown": Exit.STALE}


def judge_past(
    caller: Caller, presented: Iterable[tuple[str, bytes]], *, project: str, known_on: Instant, as_json: bool
) -> Exit:
    """Let the node judge tokens as of an instant, print what it says, and return the exit code of the worst.

    Args:
        caller: who asks.
        presented: tokens with the names under which they are told.
        project: the caller's reference of the project.
        known_on: the instant.
        as_json: print for programs.
    """
    judged: list[dict[str, Any]] = []
    for name, token in presented:
        asked = {"token": files.encode(token), "project": project, "known_on": fields.spell(known_on)}
        judged.append({"file": name, **caller.read("AssertionService/VerifyAsKnown", **asked)["verdict"]})
    if as_json:
        show_json({"verdicts": judged})
    elif len(judged) == 1:
        _show(judged[0])
    else:
        rows = ((each["file"], _word(each), because(each) or level_of(each)) for each in judged)
        show_table(("token", f"on {fields.spell(known_on)}", ""), rows)
    found = {_EXITS.get(_word(each), Exit.NOT_VALID) for each in judged}
    return next((code for code in (Exit.NOT_VALID, Exit.STALE) if code in found), Exit.DONE)


def _word(verdict: Mapping[str, Any]) -> str:
    return word(verdict.get("outcome"), _OUTCOME)


def _show(verdict: Mapping[str, Any]) -> None:
    claims = verdict.get("claims", {})
    show_lines(
        ("verdict", _word(verdict)),
        ("on", verdict.get("known_on")),
        ("because", because(verdict)),
        ("steps", steps_of(verdict)),
        ("level", level_of(verdict)),
        ("issuer", claims.get("issuer")),
        ("assertion", claims.get("assertion_id")),
        ("witnessed", verdict.get("witnessed_at")),
    )
