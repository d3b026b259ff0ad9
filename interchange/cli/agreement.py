"""`agreement`: what the rulebook says about agreements and levels."""

from __future__ import annotations

import click

from interchange.cli import fields
from interchange.cli.caller import LIMIT, Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json, show_table, word


@click.group(cls=Group, examples=("interchange agreement list --party BBB",))
def command() -> None:
    """Read agreements and levels."""


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
