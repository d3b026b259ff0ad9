"""The PartnerService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.flows.partners import ADMIT
from interchange.flows.perform import perform
from interchange.messages import fields
from interchange.messages import partners as messages
from interchange.messages.paging import read_paging
from interchange.rpc.waiting import waiting
from interchange.store import lanes, partners, records
from interchange.v1 import partners_pb2 as pb

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.rpc.call import Call
    from interchange.store.ledger import Tx

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["PartnerService"]


class PartnerService:
    """The parties with which this node exchanges."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    def AdmitPartner(self, request: pb.AdmitPartnerRequest, call: Call) -> pb.AdmitPartnerResponse:
        """Admit a party."""
        wanted, request_id = messages.read_admit(request), fields.request_id(request.request_id)
        done = perform(self._node, ADMIT, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        if done.proposal:
            return pb.AdmitPartnerResponse(proposal=waiting(self._node, done.proposal, call))
        known = self._node.ledger.read(_everyone)
        return messages.admit_reply(next(one for one in known if one.partner.party == done.result))

    def ListPartners(self, request: pb.ListPartnersRequest, call: Call) -> pb.ListPartnersResponse:
        """List the admitted partners."""
        paging = read_paging(request.page_size, request.page_token, "ListPartners", call.caller.authority)
        known = self._node.ledger.read(_everyone)
        after = [one for one in known if one.partner.party > paging.after]
        return messages.list_reply(paging.cut(after[: paging.fetch], lambda one: one.partner.party))


def _everyone(tx: Tx) -> list[messages.KnownPartner]:
    """Read all partners by code, with keyrings and times."""
    numbers, admitted = partners.keyring_numbers(tx), records.admitted(tx)
    heard: dict[str, Instant] = {}
    for head in lanes.heads(tx):
        # In our own lane a partner is heard of by its acknowledgement, in its own by what it signed.
        contact = head.acknowledged_at if head.issued else head.received_at
        if contact is not None:
            heard[head.party] = max(contact, heard.get(head.party, contact))
    return [
        messages.KnownPartner(
            partner, numbers.get(partner.authority, 0), admitted[partner.party], heard.get(partner.party)
        )
        for partner in partners.everyone(tx)
    ]
