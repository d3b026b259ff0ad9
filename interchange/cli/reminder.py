"""`reminder`: what ends before long."""

from __future__ import annotations

import click

from interchange.cli.caller import LIMIT, Caller, calling
from interchange.cli.command import Group
from interchange.cli.output import JSON, show_json, show_table, word

KINDS = ("clearance", "consent", "employer", "participant", "project")


@click.group(cls=Group, examples=("interchange reminder list",))
def command() -> None:
    """See what ends before long."""


@command.command("list", examples=("interchange reminder list", "interchange reminder list --kind project --json"))
@click.option("--kind", type=click.Choice(KINDS), help="Only those of this kind.")
@LIMIT
@JSON
@calling
def list_reminders(caller: Caller, *, kind: str | None, limit: int | None, as_json: bool) -> None:
    """List what ends within 90 days, the soonest first; a coordinator sees projects and participants."""
    wanted = None if kind is None else f"REMINDER_KIND_{kind.upper()}"
    # All of them, since the node lists them by kind and id: the first of those need not be the soonest.
    found = caller.pages("ReminderService/ListReminders", "reminders", None, kind=wanted)
    soonest = sorted(found, key=lambda each: str(each["last_day"]))[:limit]
    if as_json:
        show_json({"reminders": soonest})
        return
    rows = (
        (each["last_day"], each["days_left"], word(each["kind"], "REMINDER_KIND"), each["target"]) for each in soonest
    )
    show_table(("last day", "days left", "what", "which"), rows)
