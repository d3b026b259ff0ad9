"""Issue: decide whether people may be asserted to a partner, sign what is decided, and tell the partner's lane."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from interchange.domain.agreements import RowState
from interchange.domain.assertion import Assertion
from interchange.domain.entitlement import Entitlement, Question, check_open, entitle
from interchange.domain.envelope import ASSERTION_TYP
from interchange.domain.events import AssertionIssued
from interchange.domain.keyring import Role
from interchange.domain.projects import IssuedAssertion
from interchange.domain.standing import HoldScope
from interchange.errors import Reason, Refusal, refuse
from interchange.flows.agreements import agreement_of
from interchange.flows.approvals import Second
from interchange.flows.perform import Act
from interchange.flows.tell import News, tell
from interchange.store import assertions, dossiers, holds, projects, status_lists
from interchange.wire import base64url
from interchange.wire.claims import encode_assertion
from interchange.wire.envelope import compact, signing_input

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from interchange.domain.keyring import KeyRecord
    from interchange.domain.projects import Project, ProjectPartner
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """Who is to be asserted, for which project, to whom.

    Attributes:
        project_id, partner, subject_id: project and person at home, code of the partner.
        expires_at: an earlier end than the rules give, or None.
        organ: `PARTY/ORGAN` on whose grants alone it may rest, for a caller bound to that organ; empty is any.
    """

    project_id: str
    partner: str
    subject_id: str
    expires_at: Instant | None = None
    organ: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """All that the signed statement will say, and what it rests on; `pairwise` is None for a partner's first."""

    entitlement: Entitlement
    project: Project
    party: str
    project_reference: str
    exp: Instant
    key: KeyRecord
    pairwise: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody to be asserted: the person, and what of the question is their own."""

    subject_id: str
    organ: str = ""
    employer_id: str = ""
    from_day: date | None = None
    until_day: date | None = None
    expires_at: Instant | None = None


class Draft(NamedTuple):
    """The random parts: assertion id, the subject's reference, status-list number and slot."""

    jti: str
    reference: str
    list_number: int
    idx: int


class Signed(NamedTuple):
    """A draft with its JWS."""

    draft: Draft
    token: bytes


def decide(node: Node, tx: Tx, request: IssueRequest, now: Instant) -> Decision:
    """Decide by the nation's rules, the agreement and the open holds (design, section 3).

    Raises:
        Refusal: NOT_KNOWN, PROJECT_CLOSED, AGREEMENT_NOT_IN_FORCE, HELD, ALREADY_ISSUED, ROW_WORKING, DATE_ABSURD,
            those of `entitle` and those of `Node.signing_key`.
    """
    candidate = Candidate(request.subject_id, request.organ, expires_at=request.expires_at)
    (decided,) = decide_all(node, tx, request.project_id, request.partner, [candidate], now)
    if isinstance(decided, Refusal):
        raise decided
    return decided


def decide_all(
    node: Node, tx: Tx, project_id: str, party: str, candidates: Sequence[Candidate], now: Instant
) -> list[Decision | Refusal]:
    """Decide on up to 500 people for one project and partner; the same statements are run whoever they are.

    Returns:
        For each candidate, in their order, the decision or the refusal, whose cause lies in the person or in what is
        recorded of the person.

    Raises:
        Refusal: NOT_KNOWN, PROJECT_CLOSED, AGREEMENT_NOT_IN_FORCE, HELD (project or agreement), whoever they are.
    """
    project, partner = _project(tx, project_id, party)
    agreement = agreement_of(node, tx, partner.agreement)
    common = Question(node.rules, lambda name: node.rulebook.level(name).ceiling or 0, project, partner, agreement, now)
    check_open(common)
    if holds.open_on(tx, {HoldScope.PROJECT: project.project_id, HoldScope.AGREEMENT: agreement.code}):
        raise refuse(Reason.HELD)
    people = [candidate.subject_id for candidate in candidates]
    found = dossiers.gather(tx, people)
    live = assertions.live_among(tx, people, project.project_id, party, now)
    references = assertions.pairwise_among(tx, people, party)

    def judge(candidate: Candidate) -> Decision:
        question = replace(
            common,
            organ=candidate.organ,
            employer_id=candidate.employer_id,
            from_day=candidate.from_day,
            until_day=candidate.until_day,
        )
        check_open(question)
        entitlement = entitle(question, found[candidate.subject_id])
        if entitlement.row.state is RowState.WORKING and not node.accept_working:
            raise refuse(Reason.ROW_WORKING)
        if candidate.subject_id in live:
            raise refuse(Reason.ALREADY_ISSUED)
        key = node.signing_key(tx, Role.ASSERT, now, entitlement.clearance.organ.partition("/")[2])
        asked = entitlement.ends if candidate.expires_at is None else candidate.expires_at
        exp = min(entitlement.ends, key.verify_until, asked)
        if exp <= max(now, entitlement.begins):
            raise refuse(Reason.DATE_ABSURD, "expires_at")
        reference = references.get(candidate.subject_id)
        return Decision(entitlement, project, party, partner.reference, exp, key, reference)

    return [_value(judge, candidate) for candidate in candidates]


def _value(judge: Callable[[Candidate], Decision], candidate: Candidate) -> Decision | Refusal:
    try:
        return judge(candidate)
    except Refusal as refusal:
        return refusal


def _project(tx: Tx, project_id: str, party: str) -> tuple[Project, ProjectPartner]:
    project = projects.get(tx, project_id)
    partner = project.partner(party) if project else None
    if project is None or partner is None:
        raise refuse(Reason.NOT_KNOWN, "project_id or partner")
    return project, partner


def draw(node: Node, tx: Tx, decision: Decision) -> Draft:
    """Choose the ids that nobody can foresee."""
    number, idx = status_lists.free_slot(tx, decision.party, node.status_slots, node.chance.below)
    return Draft(node.chance.uuid(), decision.pairwise or node.chance.reference(), number, idx)


def sign(node: Node, decision: Decision, draft: Draft, now: Instant) -> Signed:
    """Build the claims and sign them; the signer checks its own signature before it gives it out."""
    names, row = node.names, decision.entitlement.row
    assertion = Assertion(
        iss=names.organ_uri(decision.key.organ),
        sub=draft.reference,
        aud=node.names_of(decision.party).uri,
        jti=draft.jti,
        iat=now,
        nbf=decision.entitlement.begins,
        exp=decision.exp,
        project=decision.project_reference,
        purpose=decision.project.purpose,
        home=decision.entitlement.home,
        partner=row.target,
        agreement=row.agreement,
        row=row.digest,
        row_state=row.state,
        kind=decision.entitlement.clearance.kind,
        status_uri=names.status_uri(decision.party, draft.list_number),
        status_idx=draft.idx,
        until=decision.entitlement.clearance.ends_at - 1 if row.tells_until else None,
    )
    message = signing_input(decision.key.alg, decision.key.kid, ASSERTION_TYP, encode_assertion(assertion))
    return Signed(draft, compact(message, node.signers[decision.key.kid].sign(message)))


def write(node: Node, tx: Tx, decision: Decision, signed: Signed, now: Instant) -> str | None:
    """Write slot, event, assertion in one transaction; None if the slot was taken meanwhile."""
    (jti, reference, number, idx), token = signed
    if not status_lists.claim_slot(tx, decision.party, number, idx, node.status_slots):
        return None
    event = AssertionIssued(jti, idx, base64url.encode(sha256(token).digest()))
    origin, n = tell(node, tx, decision.party, [News(event, token)])
    clearance = decision.entitlement.clearance
    assertions.add(
        tx,
        IssuedAssertion(
            jti=jti,
            subject_id=clearance.subject_id,
            employer_id=clearance.employer_id,
            project_id=decision.project.project_id,
            party=decision.party,
            agreement=decision.entitlement.row.agreement,
            organ=clearance.organ,
            origin=origin,
            n=n,
            list_number=number,
            idx=idx,
            iat=now,
            exp=decision.exp,
            clearance_id=clearance.clearance_id,
        ),
    )
    if decision.pairwise is None:
        assertions.add_pairwise(tx, clearance.subject_id, decision.party, reference)
    return jti


ISSUE = Act(
    "issue_assertion",
    decide,
    write,
    draw,
    sign,
    second=Second(
        IssueRequest,
        needed=lambda node, decision: node.rules.needs_two(decision.entitlement.home),
        organ=lambda decision: decision.entitlement.clearance.organ,
    ),
)
