"""The world as fixtures: three nodes that have admitted each other, built once and copied for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.world import World, build_world, copy_world


@pytest.fixture(scope="session")
def world_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledgers of three nodes that have admitted each other."""
    directory = tmp_path_factory.mktemp("world")
    build_world(directory, sqlite_template)
    return directory


@pytest.fixture(scope="session")
def world_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the world of the running test lies."""
    return tmp_path_factory.mktemp("worlds") / "world"


@pytest.fixture
def world(world_template: Path, world_place: Path) -> Iterator[World]:
    """Three nodes of this test's own."""
    world = copy_world(world_template, world_place)
    yield world
    world.close()
