"""Messages of the ReminderService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.reminders import ReminderKind
from interchange.messages import fields
from interchange.messages.parts import optional_timestamp
from interchange.v1 import reminders_pb2 as pb

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.reminders import Reminder
    from interchange.messages.paging import Slice

_KINDS = {
    pb.REMINDER_KIND_CLEARANCE: ReminderKind.CLEARANCE,
    pb.REMINDER_KIND_CONSENT: ReminderKind.CONSENT,
    pb.REMINDER_KIND_EMPLOYER: ReminderKind.EMPLOYER,
    pb.REMINDER_KIND_PARTICIPANT: ReminderKind.PARTICIPANT,
    pb.REMINDER_KIND_PROJECT: ReminderKind.PROJECT,
}
_NUMBERS = {kind: number for number, kind in _KINDS.items()}


def read_kind(request: pb.ListRemindersRequest) -> ReminderKind | None:
    """Read of which kind to list; None for all."""
    return fields.choice(request.kind, _KINDS, "kind") if request.HasField("kind") else None


def list_reply(found: Slice[Reminder], today: date) -> pb.ListRemindersResponse:
    """Answer with a page of reminders; `today` is the day in the home party's zone."""
    return pb.ListRemindersResponse(
        reminders=[_reminder(each, today) for each in found.entries], next_page_token=found.next_token
    )


def _reminder(due: Reminder, today: date) -> pb.Reminder:
    return pb.Reminder(
        kind=_NUMBERS[due.ending.kind],
        target=due.ending.ref,
        last_day=due.ending.last_day.isoformat(),
        days_left=(due.ending.last_day - today).days,
        days=due.days,
        reminded_at=optional_timestamp(due.given_at),
    )
