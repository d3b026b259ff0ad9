"""What tests of the clients share: a party, and a server that answers for it."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from fakes.doors import Doors, opened
from fakes.party import FakeParty
from fakes.world import World, build_world, copy_world


@pytest.fixture
def party() -> FakeParty:
    """A party that has told three assertions."""
    party = FakeParty()
    for _ in range(3):
        party.issue()
    return party


@pytest.fixture
def doors(party: FakeParty) -> Iterator[Doors]:
    """A server that answers for the party, in the clear."""
    with opened(party) as doors:
        yield doors


@pytest.fixture
def channel(doors: Doors) -> Iterator[grpc.Channel]:
    """A channel to that server."""
    with grpc.insecure_channel(doors.address) as channel:
        yield channel


@pytest.fixture(scope="session")
def world_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledgers of three real nodes that have admitted each other."""
    directory = tmp_path_factory.mktemp("world")
    build_world(directory, sqlite_template)
    return directory


@pytest.fixture
def world(world_template: Path, tmp_path: Path) -> Iterator[World]:
    """Three real nodes of this test's own."""
    world = copy_world(world_template, tmp_path / "world")
    yield world
    world.close()
