"""`clearance`: what the home party's people may see by its law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields
from interchange.cli.caller import LIMIT, REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json, show_lines, show_proposal, show_table, word
from interchange.cli.signing import WHY

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_ORGAN = click.option("--organ", type=fields.ORGAN_NAME, required=True, help="The organ that grants, PARTY/ORGAN.")
_LEVEL = click.option("--level", type=fields.LEVEL_NAME, required=True, help="The level, PARTY/CODE.")
_SUBJECT = click.option("--subject", "subject_id", type=fields.UUID, required=True, help="The person.")
_EMPLOYER = click.option(
    "--employer", "employer_id", type=fields.EMPLOYER_ID, required=True, help="The person's employer."
)


@click.group(cls=Group, examples=(f"interchange clearance list --subject {_ID}",))
def command() -> None:
    """Grant clearances, record those on paper, and end them."""


@command.command(
    "grant",
    examples=(
        (
            f"interchange clearance grant --screening {_ID} \\\n"
            "    --organ AAA/SCI --level AAA/Secret --employer LAB-0001"
        ),
    ),
)
@click.option("--screening", "screening_id", type=fields.UUID, required=True, help="The screening it rests on.")
@_ORGAN
@_LEVEL
@_EMPLOYER
@REQUEST_ID
@JSON
@calling
def grant(caller: Caller, *, request_id: str | None, as_json: bool, **wanted: str) -> None:
    """Grant a level on a screening; its term runs from the day on which the person was told of the result."""
    answer = caller.act("ClearanceService/GrantClearance", request_id, **wanted)
    if as_json:
        show_json(answer)
    else:
        _show(answer["clearance"])


@command.command(
    "record",
    examples=(
        (
            f"interchange clearance record --subject {_ID} \\\n"
            "    --organ AAA/SCI --level AAA/Secret --notified-on 2026-04-01 --employer LAB-0001"
        ),
    ),
)
@_SUBJECT
@_ORGAN
@_LEVEL
@click.option("--notified-on", type=fields.DAY, required=True, help="Day on which the person was notified.")
@_EMPLOYER
@WHY
@REQUEST_ID
@JSON
@calling
def record(caller: Caller, *, request_id: str | None, as_json: bool, **wanted: str) -> None:
    """Take over a clearance that an organ granted on paper; `subject import` takes over a whole register."""
    answer = caller.act("ClearanceService/RecordClearances", request_id, grants=[wanted])
    if as_json:
        show_json(answer)
    elif "proposal" in answer:
        show_proposal(answer["proposal"])
    else:
        _show(answer["result"]["clearances"][0])


@command.command(
    "authorise",
    examples=(
        (
            f"interchange clearance authorise --subject {_ID} \\\n"
            "    --organ AAA/CAB --level AAA/Secret --employer OFFICE-1 --from 2027-01-10 --until 2027-12-31"
        ),
    ),
)
@_SUBJECT
@_ORGAN
@_LEVEL
@_EMPLOYER
@click.option("--from", "from_day", type=fields.DAY, required=True, help="First day of the office.")
@click.option("--until", "until_day", type=fields.DAY, required=True, help="Last day of the office.")
@WHY
@REQUEST_ID
@JSON
@calling
def authorise(caller: Caller, *, request_id: str | None, as_json: bool, **wanted: str) -> None:
    """Record that the law gives a level with an office; the person was not screened, and is not cleared."""
    answer = caller.act("ClearanceService/AuthoriseByFunction", request_id, **wanted)
    if as_json:
        show_json(answer)
    elif "proposal" in answer:
        show_proposal(answer["proposal"])
    else:
        _show(answer["result"])


@command.command("end-post", examples=(f"interchange clearance end-post --subject {_ID} --employer LAB-0001",))
@_SUBJECT
@_EMPLOYER
@REQUEST_ID
@JSON
@calling
def end_post(caller: Caller, *, request_id: str | None, as_json: bool, **wanted: str) -> None:
    """Record that a person has left an employer; all that was granted for working there ends."""
    answer = caller.act("ClearanceService/EndPost", request_id, **wanted)
    if as_json:
        show_json(answer)
    else:
        _show_all(answer["clearances"])


@command.command("cancel", examples=(f"interchange clearance cancel {_ID}",))
@click.argument("clearance", type=fields.UUID)
@REQUEST_ID
@JSON
@calling
def cancel(caller: Caller, clearance: str, *, request_id: str | None, as_json: bool) -> None:
    """Take back one clearance or authorisation for ever; what rests on it ends."""
    answer = caller.act("ClearanceService/CancelClearance", request_id, clearance_id=clearance)
    if as_json:
        show_json(answer)
    else:
        _show(answer["clearance"])


@command.command("list", examples=("interchange clearance list", f"interchange clearance list --subject {_ID} --json"))
@click.option("--subject", "subject_id", type=fields.UUID, help="Only those of this person.")
@LIMIT
@JSON
@calling
def list_clearances(caller: Caller, *, subject_id: str | None, limit: int | None, as_json: bool) -> None:
    """List clearances and authorisations by function; an officer bound to an organ sees that organ's."""
    found = caller.pages("ClearanceService/ListClearances", "clearances", limit, subject_id=subject_id)
    if as_json:
        show_json({"clearances": found})
    else:
        _show_all(found)


def _kind(clearance: Mapping[str, Any]) -> str:
    # Whoever holds an office is let in without having been cleared, and nothing printed says otherwise.
    return word(clearance["kind"], "KIND")


def _show(clearance: Mapping[str, Any]) -> None:
    show_lines(
        ("id", clearance["clearance_id"]),
        ("subject", clearance["subject_id"]),
        ("kind", _kind(clearance)),
        ("level", clearance["level"]),
        ("by", clearance["organ"]),
        ("from", clearance["notified_on"]),
        ("last valid day", clearance["last_valid_day"]),
        ("employer", clearance["employer_id"]),
        ("screening", clearance.get("screening_id")),
        ("ended", clearance.get("ended_at")),
    )


def _show_all(clearances: list[dict[str, Any]]) -> None:
    rows = (
        (
            each["clearance_id"],
            each["subject_id"],
            _kind(each),
            each["level"],
            each["organ"],
            each["notified_on"],
            each["last_valid_day"],
            each["employer_id"],
            each.get("ended_at"),
        )
        for each in clearances
    )
    show_table(("id", "subject", "kind", "level", "by", "from", "last valid day", "employer", "ended"), rows)
