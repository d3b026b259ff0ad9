"""The AssertionService."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from interchange.domain.verdict import Context
from interchange.errors import Reason, refuse
from interchange.flows.historic import verify_as_known
from interchange.flows.issue import ISSUE
from interchange.flows.knowledge import LedgerKnowledge
from interchange.flows.perform import perform
from interchange.flows.seen import see
from interchange.flows.standings import standing_of
from interchange.flows.verify import verify
from interchange.messages import assertions as messages
from interchange.messages import fields
from interchange.messages.paging import read_paging
from interchange.rpc.waiting import waiting
from interchange.store import assertions
from interchange.v1 import assertions_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.domain.past import PastVerdict
    from interchange.domain.projects import IssuedAssertion
    from interchange.domain.time import Instant
    from interchange.domain.verdict import Verdict
    from interchange.flows.node import Node
    from interchange.rpc.call import Call
    from interchange.store.ledger import Tx

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["AssertionService"]


class AssertionService:
    """Issuing, finding and verifying assertions."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node
        self._knowledge = LedgerKnowledge(node)

    def IssueAssertion(self, request: pb.IssueAssertionRequest, call: Call) -> pb.IssueAssertionResponse:
        """Sign an assertion and tell it."""
        request_id = fields.request_id(request.request_id)
        wanted = messages.read_issue(request, organ=call.caller.bound)
        done = perform(self._node, ISSUE, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        if done.proposal:
            return pb.IssueAssertionResponse(proposal=waiting(self._node, done.proposal, call))
        return messages.issued_reply(self._node.ledger.read(lambda tx: self._known(tx, done.result, "", call.now)))

    def GetAssertion(self, request: pb.GetAssertionRequest, call: Call) -> pb.GetAssertionResponse:
        """Show one assertion."""
        jti = fields.uuid(request.assertion_id, "assertion_id")
        shown = self._node.ledger.read(lambda tx: self._known(tx, jti, call.caller.reads, call.now))
        return pb.GetAssertionResponse(assertion=messages.assertion(shown, home=call.caller.home))

    def ListAssertions(self, request: pb.ListAssertionsRequest, call: Call) -> pb.ListAssertionsResponse:
        """List assertions."""
        wanted, reads = messages.read_filter(request), call.caller.reads
        if reads and wanted.project_id:
            raise refuse(Reason.FIELD_FORM, "project_id")
        paging = read_paging(
            request.page_size, request.page_token, "ListAssertions", call.caller.authority, *wanted.bound
        )
        if reads and wanted.partner not in {"", reads}:
            return pb.ListAssertionsResponse()

        def look(tx: Tx) -> pb.ListAssertionsResponse:
            party = reads or wanted.partner
            rows = assertions.page(
                tx, party=party, project_id=wanted.project_id, after=paging.after, limit=paging.fetch
            )
            found = paging.cut([self._shown(tx, issued, call.now) for issued in rows], lambda one: one.issued.jti)
            shown = [each for each in found.entries if wanted.standing in {None, each.standing}]
            return messages.list_reply(found, shown, home=call.caller.home)

        return self._node.ledger.read(look)

    def VerifyAssertion(self, request: pb.VerifyAssertionRequest, call: Call) -> pb.VerifyAssertionResponse:
        """Judge one token."""
        token, project = messages.read_verify(request)
        judged = verify(token, self._knowledge, self._context(project, call))
        self._see([judged], call)
        return pb.VerifyAssertionResponse(verdict=messages.verdict(judged))

    def BatchVerifyAssertions(
        self, request: pb.BatchVerifyAssertionsRequest, call: Call
    ) -> pb.BatchVerifyAssertionsResponse:
        """Judge up to 256 tokens at one moment."""
        tokens, project = messages.read_batch(request)
        context = self._context(project, call)
        judged = [verify(token, self._knowledge, context) for token in tokens]
        self._see(judged, call)
        return pb.BatchVerifyAssertionsResponse(verdicts=[messages.verdict(each) for each in judged])

    def VerifyAsKnown(self, request: pb.VerifyAsKnownRequest, call: Call) -> pb.VerifyAsKnownResponse:
        """Judge one token as of an instant."""
        token, project, known_on = messages.read_as_known(request)
        context = replace(self._context(project, call), now=known_on)
        judged = verify_as_known(self._node, token, context, call.now)
        self._see([judged], call)
        return pb.VerifyAsKnownResponse(verdict=messages.past_verdict(judged))

    def _see(self, judged: Sequence[Verdict | PastVerdict], call: Call) -> None:
        """Remember what a partner asked, so that the people concerned can be told."""
        if not call.caller.home:
            see(self._node, judged, call.caller.party, call.now)

    def _context(self, project: str, call: Call) -> Context:
        """A partner asks as the audience that it is; our own people ask as the audience of what partners issued."""
        node = self._node
        audience = node.names if call.caller.home else node.names_of(call.caller.party)
        return Context(audience.uri, project, call.now, accept_working=node.accept_working)

    def _known(self, tx: Tx, jti: str, reads: str, now: Instant) -> messages.Shown:
        """Find an assertion with its token; one towards another party is as unknown as one that never was."""
        issued = assertions.get(tx, jti)
        if issued is None or reads not in {"", issued.party}:
            raise refuse(Reason.NOT_KNOWN, "assertion_id")
        return messages.Shown(issued, standing_of(self._node, tx, issued, now), assertions.token(tx, issued))

    def _shown(self, tx: Tx, issued: IssuedAssertion, now: Instant) -> messages.Shown:
        return messages.Shown(issued, standing_of(self._node, tx, issued, now))
