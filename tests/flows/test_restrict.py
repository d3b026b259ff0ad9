"""Narrowing a key of ours at once: which keys, how far, what it stops, and what lifts it."""

from dataclasses import replace

import pytest
from fakes.forger import ForgedLink, followed, page
from fakes.narrowing import METI, RETIRED, SUSPENDED, TAINTED, issue, publish, restrict, resume
from fakes.parties import (
    AGREEMENTS,
    DAY,
    HOME,
    NOW,
    DirectLink,
    admit_request,
    do,
    key_of,
    keyring_of,
    signed,
    signers_of,
    with_key,
)
from fakes.refusals import refused
from fakes.status import listed
from fakes.world import World

from interchange.domain.events import KeyRestricted, KeyringPublished, Restriction
from interchange.domain.keyring import Role
from interchange.domain.lane import Entry
from interchange.errors import Reason
from interchange.flows import follow
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.flows.partners import ADMIT
from interchange.flows.stages import read_moved
from interchange.store import partners
from interchange.wire.events import encode_leaf
from interchange.wire.keyring import encode_keyring, keyring_digest

# -- which key, how far -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.LANE, Role.WITNESS])
def test_keys_that_speak_for_the_lane_are_not_narrowed_in_it(world: World, role: Role) -> None:
    """A lane whose own key is narrowed could tell nobody: that takes the next keyring."""
    assert read_moved(restrict(world, kid=key_of(HOME, role).kid)).places == ()


def test_key_to_which_bindings_are_sealed_is_narrowed(world: World) -> None:
    """Partners hear at once that nothing more is to be sealed to it."""
    kid = key_of(HOME, Role.BINDING).kid
    restrict(world, kid=kid)
    assert world.events("KOR")[-1] == KeyRestricted(kid, SUSPENDED)


@pytest.mark.parametrize(
    ("before", "again"),
    [(RETIRED, RETIRED), (RETIRED, SUSPENDED), (SUSPENDED, SUSPENDED), (TAINTED, RETIRED), (TAINTED, SUSPENDED)],
)
def test_narrowed_key_is_not_narrowed_less(world: World, before: Restriction, again: Restriction) -> None:
    """Its stage does not allow it: nothing new would be told."""
    restrict(world, before)
    with refused(Reason.KEY_STAGE):
        restrict(world, again)


@pytest.mark.parametrize(("before", "further"), [(RETIRED, TAINTED), (SUSPENDED, TAINTED)])
def test_narrowed_key_can_be_narrowed_further(world: World, before: Restriction, further: Restriction) -> None:
    """A suspicion is confirmed; a key that was laid aside turns out to be stolen."""
    restrict(world, before)
    restrict(world, further)
    assert world.events("KOR")[-1] == KeyRestricted(METI.kid, further, NOW - DAY)


def test_taint_reaches_further_back(world: World) -> None:
    """An inquiry finds that the thief came earlier."""
    restrict(world, TAINTED)
    restrict(world, TAINTED, since=NOW - 2 * DAY)
    assert world.events("KOR")[-1] == KeyRestricted(METI.kid, TAINTED, NOW - 2 * DAY)


def test_taint_since_then_is_known(world: World) -> None:
    """A later beginning would let count again what does not."""
    restrict(world, TAINTED)
    with refused(Reason.ALREADY_KNOWN):
        restrict(world, TAINTED, since=NOW)


def test_taint_tells_since_when(world: World) -> None:
    """Partners learn from when on the key may have been a thief's."""
    restrict(world, TAINTED, since=NOW - DAY)
    assert world.events("KOR")[-1] == KeyRestricted(METI.kid, TAINTED, NOW - DAY)


def test_taint_does_not_begin_in_the_future(world: World) -> None:
    """Nobody knows of a theft that is still to come."""
    with refused(Reason.DATE_ABSURD):
        restrict(world, TAINTED, since=NOW + 1)


def test_result_says_when_and_where_it_is_told(world: World) -> None:
    """The same for every repetition of the request: it is kept with it."""
    result = read_moved(restrict(world))
    parties = [place.origin.split("/")[2] for place in result.places]
    told = [world.events(party)[place.n] for party, place in zip(parties, result.places, strict=True)]
    assert (result.at, parties, told) == (NOW, sorted(AGREEMENTS), [KeyRestricted(METI.kid, SUSPENDED)] * 2)


def test_node_without_partners_has_nobody_to_tell(world: World) -> None:
    """The key signs nothing more all the same."""
    world.home.ledger.transact(lambda tx: tx.exec_driver_sql("DELETE FROM partners"))
    assert read_moved(restrict(world)).places == ()


# -- what it stops ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [HOME, "KOR"])
@pytest.mark.parametrize(
    ("how", "reason"), [(RETIRED, None), (SUSPENDED, Reason.KEY_RESTRICTED), (TAINTED, Reason.KEY_RESTRICTED)]
)
def test_what_the_key_signed_before(world: World, at: str, how: Restriction, reason: Reason | None) -> None:
    """Retiring a key is no word against what it signed; the others are."""
    jti = issue(world)
    restrict(world, how)
    world.follow()
    assert world.verdict(at, jti).reason is reason


@pytest.mark.parametrize("at", [HOME, "KOR"])
def test_retired_key_that_turns_out_to_be_stolen_counts_no_more(world: World, at: str) -> None:
    """The further restriction holds."""
    jti = issue(world)
    restrict(world, RETIRED)
    restrict(world, TAINTED)
    world.follow()
    assert world.verdict(at, jti).reason is Reason.KEY_RESTRICTED


@pytest.mark.parametrize("how", list(Restriction))
def test_narrowed_organs_key_signs_nothing_more(world: World, how: Restriction) -> None:
    """Also a retired one: that is what retiring means."""
    restrict(world, how)
    with refused(Reason.KEY_RESTRICTED):
        issue(world)


@pytest.mark.parametrize("how", list(Restriction))
def test_narrowed_status_key_signs_no_list(world: World, how: Restriction) -> None:
    """Nor is the list that it signed before given out, since the lane has moved."""
    issue(world)
    listed(world, "KOR")
    restrict(world, how, key_of(HOME, Role.STATUS).kid)
    with refused(Reason.KEY_RESTRICTED):
        listed(world, "KOR")


def test_another_key_of_the_organ_goes_on(world: World) -> None:
    """Keys that were laid in beside the narrowed one take over."""
    world.nodes[HOME] = replace(world.home, signers=signers_of(HOME) | signers_of(HOME, 2))
    newer = key_of(HOME, Role.ASSERT, "METI", 2, sign_from=NOW - 1)
    publish(world, replace(keyring_of(HOME, 2), keys=(*keyring_of(HOME).keys, newer)))
    restrict(world, kid=newer.kid)
    jti = issue(world)
    world.follow()
    assert world.verdict("KOR", jti).reason is None


# -- what lifts it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [HOME, "KOR"])
def test_next_keyring_lifts_what_it_does_not_fold_in(world: World, at: str) -> None:
    """Root keys have the last word on a key."""
    jti = issue(world)
    restrict(world)
    world.follow()
    resume(world)
    publish(world, keyring_of(HOME, 2))
    world.follow()
    assert world.verdict(at, jti).reason is None


@pytest.mark.parametrize("limit", [1, 0])
def test_next_keyring_lifts_it_also_for_a_follower_that_was_away(world: World, limit: int) -> None:
    """Leaf by leaf or all at once; also where the keyring had to be fetched before the page that tells of it."""
    world.nodes[HOME] = replace(world.home, signers=signers_of(HOME) | signers_of(HOME, 2))
    jti = issue(world)
    restrict(world)
    resume(world)
    publish(world, with_key(keyring_of(HOME, 2), Role.LANE, key_of(HOME, Role.LANE, version=2)))
    world.follow(limit=limit)
    assert world.verdict("KOR", jti).reason is None


@pytest.mark.parametrize("how", list(Restriction))
def test_keyring_that_was_drafted_before_the_restriction_is_not_published(world: World, how: Restriction) -> None:
    """It would lift it by accident: a new draft folds it in."""
    restrict(world, how)
    with refused(Reason.KEY_STAGE):
        publish(world, keyring_of(HOME, 2))


def test_keyring_that_dates_a_taint_later_is_not_published(world: World) -> None:
    """What was signed in between would count again."""
    restrict(world, TAINTED, since=NOW - DAY)
    later = replace(METI, tainted_since=NOW - 9, sign_until=NOW + 1)
    ring = keyring_of(HOME, 2)
    listed_keys = tuple(later if key == METI else key for key in ring.keys)
    with refused(Reason.KEY_STAGE):
        publish(world, replace(ring, keys=listed_keys))


def test_restriction_after_the_keyring_stands(world: World) -> None:
    """A follower that reads both at once keeps them in order."""
    jti = issue(world)
    publish(world, keyring_of(HOME, 2))
    restrict(world)
    world.follow()
    assert world.verdict("KOR", jti).reason is Reason.KEY_RESTRICTED


def test_resumed_key_signs_again_from_the_next_keyring_on(world: World) -> None:
    """The issuer goes by what it told."""
    restrict(world)
    resume(world)
    publish(world, keyring_of(HOME, 2))
    jti = issue(world)
    world.follow()
    assert world.verdict("KOR", jti).reason is None


def test_keyring_that_is_fetched_and_not_yet_told_lifts_nothing(world: World) -> None:
    """It may have been signed before the restriction."""
    jti = issue(world)
    restrict(world)
    world.follow()
    jws = signed(keyring_of(HOME, 2), HOME)
    reader = world["KOR"]
    digest = keyring_digest(encode_keyring(keyring_of(HOME, 2)))
    reader.ledger.transact(lambda tx: partners.add_keyring(tx, METI.authority, 2, jws, digest, NOW))
    assert world.verdict("KOR", jti).reason is Reason.KEY_RESTRICTED


def test_present_keyring_told_again_lifts_nothing(world: World) -> None:
    """A thief of the lane key cannot undo a restriction with an old keyring."""
    jti = issue(world)
    restrict(world)
    world.follow()
    again = KeyringPublished(1, keyring_digest(encode_keyring(keyring_of(HOME))))
    forged = page(followed(world), [Entry(encode_leaf(followed(world).size, again))])
    follow.take(world["KOR"], ForgedLink(world, forged), HOME, forged, NOW)
    assert world.verdict("KOR", jti).reason is Reason.KEY_RESTRICTED


def test_admitting_a_partner_lifts_nothing(world: World) -> None:
    """Its lane begins with the keyring in use, which is no news."""
    jti = issue(world)
    restrict(world)
    do(world.home, ADMIT, admit_request("GBR", signed(keyring_of("GBR"), "GBR")))
    assert world.verdict(HOME, jti).reason is Reason.KEY_RESTRICTED


def test_partners_keyring_frees_no_key_of_ours(world: World) -> None:
    """Each lane is about its own party's keys."""
    jti = issue(world)
    restrict(world)
    do(world["KOR"], PUBLISH, PublishRequest(signed(keyring_of("KOR", 2), "KOR")))
    follow.catch_up(world.home, DirectLink(world["KOR"], HOME), "KOR", NOW)
    assert world.verdict(HOME, jti).reason is Reason.KEY_RESTRICTED
