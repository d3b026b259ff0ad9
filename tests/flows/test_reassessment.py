"""Notice that a person is to be assessed again: a hold from that instant, told as any other, lifted alone."""

from collections.abc import Callable

import pytest
from fakes.parties import AGREEMENTS, NOW, do
from fakes.refusals import refused
from fakes.scene import Scene
from fakes.world import World

from interchange.domain.events import HoldPlaced, Scope
from interchange.domain.projects import HoldCause
from interchange.domain.standing import HoldScope
from interchange.errors import Reason
from interchange.flows.screenings import REASSESS, ReassessRequest
from interchange.store import holds


def reassess(world: World, person: str, now: int = NOW) -> str:
    """Give notice that a person is to be assessed again, and give the hold's id."""
    return do(world.home, REASSESS, ReassessRequest(person), now)


def suspended(world: World, scene: Scene) -> set[str]:
    """Let the partners catch up, and name the assertions that they hold suspended."""
    for party in AGREEMENTS:
        world.follow(party)
    return {
        name
        for name, jti in scene.names.items()
        if world.verdict(name.rpartition(" ")[2], jti).reason is Reason.SUSPENDED
    }


OF_ANN = {"ann wide KOR", "ann wide AUS", "ann narrow KOR"}


def test_notice_suspends_all_that_was_asserted_of_the_person(world: World, scene: Scene) -> None:
    """At every partner, by one act; nobody else is touched."""
    reassess(world, scene.ann)
    assert suspended(world, scene) == OF_ANN


@pytest.mark.parametrize("party", sorted(AGREEMENTS))
def test_notice_is_told_as_any_hold_on_a_person(world: World, scene: Scene, party: str) -> None:
    """One hold an assertion, in the order in which a suspension by hand is told."""
    acts: list[Callable[[], str]] = [
        lambda: reassess(world, scene.ann),
        lambda: world.suspend(HoldScope.SUBJECT, scene.ann),
    ]
    seen = []
    for act in acts:
        before = len(world.events(party))
        act()
        told = world.events(party)[before:]
        seen.append([(event.scope, event.of) for event in told if isinstance(event, HoldPlaced)])
    jtis = sorted(jti for name, jti in scene.names.items() if name in OF_ANN and name.endswith(party))
    assert seen == [[(Scope.ASSERTION, jti) for jti in jtis]] * 2


def test_cause_is_known_at_home_alone(world: World, scene: Scene) -> None:
    """It stands beside the hold in the ledger, and no event names it."""
    hold_id = reassess(world, scene.ann)
    hold = world.home.ledger.read(lambda tx: holds.get(tx, hold_id))
    assert hold is not None
    assert (hold.cause, hold.scope, hold.ref) == (HoldCause.REASSESSMENT, HoldScope.SUBJECT, scene.ann)


def test_hold_by_hand_has_no_cause(world: World, scene: Scene) -> None:
    """Nobody was asked for one."""
    hold_id = world.suspend(HoldScope.SUBJECT, scene.ann)
    hold = world.home.ledger.read(lambda tx: holds.get(tx, hold_id))
    assert hold is not None
    assert hold.cause is None


def test_no_event_names_the_person_or_the_notice(world: World, scene: Scene) -> None:
    """Neither the subject, nor the hold's own id, nor the word."""
    hold_id = reassess(world, scene.ann)
    told = repr([world.events(party) for party in AGREEMENTS])
    assert [secret for secret in ("reassess", scene.ann, hold_id) if secret in told] == []


def test_nothing_more_is_issued_to_the_person(world: World, scene: Scene) -> None:
    """From the same instant on."""
    reassess(world, scene.bob)
    with refused(Reason.HELD):
        world.issue(scene.narrow, scene.bob)


def test_person_of_whom_nothing_was_asserted_is_held_as_well(world: World) -> None:
    """The hold stands at home before there is anything to tell."""
    project, subject = world.open_project(), world.clear()
    reassess(world, subject)
    with refused(Reason.HELD):
        world.issue(project, subject)


def test_lifting_it_lifts_that_hold_only(world: World, scene: Scene) -> None:
    """Another hold that covers one of the assertions goes on holding that one."""
    hold = reassess(world, scene.ann)
    world.suspend(HoldScope.PROJECT, scene.narrow)
    world.reinstate(hold)
    assert suspended(world, scene) == {"ann narrow KOR"}


def test_two_notices_are_lifted_one_by_one(world: World, scene: Scene) -> None:
    """Each has grounds of its own, though none is recorded."""
    first, _ = reassess(world, scene.ann), reassess(world, scene.ann)
    world.reinstate(first)
    assert suspended(world, scene) == OF_ANN


def test_nobody_is_reassessed_whom_nobody_knows(world: World) -> None:
    """There is no person of that id."""
    with refused(Reason.NOT_KNOWN):
        reassess(world, "nobody")
