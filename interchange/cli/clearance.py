"""`clearance`: the granted levels of the home party's people."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields, files
from interchange.cli.caller import LIMIT, REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json, show_lines, show_table
from interchange.errors import Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.cli.register import Grant, Register

_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@click.group(cls=Group, examples=(f"interchange clearance list --subject {_ID}",))
def command() -> None:
    """Record the clearances of the home party's people."""


@command.command(
    "record",
    examples=(
        "interchange clearance record --organ AAA/SCI --level AAA/Secret --notified-on 2026-04-01 --employer LAB-0001",
    ),
)
@click.option("--organ", type=fields.ORGAN_NAME, required=True, help="The organ that granted, PARTY/ORGAN.")
@click.option("--level", required=True, help="The level granted, PARTY/CODE.")
@click.option("--notified-on", type=fields.DAY, required=True, help="Day on which the person was notified.")
@click.option("--employer", "employer_id", type=fields.EMPLOYER_ID, required=True, help="The person's employer.")
@click.option("--subject", "subject_id", type=fields.UUID, help="A person already on record; a new one if not given.")
@REQUEST_ID
@JSON
@calling
def record(caller: Caller, *, request_id: str | None, as_json: bool, **granted: str | None) -> None:
    """Record that an organ granted a level to a person; its term runs from the day of notification."""
    answer = caller.act("ClearanceService/RecordClearance", request_id, **granted)
    if as_json:
        show_json(answer)
        return
    show_lines(
        ("subject", answer["subject_id"]),
        ("clearance", answer["clearance_id"]),
        ("last valid day", answer["last_valid_day"]),
    )


@command.command(
    "import",
    examples=(
        "interchange clearance import register.csv > recorded.json",
        "interchange clearance import register.csv --organ AAA/SCI",
    ),
)
@click.argument("file", type=fields.FILE)
@click.option("--organ", type=fields.ORGAN_NAME, help="Only the rows of this organ, PARTY/ORGAN.")
@calling
def import_register(caller: Caller, file: Path, *, organ: str | None) -> None:
    """Record the clearances of a register, a CSV file with the columns organ, level, notified_on and employer.

    Columns with names and the like are not read, and nothing of them is sent. Rows without an organ are skipped, and
    so are clearances that have ended. Nothing is sent if a row is bad. To import the same unchanged file again
    records nothing twice. Prints as JSON the subject of each line, counting from the head as line 1.
    """
    from interchange.cli.register import MAX_REGISTER, lasting, read_register  # noqa: PLC0415 - loaded when called
    from interchange.rulebook.load import load  # noqa: PLC0415 - as above

    register = read_register(files.read(file, MAX_REGISTER))
    live = list(lasting(register, load(), int(time.time())))
    chosen = [grant for grant in live if organ in {None, grant.organ}]
    answers = _record_all(caller, register, chosen)
    show_json(
        {
            "recorded": len(chosen),
            "without_organ": register.without,
            "ended": len(register.grants) - len(live),
            "of_other_organs": len(live) - len(chosen),
            "subjects": {str(grant.line): answer["subject_id"] for grant, answer in zip(chosen, answers, strict=True)},
        }
    )


@command.command("list", examples=("interchange clearance list", f"interchange clearance list --subject {_ID} --json"))
@click.option("--subject", "subject_id", type=fields.UUID, help="Only those of this person.")
@LIMIT
@JSON
@calling
def list_clearances(caller: Caller, *, subject_id: str | None, limit: int | None, as_json: bool) -> None:
    """List clearances; an officer bound to an organ sees that organ's."""
    found = caller.pages("ClearanceService/ListClearances", "clearances", limit, subject_id=subject_id)
    if as_json:
        show_json({"clearances": found})
        return
    rows = (
        (
            each["subject_id"],
            each["level"],
            each["organ"],
            each["notified_on"],
            each["last_valid_day"],
            each["employer_id"],
        )
        for each in found
    )
    show_table(("subject", "level", "organ", "notified on", "last valid day", "employer"), rows)


def _record_all(caller: Caller, register: Register, grants: Sequence[Grant]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    with click.progressbar(grants, label="recorded", file=sys.stderr, hidden=not sys.stderr.isatty()) as shown:
        for grant in shown:
            try:
                answer = caller.act(
                    "ClearanceService/RecordClearance",
                    register.request_id(grant),
                    organ=grant.organ,
                    level=grant.level,
                    notified_on=grant.notified_on.isoformat(),
                    employer_id=grant.employer,
                )
            except Refusal as refusal:
                where = f"line {grant.line}: {refusal.where}" if refusal.where else f"line {grant.line}"
                stopped = refuse(refusal.reason, where)
                stopped.add_note(f"{len(answers)} rows are recorded. Import the same file again to go on.")
                raise stopped from refusal
            answers.append(answer)
    return answers
