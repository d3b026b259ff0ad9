"""The jobs about people: what each says of its pass, and that no line of the log names anybody."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
import structlog
from fakes import tokens
from fakes.parties import DAY, HOME, NOW
from fakes.people import identity, register
from fakes.world import World

from interchange.crypto.vault import Vault
from interchange.domain.days import start_of_day
from interchange.errors import Reason, refuse
from interchange.flows.follow import PartnerLink
from interchange.flows.node import Node
from interchange.jobs.scheduler import run_once
from interchange.jobs.table import JOBS
from interchange.store import leases
from interchange.store.verifications import Verification
from interchange.telemetry.logs import configure

BY_NAME = {job.name: job for job in JOBS}
Lines = Callable[[], list[dict[str, object]]]


def nobody(_partner: object) -> PartnerLink:
    """Lead to no partner."""
    raise refuse(Reason.PARTNER_UNREACHABLE)


def run(node: Node, name: str, now: int = NOW) -> str | None:
    """Make a pass of a job."""
    return run_once(node, nobody, BY_NAME[name], "holder", now)


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Read what was logged."""
    written = StringIO()
    configure("info", written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    structlog.reset_defaults()


def test_reminders_are_a_line_each(world: World, lines: Lines) -> None:
    """Kind, id, days and the last day; once."""
    project_id, now = world.open_project(), start_of_day(date(2027, 12, 1), "Asia/Tokyo")
    outcomes = [run(world.home, "remind", now) for _ in range(2)]
    (line,) = (line for line in lines() if line["event"] == "reminder")
    said = {name: line[name] for name in ("kind", "id", "days", "last_day")}
    assert said == {"kind": "project", "id": project_id, "days": 30, "last_day": "2027-12-31"}
    assert outcomes == ["1 given", "0 given"]


def test_deletions_are_counted(world: World, lines: Lines) -> None:
    """How much of what, and of nobody whom."""
    register(world.home, identity(1))
    assert [run(world.home, "retain", now) for now in (NOW, NOW + 390 * DAY)] == ["nothing due", "1 identities"]


def test_what_does_not_open_is_an_alarm(world: World, lines: Lines) -> None:
    """A row that cannot be written anew keeps the old key in use, so that somebody has to look."""
    register(world.home, identity(1))
    seal = {2: tokens.seed(f"{HOME} seal 2")}
    without = replace(world.home, vault=Vault(seal, {1: tokens.seed(f"{HOME} lookup")}))
    outcome = run(without, "reseal")
    assert outcome == "0 sealed anew, 1 that do not open; writing under seal 2 and lookup 1"
    assert [(line["event"], line["level"]) for line in lines()] == [("identities_do_not_open", "warning")]


def test_outcome_of_resealing_is_kept(world: World) -> None:
    """Whoever wants to drop a key reads there what the node writes under."""
    run(world.home, "reseal")
    beats = world.home.ledger.read(leases.beats)
    assert beats["reseal"] == (NOW, "0 sealed anew; writing under seal 1 and lookup 1")


def test_questions_are_written_and_losses_told(world: World, lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that is not whole is known not to be."""
    monkeypatch.setattr("interchange.flows.seen.MOST", 1)
    world.home.seen.add([Verification(NOW, jti, "KOR", "VALID", 2) for jti in ("one", "two")])
    assert run(world.home, "record_verifications") == "1 written, 2 lost"
    assert [(line["event"], line["count"]) for line in lines()] == [("verifications_lost", 2)]


def test_refused_pass_is_an_outcome(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scheduler goes on, and the next tick tries again."""

    def broken(*_: object) -> None:
        raise refuse(Reason.LANE_BEHIND)

    monkeypatch.setattr("interchange.jobs.table.retain", broken)
    assert run(world.home, "retain") == "refused: lane_behind"
