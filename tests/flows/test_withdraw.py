"""Suspend, reinstate, revoke: who is told what, and never why."""

import pytest
from fakes.parties import AGREEMENTS, HOME, TREATY
from fakes.refusals import refused
from fakes.scene import Scene, ref_of
from fakes.world import World

from interchange.domain.events import Event, HoldLifted, HoldPlaced, Revoked, Scope
from interchange.domain.standing import HoldScope
from interchange.domain.verdict import Outcome
from interchange.errors import Reason
from interchange.store import lanes, projects
from interchange.store.ledger import Tx


def reference(world: World, project_id: str, party: str) -> str:
    """Read the reference of a project towards a party."""
    project = world.home.ledger.read(lambda tx: projects.get(tx, project_id))
    partner = project.partner(party) if project else None
    assert partner is not None
    return partner.reference


def news(world: World, before: dict[str, int]) -> dict[str, list[Event]]:
    """Read what each partner was told since, where anything was."""
    told = {party: world.events(party)[size:] for party, size in before.items()}
    return {party: events for party, events in told.items() if events}


def sizes(world: World) -> dict[str, int]:
    """Count what each partner was told so far."""
    return {party: len(world.events(party)) for party in AGREEMENTS}


HOLDS = [
    (HoldScope.ASSERTION, "ann wide KOR", {("KOR", Scope.ASSERTION, "ann wide KOR")}),
    (
        HoldScope.SUBJECT,
        "ann",
        {
            ("KOR", Scope.ASSERTION, "ann wide KOR"),
            ("KOR", Scope.ASSERTION, "ann narrow KOR"),
            ("AUS", Scope.ASSERTION, "ann wide AUS"),
        },
    ),
    (HoldScope.EMPLOYER, "employer-2", {("KOR", Scope.ASSERTION, "bob wide KOR")}),
    (HoldScope.PROJECT, "wide", {("KOR", Scope.PROJECT, "wide"), ("AUS", Scope.PROJECT, "wide")}),
    (HoldScope.PROJECT, "narrow", {("KOR", Scope.PROJECT, "narrow")}),
    (HoldScope.AGREEMENT, TREATY, {("KOR", Scope.AGREEMENT, TREATY)}),
]
"""Scope of the hold, what it is on, and (partner, outward scope, what) that has to be told."""

AFFECTED = {
    "ann wide KOR": {"ann wide KOR"},
    "ann": {"ann wide KOR", "ann wide AUS", "ann narrow KOR"},
    "employer-2": {"bob wide KOR"},
    "wide": {"ann wide KOR", "ann wide AUS", "bob wide KOR"},
    "narrow": {"ann narrow KOR"},
    TREATY: {"ann wide KOR", "ann narrow KOR", "bob wide KOR"},
}
"""What a hold is on → the assertions that it suspends."""


@pytest.mark.parametrize(("scope", "on", "expected"), HOLDS)
def test_hold_is_told_to_the_partners_concerned_and_to_nobody_else(
    world: World, scene: Scene, scope: HoldScope, on: str, expected: set[tuple[str, Scope, str]]
) -> None:
    """Each lane gets what concerns its partner, in the words of that partner's own references."""
    before = sizes(world)
    world.suspend(scope, ref_of(scene, on))
    told = {
        (party, event.scope, event.of)
        for party, events in news(world, before).items()
        for event in events
        if isinstance(event, HoldPlaced)
    }
    assert told == {
        (party, outward, reference(world, ref_of(scene, of), party) if outward is Scope.PROJECT else ref_of(scene, of))
        for party, outward, of in expected
    }


@pytest.mark.parametrize(("scope", "on"), [(scope, on) for scope, on, _ in HOLDS])
def test_hold_suspends_what_it_covers_and_nothing_else(world: World, scene: Scene, scope: HoldScope, on: str) -> None:
    """At each partner exactly the assertions that rest on what is held are suspended."""
    world.suspend(scope, ref_of(scene, on))
    assert not_valid(world, scene) == AFFECTED[on]


@pytest.mark.parametrize(("scope", "on"), [(scope, on) for scope, on, _ in HOLDS])
def test_lifted_hold_frees_what_it_covered(world: World, scene: Scene, scope: HoldScope, on: str) -> None:
    """After the one hold is lifted every assertion is valid again at its partner."""
    world.reinstate(world.suspend(scope, ref_of(scene, on)))
    assert not_valid(world, scene) == set()


@pytest.mark.parametrize(("scope", "on"), [(scope, on) for scope, on, _ in HOLDS])
def test_lifted_hold_frees_only_what_no_other_hold_covers(
    world: World, scene: Scene, scope: HoldScope, on: str
) -> None:
    """Of two holds the one that stays open goes on holding what it covers."""
    world.suspend(HoldScope.SUBJECT, scene.ann)
    world.reinstate(world.suspend(scope, ref_of(scene, on)))
    assert not_valid(world, scene) == AFFECTED["ann"]


def test_two_holds_on_one_thing_are_lifted_one_by_one(world: World, scene: Scene) -> None:
    """The same cause reported twice has to be cleared twice."""
    first, _ = (world.suspend(HoldScope.ASSERTION, scene.names["bob wide KOR"]) for _ in range(2))
    world.reinstate(first)
    assert not_valid(world, scene) == {"bob wide KOR"}


def not_valid(world: World, scene: Scene) -> set[str]:
    """Let the partners catch up, and name the assertions that they hold suspended."""
    for party in AGREEMENTS:
        world.follow(party)
    return {
        name
        for name, jti in scene.names.items()
        if world.verdict(name.rpartition(" ")[2], jti).reason is Reason.SUSPENDED
    }


@pytest.mark.parametrize(("scope", "on"), [(HoldScope.SUBJECT, "ann"), (HoldScope.EMPLOYER, "employer-1")])
def test_no_leaf_shows_why_an_assertion_is_held(world: World, scene: Scene, scope: HoldScope, on: str) -> None:
    """A hold on a person or an employer reads as one on an assertion; neither stands in any lane."""
    hold_id = world.suspend(scope, ref_of(scene, on))
    leaves = all_leaves(world)
    secrets = (b"subject", b"employer", scene.ann.encode(), hold_id.encode())
    assert [secret for secret in secrets if secret in leaves] == []


def all_leaves(world: World) -> bytes:
    """Join all leaves of the partners' lanes."""

    def look(tx: Tx) -> bytes:
        heads = [head for head in lanes.heads(tx) if head.party in AGREEMENTS and head.issued]
        return b"\n".join(entry.leaf for head in heads for _, entry in lanes.all_entries(tx, head.origin, head.size))

    return world.home.ledger.read(look)


def test_holds_told_for_one_cause_cannot_be_linked(world: World, scene: Scene) -> None:
    """Each told hold has a name of its own, so that no partner sees which assertions are held together."""
    before = sizes(world)
    world.suspend(HoldScope.SUBJECT, scene.ann)
    names = [event.hold for told in news(world, before).values() for event in told if isinstance(event, HoldPlaced)]
    assert (len(names), len(set(names))) == (3, 3)


def test_project_stop_is_one_event_a_partner(world: World, scene: Scene) -> None:
    """However many take part, each lane gets one leaf when the project is stopped."""
    before = sizes(world)
    world.suspend(HoldScope.PROJECT, scene.wide)
    assert {party: len(events) for party, events in news(world, before).items()} == {"KOR": 1, "AUS": 1}


def test_lifting_is_told_by_the_names_under_which_it_was_held(world: World, scene: Scene) -> None:
    """Every told hold is lifted by its own name, and nothing else is said."""
    before = sizes(world)
    world.reinstate(world.suspend(HoldScope.SUBJECT, scene.ann))
    for events in news(world, before).values():
        placed = [event.hold for event in events if isinstance(event, HoldPlaced)]
        assert [event.hold for event in events if isinstance(event, HoldLifted)] == placed


def test_revocation_is_told_to_its_partner_alone(world: World, scene: Scene) -> None:
    """The other partner's lane stands still."""
    before = sizes(world)
    world.revoke(scene.names["ann wide AUS"])
    assert news(world, before) == {"AUS": [Revoked(scene.names["ann wide AUS"])]}


def test_ended_assertions_are_not_told_when_a_person_is_held(world: World, scene: Scene) -> None:
    """A revoked assertion needs no hold, and a leaf about it would only show that there is one."""
    world.revoke(scene.names["ann wide AUS"])
    before = sizes(world)
    world.suspend(HoldScope.SUBJECT, scene.ann)
    assert list(news(world, before)) == ["KOR"]


def test_person_without_assertions_can_be_held(world: World) -> None:
    """The hold stands at home before there is anything to tell."""
    project, subject = world.open_project(), world.clear()
    world.suspend(HoldScope.SUBJECT, subject)
    with refused(Reason.HELD):
        world.issue(project, subject)


def test_issuers_own_verdict_turns_with_the_commit(world: World, scene: Scene) -> None:
    """After a revocation was answered no later verdict of the issuing node says VALID, whoever had caught up."""
    before = world.verdict(HOME, scene.names["ann wide KOR"]).outcome
    world.revoke(scene.names["ann wide KOR"])
    assert (before, world.verdict(HOME, scene.names["ann wide KOR"]).outcome) == (Outcome.VALID, Outcome.NOT_VALID)
