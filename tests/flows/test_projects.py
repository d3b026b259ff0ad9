"""Opening projects: what a coordinator cannot do, however they ask."""

from datetime import date
from typing import Any

import pytest
from fakes.parties import HOME, TREATY
from fakes.refusals import refused
from fakes.world import World, rows

from interchange.errors import Reason
from interchange.store import projects

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
