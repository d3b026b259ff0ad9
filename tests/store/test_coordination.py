"""Participants, rosters and misses in the ledger, on both databases."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fakes.records import AUTHORITY, EMPLOYER, LANE, NOW, issue, project, register
from fakes.refusals import refused

from interchange.domain.events import AssertionIssued, HoldPlaced, Revoked, Scope
from interchange.domain.projects import Participant
from interchange.domain.rosters import Roster, RosterLine, RowOutcome
from interchange.domain.standing import Standing
from interchange.errors import Reason
from interchange.store import employers, misses, participants, projects, rosters, told
from interchange.store.ledger import Ledger, Tx
from interchange.store.participants import Live

DAY, NEXT = date(2027, 1, 15), date(2027, 1, 16)
PARTICIPANT = Participant(
    participant_id="t1",
    project_id="p1",
    subject_id="s1",
    party="BBB",
    employer_id="e1",
    from_day=DAY,
    until_day=NEXT,
    jti="j1",
    enrolled_at=NOW,
)
ROSTER = Roster("r1", "p1", "BBB", "caller", "digest", 3, NOW)
LINES = tuple(RosterLine(line, f"s{line}", "e1", DAY, NEXT) for line in (2, 3, 5))


def enrol(tx: Tx, **changes: Any) -> Participant:  # noqa: ANN401 - any field
    """Record a participant with an assertion and a subject."""
    made = replace(PARTICIPANT, **changes)
    register(tx, made.subject_id)
    issue(tx, made.jti, idx=int(made.jti[1:]), subject_id=made.subject_id)
    participants.add_all(tx, [made])
    return made


def hand_in(tx: Tx, roster: Roster = ROSTER) -> None:
    """Record a roster with its project."""
    if projects.get(tx, roster.project_id) is None:
        projects.add(tx, project(roster.project_id), NOW)
    rosters.add(tx, roster, LINES)


# -- participants ----------------------------------------------------------------------------------------------------


def test_participant_is_read_back_as_it_was_added(ledger: Ledger) -> None:
    """By the id, in lists and among several."""
    added = ledger.transact(enrol)
    found = ledger.read(
        lambda tx: [participants.get(tx, "t1"), *participants.page(tx), *participants.of_ids(tx, ["t0", "t1"])]
    )
    assert found == [added] * 3


def test_unknown_participant_is_none(ledger: Ledger) -> None:
    """And so is nobody at all in a list of nobody."""
    assert ledger.read(lambda tx: (participants.get(tx, "t1"), participants.page(tx))) == (None, [])


def test_ended_participant_is_known_and_not_listed(ledger: Ledger) -> None:
    """A withdrawal leaves the row."""
    added = ledger.transact(enrol)
    ledger.transact(lambda tx: participants.end(tx, "t1", NOW + 5))
    found = ledger.read(lambda tx: (participants.get(tx, "t1"), participants.page(tx)))
    assert found == (replace(added, ended_at=NOW + 5), [])


def test_new_enrolment_ends_the_one_before(ledger: Ledger) -> None:
    """Of the same person in the same project towards the same partner; of others none."""
    ledger.transact(enrol)
    ledger.transact(lambda tx: enrol(tx, participant_id="t2", jti="j2", subject_id="s2"))
    ledger.transact(lambda tx: enrol(tx, participant_id="t3", jti="j3", enrolled_at=NOW + 9))
    assert [each.participant_id for each in ledger.read(participants.page)] == ["t2", "t3"]


def test_list_is_filtered_and_paged(ledger: Ledger) -> None:
    """By project and partner, from one id on."""
    for number in (1, 2, 3):
        jti, subject_id = f"j{number}", f"s{number}"
        ledger.transact(
            lambda tx, jti=jti, subject_id=subject_id: enrol(  # type: ignore[misc]
                tx, participant_id=f"t{jti[1]}", jti=jti, subject_id=subject_id
            )
        )

    def ids(tx: Tx, **which: Any) -> list[str]:  # noqa: ANN401
        return [each.participant_id for each in participants.page(tx, **which)]

    assert ledger.read(lambda tx: ids(tx, project_id="p1", party="BBB", after="t1", limit=1)) == ["t2"]
    assert ledger.read(lambda tx: [ids(tx, project_id="p2"), ids(tx, party="CCC")]) == [[], []]


def tell(tx: Tx, *events: Any) -> None:  # noqa: ANN401
    """Apply events to what lanes have told."""
    for event in events:
        told.record(tx, AUTHORITY, f"{AUTHORITY}/lane/BBB/1", 0, event)


HOLDS = {
    "on the assertion": HoldPlaced("h1", Scope.ASSERTION, "j1"),
    "on the project": HoldPlaced("h1", Scope.PROJECT, "reference-p1-BBB"),
    "on the agreement": HoldPlaced("h1", Scope.AGREEMENT, "AAA-BBB-2020"),
}
ELSEWHERE = {
    "on another assertion": HoldPlaced("h1", Scope.ASSERTION, "j2"),
    "on a project that is called as the assertion": HoldPlaced("h1", Scope.PROJECT, "j1"),
    "on another agreement": HoldPlaced("h1", Scope.AGREEMENT, "AAA-BBB-2021"),
}


@pytest.mark.parametrize("name", [*HOLDS, *ELSEWHERE])
def test_hold_decides_by_what_it_is_on(ledger: Ledger, name: str) -> None:
    """As `told.about` says of one assertion, so it is said of many."""
    ledger.transact(enrol)
    ledger.transact(lambda tx: tell(tx, (HOLDS | ELSEWHERE)[name]))
    found = ledger.read(lambda tx: participants.live(tx, AUTHORITY, ["s1"], "p1", "BBB", NOW))
    standing = Standing.SUSPENDED if name in HOLDS else Standing.VALID
    assert found == {"s1": Live("j1", NOW + 1000, standing, "t1")}
    confirmed = ledger.read(lambda tx: participants.confirmed(tx, AUTHORITY, ["j1"], NOW))
    assert confirmed == ({} if name in HOLDS else {"j1": NOW + 1000})


def test_assertion_without_a_participant_is_live_too(ledger: Ledger) -> None:
    """An officer may have issued it."""
    ledger.transact(register)
    ledger.transact(issue)
    found = ledger.read(lambda tx: participants.live(tx, AUTHORITY, ["s1", "s2"], "p1", "BBB", NOW))
    assert found == {"s1": Live("j1", NOW + 1000, Standing.VALID, None)}


@pytest.mark.parametrize(
    ("project_id", "party", "now"), [("p2", "BBB", NOW), ("p1", "CCC", NOW), ("p1", "BBB", NOW + 1000)]
)
def test_assertion_for_something_else_is_not_live_here(ledger: Ledger, project_id: str, party: str, now: int) -> None:
    """Another project, another partner, or past its end."""
    ledger.transact(enrol)
    assert ledger.read(lambda tx: participants.live(tx, AUTHORITY, ["s1"], project_id, party, now)) == {}


def test_nobody_is_confirmed_past_the_end(ledger: Ledger) -> None:
    """The last second counts, and the next one does not."""
    ledger.transact(enrol)
    found = ledger.read(
        lambda tx: [participants.confirmed(tx, AUTHORITY, ["j1"], now) for now in (NOW + 999, NOW + 1000)]
    )
    assert found == [{"j1": NOW + 1000}, {}]


# -- rosters ---------------------------------------------------------------------------------------------------------


def test_roster_is_read_back_as_it_was_added(ledger: Ledger) -> None:
    """With its lines in their order."""
    ledger.transact(hand_in)
    found = ledger.read(lambda tx: (rosters.get(tx, "r1"), tuple(rosters.lines(tx, "r1")), rosters.get(tx, "r2")))
    assert found == (ROSTER, LINES, None)


def test_lines_come_in_pages(ledger: Ledger) -> None:
    """From the one after a number on."""
    ledger.transact(hand_in)
    assert ledger.read(lambda tx: rosters.lines(tx, "r1", after=2, limit=1)) == [LINES[1]]


def test_roster_is_done_with_its_last_line(ledger: Ledger) -> None:
    """And not before; what became of each line stays."""
    ledger.transact(hand_in)
    ledger.transact(lambda tx: rosters.approve(tx, "r1", NOW + 1))
    steps = [[(2, RowOutcome.CONFIRMED, "t1")], [(3, RowOutcome.NOT_CONFIRMED, None), (5, RowOutcome.ALREADY, "t1")]]
    seen = []
    for now, outcomes in enumerate(steps, NOW + 2):
        ledger.transact(lambda tx, now=now, outcomes=outcomes: rosters.put_outcomes(tx, "r1", outcomes, now))  # type: ignore[misc]
        seen.append(
            ledger.read(lambda tx: (rosters.waiting(tx, "r1"), rosters.first_waiting(tx, "r1"), rosters.get(tx, "r1")))
        )
    approved = replace(ROSTER, approved_at=NOW + 1)
    assert seen == [(2, 3, approved), (0, None, replace(approved, done_at=NOW + 3))]
    found = [(line.outcome, line.participant_id) for line in ledger.read(lambda tx: rosters.lines(tx, "r1"))]
    assert found == [(RowOutcome.CONFIRMED, "t1"), (RowOutcome.NOT_CONFIRMED, None), (RowOutcome.ALREADY, "t1")]


def test_unfinished_rosters_are_those_approved_and_not_done(ledger: Ledger) -> None:
    """The oldest first; one just approved is its caller's own for a while."""
    for name, at in (("r1", NOW + 5), ("r2", NOW), ("r3", NOW), ("r4", NOW)):
        ledger.transact(lambda tx, name=name, at=at: hand_in(tx, replace(ROSTER, roster_id=name, at=at)))  # type: ignore[misc]
    for name, at in (("r1", NOW + 6), ("r2", NOW + 7), ("r4", NOW + 9)):
        ledger.transact(lambda tx, name=name, at=at: rosters.approve(tx, name, at))  # type: ignore[misc]
    found = ledger.read(lambda tx: rosters.unfinished(tx, NOW + 9))
    assert [each.roster_id for each in found] == ["r2", "r1"]


# -- misses, employers -----------------------------------------------------------------------------------------------


def test_misses_are_counted_by_caller_and_day(ledger: Ledger) -> None:
    """Also none at all, and none more."""
    for caller, day, count in (("one", DAY, 0), ("one", DAY, 3), ("one", DAY, 2), ("one", NEXT, 1), ("two", DAY, 7)):
        ledger.transact(lambda tx, of=(caller, day, count): misses.add(tx, *of))  # type: ignore[misc]
    found = ledger.read(lambda tx: [misses.on(tx, *of) for of in (("one", DAY), ("one", NEXT), ("two", NEXT))])
    assert found == [5, 1, 0]


def test_employers_on_record_are_found_among_codes(ledger: Ledger) -> None:
    """Recognised or not."""
    ledger.transact(lambda tx: employers.put(tx, replace(EMPLOYER, ended_at=NOW)))
    assert ledger.read(lambda tx: employers.among(tx, ["e1", "e2"])) == {"e1"}


# -- what was told ---------------------------------------------------------------------------------------------------


def test_many_assertions_are_told_as_each_would_be(ledger: Ledger) -> None:
    """In one go, with their numbers and slots."""
    ledger.transact(lambda tx: [issue(tx, f"j{number}", idx=number) for number in (1, 2)])
    events = [(number - 1, AssertionIssued(f"j{number}", number, f"digest-{number}")) for number in (1, 2)]
    origin = f"{AUTHORITY}/lane/BBB/1"
    ledger.transact(lambda tx: told.record_issued(tx, AUTHORITY, origin, events))
    found = ledger.read(lambda tx: sorted(told.issued_in(tx, origin)))
    assert found == [("j1", 0, "digest-1", False), ("j2", 1, "digest-2", False)]


@pytest.fixture
def told_twice(ledger: Ledger) -> Ledger:
    """A lane that has told two assertions."""
    ledger.transact(lambda tx: [issue(tx, f"j{number}", idx=number) for number in (1, 2)])
    events = [(number - 1, AssertionIssued(f"j{number}", number, "digest")) for number in (1, 2)]
    ledger.transact(lambda tx: told.record_issued(tx, AUTHORITY, LANE, events))
    return ledger


def test_many_revocations_are_told_as_each_would_be(told_twice: Ledger) -> None:
    """In one go, each with its own leaf."""
    told_twice.transact(lambda tx: told.record_revoked(tx, AUTHORITY, LANE, [(7, Revoked("j1")), (8, Revoked("j2"))]))
    found = told_twice.read(lambda tx: [told.place_of(tx, AUTHORITY, jti) for jti in ("j1", "j2")])
    assert found == [(LANE, 0, True), (LANE, 1, True)]


@pytest.mark.parametrize("second", ["j1", "j3"])
def test_many_revocations_are_refused_if_one_ends_nothing(told_twice: Ledger, second: str) -> None:
    """One told twice, or one that was never told."""
    events = [(7, Revoked("j1")), (8, Revoked(second))]
    with refused(Reason.LEAF_FORM):
        told_twice.transact(lambda tx: told.record_revoked(tx, AUTHORITY, LANE, events))


def test_many_assertions_are_refused_if_one_was_told_before(told_twice: Ledger) -> None:
    """A jti is told once."""
    with refused(Reason.LEAF_FORM):
        told_twice.transact(
            lambda tx: told.record_issued(tx, AUTHORITY, LANE, [(7, AssertionIssued("j2", 3, "digest"))])
        )
