"""`project`: joint projects, for which assertions are issued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields
from interchange.cli.caller import LIMIT, REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json, show_lines, show_proposal, show_table, word
from interchange.cli.standing import show_hold
from interchange.domain.assertion import REFERENCE
from interchange.domain.names import PARTY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIELDS = ("ai", "semiconductors", "cyber-attack", "cyber-defence")


def _partner(text: str) -> dict[str, str]:
    party, equals, agreement = text.partition("=")
    if not equals or not agreement or not PARTY.fullmatch(party):
        raise ValueError(text)
    return {"party": party, "agreement": agreement}


@click.group(cls=Group, examples=("interchange project list --partner BBB",))
def command() -> None:
    """Open, read and stop joint projects."""


@command.command(
    "open",
    examples=(
        (
            "interchange project open --title 'Quiet magnets' --field semiconductors --partner BBB=AAA-BBB-2016 \\\n"
            "    --ceiling AAA/Secret --floor AAA/Confidential --purpose joint_research \\\n"
            "    --from 2027-01-01 --until 2027-12-31"
        ),
    ),
)
@click.option("--title", required=True, help="Title for coordinators; it never leaves the home party.")
@click.option("--field", type=click.Choice(FIELDS), required=True, help="What it is about.")
@click.option("--defence", is_flag=True, help="It needs the screening of the organ that serves defence.")
@click.option(
    "--partner",
    "partners",
    type=fields.Form("party=agreement", _partner, "PARTY=AGREEMENT"),
    multiple=True,
    required=True,
    help="A party that takes part and the agreement it rests on; may be repeated.",
)
@click.option("--ceiling", "level_ceiling", required=True, help="Home level above which nobody is asserted.")
@click.option("--floor", "level_floor", required=True, help="Home level below which nobody takes part.")
@click.option("--purpose", required=True, help="Code of the purpose, from the rulebook's list.")
@click.option("--from", "from_day", type=fields.DAY, required=True, help="First calendar day.")
@click.option("--until", "until_day", type=fields.DAY, required=True, help="Last calendar day.")
@REQUEST_ID
@JSON
@calling
def open_project(
    caller: Caller,
    *,
    field: str,
    partners: Sequence[Mapping[str, str]],
    request_id: str | None,
    as_json: bool,
    **described: object,
) -> None:
    """Open a project with all its partners, and draw its reference towards each."""
    answer = caller.act(
        "ProjectService/OpenProject",
        request_id,
        field="PROJECT_FIELD_" + field.upper().replace("-", "_"),
        partners=list(partners),
        **described,
    )
    if as_json:
        show_json(answer)
    elif "proposal" in answer:
        show_proposal(answer["proposal"])
    else:
        _show_project(answer["result"])


@command.command("list", examples=("interchange project list", "interchange project list --partner BBB --json"))
@click.option("--partner", type=fields.PARTY_CODE, help="Only those in which this party takes part.")
@LIMIT
@JSON
@calling
def list_projects(caller: Caller, *, partner: str | None, limit: int | None, as_json: bool) -> None:
    """List projects; a partner sees those it takes part in."""
    projects = caller.pages("ProjectService/ListProjects", "projects", limit, partner=partner)
    if as_json:
        show_json({"projects": projects})
        return
    rows = (
        (
            each.get("project_id") or each["partners"][0]["reference"],
            f"{each['from_day']} to {each['until_day']}",
            " ".join(partner["party"] for partner in each["partners"]),
            word(each.get("field"), "PROJECT_FIELD"),
            each.get("title", each["purpose"]),
        )
        for each in projects
    )
    show_table(("project", "days", "partners", "field", "title"), rows)


@command.command("show", examples=("interchange project show 0f8fad5b-d9cb-469f-a165-70867728950e --json",))
@click.argument("name")
@JSON
@calling
def show(caller: Caller, name: str, *, as_json: bool) -> None:
    """Show the project of that UUID, or of that reference towards a partner."""
    kind = "reference" if REFERENCE.fullmatch(name) else "project_id"
    answer = caller.read("ProjectService/GetProject", **{kind: name})
    if as_json:
        show_json(answer)
    else:
        _show_project(answer["project"])


@command.command("stop", examples=("interchange project stop 0f8fad5b-d9cb-469f-a165-70867728950e",))
@click.argument("project", type=fields.UUID)
@REQUEST_ID
@JSON
@calling
def stop(caller: Caller, project: str, *, request_id: str | None, as_json: bool) -> None:
    """Suspend all assertions for a project at once; `standing reinstate` with the hold's id goes on with it."""
    answer = caller.act("StandingService/Suspend", request_id, project_id=project)
    if as_json:
        show_json(answer)
    else:
        show_hold(answer["hold"])


def _show_project(project: Mapping[str, Any]) -> None:
    levels = [project[name] for name in ("level_floor", "level_ceiling") if project.get(name)]
    show_lines(
        ("project", project.get("project_id")),
        ("title", project.get("title")),
        ("field", word(project.get("field"), "PROJECT_FIELD")),
        ("defence", "yes" if project.get("defence") else ""),
        ("levels", " to ".join(levels)),
        ("purpose", project["purpose"]),
        ("days", f"{project['from_day']} to {project['until_day']}"),
        ("opened", project.get("opened_at")),
        *((each["party"], f"under {each['agreement']}, reference {each['reference']}") for each in project["partners"]),
    )
