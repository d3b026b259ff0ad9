"""What `audit verify` promises, column by column: a change by hand is found, or its column stands here."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from fakes.authorities import Authority
from fakes.parties import HOME, NOW, do, keyring_of, signed
from fakes.people import identity, register
from fakes.screened import grant, recognise, screened
from fakes.status import listed
from fakes.world import World, copy_world

from interchange.domain.agreements import AgreementState
from interchange.domain.consent import DataItem
from interchange.domain.projects import Participant
from interchange.domain.standing import HoldScope
from interchange.flows.audit import audit
from interchange.flows.consents import CONSENT, ConsentRequest
from interchange.flows.expire import report_expired
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.flows.moves import MOVE, MoveRequest
from interchange.flows.withdrawals import INSTALL, InstallRequest
from interchange.store import participants
from interchange.store.schema import Row

OPERATION = {"leases", "heartbeats", "evidence", "misses", "reminders", "verifications", "warnings"}
"""Tables of the running of the node, of which no leaf tells."""

PEOPLE = {
    "subjects",
    "subject_lookups",
    "screening_items",
    "rosters",
    "roster_lines",
    "proposals",
    "proposal_signatures",
}
"""Tables of which only that there is a row is looked at, by those that name it. Identities open with the vault's keys
alone, which an audit does not have; a proposal is held to its signatures when it is carried out, and never after."""

NOT_PROMISED = {
    # When something came to us, by our own clock: nobody has signed that.
    "lanes": {"acknowledged_at"},
    "keyrings": {"installed_at"},
    "requests": {"at"},
    "witnessed": {"size", "at", "deleted"},
    # A taint that nobody was told only narrows.
    "keys": {"made_at", "moved_at", "ended_at", "signatures", "tainted_since"},
    "assertions": {"expiry_reported_at"},
    "bindings": {"sha256", "sealed", "sent_at", "confirmed_at", "unmatched_at", "ended_at", "jti", "deleted"},
    "told_bindings": {"deleted"},
    # Of a keyring that another has followed.
    "told_keyrings": {"authority", "number", "deleted"},
    # An end that came of another's end, and an end where there was none: they only narrow.
    "projects": {"closed_at"},
    "screenings": {"ended_at"},
    "clearances": {"ended_at"},
    "employers": {"ended_at"},
    "consents": {"withdrawn_at"},
    "participants": {"participant_id", "employer_id", "from_day", "until_day", "enrolled_at", "ended_at", "deleted"},
}
"""Table → columns in which a change is not found, or `deleted` where a row can be taken away."""

TABLES = sorted(set(Row.metadata.tables) - OPERATION - PEOPLE)


@pytest.fixture(scope="module")
def lived(world_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which people came by the law's own way, and everything has happened once."""
    world = copy_world(world_template, tmp_path_factory.mktemp("columns") / "world", "columns")
    home, project = world.home, world.open_project()
    recognise(home)
    people = [register(home, identity(number)) for number in range(5)]
    for subject_id in people:
        for party in ("KOR", "AUS"):
            items, days = frozenset(DataItem), (date(2001, 1, 1), date(2099, 12, 31))
            do(home, CONSENT, ConsentRequest(subject_id, party, "its office", "joint_research", items, "told", *days))
        grant(home, screened(home, subject_id))
    live, held, revoked, *_ = issued = [world.issue(project, subject_id) for subject_id in people[:4]]
    world.issue(project, people[4], expires_at=NOW + 1)
    report_expired(home, NOW + 1)
    world.revoke(revoked)
    world.suspend(HoldScope.SUBJECT, people[1])
    world.suspend(HoldScope.EMPLOYER, "employer-1")
    world.suspend(HoldScope.ASSERTION, held)
    world.reinstate(world.suspend(HoldScope.PROJECT, project))
    do(home, MOVE, MoveRequest("JPN-AUS-2013", AgreementState.SUSPENDED, date(2027, 1, 15)))
    do(home, INSTALL, InstallRequest(HOME, Authority(home.names.authority).withdraw()))
    do(home, PUBLISH, PublishRequest(signed(keyring_of(HOME, 2), HOME)))
    days = (date(2027, 1, 1), date(2027, 12, 31))
    enrolled = Participant(home.chance.uuid(), project, people[0], "KOR", "employer-1", *days, live, NOW)
    home.ledger.transact(lambda tx: participants.add_all(tx, [enrolled]))
    listed(world, "KOR")
    world.follow()
    assert issued
    yield world
    world.close()


def changed(value: object) -> object:
    """Give another value of the same kind."""
    match value:
        case bool() | int():
            return 1 - value if value in (0, 1) else value + 1
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:] if value else b"x"
        case str():
            return value[:-1] + ("a" if value[-1:] != "a" else "b")
        case _:
            return 1_700_000_000


def found(world: World, table: str, column: str) -> bool | None:
    """Change the middle row of a table, audit, and put the row back; None if the database itself refuses."""
    with closing(sqlite3.connect(world.directory / HOME / "ledger.db")) as database:
        database.execute("PRAGMA ignore_check_constraints = ON")
        rowids = [rowid for (rowid,) in database.execute(f'SELECT rowid FROM "{table}"')]
        at = rowids[len(rowids) // 2]
        kept = database.execute(f'SELECT * FROM "{table}" WHERE rowid = ?', (at,))
        names, row = [name for name, *_ in kept.description], kept.fetchone()
        try:
            if column == "deleted":
                database.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (at,))
            else:
                value = changed(row[names.index(column)])
                database.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (value, at))
            database.commit()
        except sqlite3.IntegrityError:
            return None
        try:
            return bool(audit(world.home).faults)
        finally:
            database.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (at,))
            places = ", ".join("?" * len(row))
            database.execute(
                f'INSERT INTO "{table}" (rowid, {", ".join(map(repr, names))}) VALUES (?, {places})', (at, *row)
            )
            database.commit()


def test_such_a_ledger_is_clean(lived: World) -> None:
    """Before anybody changes it."""
    assert [audit(lived[party]).faults for party in lived.nodes] == [()] * len(lived.nodes)


@pytest.mark.parametrize("table", TABLES)
def test_change_of_any_column_is_found_but_for_those_named_here(lived: World, table: str) -> None:
    """One row, one column at a time, and the row as a whole."""
    columns = [column.name for column in Row.metadata.tables[table].columns]
    if not lived.home.ledger.read(lambda tx: tx.execute(Row.metadata.tables[table].select().limit(1)).first()):
        pytest.skip("nothing of the kind has happened")
    missed = {column for column in [*columns, "deleted"] if found(lived, table, column) is False}
    assert missed - NOT_PROMISED.get(table, set()) == set()
