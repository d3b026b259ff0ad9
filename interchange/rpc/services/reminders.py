"""The ReminderService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.reminders import ReminderKind
from interchange.errors import Reason, refuse
from interchange.flows.reminders import key_of, reminders_due
from interchange.messages import reminders as messages
from interchange.messages.paging import read_paging
from interchange.v1 import reminders_pb2 as pb

if TYPE_CHECKING:
    from interchange.flows.node import Node
    from interchange.rpc.call import Call

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["ReminderService"]

_COORDINATORS_KINDS = frozenset({ReminderKind.PARTICIPANT, ReminderKind.PROJECT})
_ALL_KINDS = frozenset(ReminderKind)


class ReminderService:
    """What ends before long."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    def ListReminders(self, request: pb.ListRemindersRequest, call: Call) -> pb.ListRemindersResponse:
        """List reminders, to a coordinator those of projects and participants."""
        kind, organ = messages.read_kind(request), call.caller.bound
        # The end of a clearance or a consent would tell a coordinator about a person.
        seen = _COORDINATORS_KINDS if call.caller.role == "coordinator" else _ALL_KINDS
        kinds = seen if kind is None else frozenset({kind})
        if not kinds <= seen:
            raise refuse(Reason.CALLER_NOT_ALLOWED, "kind")
        paging = read_paging(
            request.page_size, request.page_token, "ListReminders", call.caller.role, organ, kind.value if kind else ""
        )
        due = self._node.ledger.read(
            lambda tx: reminders_due(
                self._node, tx, call.now, kinds, organ=organ, after=paging.after, limit=paging.fetch
            )
        )
        return messages.list_reply(paging.cut(due, key_of), self._node.today(call.now))
