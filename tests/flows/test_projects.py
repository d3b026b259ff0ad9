"""Opening projects and recording clearances: what a coordinator and an officer cannot do, however they ask."""

from datetime import date
from typing import Any

import pytest
from fakes.parties import HOME, NOW, TREATY, do
from fakes.refusals import refused
from fakes.world import World, rows

from interchange.domain.days import end_of_day, start_of_day
from interchange.errors import Reason
from interchange.flows.projects import RECORD, RecordRequest
from interchange.store import projects

TOKYO = "Asia/Tokyo"

OPENED: dict[str, tuple[Reason, dict[str, Any]]] = {
    "a level of another party as ceiling": (Reason.LEVEL_UNKNOWN, {"ceiling": "KOR/II"}),
    "an unknown level as floor": (Reason.LEVEL_UNKNOWN, {"floor": "JPN/TOP"}),
    "a floor above the ceiling": (Reason.BELOW_FLOOR, {"ceiling": "JPN/CESI", "floor": "JPN/SDS"}),
    "a purpose that the law does not list": (Reason.FIELD_FORM, {"purpose": "curiosity"}),
    "a last day before the first": (
        Reason.DATE_ABSURD,
        {"from_day": date(2027, 1, 2), "until_day": date(2027, 1, 1)},
    ),
    "days before the calendar begins": (Reason.DATE_ABSURD, {"from_day": date(1999, 12, 31)}),
    "days after the calendar ends": (Reason.DATE_ABSURD, {"until_day": date(2101, 1, 1)}),
    "no partner": (Reason.FIELD_FORM, {"partners": ()}),
    "one partner twice": (Reason.FIELD_FORM, {"partners": (("KOR", TREATY), ("KOR", TREATY))}),
    "the home party as partner": (Reason.AGREEMENT_UNKNOWN, {"partners": ((HOME, TREATY),)}),
    "an agreement with somebody else": (Reason.AGREEMENT_UNKNOWN, {"partners": (("KOR", "JPN-AUS-2013"),)}),
    "an agreement that is not listed": (Reason.AGREEMENT_UNKNOWN, {"partners": (("KOR", "JPN-KOR-2017"),)}),
    "a partner that is not admitted": (Reason.PARTNER_UNKNOWN, {"partners": (("USA", "JPN-USA-2007"),)}),
}


@pytest.mark.parametrize("name", OPENED)
def test_project_is_refused(world: World, name: str) -> None:
    """A project that nobody could be asserted for is not opened."""
    reason, changes = OPENED[name]
    with refused(reason):
        world.open_project(**changes)


@pytest.mark.parametrize("name", OPENED)
def test_refused_project_leaves_no_trace(world: World, name: str) -> None:
    """Neither a row nor a leaf of it is kept."""
    reason, changes = OPENED[name]
    before = rows(world.home)
    with refused(reason):
        world.open_project(**changes)
    assert rows(world.home) == before


def test_project_has_another_reference_towards_each_partner(world: World) -> None:
    """Two partners of one project cannot tell by its name that it is one."""
    project_id = world.open_project()
    project = world.home.ledger.read(lambda tx: projects.get(tx, project_id))
    assert project is not None
    assert len({partner.reference for partner in project.partners} | {project_id}) == 3


def test_opening_a_project_tells_partners_nothing(world: World) -> None:
    """A partner learns of a project by the first assertion for it."""
    before = world.events("KOR")
    world.open_project()
    assert world.events("KOR") == before


RECORDED: dict[str, tuple[Reason, dict[str, Any]]] = {
    "an organ of another party": (Reason.LEVEL_UNKNOWN, {"organ": "KOR/NIS"}),
    "an unknown organ": (Reason.LEVEL_UNKNOWN, {"organ": "JPN/XXX"}),
    "a level of another party": (Reason.LEVEL_UNKNOWN, {"level": "KOR/II"}),
    "an unknown subject": (Reason.NOT_KNOWN, {"subject_id": "nobody"}),
    "a clearance whose term is over": (Reason.DATE_ABSURD, {"notified_on": date(2022, 1, 15)}),
    "a day before the calendar begins": (Reason.DATE_ABSURD, {"notified_on": date(1999, 12, 31)}),
    "a notification that is still to come": (Reason.DATE_ABSURD, {"notified_on": date(2027, 1, 16)}),
}


@pytest.mark.parametrize("name", RECORDED)
def test_clearance_is_refused(world: World, name: str) -> None:
    """What no organ of the party could have granted by now is not recorded."""
    reason, changes = RECORDED[name]
    with refused(reason):
        world.clear(**changes)


@pytest.mark.parametrize("name", RECORDED)
def test_refused_clearance_leaves_no_trace(world: World, name: str) -> None:
    """Neither a row nor a leaf of it is kept."""
    reason, changes = RECORDED[name]
    before = rows(world.home)
    with refused(reason):
        world.clear(**changes)
    assert rows(world.home) == before


@pytest.mark.parametrize("now", [start_of_day(date(2027, 1, 15), TOKYO), NOW])
def test_person_notified_today_is_cleared_today(world: World, now: int) -> None:
    """The term begins with the day of notification, in the home party's zone."""
    request = RecordRequest("", "JPN/METI", "JPN/SDS", date(2027, 1, 15), "employer-1")
    assert do(world.home, RECORD, request, now)


@pytest.mark.parametrize(
    ("level", "last"),
    [("JPN/SDS", date(2031, 3, 31)), ("JPN/CESI", date(2036, 3, 31))],
)
def test_clearance_ends_with_the_day_before_its_anniversary(world: World, level: str, last: date) -> None:
    """Five years at the upper tier and ten at the lower, counted from the notification, to the end of that day."""
    world.clear(level, notified_on=date(2026, 4, 1))
    assert rows(world.home)["clearances"][0][5] == end_of_day(last, TOKYO)


def test_recording_a_clearance_tells_partners_nothing(world: World) -> None:
    """Who is cleared is nobody's business until it is asserted."""
    before = [world.events(party) for party in ("KOR", "AUS")]
    world.clear()
    assert [world.events(party) for party in ("KOR", "AUS")] == before
