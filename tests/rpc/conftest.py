"""A served node for each test, and one for all tests that only ask who may call."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.nodes import Served, serve


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A served node of this test's own, with two partners."""
    with serve(tmp_path / "node", template=sqlite_template) as served:
        yield served


@pytest.fixture(scope="session")
def unchanging(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served node for tests that change nothing."""
    with serve(tmp_path_factory.mktemp("unchanging") / "node", template=sqlite_template) as served:
        yield served


@pytest.fixture(scope="module")
def idle(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served node of one file's own, for requests that are refused."""
    with serve(tmp_path_factory.mktemp("idle") / "node", template=sqlite_template) as served:
        yield served
