"""The step to 0003 on a ledger in use: what was told of keys, witnessed and signed is read out of what is there."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from fakes.records import LANE
from sqlalchemy import text

from interchange.domain.events import Event, KeyRestricted, KeyringPublished, Restriction, Revoked
from interchange.store import migrate
from interchange.store.ledger import Ledger, Tx, connect, sqlite_url
from interchange.wire.events import encode_leaf

KID, OTHER = "k" * 43, "o" * 43
JTI = "0f8fad5b-d9cb-4690-a165-70867728950e"
FOLLOWED = "zzz.clearance.example/lane/AAA/1"
SUSPENDED, RETIRED, TAINTED = Restriction.SUSPENDED, Restriction.RETIRED, Restriction.TAINTED
RING = "d" * 43


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of the version before."""
    ledger = connect(sqlite_url(tmp_path / "ledger.db"))
    to(ledger, "0002")
    yield ledger
    ledger.close()


def to(ledger: Ledger, version: str) -> None:
    """Take the steps up to a version."""

    def work(tx: Tx) -> None:
        config = migrate._config()
        config.attributes["transaction"] = tx
        command.upgrade(config, version)

    ledger.transact(work)


def run(ledger: Ledger, statement: str, **values: object) -> list[tuple[object, ...]]:
    """Run one statement."""

    def work(tx: Tx) -> list[tuple[object, ...]]:
        result = tx.execute(text(statement), values)
        return [tuple(row) for row in result] if result.returns_rows else []

    return ledger.transact(work)


def lane(ledger: Ledger, *events: Event, origin: str = LANE, issued: bool = True, **head: object) -> None:
    """Lay down a lane as the version before had it."""
    values = {"note": None, "received": None, "acknowledged": 0, "at": None} | head
    run(
        ledger,
        "INSERT INTO lanes (origin, party, issued, size, frontier, note, received_at, acknowledged_size,"
        " acknowledged_at) VALUES (:origin, 'BBB', :issued, :size, x'', :note, :received, :acknowledged, :at)",
        origin=origin,
        issued=issued,
        size=len(events),
        **values,
    )
    for n, event in enumerate(events):
        leaf = encode_leaf(n, event)
        run(ledger, "INSERT INTO leaves (origin, n, leaf) VALUES (:o, :n, :leaf)", o=origin, n=n, leaf=leaf)


def narrowed(ledger: Ledger, kid: str, how: Restriction) -> None:
    """Lay down what was known of a key."""
    authority = LANE.partition("/")[0]
    run(ledger, "INSERT INTO told_restrictions VALUES (:a, :kid, :how)", a=authority, kid=kid, how=how.value)


def restrictions(ledger: Ledger) -> list[tuple[object, ...]]:
    """Take the step, and read what is told of keys now."""
    to(ledger, "0003")
    return run(ledger, "SELECT n, kid, how, since, folded_in FROM told_restrictions ORDER BY n")


def test_what_was_told_of_keys_is_read_from_the_leaves(old: Ledger) -> None:
    """With its time, and with the keyring that stands for it since."""
    lane(
        old,
        KeyringPublished(1, RING),
        KeyRestricted(KID, SUSPENDED),
        Revoked(JTI),
        KeyringPublished(2, RING),
        KeyRestricted(KID, TAINTED, 100),
        KeyringPublished(2, RING),
    )
    narrowed(old, KID, TAINTED)
    assert restrictions(old) == [(1, KID, "suspended", None, 2), (4, KID, "tainted", 100, None)]


def test_keyring_that_was_told_and_not_accepted_yet_lifted_nothing(old: Ledger) -> None:
    """What was in force is in force, and what was not is not."""
    lane(old, KeyRestricted(KID, SUSPENDED), KeyRestricted(OTHER, RETIRED), KeyringPublished(2, RING))
    narrowed(old, KID, SUSPENDED)
    assert restrictions(old) == [(0, KID, "suspended", None, None), (1, OTHER, "retired", None, 2)]


def test_witness_begins_with_what_was_cosigned_last(old: Ledger) -> None:
    """Of a lane of ours a minute later than it came, of a followed one when its head was heard."""
    lane(old, Revoked(JTI), Revoked(JTI), acknowledged=1, at=500)
    note = f"{FOLLOWED}\n2\nroot\n\nlines\n".encode()
    lane(old, *[Revoked(JTI)] * 3, origin=FOLLOWED, issued=False, note=note, received=700)
    to(old, "0003")
    found = run(old, "SELECT origin, size, at FROM witnessed ORDER BY at")
    assert found == [(LANE, 1, 560), (FOLLOWED, 2, 700)]


def test_lanes_that_nobody_heard_of_have_no_witness(old: Ledger) -> None:
    """They begin with the next acknowledgement."""
    lane(old, Revoked(JTI))
    lane(old, origin=FOLLOWED, issued=False)
    to(old, "0003")
    assert run(old, "SELECT origin FROM witnessed") == []


@pytest.mark.parametrize("kept", [True, False])
def test_signing_key_is_read_from_the_token(old: Ledger, *, kept: bool) -> None:
    """Empty where the token is no longer kept."""
    lane(old, Revoked(JTI))
    token = urlsafe_b64encode(f'{{"alg":"EdDSA","kid":"{KID}","typ":"t"}}'.encode()).rstrip(b"=") + b".b.c"
    run(old, "UPDATE leaves SET token = :token", token=token if kept else None)
    run(
        old,
        "INSERT INTO projects VALUES ('p', 't', 'ai', 0, 'c', 'f', 'u', '2027-01-01', '2027-01-02', 1, '', NULL)",
    )
    run(
        old, "INSERT INTO status_lists (party, number, slots, used, lane_size, signed_at) VALUES ('BBB', 1, 9, 1, 0, 0)"
    )
    run(old, "INSERT INTO status_slots VALUES ('BBB', 1, 3)")
    run(
        old,
        "INSERT INTO assertions (jti, subject_id, employer_id, project_id, party, agreement, organ, origin, n,"
        " list_number, idx, iat, exp, clearance_id)"
        " VALUES (:jti, 's', 'e', 'p', 'BBB', 'a', 'AAA/ONE', :origin, 0, 1, 3, 1, 2, 'c')",
        jti=JTI,
        origin=LANE,
    )
    to(old, "0003")
    assert run(old, "SELECT kid FROM assertions") == [(KID if kept else "",)]
