"""The one gate through which every act that changes the ledger goes: request id, decision, audit."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from interchange.domain.events import ActPerformed
from interchange.errors import Reason, refuse
from interchange.flows import tell
from interchange.store import requests
from interchange.wire import base64url

if TYPE_CHECKING:
    from collections.abc import Callable

    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

R = TypeVar("R")
D = TypeVar("D")
P = TypeVar("P")

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
    """

    name: str
    decide: Callable[[Node, Tx, R, Instant], D]
    write: Callable[[Node, Tx, D, P, Instant], str | None]
    draw: Callable[[Node, Tx, D], Any] | None = None
    prepare: Callable[[Node, D, Any, Instant], P] | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """An act was carried out, now or by the earlier request that this one repeats."""

    result: str
    replayed: bool


def perform(node: Node, act: Act[R, D, P], request: R, *, caller: str, request_id: str, now: Instant) -> Done:
    """Carry out an act once, however often it is asked for.

    What is signed is decided on a snapshot, signed outside any transaction, and written only if the same decision
    still holds in the transaction that writes it; a hold that came between makes it a refusal. Nothing leaves before
    the commit.

    Args:
        node: the node.
        act: what to do.
        request: the parsed values, a frozen dataclass; its digest is bound to the request id.
        caller: SPIFFE id.
        request_id: UUID chosen by the caller; repeating it gives the recorded result.
        now: the instant of the request.

    Raises:
        Refusal: whatever `decide` refuses; REQUEST_ID_REUSED; DECISION_CHANGED if the ledger would not stand still.
    """
    digest = request_digest(act.name, request)

    def known(tx: Tx) -> str | None:
        found = requests.replay(tx, caller, act.name, request_id, digest)
        return None if found is None else found.decode()

    def plan(tx: Tx) -> tuple[str | None, Any, Any]:
        if (result := known(tx)) is not None:
            return result, None, None
        decision = act.decide(node, tx, request, now)
        return None, decision, act.draw(node, tx, decision) if act.draw else None

    def commit(tx: Tx, planned: Any, prepared: Any) -> Done | None:  # noqa: ANN401 - the act's own types
        if (result := known(tx)) is not None:
            return Done(result, replayed=True)
        decision = act.decide(node, tx, request, now)
        if act.prepare and decision != planned:
            return None
        written = act.write(node, tx, decision, prepared, now)
        if written is None:
            return None
        requests.record(tx, caller, act.name, request_id, digest, written.encode(), now)
        proof = base64url.encode(sha256(f"{digest}.{written}".encode()).digest())
        tell.audit(node, tx, ActPerformed(act.name, caller, request_id, proof, now))
        return Done(written, replayed=False)

    for _ in range(_ATTEMPTS):
        decision = prepared = None
        if act.prepare:
            result, decision, drawn = node.ledger.read(plan)
            if result is not None:
                return Done(result, replayed=True)
            prepared = act.prepare(node, decision, drawn, now)
        done = _transact(node, commit, decision, prepared)
        if done is not None:
            node.committed()
            return done
    raise refuse(Reason.DECISION_CHANGED)


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


def request_digest(act: str, request: object) -> str:
    """Digest the parsed values of a request, base64url SHA-256; equal values give equal digests."""
    values = json.dumps([act, astuple(request)], default=str, ensure_ascii=False)  # type: ignore[call-overload]  # a dataclass
    return base64url.encode(sha256(values.encode()).digest())
