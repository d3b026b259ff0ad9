"""Consents to transfers: recorded whole or not at all, and taken back with all that rests on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interchange.domain.consent import ASSERTED, DataItem, TransferConsent
from interchange.domain.days import end_of_day, start_of_day
from interchange.errors import Reason, refuse
from interchange.flows.ends import revoke_all
from interchange.flows.perform import Act
from interchange.flows.unbind import unbind_unconsented
from interchange.store import assertions, consents, projects, subjects

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.projects import IssuedAssertion
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """What a person consents to; each part as in `TransferConsent`."""

    subject_id: str
    party: str
    recipient: str
    purpose: str
    items: frozenset[DataItem]
    rules_information: str
    from_day: date
    until_day: date


@dataclass(frozen=True, slots=True)
class WithdrawRequest:
    """Which consent the person takes back."""

    consent_id: str


def _decide_consent(node: Node, tx: Tx, request: ConsentRequest, _now: Instant) -> TransferConsent:
    """Refuse a consent of which a part is missing, since nothing could rest on it."""
    if subjects.get(tx, request.subject_id) is None:
        raise refuse(Reason.NOT_KNOWN, "subject_id")
    consent = TransferConsent(
        consent_id="",
        subject_id=request.subject_id,
        party=request.party,
        recipient=request.recipient,
        purpose=request.purpose,
        items=request.items,
        rules_information=request.rules_information,
        from_day=request.from_day,
        until_day=request.until_day,
    )
    if node.rulebook.nation(request.party).code == node.party:
        raise refuse(Reason.PARTY_UNKNOWN, "party: nothing is transferred to the home party")
    if request.purpose not in node.rules.purposes:
        raise refuse(Reason.FIELD_FORM, "purpose")
    # Both as instants, which refuses days outside the calendar.
    start_of_day(request.from_day, node.rules.zone)
    end_of_day(request.until_day, node.rules.zone)
    return consent


def _write_consent(node: Node, tx: Tx, consent: TransferConsent, _prepared: None, _now: Instant) -> str:
    made = replace(consent, consent_id=node.chance.uuid())
    consents.add(tx, made)
    return made.consent_id


def _decide_withdraw(_node: Node, tx: Tx, request: WithdrawRequest, _now: Instant) -> TransferConsent:
    consent = consents.get(tx, request.consent_id)
    if consent is None:
        raise refuse(Reason.NOT_KNOWN, "consent_id")
    if consent.withdrawn_at is not None:
        raise refuse(Reason.ALREADY_ENDED, "consent_id")
    return consent


def _write_withdraw(node: Node, tx: Tx, consent: TransferConsent, _prepared: None, now: Instant) -> str:
    """Record it, and revoke what no other consent carries to its end: an assertion cannot be shortened."""
    consents.withdraw(tx, consent.consent_id, now)
    others = consents.of_subject(tx, consent.subject_id)
    live = assertions.live(tx, now, subject_id=consent.subject_id, party=consent.party)
    revoke_all(node, tx, [each for each in live if not _carried(node, tx, each, others, now)], now)
    unbind_unconsented(node, tx, consent.subject_id, now)
    return consent.consent_id


def _carried(node: Node, tx: Tx, issued: IssuedAssertion, others: list[TransferConsent], now: Instant) -> bool:
    project = projects.get(tx, issued.project_id)
    return project is not None and any(
        other.covers(issued.party, project.purpose, ASSERTED, node.today(now))
        and issued.exp <= end_of_day(other.until_day, node.rules.zone)
        for other in others
    )


CONSENT = Act("record_consent", _decide_consent, _write_consent)
WITHDRAW = Act("withdraw_consent", _decide_withdraw, _write_withdraw)
