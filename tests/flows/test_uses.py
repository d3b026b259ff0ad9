"""Counting signatures: nothing is counted twice, and nothing is lost that could be written later."""

from dataclasses import replace

import pytest
from fakes.narrowing import METI, issue
from fakes.parties import HOME
from fakes.refusals import refused
from fakes.world import World

from interchange.crypto.counted_keychain import CountedKeychain
from interchange.errors import Reason
from interchange.flows.board import board
from interchange.flows.node import Node
from interchange.flows.uses import write_uses


@pytest.fixture
def counted(world: World) -> Node:
    """The home node, whose signers tell of their signatures."""
    home = world.home
    made = replace(home, signers=CountedKeychain(home.signers, home.uses.add))
    world.nodes[HOME] = made
    return made


def signatures(node: Node) -> int:
    """Read off the board how many signatures the organ's key made."""
    return next(line.key.signatures for line in board(node).lines if line.key.record.kid == METI.kid)


def test_board_shows_how_much_a_key_signed(world: World, counted: Node) -> None:
    """Once the job has written it."""
    issue(world)
    issue(world)
    write_uses(counted)
    assert signatures(counted) == 2


def test_signatures_are_written_once(world: World, counted: Node) -> None:
    """The next pass begins anew."""
    issue(world)
    write_uses(counted)
    assert (write_uses(counted), signatures(counted)) == (0, 1)


def test_signatures_that_could_not_be_written_are_written_later(world: World, counted: Node) -> None:
    """The ledger is away for a while."""
    issue(world)
    counted.ledger.transact(lambda tx: tx.exec_driver_sql("ALTER TABLE keys RENAME TO away"))
    with refused(Reason.LEDGER_UNAVAILABLE):
        write_uses(counted)
    counted.ledger.transact(lambda tx: tx.exec_driver_sql("ALTER TABLE away RENAME TO keys"))
    write_uses(counted)
    assert signatures(counted) == 1


def test_refused_signature_is_not_counted(counted: Node) -> None:
    """A key that is gone makes none."""
    signer = counted.signers[METI.kid]
    counted.signers.destroy(METI.kid)
    with refused(Reason.SIGNER_UNAVAILABLE):
        signer.sign(b"message")
    assert counted.uses.take() == {}
