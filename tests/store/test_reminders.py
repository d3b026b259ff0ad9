"""What ends before long and which reminders were given, on both databases."""

from dataclasses import replace
from datetime import date
from functools import partial

import pytest
from fakes import records
from fakes.records import NOW

from interchange.domain.days import end_of_day, start_of_day
from interchange.domain.projects import Participant
from interchange.domain.reminders import Ending, ReminderKind
from interchange.store import employers, participants, projects, reminders
from interchange.store.ledger import Ledger, Tx
from interchange.store.reminders import Window

ZONE = "Asia/Seoul"
TODAY = date(2027, 6, 1)
LAST = date(2027, 8, 30)
"""The ninetieth day after today."""

WINDOW = Window(start_of_day(TODAY, ZONE) + 3600, TODAY, ZONE)
END = end_of_day(LAST, ZONE)


def fill(tx: Tx, last: date) -> None:
    """Record one thing of each kind that holds until that day."""
    end = end_of_day(last, ZONE)
    records.grant(tx, ends_at=end)
    records.agree(tx, until_day=last)
    employers.put(tx, replace(records.EMPLOYER, until_day=last))
    projects.add(tx, records.project("p2", until_day=last), NOW)
    issued = records.issue(tx, exp=end)
    enrolled = Participant("t1", "p1", "s1", "BBB", "e1", TODAY, LAST, issued.jti, NOW)
    participants.add_all(tx, [enrolled])


REFS = {
    ReminderKind.CLEARANCE: Ending(ReminderKind.CLEARANCE, "c1", LAST, "AAA/ONE"),
    ReminderKind.CONSENT: Ending(ReminderKind.CONSENT, "k1", LAST),
    ReminderKind.EMPLOYER: Ending(ReminderKind.EMPLOYER, "e1", LAST),
    ReminderKind.PARTICIPANT: Ending(ReminderKind.PARTICIPANT, "t1", LAST),
    ReminderKind.PROJECT: Ending(ReminderKind.PROJECT, "p2", LAST),
}


@pytest.mark.parametrize("kind", ReminderKind)
@pytest.mark.parametrize(("last", "found"), [(LAST, True), (date(2027, 8, 31), False), (TODAY, True)], ids=str)
def test_what_ends_within_the_window_is_found(ledger: Ledger, kind: ReminderKind, last: date, *, found: bool) -> None:
    """From today until the ninetieth day after it."""
    ledger.transact(partial(fill, last=last))
    expected = [replace(REFS[kind], last_day=last)] if found else []
    assert ledger.read(partial(reminders.ending, kind=kind, window=WINDOW)) == expected


@pytest.mark.parametrize("kind", ReminderKind)
def test_list_goes_on_behind_the_last(ledger: Ledger, kind: ReminderKind) -> None:
    """In the order of the ids."""
    ledger.transact(partial(fill, last=LAST))
    after = [ledger.read(partial(reminders.ending, kind=kind, window=WINDOW, after=ref)) for ref in ("a", "z")]
    assert after == [[REFS[kind]], []]


def test_renewed_clearance_is_left_out(ledger: Ledger) -> None:
    """One of another organ or level does not renew it."""

    def work(tx: Tx, **changes: object) -> list[Ending]:
        records.grant(tx, f"c{len(changes) + 1}", **{"ends_at": END + 1, **changes})
        return reminders.ending(tx, ReminderKind.CLEARANCE, WINDOW)

    ledger.transact(partial(records.grant, ends_at=END))
    found = [
        len(ledger.transact(partial(work, organ="AAA/TWO", level="AAA/LOW"))),
        len(ledger.transact(partial(work, organ="AAA/ONE"))),
    ]
    assert found == [1, 0]


def test_renewed_consent_is_left_out(ledger: Ledger) -> None:
    """One to other items does not renew it."""
    ledger.transact(partial(records.agree, until_day=LAST))
    renewals = (("k2", records.CONSENT.items - {min(records.CONSENT.items)}), ("k3", records.CONSENT.items))
    found = []
    for consent_id, items in renewals:
        ledger.transact(partial(records.agree, consent_id=consent_id, items=items))
        found.append(len(ledger.read(partial(reminders.ending, kind=ReminderKind.CONSENT, window=WINDOW))))
    assert found == [1, 0]


def test_given_reminders_are_known(ledger: Ledger) -> None:
    """By kind, id and days."""
    kind = ReminderKind.PROJECT
    ledger.transact(partial(reminders.add, kind=kind, reminders=[("p1", 90), ("p1", 30), ("p2", 90)], now=NOW))
    known = ledger.read(partial(reminders.given, kind=kind, refs=["p1"]))
    others = ledger.read(partial(reminders.given, kind=ReminderKind.CONSENT, refs=["p1"]))
    assert (known, others) == ({("p1", 90): NOW, ("p1", 30): NOW}, {})


def test_what_is_over_or_prolonged_is_forgotten(ledger: Ledger) -> None:
    """Of another kind nothing is."""
    kind = ReminderKind.EMPLOYER
    all_given = [(ref, days) for ref in ("due", "over", "prolonged") for days in (90, 30)]
    for each in (kind, ReminderKind.PROJECT):
        ledger.transact(partial(reminders.add, kind=each, reminders=all_given, now=NOW))
    gone = ledger.transact(partial(reminders.forget_all_but, kind=kind, due={"due": 30, "prolonged": 90}))
    left = ledger.read(partial(reminders.given, kind=kind, refs=["due", "over", "prolonged"]))
    others = ledger.read(partial(reminders.given, kind=ReminderKind.PROJECT, refs=["over"]))
    assert (gone, set(left), len(others)) == (3, {("due", 90), ("due", 30), ("prolonged", 90)}, 2)
