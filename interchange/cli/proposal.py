"""`proposal`: acts that wait for a second person."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields
from interchange.cli.caller import LIMIT, REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json, show_lines, show_proposal, show_table, word
from interchange.cli.signing import WHY
from interchange.domain.proposals import Proposal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@click.group(cls=Group, examples=("interchange proposal list --open",))
def command() -> None:
    """List what waits for a second person, approve it or reject it."""


@command.command("list", examples=("interchange proposal list --open", "interchange proposal list --json"))
@click.option("--open", "open_only", is_flag=True, help="Only those that can be signed.")
@LIMIT
@JSON
@calling
def list_proposals(caller: Caller, *, open_only: bool, limit: int | None, as_json: bool) -> None:
    """List the proposals that you may approve, and your own."""
    found = caller.pages("ProposalService/ListProposals", "proposals", limit, open_only=open_only)
    if as_json:
        show_json({"proposals": found})
        return
    rows = (
        (
            each["proposal_id"],
            each["act"],
            each["organ"],
            each["caller"],
            each["expires_at"],
            _outcome(each),
        )
        for each in found
    )
    show_table(("proposal", "act", "organ", "proposed by", "until", "outcome"), rows)


@command.command("show", examples=(f"interchange proposal show {_ID}",))
@click.argument("proposal", type=fields.UUID)
@JSON
@calling
def show(caller: Caller, proposal: str, *, as_json: bool) -> None:
    """Show what exactly is proposed, by whom, who has signed, and what became of it."""
    told = caller.read("ProposalService/GetProposal", proposal_id=proposal)["proposal"]
    if as_json:
        show_json({"proposal": told})
    else:
        _show(told)


@command.command(
    "approve",
    examples=(
        f"interchange proposal approve {_ID}",
        f'interchange proposal approve {_ID} --yes --why "as agreed in writing"',
    ),
)
@click.argument("proposal", type=fields.UUID)
@click.option("--yes", is_flag=True, help="Do not ask; you have looked at it before.")
@WHY
@REQUEST_ID
@JSON
@calling
def approve(caller: Caller, proposal: str, *, yes: bool, request_id: str | None, as_json: bool) -> None:
    """Sign a proposal, so that it is carried out once another person has signed too.

    Shows what is to be done and asks, unless told not to. Whoever proposed it signs for it in the same way.
    """
    if not yes and (as_json or not is_asked()):
        message = f"nobody can be asked here: look at it with `interchange proposal show {proposal}`, then add --yes."
        raise click.UsageError(message)
    told = caller.read("ProposalService/GetProposal", proposal_id=proposal)["proposal"]
    # What is shown is what is signed.
    found = Proposal.told(told)
    found.check_digest()
    if not yes:
        _show(told)
        if not click.confirm("Approve this?"):
            raise click.Abort
    _show_signed(caller.sign(found, approves=True, request_id=request_id), as_json=as_json)


@command.command("reject", examples=(f'interchange proposal reject {_ID} --why "wrong project"',))
@click.argument("proposal", type=fields.UUID)
@WHY
@REQUEST_ID
@JSON
@calling
def reject(caller: Caller, proposal: str, *, request_id: str | None, as_json: bool) -> None:
    """Reject a proposal for good, or take your own back."""
    told = caller.read("ProposalService/GetProposal", proposal_id=proposal)["proposal"]
    _show_signed(caller.sign(Proposal.told(told), approves=False, request_id=request_id), as_json=as_json)


def is_asked() -> bool:
    """Tell whether somebody sits at the other end of standard input."""
    return sys.stdin.isatty()


def _outcome(told: Mapping[str, Any]) -> str:
    return word(told["outcome"], "PROPOSAL_OUTCOME")


def _show(told: Mapping[str, Any]) -> None:
    show_lines(
        ("proposal", told["proposal_id"]),
        ("act", told["act"]),
        *_request(json.loads(told["request"])),
        ("organ", told["organ"]),
        ("proposed by", told["caller"]),
        ("at", told["created_at"]),
        ("until", told["expires_at"]),
        ("approved by", f"another {told['approver_role']}"),
        *_signatures(told),
        ("outcome", _outcome(told)),
        ("result", told["result"]),
        ("digest", told["digest"]),
    )


def _request(asked: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, object]]:
    """List what is asked for, value by value, with the name of each indented below the act."""
    for name, value in asked.items():
        label = f"{within}.{name}" if within else f"  {name}"
        if isinstance(value, dict):
            yield from _request(value, label)
        elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
            yield from ((label, json.dumps(each, ensure_ascii=False)) for each in value)
        else:
            yield label, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _signatures(told: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for each in told.get("signatures", []):
        said = f"{each['caller']} at {each['signed_at']}"
        yield "approves" if each["approves"] else "rejects", f"{said}: {each['why']}" if each["why"] else said


def _show_signed(told: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        show_json({"proposal": told})
    else:
        show_proposal(told)
