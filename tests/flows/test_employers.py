"""Employers as conforming businesses: recognised for days and up to a level, and the people who depend on it."""

from datetime import date
from typing import Any

import pytest
from fakes.parties import NOW, do
from fakes.refusals import refused
from fakes.screened import TODAY, ZONE, lay_in_keys, noon, recognise
from fakes.world import World, rows

from interchange.domain.days import end_of_day
from interchange.domain.screening import Employer
from interchange.errors import Reason
from interchange.flows.employers import END_RECOGNITION, EndRecognitionRequest
from interchange.store import employers

YESTERDAY, TOMORROW = date(2027, 1, 14), date(2027, 1, 16)


def read(world: World, employer_id: str = "employer-1") -> Employer | None:
    """Read an employer."""
    return world.home.ledger.read(lambda tx: employers.get(tx, employer_id))


def end(world: World, employer_id: str = "employer-1", now: int = NOW) -> str:
    """End a recognition."""
    return do(world.home, END_RECOGNITION, EndRecognitionRequest(employer_id), now)


def test_recognition_is_kept_as_it_was_given(world: World) -> None:
    """Its code, title, ceiling and days."""
    recognise(world.home, title="量子研究所")
    days = (date(2020, 1, 1), date(2050, 12, 31))
    assert read(world) == Employer("employer-1", "量子研究所", False, "JPN/SDS", *days)


REFUSED: dict[str, tuple[Reason, dict[str, Any]]] = {
    "a level of another party as ceiling": (Reason.LEVEL_UNKNOWN, {"ceiling": "KOR/II"}),
    "an unknown level as ceiling": (Reason.LEVEL_UNKNOWN, {"ceiling": "JPN/TOP"}),
    "a business without a last day": (Reason.FIELD_MISSING, {"until_day": None}),
    "a last day before the first": (Reason.DAYS_ORDER, {"until_day": date(2019, 12, 31)}),
    "a first day before the calendar": (Reason.DATE_ABSURD, {"from_day": date(1999, 12, 31)}),
    "a last day after the calendar": (Reason.DATE_ABSURD, {"until_day": date(2101, 1, 1)}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_recognition_is_refused_and_leaves_no_trace(world: World, name: str) -> None:
    """A recognition by which nobody could be asserted is none."""
    reason, changes = REFUSED[name]
    before = rows(world.home)
    with refused(reason):
        recognise(world.home, **changes)
    assert rows(world.home) == before


def test_office_of_the_state_needs_no_last_day(world: World) -> None:
    """Nobody recognises the state."""
    recognise(world.home, public_office=True, until_day=None)
    found = read(world)
    assert found is not None
    assert found.recognised(date(2099, 12, 31))


@pytest.mark.parametrize(
    ("days", "now", "reason"),
    [
        ((TODAY, TODAY), end_of_day(YESTERDAY, ZONE) - 1, Reason.EMPLOYER_NOT_RECOGNISED),
        ((TODAY, TODAY), end_of_day(YESTERDAY, ZONE), None),
        ((TODAY, TODAY), end_of_day(TODAY, ZONE) - 1, None),
        ((TODAY, TODAY), end_of_day(TODAY, ZONE), Reason.EMPLOYER_NOT_RECOGNISED),
    ],
    ids=["the second before", "the first second", "the last second", "the second after"],
)
def test_people_are_asserted_on_the_days_of_the_recognition_alone(
    world: World, days: tuple[date, date], now: int, reason: Reason | None
) -> None:
    """First and last day count whole, in the home party's zone."""
    lay_in_keys(world.home)
    recognise(world.home, from_day=days[0], until_day=days[1], now=noon(date(2027, 1, 1)))
    project, subject = world.open_project(), world.clear()
    if reason is None:
        assert world.issue(project, subject, now=now)
    else:
        with refused(reason):
            world.issue(project, subject, now=now)


WIDER: dict[str, dict[str, Any]] = {
    "the same": {},
    "another title": {"title": "Laboratory, renamed"},
    "a higher ceiling": {"ceiling": "JPN/SDS"},
    "a later last day": {"until_day": date(2051, 1, 1)},
    "no last day": {"public_office": True, "until_day": None},
    "a later first day that is past": {"from_day": TODAY},
}


@pytest.mark.parametrize("name", WIDER)
def test_recognition_that_is_as_wide_takes_the_place_of_the_old(world: World, name: str) -> None:
    """A renewal disturbs nobody who was asserted by the old one."""
    recognise(world.home, ceiling="JPN/CESI")
    recognise(world.home, **({"ceiling": "JPN/CESI"} | WIDER[name]))


NARROWER: dict[str, dict[str, Any]] = {
    "a lower ceiling": {"ceiling": "JPN/CESI"},
    "an earlier last day": {"until_day": date(2050, 12, 30)},
    "a first day to come": {"from_day": TOMORROW},
    "days that are over": {"until_day": YESTERDAY},
}


@pytest.mark.parametrize("name", NARROWER)
def test_narrower_recognition_has_to_wait_for_the_end_of_the_wider(world: World, name: str) -> None:
    """An assertion may rest on the wider one, and would outlive the narrower or stand above it."""
    recognise(world.home)
    with refused(Reason.ALREADY_KNOWN):
        recognise(world.home, **NARROWER[name])


@pytest.mark.parametrize("name", NARROWER)
def test_narrower_recognition_follows_the_end_of_the_wider(world: World, name: str) -> None:
    """Once the wider one is ended, and all that rested on it, any other may follow."""
    recognise(world.home)
    end(world)
    assert recognise(world.home, **NARROWER[name])


def test_anything_follows_a_recognition_whose_days_are_over(world: World) -> None:
    """Nothing rests on it any more."""
    recognise(world.home, until_day=YESTERDAY, now=noon(date(2027, 1, 1)))
    assert recognise(world.home, ceiling="JPN/CESI", until_day=TOMORROW)


def test_recognition_ends_once(world: World) -> None:
    """The instant of its end is not moved."""
    recognise(world.home)
    end(world)
    with refused(Reason.ALREADY_ENDED):
        end(world)


def test_unknown_employer_loses_nothing(world: World) -> None:
    """There is nothing of that name."""
    with refused(Reason.NOT_KNOWN):
        end(world)


def test_people_of_an_employer_that_lost_its_recognition_are_not_asserted(world: World) -> None:
    """Their clearances stand, and serve for nothing there."""
    project, subject = world.open_project(), world.clear()
    end(world)
    with refused(Reason.EMPLOYER_NOT_RECOGNISED):
        world.issue(project, subject)


def test_people_of_an_employer_that_is_recognised_again_are_asserted_again(world: World) -> None:
    """Under a new assertion; what was revoked stays so."""
    project, subject = world.open_project(), world.clear()
    first = world.issue(project, subject)
    end(world)
    recognise(world.home)
    assert world.issue(project, subject) != first
    assert world.issued(first).revoked_at == NOW
