"""Care for keys without being asked: successors in time and once, activation by policy, warnings; no keyring signed."""

from dataclasses import replace

import pytest
from fakes.narrowing import METI, publish
from fakes.parties import DAY, HOME, NOW, do, key_of, keyring_of
from fakes.world import World

from interchange.domain.events import ActPerformed
from interchange.domain.keyring import Role
from interchange.domain.stages import Stage, Verb
from interchange.flows.audit import audit
from interchange.flows.board import board
from interchange.flows.care import CALLER, End, activate_successors, draft_successors, ends, warn_of
from interchange.flows.keyrings import draft
from interchange.flows.stages import DRAFT, MOVE, DraftRequest, MoveRequest
from interchange.store import keys
from interchange.wire.keyring import assemble, parse_keyring

END = METI.sign_until
"""Of all keys that the world begins with: a year and a minute after their beginning."""

USES = {(key.role, key.organ) for key in keyring_of(HOME).keys}
PARTNERS = ("AUS", "KOR")


def drafted(world: World) -> list[tuple[Role, str]]:
    """List for what keys are drafted."""
    return [
        (line.key.record.role, line.key.record.organ)
        for line in board(world.home).lines
        if line.key.stage is Stage.DRAFTED
    ]


def next_keyring(world: World, now: int) -> None:
    """Publish the keyring that lists what was drafted."""
    publish(world, parse_keyring(assemble(draft(world.home, days=300, now=now), []))[0])


def stage_of(world: World, kid: str) -> Stage:
    """Look at the register."""
    return next(line.key.stage for line in board(world.home).lines if line.key.record.kid == kid)


# -- successors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "expected"), [(61, set()), (60, USES), (1, USES)])
def test_successors_are_drafted_in_time(world: World, days: int, expected: set[tuple[Role, str]]) -> None:
    """Sixty days before the end, one for each use."""
    draft_successors(world.home, END - days * DAY)
    found = drafted(world)
    assert (set(found), len(found)) == (expected, len(expected))


def test_successors_are_drafted_once(world: World) -> None:
    """However often the job runs, and also once a keyring lists them."""
    first = draft_successors(world.home, END - 60 * DAY)
    again = draft_successors(world.home, END - 59 * DAY)
    next_keyring(world, END - 58 * DAY)
    assert (len(first), again, draft_successors(world.home, END - 57 * DAY)) == (len(USES), [], [])


def test_use_with_a_key_that_people_drafted_gets_none(world: World) -> None:
    """As long as it signs for longer than the one that ends."""
    do(world.home, DRAFT, DraftRequest(Role.ASSERT, "METI", END - DAY, END + DAY, END + 9 * DAY))
    draft_successors(world.home, END - 60 * DAY)
    assert sorted(drafted(world)).count((Role.ASSERT, "METI")) == 1


def test_key_that_ends_no_later_is_no_successor(world: World) -> None:
    """It would leave the use without one all the same."""
    do(world.home, DRAFT, DraftRequest(Role.ASSERT, "METI", NOW, END, END))
    draft_successors(world.home, END - 60 * DAY)
    assert sorted(drafted(world)).count((Role.ASSERT, "METI")) == 2


def test_suspended_key_is_no_successor(world: World) -> None:
    """Nobody knows whether it comes back."""
    kid = do(world.home, DRAFT, DraftRequest(Role.ASSERT, "METI", NOW - 60, END + DAY, END + DAY))
    next_keyring(world, NOW)
    do(world.home, MOVE, MoveRequest(kid, Verb.SUSPEND))
    draft_successors(world.home, END - 60 * DAY)
    assert (Role.ASSERT, "METI") in drafted(world)


@pytest.mark.parametrize("now", [END - 1, END + DAY])
def test_node_that_is_to_draft_none_drafts_none(world: World, now: int) -> None:
    """Zero days ahead; not even when a window has ended."""
    assert draft_successors(replace(world.home, keys_ahead=0), now) == []


def test_successor_signs_at_once_and_for_a_year(world: World) -> None:
    """It counts for a year more, the longest life of an assertion."""
    now = END - 60 * DAY
    kids = draft_successors(world.home, now)
    windows = {
        (key.sign_from, key.sign_until, key.verify_until)
        for key in (line.key.record for line in board(world.home).lines)
        if key.kid in kids
    }
    assert windows == {(now - 60, now + 365 * DAY, now + 730 * DAY)}


def test_drafting_is_audited_under_the_jobs_name(world: World) -> None:
    """Each key is an act."""
    draft_successors(world.home, END - 60 * DAY)
    acts = [event for event in world.events("audit") if isinstance(event, ActPerformed) and event.caller == CALLER]
    assert ([act.act for act in acts], audit(world.home).faults) == (["draft_key"] * len(USES), ())


def test_job_signs_no_keyring(world: World) -> None:
    """That is for the root keys, wherever they are."""
    draft_successors(world.home, END - 60 * DAY)
    activate_successors(replace(world.home, activates_keys=True), END - DAY)
    assert board(world.home).keyring == keyring_of(HOME)


# -- activation by policy ---------------------------------------------------------------------------------------


@pytest.fixture
def ready(world: World) -> str:
    """A successor that a keyring lists and everybody knows, of a key whose last week begins; and a willing node."""
    world.nodes[HOME] = replace(world.home, activates_keys=True, jwks_cache=3600)
    kid = do(world.home, DRAFT, DraftRequest(Role.ASSERT, "METI", NOW - 60, END + DAY, END + DAY))
    for party in PARTNERS:
        world.follow(party)
    next_keyring(world, NOW)
    return kid


WEEK = END - 7 * DAY


def test_successor_that_everybody_knows_is_activated_in_the_last_week(world: World, ready: str) -> None:
    """And the one before stands by, so that there is a way back."""
    for party in PARTNERS:
        world.follow(party)
    assert activate_successors(world.home, WEEK - 1) == []
    assert activate_successors(world.home, WEEK) == [ready]
    assert (stage_of(world, ready), stage_of(world, METI.kid)) == (Stage.ACTIVE, Stage.LAID_IN)


def test_activation_is_audited_and_not_repeated(world: World, ready: str) -> None:
    """The next pass finds nothing to do."""
    for party in PARTNERS:
        world.follow(party)
    passes = [activate_successors(world.home, WEEK + second) for second in (0, 1)]
    acts = [event for event in world.events("audit") if isinstance(event, ActPerformed) and event.caller == CALLER]
    assert (passes, [act.act for act in acts], audit(world.home).faults) == ([[ready], []], ["move_key"], ())


@pytest.mark.parametrize("party", PARTNERS)
def test_nothing_is_activated_that_a_partner_does_not_know(world: World, ready: str, party: str) -> None:
    """The job never forces."""
    world.follow(party)
    assert (activate_successors(world.home, WEEK), stage_of(world, ready)) == ([], Stage.LAID_IN)


def test_nothing_is_activated_while_older_key_sets_may_be_kept(world: World, ready: str) -> None:
    """Programs that only know JWT are waited for, too."""
    world.nodes[HOME] = replace(world.home, jwks_cache=366 * DAY)
    for party in PARTNERS:
        world.follow(party)
    assert (activate_successors(world.home, WEEK), stage_of(world, ready)) == ([], Stage.LAID_IN)


def test_nothing_is_activated_without_the_policy(world: World, ready: str) -> None:
    """People do it, two of them."""
    for party in PARTNERS:
        world.follow(party)
    unwilling = replace(world.home, activates_keys=False)
    assert (activate_successors(unwilling, WEEK), stage_of(world, ready)) == ([], Stage.LAID_IN)


@pytest.mark.parametrize("verb", [Verb.SUSPEND, Verb.RETIRE])
def test_nothing_narrowed_is_activated(world: World, ready: str, verb: Verb) -> None:
    """Whatever its window says."""
    do(world.home, MOVE, MoveRequest(ready, verb))
    for party in PARTNERS:
        world.follow(party)
    assert activate_successors(world.home, WEEK) == []


def test_successor_without_its_private_half_is_not_activated(world: World) -> None:
    """The node could sign nothing."""
    world.nodes[HOME] = replace(world.home, activates_keys=True)
    later = key_of(HOME, Role.ASSERT, "METI", 7, sign_until=END + DAY)
    publish(world, replace(keyring_of(HOME, 2), keys=(*keyring_of(HOME).keys, later)))
    assert activate_successors(world.home, WEEK) == []


# -- warnings ---------------------------------------------------------------------------------------------------

SOMETHING = End("ref", "lane key", NOW + 100 * DAY)


def given(world: World, end: End, *days: float) -> list[int]:
    """Give the warnings that are due so many days before the end, one pass after the other."""
    return [each.days for left in days for each in warn_of(world.home, [end], end.ends_at - int(left * DAY))]


def test_warnings_are_given_30_7_and_1_day_before_once_each(world: World) -> None:
    """However often the job runs."""
    assert given(world, SOMETHING, 31, 30, 29.5, 8, 7, 6, 2, 1, 0.5, 0) == [30, 7, 1]


def test_of_warnings_that_come_together_the_last_is_given(world: World) -> None:
    """A node that was down for a month does not count them up."""
    assert given(world, SOMETHING, 0.5, 0.4) == [1]


def test_nothing_is_said_once_it_has_ended(world: World) -> None:
    """A warning would come too late."""
    assert given(world, SOMETHING, 0, -1) == []


def test_what_was_renewed_is_warned_of_anew(world: World) -> None:
    """Under its new end."""
    renewed = SOMETHING._replace(ends_at=SOMETHING.ends_at + 365 * DAY)
    assert given(world, SOMETHING, 7) + given(world, renewed, 30, 7) == [7, 30, 7]


def test_what_ends_is_every_active_key_and_the_keyring(world: World) -> None:
    """A key that stands by is no loss; certificates are listed beside them."""
    do(world.home, DRAFT, DraftRequest(Role.ASSERT, "METI", NOW - 60, NOW + DAY, NOW + DAY))
    next_keyring(world, NOW)
    found = ends(world.home)
    active = {
        key.record.kid for key in world.home.ledger.read(lambda tx: keys.in_stage(tx, METI.authority, Stage.ACTIVE))
    }
    assert active < {end.ref for end in found}
    assert {(end.what, end.ends_at) for end in found} >= {("keyring 2", NOW + 300 * DAY), ("assert-METI key", END)}
