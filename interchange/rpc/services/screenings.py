"""The ScreeningService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse
from interchange.flows.perform import perform
from interchange.flows.screenings import CONCLUDE, DO_ITEM, NOTIFY, OPEN, REASSESS, WITHDRAW_CONSENT
from interchange.messages import fields
from interchange.messages import screenings as messages
from interchange.messages.paging import read_paging
from interchange.messages.standings import suspend_reply
from interchange.rpc.waiting import waiting
from interchange.store import holds, places, records, screenings
from interchange.v1 import screenings_pb2 as pb

if TYPE_CHECKING:
    from typing import Any

    from interchange.domain.screening import Screening
    from interchange.flows.node import Node
    from interchange.flows.perform import Act, Done
    from interchange.rpc.call import Call
    from interchange.store.ledger import Tx

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["ScreeningService"]


class ScreeningService:
    """The background checks that grants rest on."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    def OpenScreening(self, request: pb.OpenScreeningRequest, call: Call) -> pb.OpenScreeningResponse:
        """Open a screening."""
        wanted = messages.read_open(request)
        if call.caller.bound not in {"", wanted.body}:
            raise refuse(Reason.CALLER_NOT_ALLOWED, "body")
        done = self._perform(OPEN, wanted, request.request_id, call)
        return pb.OpenScreeningResponse(screening=self._shown(done.result, call))

    def RecordItem(self, request: pb.RecordItemRequest, call: Call) -> pb.RecordItemResponse:
        """Record that an item was looked into."""
        wanted = messages.read_item(request, call.caller.spiffe)
        self._check_body(wanted.screening_id, call)
        done = self._perform(DO_ITEM, wanted, request.request_id, call)
        return pb.RecordItemResponse(screening=self._shown(done.result, call))

    def ConcludeScreening(self, request: pb.ConcludeScreeningRequest, call: Call) -> pb.ConcludeScreeningResponse:
        """Conclude a screening."""
        wanted = messages.read_conclude(request)
        self._check_body(wanted.screening_id, call)
        done = self._perform(CONCLUDE, wanted, request.request_id, call)
        if done.proposal:
            return pb.ConcludeScreeningResponse(proposal=waiting(self._node, done.proposal, call))
        return pb.ConcludeScreeningResponse(result=self._shown(done.result, call))

    def NotifyScreening(self, request: pb.NotifyScreeningRequest, call: Call) -> pb.NotifyScreeningResponse:
        """Record when the person was told."""
        wanted = messages.read_notify(request)
        self._check_body(wanted.screening_id, call)
        done = self._perform(NOTIFY, wanted, request.request_id, call)
        return pb.NotifyScreeningResponse(screening=self._shown(done.result, call))

    def WithdrawScreeningConsent(
        self, request: pb.WithdrawScreeningConsentRequest, call: Call
    ) -> pb.WithdrawScreeningConsentResponse:
        """End a screening to which the person consents no more."""
        wanted = messages.read_withdraw(request)
        self._check_body(wanted.screening_id, call)
        done = self._perform(WITHDRAW_CONSENT, wanted, request.request_id, call)
        return pb.WithdrawScreeningConsentResponse(screening=self._shown(done.result, call))

    def NoticeReassessment(self, request: pb.NoticeReassessmentRequest, call: Call) -> pb.NoticeReassessmentResponse:
        """Hold a person who is to be assessed again; open to officers of all organs, since it only narrows."""
        done = self._perform(REASSESS, messages.read_reassess(request), request.request_id, call)

        def look(tx: Tx) -> pb.NoticeReassessmentResponse:
            hold = holds.get(tx, done.result)
            if hold is None:
                raise refuse(Reason.NOT_KNOWN, "hold_id")
            affected = records.affected(tx, hold, hold.opened_at)
            told = places.of_hold(tx, hold.hold_id, lifted=False)
            return pb.NoticeReassessmentResponse(hold=suspend_reply(hold, affected, told).hold)

        return self._node.ledger.read(look)

    def GetScreening(self, request: pb.GetScreeningRequest, call: Call) -> pb.GetScreeningResponse:
        """Show a screening."""
        return pb.GetScreeningResponse(screening=self._shown(fields.uuid(request.screening_id, "screening_id"), call))

    def ListScreenings(self, request: pb.ListScreeningsRequest, call: Call) -> pb.ListScreeningsResponse:
        """List screenings; whoever does not screen has no use for more than one person's."""
        subject_id, body = messages.read_subject(request), self._seen_by(call)
        paging = read_paging(request.page_size, request.page_token, "ListScreenings", call.caller.bound, subject_id)
        if call.caller.bound not in {"", body} and not subject_id:
            raise refuse(Reason.FIELD_MISSING, "subject_id")

        def look(tx: Tx) -> list[Screening]:
            if not subject_id:
                return screenings.page(tx, body=body, after=paging.after, limit=paging.fetch)
            known = screenings.of_subject(tx, subject_id)
            return [each for each in known if each.screening_id > paging.after and body in {"", each.body}]

        return messages.list_reply(paging.cut(self._node.ledger.read(look), lambda each: each.screening_id))

    def _perform(self, act: Act[Any, Any, Any], wanted: object, request_id: str, call: Call) -> Done:
        checked = fields.request_id(request_id)
        return perform(self._node, act, wanted, caller=call.caller.spiffe, request_id=checked, now=call.now)

    def _seen_by(self, call: Call) -> str:
        """Name the one body whose screenings a caller sees, that on which its organ's grants rest; empty for all."""
        return self._node.rules.screened_by(call.caller.bound) if call.caller.bound else ""

    def _found(self, tx: Tx, screening_id: str, call: Call) -> Screening:
        found = screenings.get(tx, screening_id)
        if found is None or self._seen_by(call) not in {"", found.body}:
            raise refuse(Reason.NOT_KNOWN, "screening_id")
        return found

    def _check_body(self, screening_id: str, call: Call) -> None:
        """Refuse an officer of an organ what another body's own officers do."""
        found = self._node.ledger.read(lambda tx: self._found(tx, screening_id, call))
        if call.caller.bound not in {"", found.body}:
            raise refuse(Reason.CALLER_NOT_ALLOWED, "screening_id")

    def _shown(self, screening_id: str, call: Call) -> pb.Screening:
        def look(tx: Tx) -> pb.Screening:
            found = self._found(tx, screening_id, call)
            if call.caller.bound not in {"", found.body}:
                return messages.screening(found)
            items = screenings.items(tx, screening_id)
            return messages.screening(found, items, self._missing(found, {each.item for each in items}))

        return self._node.ledger.read(look)

    def _missing(self, screening: Screening, done: set[str]) -> list[str]:
        over = screening.conclusion is not None or screening.ended_at is not None
        if over or self._node.rules.organ(screening.body).own_screening:
            return []
        return sorted(self._node.rules.screening_items.keys() - done)
