"""What an audit says of the register of keys, when somebody has edited it."""

import pytest
from fakes.narrowing import METI, RETIRED, SUSPENDED, TAINTED, publish, restrict
from fakes.parties import HOME, NOW, do, key_of
from fakes.world import World

from interchange.domain.events import Restriction
from interchange.domain.keyring import Role
from interchange.flows.audit import audit
from interchange.flows.keyrings import draft
from interchange.flows.stages import DRAFT, DraftRequest
from interchange.wire.keyring import assemble, parse_keyring


def edit(world: World, statement: str) -> list[str]:
    """Change the home node's ledger by hand, and give what the audit says of keys."""
    world.home.ledger.transact(lambda tx: tx.exec_driver_sql(statement))
    return [fault for fault in audit(world.home).faults if fault.startswith("key ")]


@pytest.mark.parametrize("how", list(Restriction))
def test_narrowed_key_that_is_made_to_sign_is_found(world: World, how: Restriction) -> None:
    """Whoever edits the register brings no key back unseen."""
    restrict(world, how)
    assert edit(world, f"UPDATE keys SET stage = 'active' WHERE kid = '{METI.kid}'")


def test_taint_that_is_taken_away_is_found(world: World) -> None:
    """The lanes have told it."""
    restrict(world, TAINTED)
    assert edit(world, "UPDATE keys SET tainted_since = NULL")


def test_key_that_is_taken_away_is_found(world: World) -> None:
    """A keyring lists it."""
    assert edit(world, f"DELETE FROM keys WHERE kid = '{METI.kid}'")


def test_longer_window_is_found(world: World) -> None:
    """Root keys have signed another."""
    assert edit(world, "UPDATE keys SET sign_until = sign_until + 1")


@pytest.mark.parametrize("how", [RETIRED, SUSPENDED, TAINTED])
@pytest.mark.parametrize("role", [Role.ASSERT, Role.LANE, Role.BINDING])
def test_narrowed_key_of_any_role_is_in_order(world: World, role: Role, how: Restriction) -> None:
    """Also of those of which no lane tells."""
    restrict(world, how, key_of(HOME, role, "METI" if role is Role.ASSERT else "").kid)
    assert audit(world.home).faults == ()


def test_drafted_key_is_in_order(world: World) -> None:
    """No keyring lists it yet."""
    do(world.home, DRAFT, DraftRequest(Role.STATUS, "", NOW, NOW + 9, NOW + 9))
    assert audit(world.home).faults == ()


@pytest.mark.parametrize("how", [RETIRED, TAINTED])
def test_keyring_that_folds_it_in_is_in_order(world: World, how: Restriction) -> None:
    """It stands for what the lanes told."""
    restrict(world, how)
    payload = draft(world.home, days=30, now=NOW)
    publish(world, parse_keyring(assemble(payload, []))[0])
    assert audit(world.home).faults == ()
