"""Participants: who would be confirmed, who is, and taking somebody out again.

A coordinator learns of a person `confirmed until DAY` or `not confirmed`, and nothing else. Everything that could make
the difference between two people who are not confirmed ends here: the same is asked of the ledger for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.days import day_of
from interchange.domain.rosters import RowOutcome
from interchange.domain.standing import Standing
from interchange.errors import Reason, Refusal, Unavailable, refuse
from interchange.flows.ends import revoke_all
from interchange.flows.issue import Candidate, Decision, decide_all
from interchange.flows.perform import Act
from interchange.flows.subjects import identities_of
from interchange.flows.withdraw import with_twins
from interchange.store import assertions, participants
from interchange.store.dossiers import MOST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from interchange.domain.projects import Participant
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx
    from interchange.store.participants import Live


@dataclass(frozen=True, slots=True)
class Judged:
    """What enrolling somebody would come to.

    Attributes:
        outcome: confirmed, not confirmed, or enrolled already.
        decided: what is to be signed, for somebody confirmed who has no live assertion yet.
        live: the assertion that stands already, for others who are confirmed.
    """

    outcome: RowOutcome
    decided: Decision | None = None
    live: Live | None = None

    def until(self, node: Node) -> date | None:
        """Give the last day on which the person is confirmed, in the nation's zone; None if not confirmed."""
        exp = self.decided.exp if self.decided else self.live.exp if self.live else None
        return None if exp is None else last_day(node, exp)


@dataclass(frozen=True, slots=True)
class Shown:
    """A participant as coordinators see one.

    Attributes:
        participant: who takes part, by ids.
        passport_family, passport_given: by which people recognise each other; empty once they are no longer kept.
        confirmed_until: last day on which the person is confirmed; None if not confirmed, whatever the cause.
    """

    participant: Participant
    passport_family: str
    passport_given: str
    confirmed_until: date | None


@dataclass(frozen=True, slots=True)
class WithdrawRequest:
    """Who is to take part no longer."""

    participant_id: str


NOT_CONFIRMED = Judged(RowOutcome.NOT_CONFIRMED)


def judge(
    node: Node, tx: Tx, project_id: str, party: str, candidates: Sequence[Candidate], now: Instant
) -> list[Judged]:
    """Judge up to 500 people for one project and partner, by the same statements whoever they are.

    Returns:
        For each candidate, in their order, what enrolling would come to; of one that occurs twice, the second time
        that nobody is confirmed.

    Raises:
        Refusal: NOT_KNOWN, PROJECT_CLOSED, AGREEMENT_NOT_IN_FORCE, HELD (project or agreement), whoever they are; and
            what keeps the node from signing for those who would be confirmed.
    """
    decided = decide_all(node, tx, project_id, party, candidates, now)
    people = [candidate.subject_id for candidate in candidates]
    live = participants.live(tx, node.names.authority, people, project_id, party, now)
    judged: list[Judged] = []
    seen: set[str] = set()
    for subject_id, decision in zip(people, decided, strict=True):
        judged.append(NOT_CONFIRMED if subject_id in seen else _judged(decision, live.get(subject_id)))
        seen.add(subject_id)
    return judged


def _judged(decision: Decision | Refusal, live: Live | None) -> Judged:
    if isinstance(decision, Decision):
        return Judged(RowOutcome.CONFIRMED, decided=decision)
    # What lies in the node's own keys lies in nobody's person, and passes.
    if isinstance(decision, Unavailable) or decision.reason is Reason.KEY_RESTRICTED:
        raise decision
    if decision.reason is not Reason.ALREADY_ISSUED or live is None or live.standing is not Standing.VALID:
        return NOT_CONFIRMED
    return Judged(RowOutcome.ALREADY if live.participant_id else RowOutcome.CONFIRMED, live=live)


def last_day(node: Node, exp: Instant) -> date:
    """Give the last day, in the nation's zone, on which something that ends with `exp` is valid at some instant."""
    return day_of(exp - 1, node.rules.zone)


def confirmed_days(node: Node, tx: Tx, jtis: Sequence[str], now: Instant) -> dict[str, date]:
    """Find which assertions are valid now: id → last day. Why another is not, nobody is told."""
    ends: dict[str, Instant] = {}
    for first in range(0, len(jtis), MOST):
        ends |= participants.confirmed(tx, node.names.authority, jtis[first : first + MOST], now)
    return {jti: last_day(node, exp) for jti, exp in ends.items()}


def show(node: Node, tx: Tx, found: Sequence[Participant], now: Instant) -> list[Shown]:
    """Show participants with their passport names, for those who know them by these."""
    days = confirmed_days(node, tx, [each.jti for each in found], now)
    shown = []
    for first in range(0, len(found), MOST):
        some = found[first : first + MOST]
        known = identities_of(node, tx, [each.subject_id for each in some])
        for each in some:
            presented = known[each.subject_id].presented if each.subject_id in known else None
            family, given = (presented.passport_family, presented.passport_given) if presented else ("", "")
            shown.append(Shown(each, family, given, days.get(each.jti)))
    return shown


def _decide_withdraw(_node: Node, tx: Tx, request: WithdrawRequest, _now: Instant) -> Participant:
    participant = participants.get(tx, request.participant_id)
    if participant is None:
        raise refuse(Reason.NOT_KNOWN, "participant_id")
    if participant.ended_at is not None:
        raise refuse(Reason.ALREADY_ENDED, "participant_id")
    return participant


def _write_withdraw(node: Node, tx: Tx, participant: Participant, _prepared: None, now: Instant) -> str:
    participants.end(tx, participant.participant_id, now)
    live = assertions.live(tx, now, jti=participant.jti)
    revoke_all(node, tx, [twin for each in live for twin in with_twins(tx, each, now)], now)
    return participant.participant_id


WITHDRAW = Act("withdraw_participant", _decide_withdraw, _write_withdraw)
