"""`partner`: the parties with which a node exchanges."""

from __future__ import annotations

from pathlib import Path

import click

from interchange.cli import fields, files
from interchange.cli.caller import LIMIT, REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json, show_lines, show_proposal, show_table
from interchange.cli.signing import WHY
from interchange.wire.keyring import MAX_KEYRING

_MAX_PEM = 64 * 1024


@click.group(cls=Group, examples=("interchange partner list",))
def command() -> None:
    """Admit partners and list them."""


@command.command(
    "admit",
    examples=(
        "interchange partner admit BBB --address bbb.example:7443 --ca bbb-ca.pem --keyring bbb.json --root-pin 3fa4…",
    ),
)
@click.argument("party", type=fields.PARTY_CODE)
@click.option("--address", type=fields.HOST_PORT, required=True, help="Address of its node.")
@click.option("--ca", type=fields.FILE, required=True, help="Its certificate authority, PEM.")
@click.option(
    "--keyring", type=fields.FILE, required=True, help="Its current keyring, as `keyring show --to` leaves it."
)
@click.option("--root-pin", type=fields.PIN, required=True, help="Its root pin, as its people told it another way.")
@WHY
@REQUEST_ID
@JSON
@calling
def admit(
    caller: Caller, party: str, *, ca: Path, keyring: Path, request_id: str | None, as_json: bool, **told: str
) -> None:
    """Admit a party: pin its root keys and its certificate authority, and open the lane towards it."""
    answer = caller.act(
        "PartnerService/AdmitPartner",
        request_id,
        party=party,
        ca_pem=files.encode(files.read(ca, _MAX_PEM)),
        keyring=files.encode(files.read_line(keyring, MAX_KEYRING)),
        **told,
    )
    if as_json:
        show_json(answer)
    elif "proposal" in answer:
        show_proposal(answer["proposal"])
    else:
        admitted = answer["result"]
        show_lines(
            ("admitted", admitted["party"]),
            ("authority", admitted["authority"]),
            ("address", admitted["address"]),
            ("keyring", admitted["keyring_number"]),
            ("root pin", admitted["root_pin"]),
        )


@command.command("list", examples=("interchange partner list", "interchange partner list --json"))
@LIMIT
@JSON
@calling
def list_partners(caller: Caller, *, limit: int | None, as_json: bool) -> None:
    """List the admitted partners, with when each was last heard of."""
    partners = caller.pages("PartnerService/ListPartners", "partners", limit)
    if as_json:
        show_json({"partners": partners})
        return
    rows = (
        (each["party"], each["authority"], each["address"], each["keyring_number"], each.get("last_contact", "never"))
        for each in partners
    )
    show_table(("party", "authority", "address", "keyring", "last contact"), rows)
