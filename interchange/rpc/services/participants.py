"""The ParticipantService."""

from __future__ import annotations

import functools
import re
import time
from typing import TYPE_CHECKING, TypeVar

from interchange.errors import Reason, refuse
from interchange.flows.carry_out import carry_out_next, find
from interchange.flows.participants import WITHDRAW, confirmed_days, show
from interchange.flows.perform import perform
from interchange.flows.rosters import Asked, check, hand_in, refuse_one
from interchange.messages import fields
from interchange.messages import participants as messages
from interchange.messages.paging import read_paging
from interchange.rpc.waiting import waiting
from interchange.store import participants, rosters
from interchange.store.dossiers import MOST
from interchange.telemetry.logs import fail
from interchange.v1 import participants_pb2 as pb
from interchange.wire.roster import read_roster

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interchange.domain.rosters import RosterLine
    from interchange.flows.node import Node
    from interchange.rpc.call import Call
    from interchange.store.ledger import Tx
    from interchange.v1.common_pb2 import Proposal
    from interchange.wire.roster import Roster as Sheet

Q = TypeVar("Q")
A = TypeVar("A")

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["ParticipantService"]

_LINE = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)

_GRAIN = 0.05
"""Seconds, of which the answer to whoever asks for people takes a whole number. The same is done for every cause, and
yet a clock that is good enough could tell a row that was read from one that was not."""

_GROUPS_IN_A_CALL = 5
"""Groups of a roster that the call which handed it in carries out; the job does the rest."""


def evened(method: Callable[[ParticipantService, Q, Call], A]) -> Callable[[ParticipantService, Q, Call], A]:
    """Let a method answer, and refuse, at the end of a grain alone."""

    @functools.wraps(method)
    def answered(service: ParticipantService, request: Q, call: Call) -> A:
        began = time.monotonic()
        try:
            return method(service, request, call)
        finally:
            time.sleep((began - time.monotonic()) % _GRAIN)

    return answered


class ParticipantService:
    """People in projects, as coordinators see them."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    @evened
    def EnrolParticipant(self, request: pb.EnrolParticipantRequest, call: Call) -> pb.EnrolParticipantResponse:
        """Enrol one person, as a roster of one line."""
        request_id = fields.request_id(request.request_id)
        where, sheet = messages.read_where(request), messages.read_person(request, self._node.today(call.now))
        if request.validate_only:
            checked = check(self._node, _asked(where, call), sheet, call.now)
            _alarm(at=checked.alarm, call=call)
            (verdict,) = checked.rows
            if verdict.faults:
                raise refuse_one(verdict.faults[0])
            return messages.looked_at(verdict)
        roster_id, proposal = self._enrol(where, sheet, messages.spelled(sheet), request_id, call, one=True)
        if proposal is not None:
            return messages.enrolled_waits(roster_id, proposal)

        def look(tx: Tx) -> pb.EnrolParticipantResponse:
            (shown,) = self._lines(tx, rosters.lines(tx, roster_id), call)
            return messages.enrolled_reply(roster_id, shown)

        return self._node.ledger.read(look)

    @evened
    def EnrolRoster(self, request: pb.EnrolRosterRequest, call: Call) -> pb.EnrolRosterResponse:
        """Enrol the people of a roster, or say what each row would come to."""
        request_id, node = fields.request_id(request.request_id), self._node
        where, content = messages.read_where(request), messages.read_file(request)
        sheet = read_roster(content, node.rules.eras, node.today(call.now))
        if request.validate_only:
            checked = check(node, _asked(where, call), sheet, call.now)
            _alarm(at=checked.alarm, call=call)
            return messages.check_reply(checked.rows)
        roster_id, proposal = self._enrol(where, sheet, content, request_id, call)
        if proposal is not None:
            return pb.EnrolRosterResponse(proposal=proposal, roster_id=roster_id)
        shown = node.ledger.read(lambda tx: _roster(tx, roster_id))
        return pb.EnrolRosterResponse(result=shown, roster_id=roster_id)

    def GetRoster(self, request: pb.GetRosterRequest, call: Call) -> pb.GetRosterResponse:
        """Show a roster and its lines."""
        roster_id = messages.read_roster(request)
        paging = read_paging(request.page_size, request.page_token, "GetRoster", call.caller.authority, roster_id)
        after = _line(paging.after)

        def look(tx: Tx) -> pb.GetRosterResponse:
            rows = rosters.lines(tx, roster_id, after=after, limit=paging.fetch)
            found = paging.cut(rows, lambda line: str(line.line))
            lines = self._lines(tx, found.entries, call)
            return messages.roster_reply(_roster(tx, roster_id), lines, found.next_token)

        return self._node.ledger.read(look)

    def ListParticipants(self, request: pb.ListParticipantsRequest, call: Call) -> pb.ListParticipantsResponse:
        """List those who take part."""
        wanted, node = messages.read_filter(request), self._node
        bound_to = (call.caller.authority, *wanted.bound)
        paging = read_paging(request.page_size, request.page_token, "ListParticipants", *bound_to)

        def look(tx: Tx) -> pb.ListParticipantsResponse:
            of = {"project_id": wanted.project_id, "party": wanted.party, "after": paging.after}
            found = paging.cut(participants.page(tx, **of, limit=paging.fetch), lambda each: each.participant_id)
            shown = show(node, tx, found.entries, call.now)
            passing = [each for each in shown if wanted.confirmed in {None, each.confirmed_until is not None}]
            return messages.list_reply(passing, found.next_token)

        return node.ledger.read(look)

    def WithdrawParticipant(self, request: pb.WithdrawParticipantRequest, call: Call) -> pb.WithdrawParticipantResponse:
        """Take a person out."""
        wanted, request_id = messages.read_withdraw(request), fields.request_id(request.request_id)
        done = perform(self._node, WITHDRAW, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        return pb.WithdrawParticipantResponse(participant_id=done.result)

    def _enrol(
        self, where: messages.Where, sheet: Sheet, content: bytes, request_id: str, call: Call, *, one: bool = False
    ) -> tuple[str, Proposal | None]:
        """Hand in a roster, and begin to carry it out; give its id, and what waits if it waits."""
        node, now = self._node, call.now
        roster_id, done = hand_in(node, _asked(where, call), sheet, content, request_id=request_id, now=now, one=one)
        if done.proposal is not None:
            return roster_id, waiting(node, done.proposal, call)
        for _ in range(_GROUPS_IN_A_CALL):
            step = carry_out_next(node, roster_id, now)
            if step is None:
                break
            _alarm(at=step.alarm, call=call)
        return roster_id, None

    def _lines(self, tx: Tx, lines: Sequence[RosterLine], call: Call) -> list[messages.LineShown]:
        """Show lines as they stand now, by the same statements whatever became of them."""
        node, shown = self._node, list[messages.LineShown]()
        for first in range(0, len(lines), MOST):
            some = lines[first : first + MOST]
            taking_part = participants.of_ids(tx, [line.participant_id or "" for line in some])
            days = confirmed_days(node, tx, [each.jti for each in taking_part] or [""], call.now)
            until = {each.participant_id: days.get(each.jti) for each in taking_part}
            shown += [messages.LineShown(line, until.get(line.participant_id or "")) for line in some]
        return shown


def _line(text: str) -> int:
    """Read the line after which a page begins; a token that was made up names none."""
    if not text:
        return 0
    if not _LINE.fullmatch(text):
        raise refuse(Reason.PAGE_TOKEN, "page_token")
    return int(text)


def _asked(where: messages.Where, call: Call) -> Asked:
    return Asked(where.project_id, where.party, call.caller.spiffe)


def _roster(tx: Tx, roster_id: str) -> pb.Roster:
    return messages.roster(find(tx, roster_id), rosters.waiting(tx, roster_id))


def _alarm(*, at: bool, call: Call) -> None:
    """Call people, without saying who asked or for whom: the ledger counts it by caller and day."""
    if at:
        fail("misses_quota_reached", party=call.caller.party, role=call.caller.role)
