"""May this person be asserted for this project to this partner, at which level and until when? The rules alone.

Everything known about the person is gathered first, in the same way whoever it is; here it is only judged. So what the
database is asked does not depend on the answer, and the law stands in one place that nothing can slow down or hurry.

Four ceilings: person, employer, project, agreement. Six ends: clearance, project, consent, recognition of the employer,
agreement, one year. Neither is ever passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.consent import ASSERTED
from interchange.domain.days import day_of, end_of_day, start_of_day
from interchange.domain.mapping import translate
from interchange.domain.time import HOUR, YEAR, Instant
from interchange.errors import Reason, Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from interchange.domain.agreements import Agreement, Equivalence
    from interchange.domain.consent import TransferConsent
    from interchange.domain.projects import Clearance, Project, ProjectPartner
    from interchange.domain.rules import NationRules
    from interchange.domain.screening import Employer


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that the ledger knows of one person which bears on the question; empty for a person nobody knows.

    Attributes:
        clearances: all that were ever granted, ended ones too.
        adverse: the latest conclusion of some body is that the person is not eligible; the worst of several counts.
        employers: by code, those of the clearances.
        consents: the person's consents to transfers.
        held: holds on the person are open.
        held_employers: codes of the employers on which holds are open.
    """

    clearances: tuple[Clearance, ...] = ()
    adverse: bool = False
    employers: Mapping[str, Employer] | None = None
    consents: tuple[TransferConsent, ...] = ()
    held: bool = False
    held_employers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a dossier.

    Attributes:
        rules: of the home party.
        ceiling_of: level name → its ceiling as a number, to try the highest first.
        project, partner, agreement: the project, the partner of it, and the agreement in its present state.
        now: the instant of the question.
        organ: `PARTY/ORGAN` on whose grants alone it may rest; empty is any.
        employer_id: where the person must work; empty is anywhere.
        from_day, until_day: days of taking part, or None for those of the project.
    """

    rules: NationRules
    ceiling_of: Callable[[str], int]
    project: Project
    partner: ProjectPartner
    agreement: Agreement
    now: Instant
    organ: str = ""
    employer_id: str = ""
    from_day: date | None = None
    until_day: date | None = None


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What may be asserted: on which clearance, at which home level, by which row, from when and until when."""

    clearance: Clearance
    home: str
    row: Equivalence
    begins: Instant
    ends: Instant


def check_open(question: Question) -> None:
    """Refuse what lies in project and agreement, whoever the person is.

    Raises:
        Refusal: PROJECT_CLOSED, AGREEMENT_NOT_IN_FORCE, DATE_ABSURD for days of taking part outside the project's.
    """
    project, zone = question.project, question.rules.zone
    if project.closed_at is not None or question.now >= end_of_day(project.until_day, zone):
        raise refuse(Reason.PROJECT_CLOSED)
    if question.from_day is None and question.now < start_of_day(project.from_day, zone):
        raise refuse(Reason.PROJECT_CLOSED)
    for day in (question.from_day, question.until_day):
        if day is not None and not project.from_day <= day <= project.until_day:
            raise refuse(Reason.DAYS_OUTSIDE)
    if not question.agreement.in_force(day_of(question.now, zone)):
        raise refuse(Reason.AGREEMENT_NOT_IN_FORCE)


def entitle(question: Question, dossier: Dossier) -> Entitlement:
    """Judge a dossier by the rules, or refuse for the reason of the clearance that came closest.

    Every refusal lies in the person; who is not to know which hears NOT_CONFIRMED in the place of all.

    Raises:
        Refusal: NOT_CONFIRMED, SCREENING_OTHER, EMPLOYER_NOT_RECOGNISED, CONSENT_MISSING, BELOW_FLOOR, NO_ROW, HELD.
    """
    now, rules = question.now, question.rules
    standing = [c for c in dossier.clearances if c.ended_at is None and now < c.ends_at]
    usable = [c for c in standing if question.organ in {"", c.organ} and question.employer_id in {"", c.employer_id}]
    if dossier.adverse or not usable:
        raise refuse(Reason.NOT_CONFIRMED)
    if question.project.defence:
        usable = [c for c in usable if rules.serves_defence(c.organ)]
        if not usable:
            raise refuse(Reason.SCREENING_OTHER)
    usable.sort(key=lambda c: (question.ceiling_of(c.level), c.ends_at, c.clearance_id), reverse=True)
    refusals: list[Refusal] = []
    for clearance in usable:
        try:
            return _by(question, dossier, clearance)
        except Refusal as refusal:
            refusals.append(refusal)
    raise refusals[0]


def _by(question: Question, dossier: Dossier, clearance: Clearance) -> Entitlement:
    project, partner, now, zone = question.project, question.partner, question.now, question.rules.zone
    today, order = day_of(now, zone), question.rules.order
    employer = (dossier.employers or {}).get(clearance.employer_id)
    if employer is None or not employer.recognised(today):
        raise refuse(Reason.EMPLOYER_NOT_RECOGNISED)
    home = order.meet(clearance.level, employer.ceiling, project.ceiling)
    if home is None or not order.serves(home, project.floor):
        raise refuse(Reason.BELOW_FLOOR)
    row = translate(question.agreement, home, partner.party, today)
    covering = [c for c in dossier.consents if c.covers(partner.party, project.purpose, ASSERTED, today)]
    if not covering:
        raise refuse(Reason.CONSENT_MISSING)
    if dossier.held or clearance.employer_id in dossier.held_employers:
        raise refuse(Reason.HELD)
    last_days = [project.until_day, max(consent.until_day for consent in covering)]
    last_days += [
        day for day in (employer.until_day, question.agreement.until_day, row.until_day, question.until_day) if day
    ]
    begins = now - now % HOUR
    if question.from_day is not None and (first := start_of_day(question.from_day, zone)) > now:
        # Cut to the hour like every beginning, and upwards, so that nobody takes part before the first day.
        begins = -(-first // HOUR) * HOUR
    ends = min(clearance.ends_at, now + YEAR, *(end_of_day(day, zone) for day in last_days))
    if ends <= max(begins, now):
        raise refuse(Reason.NOT_CONFIRMED)
    return Entitlement(clearance, home, row, begins, ends)
