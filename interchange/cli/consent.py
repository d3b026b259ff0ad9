"""`consent`: what people allow to be told abroad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields
from interchange.cli.caller import LIMIT, REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json, show_lines, show_table, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
ITEMS = ("level", "validity", "project", "name", "birth-date", "document")


@click.group(cls=Group, examples=(f"interchange consent list {_ID}",))
def command() -> None:
    """Record consents to transfers abroad, and their withdrawal."""


@command.command(
    "record",
    examples=(
        (
            f"interchange consent record --subject {_ID} --party BBB --recipient 'Verifying Office' \\\n"
            "    --purpose joint_research --item level --item validity --item project \\\n"
            "    --rules-information 'Data protection in BBB, 2026-04-01' --from 2027-01-01 --until 2027-12-31"
        ),
    ),
)
@click.option("--subject", "subject_id", type=fields.UUID, required=True, help="The person.")
@click.option("--party", type=fields.PARTY_CODE, required=True, help="The country or organisation.")
@click.option("--recipient", required=True, help="The office there that receives it, as the person was told.")
@click.option("--purpose", required=True, help="Code of the purpose, from the rulebook's list.")
@click.option(
    "--item",
    "items",
    type=click.Choice(ITEMS),
    multiple=True,
    required=True,
    help="What may be told; may be repeated. Assertions need the first three, an identity binding the others too.",
)
@click.option(
    "--rules-information", required=True, help="Which information on that country's rules the person was given."
)
@click.option("--from", "from_day", type=fields.DAY, required=True, help="First day of its effect.")
@click.option("--until", "until_day", type=fields.DAY, required=True, help="Last day of its effect.")
@REQUEST_ID
@JSON
@calling
def record(caller: Caller, *, items: Sequence[str], request_id: str | None, as_json: bool, **wanted: str) -> None:
    """Record that a person consents to a transfer; without all of its parts there is no consent."""
    told = ["DATA_ITEM_" + item.upper().replace("-", "_") for item in items]
    _show(caller.act("ConsentService/RecordConsent", request_id, items=told, **wanted), as_json=as_json)


@command.command("withdraw", examples=(f"interchange consent withdraw {_ID}",))
@click.argument("consent", type=fields.UUID)
@REQUEST_ID
@JSON
@calling
def withdraw(caller: Caller, consent: str, *, request_id: str | None, as_json: bool) -> None:
    """Record that a person has taken a consent back; assertions that no other one covers end."""
    _show(caller.act("ConsentService/WithdrawConsent", request_id, consent_id=consent), as_json=as_json)


@command.command("list", examples=(f"interchange consent list {_ID}", f"interchange consent list {_ID} --json"))
@click.argument("subject", type=fields.UUID)
@LIMIT
@JSON
@calling
def list_consents(caller: Caller, subject: str, *, limit: int | None, as_json: bool) -> None:
    """List one person's consents, withdrawn ones too."""
    found = caller.pages("ConsentService/ListConsents", "consents", limit, subject_id=subject)
    if as_json:
        show_json({"consents": found})
        return
    rows = (
        (
            each["consent_id"],
            each["party"],
            each["purpose"],
            _items(each),
            f"{each['from_day']} to {each['until_day']}",
            each.get("withdrawn_at"),
        )
        for each in found
    )
    show_table(("consent", "to", "for", "what", "days", "withdrawn"), rows)


def _items(consent: Mapping[str, Any]) -> str:
    return ", ".join(word(each, "DATA_ITEM") for each in consent["items"])


def _show(answer: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        show_json(answer)
        return
    consent = answer["consent"]
    show_lines(
        ("consent", consent["consent_id"]),
        ("subject", consent["subject_id"]),
        ("to", f"{consent['party']}, {consent['recipient']}"),
        ("for", consent["purpose"]),
        ("what", _items(consent)),
        ("knowing", consent["rules_information"]),
        ("days", f"{consent['from_day']} to {consent['until_day']}"),
        ("withdrawn", consent.get("withdrawn_at")),
    )
