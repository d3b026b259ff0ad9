"""Design, section 3: never screened, refused, failed, lapsed, suspended, unknown; outward one and the same answer.

Act No. 108 of 2013, Art. 16, and Act No. 27 of 2024, Art. 16: a result is given out for no other purpose. What cannot
be seen in the answer must not be read off the clock either, so that the same statements run, and as much is opened.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fakes.parties import NOW
from fakes.rosters import asked, carried_out, handed_in, lines_of, row_of, sheet, stranger
from fakes.signing import strict
from fakes.unconfirmed import CAUSES
from fakes.world import World
from sqlalchemy import event

from interchange.crypto.vault import Lookup, Sealed, Vault
from interchange.domain.rosters import RosterLine, RowOutcome
from interchange.flows.node import Node
from interchange.flows.rosters import check
from interchange.wire.roster import RosterRow

USUAL = "unknown person"


@dataclass
class Trace:
    """What was asked of the ledger and of the vault, in order."""

    done: list[str] = field(default_factory=list)


class WatchedVault:
    """A vault that writes down what it is asked."""

    def __init__(self, vault: Vault, trace: Trace) -> None:
        """Ask `vault`."""
        self._vault, self._trace = vault, trace

    def open(self, sealed: Sealed, aad: bytes) -> bytes:
        """Open a record."""
        self._trace.done.append("vault open")
        return self._vault.open(sealed, aad)

    def lookups(self, content: bytes) -> list[Lookup]:
        """Hash for a look-up."""
        self._trace.done.append("vault look-up")
        return self._vault.lookups(content)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of the vault
        """Do all else as the vault does."""
        return getattr(self._vault, name)


@contextmanager
def watched(node: Node) -> Iterator[tuple[Node, Trace]]:
    """Give the node with everything written down that is done with its ledger and vault."""
    trace = Trace()

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:  # noqa: ANN401
        # How many values a statement takes is part of it; what they are is not. How many nodes of a lane's tree are new
        # lies in the lane's size alone.
        many = isinstance(values, list) and not statement.startswith("INSERT INTO nodes")
        count = [len(each) for each in values] if many else ""
        trace.done.append(f"{statement} {count}")

    vault: Any = WatchedVault(node.vault, trace)
    event.listen(node.ledger.engine, "before_cursor_execute", note)
    try:
        yield replace(node, vault=vault), trace
    finally:
        event.remove(node.ledger.engine, "before_cursor_execute", note)


def enrol(node: Node, project_id: str, row: RosterRow) -> list[RosterLine]:
    """Enrol one person, from the asking to the answer."""
    roster_id, done = handed_in(node, project_id, row)
    if done.proposal is None:
        carried_out(node, roster_id)
    return [replace(line, subject_id="") for line in lines_of(node, roster_id)]


@pytest.fixture
def project(world: World) -> str:
    """A project in which somebody was asked for before, so that nothing is done for the first time of the day."""
    project_id = world.open_project()
    for row in (stranger(world.home, 2, 99), row_of(world.home, world.clear())):
        enrol(world.home, project_id, row)
    return project_id


def pair(world: World, project: str, cause: str) -> list[RosterRow]:
    """Write somebody of a cause and somebody nobody knows into rows that the coordinator fills in alike."""
    row = CAUSES[cause](world, project)
    return [row, replace(CAUSES[USUAL](world, project), employer_id=row.employer_id)]


@pytest.mark.parametrize("cause", CAUSES)
def test_check_says_not_confirmed_and_nothing_else(world: World, project: str, cause: str) -> None:
    """Whatever the cause, the same words."""
    row = CAUSES[cause](world, project)
    found = check(world.home, asked(project), sheet(row), NOW)
    assert (repr(found.rows[0]), found.rows[0].outcome) == (
        "RowVerdict(line=2, outcome=<RowOutcome.NOT_CONFIRMED: 'not_confirmed'>, confirmed_until=None, faults=())",
        RowOutcome.NOT_CONFIRMED,
    )


@pytest.mark.parametrize("cause", CAUSES)
def test_check_asks_the_same_whatever_the_cause(world: World, project: str, cause: str) -> None:
    """The statements in their order, their texts and numbers of values, and what the vault has to do."""
    traces = []
    for row in pair(world, project, cause):
        with watched(world.home) as (node, trace):
            check(node, asked(project), sheet(row), NOW)
        traces.append(trace.done)
    assert traces[0] == traces[1]


@pytest.mark.parametrize("cause", CAUSES)
def test_enrolment_does_the_same_whatever_the_cause(world: World, project: str, cause: str) -> None:
    """From the asking to the answer; nothing of the line differs but the ids that nobody outside sees."""
    traces, answers = [], []
    for row in pair(world, project, cause):
        with watched(world.home) as (node, trace):
            answers.append(enrol(node, project, row))
        traces.append(trace.done)
    assert (traces[0], answers[0]) == (traces[1], answers[1])
    assert answers[0][0].outcome is RowOutcome.NOT_CONFIRMED


@pytest.mark.parametrize("cause", [*CAUSES, "nothing, for the person is confirmed"])
def test_whether_it_waits_for_a_second_person_shows_nothing(world: World, project: str, cause: str) -> None:
    """In a project that needs two, everybody waits, and the same is done until then."""
    people = pair(world, project, cause) if cause in CAUSES else [row_of(world.home, world.clear())]
    people.append(stranger(world.home))
    strictly, traces = strict(world), []
    for row in people[0], people[-1]:
        with watched(strictly) as (node, trace):
            lines = enrol(node, project, row)
        traces.append((trace.done, [line.outcome for line in lines]))
    assert (traces[0], traces[0][1]) == (traces[1], [RowOutcome.WAITING])


@pytest.mark.parametrize("cause", CAUSES)
def test_mixed_roster_shows_nothing_by_its_statements(world: World, project: str, cause: str) -> None:
    """Also beside somebody who is confirmed."""
    traces = []
    for number, row in enumerate(pair(world, project, cause)):
        beside = row_of(world.home, world.clear(employer_id=row.employer_id), 3, employer_id=row.employer_id)
        with watched(world.home) as (node, trace):
            roster_id, _ = handed_in(node, project, row, beside, request_id=f"request {number}")
            carried_out(node, roster_id)
        traces.append(trace.done)
    assert traces[0] == traces[1]
