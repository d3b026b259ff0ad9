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
from interchange.store import assertions, dossiers, holds, projects, reissue, status_lists
from interchange.wire import base64url
from interchange.wire.claims import encode_assertion
from interchange.wire.envelope import compact, signing_input

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from interchange.domain.keyring import KeyRecord
    from interchange.domain.projects import Project
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
    """What is signed and why; `pairwise` is None for a partner's first, `replaces` unless a tainted one gives way."""

    entitlement: Entitlement
    project: Project
    party: str
    project_reference: str
    exp: Instant
    key: KeyRecord
    pairwise: str | None
    replaces: str | None = None


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
    common = question_of(node, tx, project_id, party, now, ahead=all(candidate.from_day for candidate in candidates))
    project, partner = common.project, common.partner
    people = [candidate.subject_id for candidate in candidates]
    found = dossiers.gather(tx, people)
    live = reissue.standing(tx, node.names.authority, people, project.project_id, party, now)
    references = assertions.pairwise_among(tx, people, party)
    keys: dict[str, KeyRecord] = {}

    def key_of(organ: str) -> KeyRecord:
        if organ not in keys:
            keys[organ] = node.signing_key(tx, Role.ASSERT, now, organ.partition("/")[2])
        return keys[organ]

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
        if candidate.subject_id in live.in_the_way:
            raise refuse(Reason.ALREADY_ISSUED)
        key = key_of(entitlement.clearance.organ)
        asked = entitlement.ends if candidate.expires_at is None else candidate.expires_at
        exp = min(entitlement.ends, key.verify_until, asked)
        if exp <= max(now, entitlement.begins):
            raise refuse(Reason.DATE_ABSURD, "expires_at")
        reference = references.get(candidate.subject_id)
        replaces = live.replaceable.get(candidate.subject_id)
        return Decision(entitlement, project, party, partner.reference, exp, key, reference, replaces)

    return [_value(judge, candidate) for candidate in candidates]


def _value(judge: Callable[[Candidate], Decision], candidate: Candidate) -> Decision | Refusal:
    try:
        return judge(candidate)
    except Refusal as refusal:
        return refusal


def question_of(node: Node, tx: Tx, project_id: str, party: str, now: Instant, *, ahead: bool) -> Question:
    """Ask about a project and partner what depends on no person; `ahead`, also before the project begins.

    Raises:
        Refusal: NOT_KNOWN, PROJECT_CLOSED, AGREEMENT_NOT_IN_FORCE, HELD.
    """
    project = projects.get(tx, project_id)
    partner = project.partner(party) if project else None
    if project is None or partner is None:
        raise refuse(Reason.NOT_KNOWN, "project_id or partner")
    agreement = agreement_of(node, tx, partner.agreement)
    asked = Question(node.rules, lambda name: node.rulebook.level(name).ceiling or 0, project, partner, agreement, now)
    check_open(replace(asked, from_day=project.from_day) if ahead else asked)
    if holds.open_on(tx, {HoldScope.PROJECT: project.project_id, HoldScope.AGREEMENT: agreement.code}):
        raise refuse(Reason.HELD)
    return asked


def draw(node: Node, tx: Tx, decision: Decision) -> Draft:
    """Choose the ids that nobody can foresee."""
    return draw_all(node, tx, [decision])[0]


def draw_all(node: Node, tx: Tx, decisions: Sequence[Decision]) -> list[Draft]:
    """Choose the ids of many, all towards one partner."""
    if not decisions:
        return []
    party, chance = decisions[0].party, node.chance
    slots = status_lists.free_slots(tx, party, node.status_slots, chance.below, len(decisions))
    return [
        Draft(chance.uuid(), decision.pairwise or chance.reference(), *slot)
        for decision, slot in zip(decisions, slots, strict=True)
    ]


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
    return signed.draft.jti if write_all(node, tx, [(decision, signed)], now) else None


def write_all(node: Node, tx: Tx, made: Sequence[tuple[Decision, Signed]], now: Instant) -> bool:
    """Write many, all of one project towards one partner, of different people; False if a slot was taken meanwhile.

    However many there are, the partner's lane is told once and the statements are the same, so that a group of them
    holds other writers up hardly longer than one.
    """
    if not made:
        return True
    party = made[0][0].party
    drafts = [signed.draft for _, signed in made]
    if not status_lists.claim_slots(tx, party, [(each.list_number, each.idx) for each in drafts], node.status_slots):
        return False
    news = [News(AssertionIssued(draft.jti, draft.idx, _digest(token)), token) for _, (draft, token) in made]
    origin, first = tell(node, tx, party, news)
    assertions.add_all(
        tx, [_issued(decision, signed.draft, origin, n, now) for n, (decision, signed) in enumerate(made, first)]
    )
    reissue.link(tx, {decision.replaces: signed.draft.jti for decision, signed in made if decision.replaces})
    references = {
        decision.entitlement.clearance.subject_id: signed.draft.reference
        for decision, signed in made
        if decision.pairwise is None
    }
    assertions.add_pairwise(tx, party, references)
    return True


def _digest(token: bytes) -> str:
    return base64url.encode(sha256(token).digest())


def _issued(decision: Decision, draft: Draft, origin: str, n: int, now: Instant) -> IssuedAssertion:
    clearance = decision.entitlement.clearance
    return IssuedAssertion(
        jti=draft.jti,
        subject_id=clearance.subject_id,
        employer_id=clearance.employer_id,
        project_id=decision.project.project_id,
        party=decision.party,
        agreement=decision.entitlement.row.agreement,
        organ=clearance.organ,
        origin=origin,
        n=n,
        list_number=draft.list_number,
        idx=draft.idx,
        iat=now,
        exp=decision.exp,
        clearance_id=clearance.clearance_id,
        kid=decision.key.kid,
    )


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
