"""What a follower does with pages that no honest issuer writes, and an issuer with followers that contradict it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from fakes.forged_pages import ALL, CONTRADICTIONS, INVALID, OTHER, leaf_event
from fakes.forger import LANE, ForgedLink, followed, page, waiting
from fakes.parties import AGREEMENTS, HOME, NOW, DirectLink
from fakes.refusals import refused
from fakes.world import World, copy_world, rows
from sqlalchemy import select
from sqlmodel import col

from interchange.domain.events import HoldPlaced, Scope
from interchange.domain.lane import Entry, Page
from interchange.domain.merkle import Frontier
from interchange.errors import Reason, Refusal
from interchange.flows import follow
from interchange.flows.lanes import Position, page_for
from interchange.store import lanes
from interchange.store.tables import EvidenceRow


class Scene(NamedTuple):
    """A world that was brought to some point, to be copied, and the id of an assertion in it."""

    template: Path
    known: str


@pytest.fixture(scope="session")
def scene(world_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """An assertion that the follower knows, and three more leaves that it has not yet fetched."""
    world = copy_world(world_template, tmp_path_factory.mktemp("scene") / "world", "scene")
    project = world.open_project()
    known = world.issue(project, world.clear())
    world.follow()
    for _ in range(3):
        world.issue(project, world.clear())
    world.close()
    return Scene(world.directory, known)


@pytest.fixture
def world(scene: Scene, world_place: Path) -> Iterator[World]:
    """The scene, for this test alone."""
    world = copy_world(scene.template, world_place)
    yield world
    world.close()


@pytest.fixture
def told(scene: Scene) -> str:
    """The assertion that the follower knows."""
    return scene.known


def give(world: World, name: str) -> Page:
    """Give the forged page to the follower, which refuses it; return the page."""
    forged = ALL[name][1](followed(world), waiting(world))
    with pytest.raises(Refusal):
        follow.take(world["KOR"], ForgedLink(world, forged), HOME, forged, NOW)
    return forged


@pytest.mark.parametrize("name", ALL)
def test_page_is_refused(world: World, told: str, name: str) -> None:
    """Each fault has its reason."""
    reason, forge = ALL[name]
    forged = forge(followed(world), waiting(world))
    with refused(reason):
        follow.take(world["KOR"], ForgedLink(world, forged), HOME, forged, NOW)


@pytest.mark.parametrize("name", [name for name, (reason, _) in ALL.items() if reason is not Reason.EVENT_UNKNOWN])
def test_refused_page_changes_nothing_that_verdicts_rest_on(world: World, told: str, name: str) -> None:
    """Apart from the evidence, the follower's ledger is as it was: no leaf, no projection, no contact, no keyring."""
    before = rows(world["KOR"])
    give(world, name)
    assert {**rows(world["KOR"]), "evidence": before["evidence"]} == before


def evidence(world: World, party: str = "KOR") -> list[tuple[str, str, bytes | None, bytes]]:
    """Read what a node keeps for people: origin, reason, what it knew and what it received."""
    columns = (col(EvidenceRow.origin), col(EvidenceRow.reason), col(EvidenceRow.known), col(EvidenceRow.received))
    found = world[party].ledger.read(lambda tx: tx.execute(select(*columns)).all())
    return [(origin, reason, known, received) for origin, reason, known, received in found]


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_both_signed_notes_are_kept_as_evidence(world: World, told: str, name: str) -> None:
    """What was known and what was received are kept together, as they were signed."""
    head = world["KOR"].ledger.read(lambda tx: lanes.head(tx, LANE))
    forged = give(world, name)
    assert evidence(world) == [(LANE, CONTRADICTIONS[name][0].code, head and head.note, forged.note)]


@pytest.mark.parametrize("name", INVALID)
def test_faults_that_prove_nothing_are_not_kept(world: World, told: str, name: str) -> None:
    """Whoever cannot sign for the issuer must not be able to fill the evidence against it."""
    give(world, name)
    assert evidence(world) == []


def test_same_evidence_is_kept_once(world: World, told: str) -> None:
    """A contradiction that is repeated every half minute does not fill the ledger."""
    for _ in range(2):
        give(world, "an empty lane")
    assert len(evidence(world)) == 1


def test_follower_goes_on_after_a_forged_page(world: World, told: str) -> None:
    """The honest lane is still believed where it can be."""
    give(world, "a leaf with one letter changed")
    assert world.follow().caught_up


def test_time_a_minute_ahead_is_taken(world: World, told: str) -> None:
    """Two honest clocks may differ by sixty seconds."""
    ahead = page(followed(world), waiting(world), NOW + 60)
    assert follow.take(world["KOR"], ForgedLink(world, ahead), HOME, ahead, NOW).applied == 3


def later_version(at: Frontier) -> Entry:
    """Write the next leaf as a later version of the program might."""
    return Entry(b'{"v":2,"type":"pardoned","n":%d}' % at.size)


def test_unknown_event_makes_everything_of_that_issuer_stale(world: World, told: str) -> None:
    """What was told bears on nobody knows what, so that nothing of it is relied on until the program is upgraded."""
    forged = page(followed(world), [later_version(followed(world))])
    with refused(Reason.EVENT_UNKNOWN):
        follow.take(world["KOR"], ForgedLink(world, forged), HOME, forged, NOW)
    assert world.verdict("KOR", told).reason is Reason.STALE


def test_unknown_event_does_not_hide_what_was_withdrawn_before(world: World, told: str) -> None:
    """A revocation that was applied stays the answer, also while nothing newer can be read."""
    world.revoke(told)
    world.follow()
    forged = page(followed(world), [later_version(followed(world))])
    with refused(Reason.EVENT_UNKNOWN):
        follow.take(world["KOR"], ForgedLink(world, forged), HOME, forged, NOW)
    assert world.verdict("KOR", told).reason is Reason.REVOKED


def test_follower_that_understands_again_is_not_stale(world: World, told: str) -> None:
    """The next page that is believed ends it."""
    forged = page(followed(world), [later_version(followed(world))])
    with refused(Reason.EVENT_UNKNOWN):
        follow.take(world["KOR"], ForgedLink(world, forged), HOME, forged, NOW)
    world.follow()
    assert world.verdict("KOR", told).reason is None


def test_issuer_that_answers_another_question_does_not_keep_the_follower_busy(world: World, told: str) -> None:
    """Whoever answers every fetch with the beginning of the lane is refused rather than asked for ever."""
    start = page_for(world.home, "KOR", Position(0, Frontier.empty().root), 1, NOW)
    with refused(Reason.LANE_GAP):
        follow.catch_up(world["KOR"], ForgedLink(world, start), HOME, NOW)


@pytest.mark.parametrize("reader", AGREEMENTS)
def test_follower_that_knows_more_than_the_issuer_raises_the_alarm_there(world: World, told: str, reader: str) -> None:
    """A position beyond our head shows that somebody else signed our lane, or that our ledger is an old one."""
    with refused(Reason.LANE_ROLLBACK):
        page_for(world.home, reader, Position(1000, OTHER), 0, NOW)


def test_follower_with_another_root_raises_the_alarm_at_the_issuer(world: World, told: str) -> None:
    """A position inside our lane with a root that is not ours was signed by somebody else."""
    with refused(Reason.LANE_FORK):
        page_for(world.home, "KOR", Position(1, OTHER), 0, NOW)


@pytest.mark.parametrize(("size", "reason"), [(1, Reason.LANE_FORK), (1000, Reason.LANE_ROLLBACK)])
def test_what_a_contradicting_follower_said_is_kept(world: World, told: str, size: int, reason: Reason) -> None:
    """Origin, size and root as the follower named them are kept for people."""
    with refused(reason):
        page_for(world.home, "KOR", Position(size, OTHER), 0, NOW)
    said = f"{LANE}\n{size}\n{OTHER.hex()}\n".encode()
    assert evidence(world, HOME) == [(LANE, reason.code, None, said)]


def test_follower_with_the_empty_lane_is_no_contradiction(world: World, told: str) -> None:
    """Whoever begins again gets everything."""
    page = page_for(world.home, "KOR", Position(0, Frontier.empty().root), 0, NOW)
    assert len(page.entries) == len(world.events("KOR"))


def test_forged_extension_is_noticed_when_the_true_issuer_is_asked(world: World, told: str) -> None:
    """A thief with the lane key fools a follower until it next asks the true node, which then keeps the evidence."""
    forged = page(followed(world), [leaf_event(followed(world), HoldPlaced("x", Scope.PROJECT, "y"))])
    with pytest.raises(Refusal, match="lane_fork"):
        follow.take(world["KOR"], DirectLink(world.home, "KOR"), HOME, forged, NOW)
    assert [reason for _, reason, _, _ in evidence(world, HOME)] == ["lane_fork"]
