"""Our own keyrings: which one may follow, whom it is told to, and what narrowing a key does at once."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import tokens
from fakes.narrowing import narrow
from fakes.parties import AGREEMENTS, DAY, HOME, NOW, do, key_of, keyring_of, open_node, signed
from fakes.refusals import refused
from fakes.world import World, rows

from interchange.domain.events import KeyRestricted, KeyringPublished, Restriction
from interchange.domain.keyring import Keyring, Role, RootKey
from interchange.domain.thumbprint import thumbprint
from interchange.errors import Reason
from interchange.flows.keyrings import PUBLISH, PublishRequest, draft
from interchange.flows.node import Node
from interchange.store import partners
from interchange.wire.keyring import assemble, encode_keyring, keyring_digest, parse_keyring

METI = key_of(HOME, Role.ASSERT, "METI")
WEAK = bytes([1]) + bytes(31)
"""The neutral point: a public key under which everybody can sign."""


def publish(world: World, ring: Keyring, *roots: int, party: str = HOME, now: int = NOW) -> str:
    """Let the home node publish a keyring signed by root keys of a party."""
    return do(world.home, PUBLISH, PublishRequest(signed(ring, party, *roots)), now)


def restrict(world: World, kid: str = METI.kid, how: Restriction = Restriction.SUSPENDED) -> str:
    """Let the home node narrow a key."""
    return narrow(world.home, kid, how)


def second(**changes: object) -> Keyring:
    """Draft the home party's second keyring."""
    return replace(keyring_of(HOME, 2), **changes)  # type: ignore[arg-type]


def root_keys(*numbers: int) -> tuple[RootKey, ...]:
    """Name root keys of the home party."""
    return tuple(tokens.root_key(f"{HOME} root {n}") for n in numbers)


REFUSED: dict[str, tuple[Reason, Keyring, tuple[int, ...], str]] = {
    "another party's": (Reason.KEYRING_PARTY, replace(keyring_of("AUS"), number=2), (), "AUS"),
    "the same number again": (Reason.KEYRING_NUMBER, keyring_of(HOME, 1, expires=NOW + DAY), (), HOME),
    "a number left out": (Reason.KEYRING_NUMBER, keyring_of(HOME, 3), (), HOME),
    "signed by one root key of two": (Reason.KEYRING_THRESHOLD, second(), (1,), HOME),
    "signed twice by one root key": (Reason.KEYRING_THRESHOLD, second(), (1, 1), HOME),
    "signed by its own new root keys alone": (Reason.KEYRING_THRESHOLD, second(roots=root_keys(4, 5, 6)), (4, 5), HOME),
    "signed by the old root keys and not by its own": (
        Reason.KEYRING_THRESHOLD,
        second(roots=root_keys(4, 5, 6)),
        (1, 2),
        HOME,
    ),
    "over already": (Reason.KEYRING_EXPIRED, second(issued=NOW - DAY, expires=NOW), (), HOME),
    "with an assertion key that is everybody's": (
        Reason.KEY_WEAK,
        second(keys=(replace(METI, public_key=WEAK, kid=thumbprint(WEAK)),)),
        (),
        HOME,
    ),
    "with a root key that is everybody's": (
        Reason.KEY_WEAK,
        second(roots=(*root_keys(1, 2, 3), RootKey(thumbprint(WEAK), "EdDSA", WEAK))),
        (),
        HOME,
    ),
    "of another generation": (Reason.KEYRING_NUMBER, second(generation=2), (), HOME),
    "with a key that changed its role": (
        Reason.KEY_ROLE,
        second(keys=(replace(key_of(HOME, Role.LANE), role=Role.STATUS),)),
        (),
        HOME,
    ),
}
"""What is wrong → the reason, the keyring, who of which party signed it."""


@pytest.mark.parametrize("name", REFUSED)
def test_keyring_is_refused(world: World, name: str) -> None:
    """What cannot follow the present keyring is not published."""
    reason, ring, roots, party = REFUSED[name]
    with refused(reason):
        publish(world, ring, *roots, party=party)


@pytest.mark.parametrize("name", REFUSED)
def test_refused_keyring_leaves_no_trace(world: World, name: str) -> None:
    """No partner hears of it."""
    reason, ring, roots, party = REFUSED[name]
    before = rows(world.home)
    with refused(reason):
        publish(world, ring, *roots, party=party)
    assert rows(world.home) == before


def test_bytes_that_are_no_keyring_are_refused(world: World) -> None:
    """A draft that nobody signed is not a keyring."""
    with refused(Reason.KEYRING_FORM):
        do(world.home, PUBLISH, PublishRequest(encode_keyring(second())))


@pytest.mark.parametrize("party", AGREEMENTS)
def test_every_partner_is_told_of_a_new_keyring(world: World, party: str) -> None:
    """Number and digest stand in each lane, so that nobody is shown another one."""
    publish(world, second())
    assert world.events(party)[-1] == KeyringPublished(2, keyring_digest(encode_keyring(second())))


def test_lane_begins_with_the_keyring_in_use(world: World) -> None:
    """The first leaf that a partner reads names the keyring under which the lane begins."""
    digest = keyring_digest(encode_keyring(keyring_of(HOME)))
    assert world.events("KOR")[0] == KeyringPublished(1, digest)


def test_keyring_can_be_signed_by_any_two_of_the_three(world: World) -> None:
    """Which custodians came to the ceremony does not matter."""
    assert publish(world, second(), 2, 3) == "2"


def test_new_keyring_is_used_at_once(world: World) -> None:
    """An organ whose key is no longer in it cannot issue any more."""
    without = tuple(key for key in keyring_of(HOME).keys if key != METI)
    publish(world, second(keys=without))
    project, subject = world.open_project(), world.clear()
    with refused(Reason.SIGNER_UNAVAILABLE):
        world.issue(project, subject)


def test_tainted_key_signs_nothing(world: World) -> None:
    """A key that a thief may have is not used, though its window runs."""
    tainted = tuple(replace(key, tainted_since=NOW - 9) if key == METI else key for key in keyring_of(HOME).keys)
    publish(world, second(keys=tainted))
    project, subject = world.open_project(), world.clear()
    with refused(Reason.KEY_RESTRICTED):
        world.issue(project, subject)


def test_what_a_tainted_key_signed_is_refused_by_partners(world: World) -> None:
    """The root keys' word about a key reaches what it signed before."""
    jti = world.issue(world.open_project(), world.clear())
    tainted = tuple(replace(key, tainted_since=NOW - 9) if key == METI else key for key in keyring_of(HOME).keys)
    publish(world, second(keys=tainted))
    world.follow()
    assert world.verdict("KOR", jti).reason is Reason.KEY_RESTRICTED


def fresh(tmp_path: Path, empty_ledger: Path) -> Node:
    """Open a node that has published nothing."""
    (tmp_path / HOME).mkdir()
    (tmp_path / HOME / "ledger.db").write_bytes(empty_ledger.read_bytes())
    return open_node(HOME, tmp_path / HOME, "fresh")


def test_first_keyring_needs_no_other_before_it(tmp_path: Path, sqlite_template: Path) -> None:
    """A node begins with the first keyring that enough of its own root keys have signed."""
    node = fresh(tmp_path, sqlite_template)
    assert do(node, PUBLISH, PublishRequest(signed(keyring_of(HOME), HOME))) == "1"
    node.ledger.close()


def test_damaged_keyring_in_the_ledger_does_not_open_the_door_for_a_first_one(world: World) -> None:
    """A ledger whose keyring cannot be read is mended, and not begun anew with other root keys."""
    world.home.ledger.transact(
        lambda tx: partners.add_keyring(tx, world.home.names.authority, 2, b"damaged", "digest", NOW)
    )
    others = keyring_of(HOME, 9, roots=root_keys(7, 8, 9))
    with refused(Reason.JSON_INVALID):
        publish(world, others, 7, 8)


def test_node_without_keyring_signs_nothing(tmp_path: Path, sqlite_template: Path) -> None:
    """Before its first keyring a node has nothing to draft from."""
    node = fresh(tmp_path, sqlite_template)
    with refused(Reason.KEYRING_MISSING):
        draft(node, days=30, now=NOW)
    node.ledger.close()


def drafted(world: World, now: int = NOW) -> Keyring:
    """Draft the next keyring and read it, signed as a ceremony would."""
    payload = draft(world.home, days=30, now=now)
    lines = [tokens.root_signature(f"{HOME} root {n}", payload) for n in (1, 2)]
    return parse_keyring(assemble(payload, lines))[0]


def test_draft_is_the_present_keyring_with_the_next_number(world: World) -> None:
    """Keys, root keys, threshold and generation stay; number and days move on."""
    assert drafted(world) == second(issued=NOW, expires=NOW + 30 * DAY)


def test_draft_can_be_published_once_signed(world: World) -> None:
    """What the job drafts is what the node takes."""
    payload = draft(world.home, days=30, now=NOW)
    jws = assemble(payload, [tokens.root_signature(f"{HOME} root {n}", payload) for n in (1, 2)])
    assert do(world.home, PUBLISH, PublishRequest(jws)) == "2"


def test_draft_is_nothing_yet(world: World) -> None:
    """A draft changes no row."""
    before = rows(world.home)
    draft(world.home, days=30, now=NOW)
    assert rows(world.home) == before


def test_draft_leaves_narrowed_keys_out(world: World) -> None:
    """A key that was narrowed comes back only if people put it back."""
    restrict(world)
    assert METI.kid not in {key.kid for key in drafted(world).keys}


@pytest.mark.parametrize("how", list(Restriction))
@pytest.mark.parametrize("party", AGREEMENTS)
def test_narrowing_is_told_to_every_partner(world: World, party: str, how: Restriction) -> None:
    """It goes out at once, without any ceremony."""
    restrict(world, how=how)
    event = world.events(party)[-1]
    assert isinstance(event, KeyRestricted)
    assert (event.kid, event.how) == (METI.kid, how)


def test_what_a_narrowed_key_signed_is_refused_by_partners(world: World) -> None:
    """The good and the stolen signatures of a key look alike."""
    jti = world.issue(world.open_project(), world.clear())
    restrict(world)
    world.follow()
    assert world.verdict("KOR", jti).reason is Reason.KEY_RESTRICTED


def test_what_a_narrowed_key_signed_is_refused_at_home(world: World) -> None:
    """The issuer's own answer is the partners'."""
    jti = world.issue(world.open_project(), world.clear())
    restrict(world)
    assert world.verdict(HOME, jti).reason is Reason.KEY_RESTRICTED


def test_other_organs_go_on_when_one_key_is_narrowed(world: World) -> None:
    """A theft at one ministry does not stop the others."""
    restrict(world)
    jti = world.issue(world.open_project(), world.clear(organ="JPN/CAO"))
    world.follow()
    assert world.verdict("KOR", jti).reason is None


@pytest.mark.parametrize("kid", ["nothing", key_of("KOR", Role.LANE).kid, root_keys(1)[0].kid])
def test_only_keys_of_the_keyring_are_narrowed(world: World, kid: str) -> None:
    """Unknown keys, a partner's keys and root keys are not ours to narrow so."""
    with refused(Reason.NOT_KNOWN):
        restrict(world, kid)


def test_partners_narrowing_does_not_touch_our_keys(world: World) -> None:
    """Whoever restricts our key id in its own lane restricts nothing of ours."""
    jti = world.issue(world.open_project(), world.clear())
    world.follow()
    foreign = replace(keyring_of("KOR", 2), keys=(*keyring_of("KOR").keys,))
    do(world["KOR"], PUBLISH, PublishRequest(signed(foreign, "KOR")))
    narrow(world["KOR"], key_of("KOR", Role.ASSERT, "NIS").kid, Restriction.TAINTED)
    assert world.verdict("KOR", jti).reason is None


def test_draft_is_plain_text_for_a_ceremony(world: World) -> None:
    """People read what they sign."""
    assert json.loads(draft(world.home, days=30, now=NOW))["number"] == 2
