"""`participant`: the people in a project, each confirmed until a day or not confirmed."""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields, files
from interchange.cli.caller import LIMIT, REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.enrolment import all_enrolled, check_new
from interchange.cli.exits import Exit
from interchange.cli.output import JSON, show_json, show_lines, show_proposal, show_table, word
from interchange.cli.papers import FOUND_BY, FROM_JSON, read_papers
from interchange.cli.signing import WHY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_HEADS = ("participant", "family", "given", "employer", "partner", "from", "to", "confirmed_until", "project")


@click.group(cls=Group, examples=(f"interchange participant list --project {_ID}",))
def command() -> None:
    """Enrol people in projects, list them, and take them out."""


@command.command(
    "enrol",
    examples=(
        (
            f"interchange participant enrol --project {_ID} --partner BBB --from-json papers.json \\\n"
            "    --employer LAB-0001 --from 2027-01-01 --until 2027-06-30"
        ),
    ),
)
@click.option("--project", "project_id", type=fields.UUID, required=True, help="The project, by its UUID.")
@click.option("--partner", type=fields.PARTY_CODE, required=True, help="The partner towards which they take part.")
@FROM_JSON
@click.option("--employer", "employer_id", type=fields.EMPLOYER_ID, required=True, help="For whom the person works.")
@click.option("--from", "from_day", type=fields.DAY, required=True, help="First day of taking part.")
@click.option("--until", "until_day", type=fields.DAY, required=True, help="Last day of taking part.")
@click.option("--dry-run", is_flag=True, help="Say what it would come to, and enrol nobody.")
@WHY
@REQUEST_ID
@JSON
@calling
def enrol(
    caller: Caller, *, file: Path | None, dry_run: bool, request_id: str | None, as_json: bool, **where: str | None
) -> None:
    """Enrol one person in a project towards a partner; name, birth date and document must all be right.

    The JSON object has passport_family, passport_given, birth_date and document_number; that of `subject register`
    serves too. Why there are no options for them, the help of `subject register` says.

    Ends with 1 if the person is not enrolled: not confirmed, or waiting for a second person's approval.
    """
    only = True if dry_run else None
    who = read_papers(file, FOUND_BY)
    answer = caller.act("ParticipantService/EnrolParticipant", request_id, validate_only=only, **where, **who)
    result = answer.get("result")
    if as_json:
        show_json(answer)
    elif result is None:
        show_proposal(answer["proposal"])
    else:
        show_lines(
            ("outcome", word(result["outcome"], "ROW_OUTCOME")),
            ("confirmed until", result.get("confirmed_until")),
            ("participant", result.get("participant_id")),
        )
    if result is None or not all_enrolled([result]):
        click.get_current_context().exit(Exit.NOT_VALID)


@command.command(
    "list",
    examples=(
        f"interchange participant list --project {_ID} --not-confirmed",
        f"interchange participant list --project {_ID} --csv people.csv --calendar ends.ics",
    ),
)
@click.option("--project", "project_id", type=fields.UUID, help="Only those of this project.")
@click.option("--partner", type=fields.PARTY_CODE, help="Only those towards this partner.")
@click.option("--confirmed/--not-confirmed", default=None, help="Only those who are confirmed now, or who are not.")
@click.option("--csv", "csv_file", type=fields.FILE, help="New file for the list as a table, instead of printing it.")
@click.option("--calendar", "calendar_file", type=fields.FILE, help="New iCalendar file with the last day of each.")
@LIMIT
@JSON
@calling
def list_participants(
    caller: Caller,
    *,
    csv_file: Path | None,
    calendar_file: Path | None,
    limit: int | None,
    as_json: bool,
    **filters: str | bool | None,
) -> None:
    """List who takes part, each confirmed until a day or not confirmed."""
    for path in (csv_file, calendar_file):
        check_new(path)
    found = caller.pages("ParticipantService/ListParticipants", "participants", limit, **filters)
    if csv_file is not None:
        from interchange.wire.table import write_table  # noqa: PLC0415 - loaded when called

        files.write_new(csv_file, write_table(_HEADS, [_cells(each) for each in found]))
    if calendar_file is not None:
        files.write_new(calendar_file, _calendar(found))
    if as_json:
        show_json({"participants": found})
    elif csv_file is None and calendar_file is None:
        show_table([head.replace("_", " ") for head in _HEADS[:-1]], [_cells(each)[:-1] for each in found])


@command.command("withdraw", examples=(f"interchange participant withdraw {_ID}",))
@click.argument("participant", type=fields.UUID)
@REQUEST_ID
@JSON
@calling
def withdraw(caller: Caller, participant: str, *, request_id: str | None, as_json: bool) -> None:
    """Take a person out of a project towards a partner; an assertion that stands is revoked."""
    answer = caller.act("ParticipantService/WithdrawParticipant", request_id, participant_id=participant)
    if as_json:
        show_json(answer)
    else:
        show_lines(("withdrawn", answer["participant_id"]))


def _cells(participant: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        participant["participant_id"],
        participant["passport_family"],
        participant["passport_given"],
        participant["employer_id"],
        participant["partner"],
        participant["from_day"],
        participant["until_day"],
        participant.get("confirmed_until", "not confirmed"),
        participant["project_id"],
    )


def _calendar(found: Sequence[Mapping[str, Any]]) -> bytes:
    """Write the last day of each who is confirmed; of the others there is none."""
    from interchange.cli.calendar import Ending, write_calendar  # noqa: PLC0415 - loaded when called

    endings = [
        Ending(
            uid=f"{each['participant_id']}@participant.interchange",
            last_day=date.fromisoformat(each["confirmed_until"]),
            summary=f"{each['passport_family']} {each['passport_given']}".strip() + f", {each['partner']}: last day",
            description=f"Project {each['project_id']}, participant {each['participant_id']}",
        )
        for each in found
        if each.get("confirmed_until")
    ]
    return write_calendar(endings, "interchange", int(time.time()))
