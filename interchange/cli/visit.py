"""`visit`: requests for visits to a partner's facilities, as files to be sent."""

from __future__ import annotations

import json
import os
import time
import uuid
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interchange.cli import fields, files
from interchange.cli.caller import Caller, JsonObject, calling
from interchange.cli.command import Group
from interchange.cli.output import show_lines
from interchange.cli.visit_form import (
    KINDS,
    Visitor,
    Wanted,
    check_consent,
    check_visit,
    choose,
    level_of,
    read_details,
    request_for_visit,
    visitor_block,
)
from interchange.cli.visit_page import visit_page
from interchange.domain.days import day_of
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from interchange.domain.rules import NationRules

_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_LARGEST = 256 * 1024
_LONGEST = 500


def _text(text: str) -> str:
    if not text.strip() or len(text) > _LONGEST:
        raise ValueError(text)
    return text


TEXT = fields.Form("text", _text, f"a text of 1 to {_LONGEST} characters")


@click.group(
    cls=Group,
    examples=(
        (
            f"interchange visit request --project {_ID} --partner BBB --kind one-time --site 'North laboratory' \\\n"
            f"    --from 2027-03-01 --until 2027-03-05 --topic Magnets --subject {_ID} --to visit.json"
        ),
    ),
)
def command() -> None:
    """Write requests for visits to a partner's facilities."""


@command.command(
    "request",
    examples=(
        (
            f"interchange visit request --project {_ID} --partner BBB --kind one-time --site 'North laboratory' \\\n"
            f"    --from 2027-03-01 --until 2027-03-05 --topic Magnets --subject {_ID} \\\n"
            "    --details details.json --to visit.json --page visit.html"
        ),
        (
            f"interchange visit request --project {_ID} --partner BBB --kind amendment --amends {_ID} \\\n"
            "    --site 'North laboratory' --from 2027-03-01 --until 2027-03-12 --topic Magnets \\\n"
            f"    --subject {_ID} --page visit.html"
        ),
    ),
)
@click.option("--project", "project_id", type=fields.UUID, required=True, help="The project, by its UUID.")
@click.option("--partner", type=fields.PARTY_CODE, required=True, help="The party to be visited.")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What kind of request it is.")
@click.option(
    "--site", "sites", type=TEXT, multiple=True, required=True, help="A facility to be visited; may be repeated."
)
@click.option("--from", "from_day", type=fields.DAY, required=True, help="First day.")
@click.option("--until", "until_day", type=fields.DAY, required=True, help="Last day.")
@click.option("--topic", type=TEXT, required=True, help="What is to be discussed; the project's title is not sent.")
@click.option(
    "--subject", "subjects", type=fields.UUID, multiple=True, required=True, help="A visitor, by UUID; may be repeated."
)
@click.option(
    "--level", type=fields.LEVEL_NAME, help="Highest home level of the information; if not given, what all reach."
)
@click.option("--amends", type=TEXT, help="Reference of the earlier request, for an amendment.")
@click.option("--justification", type=TEXT, help="Why it cannot wait, for an emergency.")
@click.option("--remarks", type=TEXT, help="Anything else, for both sides.")
@click.option("--details", type=fields.FILE, help="JSON with addresses, contacts and positions, - for standard input.")
@click.option("--to", type=fields.FILE, help="New file for the fields, as JSON.")
@click.option("--page", type=fields.FILE, help="New file for a page to be printed, as HTML.")
@calling
def request(
    caller: Caller,
    *,
    project_id: str,
    subjects: Sequence[str],
    details: Path | None,
    to: Path | None,
    page: Path | None,
    **described: Any,  # noqa: ANN401 - click's
) -> None:
    """Write a request for a visit, with the names and passports of those who come; only you can read the files.

    Each visitor must be confirmed to the partner for this project until the last day, and must have consented to be
    named to it. The node keeps nothing of the request; the auditors' lane records whom you looked up. The details are a
    JSON object with requesting_facility, facility, security_officer, certifying_authority (name, address, contact,
    email, telephone) and visitors, an object that gives employer, position and place_of_birth by UUID. What is not
    given stays empty on the page.
    """
    wanted = _wanted(described)
    _check_files(to, page)
    added = read_details(_details(details), subjects)
    if len(set(subjects)) != len(subjects):
        raise refuse(Reason.FIELD_FORM, "--subject: named twice")
    now = int(time.time())
    party, rules = _home(caller)
    project = caller.read("ProjectService/GetProject", project_id=project_id)["project"]
    partner = check_visit(wanted, project, rules, now)
    today = day_of(now, rules.zone)
    visitors = [_visitor(caller, wanted, project, rules, subject, today) for subject in subjects]
    level = level_of(wanted, rules, visitors)
    form = request_for_visit(
        wanted,
        reference=str(uuid.uuid4()),
        party=party,
        project=project,
        partner=partner,
        level=level,
        details=added,
        visitors=[
            visitor_block(each, _identity(caller, each), added["visitors"][each.subject_id]) for each in visitors
        ],
        today=today,
    )
    _write(form, to, page)
    show_lines(("request", form["reference"]), ("visitors", len(visitors)), ("fields", to), ("page", page))


def _wanted(described: Mapping[str, Any]) -> Wanted:
    kind = described["kind"]
    for option, belongs in (("amends", "amendment"), ("justification", "emergency")):
        if (described[option] is not None) != (kind == belongs):
            message = f"--{option} belongs to --kind {belongs}, and to no other."
            raise click.UsageError(message)
    return Wanted(
        kind=kind,
        partner=described["partner"],
        sites=tuple(described["sites"]),
        from_day=date.fromisoformat(described["from_day"]),
        until_day=date.fromisoformat(described["until_day"]),
        topic=described["topic"],
        level=described["level"] or "",
        amends=described["amends"] or "",
        justification=described["justification"] or "",
        remarks=described["remarks"] or "",
    )


def _check_files(*paths: Path | None) -> None:
    """Refuse before anybody is looked up what could not be written afterwards."""
    if not any(paths):
        message = "Give --to, --page or both."
        raise click.UsageError(message)
    for path in paths:
        if path is not None and os.path.lexists(path):
            raise refuse(Reason.FILE_EXISTS, str(path))


def _details(path: Path | None) -> object:
    if path is None:
        return {}
    try:
        return json.loads(files.read(path, _LARGEST).decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise refuse(Reason.FIELD_FORM, f"{path}: not JSON in UTF-8") from None


def _home(caller: Caller) -> tuple[str, NationRules]:
    """Ask whose node it is, and find that party's rules."""
    from interchange.rulebook.load import load  # noqa: PLC0415 - loaded when called

    party = str(caller.read("NodeService/GetNodeInfo")["party"])
    rules = load().rules(party)
    if rules is None:
        raise refuse(Reason.PARTY_UNKNOWN, "no rules to issue by")
    return party, rules


def _visitor(
    caller: Caller, wanted: Wanted, project: Mapping[str, Any], rules: NationRules, subject_id: str, today: date
) -> Visitor:
    told = caller.pages("DisclosureService/ListDisclosures", "disclosures", None, subject_id=subject_id)
    held = caller.pages("ClearanceService/ListClearances", "clearances", None, subject_id=subject_id)
    chosen = choose(wanted, project["project_id"], rules, told, held, subject_id)
    consents = caller.pages("ConsentService/ListConsents", "consents", None, subject_id=subject_id)
    check_consent(wanted, project, consents, today)
    return chosen


def _identity(caller: Caller, visitor: Visitor) -> JsonObject:
    """Look up who a visitor is, last of all: the audit lane has a line for each look."""
    found: JsonObject = caller.act("SubjectService/GetSubject", None, subject_id=visitor.subject_id)["identity"]
    return found


def _write(form: JsonObject, to: Path | None, page: Path | None) -> None:
    from interchange.crypto.sealed import write_private  # noqa: PLC0415 - loaded when called

    if to is not None:
        write_private(to, (json.dumps(form, ensure_ascii=False, indent=2) + "\n").encode())
    if page is not None:
        write_private(page, visit_page(form).encode())
