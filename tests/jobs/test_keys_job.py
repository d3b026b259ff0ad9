"""The job that tends the node's own keys: what it says of a pass, and what it asks of people."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO

import pytest
import structlog
from fakes.narrowing import METI, publish
from fakes.parties import DAY, HOME, NOW, keyring_of
from fakes.world import World

from interchange.domain.stages import Stage
from interchange.errors import Reason, refuse
from interchange.flows.board import board
from interchange.flows.follow import PartnerLink
from interchange.flows.keyrings import draft
from interchange.flows.node import Node
from interchange.jobs.scheduler import run_once
from interchange.jobs.table import JOBS
from interchange.store import leases
from interchange.telemetry.logs import configure
from interchange.wire.keyring import assemble, parse_keyring

(JOB,) = (job for job in JOBS if job.name == "tend_keys")
END, USES = METI.sign_until, len(keyring_of(HOME).keys)
Lines = Callable[[], list[dict[str, object]]]


def nobody(_partner: object) -> PartnerLink:
    """Lead to no partner."""
    raise refuse(Reason.PARTNER_UNREACHABLE)


def run(node: Node, now: int) -> str | None:
    """Make a pass."""
    return run_once(node, nobody, JOB, "holder", now)


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Read what was logged for people."""
    written = StringIO()
    configure("info", written)
    yield lambda: [line for line in map(json.loads, written.getvalue().splitlines()) if line["level"] == "warning"]
    structlog.reset_defaults()


def test_pass_that_finds_nothing_says_so(world: World, lines: Lines) -> None:
    """A year before the end."""
    assert (run(world.home, NOW), lines()) == ("0 drafted, 0 activated", [])


def test_new_keys_ask_for_a_keyring(world: World, lines: Lines) -> None:
    """Once; that nobody signs it, the warnings say."""
    outcomes = [run(world.home, END - 60 * DAY + second) for second in (0, 1)]
    asked = [(line["event"], line["keys"]) for line in lines() if line["event"] == "keyring_to_sign"]
    assert (outcomes, asked) == (
        [f"{USES} drafted, 0 activated", "0 drafted, 0 activated"],
        [("keyring_to_sign", USES)],
    )


def test_ends_are_warned_of_once_each(world: World, lines: Lines) -> None:
    """What ends, and in how many days, for every key that signs and for the keyring."""
    for days in (30, 29, 7):
        run(world.home, END - days * DAY)
    said = [(line["what"], line["days"]) for line in lines() if line["event"] == "ends_soon"]
    mine = [each for each in said if each[0] in {"assert-METI key", "lane key", "keyring 1"}]
    assert sorted(mine) == sorted(
        (what, days) for what in ("assert-METI key", "lane key", "keyring 1") for days in (30, 7)
    )


def test_policy_activates_what_the_root_keys_have_signed(world: World, lines: Lines) -> None:
    """The whole way without a hand on the node: drafted, laid in by custodians, activated in the last week."""
    world.nodes[HOME] = replace(world.home, activates_keys=True)
    drafted = END - 60 * DAY
    run(world.home, drafted)
    publish(world, parse_keyring(assemble(draft(world.home, days=300, now=drafted), []))[0])
    outcomes = [run(world.home, END - days * DAY) for days in (8, 7, 6)]
    assert outcomes == ["0 drafted, 0 activated", f"0 drafted, {USES} activated", "0 drafted, 0 activated"]
    stages = [line.key.stage for line in board(world.home).lines]
    assert (stages.count(Stage.ACTIVE), stages.count(Stage.LAID_IN)) == (USES, USES)


def test_outcome_is_kept_as_the_jobs_heartbeat(world: World) -> None:
    """Whoever wonders reads it there."""
    run(world.home, NOW)
    assert world.home.ledger.read(leases.beats)["tend_keys"] == (NOW, "0 drafted, 0 activated")
