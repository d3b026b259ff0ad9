"""A register taken over into a node: who is in it, and what organs have granted them on paper.

Everything that can be found out beforehand is, so that an import is refused before it begins or goes through. Request
ids derive from the file's digest and its lines: whatever an interrupted import did is not done twice by the next.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

import click

from interchange.cli.intake_report import Report
from interchange.cli.papers import FOUND_BY
from interchange.domain.days import day_of
from interchange.errors import Reason, Refusal, refuse
from interchange.rulebook.load import load
from interchange.wire.identity import identity_members
from interchange.wire.register import read_register
from interchange.wire.table import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from interchange.cli.caller import Caller, JsonObject
    from interchange.domain.rules import NationRules
    from interchange.domain.time import Instant
    from interchange.wire.register import Register, RegisterRow

MOST_GRANTS: Final = 1000
"""Clearances of one proposal."""

_MOST_ATTEMPTS: Final = 100
_SHOWN_EMPLOYERS: Final = 20
_OVER: Final = frozenset({"PROPOSAL_OUTCOME_REJECTED", "PROPOSAL_OUTCOME_EXPIRED"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be taken over of a register.

    Attributes:
        organ: only the rows with a clearance of this one, `PARTY/ORGAN`; None for all rows.
        dry_run: look only.
        ceiling, until_day: level and last day up to which unknown employers are recognised; None to refuse them.
    """

    organ: str | None
    dry_run: bool
    ceiling: str | None
    until_day: str | None


def take_over(caller: Caller, content: bytes, wanted: Wanted) -> Report:
    """Take over a register, as the help of `subject import` says.

    Raises:
        Refusal: those of `read_register`; NOT_KNOWN with employers that are not on record; whatever the node refuses,
            with the line.
    """
    info = caller.read("NodeService/GetNodeInfo")
    rules = load().rules(info["party"])
    if rules is None:
        raise refuse(Reason.PARTY_UNKNOWN, "the node's party has no rules")
    now = int(datetime.fromisoformat(info["time"]).timestamp())
    register = read_register(content, rules.eras)
    rows = [row for row in register.rows if wanted.organ is None or (row.grant and row.grant.organ == wanted.organ)]
    faults = sorted(
        [*register.faults, *_against_rules(rows, rules, day_of(now, rules.zone))], key=lambda each: each.line
    )
    if faults:
        return Report(faults=tuple(faults))
    return _Intake(caller, wanted, register, rows, rules, now).run()


def _against_rules(rows: Iterable[RegisterRow], rules: NationRules, today: date) -> Iterator[Fault]:
    """Find what only the nation's rules and the day make a fault."""
    for row in rows:
        if row.identity.presented.birth_date > today:
            yield Fault(row.line, "birth_date", Reason.DATE_ABSURD)
        if row.grant is None:
            continue
        if not rules.may_grant(row.grant.organ, row.grant.level):
            yield Fault(row.line, "level", Reason.LEVEL_UNKNOWN)
        if row.grant.notified_on > today:
            yield Fault(row.line, "notified_on", Reason.DATE_ABSURD)


@dataclass(slots=True)
class _Intake:
    """One import into one node."""

    caller: Caller
    wanted: Wanted
    register: Register
    rows: Sequence[RegisterRow]
    rules: NationRules
    now: Instant
    report: Report = field(default_factory=Report)

    def run(self) -> Report:
        report = self.report
        report.dry_run = self.wanted.dry_run
        report.of_other_organs = len(self.register.rows) - len(self.rows)
        report.without_clearance = sum(row.grant is None for row in self.rows)
        lasting = [row for row in self.rows if row.grant and self._lasts(row.grant.level, row.grant.notified_on)]
        report.ended = len(self.rows) - report.without_clearance - len(lasting)
        self._check_employers(sorted({row.employer_id for row in lasting}))
        self._find()
        wanted = [row for row in _shown(lasting, "compared") if not self._is_recorded(row)]
        report.already_known = len(lasting) - len(wanted)
        if report.dry_run:
            report.registered, report.recorded = len(self.rows) - report.found, len(wanted)
            return report
        self._recognise()
        self._register()
        self._record(wanted)
        return report

    def _lasts(self, level: str, notified_on: date) -> bool:
        return self.now < self.rules.clearance_end(level, notified_on)

    def _check_employers(self, needed: Sequence[str]) -> None:
        """Name the employers that are not on record, and refuse them unless they are to be recognised."""
        known = {each["employer_id"] for each in self.caller.pages("EmployerService/ListEmployers", "employers", None)}
        unknown = self.report.unknown_employers = [each for each in needed if each not in known]
        if unknown and self.wanted.ceiling is None and not self.wanted.dry_run:
            more = f" and {len(unknown) - _SHOWN_EMPLOYERS} more" if len(unknown) > _SHOWN_EMPLOYERS else ""
            refusal = refuse(Reason.NOT_KNOWN, f"employers {', '.join(unknown[:_SHOWN_EMPLOYERS])}{more}")
            refusal.add_note(
                "Nothing was sent. Recognise each with `interchange employer recognise`, or all of them at once: add "
                "--recognise-employers LEVEL --until DAY."
            )
            raise refusal

    def _find(self) -> None:
        """Find who is on record."""
        for row in _shown(self.rows, "looked up"):
            members = identity_members(row.identity)
            presented = {each.field: members[each.field] for each in FOUND_BY}
            try:
                found = self.caller.read("SubjectService/FindSubject", **presented)
            except Refusal as refusal:
                if refusal.reason is not Reason.NOT_KNOWN:
                    raise self._stopped(refusal, row.line) from refusal
                continue
            self.report.subjects[row.line] = found["subject_id"]
        self.report.found = len(self.report.subjects)

    def _is_recorded(self, row: RegisterRow) -> bool:
        """Tell whether this very clearance is on record, ended or not."""
        subject_id = self.report.subjects.get(row.line)
        if subject_id is None:
            return False
        known = self.caller.pages("ClearanceService/ListClearances", "clearances", None, subject_id=subject_id)
        asked = _grant_of(row, subject_id)
        return any(all(each[name] == value for name, value in asked.items()) for each in known)

    def _recognise(self) -> None:
        for employer_id in self.report.unknown_employers:
            self.caller.act(
                "EmployerService/RecogniseEmployer",
                None,
                employer_id=employer_id,
                # Its own name is not in the register; whoever knows it can recognise the employer anew.
                title=employer_id,
                level_ceiling=self.wanted.ceiling,
                from_day=day_of(self.now, self.rules.zone).isoformat(),
                until_day=self.wanted.until_day,
            )
            self.report.recognised_employers.append(employer_id)

    def _register(self) -> None:
        for row in _shown([row for row in self.rows if row.line not in self.report.subjects], "registered"):
            request_id = self.register.request_id(row.line, "register")
            try:
                members = identity_members(row.identity)
                made = self.caller.act("SubjectService/RegisterSubject", request_id, identity=members)
            except Refusal as refusal:
                raise self._stopped(refusal, row.line) from refusal
            self.report.subjects[row.line] = made["subject_id"]
            self.report.registered += 1

    def _record(self, rows: Sequence[RegisterRow]) -> None:
        by_organ: dict[str, list[RegisterRow]] = defaultdict(list)
        for row in rows:
            if row.grant:
                by_organ[row.grant.organ].append(row)
        chunks = [
            of_organ[first : first + MOST_GRANTS]
            for _, of_organ in sorted(by_organ.items())
            for first in range(0, len(of_organ), MOST_GRANTS)
        ]
        for chunk in _shown(chunks, "recorded"):
            answer = self._record_chunk(chunk)
            if "proposal" in answer:
                self.report.waiting += len(chunk)
                self.report.proposals.append(answer["proposal"])
            else:
                self.report.recorded += len(chunk)

    def _record_chunk(self, chunk: Sequence[RegisterRow]) -> JsonObject:
        """Record grants of one organ; what was rejected or not approved in time is proposed anew."""
        grants = [_grant_of(row, self.report.subjects[row.line]) for row in chunk]
        lines = ",".join(str(row.line) for row in chunk)
        for attempt in range(_MOST_ATTEMPTS):
            request_id = self.register.request_id(chunk[0].line, f"record {lines} {attempt}")
            try:
                answer = self.caller.act("ClearanceService/RecordClearances", request_id, grants=grants)
            except Refusal as refusal:
                raise self._stopped(refusal, _line_of(refusal, chunk)) from refusal
            if answer.get("proposal", {}).get("outcome") not in _OVER:
                return answer
        raise refuse(Reason.PROPOSAL_ENDED, f"{_MOST_ATTEMPTS} proposals of these rows")

    def _stopped(self, refusal: Refusal, line: int) -> Refusal:
        """Say where the import stopped, and how to go on."""
        where = refusal.where.partition(": ")[2] if refusal.where.startswith("grant ") else refusal.where
        stopped = refuse(refusal.reason, f"line {line}: {where}" if where else f"line {line}")
        if refusal.reason is Reason.CALLER_NOT_ALLOWED and where == "organ":
            stopped.add_note("An officer bound to an organ imports its rows alone: add --organ PARTY/ORGAN.")
        stopped.add_note(
            f"{self.report.registered} people are registered and {self.report.recorded} clearances recorded. "
            "Import the same file again to go on."
        )
        return stopped


def _grant_of(row: RegisterRow, subject_id: str) -> dict[str, str]:
    """Spell the clearance of a row as `PaperGrant`."""
    if row.grant is None:
        raise refuse(Reason.INTERNAL, "a row without a clearance")
    return {
        "subject_id": subject_id,
        "organ": row.grant.organ,
        "level": row.grant.level,
        "notified_on": row.grant.notified_on.isoformat(),
        "employer_id": row.employer_id,
    }


def _line_of(refusal: Refusal, chunk: Sequence[RegisterRow]) -> int:
    """Find the line of the grant that a refusal names by its number; the first of them if it names none."""
    number = refusal.where.removeprefix("grant ").partition(":")[0]
    return chunk[int(number) - 1 if number.isdecimal() and 1 <= int(number) <= len(chunk) else 0].line


def _shown(items: Sequence[T], label: str) -> Iterator[T]:
    """Give items one after the other, with a bar for a person who watches."""
    with click.progressbar(items, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield from bar
