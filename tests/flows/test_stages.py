"""Keys of the home node from stage to stage: the gate before activation, the ways back, the end of a private half."""

from dataclasses import replace

import pytest
from fakes.narrowing import METI, issue, publish
from fakes.parties import DAY, HOME, NOW, do, key_of, keyring_of
from fakes.refusals import refused
from fakes.world import World

from interchange.domain.keyring import KeyRecord, Role
from interchange.domain.stages import Stage, Verb
from interchange.errors import Reason
from interchange.flows.board import board
from interchange.flows.keyrings import draft
from interchange.flows.stages import DRAFT, MOVE, DraftRequest, Moved, MoveRequest, read_moved
from interchange.store import keys
from interchange.wire.keyring import assemble, parse_keyring

PARTNERS = ("AUS", "KOR")
HOUR = 3600
LATER = NOW + HOUR
"""After the cache life of the JWK set."""

YEAR = 365 * DAY


def drafted(world: World, role: Role = Role.ASSERT, organ: str = "METI", begins: int = NOW - 60) -> str:
    """Let the home node make a key."""
    return do(world.home, DRAFT, DraftRequest(role, organ, begins, begins + YEAR, begins + 2 * YEAR))


def next_keyring(world: World, now: int = NOW) -> None:
    """Let the home node draft its next keyring, the root keys sign it, and the node publish it."""
    payload = draft(world.home, days=300, now=now)
    ring = parse_keyring(assemble(payload, []))[0]
    publish(world, ring)


def laid_in(world: World) -> str:
    """Make a second key of the organ, and publish a keyring that lists it."""
    kid = drafted(world)
    next_keyring(world)
    return kid


def move(world: World, kid: str, verb: Verb, now: int = LATER, *, forced: bool = False) -> Moved:
    """Take a step."""
    return read_moved(do(world.home, MOVE, MoveRequest(kid, verb, forced=forced), now))


def everybody_follows(world: World) -> None:
    """Let all partners catch up."""
    for party in PARTNERS:
        world.follow(party)


def stage_of(world: World, kid: str) -> Stage:
    """Look at the register."""
    found = world.home.ledger.read(lambda tx: keys.get(tx, world.home.names.authority, kid))
    assert found is not None
    return found.stage


def signs(world: World) -> str:
    """Name the key under which the organ's next assertion is signed."""
    return world.home.ledger.read(lambda tx: world.home.signing_key(tx, Role.ASSERT, LATER, "METI")).kid


# -- from the making to the laying in ---------------------------------------------------------------------------


def test_first_keys_sign_at_once(world: World) -> None:
    """Where none signed before, nothing can be broken."""
    assert {line.key.stage for line in board(world.home).lines} == {Stage.ACTIVE}


def test_drafted_key_is_in_the_next_draft(world: World) -> None:
    """The ceremony signs it with the others."""
    kid = drafted(world)
    listed = parse_keyring(assemble(draft(world.home, days=9, now=NOW), []))[0].key(kid)
    assert listed is not None
    assert (listed.role, listed.organ, listed.sign_from) == (Role.ASSERT, "METI", NOW - 60)


def test_years_keys_are_laid_in_by_one_ceremony(world: World) -> None:
    """Four keys for four quarters, none of which signs yet."""
    quarters = [drafted(world, begins=NOW + n * 90 * DAY) for n in range(4)]
    next_keyring(world)
    assert [stage_of(world, kid) for kid in quarters] == [Stage.LAID_IN] * 4


def test_laid_in_key_does_not_sign(world: World) -> None:
    """Whatever its window says: partners may not know it yet."""
    laid_in(world)
    assert signs(world) == METI.kid


@pytest.mark.parametrize(("role", "organ"), [(Role.ASSERT, ""), (Role.LANE, "METI"), (Role.ASSERT, "NOBODY")])
def test_key_for_no_use_is_not_made(world: World, role: Role, organ: str) -> None:
    """An organ's key is an organ's, and all others are of the whole party."""
    with refused(Reason.FIELD_FORM):
        drafted(world, role, organ)


@pytest.mark.parametrize(
    ("begins", "ends", "counts"), [(NOW, NOW, NOW), (NOW, NOW + 9, NOW + 8), (NOW - 9, NOW, NOW + 9)]
)
def test_key_without_a_window_is_not_made(world: World, begins: int, ends: int, counts: int) -> None:
    """It could never sign."""
    with refused(Reason.DATE_ABSURD):
        do(world.home, DRAFT, DraftRequest(Role.STATUS, "", begins, ends, counts))


def test_draft_repeated_makes_one_key(world: World) -> None:
    """The request id stands for it."""
    wanted = DraftRequest(Role.STATUS, "", NOW, NOW + YEAR, NOW + YEAR)
    one, two = (do(world.home, DRAFT, wanted, request_id=world.home.names.uri) for _ in "12")
    assert one == two


# -- the gate ---------------------------------------------------------------------------------------------------


def test_key_that_every_partner_acknowledged_is_activated(world: World) -> None:
    """From then on it signs, and nobody is surprised."""
    kid = laid_in(world)
    everybody_follows(world)
    move(world, kid, Verb.ACTIVATE)
    assert signs(world) == kid


@pytest.mark.parametrize("party", PARTNERS)
def test_partner_that_is_behind_is_named(world: World, party: str) -> None:
    """And since when nothing was heard of it."""
    everybody_follows(world)
    kid = laid_in(world)
    world.follow("AUS" if party == "KOR" else "KOR")
    with refused(Reason.KEY_NOT_SEEN, f"{party} last spoke 2027-01-15T08:20:34Z"):
        move(world, kid, Verb.ACTIVATE)


def test_partner_that_never_followed_is_not_waited_for(world: World) -> None:
    """It will read the present keyring before anything else."""
    kid = laid_in(world)
    move(world, kid, Verb.ACTIVATE)
    assert signs(world) == kid


def test_jwk_set_that_may_still_be_kept_is_named(world: World) -> None:
    """Programs that only know JWT would not find the key."""
    kid = laid_in(world)
    everybody_follows(world)
    with refused(Reason.KEY_NOT_SEEN, "JWK sets kept until 2027-01-15T09:20:34Z"):
        move(world, kid, Verb.ACTIVATE, LATER - 1)


def test_key_that_is_in_no_jwk_set_does_not_wait_for_it(world: World) -> None:
    """A lane's key is for followers."""
    kid = drafted(world, Role.LANE, "")
    next_keyring(world)
    everybody_follows(world)
    assert move(world, kid, Verb.ACTIVATE, NOW + 1).stage is Stage.ACTIVE


def test_forced_activation_records_who_was_left_behind(world: World) -> None:
    """Whoever approves it has read the names."""
    everybody_follows(world)
    kid = laid_in(world)
    world.follow("AUS")
    assert move(world, kid, Verb.ACTIVATE, forced=True).left_behind == ("KOR last spoke 2027-01-15T08:20:34Z",)


def test_key_whose_window_has_not_begun_is_not_activated(world: World) -> None:
    """Nothing that it signed would verify."""
    kid = drafted(world, begins=NOW + 90 * DAY)
    next_keyring(world)
    with refused(Reason.KEY_WINDOW):
        move(world, kid, Verb.ACTIVATE)


def test_drafted_key_is_not_activated(world: World) -> None:
    """No keyring lists it."""
    with refused(Reason.KEY_STAGE):
        move(world, drafted(world), Verb.ACTIVATE)


def test_key_whose_private_half_is_elsewhere_is_not_activated(world: World) -> None:
    """The node could sign nothing."""
    foreign = key_of(HOME, Role.ASSERT, "METI", 7)
    publish(world, replace(keyring_of(HOME, 2), keys=(*keyring_of(HOME).keys, foreign)))
    with refused(Reason.SIGNER_UNAVAILABLE):
        move(world, foreign.kid, Verb.ACTIVATE)


@pytest.mark.parametrize("meanwhile", [True, False], ids=["left out of a keyring", "suspended and resumed"])
def test_resumed_key_is_made_known_anew(world: World, *, meanwhile: bool) -> None:
    """Whoever was told of the suspension and no more does not believe it, though a keyring before listed it."""
    everybody_follows(world)
    move(world, METI.kid, Verb.SUSPEND)
    if meanwhile:
        next_keyring(world)
    everybody_follows(world)
    move(world, METI.kid, Verb.RESUME)
    next_keyring(world)
    move(world, laid_in(world), Verb.ACTIVATE, forced=True)
    with refused(Reason.KEY_NOT_SEEN, "AUS last spoke 2027-01-15T08:20:34Z; KOR last spoke 2027-01-15T08:20:34Z"):
        move(world, METI.kid, Verb.ACTIVATE)
    everybody_follows(world)
    assert move(world, METI.kid, Verb.ACTIVATE).stage is Stage.ACTIVE


# -- the ways back ----------------------------------------------------------------------------------------------


def test_replaced_key_stands_by_and_can_sign_again(world: World) -> None:
    """A rotation that turns out badly is turned back by the same step."""
    kid = laid_in(world)
    everybody_follows(world)
    move(world, kid, Verb.ACTIVATE)
    move(world, METI.kid, Verb.ACTIVATE)
    assert (signs(world), stage_of(world, kid)) == (METI.kid, Stage.LAID_IN)


def test_one_key_of_a_use_is_active(world: World) -> None:
    """The other stands by."""
    kid = laid_in(world)
    move(world, kid, Verb.ACTIVATE)
    assert stage_of(world, METI.kid) is Stage.LAID_IN


def test_resumed_key_waits_for_the_next_keyring(world: World) -> None:
    """A lane can only narrow."""
    move(world, METI.kid, Verb.SUSPEND)
    move(world, METI.kid, Verb.RESUME)
    with refused(Reason.KEY_RESTRICTED):
        move(world, METI.kid, Verb.ACTIVATE)


def test_assertions_of_the_replaced_key_stay_good(world: World) -> None:
    """A rotation breaks no partner."""
    jti = issue(world)
    kid = laid_in(world)
    everybody_follows(world)
    move(world, kid, Verb.ACTIVATE)
    move(world, METI.kid, Verb.RETIRE)
    everybody_follows(world)
    assert world.verdict("KOR", jti).reason is None


# -- the end ----------------------------------------------------------------------------------------------------


def test_destroyed_key_has_no_private_half(world: World) -> None:
    """Its public half stays in the register."""
    kid = laid_in(world)
    move(world, kid, Verb.RETIRE)
    move(world, kid, Verb.DESTROY)
    found = next(line for line in board(world.home).lines if line.key.record.kid == kid)
    assert (found.present, found.key.stage) == (False, Stage.DESTROYED)


def test_row_alone_destroys_nothing(world: World) -> None:
    """Whoever edits the register does not get at the private halves."""
    kid = laid_in(world)
    world.home.ledger.transact(lambda tx: tx.exec_driver_sql("UPDATE keys SET stage = 'destroyed'"))
    assert kid in world.home.signers


@pytest.mark.parametrize("stage", ["active", "laid_in"])
def test_key_in_use_is_not_destroyed(world: World, stage: str) -> None:
    """It is retired or tainted first."""
    kid = {"active": METI.kid, "laid_in": laid_in(world)}[stage]
    with refused(Reason.KEY_STAGE):
        move(world, kid, Verb.DESTROY)


# -- the board --------------------------------------------------------------------------------------------------


def test_board_says_who_has_seen_a_key(world: World) -> None:
    """As far as they acknowledged."""
    everybody_follows(world)
    kid = laid_in(world)
    world.follow("AUS")
    shown = board(world.home)
    seen = {line.key.record.kid: line.seen_by for line in shown.lines}
    assert (seen[kid], seen[METI.kid]) == (("AUS",), ("AUS", "KOR"))
    assert [(each.party, each.keyring) for each in shown.partners] == [("AUS", 2), ("KOR", 1)]


def test_key_that_cannot_sign_under_the_new_keyring_is_replaced_at_once(world: World) -> None:
    """After a theft nothing could be signed otherwise."""
    kid = drafted(world)
    ring = parse_keyring(assemble(draft(world.home, days=300, now=NOW), []))[0]
    tainted: tuple[KeyRecord, ...] = tuple(
        replace(key, tainted_since=NOW) if key.kid == METI.kid else key for key in ring.keys
    )
    publish(world, replace(ring, keys=tainted))
    assert (signs(world), stage_of(world, METI.kid)) == (kid, Stage.TAINTED)
