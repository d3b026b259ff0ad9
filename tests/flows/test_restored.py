"""A ledger that came from a backup: below its high-water mark the node tells nothing and signs nothing."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fakes.forger import LANE
from fakes.parties import HOME, NOW, keyring_of
from fakes.refusals import refused
from fakes.status import listed
from fakes.world import World, copy_world, rows

from interchange.domain.checkpoint import Checkpoint
from interchange.domain.keyring import Role
from interchange.domain.merkle import Frontier
from interchange.domain.standing import HoldScope
from interchange.domain.verdict import Outcome
from interchange.errors import Reason
from interchange.flows import follow, lanes
from interchange.flows.audit import audit
from interchange.flows.checkpoints import sign_checkpoint
from interchange.flows.lanes import Position
from interchange.flows.node import Node
from interchange.flows.status_lists import signed_list
from interchange.store import lanes as heads
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


def test_restored_node_says_valid_of_nothing_that_it_told_on_that_lane(restored: Restored) -> None:
    """What the ledger does not know may be a revocation: its own verdict is that it does not know."""
    verdict = restored.world.verdict(HOME, restored.jti)
    assert (verdict.outcome, verdict.reason) == (Outcome.STALE, Reason.STALE)


def test_restored_node_still_says_of_what_it_knows_to_be_withdrawn_that_it_is(world: World, tmp_path: Path) -> None:
    """A revocation is for ever, whatever else is missing."""
    jti = world.issue(project := world.open_project(), world.clear())
    world.revoke(jti)
    backup = back_up(world, tmp_path / "backup.db")
    world.issue(project, world.clear())
    world.follow()
    restore(world, backup)
    assert world.verdict(HOME, jti).reason is Reason.REVOKED


def test_verdict_on_another_partners_lane_is_as_it_was(restored: Restored) -> None:
    """That lane lost nothing."""
    jti = restored.world.issue(restored.project, restored.people[2], "AUS")
    assert restored.world.verdict(HOME, jti).outcome is Outcome.VALID


@pytest.mark.parametrize("act", [*ACTS, "verify"])
def test_node_whose_high_water_file_is_lost_does_not(world: World, act: str) -> None:
    """It may have been lost together with the newest copy of the ledger."""
    project, people = world.open_project(), tuple(world.clear() for _ in range(3))
    at = Restored(world, project, people, world.issue(project, people[0]))
    (world.directory / HOME / "highwater").unlink()
    if act == "verify":
        assert world.verdict(HOME, at.jti).outcome is Outcome.STALE
        return
    with refused(Reason.LANE_BEHIND):
        ACTS[act](at)


class Forgetful(NamedTuple):
    """A node whose ledger and high-water file both came from a backup, and what its partner still has.

    Attributes:
        at: the node.
        note: the checkpoint of the longer lane, as the partner has it.
        position: the longer lane.
        newest: a copy of the ledger as it was before the restoring.
    """

    at: Restored
    note: bytes
    position: Position
    newest: Path


@pytest.fixture
def forgetful(world: World, tmp_path: Path) -> Forgetful:
    """Issue, back up all, issue and revoke, let the partner follow, and put all back."""
    project, people = world.open_project(), tuple(world.clear() for _ in range(3))
    jti = world.issue(project, people[0])
    world.follow()
    marks = world.directory / HOME / "highwater"
    backup, old_marks = back_up(world, tmp_path / "backup.db"), marks.read_bytes()
    world.issue(project, people[1])
    world.revoke(jti)
    world.follow()
    newest = back_up(world, tmp_path / "newest.db")
    restore(world, backup)
    marks.write_bytes(old_marks)
    head = world["KOR"].ledger.read(lambda tx: heads.head(tx, LANE))
    assert head is not None
    assert head.note is not None
    return Forgetful(Restored(world, project, people, jti), head.note, Position(head.size, head.frontier.root), newest)


def show(forgetful: Forgetful, position: Position | None = None, note: bytes | None = None) -> None:
    """Let the partner ask for more, and show what it has."""
    shown = forgetful.note if note is None else note
    lanes.page_for(forgetful.at.world.home, "KOR", position or forgetful.position, 0, NOW, shown)


def test_checkpoint_that_a_partner_shows_is_refused_as_its_position_is(forgetful: Forgetful) -> None:
    """The partner learns that the node has less."""
    with refused(Reason.LANE_ROLLBACK):
        show(forgetful)


@pytest.mark.parametrize("act", [*ACTS, "verify"])
def test_node_that_was_shown_what_it_signed_does_not(forgetful: Forgetful, act: str) -> None:
    """From then on the lane stands still, however much the high-water file has forgotten."""
    with refused(Reason.LANE_ROLLBACK):
        show(forgetful)
    if act == "verify":
        assert forgetful.at.world.verdict(HOME, forgetful.at.jti).outcome is Outcome.STALE
        return
    with refused(Reason.LANE_BEHIND):
        ACTS[act](forgetful.at)


def test_checkpoint_is_looked_at_whatever_the_partner_says_its_position_is(forgetful: Forgetful) -> None:
    """A follower that begins anew has it still."""
    with refused(Reason.LANE_ROLLBACK):
        show(forgetful, EMPTY)
    with refused(Reason.LANE_BEHIND):
        forgetful.at.world.issue(forgetful.at.project, forgetful.at.people[2])


def test_numbers_that_were_issued_again_stop_the_lane_as_well(forgetful: Forgetful) -> None:
    """A partner that was away comes back to a lane that went another way."""
    world = forgetful.at.world
    for _ in range(4):
        world.issue(forgetful.at.project, world.clear())
    with refused(Reason.LANE_FORK):
        show(forgetful)
    with refused(Reason.LANE_BEHIND):
        world.issue(forgetful.at.project, world.clear())


def test_audit_finds_what_a_partner_has_shown(forgetful: Forgetful) -> None:
    """The ledger agrees with itself and with its marks, and not with what it signed."""
    with refused(Reason.LANE_ROLLBACK):
        show(forgetful)
    assert audit(forgetful.at.world.home).faults == (f"{LANE}: a partner has shown what this ledger lacks",)


def test_newer_ledger_goes_on(forgetful: Forgetful) -> None:
    """What the partner has is in it again; nothing else is needed."""
    world = forgetful.at.world
    with refused(Reason.LANE_ROLLBACK):
        show(forgetful)
    restore(world, forgetful.newest)
    show(forgetful)
    assert world.issue(forgetful.at.project, forgetful.at.people[2])


def _made_up(forgetful: Forgetful) -> bytes:
    node = forgetful.at.world["KOR"]
    signer = next(node.signers[key.kid] for key in keyring_of("KOR").keys if key.role is Role.LANE)
    return sign_checkpoint(Checkpoint(LANE, forgetful.position.size, forgetful.position.root), signer, NOW)


UNPROVEN: dict[str, Callable[[Forgetful], bytes]] = {
    "nothing": lambda _: b"",
    "no note": lambda _: b"nonsense",
    "a note with another signature": lambda at: at.note.replace(b"/lane/KOR/1 ", b"/lane/KOR/1 AAAA"),
    "another lane's": lambda at: lanes.page_for(at.at.world.home, "AUS", EMPTY, 0, NOW).note,
    "of its own making": _made_up,
}


@pytest.mark.parametrize("name", UNPROVEN)
def test_what_a_partner_only_says_stops_nothing(forgetful: Forgetful, name: str) -> None:
    """Or a partner could keep us from telling, and from suspending people everywhere at once."""
    with refused(Reason.LANE_ROLLBACK):
        show(forgetful, note=UNPROVEN[name](forgetful))
    world = forgetful.at.world
    assert world.verdict(HOME, world.issue(forgetful.at.project, forgetful.at.people[2])).outcome is Outcome.VALID


def test_checkpoint_of_what_the_ledger_has_is_no_contradiction(world: World) -> None:
    """As every follower shows it in its usual course."""
    world.issue(world.open_project(), world.clear())
    note = lanes.page_for(world.home, "KOR", EMPTY, 0, NOW).note
    world.revoke(world.issue(world.open_project(), world.clear()))
    assert lanes.page_for(world.home, "KOR", EMPTY, 0, NOW, note).entries


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
