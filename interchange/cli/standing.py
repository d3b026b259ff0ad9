"""`standing`: assertions withdrawn, for a time or for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields
from interchange.cli.caller import LIMIT, REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, place, show_json, show_lines, show_proposal, show_table, word
from interchange.cli.signing import WHY

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@click.group(cls=Group, examples=("interchange standing holds --open",))
def command() -> None:
    """Suspend, reinstate and revoke."""


@command.command(
    "suspend",
    examples=(f"interchange standing suspend --assertion {_ID}", "interchange standing suspend --employer LAB-0001"),
)
@click.option("--assertion", "assertion_id", type=fields.UUID, help="One assertion.")
@click.option("--subject", "subject_id", type=fields.UUID, help="One person, towards every partner.")
@click.option("--employer", "employer_id", type=fields.EMPLOYER_ID, help="All people of one employer.")
@click.option("--project", "project_id", type=fields.UUID, help="One project.")
@click.option("--agreement", help="One agreement.")
@REQUEST_ID
@JSON
@calling
def suspend(caller: Caller, *, request_id: str | None, as_json: bool, **targets: str | None) -> None:
    """Open a hold on exactly one of the five: what it concerns is suspended at once, and its partners are told."""
    if sum(target is not None for target in targets.values()) != 1:
        message = "give exactly one of --assertion, --subject, --employer, --project and --agreement."
        raise click.UsageError(message)
    answer = caller.act("StandingService/Suspend", request_id, **targets)
    if as_json:
        show_json(answer)
    else:
        show_hold(answer["hold"])


@command.command("reinstate", examples=(f"interchange standing reinstate {_ID}",))
@click.argument("hold", type=fields.UUID)
@WHY
@REQUEST_ID
@JSON
@calling
def reinstate(caller: Caller, hold: str, *, request_id: str | None, as_json: bool) -> None:
    """Close one hold; what another hold concerns stays suspended."""
    answer = caller.act("StandingService/Reinstate", request_id, hold_id=hold)
    if as_json:
        show_json(answer)
    elif "proposal" in answer:
        show_proposal(answer["proposal"])
    else:
        result = answer["result"]
        show_lines(
            ("hold", result["hold_id"]),
            ("closed", result["closed_at"]),
            ("concerned", result["affected_count"]),
            *_told(result),
        )


@command.command("revoke", examples=(f"interchange standing revoke {_ID}",))
@click.argument("assertion", type=fields.UUID)
@REQUEST_ID
@JSON
@calling
def revoke(caller: Caller, assertion: str, *, request_id: str | None, as_json: bool) -> None:
    """Revoke one assertion for ever, and tell its partner."""
    answer = caller.act("StandingService/Revoke", request_id, assertion_id=assertion)
    if as_json:
        show_json(answer)
        return
    revocation = answer["revocation"]
    show_lines(
        ("revoked", revocation["assertion_id"]),
        ("at", revocation["revoked_at"]),
        ("told", place(revocation.get("position"))),
    )


@command.command("holds", examples=("interchange standing holds", "interchange standing holds --open --json"))
@click.option("--open", "open_only", is_flag=True, help="Only those that are open.")
@LIMIT
@JSON
@calling
def holds(caller: Caller, *, open_only: bool, limit: int | None, as_json: bool) -> None:
    """List holds."""
    found = caller.pages("StandingService/ListHolds", "holds", limit, open_only=open_only)
    if as_json:
        show_json({"holds": found})
        return
    rows = (
        (
            each["hold_id"],
            word(each["scope"], "HOLD_SCOPE"),
            each["target"],
            each["opened_at"],
            each.get("closed_at", "open"),
        )
        for each in found
    )
    show_table(("hold", "on", "of", "opened", "closed"), rows)


def show_hold(hold: Mapping[str, Any]) -> None:
    """Print a hold that was opened."""
    show_lines(
        ("hold", hold["hold_id"]),
        ("on", f"{word(hold['scope'], 'HOLD_SCOPE')} {hold['target']}"),
        ("opened", hold["opened_at"]),
        ("concerns", f"{hold['affected_count']} live assertions"),
        *_told(hold),
    )


def _told(answer: Mapping[str, Any]) -> list[tuple[str, object]]:
    return [("told", place(position)) for position in answer.get("positions", [])]
