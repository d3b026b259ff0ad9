"""Messages of the AssertionService."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.assertion import Kind
from interchange.domain.past import PastOutcome
from interchange.domain.verdict import ORDER, Outcome
from interchange.errors import Reason, refuse
from interchange.flows.issue import IssueRequest
from interchange.messages import fields
from interchange.messages.parts import (
    ROW_STATE_NUMBERS,
    STANDING_NUMBERS,
    STANDINGS,
    optional_timestamp,
    position,
    timestamp,
)
from interchange.store.places import Place
from interchange.v1 import assertions_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interchange.domain.assertion import Assertion
    from interchange.domain.past import PastVerdict
    from interchange.domain.projects import IssuedAssertion
    from interchange.domain.standing import Standing
    from interchange.domain.time import Instant
    from interchange.domain.verdict import Step, Verdict
    from interchange.messages.paging import Slice

MOST_TOKENS = 256

_OUTCOMES = {
    Outcome.VALID: pb.OUTCOME_VALID,
    Outcome.NOT_VALID: pb.OUTCOME_NOT_VALID,
    Outcome.STALE: pb.OUTCOME_STALE,
}
_PAST_OUTCOMES = {
    PastOutcome.WAS_VALID: pb.PAST_OUTCOME_WAS_VALID,
    PastOutcome.WAS_NOT_VALID: pb.PAST_OUTCOME_WAS_NOT_VALID,
    PastOutcome.NOT_SHOWN: pb.PAST_OUTCOME_NOT_SHOWN,
}
_KINDS = {Kind.CLEARED: pb.KIND_CLEARED, Kind.AUTHORISED_BY_FUNCTION: pb.KIND_AUTHORISED_BY_FUNCTION}


@dataclass(frozen=True, slots=True)
class AssertionFilter:
    """Which assertions to list; what is empty or None lets all pass."""

    partner: str
    project_id: str
    standing: Standing | None

    @property
    def bound(self) -> tuple[str, str, str]:
        """What page tokens are bound to."""
        return self.partner, self.project_id, self.standing.name if self.standing else ""


@dataclass(frozen=True, slots=True)
class Shown:
    """An assertion of ours with what is shown of it; `token` is None in lists and after its retention."""

    issued: IssuedAssertion
    standing: Standing
    token: bytes | None = None


def read_issue(request: pb.IssueAssertionRequest, *, organ: str) -> IssueRequest:
    """Read who is to be asserted, for which project and to whom; `organ` is the one that the caller is bound to."""
    expires_at = fields.instant(request.expires_at, "expires_at") if request.HasField("expires_at") else None
    return IssueRequest(
        project_id=fields.uuid(request.project_id, "project_id"),
        partner=fields.party(request.partner, "partner"),
        subject_id=fields.uuid(request.subject_id, "subject_id"),
        expires_at=expires_at,
        organ=organ,
    )


def read_filter(request: pb.ListAssertionsRequest) -> AssertionFilter:
    """Read which assertions to list."""
    standing = fields.choice(request.standing, STANDINGS, "standing") if request.HasField("standing") else None
    return AssertionFilter(
        partner=fields.party(request.partner, "partner") if request.HasField("partner") else "",
        project_id=fields.uuid(request.project_id, "project_id") if request.HasField("project_id") else "",
        standing=standing,
    )


def read_verify(request: pb.VerifyAssertionRequest) -> tuple[bytes, str]:
    """Read the token, of any length, and the project's reference."""
    if not request.token:
        raise refuse(Reason.FIELD_MISSING, "token")
    return request.token, fields.reference(request.project, "project")


def read_batch(request: pb.BatchVerifyAssertionsRequest) -> tuple[tuple[bytes, ...], str]:
    """Read the tokens and the project's reference."""
    if not 1 <= len(request.tokens) <= MOST_TOKENS:
        raise refuse(Reason.BATCH_SIZE, "tokens")
    if not all(request.tokens):
        raise refuse(Reason.FIELD_MISSING, "tokens")
    return tuple(request.tokens), fields.reference(request.project, "project")


def read_as_known(request: pb.VerifyAsKnownRequest) -> tuple[bytes, str, Instant]:
    """Read the token, of any length, the project's reference, and the instant that is asked about."""
    if not request.token:
        raise refuse(Reason.FIELD_MISSING, "token")
    if not request.HasField("known_on"):
        raise refuse(Reason.FIELD_MISSING, "known_on")
    return request.token, fields.reference(request.project, "project"), fields.instant(request.known_on, "known_on")


def issued_reply(shown: Shown) -> pb.IssueAssertionResponse:
    """Answer with an assertion that was issued by this request, or by the earlier one that it repeats."""
    result = pb.IssuedAssertion(
        token=shown.token or b"",
        assertion_id=shown.issued.jti,
        standing=STANDING_NUMBERS[shown.standing],
        position=position(Place(shown.issued.origin, shown.issued.n)),
    )
    return pb.IssueAssertionResponse(result=result)


def assertion(shown: Shown, *, home: bool) -> pb.Assertion:
    """Write an assertion; only home callers are told which project and person of ours it concerns."""
    issued = shown.issued
    return pb.Assertion(
        assertion_id=issued.jti,
        partner=issued.party,
        agreement=issued.agreement,
        organ=issued.organ,
        issued_at=timestamp(issued.iat),
        expires_at=timestamp(issued.exp),
        revoked_at=optional_timestamp(issued.revoked_at),
        standing=STANDING_NUMBERS[shown.standing],
        position=position(Place(issued.origin, issued.n)),
        project_id=issued.project_id if home else None,
        subject_id=issued.subject_id if home else None,
        token=shown.token,
    )


def list_reply(found: Slice[Shown], shown: Iterable[Shown], *, home: bool) -> pb.ListAssertionsResponse:
    """Answer with the entries of a page that pass the filter by standing."""
    return pb.ListAssertionsResponse(
        assertions=[assertion(each, home=home) for each in shown], next_page_token=found.next_token
    )


def verdict(judged: Verdict) -> pb.Verdict:
    """Write a verdict with its steps up to the first that failed."""
    return pb.Verdict(
        outcome=_OUTCOMES[judged.outcome],
        reason=judged.reason.code if judged.reason else "",
        steps=_steps(judged.passed),
        claims=_claims(judged.assertion) if judged.assertion else None,
        age_seconds=judged.age,
        working_row=judged.working,
        # No party's keyring names a witness yet.
        witnessed=False,
    )


def past_verdict(judged: PastVerdict) -> pb.PastVerdict:
    """Write a verdict about the past with its steps up to the first that failed."""
    return pb.PastVerdict(
        outcome=_PAST_OUTCOMES[judged.outcome],
        reason=judged.reason.code if judged.reason else "",
        steps=_steps(judged.passed),
        claims=_claims(judged.assertion) if judged.assertion else None,
        known_on=timestamp(judged.known_on),
        lane_size=judged.size,
        witnessed_at=optional_timestamp(judged.witnessed_at),
        working_row=judged.working,
    )


def _steps(passed: Sequence[Step]) -> list[pb.StepResult]:
    steps = [pb.StepResult(name=step.value, passed=True) for step in passed]
    return steps + [pb.StepResult(name=step.value, passed=False) for step in ORDER[len(steps) : len(steps) + 1]]


def _claims(claims: Assertion) -> pb.AssertionClaims:
    return pb.AssertionClaims(
        issuer=claims.iss,
        audience=claims.aud,
        subject=claims.sub,
        project=claims.project,
        home_level=claims.home,
        partner_level=claims.partner,
        agreement=claims.agreement,
        row_digest=claims.row,
        row_state=ROW_STATE_NUMBERS[claims.row_state],
        kind=_KINDS[claims.kind],
        not_before=timestamp(claims.nbf),
        expires_at=timestamp(claims.exp),
        assertion_id=claims.jti,
        issued_at=timestamp(claims.iat),
        purpose=claims.purpose,
    )
