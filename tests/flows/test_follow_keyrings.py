"""A partner's next keyring: fetched because its lane tells of it, believed because its root keys signed it."""

from dataclasses import replace

import pytest
from fakes import tokens
from fakes.forger import ForgedLink, followed, note, page
from fakes.parties import (
    DAY,
    HOME,
    NOW,
    DirectLink,
    do,
    key_of,
    keyring_of,
    label,
    names_of,
    signed,
    signers_of,
    with_key,
)
from fakes.refusals import refused
from fakes.world import World, rows

from interchange.domain.events import KeyringPublished
from interchange.domain.keyring import Keyring, Role
from interchange.domain.lane import Entry
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Reason
from interchange.flows import follow
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.store import partners
from interchange.wire.events import encode_leaf
from interchange.wire.keyring import encode_keyring, keyring_digest

WEAK = bytes([1]) + bytes(31)
"""The neutral point: a public key under which everybody can sign."""


def second(**changes: object) -> Keyring:
    """Draft the home party's second keyring."""
    return replace(keyring_of(HOME, 2), **changes)  # type: ignore[arg-type]


def publish(world: World, ring: Keyring, *roots: int, now: int = NOW) -> None:
    """Let the home node publish a keyring."""
    do(world.home, PUBLISH, PublishRequest(signed(ring, HOME, *roots)), now)


def installed(world: World) -> int:
    """Read which of the home party's keyrings the follower uses."""
    return world["KOR"].ledger.read(partners.keyring_numbers)[names_of(HOME).authority]


def new_lane_key(number: int, version: int) -> Keyring:
    """Draft a keyring whose lane key is another one."""
    return with_key(keyring_of(HOME, number), Role.LANE, key_of(HOME, Role.LANE, version=version))


def equip(world: World) -> None:
    """Give the home node the private halves of all versions of its keys."""
    signers = signers_of(HOME) | signers_of(HOME, 2) | signers_of(HOME, 3)
    world.nodes[HOME] = replace(world.home, signers=signers)


def test_keyring_that_the_lane_tells_of_is_installed(world: World) -> None:
    """A follower that catches up has the keyring that was published meanwhile."""
    publish(world, second())
    world.follow()
    assert installed(world) == 2


def test_several_keyrings_on_one_page_are_installed_in_order(world: World) -> None:
    """Each is checked against the one before it."""
    for number in (2, 3, 4):
        publish(world, keyring_of(HOME, number))
    world.follow()
    assert installed(world) == 4


def test_new_assertion_key_is_known_after_catching_up(world: World) -> None:
    """What the new key signs is believed as soon as its keyring is."""
    equip(world)
    publish(world, with_key(keyring_of(HOME, 2), Role.ASSERT, key_of(HOME, Role.ASSERT, "METI", 2)))
    jti = world.issue(world.open_project(), world.clear())
    world.follow()
    assert world.verdict("KOR", jti).reason is None


def test_follower_that_was_away_while_the_lane_key_changed_catches_up(world: World) -> None:
    """The checkpoint is signed by a key that only the next keyring names, and the next keyring is asked for."""
    equip(world)
    publish(world, new_lane_key(2, 2))
    assert world.follow().caught_up


def test_follower_that_was_away_while_the_lane_key_changed_twice_catches_up(world: World) -> None:
    """All keyrings in between come first, each checked against the last."""
    equip(world)
    publish(world, new_lane_key(2, 2))
    publish(world, new_lane_key(3, 3))
    assert world.follow().caught_up


def test_follower_that_was_away_while_the_lane_keys_window_was_prolonged_catches_up(world: World) -> None:
    """A key that may sign longer than the follower knows is no stranger: the next keyring says so."""
    later = NOW + 370 * DAY
    prolonged = key_of(HOME, Role.LANE, sign_until=NOW + 700 * DAY)
    publish(world, with_key(second(expires=NOW + 700 * DAY), Role.LANE, prolonged))
    others = with_key(keyring_of("KOR"), Role.WITNESS, key_of("KOR", Role.WITNESS, sign_until=NOW + 700 * DAY))
    awake = replace(others, number=2, expires=NOW + 700 * DAY)
    do(world["KOR"], PUBLISH, PublishRequest(signed(awake, "KOR")))
    follow.catch_up(world.home, DirectLink(world["KOR"], HOME), "KOR", NOW)
    assert world.follow(now=later).caught_up


@pytest.mark.parametrize("key", [label(HOME, Role.LANE, version=2), label("AUS", Role.LANE)])
def test_checkpoint_of_an_unknown_key_is_refused_as_such(world: World, key: str) -> None:
    """Where no newer keyring is there to name the key, it is unknown, and not the keyring."""
    forged = replace(page(followed(world), []), note=note(0, followed(world).root, key=key))
    with refused(Reason.KEY_UNKNOWN):
        follow.take(world["KOR"], ForgedLink(world, forged), HOME, forged, NOW)


class OtherKeyringLink(ForgedLink):
    """A link that gives one keyring, whichever was asked for."""

    given: bytes

    def keyring(self, number: int) -> bytes:
        """Give what was laid in."""
        return self.given


def give(world: World, jws: bytes, told: Keyring | None = None) -> None:
    """Let the lane tell of a keyring, and the link bring `jws` for it."""
    digest = keyring_digest(encode_keyring(told or second()))
    leaf = encode_leaf(followed(world).size, KeyringPublished(2, digest))
    forged = page(followed(world), [Entry(leaf)])
    link = OtherKeyringLink(world, forged)
    link.given = jws
    follow.take(world["KOR"], link, HOME, forged, NOW)


@pytest.fixture
def caught_up(world: World) -> World:
    """A world whose Korean node has read all there is."""
    world.follow()
    return world


def weak() -> Keyring:
    """Draft a keyring with a key that is everybody's."""
    ring = second()
    key = replace(ring.keys[0], public_key=WEAK, kid=thumbprint(WEAK))
    return replace(ring, keys=(key, *ring.keys[1:]))


REFUSED = {
    "not the one that the lane tells of": (Reason.TOKEN_DIGEST, second(expires=NOW + 9 * DAY), second(), (1, 2)),
    "signed by too few root keys": (Reason.KEYRING_THRESHOLD, second(), second(), (1,)),
    "of a later number": (Reason.KEYRING_NUMBER, keyring_of(HOME, 3), keyring_of(HOME, 3), (1, 2)),
    "with a key that is everybody's": (Reason.KEY_WEAK, weak(), weak(), (1, 2)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_keyring_is_refused(caught_up: World, name: str) -> None:
    """A lane that tells of a keyring does not make it one."""
    reason, given, told, roots = REFUSED[name]
    with refused(reason):
        give(caught_up, signed(given, HOME, *roots), told)


@pytest.mark.parametrize("name", REFUSED)
def test_refused_keyring_changes_nothing(caught_up: World, name: str) -> None:
    """Neither the keyring nor the page that told of it is kept."""
    reason, given, told, roots = REFUSED[name]
    before = rows(caught_up["KOR"])
    with refused(reason):
        give(caught_up, signed(given, HOME, *roots), told)
    assert rows(caught_up["KOR"]) == before


def test_keyring_of_another_party_is_refused(caught_up: World) -> None:
    """Well signed by the wrong party's root keys."""
    other = replace(keyring_of("AUS"), number=2)
    with refused(Reason.KEYRING_PARTY):
        give(caught_up, signed(other, "AUS"), other)


def test_same_keyring_with_other_signatures_is_the_same(caught_up: World) -> None:
    """A keyring is its payload: which of the root keys signed is nobody's business."""
    give(caught_up, signed(second(), HOME, 2, 3))
    assert installed(caught_up) == 2


def test_lane_that_tells_of_another_keyring_of_a_known_number_is_refused(caught_up: World) -> None:
    """Two keyrings of one number are two faces: whoever shows them to different partners is found out."""
    other = keyring_digest(encode_keyring(keyring_of(HOME, expires=NOW + 9 * DAY)))
    leaf = encode_leaf(followed(caught_up).size, KeyringPublished(1, other))
    forged = page(followed(caught_up), [Entry(leaf)])
    with refused(Reason.TOKEN_DIGEST):
        follow.take(caught_up["KOR"], ForgedLink(caught_up, forged), HOME, forged, NOW)


def test_lane_that_repeats_a_known_keyring_is_taken(caught_up: World) -> None:
    """Being told again of what is known is no fault."""
    known = keyring_digest(encode_keyring(keyring_of(HOME)))
    forged = page(followed(caught_up), [Entry(encode_leaf(followed(caught_up).size, KeyringPublished(1, known)))])
    assert follow.take(caught_up["KOR"], ForgedLink(caught_up, forged), HOME, forged, NOW).applied == 1


def test_root_keys_can_be_replaced_by_the_old_ones(world: World) -> None:
    """A keyring with new root keys is believed if the old and the new ones have signed it."""
    roots = tuple(tokens.root_key(f"{HOME} root {n}") for n in (3, 4, 5))
    publish(world, second(roots=roots), 1, 3, 4)
    world.follow()
    assert installed(world) == 2
