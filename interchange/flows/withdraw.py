"""Withdraw: suspend, reinstate, revoke. One transaction each, telling every partner concerned and never why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.events import HoldLifted, HoldPlaced, Scope
from interchange.domain.projects import Hold, HoldCause
from interchange.domain.standing import HoldScope
from interchange.errors import Reason, refuse
from interchange.flows.agreements import agreement_of
from interchange.flows.approvals import Second, listed
from interchange.flows.ends import revoke_all
from interchange.flows.perform import Act
from interchange.flows.tell import News, tell
from interchange.store import assertions, employers, holds, partners, projects, reissue, subjects, told

if TYPE_CHECKING:
    from interchange.domain.projects import IssuedAssertion
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class SuspendRequest:
    """What a hold is to be opened on."""

    scope: HoldScope
    ref: str


@dataclass(frozen=True, slots=True)
class ReinstateRequest:
    """Which hold is to be closed; others on the same person stay."""

    hold_id: str


@dataclass(frozen=True, slots=True)
class RevokeRequest:
    """Which assertion is to be revoked for ever."""

    jti: str


Target = tuple[str, Scope, str]
"""(partner, outward scope, what): where a hold has to be told."""


def _live(tx: Tx, jti: str, now: Instant) -> IssuedAssertion:
    issued = assertions.get(tx, jti)
    if issued is None:
        raise refuse(Reason.NOT_KNOWN, "assertion_id")
    if issued.revoked_at is not None or now >= issued.exp:
        raise refuse(Reason.ALREADY_ENDED)
    return issued


def with_twins(tx: Tx, issued: IssuedAssertion, now: Instant) -> list[IssuedAssertion]:
    """List an assertion with those that took its place, and those whose place it took, as far as they are live.

    They say the same of the same person: what is meant for one is meant for all.
    """
    twins = sorted(reissue.with_twins(tx, [issued.jti]))
    return [live for jti in twins for live in assertions.live(tx, now, jti=jti)]


def targets(node: Node, tx: Tx, request: SuspendRequest, now: Instant) -> tuple[Target, ...]:
    """List what to tell whom, by partner code. Holds on persons and employers become one per assertion.

    Raises:
        Refusal: NOT_KNOWN if there is nothing of that name; ALREADY_ENDED for an assertion that has ended;
            AGREEMENT_UNKNOWN for an agreement that is not in the rulebook, or not the node's own.
    """
    match request.scope:
        case HoldScope.ASSERTION:
            issued = _live(tx, request.ref, now)
            return tuple((twin.party, Scope.ASSERTION, twin.jti) for twin in with_twins(tx, issued, now))
        case HoldScope.SUBJECT | HoldScope.EMPLOYER:
            if request.scope is HoldScope.SUBJECT and subjects.get(tx, request.ref) is None:
                raise refuse(Reason.NOT_KNOWN, "subject_id")
            if request.scope is HoldScope.EMPLOYER and employers.get(tx, request.ref) is None:
                raise refuse(Reason.NOT_KNOWN, "employer_id")
            column = f"{request.scope.value}_id"
            found = assertions.live(tx, now, **{column: request.ref})
            return tuple(sorted((issued.party, Scope.ASSERTION, issued.jti) for issued in found))
        case HoldScope.PROJECT:
            project = projects.get(tx, request.ref)
            if project is None:
                raise refuse(Reason.NOT_KNOWN, "project_id")
            return tuple((partner.party, Scope.PROJECT, partner.reference) for partner in project.partners)
        case HoldScope.AGREEMENT:
            agreement = agreement_of(node, tx, request.ref)
            if node.party not in agreement.parties:
                raise refuse(Reason.AGREEMENT_UNKNOWN, "agreement of two others")
            others = [party for party in agreement.parties if partners.get(tx, party)]
            return tuple((party, Scope.AGREEMENT, agreement.code) for party in sorted(others))


def _decide_suspend(
    node: Node, tx: Tx, request: SuspendRequest, now: Instant
) -> tuple[SuspendRequest, tuple[Target, ...]]:
    return request, targets(node, tx, request, now)


def _write_suspend(
    node: Node, tx: Tx, decision: tuple[SuspendRequest, tuple[Target, ...]], _prepared: None, now: Instant
) -> str:
    request, found = decision
    return place(node, tx, Hold(node.chance.uuid(), request.scope, request.ref, now), found)


def place(node: Node, tx: Tx, hold: Hold, found: tuple[Target, ...]) -> str:
    """Open a hold, tell it as `targets` found it, under a name of its own each time, and return its id."""
    holds.add(tx, hold)
    for party in dict.fromkeys(party for party, _, _ in found):
        news = [
            News(HoldPlaced(node.chance.uuid(), scope, of), hold_id=hold.hold_id)
            for to, scope, of in found
            if to == party
        ]
        tell(node, tx, party, news)
    return hold.hold_id


def lift(node: Node, tx: Tx, hold: Hold, now: Instant) -> str:
    """Close a hold, tell it wherever its opening was told, and return its id."""
    behind = told.open_holds_behind(tx, hold.hold_id)
    for party in dict.fromkeys(party for party, _ in behind):
        tell(node, tx, party, [News(HoldLifted(name)) for to, name in behind if to == party])
    holds.close(tx, hold.hold_id, now)
    return hold.hold_id


def _decide_reinstate(_node: Node, tx: Tx, request: ReinstateRequest, now: Instant) -> Hold:
    hold = holds.get(tx, request.hold_id)
    if hold is None:
        raise refuse(Reason.NOT_KNOWN, "hold_id")
    if hold.closed_at is not None:
        raise refuse(Reason.ALREADY_ENDED, "hold_id")
    if hold.cause is HoldCause.AGREEMENT_SUSPENDED:
        # It closes when the agreement comes back into force, and nothing under it is good before.
        raise refuse(Reason.AGREEMENT_NOT_IN_FORCE, "hold_id")
    if hold.scope is HoldScope.ASSERTION:
        _live(tx, hold.ref, now)
    return hold


def _write_reinstate(node: Node, tx: Tx, hold: Hold, _prepared: None, now: Instant) -> str:
    return lift(node, tx, hold, now)


def _decide_revoke(_node: Node, tx: Tx, request: RevokeRequest, now: Instant) -> tuple[str, list[IssuedAssertion]]:
    return request.jti, with_twins(tx, _live(tx, request.jti, now), now)


def _write_revoke(
    node: Node, tx: Tx, decision: tuple[str, list[IssuedAssertion]], _prepared: None, now: Instant
) -> str:
    jti, twins = decision
    revoke_all(node, tx, twins, now)
    return jti


SUSPEND = Act("suspend", _decide_suspend, _write_suspend)
REINSTATE = Act(
    "reinstate",
    _decide_reinstate,
    _write_reinstate,
    second=Second(ReinstateRequest, listed("reinstate"), proposers=frozenset({"coordinator"})),
)
REVOKE = Act("revoke", _decide_revoke, _write_revoke)
