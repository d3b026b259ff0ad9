"""A served node for each test, and one for all tests that only ask who may call."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.nodes import Served, serve
from fakes.strict import Strict, serve_strict


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A served node of this test's own, with two partners."""
    with serve(tmp_path / "node", template=sqlite_template) as served:
        yield served


@pytest.fixture
def two_people(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A served node of this test's own that asks for two people, as the nation's rules do."""
    with serve(tmp_path / "node", template=sqlite_template, strict=True) as served:
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


@pytest.fixture
def strict(sqlite_template: Path, tmp_path: Path) -> Iterator[Strict]:
    """A node of this test's own that asks for two people."""
    with serve_strict(tmp_path / "node", sqlite_template) as served:
        yield Strict(served)
