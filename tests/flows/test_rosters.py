"""Rosters: checked without a trace, handed in once, approved as a whole, carried out whoever is killed meanwhile."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fakes.parties import HOME, NOW, do, names_of
from fakes.refusals import refused
from fakes.rosters import (
    COORDINATOR,
    LAST,
    asked,
    carried_out,
    checked,
    enrolled,
    enrolled_jtis,
    handed_in,
    lines_of,
    outcomes,
    row_of,
    sheet,
    stranger,
    verdict,
)
from fakes.signing import SUZUKI, Person, say, strict
from fakes.world import World, rows

from interchange.crypto.keychain import NoKeys
from interchange.domain.events import AssertionIssued
from interchange.domain.rosters import GROUP, RowOutcome
from interchange.domain.standing import HoldScope
from interchange.errors import Reason, Refusal
from interchange.flows.carry_out import ENROL, EnrolRequest, carry_out_next
from interchange.flows.node import Node
from interchange.flows.participants import WITHDRAW, WithdrawRequest
from interchange.flows.perform import perform
from interchange.flows.projects import CLOSE, CloseRequest
from interchange.flows.rosters import check, hand_in
from interchange.store import misses, participants, rosters
from interchange.wire.roster import RosterRow
from interchange.wire.table import Fault

YAMADA = Person("yamada", "coordinator")
NEVER = {"subjects", "proposals", "participants", "assertions", "rosters", "roster_lines", "leaves", "requests"}
"""Tables in which a check leaves nothing."""

LOWER = {"ceiling": "JPN/CESI", "partners": (("AUS", "JPN-AUS-2013"),)}
"""A project whose ceiling needs one person alone; Korea's agreement has no row for it."""


def several(world: World, count: int) -> list[RosterRow]:
    """Clear people and write them into lines, from the second on."""
    return [row_of(world.home, world.clear(), line) for line in range(2, count + 2)]


# -- check -----------------------------------------------------------------------------------------------------------


def test_checked_row_says_until_when(world: World) -> None:
    """The last day of taking part, if nothing ends before it."""
    found = verdict(world.home, world.open_project(), row_of(world.home, world.clear()))
    assert (found.line, found.outcome, found.confirmed_until) == (2, RowOutcome.CONFIRMED, LAST)


def test_clearance_that_ends_before_the_last_day_says_so(world: World) -> None:
    """Whatever ends first, the last day of it is what a coordinator hears."""
    subject_id = world.clear(notified_on=date(2022, 4, 1))
    found = verdict(world.home, world.open_project(), row_of(world.home, subject_id))
    assert found.confirmed_until == date(2027, 3, 31)


def test_checking_keeps_nothing_but_the_count(world: World) -> None:
    """Not of a person who is confirmed, and not of one who is not."""
    project_id, one = world.open_project(), row_of(world.home, world.clear())
    nobody = stranger(world.home, 3)
    before = rows(world.home)
    checked(world.home, project_id, one, nobody)
    after = rows(world.home)
    changed = {table for table in before if before[table] != after[table]}
    assert (changed, after["misses"][0][2]) == ({"misses"}, 1)


def test_person_enrolled_before_is_told_as_such(world: World) -> None:
    """With the day until which the person is confirmed by the assertion that stands."""
    project_id, one = world.open_project(), row_of(world.home, world.clear())
    enrolled(world.home, project_id, one)
    found = verdict(world.home, project_id, one)
    assert (found.outcome, found.confirmed_until) == (RowOutcome.ALREADY, LAST)


FAULTS: dict[str, tuple[dict[str, Any], list[Fault]]] = {
    "an employer that nobody recorded": ({"employer_id": "nobody"}, [Fault(2, "employer", Reason.EMPLOYER_UNKNOWN)]),
    "a first day before the project's": (
        {"from_day": date(2026, 12, 31)},
        [Fault(2, "from", Reason.DAYS_OUTSIDE)],
    ),
    "a last day after the project's": ({"until_day": date(2028, 1, 1)}, [Fault(2, "to", Reason.DAYS_OUTSIDE)]),
    "a last day that is over": (
        {"from_day": date(2027, 1, 1), "until_day": date(2027, 1, 14)},
        [Fault(2, "to", Reason.DATE_ABSURD)],
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_row_is_faulty(world: World, name: str) -> None:
    """What is wrong with the file is said with its column, whoever the person is."""
    changes, faults = FAULTS[name]
    project_id = world.open_project()
    for row in (row_of(world.home, world.clear(), **changes), replace(stranger(world.home), **changes)):
        found = verdict(world.home, project_id, row)
        assert (found.outcome, list(found.faults)) == (None, faults)


def test_verdicts_stand_in_the_order_of_the_file(world: World) -> None:
    """Faults of the file's form, those that the ledger shows, and people."""
    project_id, node = world.open_project(), world.home
    read = sheet(row_of(node, world.clear(), 2), stranger(node, 4), replace(stranger(node, 5), employer_id="nobody"))
    read = replace(read, faults=(Fault(3, "birth_date", Reason.DATE_AMBIGUOUS),))
    found = [(row.line, row.outcome) for row in check(node, asked(project_id), read, NOW).rows]
    assert found == [(2, RowOutcome.CONFIRMED), (3, None), (4, RowOutcome.NOT_CONFIRMED), (5, None)]


# -- hand in ---------------------------------------------------------------------------------------------------------


def test_roster_with_a_fault_is_refused_whole(world: World) -> None:
    """How many rows have one, and where the first stands; the others are not enrolled either."""
    node, project_id = world.home, world.open_project()
    bad = [replace(stranger(node, line, line), employer_id="nobody") for line in (3, 4)]
    good = row_of(node, world.clear(), 2)
    before = rows(node)
    with pytest.raises(Refusal) as caught:
        handed_in(node, project_id, good, *bad)
    told = (caught.value.reason, caught.value.where)
    assert (told, rows(node) == before) == ((Reason.ROSTER_FAULTS, "2 rows, the first in line 3"), True)


def test_fault_about_one_person_is_refused_as_such(world: World) -> None:
    """Who enrols one person has no lines to look up."""
    node, project_id = world.home, world.open_project()
    bad = replace(stranger(node), employer_id="nobody")
    with refused(Reason.EMPLOYER_UNKNOWN):
        hand_in(node, asked(project_id), sheet(bad), b"one", request_id=node.chance.uuid(), now=NOW, one=True)


def test_enrolled_person_has_an_assertion_at_the_partner(world: World) -> None:
    """Signed, told in the lane, and valid there."""
    project_id = world.open_project()
    (line,) = enrolled(world.home, project_id, row_of(world.home, world.clear(), from_day=date(2027, 1, 1)))
    (jti,) = enrolled_jtis(world.home, project_id)
    world.follow()
    assert (line.outcome, world.verdict("KOR", jti).reason) == (RowOutcome.CONFIRMED, None)


def test_assertion_of_a_participant_lasts_for_the_days_of_taking_part(world: World) -> None:
    """It begins with the first and ends with the last of them, in the home party's zone."""
    project_id = world.open_project()
    enrolled(world.home, project_id, row_of(world.home, world.clear()))
    claims = world.claims(enrolled_jtis(world.home, project_id)[0])
    assert (claims["nbf"], claims["exp"]) == (1_801_407_600, 1_814_367_600)


def test_people_are_enrolled_before_the_project_begins(world: World) -> None:
    """Their assertions begin with their own first days."""
    project_id = world.open_project(from_day=date(2027, 2, 1))
    (line,) = enrolled(world.home, project_id, row_of(world.home, world.clear()))
    assert line.outcome is RowOutcome.CONFIRMED


def test_mixed_roster_enrols_those_who_are_confirmed(world: World) -> None:
    """Each line for itself."""
    node, project_id = world.home, world.open_project()
    found = enrolled(
        node, project_id, row_of(node, world.clear(), 2), stranger(node, 3), row_of(node, world.clear(), 4)
    )
    assert outcomes(found) == ["confirmed", "not_confirmed", "confirmed"]
    assert len(enrolled_jtis(node, project_id)) == 2


def test_same_roster_again_enrols_nobody_twice(world: World) -> None:
    """Under another request id, everybody stands there as enrolled before."""
    node, project_id, people = world.home, world.open_project(), several(world, 2)
    enrolled(node, project_id, *people)
    assert outcomes(enrolled(node, project_id, *people)) == ["already", "already"]


def test_repeated_request_gives_the_same_roster(world: World) -> None:
    """Also when the project has closed since, and a new request would be refused."""
    node, project_id, people = world.home, world.open_project(), several(world, 2)
    first, _ = handed_in(node, project_id, *people, request_id="r1")
    carried_out(node, first)
    before = rows(node)
    assert handed_in(node, project_id, *people, request_id="r1")[0] == first
    assert rows(node) == before


def test_another_file_under_the_same_request_id_is_refused(world: World) -> None:
    """The vault's fingerprint of the file stands for it."""
    node, project_id, people = world.home, world.open_project(), several(world, 2)
    handed_in(node, project_id, *people, request_id="r1")
    with refused(Reason.REQUEST_ID_REUSED):
        handed_in(node, project_id, *people[:1], request_id="r1")


def test_empty_roster_is_refused(world: World) -> None:
    """There is nobody to enrol."""
    with refused(Reason.FIELD_MISSING):
        handed_in(world.home, world.open_project())


def closed(world: World) -> str:
    """Open a project and close it."""
    return do(world.home, CLOSE, CloseRequest(world.open_project()))


def stopped(world: World) -> str:
    """Open a project and stop it."""
    project_id = world.open_project()
    world.suspend(HoldScope.PROJECT, project_id)
    return project_id


REFUSED_PROJECTS: dict[str, tuple[Reason, Callable[[World], str]]] = {
    "one that nobody knows": (Reason.NOT_KNOWN, lambda world: "nothing"),
    "one without that partner": (
        Reason.NOT_KNOWN,
        lambda world: world.open_project(partners=(("AUS", "JPN-AUS-2013"),)),
    ),
    "one that is over": (
        Reason.PROJECT_CLOSED,
        lambda world: world.open_project(from_day=date(2026, 1, 1), until_day=date(2026, 12, 31)),
    ),
    "one that is closed": (Reason.PROJECT_CLOSED, closed),
    "one that is stopped": (Reason.HELD, stopped),
}


@pytest.mark.parametrize("name", REFUSED_PROJECTS)
def test_project_takes_nobody(world: World, name: str) -> None:
    """Whoever they are; a check says the same."""
    reason, make = REFUSED_PROJECTS[name]
    project_id, one = make(world), stranger(world.home)
    with refused(reason):
        handed_in(world.home, project_id, one)
    with refused(reason):
        checked(world.home, project_id, one)


def test_coordinator_bound_to_an_organ_enrols_by_its_grants(world: World) -> None:
    """As an officer of one issues on its own grants alone; whoever others cleared is not confirmed to it."""
    node, project_id = world.home, world.open_project()
    people = [row_of(node, world.clear(organ=organ), line) for line, organ in ((2, "JPN/METI"), (3, "JPN/CAO"))]
    bound = names_of(HOME).spiffe("coordinator", "yamada", "METI")
    found = check(node, asked(project_id, caller=bound), sheet(*people), NOW).rows
    roster_id, _ = handed_in(node, project_id, *people, caller=bound)
    carried_out(node, roster_id)
    assert [row.outcome for row in found] == [RowOutcome.CONFIRMED, RowOutcome.NOT_CONFIRMED]
    assert outcomes(lines_of(node, roster_id)) == ["confirmed", "not_confirmed"]


# -- groups ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(world: World) -> list[RosterRow]:
    """A roster of two groups and a half, in which nearly everybody is a stranger."""
    node = world.home
    some = [stranger(node, line, line) for line in range(2, 2 + 5 * GROUP // 2)]
    for place in (0, GROUP - 1, GROUP, len(some) - 1):
        some[place] = row_of(node, world.clear(), some[place].line)
    return some


def test_roster_is_carried_out_in_groups(world: World, crowd: list[RosterRow]) -> None:
    """Each in a transaction of its own, so that a revocation never waits for all of them."""
    roster_id, _ = handed_in(world.home, world.open_project(), *crowd)
    assert [step.left for step in carried_out(world.home, roster_id)] == [150, 50, 0]


def test_group_tells_the_lane_in_order(world: World, crowd: list[RosterRow]) -> None:
    """One leaf for each who is confirmed."""
    enrolled(world.home, world.open_project(), *crowd)
    assert len([event for event in world.events("KOR") if isinstance(event, AssertionIssued)]) == 4


def test_roster_that_is_interrupted_ends_as_if_it_had_not_been(
    world: World, crowd: list[RosterRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was killed last is found and done again, and the same command again goes on."""
    node, project_id = world.home, world.open_project()
    for place, last in ((participants, "add_all"), (rosters, "put_outcomes")):
        with monkeypatch.context() as patched:
            patched.setattr(place, last, _killed)
            roster_id, _ = handed_in(node, project_id, *crowd, request_id="r1")
            with pytest.raises(KeyboardInterrupt):
                carry_out_next(node, roster_id, NOW)
        carry_out_next(node, roster_id, NOW)
    carried_out(node, handed_in(node, project_id, *crowd, request_id="r1")[0])
    found = outcomes(lines_of(node, roster_id))
    confirmed = len(enrolled_jtis(node, project_id))
    issued = len([event for event in world.events("KOR") if isinstance(event, AssertionIssued)])
    assert (found.count("confirmed"), found.count("not_confirmed"), confirmed, issued) == (4, 246, 4, 4)


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_group_that_another_worker_carried_out_is_not_done_again(world: World, crowd: list[RosterRow]) -> None:
    """Two who take the same group in hand are one request."""
    node = world.home
    roster_id, _ = handed_in(node, world.open_project(), *crowd)
    carry_out_next(node, roster_id, NOW)
    before = rows(node)
    again = perform(node, ENROL, EnrolRequest(roster_id, 2), caller=COORDINATOR, request_id=f"{roster_id}/2", now=NOW)
    assert (again.replayed, rows(node) == before) == (True, True)


def test_done_roster_has_nothing_left(world: World) -> None:
    """It says when it was done, and a further step does nothing."""
    node = world.home
    roster_id, _ = handed_in(node, world.open_project(), stranger(node))
    carried_out(node, roster_id)
    roster = node.ledger.read(lambda tx: rosters.get(tx, roster_id))
    assert roster is not None
    assert (roster.done_at, carry_out_next(node, roster_id, NOW)) == (NOW, None)


def test_stopped_project_keeps_its_roster_waiting(world: World) -> None:
    """Nobody is marked, and the roster goes on when the stop is lifted."""
    node, project_id = world.home, world.open_project()
    roster_id, _ = handed_in(node, project_id, row_of(node, world.clear()))
    hold = world.suspend(HoldScope.PROJECT, project_id)
    with refused(Reason.HELD):
        carry_out_next(node, roster_id, NOW)
    world.reinstate(hold)
    carried_out(node, roster_id)
    assert outcomes(lines_of(node, roster_id)) == ["confirmed"]


def test_closed_project_ends_its_roster(world: World) -> None:
    """It does not open again, so that nobody waits for it."""
    node, project_id = world.home, world.open_project()
    roster_id, _ = handed_in(node, project_id, row_of(node, world.clear()))
    do(node, CLOSE, CloseRequest(project_id))
    carried_out(node, roster_id)
    assert outcomes(lines_of(node, roster_id)) == ["not_confirmed"]


def test_node_that_cannot_sign_marks_nobody(world: World) -> None:
    """A missing key is not the person's fault, and is not told as such."""
    node, project_id = world.home, world.open_project()
    roster_id, _ = handed_in(node, project_id, row_of(node, world.clear()))
    with refused(Reason.SIGNER_UNAVAILABLE):
        carry_out_next(replace(node, signers=NoKeys()), roster_id, NOW)
    assert outcomes(lines_of(node, roster_id)) == ["waiting"]


def test_person_who_stands_in_two_rows_is_enrolled_once(world: World) -> None:
    """Also where a file calls one person by two spellings."""
    node, one = world.home, row_of(world.home, world.clear())
    found = enrolled(node, world.open_project(), one, replace(one, line=3))
    assert sorted(outcomes(found)) == ["confirmed", "not_confirmed"]


def test_assertion_that_an_officer_issued_is_taken_for_the_participant(world: World) -> None:
    """The partner has one assertion for a person and project, whoever asked for it first."""
    node, project_id, subject_id = world.home, world.open_project(), world.clear()
    jti = world.issue(project_id, subject_id)
    assert outcomes(enrolled(node, project_id, row_of(node, subject_id))) == ["confirmed"]
    assert enrolled_jtis(node, project_id) == [jti]


def test_person_who_was_withdrawn_is_enrolled_anew(world: World) -> None:
    """With another assertion, and once in the list."""
    node, project_id, one = world.home, world.open_project(), row_of(world.home, world.clear())
    (line,) = enrolled(node, project_id, one)
    (before,) = enrolled_jtis(node, project_id)
    do(node, WITHDRAW, WithdrawRequest(line.participant_id or ""))
    assert outcomes(enrolled(node, project_id, one)) == ["confirmed"]
    (after,) = enrolled_jtis(node, project_id)
    assert before != after


def test_person_whose_assertion_ended_is_enrolled_in_the_old_ones_place(world: World) -> None:
    """The list has nobody twice."""
    node, project_id, one = world.home, world.open_project(), row_of(world.home, world.clear())
    enrolled(node, project_id, one)
    world.revoke(enrolled_jtis(node, project_id)[0])
    assert outcomes(enrolled(node, project_id, one)) == ["confirmed"]
    assert len(enrolled_jtis(node, project_id)) == 1


# -- two people ------------------------------------------------------------------------------------------------------


def proposed(world: World, *people: RosterRow, node: Node | None = None) -> tuple[Node, str, Any]:
    """Hand in a roster for a project whose ceiling needs two people."""
    project_id = world.open_project()
    strictly = node or strict(world)
    roster_id, done = handed_in(strictly, project_id, *people)
    return strictly, roster_id, done.proposal


def test_whether_a_second_person_is_needed_lies_in_the_project(world: World) -> None:
    """Of the lower tier one is enough, of the upper one not; whoever the people are."""
    low, high = world.open_project(**LOWER, floor="JPN/CESI"), world.open_project()
    some = [stranger(world.home), row_of(world.home, world.clear("JPN/CESI")), row_of(world.home, world.clear())]
    node = strict(world)
    by_project = {
        project_id: [
            hand_in(
                node,
                asked(project_id, "AUS"),
                sheet(one),
                str(number).encode(),
                request_id=node.chance.uuid(),
                now=NOW,
            )[1].proposal
            is None
            for number, one in enumerate(some)
        ]
        for project_id in (low, high)
    }
    assert by_project == {low: [True] * 3, high: [False] * 3}


def test_roster_is_one_proposal(world: World) -> None:
    """Nobody is enrolled before two people have signed, and then all are."""
    node, roster_id, proposal = proposed(world, *several(world, 3))
    assert carry_out_next(node, roster_id, NOW) is None
    say(node, proposal, YAMADA)
    assert carry_out_next(node, roster_id, NOW) is None
    say(node, proposal, SUZUKI)
    carried_out(node, roster_id)
    assert outcomes(lines_of(node, roster_id)) == ["confirmed"] * 3


def test_coordinator_cannot_approve(world: World) -> None:
    """Neither the one who handed it in under another certificate, nor another one."""
    node, _, proposal = proposed(world, stranger(world.home))
    say(node, proposal, YAMADA)
    with refused(Reason.CALLER_NOT_ALLOWED):
        say(node, proposal, Person("tanaka", "coordinator"))


def edit(node: Node, statement: str, *values: object) -> None:
    """Change the database by hand."""
    path = node.ledger.engine.url.database
    assert path is not None
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement, values).rowcount > 0


EDITS = {
    "another person in a line": "UPDATE roster_lines SET subject_id = ? WHERE line = 2",
    "another employer": "UPDATE roster_lines SET employer_id = ? WHERE line = 2",
    "a later last day": "UPDATE roster_lines SET until_day = substr(?, 1, 0) || '2027-12-31' WHERE line = 2",
    "another line number": "UPDATE roster_lines SET line = 99 + length(?) WHERE line = 2",
}


@pytest.mark.parametrize("name", EDITS)
def test_roster_whose_rows_were_edited_is_not_carried_out(world: World, name: str) -> None:
    """What two people sign covers all lines."""
    other = world.clear()
    node, roster_id, proposal = proposed(world, *several(world, 2))
    say(node, proposal, YAMADA)
    edit(node, EDITS[name], other)
    with refused(Reason.AUDIT_BROKEN):
        say(node, proposal, SUZUKI)
    assert carry_out_next(node, roster_id, NOW) is None


@pytest.mark.parametrize("name", EDITS)
def test_roster_whose_rows_are_edited_after_the_approval_enrols_nobody(world: World, name: str) -> None:
    """The signatures are looked at again for each group."""
    other = world.clear()
    node, roster_id, proposal = proposed(world, *several(world, 2))
    say(node, proposal, YAMADA)
    say(node, proposal, SUZUKI)
    edit(node, EDITS[name], other)
    with refused(Reason.PROPOSAL_SIGNATURE):
        carry_out_next(node, roster_id, NOW)


def test_roster_marked_as_approved_by_hand_enrols_nobody(world: World) -> None:
    """A row approves nothing."""
    node, roster_id, proposal = proposed(world, *several(world, 1))
    say(node, proposal, YAMADA)
    edit(node, "UPDATE rosters SET approved_at = ?", NOW)
    edit(node, "UPDATE proposals SET outcome = 'executed', result = ?", roster_id)
    with refused(Reason.PROPOSAL_SIGNATURE):
        carry_out_next(node, roster_id, NOW)


def test_lines_that_are_done_are_not_opened_again_by_hand(world: World) -> None:
    """A line in the midst of others that wait is a sign of an edited row."""
    node = world.home
    roster_id, _ = handed_in(node, world.open_project(), *several(world, 2))
    edit(node, "UPDATE roster_lines SET outcome = 'confirmed' WHERE line = ?", 3)
    with refused(Reason.AUDIT_BROKEN):
        carry_out_next(node, roster_id, NOW)


# -- misses ----------------------------------------------------------------------------------------------------------


def missed(node: Node, caller: str = COORDINATOR) -> int:
    """Read how many misses a coordinator has today."""
    return node.ledger.read(lambda tx: misses.on(tx, caller, node.today(NOW)))


def test_misses_are_counted_however_one_asks(world: World) -> None:
    """By a check as by an enrolment; people who are confirmed do not count."""
    node, project_id = world.home, world.open_project()
    checked(node, project_id, row_of(node, world.clear(), 2), stranger(node, 3))
    first = missed(node)
    enrolled(node, project_id, row_of(node, world.clear(), 2), stranger(node, 3), stranger(node, 4, 1))
    assert (first, missed(node)) == (1, 3)


def test_quota_ends_the_asking_of_that_day(world: World) -> None:
    """For that coordinator; another may ask, and the first one tomorrow."""
    node, project_id = replace(world.home, misses_per_day=2), world.open_project()
    enrolled(node, project_id, stranger(node, 2), stranger(node, 3, 1))
    for ask in (checked, handed_in):
        with refused(Reason.MISSES_QUOTA):
            ask(node, project_id, row_of(node, world.clear()))
    assert handed_in(node, project_id, stranger(node), caller=f"{COORDINATOR}-2")[0]
    assert checked(node, project_id, stranger(node), now=NOW + 86_400).rows


def test_roster_that_reaches_the_quota_is_carried_out_to_its_end(world: World) -> None:
    """What was asked in time is answered, also when the same command is given again."""
    node, project_id = replace(world.home, misses_per_day=2), world.open_project()
    people = [stranger(node, line, line) for line in range(2, 2 + GROUP + 1)]
    roster_id, _ = handed_in(node, project_id, *people, request_id="r1")
    carried_out(node, roster_id)
    assert handed_in(node, project_id, *people, request_id="r1")[0] == roster_id
    assert set(outcomes(lines_of(node, roster_id))) == {"not_confirmed"}


def test_alarm_is_raised_once(world: World) -> None:
    """With the step that reaches the quota."""
    node, project_id = replace(world.home, misses_per_day=GROUP), world.open_project()
    people = [stranger(node, line, line) for line in range(2, 2 + 2 * GROUP)]
    roster_id, _ = handed_in(node, project_id, *people)
    assert [step.alarm for step in carried_out(node, roster_id)] == [True, False]


def test_check_that_reaches_the_quota_raises_the_alarm(world: World) -> None:
    """As an enrolment does."""
    node, project_id = replace(world.home, misses_per_day=2), world.open_project()
    found = [checked(node, project_id, stranger(node, 2, number)).alarm for number in range(2)]
    assert found == [False, True]
