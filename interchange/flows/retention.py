"""Retention: what its term has ended is deleted, in small steps, and every lane stands as it was told.

A pass may be interrupted anywhere and begun again: each step finds what is still due and takes it away in one
transaction with its line in the audit lane, which names ids and no more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from interchange.domain.envelope import ASSERTION_TYP
from interchange.domain.events import ActPerformed
from interchange.domain.retention import due, kept_since
from interchange.errors import Refusal
from interchange.flows import tell
from interchange.flows.approvals import act_digest
from interchange.store import retention as store
from interchange.wire.envelope import parse_compact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from interchange.domain.retention import Due
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

ACT = "retain"
CALLER = "job:retain"

GROUP = 200
"""People or things that one step looks at; a step holds the writer's place, and everybody waits for it."""

REQUEST_DAYS = 400
"""Days for which requests are remembered, so that a repeated one is not done twice; and counts of misses."""

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Retained:
    """What one pass took away: how many of each.

    Attributes:
        screenings, clearances, identities: whole ones.
        items: screenings whose items went, the screening's own row aside.
        tokens: beside leaves, our own and partners'.
        bindings: sealed bytes of bindings.
        verifications: assertions of which it is no longer known who asked about them.
        requests, misses: rows.
    """

    screenings: int = 0
    clearances: int = 0
    identities: int = 0
    items: int = 0
    tokens: int = 0
    bindings: int = 0
    verifications: int = 0
    requests: int = 0
    misses: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What one step took away, as the audit lane's digest covers it: what, and its ids in their order."""

    what: str
    ids: tuple[str, ...]


def retain(node: Node, now: Instant) -> Retained:
    """Make one pass over all that the node keeps.

    Returns:
        How much of each was taken away; nothing, when the same pass is made again.

    Raises:
        Refusal: LANE_BEHIND as any act that is audited; LEDGER_UNAVAILABLE.
    """
    rules = node.rules
    over = kept_since(rules.keep_positive_years, now, rules.zone)
    dues = list(_people(node, now))
    return Retained(
        screenings=sum(len(each.screenings) for each in dues),
        clearances=sum(len(each.clearances) for each in dues),
        identities=sum(each.identity for each in dues),
        items=sum(len(each.items) for each in dues),
        tokens=0 if over is None else _tokens(node, over, now),
        bindings=_steps(node, "bindings", lambda tx: store.drop_bindings(tx, now, GROUP), now),
        verifications=0
        if over is None
        else _steps(node, "verifications", lambda tx: store.drop_verifications(tx, over, GROUP), now),
        requests=_requests(node, now),
        misses=node.ledger.transact(lambda tx: store.drop_misses(tx, node.today(now) - timedelta(days=REQUEST_DAYS))),
    )


def _people(node: Node, now: Instant) -> Iterator[Due]:
    """Take away what is due of each person's papers, group by group."""
    after = ""
    while group := node.ledger.read(partial(store.people, after=after, limit=GROUP)):
        after = group[-1]
        # Looked at on a snapshot first: of most people nothing is due, and writers need not wait for that.
        if node.ledger.read(lambda tx: _due(node, tx, group, now)):
            yield from node.ledger.transact(lambda tx: _forget(node, tx, group, now))


def _due(node: Node, tx: Tx, group: list[str], now: Instant) -> dict[str, Due]:
    found = {subject_id: due(node.rules, kept, now) for subject_id, kept in store.papers(tx, group, now).items()}
    return {subject_id: each for subject_id, each in sorted(found.items()) if each}


def _forget(node: Node, tx: Tx, group: list[str], now: Instant) -> list[Due]:
    dues = _due(node, tx, group, now)
    for subject_id, each in dues.items():
        store.forget(tx, subject_id, each)
    for what, ids in (
        ("items", [one for each in dues.values() for one in sorted(each.items)]),
        ("clearances", [one for each in dues.values() for one in sorted(each.clearances)]),
        ("screenings", [one for each in dues.values() for one in sorted(each.screenings)]),
        ("identities", [subject_id for subject_id, each in dues.items() if each.identity]),
    ):
        _audit(node, tx, what, ids, now)
    return list(dues.values())


def _tokens(node: Node, over: Instant, now: Instant) -> int:
    own = _steps(node, "tokens", lambda tx: store.drop_tokens(tx, over, GROUP), now)
    return own + _received(node, over, now)


def _received(node: Node, over: Instant, now: Instant) -> int:
    """Take away tokens that partners told, by the end that they name, since the end is not kept apart from them."""
    after, count = ("", -1), 0
    while group := node.ledger.read(partial(store.tokens_received, after=after, limit=GROUP)):
        after = group[-1][:2]
        ended = [(origin, n) for origin, n, token in group if _end_of(token) <= over]
        if ended:

            def drop(tx: Tx, places: list[tuple[str, int]] = ended) -> None:
                store.drop_tokens_at(tx, places)
                _audit(node, tx, "tokens received", [f"{origin} {n}" for origin, n in places], now)

            node.ledger.transact(drop)
            count += len(ended)
    return count


def _end_of(token: bytes) -> float:
    """Read when a token ends; one of another form never does, since a partner can tell whatever it likes."""
    try:
        end = json.loads(parse_compact(token, ASSERTION_TYP).payload)["exp"]
    except (Refusal, ValueError, KeyError, TypeError, RecursionError):
        return float("inf")
    return end if type(end) is int else float("inf")


def _requests(node: Node, now: Instant) -> int:
    def work(tx: Tx) -> int:
        done = store.drop_requests(tx, now - REQUEST_DAYS * _DAY, GROUP)
        # Their ids stand in the lane already; that they are gone is what an audit has to know.
        _audit(node, tx, "requests", [str(done)] if done else [], now)
        return done

    count = 0
    while done := node.ledger.transact(work):
        count += done
    return count


def _steps(node: Node, what: str, step: Callable[[Tx], list[str]], now: Instant) -> int:
    """Repeat a step, each in a transaction of its own, until it finds nothing; return how much it found."""

    def work(tx: Tx) -> int:
        ids = sorted(step(tx))
        _audit(node, tx, what, ids, now)
        return len(ids)

    count = 0
    while done := node.ledger.transact(work):
        count += done
    return count


def _audit(node: Node, tx: Tx, what: str, ids: list[str], now: Instant) -> None:
    if ids:
        digest = act_digest(ACT, Step(what, tuple(ids)))
        tell.audit(node, tx, ActPerformed(ACT, CALLER, node.chance.uuid(), digest, now))
