"""Dossiers: what the ledger knows of people, gathered by the same statements for whomever it is, known or not.

The number of statements and their text do not depend on what is found, so that neither does the time it takes; of
somebody nobody knows, as much is read as of anybody.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, or_, select
from sqlmodel import col

from interchange.domain.assertion import Kind
from interchange.domain.consent import DataItem, TransferConsent
from interchange.domain.entitlement import Dossier
from interchange.domain.projects import Clearance
from interchange.domain.screening import Conclusion, Employer
from interchange.domain.standing import HoldScope
from interchange.store.domestic import ClearanceRow, ConsentRow, EmployerRow, ScreeningRow
from interchange.store.tables import HoldRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.store.ledger import Tx

MOST = 500
"""People gathered at once; a database bounds how many values one statement takes."""

_SUBJECTS = bindparam("subjects", expanding=True, type_=String())

CLEARANCE_COLUMNS = (
    col(ClearanceRow.clearance_id),
    col(ClearanceRow.subject_id),
    col(ClearanceRow.organ),
    col(ClearanceRow.level),
    col(ClearanceRow.notified_on),
    col(ClearanceRow.ends_at),
    col(ClearanceRow.employer_id),
    col(ClearanceRow.screening_id),
    col(ClearanceRow.kind),
    col(ClearanceRow.ended_at),
)
CONSENT_COLUMNS = (
    col(ConsentRow.consent_id),
    col(ConsentRow.subject_id),
    col(ConsentRow.party),
    col(ConsentRow.recipient),
    col(ConsentRow.purpose),
    col(ConsentRow.items),
    col(ConsentRow.rules_information),
    col(ConsentRow.from_day),
    col(ConsentRow.until_day),
    col(ConsentRow.withdrawn_at),
)
EMPLOYER_COLUMNS = (
    col(EmployerRow.employer_id),
    col(EmployerRow.title),
    col(EmployerRow.public_office),
    col(EmployerRow.ceiling),
    col(EmployerRow.from_day),
    col(EmployerRow.until_day),
    col(EmployerRow.ended_at),
)
"""All columns, in the order of the functions below that build things of them."""

_CLEARANCES = (
    select(*CLEARANCE_COLUMNS)
    .where(col(ClearanceRow.subject_id).in_(_SUBJECTS))
    .order_by(col(ClearanceRow.clearance_id))
)
_CONCLUSIONS = (
    select(col(ScreeningRow.subject_id), col(ScreeningRow.body), col(ScreeningRow.conclusion))
    .where(col(ScreeningRow.subject_id).in_(_SUBJECTS), col(ScreeningRow.conclusion).is_not(None))
    # Of two in one second the worse is the later: `eligible` sorts before `not_eligible`.
    .order_by(col(ScreeningRow.concluded_at), col(ScreeningRow.conclusion))
)
_CONSENTS = (
    select(*CONSENT_COLUMNS).where(col(ConsentRow.subject_id).in_(_SUBJECTS)).order_by(col(ConsentRow.consent_id))
)
# Asked for by the people again: a list of the codes that were found would have as many places as there are codes, and
# so show in the statement's text.
_EMPLOYERS = select(col(ClearanceRow.employer_id)).where(col(ClearanceRow.subject_id).in_(_SUBJECTS))
_EMPLOYED_BY = select(*EMPLOYER_COLUMNS).where(col(EmployerRow.employer_id).in_(_EMPLOYERS))
_HELD = select(col(HoldRow.scope), col(HoldRow.ref)).where(
    col(HoldRow.closed_at).is_(None),
    or_(
        (col(HoldRow.scope) == HoldScope.SUBJECT.value) & col(HoldRow.ref).in_(_SUBJECTS),
        (col(HoldRow.scope) == HoldScope.EMPLOYER.value) & col(HoldRow.ref).in_(_EMPLOYERS),
    ),
)


def gather(tx: Tx, subject_ids: Sequence[str]) -> dict[str, Dossier]:
    """Gather the dossiers of up to 500 people; of an id that nobody has, an empty one.

    Returns:
        Subject id → dossier, for each of the ids.
    """
    people = {"subjects": list(subject_ids)}
    granted: dict[str, list[Clearance]] = defaultdict(list)
    for clearance in map(clearance_of, tx.execute(_CLEARANCES, people)):
        granted[clearance.subject_id].append(clearance)
    # In the order of time, so that the latest of each body stays.
    concluded: dict[str, dict[str, str]] = defaultdict(dict)
    for subject_id, body, conclusion in tx.execute(_CONCLUSIONS, people):
        concluded[subject_id][body] = conclusion or ""
    consents: dict[str, list[TransferConsent]] = defaultdict(list)
    for consent in map(consent_of, tx.execute(_CONSENTS, people)):
        consents[consent.subject_id].append(consent)
    employers = {each.employer_id: each for each in map(employer_of, tx.execute(_EMPLOYED_BY, people))}
    held = {tuple(row) for row in tx.execute(_HELD, people)}
    held_employers = frozenset(ref for scope, ref in held if scope == HoldScope.EMPLOYER.value)
    return {
        subject_id: Dossier(
            clearances=tuple(granted[subject_id]),
            adverse=Conclusion.NOT_ELIGIBLE.value in concluded[subject_id].values(),
            employers=employers,
            consents=tuple(consents[subject_id]),
            held=(HoldScope.SUBJECT.value, subject_id) in held,
            held_employers=held_employers,
        )
        for subject_id in subject_ids
    }


def clearance_of(row: Sequence[Any]) -> Clearance:
    """Build a clearance of its row, all columns in the order of the table."""
    clearance_id, subject_id, organ, level, notified_on, ends_at, employer_id, screening_id, kind, ended_at = row
    return Clearance(
        clearance_id=clearance_id,
        subject_id=subject_id,
        organ=organ,
        level=level,
        notified_on=date.fromisoformat(notified_on),
        ends_at=ends_at,
        employer_id=employer_id,
        screening_id=screening_id,
        kind=Kind(kind),
        ended_at=ended_at,
    )


def consent_of(row: Sequence[Any]) -> TransferConsent:
    """Build a consent of its row, all columns in the order of the table."""
    consent_id, subject_id, party, recipient, purpose, items, information, from_day, until_day, withdrawn_at = row
    return TransferConsent(
        consent_id=consent_id,
        subject_id=subject_id,
        party=party,
        recipient=recipient,
        purpose=purpose,
        items=frozenset(map(DataItem, items.split())),
        rules_information=information,
        from_day=date.fromisoformat(from_day),
        until_day=date.fromisoformat(until_day),
        withdrawn_at=withdrawn_at,
    )


def employer_of(row: Sequence[Any]) -> Employer:
    """Build an employer of its row, all columns in the order of the table."""
    employer_id, title, public_office, ceiling, from_day, until_day, ended_at = row
    return Employer(
        employer_id=employer_id,
        title=title,
        public_office=public_office,
        ceiling=ceiling,
        from_day=date.fromisoformat(from_day),
        until_day=date.fromisoformat(until_day) if until_day else None,
        ended_at=ended_at,
    )
