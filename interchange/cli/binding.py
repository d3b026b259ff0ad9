"""`binding`: whose an assertion is, told to its partner, and asked at the gate."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields
from interchange.cli.caller import LIMIT, REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.exits import Exit
from interchange.cli.output import JSON, place, show_json, show_lines, show_table
from interchange.cli.papers import FOUND_BY, FROM_JSON, read_papers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@click.group(cls=Group, examples=("interchange binding list",))
def command() -> None:
    """Tell a partner whose an assertion is, and match a person at the gate."""


@command.command("send", examples=(f"interchange binding send {_ID}",))
@click.argument("assertion", type=fields.UUID)
@REQUEST_ID
@JSON
@calling
def send(caller: Caller, assertion: str, *, request_id: str | None, as_json: bool) -> None:
    """Sign who the subject of an assertion is, and seal it to the partner that the assertion is for.

    The partner's officers can then match the person by passport name, birth date and document. The person's consent
    must cover these. No name is printed.
    """
    answer = caller.act("BindingService/SendBinding", request_id, assertion_id=assertion)
    if as_json:
        show_json(answer)
        return
    sent = answer["binding"]
    show_lines(
        ("assertion", sent["assertion_id"]),
        ("sealed to", sent["partner"]),
        ("signed by", sent["organ"]),
        ("digest", sent["sha256"]),
        ("told", place(answer.get("position"))),
    )


@command.command("end", examples=(f"interchange binding end {_ID}",))
@click.argument("assertion", type=fields.UUID)
@REQUEST_ID
@JSON
@calling
def end(caller: Caller, assertion: str, *, request_id: str | None, as_json: bool) -> None:
    """End the binding of an assertion and delete it; the assertion is as good as before.

    Newer papers of the person do this by themselves. To end one is for a partner that has lost its key.
    """
    answer = caller.act("BindingService/EndBinding", request_id, assertion_id=assertion)
    if as_json:
        show_json(answer)
        return
    show_lines(("assertion", answer["assertion_id"]), ("binding", "ended"))


@command.command(
    "match",
    examples=(
        f"interchange binding match --issuer AAA --assertion {_ID}",
        f"interchange binding match --issuer AAA --assertion {_ID} --from-json papers.json --json",
    ),
)
@click.option("--issuer", type=fields.PARTY_CODE, required=True, help="The party that issued the assertion.")
@click.option("--assertion", "assertion_id", type=fields.UUID, required=True, help="The assertion, by its UUID.")
@FROM_JSON
@REQUEST_ID
@JSON
@calling
def match(
    caller: Caller, *, issuer: str, assertion_id: str, file: Path | None, request_id: str | None, as_json: bool
) -> None:
    """Ask whether the person at the gate is the subject of a partner's assertion: yes or no, and nothing else.

    The JSON object has passport_family, passport_given, birth_date and document_number, as they stand in the passport
    that is shown; all of them are compared. There are no options for them: what stands on a command line stays in the
    shell's history, and everybody on the machine can see it. Ends with 1 if it is somebody else.
    """
    papers, chosen = read_papers(file, FOUND_BY), request_id or str(uuid.uuid4())
    answer = caller.act("BindingService/MatchPerson", chosen, issuer=issuer, assertion_id=assertion_id, **papers)
    if as_json:
        show_json(answer)
    else:
        late = f"not yet; to tell it again, repeat this with --request-id {chosen}"
        show_lines(
            ("assertion", assertion_id),
            ("the same person", "yes" if answer["matched"] else "NO"),
            ("issuer told", "yes" if answer["confirmed"] else late),
        )
    if not answer["matched"]:
        click.get_current_context().exit(Exit.NOT_VALID)


@command.command(
    "list", examples=("interchange binding list --partner BBB", f"interchange binding list --assertion {_ID} --json")
)
@click.option("--partner", type=fields.PARTY_CODE, help="Only those sealed to this party.")
@click.option("--assertion", "assertion_id", type=fields.UUID, help="Only those of this assertion.")
@LIMIT
@JSON
@calling
def list_bindings(caller: Caller, *, limit: int | None, as_json: bool, **filters: str | None) -> None:
    """List the bindings that the node sent, and what became of them; an officer bound to an organ sees that organ's."""
    found = caller.pages("BindingService/ListBindings", "bindings", limit, **filters)
    if as_json:
        show_json({"bindings": found})
        return
    rows = ((each["assertion_id"], each["partner"], each["organ"], each["sent_at"], _became(each)) for each in found)
    show_table(("assertion", "sealed to", "signed by", "sent", "since then"), rows)


def _became(binding: Mapping[str, Any]) -> str:
    named = (
        ("ended_at", "ended"),
        ("confirmed_at", "matched and deleted"),
        ("unmatched_at", "somebody else was there"),
    )
    return next((f"{what} {binding[name]}" for name, what in named if name in binding), "waits for the partner")
