"""The job that carries rosters out, after the call that handed them in, after an approval, after a kill."""

import pytest
from fakes.parties import NOW
from fakes.rosters import handed_in, lines_of, outcomes, row_of, stranger
from fakes.signing import SUZUKI, Person, say, strict
from fakes.world import World

from interchange.domain.rosters import GROUP
from interchange.domain.standing import HoldScope
from interchange.errors import Reason, refuse
from interchange.flows.carry_out import carry_out_next
from interchange.flows.follow import PartnerLink
from interchange.flows.node import Node
from interchange.jobs import table
from interchange.jobs.table import JOBS, carry_out_rosters

MINUTE = NOW + 60 - NOW % 60
"""A full minute, in which the job tells of what stands."""


def links(_partner: object) -> PartnerLink:
    """Lead to nobody: rosters are carried out at home."""
    raise refuse(Reason.PARTNER_UNREACHABLE)


def passed(node: Node, now: int) -> str:
    """Make one pass."""
    return carry_out_rosters(node, links, now)


def test_roster_is_carried_out_once_its_caller_is_gone(world: World) -> None:
    """Not in the first second, which is the caller's own."""
    roster_id, _ = handed_in(world.home, world.open_project(), row_of(world.home, world.clear()))
    assert [passed(world.home, now) for now in (NOW, NOW + 1, NOW + 2, NOW + 3)] == ["", "", "0 left", ""]
    assert outcomes(lines_of(world.home, roster_id)) == ["confirmed"]


def test_job_goes_on_where_somebody_was_killed(world: World) -> None:
    """With the lines that wait still."""
    rows = [stranger(world.home, line, line) for line in range(2, GROUP + 3)]
    roster_id, _ = handed_in(world.home, world.open_project(), *rows)
    carry_out_next(world.home, roster_id, NOW)
    assert (passed(world.home, NOW + 9), outcomes(lines_of(world.home, roster_id)).count("waiting")) == ("0 left", 0)


def test_roster_that_was_approved_is_carried_out(world: World) -> None:
    """And one that waits for a second person is not."""
    project_id, row = world.open_project(), row_of(world.home, world.clear())
    node = strict(world)
    roster_id, done = handed_in(node, project_id, row)
    assert (passed(node, NOW + 9), done.proposal is None) == ("", False)
    for by in (Person("yamada", "coordinator"), SUZUKI):
        assert done.proposal
        say(node, done.proposal, by)
    assert (passed(node, NOW + 9), outcomes(lines_of(node, roster_id))) == ("0 left", ["confirmed"])


def test_pass_ends_before_its_lease_does(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long roster takes several."""
    monkeypatch.setattr(table, "_GROUPS_IN_A_PASS", 1)
    rows = [stranger(world.home, line, line) for line in range(2, GROUP + 3)]
    handed_in(world.home, world.open_project(), *rows)
    assert [passed(world.home, NOW + 9), passed(world.home, NOW + 9)] == ["1 left", "0 left"]


def test_roster_that_stands_keeps_no_other_up(world: World) -> None:
    """The stop of one project is told once a minute."""
    stopped, other = world.open_project(), world.open_project()
    for project_id in (stopped, other):
        handed_in(world.home, project_id, stranger(world.home))
    world.suspend(HoldScope.PROJECT, stopped)
    assert [passed(world.home, now) for now in (MINUTE - 1, MINUTE - 1, MINUTE)] == ["0 left", "", "held"]


def test_alarm_names_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither who asked nor for whom."""
    told: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(table, "fail", lambda name, **fields: told.append((name, fields)))
    rows = [stranger(world.home, line, line) for line in range(2, world.home.misses_per_day + 2)]
    handed_in(world.home, world.open_project(), *rows)
    passed(world.home, NOW + 9)
    assert told == [("misses_quota_reached", {"party": "JPN", "role": "coordinator"})]


def test_job_stands_in_the_table() -> None:
    """Every second, unless an operator says otherwise."""
    (job,) = [job for job in JOBS if job.run is carry_out_rosters]
    assert (job.name, job.every) == ("carry_out_rosters", "carry_out_every")
