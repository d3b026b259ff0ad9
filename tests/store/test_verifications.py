"""Who asked about which assertion, on both databases."""

from functools import partial

from fakes import records
from fakes.records import NOW

from interchange.store import verifications
from interchange.store.ledger import Ledger
from interchange.store.verifications import FIRST, Verification

ONCE = Verification(NOW, "j1", "BBB", "VALID", 1)
ENTRIES = [
    ONCE,
    Verification(NOW, "j1", "BBB", "STALE", 2),
    Verification(NOW, "j1", "CCC", "VALID", 3),
    Verification(NOW + 1, "j1", "BBB", "VALID", 4),
]


def of_s1(ledger: Ledger, **where: object) -> list[Verification]:
    """Read who asked about the assertions of a person."""
    return ledger.read(lambda tx: verifications.of_subject(tx, "s1", **where))  # type: ignore[arg-type]


def test_entries_are_listed_in_the_order_of_time(ledger: Ledger) -> None:
    """Then by assertion, party and outcome."""
    ledger.transact(records.issue)
    ledger.transact(lambda tx: verifications.add(tx, list(reversed(ENTRIES))))
    assert of_s1(ledger) == [ENTRIES[1], ENTRIES[0], *ENTRIES[2:]]


def test_one_second_can_be_written_in_parts(ledger: Ledger) -> None:
    """The parts are added up, and nothing else is."""
    ledger.transact(records.issue)
    for entries in ([ONCE, ONCE], ENTRIES, []):
        ledger.transact(partial(verifications.add, entries=entries))
    counted = {each.key: each.count for each in of_s1(ledger)}
    assert counted == {each.key: each.count for each in ENTRIES} | {ONCE.key: 3}


def test_pages_go_on_behind_a_key(ledger: Ledger) -> None:
    """Also in the middle of a second."""
    ledger.transact(records.issue)
    ledger.transact(lambda tx: verifications.add(tx, ENTRIES))
    whole = of_s1(ledger)
    assert [of_s1(ledger, after=key, limit=2) for key in (FIRST, whole[1].key, whole[3].key)] == [
        whole[:2],
        whole[2:],
        [],
    ]


def test_other_peoples_and_organs_are_left_out(ledger: Ledger) -> None:
    """A person is told about the person's own assertions, by an organ about those that it signed."""
    ledger.transact(lambda tx: [records.issue(tx), records.issue(tx, "j2", 2, subject_id="s2")])
    ledger.transact(lambda tx: verifications.add(tx, [ONCE, Verification(NOW, "j2", "BBB", "VALID", 1)]))
    assert [of_s1(ledger, organ=organ) for organ in ("", "AAA/ONE", "AAA/TWO")] == [[ONCE], [ONCE], []]
