"""Rosters as coordinators hand them in, and what became of their lines."""

from dataclasses import replace
from datetime import date
from typing import Any

from fakes.parties import NOW, names_of
from fakes.people import employ

from interchange.domain.identity import Presented
from interchange.domain.rosters import RosterLine
from interchange.flows.carry_out import Step, carry_out_next
from interchange.flows.node import Node
from interchange.flows.perform import Done
from interchange.flows.rosters import Asked, Checked, RowVerdict, check, hand_in
from interchange.flows.subjects import identity_of
from interchange.store import participants, rosters
from interchange.wire.roster import ROSTER_COLUMNS, RosterRow
from interchange.wire.roster import Roster as Sheet
from interchange.wire.table import write_table

COORDINATOR = names_of("JPN").spiffe("coordinator", "yamada")
FIRST, LAST = date(2027, 2, 1), date(2027, 6, 30)
"""Days of taking part, within a project that runs for the whole of 2027."""


def presented(node: Node, subject_id: str) -> Presented:
    """Read by what a person is found."""
    return node.ledger.read(lambda tx: identity_of(node, tx, subject_id)).presented


def row_of(node: Node, subject_id: str, line: int = 2, **changes: Any) -> RosterRow:  # noqa: ANN401 - any field
    """Write a person into a line."""
    return replace(RosterRow(line, presented(node, subject_id), "employer-1", FIRST, LAST), **changes)


def stranger(node: Node, line: int = 2, number: int = 0) -> RosterRow:
    """Write somebody into a line whom nobody knows; the employer is on record."""
    employ(node, "employer-1", "JPN/SDS")
    return RosterRow(line, Presented("NOBODY", "", date(1970, 1, 1), f"XX{number:07}"), "employer-1", FIRST, LAST)


def written(*rows: RosterRow) -> bytes:
    """Write rows into a file, as a coordinator's spreadsheet would."""
    cells = (
        (
            row.presented.passport_family,
            row.presented.passport_given,
            row.presented.birth_date.isoformat(),
            row.presented.document_number,
            row.employer_id,
            row.from_day.isoformat(),
            row.until_day.isoformat(),
        )
        for row in rows
    )
    return write_table(ROSTER_COLUMNS, cells)


def asked(project_id: str, party: str = "KOR", caller: str = COORDINATOR) -> Asked:
    """Ask as a coordinator."""
    return Asked(project_id, party, caller)


def sheet(*rows: RosterRow) -> Sheet:
    """Put rows together that have no fault of their own."""
    return Sheet(rows, ())


def handed_in(
    node: Node, project_id: str, *rows: RosterRow, request_id: str = "", now: int = NOW, caller: str = COORDINATOR
) -> tuple[str, Done]:
    """Hand in a roster towards Korea."""
    content = "".join(f"{row.presented.compared()!r}{row}" for row in rows).encode()
    by_request = {"request_id": request_id or node.chance.uuid(), "now": now}
    return hand_in(node, asked(project_id, caller=caller), sheet(*rows), content, **by_request)  # type: ignore[arg-type]


def carried_out(node: Node, roster_id: str, now: int = NOW) -> list[Step]:
    """Carry a roster out to its end."""
    steps = []
    while step := carry_out_next(node, roster_id, now):
        steps.append(step)
    return steps


def enrolled(node: Node, project_id: str, *rows: RosterRow, now: int = NOW) -> list[RosterLine]:
    """Hand in a roster, carry it out, and give its lines."""
    roster_id, _ = handed_in(node, project_id, *rows, now=now)
    carried_out(node, roster_id, now)
    return lines_of(node, roster_id)


def lines_of(node: Node, roster_id: str) -> list[RosterLine]:
    """Read the lines of a roster as they stand."""
    return node.ledger.read(lambda tx: rosters.lines(tx, roster_id))


def outcomes(lines: list[RosterLine]) -> list[str]:
    """Say what became of lines, in a word each."""
    return [line.outcome.value for line in lines]


def checked(node: Node, project_id: str, *rows: RosterRow, now: int = NOW) -> Checked:
    """Have a roster checked."""
    return check(node, asked(project_id), sheet(*rows), now)


def verdict(node: Node, project_id: str, row: RosterRow, now: int = NOW) -> RowVerdict:
    """Have one row checked."""
    (found,) = checked(node, project_id, row, now=now).rows
    return found


def enrolled_jtis(node: Node, project_id: str) -> list[str]:
    """List the assertions of all who take part."""
    return [each.jti for each in node.ledger.read(lambda tx: participants.page(tx, project_id=project_id))]
