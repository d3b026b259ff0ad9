"""What is not held, lifted or revoked: things that have ended, things that are not there, things of others."""

import pytest
from fakes.parties import AGREEMENTS, DAY, HOME, NOW
from fakes.refusals import refused
from fakes.scene import Scene
from fakes.world import World, rows

from interchange.domain.standing import HoldScope
from interchange.errors import Reason


def test_revoked_assertion_is_not_reinstated(world: World, scene: Scene) -> None:
    """A revocation is for ever, also where a hold was open on the assertion."""
    hold = world.suspend(HoldScope.ASSERTION, scene.names["ann wide KOR"])
    world.revoke(scene.names["ann wide KOR"])
    with refused(Reason.ALREADY_ENDED):
        world.reinstate(hold)


def test_lifting_a_persons_hold_does_not_bring_a_revoked_assertion_back(world: World, scene: Scene) -> None:
    """What was revoked while the person was held stays revoked at the partner."""
    hold = world.suspend(HoldScope.SUBJECT, scene.ann)
    world.revoke(scene.names["ann wide KOR"])
    world.reinstate(hold)
    world.follow()
    assert world.verdict("KOR", scene.names["ann wide KOR"]).reason is Reason.REVOKED


def test_second_revocation_is_refused(world: World, scene: Scene) -> None:
    """There is one revocation, with one leaf."""
    world.revoke(scene.names["ann wide KOR"])
    with refused(Reason.ALREADY_ENDED):
        world.revoke(scene.names["ann wide KOR"])


def test_expired_assertion_is_not_revoked(world: World) -> None:
    """What has come to its end by itself has nothing left to revoke."""
    jti = world.issue(world.open_project(), world.clear(), expires_at=NOW + DAY)
    with refused(Reason.ALREADY_ENDED):
        world.revoke(jti, NOW + DAY)


def test_last_second_is_early_enough_to_revoke(world: World) -> None:
    """The end is the first instant at which the assertion no longer holds."""
    jti = world.issue(world.open_project(), world.clear(), expires_at=NOW + DAY)
    world.revoke(jti, NOW + DAY - 1)
    assert world.issued(jti).revoked_at == NOW + DAY - 1


def test_closed_hold_is_not_closed_again(world: World, scene: Scene) -> None:
    """A second lifting of one hold is refused, so that it cannot lift another one by mistake."""
    hold = world.suspend(HoldScope.SUBJECT, scene.ann)
    world.reinstate(hold)
    with refused(Reason.ALREADY_ENDED):
        world.reinstate(hold)


@pytest.mark.parametrize("scope", [HoldScope.ASSERTION, HoldScope.SUBJECT, HoldScope.PROJECT])
def test_hold_on_nothing_is_refused(world: World, scope: HoldScope) -> None:
    """Whoever mistypes a name must not believe that something is held now."""
    with refused(Reason.NOT_KNOWN):
        world.suspend(scope, "mistyped")


@pytest.mark.parametrize("code", ["JPN-KOR-2017", "KOR-AUS-2016"])
def test_hold_on_an_unknown_agreement_is_refused(world: World, code: str) -> None:
    """Agreements are named by the rulebook."""
    with refused(Reason.AGREEMENT_UNKNOWN):
        world.suspend(HoldScope.AGREEMENT, code)


def test_hold_on_an_agreement_of_others_is_refused(world: World) -> None:
    """A node speaks for the agreements of its own party only, and tells nobody about those of two others."""
    kor = World(world.directory, {**world.nodes, HOME: world["KOR"]})
    with refused(Reason.AGREEMENT_UNKNOWN):
        kor.suspend(HoldScope.AGREEMENT, AGREEMENTS["AUS"])


def test_lifting_of_an_unknown_hold_is_refused(world: World) -> None:
    """There is nothing of that name."""
    with refused(Reason.NOT_KNOWN):
        world.reinstate("mistyped")


def test_hold_on_an_ended_assertion_is_refused(world: World, scene: Scene) -> None:
    """What is revoked is not suspended besides."""
    world.revoke(scene.names["ann wide KOR"])
    with refused(Reason.ALREADY_ENDED):
        world.suspend(HoldScope.ASSERTION, scene.names["ann wide KOR"])


def test_refused_withdrawal_leaves_no_trace(world: World, scene: Scene) -> None:
    """A refused revocation writes neither leaf nor audit."""
    world.revoke(scene.names["ann wide KOR"])
    before = rows(world.home)
    with refused(Reason.ALREADY_ENDED):
        world.revoke(scene.names["ann wide KOR"])
    assert rows(world.home) == before
