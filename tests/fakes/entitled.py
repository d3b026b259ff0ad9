"""A person who is entitled to an assertion, over an invented nation with an invented agreement."""

from dataclasses import replace
from datetime import date
from typing import Any

from interchange.domain.agreements import Agreement, AgreementState, Equivalence, RowState
from interchange.domain.consent import ASSERTED, TransferConsent
from interchange.domain.days import end_of_day, start_of_day
from interchange.domain.entitlement import Dossier, Question
from interchange.domain.levels import LevelOrder
from interchange.domain.projects import Clearance, Field, Project, ProjectPartner
from interchange.domain.rules import NationRules, Organ
from interchange.domain.screening import Employer
from interchange.domain.time import HOUR

ZONE = "Asia/Seoul"
TOP, UPPER, LOWER, BESIDE = "AAA/Top", "AAA/Upper", "AAA/Lower", "AAA/Beside"
CEILINGS = {TOP: 4, UPPER: 3, LOWER: 2, BESIDE: 3}
"""As numbers; `Beside` opens as much as `Upper` and serves for nothing else."""

TARGETS = {"BBB/Top": 4, "BBB/Upper": 3, "BBB/Lower": 2}
GRANTED = frozenset(CEILINGS)
TODAY = date(2027, 1, 15)
NOW = start_of_day(TODAY, ZONE) + 9 * HOUR + 1234


def organ(code: str, **changes: Any) -> Organ:  # noqa: ANN401 - changes of any field
    """Build an organ that grants every level."""
    usual = Organ("AAA", code, code, code, central=False, own_screening=False, defence=False, grants=GRANTED)
    return replace(usual, **changes)


RULES = NationRules(
    party="AAA",
    zone=ZONE,
    terms=dict.fromkeys(CEILINGS, 5),
    order=LevelOrder(GRANTED, frozenset({(TOP, UPPER), (UPPER, LOWER)})),
    organs=(organ("CENTRAL", central=True), organ("SECOND"), organ("ARMY", own_screening=True, defence=True)),
    two_people=frozenset(),
    purposes=frozenset({"research", "visit"}),
)
ORGANS = [each.name for each in RULES.organs]


def row(source: str, target: str, first: date = date(2020, 1, 1), last: date | None = None) -> Equivalence:
    """Build a row of the agreement."""
    return Equivalence("AAA-BBB-2020", source, target, first, last, "Article 4", RowState.CONFIRMED)


AGREEMENT = Agreement(
    code="AAA-BBB-2020",
    parties=("AAA", "BBB"),
    title="Agreement",
    signed_on=date(2020, 1, 1),
    in_force_on=date(2020, 1, 1),
    state=AgreementState.IN_FORCE,
    ended_on=None,
    rows=(row(UPPER, "BBB/Upper"), row(LOWER, "BBB/Lower")),
)
PARTNER = ProjectPartner("BBB", AGREEMENT.code, "reference")
PROJECT = Project(
    project_id="p1",
    title="Project",
    field=Field.AI,
    defence=False,
    ceiling=TOP,
    floor=LOWER,
    purpose="research",
    from_day=date(2026, 1, 1),
    until_day=date(2027, 12, 31),
    partners=(PARTNER,),
)
EMPLOYER = Employer("e1", "Laboratory", False, TOP, date(2020, 1, 1), date(2030, 12, 31))
CONSENT = TransferConsent(
    consent_id="c1",
    subject_id="s1",
    party="BBB",
    recipient="Office",
    purpose="research",
    items=ASSERTED,
    rules_information="Information",
    from_day=date(2026, 1, 1),
    until_day=date(2030, 12, 31),
)
CLEARANCE = Clearance(
    clearance_id="k1",
    subject_id="s1",
    organ="AAA/SECOND",
    level=UPPER,
    notified_on=date(2026, 3, 1),
    ends_at=end_of_day(date(2031, 2, 28), ZONE),
    employer_id="e1",
    screening_id="r1",
)
DOSSIER = Dossier(clearances=(CLEARANCE,), employers={"e1": EMPLOYER}, consents=(CONSENT,))
QUESTION = Question(RULES, CEILINGS.__getitem__, PROJECT, PARTNER, AGREEMENT, NOW)
