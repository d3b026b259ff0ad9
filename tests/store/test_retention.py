"""What is taken away from the ledger, on both databases; leaves and digests stay."""

from datetime import date
from functools import partial

import pytest
from fakes import records
from fakes.records import LANE, NOW
from sqlalchemy import insert, select
from sqlmodel import col

from interchange.domain.lane import Entry
from interchange.domain.merkle import Frontier
from interchange.domain.retention import Due, Papers
from interchange.domain.screening import Conclusion, ItemDone, Screening
from interchange.store import assertions, clearances, lanes, misses, requests, retention, screenings, subjects
from interchange.store.domestic import BindingRow, VerificationRow
from interchange.store.ledger import Ledger, Tx
from interchange.store.subjects import SealedSubject
from interchange.store.tables import LeafRow

TODAY = date(2027, 1, 15)


def screened(tx: Tx) -> Screening:
    """Record a person with a positive screening of two items and a clearance that rests on it."""
    records.register(tx)
    made = Screening("sc1", "s1", "AAA/ONE", TODAY, NOW, Conclusion.ELIGIBLE, NOW, TODAY)
    screenings.add(tx, made)
    for item, day in (("drinking", 3), ("debts", 9)):
        screenings.add_item(tx, "sc1", ItemDone(item, date(2027, 1, day), "officer"))
    clearances.add(tx, records.clearance(screening_id="sc1"))
    return made


def tokens(tx: Tx) -> list[bytes | None]:
    """Read what lies beside the leaves, in their order."""
    return list(tx.execute(select(col(LeafRow.token)).order_by(col(LeafRow.origin), col(LeafRow.n))).scalars())


def test_papers_are_gathered(ledger: Ledger) -> None:
    """Screenings, clearances, the day of the latest item, and whether an assertion is live."""
    made = ledger.transact(screened)
    ledger.transact(records.issue)
    asked = partial(retention.papers, subject_ids=["s1", "nobody"])
    found = [ledger.read(partial(asked, now=now)) for now in (NOW, NOW + 1000)]
    usual = Papers(
        registered_at=NOW,
        identified=True,
        asserted=True,
        screenings=(made,),
        clearances=(records.clearance(screening_id="sc1"),),
        last_items={"sc1": date(2027, 1, 9)},
    )
    assert ([set(each) for each in found], found[0]["s1"], found[1]["s1"].asserted) == ([{"s1"}] * 2, usual, False)


def test_people_are_listed_in_groups(ledger: Ledger) -> None:
    """In the order of their ids, on from the last."""
    for subject_id in ("b", "c", "a"):
        ledger.transact(partial(records.register, subject_id=subject_id))
    groups = [ledger.read(partial(retention.people, after=after, limit=2)) for after in ("", "b")]
    assert groups == [["a", "b"], ["c"]]


def test_everything_due_is_forgotten(ledger: Ledger) -> None:
    """The subject's own row stays, without a name and a way to find it."""
    ledger.transact(screened)
    ledger.transact(records.agree)
    everything = Due(frozenset({"sc1"}), frozenset({"sc1"}), frozenset({"c1"}), identity=True)
    ledger.transact(lambda tx: retention.forget(tx, "s1", everything))

    def look(tx: Tx) -> tuple[object, ...]:
        return (
            subjects.get(tx, "s1"),
            subjects.looked_up_under(tx),
            screenings.of_subject(tx, "s1"),
            screenings.items(tx, "sc1"),
            clearances.of_subject(tx, "s1"),
        )

    assert ledger.read(look) == (SealedSubject("s1", 1, None), {}, [], [], [])


def test_items_can_go_alone(ledger: Ledger) -> None:
    """The screening is still there."""
    made = ledger.transact(screened)
    ledger.transact(lambda tx: retention.forget(tx, "s1", Due(items=frozenset({"sc1"}))))
    assert ledger.read(lambda tx: (screenings.get(tx, "sc1"), screenings.items(tx, "sc1"))) == (made, [])


@pytest.mark.parametrize(
    ("revoked", "end", "expected"),
    [
        (None, NOW + 999, []),
        (None, NOW + 1000, ["j1"]),
        (NOW + 5, NOW + 5, []),
        (NOW + 5, NOW + 6, ["j1"]),
    ],
    ids=["live", "expired", "not yet revoked", "revoked"],
)
def test_tokens_of_ended_assertions_go(ledger: Ledger, revoked: int | None, end: int, expected: list[str]) -> None:
    """The leaf and the head stay, so that the tree does."""
    ledger.transact(records.issue)
    if revoked is not None:
        ledger.transact(lambda tx: assertions.mark_revoked(tx, ["j1"], revoked))
    before = ledger.read(lambda tx: lanes.head(tx, LANE))
    assert ledger.transact(lambda tx: retention.drop_tokens(tx, end, 10)) == expected
    assert ledger.read(tokens) == [None if expected else b"a.b.c"]
    assert ledger.read(lambda tx: lanes.head(tx, LANE)) == before


def test_steps_are_bounded(ledger: Ledger) -> None:
    """A step takes no more than it is told, and the next one the rest."""
    ledger.transact(lambda tx: [records.issue(tx, f"j{n}", n) for n in (1, 2, 3)])
    steps = [len(ledger.transact(lambda tx: retention.drop_tokens(tx, NOW + 1000, 2))) for _ in range(3)]
    assert steps == [2, 1, 0]


def test_tokens_of_followed_lanes_are_listed(ledger: Ledger) -> None:
    """By lane and number, on from the last; our own are not among them."""

    def work(tx: Tx) -> None:
        records.issue(tx)
        lanes.open_lane(tx, "followed", "BBB", issued=False)
        entries = [Entry(b"0", b"zero"), Entry(b"1", None), Entry(b"2", b"two")]
        lanes.append(tx, "followed", Frontier.empty(), entries)

    ledger.transact(work)
    places = (("", -1), ("followed", 0))
    pages = [ledger.read(partial(retention.tokens_received, after=after, limit=1)) for after in places]
    assert pages == [[("followed", 0, b"zero")], [("followed", 2, b"two")]]
    ledger.transact(lambda tx: retention.drop_tokens_at(tx, [("followed", 2)]))
    assert sorted(ledger.read(tokens), key=repr) == [None, None, b"a.b.c", b"zero"]


def test_bindings_lose_their_bytes_alone(ledger: Ledger) -> None:
    """That one was sent is still known."""
    ledger.transact(records.issue)
    sent = insert(BindingRow).values(jti="j1", sha256="d", sealed=b"box", sent_at=NOW)
    ledger.transact(lambda tx: tx.execute(sent))
    instants = (NOW, NOW + 1000, NOW + 1000)
    gone = [ledger.transact(partial(retention.drop_bindings, now=now, limit=10)) for now in instants]
    left = ledger.read(lambda tx: tx.execute(select(col(BindingRow.sealed), col(BindingRow.sent_at))).all())
    assert (gone, [tuple(row) for row in left]) == ([[], ["j1"], []], [(None, NOW)])


def test_verifications_go_with_their_assertion(ledger: Ledger) -> None:
    """Those about others stay."""
    ledger.transact(lambda tx: [records.issue(tx), records.issue(tx, "j2", 2, exp=NOW + 5000)])
    asked = [{"jti": jti, "party": "BBB", "at": NOW, "outcome": "VALID", "count": 1} for jti in ("j1", "j2")]
    ledger.transact(lambda tx: tx.execute(insert(VerificationRow), asked))
    gone = ledger.transact(lambda tx: retention.drop_verifications(tx, NOW + 1000, 10))
    left = ledger.read(lambda tx: list(tx.execute(select(col(VerificationRow.jti))).scalars()))
    assert (gone, left) == (["j1"], ["j2"])


def test_old_requests_go(ledger: Ledger) -> None:
    """In steps; one of the last day stays."""

    def work(tx: Tx) -> None:
        for number, at in enumerate((1, 2, 3, 10)):
            requests.record(tx, "c", "a", f"r{number}", "d", b"", at)

    ledger.transact(work)
    gone = [ledger.transact(lambda tx: retention.drop_requests(tx, 10, 2)) for _ in range(3)]
    assert (gone, ledger.read(lambda tx: requests.replay(tx, "c", "a", "r3", "d"))) == ([2, 1, 0], b"")


def test_old_misses_go(ledger: Ledger) -> None:
    """Counts of days before the given one."""
    for day in (1, 2, 3):
        ledger.transact(partial(misses.add, caller="c", day=date(2027, 1, day), count=1))
    gone = ledger.transact(lambda tx: retention.drop_misses(tx, date(2027, 1, 3)))
    assert (gone, ledger.read(lambda tx: misses.on(tx, "c", date(2027, 1, 3)))) == (2, 1)


def test_records_under_older_keys_are_found(ledger: Ledger) -> None:
    """By the sealing key, by the look-up key; a person without an identity needs neither."""

    def work(tx: Tx) -> None:
        for name, seal, lookup in (("a", 1, 2), ("b", 2, 1), ("c", 2, 2), ("d", 3, 3)):
            subjects.add(tx, SealedSubject(name, seal, b"sealed"), [(lookup, f"digest {name}")], NOW)
        subjects.add(tx, SealedSubject("e", 1, None), [], NOW)

    ledger.transact(work)
    found = ledger.read(lambda tx: subjects.under_older_keys(tx, 2, 2, "", 10))
    rest = ledger.read(lambda tx: subjects.under_older_keys(tx, 2, 2, "a", 10))
    assert ([each.subject_id for each in found], [each.subject_id for each in rest]) == (["a", "b"], ["b"])
    counted = ledger.read(lambda tx: (subjects.sealed_under(tx), subjects.looked_up_under(tx)))
    assert counted == ({1: 1, 2: 2, 3: 1}, {1: 1, 2: 2, 3: 1})
