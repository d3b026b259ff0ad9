"""Reminders 90, 30 and 7 days before something ends, each once; they name ids and days, and nobody."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from interchange.domain.reminders import Reminder, ReminderKind, reminder_due
from interchange.store import participants
from interchange.store import reminders as store
from interchange.store.reminders import Window

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from interchange.domain.reminders import Ending
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

GROUP = 500
"""Things that one step looks at."""


def remind(node: Node, now: Instant) -> list[Reminder]:
    """Make one pass over all that ends before long, and give the reminders that are due and were not given.

    Of what was not reminded of in time, only the last one that is due is given.

    Returns:
        Those that were given now, for whoever calls this to tell.
    """
    window, told = _window(node, now), []
    for kind in ReminderKind:
        after, due = "", dict[str, int]()
        while group := node.ledger.read(partial(store.ending, kind=kind, window=window, after=after, limit=GROUP)):
            after = group[-1].ref
            wanted = _due(group, window)
            due |= {each.ending.ref: each.days for each in wanted}
            # Looked at on a snapshot first: nearly all were given before, and writers need not wait for that.
            if node.ledger.read(partial(_missing, kind=kind, wanted=wanted)):
                told += node.ledger.transact(partial(_give, kind=kind, wanted=wanted, now=now))
        node.ledger.transact(partial(store.forget_all_but, kind=kind, due=due))
    return told


def reminders_due(
    node: Node, tx: Tx, now: Instant, kinds: Collection[ReminderKind], *, organ: str = "", after: str = "", limit: int
) -> list[Reminder]:
    """List what ends before long, by kind and id, from the one after `after` on.

    A participant who is not confirmed at the moment is left out, whatever the reason: when the confirmation would have
    ended would show that there is one.

    Args:
        node: the node.
        tx: an open transaction.
        now: the instant of the question.
        kinds: of which things.
        organ: of clearances only this organ's; empty is any.
        after: `key_of` the last one that is known; empty for the first page.
        limit: most entries.
    """
    window, found = _window(node, now), list[Reminder]()
    kind_after, _, ref_after = after.partition(" ")
    for kind in sorted(kinds):
        if kind.value < kind_after:
            continue
        begin = ref_after if kind.value == kind_after else ""
        while len(found) < limit:
            group = store.ending(tx, kind, window, organ=organ, after=begin, limit=limit)
            if not group:
                break
            begin = group[-1].ref
            found += _given(tx, kind, _due(_shown(node, tx, kind, group, now), window))
    return found[:limit]


def key_of(reminder: Reminder) -> str:
    """Give the key by which reminders are listed."""
    return f"{reminder.ending.kind.value} {reminder.ending.ref}"


def _window(node: Node, now: Instant) -> Window:
    return Window(now, node.today(now), node.rules.zone)


def _due(group: Sequence[Ending], window: Window) -> list[Reminder]:
    found = [(each, reminder_due(each.last_day, window.today)) for each in group]
    return [Reminder(each, days) for each, days in found if days is not None]


def _missing(tx: Tx, kind: ReminderKind, wanted: Sequence[Reminder]) -> list[Reminder]:
    known = store.given(tx, kind, [each.ending.ref for each in wanted])
    return [each for each in wanted if (each.ending.ref, each.days) not in known]


def _give(tx: Tx, kind: ReminderKind, wanted: Sequence[Reminder], now: Instant) -> list[Reminder]:
    given = _missing(tx, kind, wanted)
    store.add(tx, kind, [(each.ending.ref, each.days) for each in given], now)
    return [Reminder(each.ending, each.days, now) for each in given]


def _given(tx: Tx, kind: ReminderKind, due: Sequence[Reminder]) -> list[Reminder]:
    known = store.given(tx, kind, [each.ending.ref for each in due])
    return [Reminder(each.ending, each.days, known.get((each.ending.ref, each.days))) for each in due]


def _shown(node: Node, tx: Tx, kind: ReminderKind, group: Sequence[Ending], now: Instant) -> Sequence[Ending]:
    if kind is not ReminderKind.PARTICIPANT:
        return group
    jtis = {each.participant_id: each.jti for each in participants.of_ids(tx, [each.ref for each in group])}
    confirmed = participants.confirmed(tx, node.names.authority, sorted(jtis.values()), now)
    return [each for each in group if jtis.get(each.ref) in confirmed]
