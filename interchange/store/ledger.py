"""The ledger: one durable database with one writer at a time, on SQLite or PostgreSQL.

A write transaction takes the writer's place before it reads anything, so what it decides on cannot change until it
commits: SQLite by `BEGIN IMMEDIATE`, PostgreSQL by an advisory lock. Reads see one snapshot and wait for nobody.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError

from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    import psycopg
    from sqlalchemy import Engine

    from interchange.errors import Refusal

Tx: TypeAlias = Connection
"""An open transaction; functions of this package take it as their first argument."""

T = TypeVar("T")

SQLITE = "sqlite+pysqlite"
POSTGRESQL = "postgresql+psycopg"

_WAIT = 30
"""Seconds that a writer waits for its place before it gives up."""

_READS = "interchange_reads"
_WRITERS_PLACE = 0x636C_6561_7261_6E63
"""Key of the advisory lock; any constant would do, as long as every node on the database uses the same."""

_POOL = {"pool_size": 16, "max_overflow": 0}
"""Connections are kept, since making one costs more than a transaction; a thread that finds none waits its turn."""

_SNAPSHOT = {"postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}}
"""How a database is told that a transaction reads one snapshot; SQLite is told by `query_only`."""

_POSTGRESQL_LIMITS = {
    # A primary that went away must turn into a refusal, not into a thread that waits for ever.
    "connect_timeout": "10",
    "tcp_user_timeout": "30000",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
_DUPLICATES = {"23505", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE"}


class Ledger:
    """Runs functions inside transactions; nothing else of the package opens one."""

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine made by `connect`; `store.migrate.open_ledger` also looks at its schema."""
        self.engine = engine
        self._reader = engine.execution_options(**{_READS: True}, **_SNAPSHOT.get(engine.dialect.name, {}))
        # Waiting in line here rather than in the database is fair, and leaves the other connections to readers.
        self._writers = Lock()

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in one read snapshot and return its result.

        Raises:
            Refusal: LEDGER_UNAVAILABLE if the database cannot be reached or `work` tries to write; whatever `work`
                refuses.
        """
        return _run(self._reader, work)

    def transact(self, work: Callable[[Tx], T]) -> T:
        """Run `work` as the only writer; what it wrote is durable when this returns, or none of it is there.

        Raises:
            Refusal: LEDGER_UNAVAILABLE if the database cannot be reached or written; ALREADY_KNOWN if a row of that key
                is there; INTERNAL if a row would contradict the others; whatever `work` refuses.
        """
        if not self._writers.acquire(timeout=_WAIT):
            raise refuse(Reason.LEDGER_UNAVAILABLE, "writers before this one do not end")
        try:
            return _run(self.engine, work)
        finally:
            self._writers.release()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def sqlite_url(path: Path) -> str:
    """Name the SQLite ledger at `path`."""
    return URL.create(SQLITE, database=str(path)).render_as_string()


def connect(url: str) -> Ledger:
    """Open the database at `url` without looking at its schema (see `store.migrate`).

    Args:
        url: `sqlite+pysqlite:///PATH` or `postgresql+psycopg://…`.

    Raises:
        Refusal: CONFIG_FORM if the URL is of no such form, or PostgreSQL's driver is not installed.
    """
    try:
        parsed = make_url(url)
        if parsed.drivername == SQLITE and parsed.database:
            return Ledger(_sqlite(parsed))
        if parsed.drivername == POSTGRESQL:
            return Ledger(_postgresql(parsed))
    except ArgumentError as error:
        raise refuse(Reason.CONFIG_FORM, "ledger URL") from error
    except ImportError as error:
        raise refuse(Reason.CONFIG_FORM, "the ledger's driver psycopg is not installed") from error
    raise refuse(Reason.CONFIG_FORM, "ledger URL")


def _run(engine: Engine, work: Callable[[Tx], T]) -> T:
    try:
        with engine.begin() as tx:
            return work(tx)
    except IntegrityError as error:
        raise _contradiction(error) from error
    except DBAPIError as error:
        raise refuse(Reason.LEDGER_UNAVAILABLE, type(error.orig).__name__) from error
    except SQLAlchemyError as error:
        raise refuse(Reason.LEDGER_UNAVAILABLE, type(error).__name__) from error


def _contradiction(error: IntegrityError) -> Refusal:
    """Refuse what a constraint refused: flows ask first, so this is a race lost or a fault of the program."""
    code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
    return refuse(Reason.ALREADY_KNOWN if code in _DUPLICATES else Reason.INTERNAL, "ledger row")


def _sqlite(url: URL) -> Engine:
    # Parameters are hidden everywhere: an error's text must not carry what a row says about a person.
    engine = create_engine(url, connect_args={"timeout": _WAIT}, hide_parameters=True, **_POOL)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's implicit transactions lose read-then-write updates; we say BEGIN ourselves.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = _READS in connection.get_execution_options()
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA query_only={'ON' if reads else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _postgresql(url: URL) -> Engine:
    limits = {name: value for name, value in _POSTGRESQL_LIMITS.items() if name not in url.query}
    engine = create_engine(
        url.update_query_dict(limits),
        hide_parameters=True,
        pool_pre_ping=True,
        **_POOL,
        # A repeatable-read snapshot would be taken by the statement that waits for the lock, and so be older than what
        # the writer before committed. Behind the lock nobody else writes, and READ COMMITTED sees one state as well.
        isolation_level="READ COMMITTED",
    )
    event.listen(engine, "connect", _prepare_postgresql)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _prepare_postgresql(connection: psycopg.Connection, _record: object) -> None:
    connection.execute(f"SET lock_timeout = '{_WAIT}s'")
    connection.commit()


def _begin_postgresql(connection: Connection) -> None:
    if _READS not in connection.get_execution_options():
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS_PLACE})")
