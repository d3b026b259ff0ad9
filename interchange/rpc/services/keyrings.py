"""The KeyringService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse
from interchange.flows.collect import COLLECT, read_collected
from interchange.flows.keyrings import PUBLISH, draft, trusted
from interchange.flows.perform import perform
from interchange.messages import fields
from interchange.messages import keyrings as messages
from interchange.rpc.waiting import waiting
from interchange.store import partners, records, told
from interchange.v1 import keyrings_pb2 as pb
from interchange.wire.jwks import jwks
from interchange.wire.keyring import parse_keyring

if TYPE_CHECKING:
    from interchange.domain.keyring import Keyring
    from interchange.domain.narrowing import Narrowing
    from interchange.flows.node import Node
    from interchange.rpc.call import Call
    from interchange.store.ledger import Tx

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["KeyringService"]


class KeyringService:
    """The public keys of the parties."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    def GetKeyring(self, request: pb.GetKeyringRequest, call: Call) -> pb.GetKeyringResponse:
        """Give a keyring."""
        party, number = messages.read_party(request) or self._node.party, messages.read_number(request)

        def look(tx: Tx) -> tuple[bytes, Keyring, dict[str, Narrowing]]:
            jws, keyring = self._find(tx, party, number, call)
            return jws, keyring, told.narrowings(tx, keyring.authority)

        jws, keyring, narrowings = self._node.ledger.read(look)
        return messages.keyring_reply(jws, party, keyring, narrowings)

    def DraftKeyring(self, request: pb.DraftKeyringRequest, call: Call) -> pb.DraftKeyringResponse:
        """Write the next keyring."""
        node, days = self._node, messages.read_draft(request)
        current = node.ledger.read(lambda tx: node.keyring(tx, node.names.authority))
        return messages.draft_reply(draft(node, days=days, now=call.now), current.number + 1)

    def CollectKeyring(self, request: pb.CollectKeyringRequest, call: Call) -> pb.CollectKeyringResponse:
        """Put root signatures of the next keyring together."""
        wanted, request_id = messages.read_collect(request), fields.request_id(request.request_id)
        done = perform(self._node, COLLECT, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        return messages.collect_reply(read_collected(done.result))

    def PublishKeyring(self, request: pb.PublishKeyringRequest, call: Call) -> pb.PublishKeyringResponse:
        """Install the signed next keyring."""
        wanted, request_id = messages.read_publish(request), fields.request_id(request.request_id)
        node = self._node
        done = perform(node, PUBLISH, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        if done.proposal:
            return pb.PublishKeyringResponse(proposal=waiting(node, done.proposal, call))
        number = int(done.result)
        at = node.ledger.read(lambda tx: records.installed(tx, node.names.authority, number))
        return messages.publish_reply(number, at)

    def GetJwks(self, request: pb.GetJwksRequest, call: Call) -> pb.GetJwksResponse:
        """Give a party's keys to programs that only know JWT."""
        party = messages.read_party(request) or self._node.party
        keyring = self._node.ledger.read(lambda tx: trusted(tx, self._find(tx, party, None, call)[1]))
        return pb.GetJwksResponse(jwks=jwks(keyring))

    def _find(self, tx: Tx, party: str, number: int | None, call: Call) -> tuple[bytes, Keyring]:
        """Find a keyring; to a partner, whom else we exchange with is none of its business."""
        node = self._node
        if party != node.party and (not call.caller.home or partners.get(tx, party) is None):
            raise refuse(Reason.PARTNER_UNKNOWN, "party")
        authority = node.names_of(party).authority
        jws = partners.keyring(tx, authority, number)
        if jws is None:
            raise refuse(Reason.KEYRING_MISSING if number is None else Reason.NOT_KNOWN, "number")
        return jws, parse_keyring(jws)[0]
