"""The answer to "was this assertion valid at an instant, as known then?": another question than whether it is valid.

What counts as known then is what a witness had cosigned by then: leaves carry no time, and nobody's word about the past
is taken for it. What was learnt afterwards (a revocation, a taint) changes nothing of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from interchange.domain.agreements import RowState
from interchange.domain.standing import Standing, standing
from interchange.domain.verdict import ORDER, STANDING_REASON, Step, row_fault
from interchange.errors import Reason

if TYPE_CHECKING:
    from interchange.domain.agreements import Equivalence
    from interchange.domain.assertion import Assertion
    from interchange.domain.time import Instant
    from interchange.domain.verdict import Context, Told, Verdict


class PastOutcome(StrEnum):
    """The three answers there are; none of them is an answer about now."""

    WAS_VALID = "WAS_VALID"
    WAS_NOT_VALID = "WAS_NOT_VALID"
    NOT_SHOWN = "NOT_SHOWN"
    """Nothing against it was known, but nobody had vouched for what it would have rested on."""


@dataclass(frozen=True, slots=True)
class PastFacts:
    """What was known at the instant that is asked about.

    Attributes:
        told: from the leaves that were witnessed by then, or None if none of them tells the assertion.
        told_later: a later leaf tells it.
        size, witnessed_at: how many leaves were witnessed by then, and when the last of them; 0 and None for none.
        trusted_until: end of the keyring that was in force.
        restricted: what the signing key signed counted no more.
        row: the equivalence of the claimed digest in the verifier's own rulebook, of which one state is kept: today's.
    """

    told: Told | None
    told_later: bool
    size: int
    witnessed_at: Instant | None
    trusted_until: Instant
    restricted: bool
    row: Equivalence | None


@dataclass(frozen=True, slots=True)
class PastVerdict:
    """Outcome, first reason against, and how far the steps went.

    Attributes:
        outcome: the answer.
        reason: why not; None when WAS_VALID.
        passed: the steps that held, in order; the next one in `ORDER` is the one that decided.
        known_on: the instant that was asked about.
        assertion: the claims, once the signature and schema held.
        size, witnessed_at: on how much of the lane the answer rests, and since when that was witnessed; 0 and None
            where the steps did not come so far, or nothing was witnessed.
        working: the row is a working reading that no lawyer has confirmed.
    """

    outcome: PastOutcome
    reason: Reason | None
    passed: tuple[Step, ...]
    known_on: Instant
    assertion: Assertion | None = None
    size: int = 0
    witnessed_at: Instant | None = None
    working: bool = False


def past_of(verdict: Verdict, known_on: Instant) -> PastVerdict:
    """Turn a verdict that no knowledge of a lane bore on into one about the past."""
    return PastVerdict(PastOutcome.WAS_NOT_VALID, verdict.reason, verdict.passed, known_on, verdict.assertion)


def judge_past(assertion: Assertion, sha256: str, facts: PastFacts, context: Context) -> PastVerdict:
    """Weigh what was known at `context.now` about an assertion whose signature, audience, project and time held.

    No limit of age is applied: how old knowledge was is told, and whoever asks about the past decides what it is worth.

    Args:
        assertion: the verified claims.
        sha256: digest of the JWS that was presented, base64url.
        facts: what was known, read in one snapshot.
        context: who asks, and about which instant.
    """

    def answer(outcome: PastOutcome, step: Step | None, reason: Reason | None, *, working: bool = False) -> PastVerdict:
        passed = ORDER if step is None else ORDER[: ORDER.index(step)]
        seen = (assertion, facts.size, facts.witnessed_at, working)
        return PastVerdict(outcome, reason, passed, context.now, *seen)

    told, on = facts.told, context.now
    if told is None:
        shown = facts.size > 0 and not facts.told_later
        outcome = PastOutcome.WAS_NOT_VALID if shown else PastOutcome.NOT_SHOWN
        return answer(outcome, Step.LANE, Reason.NOT_IN_LANE)
    if told.sha256 != sha256:
        return answer(PastOutcome.WAS_NOT_VALID, Step.LANE, Reason.NOT_IN_LANE)
    if facts.restricted:
        return answer(PastOutcome.WAS_NOT_VALID, Step.LANE, Reason.KEY_RESTRICTED)
    state = standing(revoked=told.revoked, held=told.held, exp=assertion.exp, now=on)
    if state is not Standing.VALID:
        return answer(PastOutcome.WAS_NOT_VALID, Step.STANDING, STANDING_REASON[state])
    if on >= facts.trusted_until:
        return answer(PastOutcome.NOT_SHOWN, Step.FRESHNESS, Reason.KEYRING_EXPIRED)
    fault = row_fault(assertion, facts.row, accept_working=context.accept_working)
    if fault is not None:
        return answer(PastOutcome.WAS_NOT_VALID, Step.ROW, fault)
    working = facts.row is not None and facts.row.state is RowState.WORKING
    return answer(PastOutcome.WAS_VALID, None, None, working=working)
