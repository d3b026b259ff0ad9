"""`agreement`: what the rulebook says about agreements and levels, and where an agreement stands."""

from __future__ import annotations

import click

from interchange.cli import fields
from interchange.cli.caller import LIMIT, REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json, show_lines, show_proposal, show_table, word
from interchange.cli.signing import WHY

STATES = ("in-force", "notice-given", "suspended", "terminated")


@click.group(cls=Group, examples=("interchange agreement list --party BBB",))
def command() -> None:
    """Read agreements and levels, and record where an agreement stands."""


@command.command("list", examples=("interchange agreement list", "interchange agreement list --party BBB --json"))
@click.option("--party", type=fields.PARTY_CODE, help="Only those with this party.")
@LIMIT
@JSON
@calling
def list_agreements(caller: Caller, *, party: str | None, limit: int | None, as_json: bool) -> None:
    """List the agreements of the node's party, with their equivalences."""
    agreements = caller.pages("AgreementService/ListAgreements", "agreements", limit, party=party)
    if as_json:
        show_json({"agreements": agreements})
        return
    rows = []
    for each in agreements:
        state = word(each["state"], "AGREEMENT_STATE")
        head = (each["agreement"], each["party"], state, each.get("effective_on"))
        pairs = [(row["source"], row["target"], word(row["state"], "ROW_STATE")) for row in each.get("rows", [])]
        rows += [(*head, *pair) for pair in pairs or [("no rows", "", "")]]
    show_table(("agreement", "party", "state", "since", "level", "stands for", "row"), rows)


@command.command("levels", examples=("interchange agreement levels BBB",))
@click.argument("party", type=fields.PARTY_CODE)
@LIMIT
@JSON
@calling
def levels(caller: Caller, party: str, *, limit: int | None, as_json: bool) -> None:
    """List the levels of one party, retired ones too."""
    found = caller.pages("AgreementService/ListLevels", "levels", limit, party=party)
    if as_json:
        show_json({"levels": found})
        return
    rows = (
        (each["level"], word(each.get("ceiling"), "CEILING"), each.get("retired_on"), each["title"]) for each in found
    )
    show_table(("level", "ceiling", "retired on", "title"), rows)


@command.command(
    "move",
    examples=(
        "interchange agreement move AAA-BBB-2016 --to suspended --on 2027-01-31",
        "interchange agreement move AAA-BBB-2016 --to notice-given --on 2027-04-30",
    ),
)
@click.argument("agreement")
@click.option("--to", "state", type=click.Choice(STATES), required=True, help="Its next state.")
@click.option(
    "--on", "effective_on", type=fields.DAY, required=True, help="Day on which that takes effect; of a notice, to come."
)
@WHY
@REQUEST_ID
@JSON
@calling
def move(
    caller: Caller, agreement: str, *, state: str, effective_on: str, request_id: str | None, as_json: bool
) -> None:
    """Record that an agreement has gone into its next state, with all that follows; needs a second officer.

    Suspended holds all that was issued under it, and coming back lifts that hold. Terminated revokes all of it. After a
    notice, what still runs on its day is revoked on that day.
    """
    answer = caller.act(
        "AgreementService/MoveAgreement",
        request_id,
        agreement=agreement,
        state=f"AGREEMENT_STATE_{state.upper().replace('-', '_')}",
        effective_on=effective_on,
    )
    if as_json:
        show_json(answer)
    elif "proposal" in answer:
        show_proposal(answer["proposal"])
    else:
        result = answer["result"]
        show_lines(
            ("agreement", result["agreement"]),
            (word(result["state"], "AGREEMENT_STATE"), f"on {result['effective_on']}"),
            ("concerned", f"{result['affected_count']} live assertions"),
        )
