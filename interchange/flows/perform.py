"""The one gate through which every act that changes the ledger goes: request id, two people, decision, audit."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from interchange.domain.events import ActPerformed
from interchange.domain.proposals import Outcome
from interchange.errors import Reason, refuse
from interchange.flows import tell
from interchange.flows.approvals import act_digest, check_approved, propose
from interchange.store import proposals, requests
from interchange.wire import base64url

if TYPE_CHECKING:
    from collections.abc import Callable

    from interchange.domain.proposals import Proposal
    from interchange.domain.time import Instant
    from interchange.flows.approvals import Second
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

R = TypeVar("R")
D = TypeVar("D")
P = TypeVar("P")

WAITS = "proposal:"
"""Before the id of a proposal, where the result of a request stands; no result has a colon."""

PROPOSED = "propose"
"""Name in the auditors' lane of an act that from then on waits for a second person."""

_ATTEMPTS = 4
"""How often an act is decided anew when the ledger changed between deciding and writing."""


@dataclass(frozen=True, slots=True)
class Act(Generic[R, D, P]):
    """One verb of the node.

    Attributes:
        name: as in the audit lane.
        decide: reads, refuses, and says what is to be done; the same ledger gives an equal decision.
        write: carries a decision out and returns the id of what came of it, or None to have it decided again.
        draw: random parts of the result, chosen beside the first decision.
        prepare: slow work on a decision outside any transaction, such as signing.
        second: when it waits for a second person, and for whom; None never does.
        finish: what is done outside the ledger once the result is committed; done again when the request is repeated.
    """

    name: str
    decide: Callable[[Node, Tx, R, Instant], D]
    write: Callable[[Node, Tx, D, P, Instant], str | None]
    draw: Callable[[Node, Tx, D], Any] | None = None
    prepare: Callable[[Node, D, Any, Instant], P] | None = None
    second: Second | None = None
    finish: Callable[[Node, str], None] | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """An act was carried out, now or by the earlier request that this one repeats; or it waits for a second person.

    Attributes:
        result: id of what came of it; empty while it waits.
        replayed: an earlier request of this id did it.
        proposal: what waits; None once it is carried out.
    """

    result: str
    replayed: bool
    proposal: Proposal | None = None


def perform(
    node: Node,
    act: Act[R, D, P],
    request: R,
    *,
    caller: str,
    request_id: str,
    now: Instant,
    proposal_id: str = "",
) -> Done:
    """Carry out an act once, however often it is asked for.

    What is signed is decided on a snapshot, signed outside any transaction, and written only if the same decision
    still holds in the transaction that writes it; a hold that came between makes it a refusal. Nothing leaves before
    the commit. An act that needs two people is decided, so that what cannot be done is refused at once, and recorded as
    a proposal; it is decided again when it is carried out.

    Args:
        node: the node.
        act: what to do.
        request: the parsed values, a frozen dataclass; its digest is bound to the request id.
        caller: SPIFFE id.
        request_id: UUID chosen by the caller; repeating it gives the recorded result.
        now: the instant of the request.
        proposal_id: the proposal by which it is carried out, under the proposer's name and request id; empty else.

    Raises:
        Refusal: whatever `decide` refuses; REQUEST_ID_REUSED; DECISION_CHANGED if the ledger would not stand still;
            PROPOSAL_ENDED and PROPOSAL_SIGNATURE for a proposal that two people have not signed as it stands.
    """
    run = _Run(node, act, request, caller, request_id, now, proposal_id, act_digest(act.name, request))
    for _ in range(_ATTEMPTS):
        decision = prepared = None
        if act.prepare:
            done, decision, drawn = node.ledger.read(run.plan)
            if done is not None:
                return run.finished(done)
            prepared = None if run.waits(decision) else act.prepare(node, decision, drawn, now)
        done = _transact(node, run.commit, decision, prepared)
        if done is not None:
            node.committed()
            return run.finished(done)
    raise refuse(Reason.DECISION_CHANGED)


@dataclass(frozen=True, slots=True)
class _Run:
    """One request to carry out an act."""

    node: Node
    act: Act[Any, Any, Any]
    request: object
    caller: str
    request_id: str
    now: Instant
    proposal_id: str
    digest: str

    def plan(self, tx: Tx) -> tuple[Done | None, Any, Any]:
        """Decide on a snapshot, and draw what is random beside it."""
        if (done := self._known(tx)) is not None:
            return done, None, None
        decision = self.act.decide(self.node, tx, self.request, self.now)
        draws = self.act.draw and not self.waits(decision)
        return None, decision, self.act.draw(self.node, tx, decision) if self.act.draw and draws else None

    def commit(self, tx: Tx, planned: object, prepared: object) -> Done | None:
        """Decide again and write, in one transaction; None if what was planned no longer holds."""
        if (done := self._known(tx)) is not None:
            return done
        decision = self.act.decide(self.node, tx, self.request, self.now)
        if self.act.prepare and decision != planned:
            return None
        if self.act.second and self.waits(decision):
            return self._propose(tx, self.act.second.organ(decision))
        written = self.act.write(self.node, tx, decision, prepared, self.now)
        if written is None:
            return None
        if self.proposal_id:
            proposals.finish(tx, self.proposal_id, Outcome.EXECUTED, written, self.now)
            requests.settle(tx, self.caller, self.act.name, self.request_id, written.encode())
        else:
            self._record(tx, written)
        self._audit(tx, self.act.name, written)
        return Done(written, replayed=False)

    def finished(self, done: Done) -> Done:
        """Do what is to be done outside the ledger, unless the act still waits."""
        if self.act.finish and done.proposal is None:
            self.act.finish(self.node, done.result)
        return done

    def waits(self, decision: object) -> bool:
        """Tell whether the act waits for a second person, as far as nobody has approved it."""
        return not self.proposal_id and self.act.second is not None and self.act.second.needed(self.node, decision)

    def _known(self, tx: Tx) -> Done | None:
        """Find what came of the request before; None if it is to be carried out."""
        found = requests.replay(tx, self.caller, self.act.name, self.request_id, self.digest)
        if found is None:
            if self.proposal_id:
                # Nobody asked for this: a row was made by hand, or the request's own was taken away.
                raise refuse(Reason.PROPOSAL_SIGNATURE)
            return None
        result = found.decode()
        if not result.startswith(WAITS):
            # Also where a proposal's row says otherwise: what was carried out is carried out.
            return Done(result, replayed=True)
        proposal = proposals.get(tx, result.removeprefix(WAITS))
        if proposal is None:
            raise refuse(Reason.PROPOSAL_ENDED)
        if not self.proposal_id:
            return Done("", replayed=True, proposal=proposal)
        if self.act.second is None or proposal.proposal_id != self.proposal_id:
            raise refuse(Reason.PROPOSAL_SIGNATURE)
        check_approved(self.node, tx, proposal, self.request, self.act.second, self.now)
        return None

    def _propose(self, tx: Tx, organ: str) -> Done:
        who = {"caller": self.caller, "request_id": self.request_id, "now": self.now}
        made = propose(self.node, tx, self.act.name, self.request, organ, **who)  # type: ignore[arg-type]
        self._record(tx, f"{WAITS}{made.proposal_id}")
        self._audit(tx, PROPOSED, made.proposal_id)
        return Done("", replayed=False, proposal=made)

    def _record(self, tx: Tx, result: str) -> None:
        name = self.act.name
        requests.record(tx, self.caller, name, self.request_id, self.digest, result.encode(), self.now)

    def _audit(self, tx: Tx, act: str, result: str) -> None:
        proof = proof_of(self.digest, result)
        tell.audit(self.node, tx, ActPerformed(act, self.caller, self.request_id, proof, self.now))


def proof_of(digest: str, result: str) -> str:
    """Digest what was asked and what came of it, as the auditors' lane tells it: SHA-256, base64url."""
    return base64url.encode(sha256(f"{digest}.{result}".encode()).digest())


class _Changed(Exception):
    """What was decided no longer holds."""


def _transact(
    node: Node, commit: Callable[[Tx, Any, Any], Done | None], decision: object, prepared: object
) -> Done | None:
    def work(tx: Tx) -> Done:
        done = commit(tx, decision, prepared)
        if done is None:
            raise _Changed
        return done

    try:
        return node.ledger.transact(work)
    except _Changed:
        return None
