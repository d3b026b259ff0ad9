"""The ledger's schema: brought to this program's version step by step, forward only, and checked before every use."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from interchange.errors import Reason, Refusal, refuse
from interchange.store.ledger import connect

if TYPE_CHECKING:
    from interchange.store.ledger import Ledger, Tx

MIGRATIONS = Path(__file__).with_name("migrations")

_ONE_AT_A_TIME = Lock()
"""Alembic keeps the migration under way in globals of the process, so that two threads would mix their databases."""


def upgrade(ledger: Ledger) -> None:
    """Bring the schema to this program's version; change nothing if it is there already.

    All steps are one transaction in the writer's place, so that several nodes may start at once on one database and
    none ever sees half a step. A new SQLite file is readable by its owner alone.

    Raises:
        Refusal: LEDGER_UNAVAILABLE if the database cannot be written, or is of a newer program.
    """
    _create_private_file(ledger)
    try:
        with _ONE_AT_A_TIME:
            ledger.transact(_upgrade)
    except CommandError as error:
        raise refuse(Reason.LEDGER_UNAVAILABLE, "the schema is of a newer program") from error


def is_current(ledger: Ledger) -> bool:
    """Tell whether the schema is exactly this program's version.

    Raises:
        Refusal: LEDGER_UNAVAILABLE if the database cannot be read.
    """
    return ledger.read(_version) == _head()


def open_ledger(url: str) -> Ledger:
    """Open the ledger at `url` if its schema is current; create and change nothing.

    Args:
        url: `sqlite+pysqlite:///PATH` or `postgresql+psycopg://…`.

    Raises:
        Refusal: CONFIG_FORM if the URL is of no such form; LEDGER_UNAVAILABLE if there is no database, or its schema is
            of another version than this program's.
    """
    ledger = connect(url)
    try:
        _require_current(ledger)
    except Refusal:
        ledger.close()
        raise
    return ledger


def _require_current(ledger: Ledger) -> None:
    path = _sqlite_path(ledger)
    if path and not path.exists():
        raise refuse(Reason.LEDGER_UNAVAILABLE, "there is no database file")
    found, needed = ledger.read(_version), _head()
    if found != needed:
        raise refuse(Reason.LEDGER_UNAVAILABLE, f"schema {found or 'none'} instead of {needed}: upgrade the ledger")


def _config() -> Config:
    config = Config()
    # The percent sign is the configuration's own escape.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _upgrade(tx: Tx) -> None:
    config = _config()
    config.attributes["transaction"] = tx
    command.upgrade(config, "head")


def _version(tx: Tx) -> str | None:
    return MigrationContext.configure(tx).get_current_revision()


def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _sqlite_path(ledger: Ledger) -> Path | None:
    url = ledger.engine.url
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _create_private_file(ledger: Ledger) -> None:
    path = _sqlite_path(ledger)
    if path:
        try:
            path.touch(mode=0o600)
        except OSError as error:
            raise refuse(Reason.LEDGER_UNAVAILABLE, "the database file cannot be made") from error
