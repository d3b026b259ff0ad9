"""The ConsentService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse
from interchange.flows.consents import CONSENT, WITHDRAW
from interchange.flows.perform import perform
from interchange.messages import consents as messages
from interchange.messages import fields
from interchange.messages.paging import read_paging
from interchange.store import consents
from interchange.v1 import consents_pb2 as pb

if TYPE_CHECKING:
    from interchange.flows.node import Node
    from interchange.rpc.call import Call

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["ConsentService"]


class ConsentService:
    """What people allow to be told abroad."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    def RecordConsent(self, request: pb.RecordConsentRequest, call: Call) -> pb.RecordConsentResponse:
        """Record a consent."""
        wanted, request_id = messages.read_record(request), fields.request_id(request.request_id)
        done = perform(self._node, CONSENT, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        return pb.RecordConsentResponse(consent=self._shown(done.result))

    def WithdrawConsent(self, request: pb.WithdrawConsentRequest, call: Call) -> pb.WithdrawConsentResponse:
        """Record that a consent was taken back."""
        wanted, request_id = messages.read_withdraw(request), fields.request_id(request.request_id)
        done = perform(self._node, WITHDRAW, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        return pb.WithdrawConsentResponse(consent=self._shown(done.result))

    def ListConsents(self, request: pb.ListConsentsRequest, call: Call) -> pb.ListConsentsResponse:
        """List one person's consents."""
        subject_id = fields.uuid(request.subject_id, "subject_id")
        paging = read_paging(request.page_size, request.page_token, "ListConsents", call.caller.authority, subject_id)
        known = self._node.ledger.read(lambda tx: consents.of_subject(tx, subject_id))
        rows = [each for each in known if each.consent_id > paging.after]
        return messages.list_reply(paging.cut(rows, lambda consent: consent.consent_id))

    def _shown(self, consent_id: str) -> pb.Consent:
        found = self._node.ledger.read(lambda tx: consents.get(tx, consent_id))
        if found is None:
            raise refuse(Reason.NOT_KNOWN, "consent_id")
        return messages.consent(found)
