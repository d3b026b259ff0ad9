"""A ledger that came from a backup: below its high-water mark the node tells nothing and signs nothing."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fakes.forger import LANE
from fakes.parties import HOME, NOW
from fakes.refusals import refused
from fakes.status import listed
from fakes.world import World, copy_world, rows

from interchange.domain.merkle import Frontier
from interchange.domain.standing import HoldScope
from interchange.errors import Reason
from interchange.flows import follow, lanes
from interchange.flows.audit import audit
from interchange.flows.lanes import Position
from interchange.flows.node import Node
from interchange.flows.status_lists import signed_list
from interchange.store.ledger import Ledger

EMPTY = Position(0, Frontier.empty().root)


def ledger_file(world: World) -> Path:
    """Find the home node's database."""
    return world.directory / HOME / "ledger.db"


def back_up(world: World, to: Path) -> Path:
    """Copy the home node's database while nobody writes to it."""
    world.home.ledger.close()
    return Path(shutil.copy(ledger_file(world), to))


def restore(world: World, backup: Path) -> None:
    """Put a backup in the place of the home node's database."""
    world.home.ledger.close()
    shutil.copy(backup, ledger_file(world))


class Restored(NamedTuple):
    """A world whose home ledger is what it was before its lane grew and was signed.

    Attributes:
        world: its nodes.
        project: an open project.
        people: three subjects; assertions of the first two were issued, of which the ledger has the first one's only.
        jti: the assertion that the ledger has.
    """

    world: World
    project: str
    people: tuple[str, ...]
    jti: str


@pytest.fixture(scope="session")
def template(world_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Restored:
    """Issue, back up, issue once more, let the partner fetch, and put the backup back."""
    directory = tmp_path_factory.mktemp("restored")
    world = copy_world(world_template, directory / "world", "restored")
    project, people = world.open_project(), tuple(world.clear() for _ in range(3))
    jti = world.issue(project, people[0])
    world.follow()
    backup = back_up(world, directory / "backup.db")
    world.issue(project, people[1])
    world.follow()
    restore(world, backup)
    world.close()
    return Restored(world, project, people, jti)


@pytest.fixture
def restored(template: Restored, world_place: Path) -> Iterator[Restored]:
    """A node that was restored from a backup, for this test alone."""
    world = copy_world(template.world.directory, world_place)
    yield template._replace(world=world)
    world.close()


ACTS: dict[str, Callable[[Restored], object]] = {
    "issue": lambda at: at.world.issue(at.project, at.people[2]),
    "suspend": lambda at: at.world.suspend(HoldScope.SUBJECT, at.people[0]),
    "revoke": lambda at: at.world.revoke(at.jti),
    "sign its lane": lambda at: lanes.page_for(at.world.home, "KOR", EMPTY, 0, NOW),
    "prove an inclusion": lambda at: lanes.prove_inclusion(at.world.home, "KOR", at.jti, NOW),
    "sign a status list": lambda at: listed(at.world, "KOR"),
}


@pytest.mark.parametrize("act", ACTS)
def test_restored_node_does_not(restored: Restored, act: str) -> None:
    """Whatever would tell or sign something about the lane waits until the missing leaves are back."""
    with refused(Reason.LANE_BEHIND):
        ACTS[act](restored)


@pytest.mark.parametrize("act", ["issue", "suspend", "revoke"])
def test_refused_act_leaves_the_restored_ledger_alone(restored: Restored, act: str) -> None:
    """Nothing of it is written."""
    before = rows(restored.world.home)
    with refused(Reason.LANE_BEHIND):
        ACTS[act](restored)
    assert rows(restored.world.home) == before


def test_lane_that_was_not_signed_since_goes_on(restored: Restored) -> None:
    """The other partner's lane lost nothing that anybody had seen."""
    assert restored.world.issue(restored.project, restored.people[2], "AUS")


def test_partner_of_a_restored_node_keeps_what_it_knows(restored: Restored) -> None:
    """The follower is told nothing rather than something older."""
    before = rows(restored.world["KOR"])["leaves"]
    with pytest.raises(Exception, match=r"lane_behind|lane_rollback"):
        restored.world.follow()
    assert rows(restored.world["KOR"])["leaves"] == before


def test_restored_node_learns_from_its_partner_that_leaves_are_missing(restored: Restored) -> None:
    """The follower's position is beyond the ledger's, and is kept as evidence."""
    at = follow.frontier_of(restored.world["KOR"], HOME)
    with refused(Reason.LANE_ROLLBACK):
        lanes.page_for(restored.world.home, "KOR", Position(at.size, at.root), 0, NOW)


def test_audit_finds_a_restored_ledger(restored: Restored) -> None:
    """The ledger agrees with itself, and not with what was signed."""
    assert audit(restored.world.home).faults == (f"{LANE}: below its high-water mark",)


def test_ledger_of_the_same_size_with_other_leaves_signs_nothing(world: World, tmp_path: Path) -> None:
    """A ledger that went another way since the backup is found by its root."""
    project, people = world.open_project(), [world.clear() for _ in range(2)]
    fork = back_up(world, tmp_path / "fork.db")
    world.issue(project, people[0])
    one_way = back_up(world, tmp_path / "one-way.db")
    restore(world, fork)
    world.issue(project, people[1])
    world.follow()
    restore(world, one_way)
    with refused(Reason.LANE_BEHIND):
        lanes.page_for(world.home, "KOR", EMPTY, 0, NOW)


@pytest.mark.parametrize("content", [b"", b"nonsense\n", b"\xff\xfe"])
def test_high_water_file_that_cannot_be_read_stops_the_node(world: World, content: bytes) -> None:
    """A damaged file is not taken for one without marks."""
    project, subject = world.open_project(), world.clear()
    (world.directory / HOME / "highwater").write_bytes(content)
    with refused(Reason.LANE_BEHIND):
        world.issue(project, subject)


def test_lane_that_a_status_list_was_signed_over_is_marked(world: World, tmp_path: Path) -> None:
    """A restored node gives no list of a smaller lane than one that it gave before."""
    project, people = world.open_project(), [world.clear() for _ in range(2)]
    world.issue(project, people[0])
    backup = back_up(world, tmp_path / "backup.db")
    world.issue(project, people[1])
    listed(world, "KOR")
    restore(world, backup)
    with refused(Reason.LANE_BEHIND):
        listed(world, "KOR")


def test_ledger_above_its_mark_goes_on(world: World) -> None:
    """Leaves that were told and not yet signed are no fault."""
    project = world.open_project()
    for _ in range(2):
        world.issue(project, world.clear())
    assert world.follow().caught_up


class InterruptedLedger:
    """A ledger after one of whose reads something else happens before the reader goes on."""

    def __init__(self, ledger: Ledger, number: int, happen: Callable[[], object]) -> None:
        """Let `happen` come after the read of that number, counted from 1."""
        self._ledger, self._number, self._happen = ledger, number, happen

    def read(self, work: Callable[..., Any]) -> object:
        """Read, and perhaps let it happen."""
        found = self._ledger.read(work)
        self._number -= 1
        if not self._number:
            self._happen()
        return found

    def transact(self, work: Callable[..., Any]) -> object:
        """Write."""
        return self._ledger.transact(work)


def interrupted(world: World, number: int) -> Node:
    """Let the lane grow and be signed by another call after the node's read of that number."""
    project = world.open_project()
    world.issue(project, world.clear())

    def meanwhile() -> None:
        world.issue(project, world.clear())
        world.follow()

    ledger = InterruptedLedger(world.home.ledger, number, meanwhile)
    return replace(world.home, ledger=ledger)  # type: ignore[arg-type]


def test_reader_that_was_overtaken_is_not_taken_for_a_restored_ledger(world: World) -> None:
    """When another call signs a longer head between reading and signing, the lane is read anew and served."""
    assert len(lanes.page_for(interrupted(world, 1), "KOR", EMPTY, 0, NOW).entries) == len(world.events("KOR"))


def test_status_list_that_was_overtaken_is_not_taken_for_a_restored_ledger(world: World) -> None:
    """A list computed from a head that has grown meanwhile is computed anew, not refused."""
    assert signed_list(interrupted(world, 2), "KOR", world.home.names.status_uri("KOR", 1), NOW)
