import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from interchange.errors import Reason, Refusal
from interchange.store.domestic import SubjectRow
from interchange.store.ledger import Ledger, Tx, connect, sqlite_url
from interchange.store.migrate import MIGRATIONS, is_current, open_ledger, upgrade

METADATA = SubjectRow.metadata
NEWEST = max(step.name[:4] for step in (MIGRATIONS / "versions").glob("[0-9]*.py"))


@pytest.fixture
def own_url(empty_url: str) -> str:
    """A current, empty ledger whose schema the test may change."""
    ledger = connect(empty_url)
    upgrade(ledger)
    ledger.close()
    return empty_url


@pytest.fixture
def own_ledger(own_url: str) -> Iterator[Ledger]:
    """The same, opened."""
    ledger = connect(own_url)
    yield ledger
    ledger.close()


def shape(tx: Tx) -> dict[str, Any]:
    """Describe all that the database knows of its tables, whoever made them."""
    look = inspect(tx)
    return {
        name: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in look.get_columns(name)},
            "primary key": look.get_pk_constraint(name)["constrained_columns"],
            "foreign keys": sorted(
                (k["constrained_columns"], k["referred_table"], k["referred_columns"])
                for k in look.get_foreign_keys(name)
            ),
            "unique": sorted((u["name"], u["column_names"]) for u in look.get_unique_constraints(name)),
            "checks": sorted((c["name"], c["sqltext"]) for c in look.get_check_constraints(name)),
            "indexes": sorted(
                (i["name"], i["column_names"], [str(o) for o in i.get("dialect_options", {}).values()])
                for i in look.get_indexes(name)
            ),
        }
        for name in look.get_table_names()
        if name != "alembic_version"
    }


def declared_shape(tx: Tx) -> dict[str, Any]:
    """Describe the tables as their declarations alone make them, in place of those that are there."""
    METADATA.drop_all(tx)
    METADATA.create_all(tx)
    return shape(tx)


def label(ledger: Ledger, version: str) -> None:
    """Pretend that the schema is of another version."""
    ledger.transact(lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version}))


def test_steps_give_what_the_tables_declare(ledger: Ledger) -> None:
    """Alembic finds nothing to add, change or remove between the migrated schema and the tables."""
    context = {"compare_type": True, "compare_server_default": True}
    found = ledger.read(lambda tx: compare_metadata(MigrationContext.configure(tx, opts=context), METADATA))
    assert found == []


def test_steps_give_the_same_constraints_as_the_declarations(own_ledger: Ledger) -> None:
    """Also what Alembic does not compare, such as checks and conditions of indices, is the same either way."""
    assert own_ledger.read(shape) == own_ledger.transact(declared_shape)


def test_tables_have_metadata_of_their_own() -> None:
    """A program that embeds the node and has SQLModel tables too does not find ours among them."""
    assert set(METADATA.tables) & set(SQLModel.metadata.tables) == set()


def test_new_database_is_not_current(empty_url: str) -> None:
    """A database without a schema is not taken for a ledger."""
    ledger = connect(empty_url)
    assert not is_current(ledger)
    ledger.close()


def test_upgraded_database_is_current(empty_url: str) -> None:
    """After the upgrade the ledger can be used."""
    ledger = connect(empty_url)
    upgrade(ledger)
    assert is_current(ledger)
    ledger.close()


def test_second_upgrade_changes_nothing(ledger: Ledger) -> None:
    """An upgrade of a current ledger leaves the schema as it is."""
    before = ledger.read(shape)
    upgrade(ledger)
    assert ledger.read(shape) == before


def test_nodes_that_start_at_once_upgrade_once(empty_url: str) -> None:
    """Several nodes upgrade one new database at the same time, and each finds it current afterwards."""

    def start(_: int) -> bool:
        ledger = connect(empty_url)
        upgrade(ledger)
        current = is_current(ledger)
        ledger.close()
        return current

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(start, range(4)))


def test_open_ledger_gives_a_current_ledger(ledger_url: str) -> None:
    """A ledger of this program's version is opened."""
    ledger = open_ledger(ledger_url)
    assert ledger.read(lambda tx: tx.execute(text("SELECT count(*) FROM lanes")).scalar()) == 0
    ledger.close()


def test_open_ledger_refuses_a_database_without_a_schema(empty_url: str) -> None:
    """A new database is refused with what it lacks, and not filled by opening it."""
    connected = connect(empty_url)
    connected.transact(lambda _: None)
    with pytest.raises(Refusal) as refused:
        open_ledger(empty_url)
    assert (refused.value.reason, refused.value.where) == (
        Reason.LEDGER_UNAVAILABLE,
        f"schema none instead of {NEWEST}: upgrade the ledger",
    )
    connected.close()


def test_open_ledger_refuses_another_version(own_url: str, own_ledger: Ledger) -> None:
    """A ledger of another version is refused, and the refusal names both."""
    label(own_ledger, "0000")
    with pytest.raises(Refusal) as refused:
        open_ledger(own_url)
    assert refused.value.where == f"schema 0000 instead of {NEWEST}: upgrade the ledger"


def test_upgrade_refuses_a_newer_schema(own_ledger: Ledger) -> None:
    """An older program leaves the ledger of a newer one alone."""
    label(own_ledger, "9999")
    with pytest.raises(Refusal) as refused:
        upgrade(own_ledger)
    assert refused.value.where == "the schema is of a newer program"


def test_failed_upgrade_leaves_nothing(empty_url: str) -> None:
    """A step that fails in the middle leaves no table of it behind."""
    ledger = connect(empty_url)
    ledger.transact(lambda tx: tx.execute(text("CREATE TABLE heartbeats (job INTEGER)")))
    with pytest.raises(Refusal):
        upgrade(ledger)
    assert ledger.read(lambda tx: inspect(tx).get_table_names()) == ["heartbeats"]
    ledger.close()


def test_open_ledger_makes_no_file(tmp_path: Path) -> None:
    """A mistyped path is refused, and no empty file is left there."""
    with pytest.raises(Refusal) as refused:
        open_ledger(sqlite_url(tmp_path / "ledger.db"))
    assert (refused.value.where, list(tmp_path.iterdir())) == ("there is no database file", [])


def test_new_sqlite_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Whatever the umask, nobody else can read a new ledger, nor its journal."""
    before = os.umask(0)
    try:
        ledger = connect(sqlite_url(tmp_path / "ledger.db"))
        upgrade(ledger)
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    ledger.close()


def test_upgrade_in_a_missing_directory_is_refused(tmp_path: Path) -> None:
    """A ledger in a directory that is not there is refused."""
    with pytest.raises(Refusal) as refused:
        upgrade(connect(sqlite_url(tmp_path / "nowhere" / "ledger.db")))
    assert refused.value.where == "the database file cannot be made"


def test_no_step_goes_back() -> None:
    """The schema goes forward only: no step knows how to undo itself."""
    steps = list((MIGRATIONS / "versions").glob("*.py"))
    assert [step.name for step in steps if "def downgrade" in step.read_text(encoding="utf-8")] == []


def test_opening_transactions_does_not_load_alembic() -> None:
    """A program that only uses an open ledger does not pay for the migrations' library."""
    question = "import sys, interchange.store.ledger, interchange.store.told; print('alembic' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.strip() == "False"


def test_ledgers_made_at_once_in_one_process_do_not_mix(tmp_path: Path) -> None:
    """Six threads that each make a ledger of their own get six whole schemas."""
    ledgers = [connect(sqlite_url(tmp_path / f"{n}.db")) for n in range(6)]
    with ThreadPoolExecutor(len(ledgers)) as pool:
        list(pool.map(upgrade, ledgers))
    found = [is_current(ledger) for ledger in ledgers]
    for ledger in ledgers:
        ledger.close()
    assert found == [True] * 6
