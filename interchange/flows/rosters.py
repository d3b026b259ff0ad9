"""Rosters: what each row would come to, and handing one in, to be approved as one act.

Of the people in a roster the ledger keeps ids alone. A row about whom nobody knows anything gets an id that nobody has,
and is asked for and carried out like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from interchange.domain.rosters import Roster, RosterLine, RowOutcome
from interchange.errors import Reason, Refusal, refuse
from interchange.flows.approvals import act_digest
from interchange.flows.canonical import PERSONAL
from interchange.flows.carry_out import CARRY_OUT, candidates_of, carry_out_request, digest_of, find, groups_of
from interchange.flows.issue import question_of
from interchange.flows.participants import judge
from interchange.flows.perform import Act, Done, perform
from interchange.flows.subjects import find_all
from interchange.store import employers, misses, requests, rosters
from interchange.store.dossiers import MOST
from interchange.wire.table import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from interchange.domain.projects import Project
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.flows.participants import Judged
    from interchange.store.ledger import Tx
    from interchange.wire.roster import Roster as Sheet
    from interchange.wire.roster import RosterRow


@dataclass(frozen=True, slots=True)
class Asked:
    """For which project, towards which partner, and who asks, by SPIFFE id."""

    project_id: str
    party: str
    caller: str


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What a row would come to: a fault of the file, or what a coordinator may know of the person.

    Attributes:
        line: of the file.
        outcome: confirmed, not confirmed or already enrolled; None with faults.
        confirmed_until: last day, for those who are confirmed.
        faults: what is wrong in the row.
    """

    line: int
    outcome: RowOutcome | None
    confirmed_until: date | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdicts on all rows, in the order of the file; and that the caller's misses of the day are now too many."""

    rows: tuple[RowVerdict, ...]
    alarm: bool


@dataclass(frozen=True, slots=True)
class HandInRequest:
    """A roster to be recorded; `fingerprint` is the file's, under the vault's key."""

    project_id: str
    party: str
    caller: str
    fingerprint: str
    lines: tuple[RosterLine, ...] = field(default=(), metadata=PERSONAL)


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows of a roster that have no fault, and all faults."""

    rows: tuple[RosterRow, ...]
    faults: tuple[Fault, ...]


def check(node: Node, asked: Asked, sheet: Sheet, now: Instant) -> Checked:
    """Say what each row would come to. Nothing is recorded but how many are not confirmed.

    Raises:
        Refusal: NOT_KNOWN, PROJECT_CLOSED, AGREEMENT_NOT_IN_FORCE, HELD, whoever they are; MISSES_QUOTA.
    """

    def look(tx: Tx) -> tuple[_Found, list[Judged], int]:
        left = misses_left(node, tx, asked.caller, now)
        found = _found(node, tx, asked, sheet, now)
        judged: list[Judged] = []
        for first in range(0, len(found.rows), MOST):
            lines = _resolved(node, tx, found.rows[first : first + MOST])
            people = candidates_of(node, asked.caller, lines)
            judged += judge(node, tx, asked.project_id, asked.party, people, now)
        return found, judged, left

    found, judged, left = node.ledger.read(look)
    missed = sum(each.outcome is RowOutcome.NOT_CONFIRMED for each in judged)
    if judged:
        node.ledger.transact(lambda tx: misses.add(tx, asked.caller, node.today(now), missed))
    verdicts = [
        RowVerdict(row.line, each.outcome, each.until(node)) for row, each in zip(found.rows, judged, strict=True)
    ]
    verdicts += [
        RowVerdict(line, None, faults=tuple(some)) for line, some in groupby(found.faults, lambda one: one.line)
    ]
    return Checked(tuple(sorted(verdicts, key=lambda verdict: verdict.line)), alarm=missed >= left)


def hand_in(
    node: Node, asked: Asked, sheet: Sheet, content: bytes, *, request_id: str, now: Instant, one: bool = False
) -> tuple[str, Done]:
    """Record a roster and have it approved, or proposed for a second person to approve.

    Args:
        node: the node.
        asked: for what, and by whom.
        sheet: as it was read.
        content: what it was read from; the same request id stands for the same content.
        request_id: chosen by the caller; repeated, it gives the same roster.
        now: the instant of the request.
        one: the sheet is about one person and stood in no file, so that its fault is refused as such.

    Returns:
        The roster's id, and what came of having it carried out.

    Raises:
        Refusal: ROSTER_FAULTS with their number and the first line that has one; those of the acts.
    """
    fingerprint = node.vault.fingerprint(b"roster\n" + content)
    request = HandInRequest(asked.project_id, asked.party, asked.caller, fingerprint)
    digest = act_digest(HAND_IN.name, request)

    def look(tx: Tx) -> HandInRequest:
        if requests.replay(tx, asked.caller, HAND_IN.name, request_id, digest) is not None:
            return request
        found = _found(node, tx, asked, sheet, now)
        if found.faults:
            raise refuse_one(found.faults[0]) if one else _faulty(found.faults)
        lines: list[RosterLine] = []
        for first in range(0, len(found.rows), MOST):
            lines += _resolved(node, tx, found.rows[first : first + MOST])
        return replace(request, lines=tuple(lines))

    wanted = node.ledger.read(look)
    roster_id = perform(node, HAND_IN, wanted, caller=asked.caller, request_id=request_id, now=now).result
    carry = node.ledger.read(lambda tx: carry_out_request(tx, find(tx, roster_id)))
    # Under the roster's own id, by which the approval is found again whenever lines are carried out.
    return roster_id, perform(node, CARRY_OUT, carry, caller=asked.caller, request_id=roster_id, now=now)


def misses_left(node: Node, tx: Tx, caller: str, now: Instant) -> int:
    """Count how often a caller may still ask today for people who are not confirmed, or refuse MISSES_QUOTA."""
    left = node.misses_per_day - misses.on(tx, caller, node.today(now))
    if left <= 0:
        raise refuse(Reason.MISSES_QUOTA)
    return left


def _found(node: Node, tx: Tx, asked: Asked, sheet: Sheet, now: Instant) -> _Found:
    """Find what is wrong with rows by what the ledger knows of project and employers; nothing of people is read."""
    project = question_of(node, tx, asked.project_id, asked.party, now, ahead=True).project
    codes = sorted({row.employer_id for row in sheet.rows})
    known: set[str] = set()
    for first in range(0, len(codes), MOST):
        known |= employers.among(tx, codes[first : first + MOST])
    further = [fault for row in sheet.rows for fault in _faults(row, project, known, node.today(now))]
    faulty = {fault.line for fault in further}
    rows = tuple(row for row in sheet.rows if row.line not in faulty)
    return _Found(rows, tuple(sorted([*sheet.faults, *further], key=lambda fault: fault.line)))


def _faults(row: RosterRow, project: Project, known: set[str], today: date) -> Iterator[Fault]:
    if row.employer_id not in known:
        yield Fault(row.line, "employer", Reason.EMPLOYER_UNKNOWN)
    for column, day in (("from", row.from_day), ("to", row.until_day)):
        if not project.from_day <= day <= project.until_day:
            yield Fault(row.line, column, Reason.DAYS_OUTSIDE)
        elif column == "to" and day < today:
            yield Fault(row.line, column, Reason.DATE_ABSURD)


def refuse_one(fault: Fault) -> Refusal:
    """Refuse what is wrong with somebody who stood in no file, by the name of the field."""
    fields = {"employer": "employer_id", "from": "from_day", "to": "until_day"}
    return refuse(fault.reason, fields[fault.column])


def _faulty(faults: Sequence[Fault]) -> Refusal:
    rows = len({fault.line for fault in faults})
    return refuse(Reason.ROSTER_FAULTS, f"{rows} rows, the first in line {faults[0].line}")


def _resolved(node: Node, tx: Tx, rows: Sequence[RosterRow]) -> list[RosterLine]:
    """Put ids in the place of people; an id is drawn for each, as it has to be for those whom nobody knows."""
    drawn = [node.chance.uuid() for _ in rows]
    known = find_all(node, tx, [row.presented for row in rows])
    return [
        RosterLine(row.line, subject_id or nobody, row.employer_id, row.from_day, row.until_day)
        for row, subject_id, nobody in zip(rows, known, drawn, strict=True)
    ]


def _decide_hand_in(node: Node, tx: Tx, request: HandInRequest, now: Instant) -> HandInRequest:
    misses_left(node, tx, request.caller, now)
    question_of(node, tx, request.project_id, request.party, now, ahead=True)
    if not request.lines:
        raise refuse(Reason.FIELD_MISSING, "rows")
    return request


def _write_hand_in(node: Node, tx: Tx, request: HandInRequest, _prepared: None, now: Instant) -> str:
    roster_id = node.chance.uuid()
    groups = groups_of(roster_id, request.project_id, request.party, request.lines)
    roster = Roster(
        roster_id=roster_id,
        project_id=request.project_id,
        party=request.party,
        caller=request.caller,
        digest=digest_of(groups),
        total=len(request.lines),
        at=now,
    )
    rosters.add(tx, roster, request.lines)
    return roster_id


HAND_IN = Act("hand_in_roster", _decide_hand_in, _write_hand_in)
