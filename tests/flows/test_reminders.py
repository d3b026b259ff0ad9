"""Reminders before an end: when, of what, once, and about nobody."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from fakes.parties import DAY, HOME, NOW
from fakes.people import OFFICER, settle
from fakes.world import World, rows

from interchange.domain.consent import DataItem, TransferConsent
from interchange.domain.days import end_of_day, start_of_day
from interchange.domain.projects import Participant
from interchange.domain.reminders import Reminder, ReminderKind, reminder_due
from interchange.domain.screening import Employer
from interchange.domain.standing import HoldScope
from interchange.flows import reminders as flow
from interchange.flows.reminders import key_of, remind, reminders_due
from interchange.store import assertions, clearances, consents, employers, participants, projects
from interchange.store.ledger import Tx

ZONE = "Asia/Tokyo"
LAST = date(2027, 12, 31)
"""Last day of all that is made here; 90 days before it is 2 October, 30 days 1 December, 7 days 24 December."""


def noon(month: int, day: int, year: int = 2027) -> int:
    """Give the noon of a day in Tokyo."""
    return start_of_day(date(year, month, day), ZONE) + DAY // 2


def work(world: World, do: Callable[[Tx], object]) -> None:
    """Write by hand."""
    world.home.ledger.transact(do)


def a_clearance(world: World) -> str:
    """A clearance for a year; the world's own people are cleared for longer."""
    made = settle(world.home, "JPN/SDS", organ="JPN/METI")
    known = world.home.ledger.read(lambda tx: clearances.get(tx, made.clearance_id))
    assert known is not None
    work(world, lambda tx: clearances.end(tx, [made.clearance_id], NOW))
    ref = world.home.chance.uuid()
    work(world, lambda tx: clearances.add(tx, replace(known, clearance_id=ref, ends_at=end_of_day(LAST, ZONE))))
    return ref


def a_consent(world: World, **changes: object) -> str:
    """A consent to a transfer for a purpose for which the person has no other."""
    made = TransferConsent(
        consent_id=world.home.chance.uuid(),
        subject_id=settle(world.home, "JPN/SDS", organ="JPN/METI").subject_id,
        party="KOR",
        recipient="its office",
        purpose="visit",
        items=frozenset(DataItem),
        rules_information="Its rules, 2026",
        from_day=date(2026, 1, 1),
        until_day=LAST,
    )
    work(world, lambda tx: consents.add(tx, replace(made, **changes)))  # type: ignore[arg-type]
    return made.consent_id


def an_employer(world: World, until: date = LAST) -> str:
    """A recognised employer."""
    made = Employer("LAB-7", "Laboratory", public_office=False, ceiling="JPN/SDS", from_day=LAST, until_day=until)
    work(world, lambda tx: employers.put(tx, replace(made, from_day=date(2026, 1, 1))))
    return "LAB-7"


def a_project(world: World) -> str:
    """A project that runs for the whole of 2027."""
    return world.open_project()


def a_participant(world: World) -> str:
    """A person enrolled in a project that runs for longer, with an assertion until the last day."""
    subject_id, project_id = world.clear(), world.open_project(until_day=date(2028, 12, 31))
    jti = world.issue(project_id, subject_id, expires_at=end_of_day(LAST, ZONE))
    ref = world.home.chance.uuid()
    days = (date(2027, 1, 1), date(2028, 12, 31))
    made = Participant(ref, project_id, subject_id, "KOR", "employer-1", *days, jti, NOW)
    work(world, lambda tx: participants.add_all(tx, [made]))
    return ref


MAKERS: dict[ReminderKind, Callable[[World], str]] = {
    ReminderKind.CLEARANCE: a_clearance,
    ReminderKind.CONSENT: a_consent,
    ReminderKind.EMPLOYER: an_employer,
    ReminderKind.PARTICIPANT: a_participant,
    ReminderKind.PROJECT: a_project,
}


def end_early(world: World, kind: ReminderKind, ref: str) -> None:
    """End what was made, before its time."""

    def do(tx: Tx) -> None:
        match kind:
            case ReminderKind.CLEARANCE:
                clearances.end(tx, [ref], NOW)
            case ReminderKind.CONSENT:
                consents.withdraw(tx, ref, NOW)
            case ReminderKind.EMPLOYER:
                employers.end(tx, ref, NOW)
            case ReminderKind.PARTICIPANT:
                participants.end(tx, ref, NOW)
            case ReminderKind.PROJECT:
                projects.close(tx, ref, NOW)

    work(world, do)


def given(world: World, now: int) -> list[tuple[str, str, int]]:
    """Make a pass, and say what it gave."""
    return [(each.ending.kind, each.ending.ref, each.days) for each in remind(world.home, now)]


def listed(world: World, now: int, *kinds: ReminderKind, **where: object) -> list[Reminder]:
    """List what is due."""
    limit: dict[str, object] = {"limit": 100}
    home, asked = world.home, kinds or tuple(ReminderKind)
    return home.ledger.read(lambda tx: reminders_due(home, tx, now, asked, **limit | where))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("left", "due"),
    [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (1, 7), (0, 7), (-1, None)],
)
def test_last_reminder_that_was_reached_is_due(left: int, due: int | None) -> None:
    """From 90 days before until the last day itself."""
    today = date(2028, 2, 29)
    assert reminder_due(date.fromordinal(today.toordinal() + left), today) == due


@pytest.mark.parametrize("kind", ReminderKind)
def test_reminder_is_given_three_times(world: World, kind: ReminderKind) -> None:
    """On the first day of each term, and on no other."""
    ref = MAKERS[kind](world)
    days = [
        noon(10, 1),
        noon(10, 2),
        noon(10, 3),
        noon(12, 1),
        noon(12, 2),
        noon(12, 24),
        noon(12, 31),
        noon(1, 1, 2028),
    ]
    told = [given(world, day) for day in days]
    mine = [[days for of, name, days in each if (of, name) == (kind, ref)] for each in told]
    assert mine == [[], [90], [], [30], [], [7], [], []]


@pytest.mark.parametrize(("offset", "expected"), [(-1, []), (0, [90])])
def test_days_are_the_nations(world: World, offset: int, expected: list[int]) -> None:
    """The ninetieth day before begins at midnight in Tokyo, while it is still the day before in Greenwich."""
    a_project(world)
    now = start_of_day(date(2027, 10, 2), ZONE) + offset
    assert [days for _, _, days in given(world, now)] == expected


@pytest.mark.parametrize("kind", ReminderKind)
def test_what_ended_before_is_reminded_of_no_more(world: World, kind: ReminderKind) -> None:
    """There is nothing left to do about it."""
    ref = MAKERS[kind](world)
    end_early(world, kind, ref)
    assert (kind, ref) not in {(of, name) for of, name, _ in given(world, noon(12, 24))}


def test_missed_reminders_are_one(world: World) -> None:
    """Whoever was not reminded in time is told what is left, and not what was."""
    ref = a_project(world)
    assert given(world, noon(12, 5)) == [(ReminderKind.PROJECT, ref, 30)]


def test_pass_that_is_made_again_gives_nothing(world: World) -> None:
    """Also when another process makes it."""
    for make in MAKERS.values():
        make(world)
    given(world, noon(12, 1))
    before = rows(world.home)
    assert given(world, noon(12, 1)) == []
    assert rows(world.home) == before


def test_many_are_given_in_steps(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many end on one day, each is given once."""
    monkeypatch.setattr(flow, "GROUP", 2)
    made = {a_project(world) for _ in range(5)}
    told = given(world, noon(12, 1))
    assert ({ref for _, ref, _ in told}, len(told)) == (made, 5)


def test_interrupted_pass_is_made_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill between two groups gives nothing twice."""
    monkeypatch.setattr(flow, "GROUP", 2)
    made = {a_project(world) for _ in range(5)}
    give, told = flow._give, list[Reminder]()

    def killed(tx: Tx, kind: ReminderKind, wanted: list[Reminder], now: int) -> list[Reminder]:
        if told:
            raise KeyboardInterrupt
        told.extend(give(tx, kind, wanted, now))
        return told

    monkeypatch.setattr(flow, "_give", killed)
    with pytest.raises(KeyboardInterrupt):
        remind(world.home, noon(12, 1))
    monkeypatch.setattr(flow, "_give", give)
    rest = remind(world.home, noon(12, 1))
    assert (len(told), len(rest), {each.ending.ref for each in (*told, *rest)}) == (2, 3, made)


def test_prolonged_recognition_is_reminded_of_anew(world: World) -> None:
    """Before its next end, all three times."""
    an_employer(world)
    given(world, noon(12, 24))
    an_employer(world, until=date(2028, 12, 31))
    given(world, noon(12, 25))
    assert given(world, noon(10, 2, 2028)) == [(ReminderKind.EMPLOYER, "LAB-7", 90)]


@pytest.mark.parametrize("until", [date(2027, 12, 31), date(2028, 12, 31)])
def test_consent_that_was_renewed_is_left_out(world: World, until: date) -> None:
    """Only the last of several for the same is worth a word."""
    first = a_consent(world)
    known = world.home.ledger.read(lambda tx: consents.get(tx, first))
    assert known is not None
    work(world, lambda tx: consents.add(tx, replace(known, consent_id=world.home.chance.uuid(), until_day=until)))
    expected = 2 if until == LAST else 0
    assert len([kind for kind, _, _ in given(world, noon(12, 1)) if kind is ReminderKind.CONSENT]) == expected


def test_clearance_that_was_renewed_is_left_out(world: World) -> None:
    """The person has another of the same organ and level, which lasts longer."""
    ref = a_clearance(world)
    known = world.home.ledger.read(lambda tx: clearances.get(tx, ref))
    assert known is not None
    longer = replace(known, clearance_id=world.home.chance.uuid(), ends_at=known.ends_at + 400 * DAY)
    work(world, lambda tx: clearances.add(tx, longer))
    assert given(world, noon(12, 1)) == []


class TestListing:
    """What is due can be read at any time, whether the job has been there or not."""

    def test_all_kinds_are_listed_in_their_order(self, world: World) -> None:
        """By kind and id, each with its last day."""
        made = [make(world) for make in MAKERS.values()]
        found = [each for each in listed(world, noon(12, 1)) if each.ending.ref in made]
        assert [(each.ending.kind, each.ending.last_day, each.days) for each in found] == [
            (kind, LAST, 30) for kind in sorted(ReminderKind)
        ]

    def test_it_says_when_the_job_gave_it(self, world: World) -> None:
        """None before its pass."""
        a_project(world)
        before = listed(world, noon(12, 1))
        given(world, noon(12, 1))
        assert [each.given_at for each in (*before, *listed(world, noon(12, 2)))] == [None, noon(12, 1)]

    def test_kinds_are_chosen(self, world: World) -> None:
        """A coordinator reads of projects and participants alone."""
        for make in MAKERS.values():
            make(world)
        found = listed(world, noon(12, 1), ReminderKind.PROJECT, ReminderKind.PARTICIPANT)
        assert [each.ending.kind for each in found] == [ReminderKind.PARTICIPANT, ReminderKind.PROJECT]

    def test_clearances_of_one_organ_are_chosen(self, world: World) -> None:
        """An officer bound to an organ reads of that organ's."""
        a_clearance(world)
        found = [listed(world, noon(12, 1), organ=organ) for organ in ("JPN/METI", "JPN/MOD")]
        assert [len(each) for each in found] == [1, 0]

    def test_pages_join_to_the_whole_list(self, world: World) -> None:
        """Each goes on behind the last entry of the one before."""
        for make in MAKERS.values():
            make(world)
        whole, pages, after = listed(world, noon(12, 1)), list[Reminder](), ""
        while page := listed(world, noon(12, 1), after=after, limit=2):
            pages += page
            after = key_of(page[-1])
        assert pages == whole

    def test_participant_who_is_not_confirmed_is_left_out(self, world: World) -> None:
        """When a confirmation that is held would end, would tell that it is only held."""
        ref = a_participant(world)
        (made,) = world.home.ledger.read(lambda tx: participants.of_ids(tx, [ref]))
        before = listed(world, noon(12, 1), ReminderKind.PARTICIPANT)
        world.suspend(HoldScope.SUBJECT, made.subject_id, noon(12, 1))
        held = listed(world, noon(12, 1), ReminderKind.PARTICIPANT)
        work(world, lambda tx: assertions.mark_revoked(tx, [made.jti], noon(12, 1)))
        revoked = listed(world, noon(12, 1), ReminderKind.PARTICIPANT)
        assert [len(each) for each in (before, held, revoked)] == [1, 0, 0]


def test_rows_name_nobody(world: World) -> None:
    """A reminder's row is a kind, an id, days and an instant."""
    a_clearance(world)
    given(world, noon(12, 1))
    ((kind, ref, days, at),) = rows(world.home)["reminders"]
    assert (kind, len(str(ref)), days, at) == ("clearance", 36, 30, noon(12, 1))
    assert OFFICER not in str(rows(world.home)["reminders"])
    assert HOME not in str(ref)
