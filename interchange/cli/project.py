"""`project`: joint projects, for which assertions are issued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields, files
from interchange.cli.caller import LIMIT, REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.exits import Exit
from interchange.cli.output import JSON, show_json, show_lines, show_proposal, show_table, word
from interchange.cli.signing import WHY
from interchange.cli.standing import show_hold
from interchange.domain.assertion import REFERENCE
from interchange.domain.names import PARTY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
FIELDS = ("ai", "semiconductors", "cyber-attack", "cyber-defence")


def _partner(text: str) -> dict[str, str]:
    party, equals, agreement = text.partition("=")
    if not equals or not agreement or not PARTY.fullmatch(party):
        raise ValueError(text)
    return {"party": party, "agreement": agreement}


@click.group(cls=Group, examples=("interchange project list --partner BBB",))
def command() -> None:
    """Open joint projects, enrol people in them, stop and close them."""


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
@click.option("--site", "sites", multiple=True, help="Name of a place where it happens, for visits; may be repeated.")
@REQUEST_ID
@JSON
@calling
def open_project(
    caller: Caller,
    *,
    field: str,
    partners: Sequence[Mapping[str, str]],
    sites: Sequence[str],
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
        sites=list(sites) or None,
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


@command.command("close", examples=("interchange project close 0f8fad5b-d9cb-469f-a165-70867728950e",))
@click.argument("project", type=fields.UUID)
@REQUEST_ID
@JSON
@calling
def close(caller: Caller, project: str, *, request_id: str | None, as_json: bool) -> None:
    """Close a project for good, and revoke every assertion for it."""
    answer = caller.act("ProjectService/CloseProject", request_id, project_id=project)
    if as_json:
        show_json(answer)
    else:
        _show_project(answer["project"])


@command.command(
    "enrol",
    examples=(
        f"interchange project enrol --project {_ID} --partner BBB --roster people.csv --dry-run",
        f"interchange project enrol --project {_ID} --partner BBB --roster people.csv --result result.csv",
    ),
)
@click.option("--project", "project_id", type=fields.UUID, required=True, help="The project, by its UUID.")
@click.option("--partner", type=fields.PARTY_CODE, required=True, help="The partner towards which they take part.")
@click.option("--roster", type=fields.FILE, required=True, help="The roster, a CSV file.")
@click.option("--dry-run", is_flag=True, help="Say of each row what it would come to, and enrol nobody.")
@click.option("--result", type=fields.FILE, help="New CSV file with what became of each row.")
@click.option(
    "--request-id",
    type=fields.UUID,
    help="Id of this request; that of the file, project and partner if not given. A new one asks anew.",
)
@WHY
@JSON
@calling
def enrol(
    caller: Caller,
    *,
    roster: Path,
    dry_run: bool,
    result: Path | None,
    as_json: bool,
    **about: Any,  # noqa: ANN401 - of click
) -> None:
    """Enrol the people of a roster.

    It is a CSV file with the columns passport_family, passport_given, birth_date, document_number, employer, from, to.
    The same command again goes on where an interrupted one stopped, and enrols nobody twice. Ends with 1 if a row is
    not enrolled: faulty, not confirmed, or waiting for a second person's approval.
    """
    from interchange.cli import enrolment  # noqa: PLC0415 - loaded when called

    enrolment.check_new(result)
    wanted = enrolment.Wanted(files.read(roster, enrolment.LARGEST_FILE), **about)
    answer, rows = enrolment.look_at(caller, wanted) if dry_run else enrolment.enrol(caller, wanted)
    if result is not None and rows:
        enrolment.write_result(result, rows)
    if as_json:
        show_json({**answer, "lines": rows})
    elif "proposal" in answer:
        show_proposal(answer["proposal"])
    else:
        enrolment.show_rows(rows)
    if "proposal" in answer or not enrolment.all_enrolled(rows):
        click.get_current_context().exit(Exit.NOT_VALID)


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
        ("sites", ", ".join(project.get("sites", []))),
        ("opened", project.get("opened_at")),
        ("closed", project.get("closed_at")),
        *((each["party"], f"under {each['agreement']}, reference {each['reference']}") for each in project["partners"]),
    )
