"""The answer to "may this assertion be relied on, here and now?", with the steps that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from interchange.domain.agreements import RowState
from interchange.domain.keyring import Role
from interchange.domain.standing import Standing, standing
from interchange.domain.time import SKEW
from interchange.errors import Reason

if TYPE_CHECKING:
    from interchange.domain.agreements import Equivalence
    from interchange.domain.assertion import Assertion
    from interchange.domain.keyring import KeyRecord
    from interchange.domain.time import Instant


class Outcome(StrEnum):
    """The three answers there are."""

    VALID = "VALID"
    NOT_VALID = "NOT_VALID"
    STALE = "STALE"
    """Nothing against it is known, but what is known is too old to rely on."""


class Step(StrEnum):
    """The steps in the order in which they are taken; the first that fails decides."""

    ENVELOPE = "envelope"
    KEY = "key"
    SIGNATURE = "signature"
    CLAIMS = "claims"
    AUDIENCE = "audience"
    PROJECT = "project"
    TIME = "time"
    LANE = "lane"
    STANDING = "standing"
    FRESHNESS = "freshness"
    ROW = "row"


ORDER = tuple(Step)


@dataclass(frozen=True, slots=True)
class Context:
    """What the verifier brings: who asks, for which project, when, and how old knowledge may be.

    Attributes:
        audience: the verifier's own party URI.
        project: the project's reference towards the verifier.
        now: the instant of the question.
        max_age: seconds that knowledge may be old; 900 online, 86,400 for a bundle by default.
        accept_working: rely on rows that no lawyer has confirmed; demonstrations only.
    """

    audience: str
    project: str
    now: Instant
    max_age: int = 900
    accept_working: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What the issuer's lane has told of one assertion: the digest of its JWS, and whether it was withdrawn."""

    sha256: str
    revoked: bool
    held: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What the verifier knows that bears on one assertion, all of one moment.

    Attributes:
        told: from the lane, or None if the lane does not have it.
        as_of: the older of own receipt time and signed time of that knowledge; None if there is none.
        trusted_until: end of the issuer's keyring.
        restricted: what the signing key signed counts no more, or this of it does not: its keyring taints it, or the
            lane has suspended or tainted it (`domain.narrowing`).
        row: the equivalence of the claimed digest in the verifier's own rulebook.
    """

    told: Told | None
    as_of: Instant | None
    trusted_until: Instant
    restricted: bool
    row: Equivalence | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome, first reason against, and how far the steps went.

    Attributes:
        outcome: the answer.
        reason: why not; None when VALID.
        passed: the steps that held, in order; the next one in `ORDER` is the one that decided.
        assertion: the claims, once the signature and schema held.
        age: seconds by which the knowledge may be old (with 60 s added for the clocks), once known.
        working: the row is a working reading that no lawyer has confirmed.
    """

    outcome: Outcome
    reason: Reason | None
    passed: tuple[Step, ...]
    assertion: Assertion | None = None
    age: int | None = None
    working: bool = False


def failed(step: Step, reason: Reason, assertion: Assertion | None = None, age: int | None = None) -> Verdict:
    """Build the verdict of the first failed step."""
    outcome = Outcome.STALE if step is Step.FRESHNESS else Outcome.NOT_VALID
    return Verdict(outcome, reason, ORDER[: ORDER.index(step)], assertion, age)


STANDING_REASON = {
    Standing.REVOKED: Reason.REVOKED,
    Standing.EXPIRED: Reason.EXPIRED,
    Standing.SUSPENDED: Reason.SUSPENDED,
}


def key_fault(record: KeyRecord, alg: str) -> Reason | None:
    """Tell why a key may not sign assertions with `alg`, or None if it may."""
    if record.role is not Role.ASSERT:
        return Reason.KEY_ROLE
    return None if record.alg == alg else Reason.HEADER_ALG


def judge_context(assertion: Assertion, record: KeyRecord, context: Context) -> tuple[Step, Reason] | None:
    """Check the claims against key, audience, project and time; return the first fault or None."""
    now = context.now
    if assertion.aud != context.audience:
        return Step.AUDIENCE, Reason.AUDIENCE_WRONG
    if assertion.project != context.project:
        return Step.PROJECT, Reason.PROJECT_WRONG
    # Skew is allowed on beginnings only: a verifier whose clock is late must not extend a life.
    if assertion.nbf > now + SKEW or assertion.iat > now + SKEW:
        return Step.TIME, Reason.NOT_YET_VALID
    if now >= assertion.exp:
        return Step.TIME, Reason.EXPIRED
    if not record.signs_at(assertion.iat) or now >= record.verify_until:
        return Step.TIME, Reason.KEY_WINDOW
    return None


def judge(assertion: Assertion, sha256: str, facts: Facts, context: Context) -> Verdict:
    """Weigh what is known about an assertion whose signature, audience, project and time already held.

    Args:
        assertion: the verified claims.
        sha256: digest of the JWS that was presented, base64url.
        facts: what the verifier knows, read in one snapshot.
        context: who asks, and when.

    Returns:
        The verdict; withdrawn knowledge decides before stale knowledge, since a revocation is for ever.
    """
    now, told = context.now, facts.told
    if told is None or told.sha256 != sha256:
        return failed(Step.LANE, Reason.NOT_IN_LANE, assertion)
    if facts.restricted:
        return failed(Step.LANE, Reason.KEY_RESTRICTED, assertion)
    state = standing(revoked=told.revoked, held=told.held, exp=assertion.exp, now=now)
    age = None if facts.as_of is None else max(0, now - facts.as_of) + SKEW
    if state is not Standing.VALID:
        return failed(Step.STANDING, STANDING_REASON[state], assertion, age)
    if now >= facts.trusted_until:
        return failed(Step.FRESHNESS, Reason.KEYRING_EXPIRED, assertion, age)
    if age is None or age > context.max_age:
        return failed(Step.FRESHNESS, Reason.STALE, assertion, age)
    fault = row_fault(assertion, facts.row, accept_working=context.accept_working)
    if fault is not None:
        return failed(Step.ROW, fault, assertion, age)
    working = facts.row is not None and facts.row.state is RowState.WORKING
    return Verdict(Outcome.VALID, None, ORDER, assertion, age, working)


def row_fault(assertion: Assertion, row: Equivalence | None, *, accept_working: bool) -> Reason | None:
    """Tell why the claimed equivalence is not one to rely on, or None if it is."""
    if row is None:
        return Reason.ROW_UNKNOWN
    claimed = (assertion.home, assertion.partner, assertion.agreement, assertion.row_state)
    if (row.source, row.target, row.agreement, row.state) != claimed:
        return Reason.ROW_MISMATCH
    return Reason.ROW_WORKING if row.state is RowState.WORKING and not accept_working else None
