"""The AgreementService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.days import day_of
from interchange.domain.levels import parse_level
from interchange.domain.mapping import translate
from interchange.errors import Reason, Refusal, refuse
from interchange.messages import agreements as messages
from interchange.messages.paging import read_paging
from interchange.v1 import agreements_pb2 as pb

if TYPE_CHECKING:
    from interchange.flows.node import Node
    from interchange.rpc.call import Call

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["AgreementService"]


class AgreementService:
    """What the rulebook says about levels and their equivalents."""

    def __init__(self, node: Node) -> None:
        """Answer from the rulebook of `node`."""
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
        agreements = [
            node.rulebook.agreements[code]
            for code in sorted(node.rulebook.agreements)
            if code > paging.after and parties <= set(node.rulebook.agreements[code].parties)
        ]
        return messages.agreements_reply(paging.cut(agreements[: paging.fetch], lambda one: one.code), node.party)

    def Translate(self, request: pb.TranslateRequest, call: Call) -> pb.TranslateResponse:
        """Find the equivalent of a level."""
        wanted, node = messages.read_translate(request), self._node
        day = wanted.day or day_of(call.now, node.rules.zone)
        from_party = parse_level(wanted.level)[0]
        node.rulebook.nation(wanted.to_party)
        node.rulebook.level(wanted.level, on=day)
        between = node.rulebook.agreements_between(from_party, wanted.to_party)
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
