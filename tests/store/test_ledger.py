import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Thread

import pytest
from fakes.records import NOW, append, grant, issue
from sqlalchemy import insert, text, update
from sqlmodel import col

from interchange.errors import Reason, Refusal, refuse
from interchange.store import clearances, lanes, status_lists
from interchange.store import ledger as ledger_module
from interchange.store.ledger import Ledger, Tx, connect, sqlite_url
from interchange.store.tables import AssertionRow, HoldRow, LeafRow, StatusListRow

WRITE_AND_DIE = """
import os, signal, sys
from fakes.records import grant
from interchange.store.ledger import connect
connect(sys.argv[1]).transact(grant)
os.kill(os.getpid(), signal.SIGKILL)
"""


def count(tx: Tx) -> int:
    """Count the clearances."""
    return len(clearances.page(tx))


def used(tx: Tx) -> int:
    """Read the counter that the writers of these tests raise."""
    found = status_lists.get(tx, "BBB", 1)
    assert found is not None
    return found.used


def open_counter(tx: Tx) -> None:
    """Start the counter at 1."""
    status_lists.claim_slots(tx, "BBB", [(1, 0)], 8)


def raise_counter(tx: Tx) -> None:
    """Read the counter, then write one more: what loses updates wherever two writers overlap."""
    tx.execute(update(StatusListRow).values(used=used(tx) + 1))


def test_committed_write_outlives_a_killed_process(ledger_url: str, ledger: Ledger) -> None:
    """What a transaction wrote is there after the process that wrote it died without closing anything."""
    command = [sys.executable, "-c", WRITE_AND_DIE, ledger_url]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, env={"PYTHONPATH": "tests:."}, check=False, timeout=60)
    assert (done.returncode, ledger.read(count)) == (-9, 1)


def test_sqlite_writes_reach_the_disk_at_each_commit(sqlite_ledger: Ledger) -> None:
    """A power cut after a commit loses nothing: SQLite is told to wait for the disk."""
    assert sqlite_ledger.read(lambda tx: tx.execute(text("PRAGMA synchronous")).scalar()) == 2  # FULL


def test_concurrent_read_then_write_loses_no_update(ledger_url: str, ledger: Ledger) -> None:
    """Four processes' worth of ledgers raise one counter at once, and every increment counts."""
    ledger.transact(open_counter)
    start = Barrier(4)

    def work() -> None:
        own = connect(ledger_url)
        start.wait()
        for _ in range(25):
            own.transact(raise_counter)
        own.close()

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(work) for _ in range(4)]:
            future.result()
    assert ledger.read(used) == 101


def test_threads_on_one_ledger_lose_no_update(ledger: Ledger) -> None:
    """More threads than there are connections raise one counter through one ledger, and every increment counts."""
    ledger.transact(open_counter)
    with ThreadPoolExecutor(24) as pool:
        list(pool.map(lambda _: ledger.transact(raise_counter), range(96)))
    assert ledger.read(used) == 97


def test_refused_transaction_leaves_nothing(ledger: Ledger) -> None:
    """What was written before a refusal in the same transaction is not there afterwards."""

    def work(tx: Tx) -> None:
        grant(tx)
        append(tx, b"leaf")
        raise refuse(Reason.HELD)

    with pytest.raises(Refusal):
        ledger.transact(work)
    assert ledger.read(lambda tx: (count(tx), lanes.heads(tx))) == (0, [])


def test_crashed_transaction_leaves_nothing_and_frees_the_place(ledger: Ledger) -> None:
    """A fault in the middle of a transaction undoes it, and the next writer goes on."""

    def work(tx: Tx) -> None:
        grant(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ledger.transact(work)
    ledger.transact(lambda tx: grant(tx, "c2"))
    assert ledger.read(count) == 1


def test_reads_do_not_wait_for_an_open_writer(ledger: Ledger) -> None:
    """While a writer is in the middle of its work, a reader gets the state before it."""

    def work(tx: Tx) -> int:
        grant(tx)
        return ledger.read(count)

    assert ledger.transact(work) == 0


def test_writers_do_not_wait_for_an_open_reader(ledger: Ledger) -> None:
    """While a reader looks at its snapshot, a writer commits."""

    def look(tx: Tx) -> None:
        count(tx)
        ledger.transact(grant)

    ledger.read(look)
    assert ledger.read(count) == 1


def test_read_sees_one_snapshot(ledger: Ledger) -> None:
    """What is committed between two queries of one read is in neither of them."""

    def look(tx: Tx) -> tuple[int, int]:
        before = count(tx)
        ledger.transact(grant)
        return before, count(tx)

    assert ledger.read(look) == (0, 0)


def test_writer_sees_what_the_writer_before_committed(ledger_url: str, ledger: Ledger) -> None:
    """A writer that had to wait decides on the state after the one it waited for."""
    other = connect(ledger_url)
    seen: list[int] = []
    second = Thread(target=lambda: seen.append(other.transact(count)))

    def work(tx: Tx) -> None:
        second.start()
        grant(tx)

    ledger.transact(work)
    second.join(60)
    other.close()
    assert seen == [1]


def test_read_cannot_write(ledger: Ledger) -> None:
    """A function that was handed a read snapshot is refused when it writes."""
    with pytest.raises(Refusal) as refused:
        ledger.read(grant)
    assert refused.value.reason is Reason.LEDGER_UNAVAILABLE


def test_write_after_a_refused_write_in_a_read_succeeds(ledger: Ledger) -> None:
    """Being read-only belongs to the transaction, not to the connection that the next one gets."""
    with pytest.raises(Refusal):
        ledger.read(grant)
    ledger.transact(grant)
    assert ledger.read(count) == 1


def test_foreign_keys_are_enforced(ledger: Ledger) -> None:
    """A leaf of a lane that does not exist is refused."""
    row = {"origin": "nowhere", "n": 0, "leaf": b"leaf"}
    with pytest.raises(Refusal) as refused:
        ledger.transact(lambda tx: tx.execute(insert(LeafRow).values(row)))
    assert refused.value.reason is Reason.INTERNAL


def test_assertion_without_its_leaf_is_refused(ledger: Ledger) -> None:
    """An assertion cannot point at a leaf that the lane does not have."""
    with pytest.raises(Refusal) as refused:
        ledger.transact(lambda tx: issue(tx, n=5))
    assert refused.value.reason is Reason.INTERNAL


def test_unknown_enum_text_is_refused(ledger: Ledger) -> None:
    """A scope that the domain does not know cannot be stored."""
    row = {"hold_id": "h", "scope": "planet", "ref": "x", "opened_at": NOW}
    with pytest.raises(Refusal) as refused:
        ledger.transact(lambda tx: tx.execute(insert(HoldRow).values(row)))
    assert refused.value.reason is Reason.INTERNAL


def test_second_row_of_a_key_is_a_conflict(ledger: Ledger) -> None:
    """A row whose key is taken is refused as known already, not as a database that cannot be reached."""
    ledger.transact(grant)
    with pytest.raises(Refusal) as refused:
        ledger.transact(lambda tx: grant(tx, level="AAA/LOW"))
    assert refused.value.reason is Reason.ALREADY_KNOWN


def test_two_assertions_cannot_share_a_slot(ledger: Ledger) -> None:
    """The database itself refuses to give two assertions one slot."""
    ledger.transact(lambda tx: (issue(tx, "j1", 1), issue(tx, "j2", 2)))
    with pytest.raises(Refusal) as refused:
        ledger.transact(lambda tx: tx.execute(update(AssertionRow).where(col(AssertionRow.jti) == "j2").values(idx=1)))
    assert refused.value.reason is Reason.ALREADY_KNOWN


def test_error_chain_tells_nothing_of_the_rows(ledger: Ledger) -> None:
    """What a row says about a person does not get into the text of an error, and so not into a log."""
    ledger.transact(lambda tx: grant(tx, subject_id="subject-to-hide"))
    with pytest.raises(Refusal) as refused:
        ledger.transact(lambda tx: grant(tx, subject_id="subject-to-hide"))
    assert "subject-to-hide" not in f"{refused.value} {refused.value.__cause__}"


def test_writer_that_waits_too_long_is_refused(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer behind one that does not end gives up with a reason."""
    monkeypatch.setattr(ledger_module, "_WAIT", 0.05)
    with pytest.raises(Refusal) as refused:
        ledger.transact(lambda _: ledger.transact(count))
    assert refused.value.reason is Reason.LEDGER_UNAVAILABLE


def test_writer_behind_another_process_is_refused_in_time(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer gives up with a reason also when the place is held by another process."""
    monkeypatch.setattr(ledger_module, "_WAIT", 0.05)
    first, second = connect(ledger_url), connect(ledger_url)
    with pytest.raises(Refusal) as refused:
        first.transact(lambda _: second.transact(count))
    first.close()
    second.close()
    assert refused.value.reason is Reason.LEDGER_UNAVAILABLE


@pytest.mark.parametrize(
    "url",
    [
        "",
        "no url",
        "sqlite+pysqlite://",
        "sqlite:///ledger.db",
        "postgresql://localhost/ledger",
        "mysql+pymysql://localhost/ledger",
    ],
)
def test_unsupported_url_is_refused(url: str) -> None:
    """Only the two databases that are tested, with their named drivers, are opened."""
    with pytest.raises(Refusal) as refused:
        connect(url)
    assert refused.value.reason is Reason.CONFIG_FORM


@pytest.mark.parametrize("name", ["plain.db", "with space.db", "a?b.db", "a%20b.db", "a#b.db", "台帳.db"])
def test_sqlite_url_names_exactly_the_file(tmp_path: Path, name: str) -> None:
    """No character of a path is taken for something else."""
    ledger = connect(sqlite_url(tmp_path / name))
    ledger.read(lambda tx: tx.execute(text("SELECT 1")))
    ledger.close()
    assert (tmp_path / name).exists()


def test_unreachable_server_is_a_refusal(tmp_path: Path) -> None:
    """A PostgreSQL server that does not answer makes the ledger unavailable."""
    ledger = connect(f"postgresql+psycopg://postgres@/ledger?host={tmp_path}")
    with pytest.raises(Refusal) as refused:
        ledger.read(count)
    assert refused.value.reason is Reason.LEDGER_UNAVAILABLE


def test_file_that_is_no_database_is_a_refusal(tmp_path: Path) -> None:
    """A file of another kind makes the ledger unavailable."""
    path = tmp_path / "ledger.db"
    path.write_bytes(b"not a database" * 100)
    ledger = connect(sqlite_url(path))
    with pytest.raises(Refusal) as refused:
        ledger.read(count)
    assert refused.value.reason is Reason.LEDGER_UNAVAILABLE
