"""The DisclosureService."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse
from interchange.flows.disclosures import check_known, disclosures_of
from interchange.messages import disclosures as messages
from interchange.messages import fields
from interchange.messages.paging import read_paging
from interchange.store import verifications
from interchange.store.verifications import FIRST
from interchange.v1 import disclosures_pb2 as pb

if TYPE_CHECKING:
    from interchange.flows.node import Node
    from interchange.rpc.call import Call
    from interchange.store.ledger import Tx
    from interchange.store.verifications import Key, Verification

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["DisclosureService"]

_KEY = re.compile(r"([0-9]{1,12}) (\S+) (\S+) (\S+)", re.ASCII)


class DisclosureService:
    """What a person can be told on asking."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    def ListDisclosures(self, request: pb.ListDisclosuresRequest, call: Call) -> pb.ListDisclosuresResponse:
        """List what was asserted about a person, to an officer bound to an organ what that organ signed."""
        subject_id, organ = fields.uuid(request.subject_id, "subject_id"), call.caller.bound
        paging = read_paging(request.page_size, request.page_token, "ListDisclosures", organ, subject_id)
        found = self._node.ledger.read(
            lambda tx: disclosures_of(
                self._node, tx, subject_id, call.now, organ=organ, after=paging.after, limit=paging.fetch
            )
        )
        return messages.disclosures_reply(paging.cut(found, lambda each: each.issued.jti))

    def ListVerifications(self, request: pb.ListVerificationsRequest, call: Call) -> pb.ListVerificationsResponse:
        """List who asked about a person's assertions, to an officer bound to an organ about what that organ signed."""
        subject_id, organ = fields.uuid(request.subject_id, "subject_id"), call.caller.bound
        paging = read_paging(request.page_size, request.page_token, "ListVerifications", organ, subject_id)
        after = _read_key(paging.after)

        def look(tx: Tx) -> list[Verification]:
            check_known(tx, subject_id)
            return verifications.of_subject(tx, subject_id, organ=organ, after=after, limit=paging.fetch)

        return messages.verifications_reply(paging.cut(self._node.ledger.read(look), _key))


def _key(verification: Verification) -> str:
    return " ".join(map(str, verification.key))


def _read_key(text: str) -> Key:
    """Read the key in a page token, which anybody can make up."""
    if not text:
        return FIRST
    match = _KEY.fullmatch(text)
    if match is None:
        raise refuse(Reason.PAGE_TOKEN, "page_token")
    return int(match[1]), match[2], match[3], match[4]
