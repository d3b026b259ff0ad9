"""`employer`: where the home party's people work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields
from interchange.cli.caller import LIMIT, REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json, show_lines, show_table

if TYPE_CHECKING:
    from collections.abc import Mapping

_EMPLOYER = click.argument("employer", type=fields.EMPLOYER_ID)


@click.group(cls=Group, examples=("interchange employer list",))
def command() -> None:
    """Recognise employers as conforming businesses, and list them."""


@command.command(
    "recognise",
    examples=(
        (
            "interchange employer recognise LAB-0001 --title 'Quiet Magnets' \\\n"
            "    --ceiling AAA/Secret --from 2027-01-01 --until 2029-12-31"
        ),
        (
            "interchange employer recognise OFFICE-1 --title 'Cabinet Office' --public-office \\\n"
            "    --ceiling AAA/Secret --from 2027-01-01"
        ),
    ),
)
@_EMPLOYER
@click.option("--title", required=True, help="Its title, for officers; it never leaves the home party.")
@click.option("--public-office", is_flag=True, help="It is an office of the state, and needs no last day.")
@click.option(
    "--ceiling",
    "level_ceiling",
    type=fields.LEVEL_NAME,
    required=True,
    help="Level above which none of its people is asserted.",
)
@click.option("--from", "from_day", type=fields.DAY, required=True, help="First day.")
@click.option("--until", "until_day", type=fields.DAY, help="Last day.")
@REQUEST_ID
@JSON
@calling
def recognise(caller: Caller, employer: str, *, request_id: str | None, as_json: bool, **wanted: object) -> None:
    """Recognise an employer up to a level and for some days, in the place of an earlier recognition."""
    _show(caller.act("EmployerService/RecogniseEmployer", request_id, employer_id=employer, **wanted), as_json=as_json)


@command.command("end", examples=("interchange employer end LAB-0001",))
@_EMPLOYER
@REQUEST_ID
@JSON
@calling
def end(caller: Caller, employer: str, *, request_id: str | None, as_json: bool) -> None:
    """Record that an employer has lost its recognition; all assertions of its people end."""
    _show(caller.act("EmployerService/EndRecognition", request_id, employer_id=employer), as_json=as_json)


@command.command("list", examples=("interchange employer list", "interchange employer list --json"))
@LIMIT
@JSON
@calling
def list_employers(caller: Caller, *, limit: int | None, as_json: bool) -> None:
    """List employers, also those that have lost their recognition."""
    found = caller.pages("EmployerService/ListEmployers", "employers", limit)
    if as_json:
        show_json({"employers": found})
        return
    rows = (
        (each["employer_id"], each["level_ceiling"], _days(each), each.get("ended_at"), each["title"]) for each in found
    )
    show_table(("employer", "ceiling", "recognised", "lost", "title"), rows)


def _days(employer: Mapping[str, Any]) -> str:
    until = f" to {employer['until_day']}" if employer.get("until_day") else " on"
    return f"{employer['from_day']}{until}"


def _show(answer: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        show_json(answer)
        return
    employer = answer["employer"]
    show_lines(
        ("employer", employer["employer_id"]),
        ("title", employer["title"]),
        ("office of the state", "yes" if employer["public_office"] else ""),
        ("ceiling", employer["level_ceiling"]),
        ("recognised", _days(employer)),
        ("lost", employer.get("ended_at")),
    )
