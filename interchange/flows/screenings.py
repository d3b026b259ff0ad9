"""Screenings (適性評価の調査): from the person's consent to the day on which they are told, and what a result ends.

Of every item it is recorded that it was done, when and by whom, and never what it found; of a body that screens on its
own not even that. Whatever a screening comes to, no partner hears of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.days import start_of_day
from interchange.domain.projects import Hold, HoldCause
from interchange.domain.screening import Conclusion, ItemDone, Screening
from interchange.domain.standing import HoldScope
from interchange.errors import Reason, refuse
from interchange.flows.approvals import Second, listed
from interchange.flows.ends import end_clearances, revoke_all
from interchange.flows.perform import Act
from interchange.flows.withdraw import SuspendRequest, Target, place, targets
from interchange.store import assertions, clearances, screenings, subjects

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """Whom which body is to screen, and the day on which the person consented to that."""

    subject_id: str
    body: str
    consented_on: date


@dataclass(frozen=True, slots=True)
class ItemRequest:
    """Which item of the rulebook's list was looked into, on which day, and the SPIFFE id of who says so."""

    screening_id: str
    item: str
    done_on: date
    officer: str


@dataclass(frozen=True, slots=True)
class ConcludeRequest:
    """What a screening came to."""

    screening_id: str
    conclusion: Conclusion


@dataclass(frozen=True, slots=True)
class NotifyRequest:
    """The day on which the person was told of the result; every term runs from it."""

    screening_id: str
    notified_on: date


@dataclass(frozen=True, slots=True)
class WithdrawConsentRequest:
    """Whose screening the person consents to no more."""

    screening_id: str


@dataclass(frozen=True, slots=True)
class ReassessRequest:
    """Who is to be assessed again for cause; the cause is not recorded."""

    subject_id: str


@dataclass(frozen=True, slots=True)
class Concluded:
    """What is decided of a screening: it, and what it came to."""

    screening: Screening
    conclusion: Conclusion


def find(tx: Tx, screening_id: str) -> Screening:
    """Find a screening, or refuse NOT_KNOWN."""
    screening = screenings.get(tx, screening_id)
    if screening is None:
        raise refuse(Reason.NOT_KNOWN, "screening_id")
    return screening


def check_past(node: Node, day: date, now: Instant, where: str) -> None:
    """Refuse DATE_ABSURD for a day that is still to come in the nation's zone, or before the calendar begins."""
    if start_of_day(day, node.rules.zone) > now:
        raise refuse(Reason.DATE_ABSURD, f"{where}: the day is still to come")


def _under_way(tx: Tx, screening_id: str) -> Screening:
    screening = find(tx, screening_id)
    if screening.ended_at is not None:
        raise refuse(Reason.SCREENING_STATE, "it has ended")
    if screening.conclusion is not None:
        raise refuse(Reason.SCREENING_STATE, "it is concluded")
    return screening


def _decide_open(node: Node, tx: Tx, request: OpenRequest, now: Instant) -> OpenRequest:
    """Refuse to begin without a consent of its own: none from before the person took an earlier one back."""
    if subjects.get(tx, request.subject_id) is None:
        raise refuse(Reason.NOT_KNOWN, "subject_id")
    if not node.rules.screens(request.body):
        raise refuse(Reason.FIELD_FORM, "body: it does not screen people")
    check_past(node, request.consented_on, now, "consented_on")
    for known in screenings.of_subject(tx, request.subject_id):
        if known.body != request.body:
            continue
        if known.ended_at is not None:
            if request.consented_on < node.today(known.ended_at):
                raise refuse(Reason.CONSENT_NEEDED, "consented_on: before an earlier screening ended")
        elif known.conclusion is None:
            raise refuse(Reason.SCREENING_STATE, "one of this body is under way")
    return request


def _write_open(node: Node, tx: Tx, request: OpenRequest, _prepared: None, now: Instant) -> str:
    screening_id = node.chance.uuid()
    screenings.add(tx, Screening(screening_id, request.subject_id, request.body, request.consented_on, now))
    return screening_id


def _decide_item(node: Node, tx: Tx, request: ItemRequest, now: Instant) -> ItemRequest:
    screening = _under_way(tx, request.screening_id)
    if node.rules.organ(screening.body).own_screening:
        raise refuse(Reason.SCREENING_STATE, "of this body's screening no items are kept")
    if request.item not in node.rules.screening_items:
        raise refuse(Reason.FIELD_FORM, "item: not on the list")
    if any(done.item == request.item for done in screenings.items(tx, request.screening_id)):
        raise refuse(Reason.ALREADY_KNOWN, "item")
    check_past(node, request.done_on, now, "done_on")
    if request.done_on < screening.consented_on:
        raise refuse(Reason.DATE_ABSURD, "done_on: before the person consented")
    return request


def _write_item(_node: Node, tx: Tx, request: ItemRequest, _prepared: None, _now: Instant) -> str:
    screenings.add_item(tx, request.screening_id, ItemDone(request.item, request.done_on, request.officer))
    return request.screening_id


def _decide_conclude(node: Node, tx: Tx, request: ConcludeRequest, _now: Instant) -> Concluded:
    screening = _under_way(tx, request.screening_id)
    if not node.rules.organ(screening.body).own_screening:
        missing = node.rules.screening_items.keys() - {done.item for done in screenings.items(tx, request.screening_id)}
        if missing:
            raise refuse(Reason.SCREENING_ITEMS, ", ".join(sorted(missing)))
    return Concluded(screening, request.conclusion)


def _write_conclude(node: Node, tx: Tx, decided: Concluded, _prepared: None, now: Instant) -> str:
    """Record it. A negative result ends what the body granted before, and whatever any organ has asserted."""
    screening = decided.screening
    screenings.conclude(tx, screening.screening_id, decided.conclusion, now)
    if decided.conclusion is Conclusion.NOT_ELIGIBLE:
        known = screenings.of_subject(tx, screening.subject_id)
        earlier = {each.screening_id for each in known if each.body == screening.body} - {screening.screening_id}
        for each in known:
            if each.screening_id in earlier and each.ended_at is None:
                screenings.end(tx, each.screening_id, now)
        granted = clearances.standing(tx, subject_id=screening.subject_id)
        clearances.end(tx, [each.clearance_id for each in granted if each.screening_id in earlier], now)
        # The worst standing of several organs is what counts outward, so that nothing of another organ's stays.
        revoke_all(node, tx, assertions.live(tx, now, subject_id=screening.subject_id), now)
    return screening.screening_id


def _decide_notify(node: Node, tx: Tx, request: NotifyRequest, now: Instant) -> NotifyRequest:
    screening = find(tx, request.screening_id)
    if screening.concluded_at is None or screening.notified_on is not None or screening.ended_at is not None:
        raise refuse(Reason.SCREENING_STATE, "the person is told once, after it is concluded and while it stands")
    check_past(node, request.notified_on, now, "notified_on")
    if request.notified_on < node.today(screening.concluded_at):
        raise refuse(Reason.DATE_ABSURD, "notified_on: before it was concluded")
    return request


def _write_notify(_node: Node, tx: Tx, request: NotifyRequest, _prepared: None, _now: Instant) -> str:
    screenings.notify(tx, request.screening_id, request.notified_on)
    return request.screening_id


def _decide_withdraw(_node: Node, tx: Tx, request: WithdrawConsentRequest, _now: Instant) -> Screening:
    screening = find(tx, request.screening_id)
    if screening.ended_at is not None:
        raise refuse(Reason.SCREENING_STATE, "it has ended")
    return screening


def _write_withdraw(node: Node, tx: Tx, screening: Screening, _prepared: None, now: Instant) -> str:
    screenings.end(tx, screening.screening_id, now)
    end_clearances(node, tx, clearances.standing(tx, screening_id=screening.screening_id), now)
    return screening.screening_id


def _decide_reassess(node: Node, tx: Tx, request: ReassessRequest, now: Instant) -> tuple[str, tuple[Target, ...]]:
    return request.subject_id, targets(node, tx, SuspendRequest(HoldScope.SUBJECT, request.subject_id), now)


def _write_reassess(node: Node, tx: Tx, decision: tuple[str, tuple[Target, ...]], _prepared: None, now: Instant) -> str:
    subject_id, found = decision
    hold = Hold(node.chance.uuid(), HoldScope.SUBJECT, subject_id, now, cause=HoldCause.REASSESSMENT)
    return place(node, tx, hold, found)


OPEN = Act("open_screening", _decide_open, _write_open)
DO_ITEM = Act("record_item", _decide_item, _write_item)
CONCLUDE = Act(
    "conclude_screening",
    _decide_conclude,
    _write_conclude,
    second=Second(ConcludeRequest, listed("conclude_screening"), organ=lambda decided: decided.screening.body),
)
NOTIFY = Act("notify_screening", _decide_notify, _write_notify)
WITHDRAW_CONSENT = Act("withdraw_screening_consent", _decide_withdraw, _write_withdraw)
REASSESS = Act("notice_reassessment", _decide_reassess, _write_reassess)
