"""Carrying a roster out: approved as one act, enrolled group by group, each in a transaction of its own.

A group is one request, named after the roster and its first line. So whoever is killed in between, or works on the same
roster at the same time, does nothing twice and leaves nothing half done.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from interchange.domain.names import holder_of
from interchange.domain.projects import Participant
from interchange.domain.proposals import Outcome
from interchange.domain.rosters import GROUP, RowOutcome
from interchange.errors import Reason, Refusal, refuse
from interchange.flows import issue
from interchange.flows.approvals import Second, act_digest, is_complete
from interchange.flows.canonical import restored
from interchange.flows.participants import NOT_CONFIRMED, Judged, judge
from interchange.flows.perform import Act, perform
from interchange.store import misses, participants, projects, proposals, rosters
from interchange.wire import base64url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.domain.rosters import Roster, RosterLine
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

Drawn = tuple[list[issue.Draft], list[str]]
"""Random parts: of the assertions to be signed, and the ids of the participants."""

Prepared = tuple[list[issue.Signed], list[str]]
"""The same, signed."""


@dataclass(frozen=True, slots=True)
class CarryOutRequest:
    """A roster to be carried out as it stands.

    Attributes:
        roster_id: which.
        project_id, partner, total: where, towards whom and how many, for whoever approves it.
        groups: first line of each group of lines, and the digest of all that would be approved of it.
    """

    roster_id: str
    project_id: str
    partner: str
    total: int
    groups: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class EnrolRequest:
    """The group of lines that begins with this one."""

    roster_id: str
    first: int


@dataclass(frozen=True, slots=True)
class Group:
    """A group of lines of a roster, and what each comes to, in the same order."""

    roster: Roster
    lines: tuple[RosterLine, ...]
    judged: tuple[Judged, ...]

    @property
    def decisions(self) -> list[issue.Decision]:
        """What is to be signed."""
        return [each.decided for each in self.judged if each.decided]


@dataclass(frozen=True, slots=True)
class Step:
    """A group was carried out.

    Attributes:
        left: lines that wait still.
        alarm: with this group, the misses of the roster's caller have reached what is allowed on a day.
    """

    left: int
    alarm: bool


def carry_out_next(node: Node, roster_id: str, now: Instant) -> Step | None:
    """Enrol the next group of an approved roster; None if there is nothing to do.

    Raises:
        Refusal: what keeps the project's people from being asserted now, whoever they are, or the node from signing;
            AUDIT_BROKEN or PROPOSAL_SIGNATURE for lines that are not as they were approved. The group stays waiting.
    """

    def look(tx: Tx) -> tuple[Roster | None, int | None, int]:
        roster, first = rosters.get(tx, roster_id), rosters.first_waiting(tx, roster_id)
        return roster, first, misses.on(tx, roster.caller, node.today(now)) if roster else 0

    roster, first, before = node.ledger.read(look)
    if roster is None or roster.approved_at is None or first is None:
        return None
    name = f"{roster_id}/{first}"
    perform(node, ENROL, EnrolRequest(roster_id, first), caller=roster.caller, request_id=name, now=now)

    def after(tx: Tx) -> tuple[int, int]:
        return rosters.waiting(tx, roster_id), misses.on(tx, roster.caller, node.today(now))

    left, missed = node.ledger.read(after)
    return Step(left, alarm=before < node.misses_per_day <= missed)


def candidates_of(node: Node, caller: str, lines: Sequence[RosterLine]) -> list[issue.Candidate]:
    """Ask for the people of these lines, for whom they work and when; for who is bound to an organ, by its grants."""
    bound = holder_of(caller).organ
    organ = f"{node.party}/{bound}" if bound else ""
    return [issue.Candidate(one.subject_id, organ, one.employer_id, one.from_day, one.until_day) for one in lines]


def find(tx: Tx, roster_id: str) -> Roster:
    """Find a roster, or refuse NOT_KNOWN."""
    roster = rosters.get(tx, roster_id)
    if roster is None:
        raise refuse(Reason.NOT_KNOWN, "roster_id")
    return roster


def carry_out_request(tx: Tx, roster: Roster) -> CarryOutRequest:
    """Ask for a roster to be carried out as it stands."""
    groups = groups_of(roster.roster_id, roster.project_id, roster.party, rosters.lines(tx, roster.roster_id))
    return CarryOutRequest(roster.roster_id, roster.project_id, roster.party, roster.total, groups)


def digest_of(groups: Sequence[tuple[int, str]]) -> str:
    """Digest all groups: SHA-256, base64url."""
    return base64url.encode(sha256("\n".join(digest for _, digest in groups).encode()).digest())


def groups_of(roster_id: str, project_id: str, party: str, lines: Sequence[RosterLine]) -> tuple[tuple[int, str], ...]:
    """Digest lines in groups: the first line of each, and SHA-256 over all that two people would approve of it.

    Whoever handed the roster in sees the digests. With the roster's own id in them, the same person in two rosters
    does not show by equal digests, as somebody nobody knows would not.
    """
    groups = []
    for first in range(0, len(lines), GROUP):
        some = lines[first : first + GROUP]
        spelt = [f"{one.line} {one.subject_id} {one.employer_id} {one.from_day} {one.until_day}" for one in some]
        digest = sha256("\n".join([roster_id, project_id, party, *spelt]).encode()).digest()
        groups.append((some[0].line, base64url.encode(digest)))
    return tuple(groups)


def _decide_carry_out(node: Node, tx: Tx, request: CarryOutRequest, now: Instant) -> tuple[str, str]:
    roster = find(tx, request.roster_id)
    if request != carry_out_request(tx, roster) or roster.digest != digest_of(request.groups):
        raise refuse(Reason.AUDIT_BROKEN, "lines of the roster")
    return roster.roster_id, issue.question_of(
        node, tx, roster.project_id, roster.party, now, ahead=True
    ).project.ceiling


def _write_carry_out(_node: Node, tx: Tx, decision: tuple[str, str], _prepared: None, now: Instant) -> str:
    rosters.approve(tx, decision[0], now)
    return decision[0]


CARRY_OUT = Act(
    "carry_out_roster",
    _decide_carry_out,
    _write_carry_out,
    second=Second(
        CarryOutRequest,
        needed=lambda node, decision: node.rules.needs_two(decision[1]),
        proposers=frozenset({"coordinator"}),
    ),
)
"""Whether it waits for a second person lies in the project's ceiling alone, so that it shows nothing of anybody."""


def _check_approved(node: Node, tx: Tx, roster: Roster, lines: Sequence[RosterLine]) -> None:
    """Refuse PROPOSAL_SIGNATURE for lines that two people have to approve and have not, as they stand."""
    project, second = projects.get(tx, roster.project_id), CARRY_OUT.second
    if project is None or second is None or not node.rules.needs_two(project.ceiling):
        return
    proposal = proposals.of_request(tx, CARRY_OUT.name, roster.caller, roster.roster_id)
    if proposal is None or proposal.outcome is not Outcome.EXECUTED or not is_complete(node, tx, proposal, second):
        raise refuse(Reason.PROPOSAL_SIGNATURE, "roster")
    signed = restored(CarryOutRequest, proposal.body)
    (group,) = groups_of(roster.roster_id, roster.project_id, roster.party, lines)
    as_signed = act_digest(proposal.act, signed) == proposal.digest and signed.roster_id == roster.roster_id
    if not as_signed or group not in signed.groups:
        raise refuse(Reason.PROPOSAL_SIGNATURE, "lines of the roster")


def _decide_enrol(node: Node, tx: Tx, request: EnrolRequest, now: Instant) -> Group:
    roster = find(tx, request.roster_id)
    if roster.approved_at is None:
        raise refuse(Reason.NOT_KNOWN, "roster_id")
    lines = rosters.lines(tx, roster.roster_id, after=request.first - 1, limit=GROUP)
    if not lines or any(line.outcome is not RowOutcome.WAITING for line in lines):
        raise refuse(Reason.AUDIT_BROKEN, "lines of the roster")
    _check_approved(node, tx, roster, lines)
    try:
        judged = judge(node, tx, roster.project_id, roster.party, candidates_of(node, roster.caller, lines), now)
    except Refusal as refusal:
        if refusal.reason is not Reason.PROJECT_CLOSED:
            raise
        # It does not open again: nobody else will be confirmed, and the roster is done.
        judged = [NOT_CONFIRMED] * len(lines)
    return Group(roster, tuple(lines), tuple(judged))


def _draw(node: Node, tx: Tx, group: Group) -> Drawn:
    return issue.draw_all(node, tx, group.decisions), [node.chance.uuid() for _ in group.lines]


def _sign(node: Node, group: Group, drawn: Drawn, now: Instant) -> Prepared:
    drafts, ids = drawn
    made = zip(group.decisions, drafts, strict=True)
    return [issue.sign(node, decision, draft, now) for decision, draft in made], ids


def _write_enrol(node: Node, tx: Tx, group: Group, prepared: Prepared, now: Instant) -> str | None:
    signed, ids = prepared
    if not issue.write_all(node, tx, list(zip(group.decisions, signed, strict=True)), now):
        return None
    roster, fresh = group.roster, iter(signed)
    made: list[Participant] = []
    outcomes: list[tuple[int, RowOutcome, str | None]] = []
    for line, judged, participant_id in zip(group.lines, group.judged, ids, strict=True):
        if judged.outcome is not RowOutcome.CONFIRMED:
            outcomes.append((line.line, judged.outcome, judged.live.participant_id if judged.live else None))
            continue
        outcomes.append((line.line, judged.outcome, participant_id))
        made.append(
            Participant(
                participant_id=participant_id,
                project_id=roster.project_id,
                subject_id=line.subject_id,
                party=roster.party,
                employer_id=line.employer_id,
                from_day=line.from_day,
                until_day=line.until_day,
                jti=judged.live.jti if judged.live else next(fresh).draft.jti,
                enrolled_at=now,
            )
        )
    participants.add_all(tx, made)
    rosters.put_outcomes(tx, roster.roster_id, outcomes, now)
    missed = sum(judged.outcome is RowOutcome.NOT_CONFIRMED for judged in group.judged)
    misses.add(tx, roster.caller, node.today(now), missed)
    return f"{roster.roster_id}/{group.lines[0].line}"


ENROL = Act("enrol_lines", _decide_enrol, _write_enrol, _draw, _sign)
