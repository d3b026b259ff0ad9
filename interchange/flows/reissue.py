"""Issuing anew what a key signed that a thief may have: who is still entitled gets another under the key in use.

Only what was proved before the theft is issued anew without being asked for: for that, a witness says that it is ours.
The old assertion stays good for followers, and both stand and fall together. The rest is for people.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from interchange.domain.days import start_of_day
from interchange.domain.events import ActPerformed
from interchange.domain.keyring import Role
from interchange.domain.narrowing import deadline
from interchange.errors import Reason, Refusal, Unavailable, refuse
from interchange.flows import issue, tell
from interchange.flows.approvals import act_digest
from interchange.store import keys, reissue, witnessed
from interchange.store.dossiers import MOST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.keys import OwnKey
    from interchange.store.ledger import Tx
    from interchange.store.reissue import Affected, Progress

ACT = "reissue"
CALLER = "job:reissue"

GROUP = 100
"""Assertions that one transaction looks at; a hold or a revocation waits no longer than that takes."""

_MOST = 2000
"""Assertions that one pass issues; it has to end before its lease does."""

_ATTEMPTS = 4


class State(StrEnum):
    """What became of an assertion of a tainted key."""

    PROVED_REISSUED = "proved_reissued"
    """It was there before the theft, and another took its place."""
    PROVED_WAITING = "proved_waiting"
    """It was there before the theft, and waits: for the next pass, for a key that signs, or for two people."""
    NOT_PROVED = "not_proved"
    """No witness had it in time, so that it counts nowhere."""
    NOT_ENTITLED = "not_entitled"
    """It was there before the theft, and the rules give no other today."""


@dataclass(frozen=True, slots=True)
class Line:
    """An assertion of a tainted key, for people; nothing of it names a person.

    Attributes:
        jti, project_id, party: which, for what, towards whom.
        state: what became of it.
        reissued_as: what took its place, or None.
        why: what it waits for, or why the rules give no other, NOT_CONFIRMED for all that lies in the person; None if
            nothing is in the way.
        needs_two: another needs two people.
    """

    jti: str
    project_id: str
    party: str
    state: State
    reissued_as: str | None = None
    why: Reason | None = None
    needs_two: bool = False


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass did: how many it issued, and how many it left to people."""

    issued: int
    left: int


@dataclass(frozen=True, slots=True)
class Group:
    """What took the place of what, old id and new id, as the audit lane's digest covers it."""

    kid: str
    pairs: tuple[tuple[str, str], ...]


def reissue_all(node: Node, now: Instant) -> Pass:
    """Make one pass over all that tainted keys have signed; what it did stays done, whatever ends it.

    Raises:
        Refusal: LANE_BEHIND and the like, as any act that tells lanes something.
    """
    issued = left = 0
    fault: Refusal | None = None
    # Looked at on a snapshot first: nearly always there is nothing to do, and writers need not wait for that.
    for key in node.ledger.read(partial(_tainted, node)):
        after = ""
        while issued < _MOST and (found := node.ledger.read(partial(_due, node, key=key, now=now, after=after))):
            after = found[-1].issued.jti
            for project_id, party in sorted({(each.issued.project_id, each.issued.party) for each in found}):
                some = [each for each in found if (each.issued.project_id, each.issued.party) == (project_id, party)]
                try:
                    done = _reissue(node, key, [each.issued.jti for each in some], now)
                except Refusal as refusal:
                    # One lane's trouble is not another's.
                    done, fault = 0, refusal
                issued += done
                left += len(some) - done
    if fault is not None and not issued:
        raise fault
    return Pass(issued, left)


class _Changed(Exception):
    """What was decided no longer holds."""


def _tainted(node: Node, tx: Tx) -> list[OwnKey]:
    everyone = keys.everyone(tx, node.names.authority)
    return [key for key in everyone if key.record.role is Role.ASSERT and key.record.tainted_since is not None]


def _sizes(tx: Tx, key: OwnKey) -> dict[str, int]:
    """Say of each lane how many leaves its witness had in time: the rule of verdicts (`domain.narrowing`)."""
    since = key.record.tainted_since
    if since is None:
        raise refuse(Reason.KEY_STAGE, "not tainted")
    origins = reissue.origins(tx, key.record.kid)
    return {origin: witnessed.size_before(tx, origin, deadline(since)) for origin in origins}


def _due(node: Node, tx: Tx, key: OwnKey, now: Instant, after: str) -> list[Affected]:
    return reissue.due(tx, node.names.authority, key.record.kid, _sizes(tx, key), now, after=after, limit=GROUP)


def _reissue(node: Node, key: OwnKey, jtis: Sequence[str], now: Instant) -> int:
    """Issue what of a group may be issued, all for one project and partner; give how many those were."""

    def decide(tx: Tx) -> list[issue.Decision]:
        waiting = reissue.due(tx, node.names.authority, key.record.kid, _sizes(tx, key), now, among=jtis)
        decided = _decided(node, tx, waiting, now).values()
        return [each for each in decided if isinstance(each, issue.Decision) and not _needs_two(node, each)]

    def plan(tx: Tx) -> tuple[list[issue.Decision], list[issue.Draft]]:
        decisions = decide(tx)
        return decisions, issue.draw_all(node, tx, decisions)

    def commit(tx: Tx, made: Sequence[tuple[issue.Decision, issue.Signed]]) -> int:
        if decide(tx) != [decision for decision, _ in made] or not issue.write_all(node, tx, made, now):
            raise _Changed
        pairs = tuple((decision.replaces, signed.draft.jti) for decision, signed in made if decision.replaces)
        digest = act_digest(ACT, Group(key.record.kid, pairs))
        tell.audit(node, tx, ActPerformed(ACT, CALLER, node.chance.uuid(), digest, now))
        return len(made)

    for _ in range(_ATTEMPTS):
        decisions, drafts = node.ledger.read(plan)
        if not decisions:
            return 0
        signed = [issue.sign(node, decision, draft, now) for decision, draft in zip(decisions, drafts, strict=True)]
        try:
            done = node.ledger.transact(partial(commit, made=list(zip(decisions, signed, strict=True))))
        except _Changed:
            continue
        node.committed()
        return done
    raise refuse(Reason.DECISION_CHANGED)


def _decided(node: Node, tx: Tx, affected: Sequence[Affected], now: Instant) -> Mapping[str, issue.Decision | Refusal]:
    """Decide by the rules of today: id of the old one → decision or refusal."""
    found: dict[str, issue.Decision | Refusal] = {}
    groups: dict[tuple[str, str, bool], list[Affected]] = {}
    for each in affected:
        if each.held:
            found[each.issued.jti] = refuse(Reason.NOT_CONFIRMED)
            continue
        ahead = _ahead(node, each, now) is not None
        groups.setdefault((each.issued.project_id, each.issued.party, ahead), []).append(each)
    for (project_id, party, _), everyone in groups.items():
        for first in range(0, len(everyone), MOST):
            some = everyone[first : first + MOST]
            decided = _decide_group(node, tx, project_id, party, some, now)
            found |= dict(zip((each.issued.jti for each in some), decided, strict=True))
    return found


def _decide_group(
    node: Node, tx: Tx, project_id: str, party: str, some: Sequence[Affected], now: Instant
) -> Sequence[issue.Decision | Refusal]:
    candidates = [
        issue.Candidate(
            each.issued.subject_id,
            each.issued.organ,
            each.issued.employer_id,
            _ahead(node, each, now),
            each.until_day,
            each.issued.exp,
        )
        for each in some
    ]
    try:
        return [_impersonal(each) for each in issue.decide_all(node, tx, project_id, party, candidates, now)]
    except Refusal as refusal:
        # It lies in the project or agreement, and so is every one's.
        return [refusal] * len(some)


def _impersonal(decided: issue.Decision | Refusal) -> issue.Decision | Refusal:
    """Say of a person who gets no other assertion that, and not why: who keeps the keys has no business with it."""
    if isinstance(decided, issue.Decision) or _is_of_keys(decided):
        return decided
    return refuse(Reason.NOT_CONFIRMED)


def _is_of_keys(refusal: Refusal) -> bool:
    """Tell whether a refusal lies in our own keys, and passes."""
    return isinstance(refusal, Unavailable) or refusal.reason is Reason.KEY_RESTRICTED


def _ahead(node: Node, each: Affected, now: Instant) -> date | None:
    """Give the first day of somebody who is to take part from a later day on."""
    day = each.from_day
    return day if day is not None and start_of_day(day, node.rules.zone) > now else None


def _needs_two(node: Node, decision: issue.Decision) -> bool:
    return node.rules.needs_two(decision.entitlement.home)


def affected(node: Node, kid: str, now: Instant, *, after: str, limit: int) -> tuple[list[Line], Progress]:
    """List the live assertions of a tainted key in the order of their ids, and say how far their re-issue is.

    Args:
        node: the node.
        kid: the key.
        now: the instant of the question.
        after: id of the last one of the page before; empty for the first page.
        limit: how many at most.

    Raises:
        Refusal: NOT_KNOWN for a key that is none of ours; KEY_STAGE for one that is not tainted or signs no assertions.
    """

    def look(tx: Tx) -> tuple[list[Line], Progress]:
        key = keys.get(tx, node.names.authority, kid)
        if key is None:
            raise refuse(Reason.NOT_KNOWN, "kid")
        if key.record.role is not Role.ASSERT:
            raise refuse(Reason.KEY_STAGE, "it signs no assertions")
        sizes = _sizes(tx, key)
        found = reissue.page(tx, node.names.authority, kid, now, after=after, limit=limit)
        proved = [each for each in found if each.issued.n < sizes.get(each.issued.origin, 0)]
        decided = _decided(node, tx, [each for each in proved if each.reissued_as is None], now)
        of_those = {each.issued.jti for each in proved}
        lines = [_line(node, each, each.issued.jti in of_those, decided.get(each.issued.jti)) for each in found]
        return lines, reissue.progress(tx, kid, sizes, now)

    return node.ledger.read(look)


def _line(node: Node, each: Affected, proved: bool, decided: issue.Decision | Refusal | None) -> Line:  # noqa: FBT001
    issued = each.issued
    line = partial(Line, issued.jti, issued.project_id, issued.party, reissued_as=each.reissued_as)
    if not proved:
        return line(State.NOT_PROVED)
    match decided:
        case None:
            return line(State.PROVED_REISSUED)
        case issue.Decision():
            return line(State.PROVED_WAITING, needs_two=_needs_two(node, decided))
        case Refusal():
            return line(State.PROVED_WAITING if _is_of_keys(decided) else State.NOT_ENTITLED, why=decided.reason)
