"""Issue: decide whether a subject may be asserted to a partner, sign it, and tell the partner's lane."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from interchange.domain.agreements import RowState
from interchange.domain.assertion import Assertion, Kind
from interchange.domain.days import day_of, end_of_day, start_of_day
from interchange.domain.envelope import ASSERTION_TYP
from interchange.domain.events import AssertionIssued
from interchange.domain.keyring import Role
from interchange.domain.mapping import translate
from interchange.domain.projects import IssuedAssertion
from interchange.domain.standing import HoldScope
from interchange.domain.time import HOUR, YEAR, Instant
from interchange.errors import Reason, Refusal, refuse
from interchange.flows.perform import Act
from interchange.flows.tell import News, tell
from interchange.store import assertions, clearances, holds, projects, status_lists
from interchange.wire import base64url
from interchange.wire.claims import encode_assertion
from interchange.wire.envelope import compact, signing_input

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.agreements import Agreement, Equivalence
    from interchange.domain.keyring import KeyRecord
    from interchange.domain.projects import Clearance, Project
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
    """All that the signed statement will say, and what it rests on."""

    clearance: Clearance
    project: Project
    party: str
    project_reference: str
    home: str
    row: Equivalence
    nbf: Instant
    exp: Instant
    key: KeyRecord
    pairwise: str | None


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
        Refusal: NOT_KNOWN, PROJECT_CLOSED, AGREEMENT_NOT_IN_FORCE, NOT_CONFIRMED, SCREENING_OTHER, BELOW_FLOOR, NO_ROW,
            ROW_WORKING, HELD, ALREADY_ISSUED, DATE_ABSURD, and those of `Node.signing_key`.
    """
    project = projects.get(tx, request.project_id)
    partner = project.partner(request.partner) if project else None
    if project is None or partner is None:
        raise refuse(Reason.NOT_KNOWN, "project_id or partner")
    zone = node.rules.zone
    today = day_of(now, zone)
    project_end = end_of_day(project.until_day, zone)
    if not start_of_day(project.from_day, zone) <= now < project_end:
        raise refuse(Reason.PROJECT_CLOSED)
    agreement = node.rulebook.agreement(partner.agreement)
    if not agreement.in_force(today):
        raise refuse(Reason.AGREEMENT_NOT_IN_FORCE)
    clearance, home, row = _choose(node, tx, request, project, agreement, today, now)
    if row.state is RowState.WORKING and not node.accept_working:
        raise refuse(Reason.ROW_WORKING)
    scopes = {
        HoldScope.SUBJECT: request.subject_id,
        HoldScope.EMPLOYER: clearance.employer_id,
        HoldScope.PROJECT: project.project_id,
        HoldScope.AGREEMENT: agreement.code,
    }
    if holds.open_on(tx, scopes):
        raise refuse(Reason.HELD)
    if assertions.live(tx, now, subject_id=request.subject_id, project_id=project.project_id, party=partner.party):
        raise refuse(Reason.ALREADY_ISSUED)
    key = node.signing_key(tx, Role.ASSERT, now, clearance.organ.partition("/")[2])
    ends = [clearance.ends_at, project_end, now + YEAR, key.verify_until]
    ends += [end_of_day(day, zone) for day in (agreement.until_day, row.until_day) if day]
    ends += [request.expires_at] if request.expires_at is not None else []
    if min(ends) <= now:
        raise refuse(Reason.DATE_ABSURD, "expires_at")
    return Decision(
        clearance=clearance,
        project=project,
        party=partner.party,
        project_reference=partner.reference,
        home=home,
        row=row,
        nbf=now - now % HOUR,
        exp=min(ends),
        key=key,
        pairwise=assertions.pairwise(tx, request.subject_id, partner.party),
    )


def _choose(
    node: Node, tx: Tx, request: IssueRequest, project: Project, agreement: Agreement, today: date, now: Instant
) -> tuple[Clearance, str, Equivalence]:
    """Choose the clearance that carries furthest, or refuse for the reason of the one that came closest."""
    known = clearances.of_subject(tx, request.subject_id)
    valid = [c for c in known if now < c.ends_at and request.organ in {"", c.organ}]
    if not valid:
        raise refuse(Reason.NOT_CONFIRMED)
    if project.defence:
        valid = [c for c in valid if node.rules.serves_defence(c.organ)]
        if not valid:
            raise refuse(Reason.SCREENING_OTHER)
    order = node.rules.order
    valid.sort(key=lambda c: (node.rulebook.level(c.level).ceiling or 0, c.ends_at, c.clearance_id), reverse=True)
    refusals: list[Refusal] = []
    for clearance in valid:
        try:
            home = order.meet(clearance.level, project.ceiling)
            if home is None or not order.serves(home, project.floor):
                raise refuse(Reason.BELOW_FLOOR)
            return clearance, home, translate(agreement, home, request.partner, today)
        except Refusal as refusal:
            refusals.append(refusal)
    raise refusals[0]


def draw(node: Node, tx: Tx, decision: Decision) -> Draft:
    """Choose the ids that nobody can foresee."""
    number, idx = status_lists.free_slot(tx, decision.party, node.status_slots, node.chance.below)
    return Draft(node.chance.uuid(), decision.pairwise or node.chance.reference(), number, idx)


def sign(node: Node, decision: Decision, draft: Draft, now: Instant) -> Signed:
    """Build the claims and sign them; the signer checks its own signature before it gives it out."""
    names = node.names
    assertion = Assertion(
        iss=names.organ_uri(decision.key.organ),
        sub=draft.reference,
        aud=node.names_of(decision.party).uri,
        jti=draft.jti,
        iat=now,
        nbf=decision.nbf,
        exp=decision.exp,
        project=decision.project_reference,
        purpose=decision.project.purpose,
        home=decision.home,
        partner=decision.row.target,
        agreement=decision.row.agreement,
        row=decision.row.digest,
        row_state=decision.row.state,
        kind=Kind.CLEARED,
        status_uri=names.status_uri(decision.party, draft.list_number),
        status_idx=draft.idx,
        until=decision.clearance.ends_at - 1 if decision.row.tells_until else None,
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
    clearance = decision.clearance
    assertions.add(
        tx,
        IssuedAssertion(
            jti=jti,
            subject_id=clearance.subject_id,
            employer_id=clearance.employer_id,
            project_id=decision.project.project_id,
            party=decision.party,
            agreement=decision.row.agreement,
            organ=clearance.organ,
            origin=origin,
            n=n,
            list_number=number,
            idx=idx,
            iat=now,
            exp=decision.exp,
        ),
    )
    if decision.pairwise is None:
        assertions.add_pairwise(tx, clearance.subject_id, decision.party, reference)
    return jti


ISSUE = Act("issue_assertion", decide, write, draw, sign)
