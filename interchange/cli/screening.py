"""`screening`: the background checks that grants rest on; never what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields
from interchange.cli.caller import LIMIT, REQUEST_ID, Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json, show_lines, show_proposal, show_table, word
from interchange.cli.signing import WHY
from interchange.cli.standing import show_hold

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_SCREENING = click.argument("screening", type=fields.UUID)


@click.group(cls=Group, examples=(f"interchange screening show {_ID}",))
def command() -> None:
    """Screen people: that it was done, when and by whom, and never what was found."""


@command.command(
    "open", examples=(f"interchange screening open --subject {_ID} --body AAA/CAB --consented-on 2027-01-10",)
)
@click.option("--subject", "subject_id", type=fields.UUID, required=True, help="The person.")
@click.option("--body", type=fields.ORGAN_NAME, required=True, help="The organ that screens, PARTY/ORGAN.")
@click.option("--consented-on", type=fields.DAY, required=True, help="Day on which the person consented to it.")
@REQUEST_ID
@JSON
@calling
def open_screening(caller: Caller, *, request_id: str | None, as_json: bool, **wanted: str) -> None:
    """Open a screening of a person who has consented to it."""
    _show_answer(caller.act("ScreeningService/OpenScreening", request_id, **wanted), as_json=as_json)


@command.command("item", examples=(f"interchange screening item {_ID} drug_abuse --done-on 2027-02-01",))
@_SCREENING
@click.argument("item")
@click.option("--done-on", type=fields.DAY, required=True, help="Day on which it was done.")
@REQUEST_ID
@JSON
@calling
def item(caller: Caller, screening: str, item: str, *, done_on: str, request_id: str | None, as_json: bool) -> None:
    """Record that you have looked into one item; `screening show` lists the codes of those that are missing."""
    answer = caller.act("ScreeningService/RecordItem", request_id, screening_id=screening, item=item, done_on=done_on)
    _show_answer(answer, as_json=as_json)


@command.command(
    "conclude",
    examples=(
        f"interchange screening conclude {_ID} --eligible",
        f"interchange screening conclude {_ID} --not-eligible",
    ),
)
@_SCREENING
@click.option("--eligible/--not-eligible", default=None, required=True, help="What it came to.")
@WHY
@REQUEST_ID
@JSON
@calling
def conclude(caller: Caller, screening: str, *, eligible: bool, request_id: str | None, as_json: bool) -> None:
    """Conclude a screening, once every item is done; not eligible ends what the person was granted and asserted."""
    answer = caller.act(
        "ScreeningService/ConcludeScreening",
        request_id,
        screening_id=screening,
        conclusion="CONCLUSION_ELIGIBLE" if eligible else "CONCLUSION_NOT_ELIGIBLE",
    )
    _show_answer(answer, as_json=as_json)


@command.command("notify", examples=(f"interchange screening notify {_ID} --on 2027-03-01",))
@_SCREENING
@click.option("--on", "notified_on", type=fields.DAY, required=True, help="Day on which the person was told.")
@REQUEST_ID
@JSON
@calling
def notify(caller: Caller, screening: str, *, notified_on: str, request_id: str | None, as_json: bool) -> None:
    """Record the day on which the person was told of the result, from which every term runs."""
    answer = caller.act("ScreeningService/NotifyScreening", request_id, screening_id=screening, notified_on=notified_on)
    _show_answer(answer, as_json=as_json)


@command.command("withdraw-consent", examples=(f"interchange screening withdraw-consent {_ID}",))
@_SCREENING
@REQUEST_ID
@JSON
@calling
def withdraw_consent(caller: Caller, screening: str, *, request_id: str | None, as_json: bool) -> None:
    """Record that the person has taken back the consent to a screening; what rests on it ends."""
    answer = caller.act("ScreeningService/WithdrawScreeningConsent", request_id, screening_id=screening)
    _show_answer(answer, as_json=as_json)


@command.command("reassess", examples=(f"interchange screening reassess {_ID}",))
@click.argument("subject", type=fields.UUID)
@REQUEST_ID
@JSON
@calling
def reassess(caller: Caller, subject: str, *, request_id: str | None, as_json: bool) -> None:
    """Hold a person who is to be assessed again, at once; `standing reinstate` lifts the hold."""
    answer = caller.act("ScreeningService/NoticeReassessment", request_id, subject_id=subject)
    if as_json:
        show_json(answer)
    else:
        show_hold(answer["hold"])


@command.command("show", examples=(f"interchange screening show {_ID} --json",))
@_SCREENING
@JSON
@calling
def show(caller: Caller, screening: str, *, as_json: bool) -> None:
    """Show where a screening stands, and to the body's officers which items are done."""
    _show_answer(caller.read("ScreeningService/GetScreening", screening_id=screening), as_json=as_json)


@command.command("list", examples=("interchange screening list", f"interchange screening list --subject {_ID} --json"))
@click.option("--subject", "subject_id", type=fields.UUID, help="Only those of this person.")
@LIMIT
@JSON
@calling
def list_screenings(caller: Caller, *, subject_id: str | None, limit: int | None, as_json: bool) -> None:
    """List screenings; an officer bound to an organ sees those that the organ's grants rest on."""
    found = caller.pages("ScreeningService/ListScreenings", "screenings", limit, subject_id=subject_id)
    if as_json:
        show_json({"screenings": found})
        return
    rows = ((each["screening_id"], each["subject_id"], each["body"], step_of(each)) for each in found)
    show_table(("screening", "subject", "body", "where it stands"), rows)


def step_of(screening: Mapping[str, Any]) -> str:
    """Say where a screening stands, in words."""
    conclusion = word(screening.get("conclusion"), "CONCLUSION")
    told = f", told on {screening['notified_on']}" if screening.get("notified_on") else ""
    ended = f", ended {screening['ended_at']}" if screening.get("ended_at") else ""
    return f"{conclusion or 'under way'}{told}{ended}"


def _show_answer(answer: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        show_json(answer)
        return
    if "proposal" in answer:
        show_proposal(answer["proposal"])
        return
    screening = answer["result"] if "result" in answer else answer["screening"]
    show_lines(
        ("screening", screening["screening_id"]),
        ("subject", screening["subject_id"]),
        ("body", screening["body"]),
        ("consent of", screening["consented_on"]),
        ("stands", step_of(screening)),
        *(("done", f"{each['item']}, {each['done_on']}, {each['officer']}") for each in screening.get("items", [])),
        ("missing", ", ".join(screening.get("missing_items", []))),
    )
