"""The AgreementService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.days import day_of
from interchange.domain.levels import parse_level
from interchange.domain.mapping import translate
from interchange.errors import Reason, Refusal, refuse
from interchange.flows.agreements import agreement_of, carried_on
from interchange.flows.moves import MOVE, read_moved
from interchange.flows.perform import perform
from interchange.messages import agreements as messages
from interchange.messages import fields
from interchange.messages.paging import read_paging
from interchange.rpc.waiting import waiting
from interchange.v1 import agreements_pb2 as pb

if TYPE_CHECKING:
    from interchange.flows.node import Node
    from interchange.rpc.call import Call
    from interchange.store.ledger import Tx

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["AgreementService"]


class AgreementService:
    """What the rulebook says about levels and their equivalents, and where its agreements stand."""

    def __init__(self, node: Node) -> None:
        """Answer from the rulebook and the ledger of `node`."""
        self._node = node

    def ListLevels(self, request: pb.ListLevelsRequest, call: Call) -> pb.ListLevelsResponse:
        """List the levels of a party."""
        party = messages.read_levels(request)
        paging = read_paging(request.page_size, request.page_token, "ListLevels", call.caller.authority, party)
        levels = sorted(self._node.rulebook.nation(party).levels, key=lambda level: level.code)
        after = [level for level in levels if level.code > paging.after]
        return messages.levels_reply(paging.cut(after[: paging.fetch], lambda level: level.code))

    def ListAgreements(self, request: pb.ListAgreementsRequest, call: Call) -> pb.ListAgreementsResponse:
        """List the agreements of the home party, of a partner only its own."""
        node, party, reads = self._node, messages.read_agreements(request), call.caller.reads
        paging = read_paging(request.page_size, request.page_token, "ListAgreements", call.caller.authority, party)
        if party:
            node.rulebook.nation(party)
        parties = {node.party} | {code for code in (party, reads) if code}
        codes = [
            code
            for code in sorted(node.rulebook.agreements)
            if code > paging.after and parties <= set(node.rulebook.agreements[code].parties)
        ]

        def look(tx: Tx) -> pb.ListAgreementsResponse:
            standing = [carried_on(node, tx, code) for code in codes[: paging.fetch]]
            return messages.agreements_reply(paging.cut(standing, lambda each: each[0].code), node.party)

        return node.ledger.read(look)

    def Translate(self, request: pb.TranslateRequest, call: Call) -> pb.TranslateResponse:
        """Find the equivalent of a level."""
        wanted, node = messages.read_translate(request), self._node
        day = wanted.day or day_of(call.now, node.rules.zone)
        from_party = parse_level(wanted.level)[0]
        node.rulebook.nation(wanted.to_party)
        node.rulebook.level(wanted.level, on=day)
        rows = node.rulebook.agreements_between(from_party, wanted.to_party)
        between = node.ledger.read(lambda tx: [agreement_of(node, tx, each.code) for each in rows])
        ours = {from_party, wanted.to_party} >= {node.party, call.caller.reads or node.party}
        if not between or not ours:
            raise refuse(Reason.AGREEMENT_UNKNOWN, "to_party")
        refusals: list[Refusal] = []
        for agreement in between:
            try:
                return messages.translate_reply(translate(agreement, wanted.level, wanted.to_party, day))
            except Refusal as refusal:
                refusals.append(refusal)
        raise refusals[0]

    def MoveAgreement(self, request: pb.MoveAgreementRequest, call: Call) -> pb.MoveAgreementResponse:
        """Record the next state of an agreement."""
        wanted, request_id = messages.read_move(request), fields.request_id(request.request_id)
        node = self._node
        done = perform(node, MOVE, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        if done.proposal:
            return pb.MoveAgreementResponse(proposal=waiting(node, done.proposal, call))
        return messages.move_reply(node.ledger.read(lambda tx: read_moved(node, tx, done.result)))
