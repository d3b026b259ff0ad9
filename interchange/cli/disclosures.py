"""`subject disclosures`: what a person is told on asking, as a page that an officer prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from interchange.cli import fields
from interchange.cli.caller import REQUEST_ID, Caller, calling
from interchange.cli.command import Command
from interchange.cli.output import JSON, show_json, word
from interchange.cli.page import grid, items, page, paragraph, section
from interchange.errors import Reason, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TITLE = "What was told about you"

NOT_SEEN = (
    "A partner that follows our announcements can verify an assertion on its own or without a network. Of that nobody "
    "here knows. Times are in UTC."
)

_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@click.command(
    "disclosures",
    cls=Command,
    examples=(
        f"interchange subject disclosures {_ID}",
        f"interchange subject disclosures {_ID} --html --to page.html",
    ),
)
@click.argument("subject", type=fields.UUID)
@click.option("--html", "as_html", is_flag=True, help="A page to be printed, instead of plain text.")
@click.option("--to", type=fields.FILE, help="New file for it that only you can read, instead of printing it.")
@REQUEST_ID
@JSON
@calling
def disclosures(
    caller: Caller, subject: str, *, as_html: bool, to: Path | None, request_id: str | None, as_json: bool
) -> None:
    """Print for a person what was asserted about them to whom, what was sent, and who asked about it when.

    The page bears the person's name, so that it reaches the right one; the auditors' lane records that you looked it
    up. With --json the name is left out, and nobody's is looked up.
    """
    made = caller.pages("DisclosureService/ListDisclosures", "disclosures", None, subject_id=subject)
    asked = caller.pages("DisclosureService/ListVerifications", "verifications", None, subject_id=subject)
    if as_json:
        show_json({"disclosures": made, "verifications": asked})
        return
    name = _name(caller, subject, request_id)
    shown = _page(subject, name, made, asked) if as_html else _text(subject, name, made, asked)
    if to is None:
        click.echo(shown, nl=False)
    else:
        from interchange.crypto.sealed import write_private  # noqa: PLC0415 - loaded when called

        write_private(to, shown.encode())


def _name(caller: Caller, subject: str, request_id: str | None) -> str:
    try:
        identity = caller.act("SubjectService/GetSubject", request_id, subject_id=subject)["identity"]
    except Refusal as refusal:
        if refusal.reason is not Reason.NOT_KNOWN:
            raise
        return "(no longer kept)"
    native = f"{identity['family']} {identity['given']}".strip()
    latin = f"{identity['passport_family']} {identity['passport_given']}".strip()
    return f"{native} ({latin})"


def _about(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say of an assertion what it says, and what became of it."""
    levels = [entry[name] for name in ("home_level", "partner_level") if name in entry]
    sent = [
        f"sent {each['sent_at']}"
        + (f", matched {each['confirmed_at']}" if "confirmed_at" in each else "")
        + (f", ended {each['ended_at']}" if "ended_at" in each else "")
        for each in entry.get("bindings", [])
    ]
    return [
        ("told to", entry["partner"]),
        ("for the project", entry["project_title"]),
        ("level", ", there ".join(levels) or "no longer kept"),
        ("signed by", f"{entry['organ']} on {entry['issued_at']}"),
        ("from", entry.get("valid_from", "")),
        ("until", entry["expires_at"]),
        ("revoked", entry.get("revoked_at", "")),
        ("now", word(entry["standing"], "STANDING")),
        ("name, birth date and passport", "\n".join(sent) or "not sent"),
        ("number", entry["assertion_id"]),
    ]


def _questions(entry: Mapping[str, Any], asked: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str, str]]:
    """List who asked about one assertion: when, who, what they heard, how often."""
    return [
        (each["verified_at"], each["partner"], word(each["outcome"], "OUTCOME"), str(each["count"]))
        for each in asked
        if each["assertion_id"] == entry["assertion_id"]
    ]


def _text(subject: str, name: str, made: Sequence[Mapping[str, Any]], asked: Sequence[Mapping[str, Any]]) -> str:
    lines = [TITLE, "", name, f"person {subject}", ""]
    if not made:
        lines += ["Nothing was told to anybody.", ""]
    for number, entry in enumerate(made, 1):
        said = [(what, value) for what, value in _about(entry) if value]
        width = max(len(what) for what, _ in said)
        lines.append(f"{number}.")
        lines += [
            f"   {what if first else '':{width}}  {line}"
            for what, value in said
            for first, line in zip([True, *[False] * value.count("\n")], value.split("\n"), strict=True)
        ]
        questions = _questions(entry, asked)
        lines.append("   asked about:" if questions else "   nobody asked this node about it")
        lines += [f"     {at}  {who}  {heard}  {count} times" for at, who, heard, count in questions]
        lines.append("")
    return "\n".join(map(_plain, [*lines, NOT_SEEN, ""]))


def _page(subject: str, name: str, made: Sequence[Mapping[str, Any]], asked: Sequence[Mapping[str, Any]]) -> str:
    body = [items(("name", name), ("person", subject))]
    if not made:
        body.append(paragraph("Nothing was told to anybody."))
    for number, entry in enumerate(made, 1):
        body += [section(f"{number}. {entry['project_title']}, {entry['partner']}"), items(*_about(entry))]
        questions = _questions(entry, asked)
        if questions:
            body.append(grid(("asked about on", "by", "answered", "times"), questions))
        else:
            body.append(paragraph("Nobody asked this node about it."))
    return page(TITLE, [*body, paragraph(NOT_SEEN)])


def _plain(line: str) -> str:
    """Leave out what would move the cursor or colour the screen."""
    # To Python the wide space of Japanese names is no printable character.
    return "".join(character if character.isprintable() or character == "\u3000" else "?" for character in line)
