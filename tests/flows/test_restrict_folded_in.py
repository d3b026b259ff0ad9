"""What the next keyring makes of a key that was narrowed, and what an audit says of it."""

from dataclasses import replace

import pytest
from fakes import tokens
from fakes.narrowing import METI, RETIRED, SUSPENDED, TAINTED, issue, publish, restrict, resume
from fakes.parties import DAY, HOME, NOW, key_of, keyring_of
from fakes.refusals import refused
from fakes.world import World

from interchange.domain.keyring import Keyring, Role
from interchange.errors import Reason
from interchange.flows.audit import audit
from interchange.flows.keyrings import draft
from interchange.wire.keyring import assemble, parse_keyring


def drafted(world: World, now: int) -> Keyring:
    """Draft the next keyring, and read it as a ceremony would sign it."""
    payload = draft(world.home, days=30, now=now)
    return parse_keyring(assemble(payload, [tokens.root_signature(f"{HOME} root {n}", payload) for n in (1, 2)]))[0]


def test_draft_leaves_a_suspended_key_out(world: World) -> None:
    """It comes back only if people resume it."""
    restrict(world, SUSPENDED)
    assert METI.kid not in {key.kid for key in drafted(world, NOW + DAY).keys}


def test_draft_says_since_when_a_key_is_tainted(world: World) -> None:
    """It stays for what partners had acknowledged before, and its window of signing ends with the taint's recording."""
    restrict(world, TAINTED, since=NOW - DAY)
    folded = replace(METI, sign_until=NOW + 1, tainted_since=NOW - DAY)
    assert drafted(world, NOW + DAY).key(METI.kid) == folded


def test_draft_keeps_a_retired_key_for_what_it_signed(world: World) -> None:
    """It signs no more, and verifies as long as before."""
    restrict(world, RETIRED)
    assert drafted(world, NOW + DAY).key(METI.kid) == replace(METI, sign_until=NOW + 1)


def test_draft_leaves_out_a_retired_key_that_never_signed(world: World) -> None:
    """A window of no length would be none."""
    later = key_of(HOME, Role.ASSERT, "METI", 2, sign_from=NOW + 9 * DAY)
    publish(world, replace(keyring_of(HOME, 2), keys=(*keyring_of(HOME).keys, later)))
    restrict(world, RETIRED, later.kid)
    assert drafted(world, NOW + DAY).key(later.kid) is None


def test_retired_key_stays_retired_under_the_drafted_keyring(world: World) -> None:
    """The window takes the restriction's place."""
    restrict(world, RETIRED)
    publish(world, drafted(world, NOW + DAY))
    project, subject = world.open_project(), world.clear()
    with refused(Reason.KEY_RESTRICTED):
        world.issue(project, subject, now=NOW + DAY)


def test_what_a_retired_key_signed_counts_under_the_drafted_keyring(world: World) -> None:
    """That is why it stays."""
    jti = issue(world)
    restrict(world, RETIRED)
    publish(world, drafted(world, NOW + DAY))
    world.follow(now=NOW + DAY)
    assert world.verdict("KOR", jti, now=NOW + DAY).reason is None


@pytest.mark.parametrize("party", [HOME, "KOR"])
def test_audit_finds_nothing_wrong_with_a_lifted_restriction(world: World, party: str) -> None:
    """The leaves say that it was lifted, too."""
    restrict(world, SUSPENDED)
    resume(world)
    publish(world, keyring_of(HOME, 2))
    world.follow()
    assert audit(world[party]).faults == ()


TAMPERED = {
    "a restriction widened": "UPDATE told_restrictions SET how = 'retired'",
    "a told keyring forgotten": "DELETE FROM told_keyrings",
}


@pytest.mark.parametrize("name", TAMPERED)
def test_audit_finds(world: World, name: str) -> None:
    """Whatever would let a key count for more than was told is named."""
    restrict(world)
    world.home.ledger.transact(lambda tx: tx.exec_driver_sql(TAMPERED[name]))
    assert [fault for fault in audit(world.home).faults if "differs from the leaves" in fault]
