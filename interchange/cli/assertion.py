"""`assertion`: the signed statements about participants."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields, files
from interchange.cli.caller import LIMIT, REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, place, show_json, show_lines, show_proposal, show_table, word
from interchange.cli.past import judge_past
from interchange.cli.signing import WHY
from interchange.cli.verdict import because, exit_of, level_of, outcome_of, show_verdict
from interchange.errors import Reason, refuse
from interchange.wire.envelope import MAX_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from interchange.domain.time import Instant

BATCH = 256
"""Tokens in one message; larger ones only make the first answer later."""

STANDINGS = ("valid", "suspended", "revoked", "expired")
_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_TO = click.option("--to", type=fields.FILE, help="New file for the token, instead of printing it.")


@click.group(cls=Group, examples=("interchange assertion list --partner BBB",))
def command() -> None:
    """Issue, read and verify assertions."""


@command.command(
    "issue",
    examples=(f"interchange assertion issue --project {_ID} --partner BBB --subject {_ID} --to token.jws",),
)
@click.option("--project", "project_id", type=fields.UUID, required=True, help="The project, by its UUID.")
@click.option("--partner", type=fields.PARTY_CODE, required=True, help="The party that may rely on it.")
@click.option("--subject", "subject_id", type=fields.UUID, required=True, help="The person, by UUID.")
@click.option("--expires-at", type=fields.INSTANT, help="End, if it is to be earlier than the rules say.")
@_TO
@WHY
@REQUEST_ID
@JSON
@calling
def issue(
    caller: Caller,
    *,
    expires_at: Instant | None,
    to: Path | None,
    request_id: str | None,
    as_json: bool,
    **whom: str,
) -> None:
    """Sign an assertion about one participant towards one partner, and tell it in that partner's lane."""
    end = None if expires_at is None else fields.spell(expires_at)
    answer = caller.act("AssertionService/IssueAssertion", request_id, expires_at=end, **whom)
    token = _left(answer["result"], to) if "result" in answer else ""
    if as_json:
        show_json(answer)
    elif "proposal" in answer:
        show_proposal(answer["proposal"])
    else:
        result = answer["result"]
        show_lines(
            ("assertion", result["assertion_id"]),
            ("standing", word(result["standing"], "STANDING")),
            ("told", place(result.get("position"))),
            ("token", token if to is None else to),
        )


@command.command(
    "get", examples=(f"interchange assertion get {_ID}", f"interchange assertion get {_ID} --to token.jws")
)
@click.argument("assertion", type=fields.UUID)
@_TO
@JSON
@calling
def get(caller: Caller, assertion: str, *, to: Path | None, as_json: bool) -> None:
    """Show one assertion that the node issued, with its standing now."""
    answer = caller.read("AssertionService/GetAssertion", assertion_id=assertion)
    found = answer["assertion"]
    token = _left(found, to)
    if as_json:
        show_json(answer)
    else:
        show_lines(
            ("assertion", found["assertion_id"]),
            ("standing", word(found["standing"], "STANDING")),
            ("partner", found["partner"]),
            ("agreement", found["agreement"]),
            ("organ", found["organ"]),
            ("valid", f"{found['issued_at']} until {found['expires_at']}"),
            ("revoked", found.get("revoked_at")),
            ("project", found.get("project_id")),
            ("subject", found.get("subject_id")),
            ("told", place(found.get("position"))),
            ("token", token if to is None else to),
        )


@command.command("list", examples=("interchange assertion list --partner BBB --standing valid --json",))
@click.option("--partner", type=fields.PARTY_CODE, help="Only those towards this party.")
@click.option("--project", "project_id", type=fields.UUID, help="Only those for this project.")
@click.option("--standing", type=click.Choice(STANDINGS), help="Only those of this standing now.")
@LIMIT
@JSON
@calling
def list_assertions(
    caller: Caller, *, standing: str | None, limit: int | None, as_json: bool, **filters: str | None
) -> None:
    """List the assertions that the node issued, with their standings now."""
    wanted = None if standing is None else f"STANDING_{standing.upper()}"
    found = caller.pages("AssertionService/ListAssertions", "assertions", limit, standing=wanted, **filters)
    if as_json:
        show_json({"assertions": found})
        return
    rows = (
        (
            each["assertion_id"],
            word(each["standing"], "STANDING"),
            each["partner"],
            each["agreement"],
            each["organ"],
            each["expires_at"],
        )
        for each in found
    )
    show_table(("assertion", "standing", "partner", "agreement", "organ", "until"), rows)


@command.command(
    "verify",
    examples=(
        "interchange assertion verify token.jws --project 0AAA…",
        "interchange assertion verify tokens/*.jws --project 0AAA… --json",
        "interchange assertion verify token.jws --project 0AAA… --as-known-on 2027-01-31T09:00:00Z",
    ),
)
@click.argument("tokens", type=fields.FILE, nargs=-1, required=True)
@click.option("--project", required=True, help="Your own reference of the project, 22 characters.")
@click.option("--as-known-on", type=fields.INSTANT, help="Ask whether they were valid then, as the node knew then.")
@JSON
@calling
def verify(caller: Caller, tokens: Sequence[Path], *, project: str, as_known_on: Instant | None, as_json: bool) -> None:
    """Let the node judge tokens presented for one project: files of one token each, or - for one a line.

    Ends with 1 if one is not valid, and else with 3 if one is stale; of the past, if one was not, or is not shown.
    """
    presented = _presented(tokens)
    if as_known_on is not None:
        code = judge_past(caller, presented, project=project, known_on=as_known_on, as_json=as_json)
        click.get_current_context().exit(code)
    judged: list[dict[str, Any]] = []
    while batch := list(islice(presented, BATCH)):
        spelled = [files.encode(token) for _, token in batch]
        answer = caller.read("AssertionService/BatchVerifyAssertions", tokens=spelled, project=project)
        verdicts = answer["verdicts"]
        if len(verdicts) != len(batch):
            raise refuse(Reason.INTERNAL, "the node gave another number of verdicts than it was asked for")
        judged += [{"file": name, **verdict} for (name, _), verdict in zip(batch, verdicts, strict=True)]
    if as_json:
        show_json({"verdicts": judged})
    elif len(judged) == 1:
        show_verdict(judged[0])
    else:
        rows = ((each["file"], outcome_of(each).value, because(each) or level_of(each)) for each in judged)
        show_table(("token", "verdict", ""), rows)
    click.get_current_context().exit(exit_of(outcome_of(each) for each in judged))


def _presented(paths: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Read the tokens with the names under which they are told; an empty one is refused before any is sent."""
    for path in paths:
        if path == files.STANDARD_INPUT:
            lines = enumerate(sys.stdin.buffer, 1)
            found = ((f"line {number}", line.rstrip(b"\r\n")[: MAX_TOKEN + 1]) for number, line in lines)
        else:
            found = ((name, files.read_line(path, MAX_TOKEN)) for name in [str(path)])
        for name, token in found:
            if not token:
                raise refuse(Reason.FIELD_MISSING, f"{name} is empty")
            yield name, token


def _left(found: Mapping[str, Any], to: Path | None) -> str:
    """Write the token to its file if there is to be one, and return it; empty if the node no longer keeps it."""
    if "token" not in found:
        if to is not None:
            raise refuse(Reason.NOT_KNOWN, "the token is no longer kept")
        return ""
    token = files.decode(found["token"])
    if to is not None:
        files.write_new(to, token + b"\n")
    return token.decode("ascii", "replace")
