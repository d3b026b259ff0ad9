"""What came of taking over a register, for people and for programs."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import click

from interchange.cli.exits import Exit
from interchange.cli.output import show_json, show_lines, show_proposal, show_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interchange.wire.table import Fault

_COUNTS: Final = {
    "registered": "people registered",
    "found": "people on record before",
    "recorded": "clearances recorded",
    "waiting": "clearances waiting",
    "already_known": "clearances on record before",
    "ended": "clearances that have ended",
    "without_clearance": "people without a clearance",
    "of_other_organs": "rows of other organs",
}
_OF_PROPOSALS: Final = ("proposal_id", "act", "organ", "outcome", "expires_at", "approver_role")
_WOULD: Final = {"registered": "people to register", "recorded": "clearances to record"}


@dataclass(slots=True)
class Report:
    """What was found and done; lines count from 1, and nobody is named.

    Attributes:
        faults: of the file; if there are any, nothing else is.
        dry_run: nothing was done: what is to be registered and recorded would have been.
        subjects: line → UUID of the person, as far as there is one.
        registered, found: people who are new, and who were on record.
        recorded, waiting: clearances that are on record now, and that wait for a second person.
        already_known, ended, without_clearance, of_other_organs: rows of which no clearance was to be recorded.
        recognised_employers, unknown_employers: those that were recognised, or (in a dry run) would have to be.
        proposals: the proposals in which the waiting ones stand.
    """

    faults: tuple[Fault, ...] = ()
    dry_run: bool = False
    subjects: dict[int, str] = field(default_factory=dict)
    registered: int = 0
    found: int = 0
    recorded: int = 0
    waiting: int = 0
    already_known: int = 0
    ended: int = 0
    without_clearance: int = 0
    of_other_organs: int = 0
    recognised_employers: list[str] = field(default_factory=list)
    unknown_employers: list[str] = field(default_factory=list)
    proposals: list[Mapping[str, Any]] = field(default_factory=list)


def show_report(report: Report, *, as_json: bool) -> None:
    """Print what was done, and end with the exit code for faults if there are any."""
    if report.faults:
        faults = [(each.line, each.column, each.reason) for each in report.faults]
        if as_json:
            show_json({"faults": [{"line": n, "column": column, "reason": r.code} for n, column, r in faults]})
        else:
            rows = ((n, column, r.code, f"{r.text}. {r.remedy}") for n, column, r in faults)
            show_table(("line", "column", "reason", ""), rows)
        sys.exit(Exit.NOT_VALID)
    counts = {name: getattr(report, name) for name in _COUNTS}
    employers = report.unknown_employers if report.dry_run else report.recognised_employers
    if as_json:
        subjects = {str(line): subject_id for line, subject_id in sorted(report.subjects.items())}
        kind = "unknown_employers" if report.dry_run else "recognised_employers"
        # What is proposed, grant by grant, is in the file that was taken over.
        proposals = [{name: each[name] for name in _OF_PROPOSALS} for each in report.proposals]
        more = {kind: employers, "proposals": proposals, "subjects": subjects}
        show_json({"dry_run": report.dry_run, **counts, **more})
        return
    labels = _COUNTS if not report.dry_run else _COUNTS | _WOULD
    show_lines(*((labels[name], count) for name, count in counts.items() if count))
    show_lines(("employers not known" if report.dry_run else "employers recognised", ", ".join(employers)))
    for proposal in report.proposals:
        click.echo()
        show_proposal(proposal)
