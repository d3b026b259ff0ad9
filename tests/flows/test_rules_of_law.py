"""The rules of Acts No. 108 of 2013 and No. 27 of 2024 from screening to verdict, each named after the rule."""

from dataclasses import replace
from datetime import date

import pytest
from fakes.parties import DAY, HOME, NOW, TREATY, DirectLink, do
from fakes.people import consent, identity, register
from fakes.refusals import refused
from fakes.screened import (
    CENTRAL,
    DEFENCE,
    TODAY,
    ZONE,
    concluded,
    grant,
    lay_in_keys,
    noon,
    notify,
    recognise,
    screened,
)
from fakes.world import World

from interchange.domain.agreements import AgreementState
from interchange.domain.days import end_of_day
from interchange.domain.screening import Conclusion
from interchange.domain.time import YEAR
from interchange.errors import Reason
from interchange.flows import follow
from interchange.flows.clearances import AUTHORISE, AuthoriseRequest
from interchange.flows.screenings import REASSESS, WITHDRAW_CONSENT, ReassessRequest, WithdrawConsentRequest
from interchange.flows.subjects import CHANGE_PAPERS, change_papers_request
from interchange.rulebook.load import Rulebook
from interchange.store import clearances

LONG = {"from_day": date(2020, 1, 1), "until_day": date(2049, 12, 31)}
"""Days of a project that end nothing."""


@pytest.fixture
def subject(world: World) -> str:
    """A person of a recognised business who consents to transfers to both partners."""
    person = register(world.home, identity(1))
    for party in ("KOR", "AUS"):
        consent(world.home, person, party)
    recognise(world.home)
    return person


def level(world: World, jti: str) -> str:
    """Read the home level of an assertion."""
    home: str = world.claims(jti)["clr"]["home"]
    return home


GOLDEN = [
    ("JPN/SDS", "KOR", date(2026, 3, 1), date(2031, 2, 28)),
    ("JPN/SDS", "KOR", date(2024, 2, 29), date(2029, 2, 27)),
    ("JPN/SDS", "KOR", date(2024, 2, 28), date(2029, 2, 27)),
    ("JPN/CESI", "AUS", date(2025, 6, 10), date(2035, 6, 9)),
]
"""Level, partner, day of notification, last valid day."""


@pytest.mark.parametrize(("tier", "to", "notified_on", "last"), GOLDEN)
def test_term_runs_from_the_notification_to_the_end_of_its_last_tokyo_day(
    world: World, subject: str, tier: str, to: str, notified_on: date, last: date
) -> None:
    """Five and ten years (Art. 11 of either act); valid at 14:59:59Z of the last day, and not at 15:00:00Z."""
    for party in (HOME, to):
        lay_in_keys(world[party])
    follow.catch_up(world.home, DirectLink(world[to], HOME), to, NOW)
    grant(world.home, screened(world.home, subject, notified_on), tier)
    end = end_of_day(last, ZONE)
    jti = world.issue(world.open_project(**LONG), subject, to, now=end - 30 * DAY)
    world.follow(to, end - 1)
    verdicts = [world.verdict(at, jti, now).reason for at in (HOME, to) for now in (end - 1, end)]
    assert (end % DAY, verdicts) == (15 * 3600, [None, Reason.EXPIRED] * 2)


@pytest.mark.parametrize(("tier", "to", "notified_on", "last"), GOLDEN)
def test_after_the_last_day_nothing_is_asserted(
    world: World, subject: str, tier: str, to: str, notified_on: date, last: date
) -> None:
    """No grace and no tacit extension: in the first second after it the person is not confirmed."""
    lay_in_keys(world.home)
    grant(world.home, screened(world.home, subject, notified_on), tier)
    project = world.open_project(**LONG)
    with refused(Reason.NOT_CONFIRMED):
        world.issue(project, subject, to, now=end_of_day(last, ZONE))


def test_upper_tier_serves_the_lower_until_its_own_date(world: World, subject: str) -> None:
    """Who may have 特定秘密 may have 重要経済安保情報, for the five years of the former and not for ten."""
    lay_in_keys(world.home)
    grant(world.home, screened(world.home, subject, date(2026, 3, 1)), "JPN/SDS")
    project, end = world.open_project(ceiling="JPN/CESI", **LONG), end_of_day(date(2031, 2, 28), ZONE)
    jti = world.issue(project, subject, "AUS", now=end - 1)
    assert (level(world, jti), world.issued(jti).exp) == ("JPN/CESI", end)


def test_lower_tier_never_serves_the_upper(world: World, subject: str) -> None:
    """A project that asks for 特定秘密 admits nobody who is cleared for 重要経済安保情報 alone."""
    grant(world.home, screened(world.home, subject), "JPN/CESI")
    project = world.open_project(floor="JPN/SDS")
    with refused(Reason.BELOW_FLOOR):
        world.issue(project, subject, "AUS")


def test_lower_tier_is_not_lifted_by_a_project_of_the_upper(world: World, subject: str) -> None:
    """Where both are admitted, who is cleared for the lower is asserted at the lower."""
    grant(world.home, screened(world.home, subject), "JPN/CESI")
    assert level(world, world.issue(world.open_project(ceiling="JPN/SDS"), subject, "AUS")) == "JPN/CESI"


def test_second_organ_grants_on_one_screening_and_to_the_same_day(world: World, subject: str) -> None:
    """Act No. 27 Art. 12: the central body screens once; a second organ's grant ends with the first one's."""
    screening_id = screened(world.home, subject, date(2026, 3, 1))
    made = [grant(world.home, screening_id, organ=organ) for organ in ("JPN/METI", "JPN/MIC")]
    known = world.home.ledger.read(lambda tx: [clearances.get(tx, each) for each in made])
    ends = [(each.screening_id, each.ends_at) for each in known if each]
    assert ends == [(screening_id, end_of_day(date(2031, 2, 28), ZONE))] * 2


def test_both_tiers_rest_on_one_screening_each_for_its_own_term(world: World, subject: str) -> None:
    """Seven years after the notification the lower tier can still be granted on it, and the upper no more."""
    screening_id, later = screened(world.home, subject, date(2021, 3, 1)), noon(date(2028, 3, 1))
    grant(world.home, screening_id, "JPN/CESI", now=later)
    with refused(Reason.SCREENING_STATE):
        grant(world.home, screening_id, "JPN/SDS", now=later)


@pytest.mark.parametrize("organ", ["JPN/CAO", "JPN/METI", "JPN/MIC", "JPN/NPA"])
def test_defence_needs_the_defence_ministrys_own_screening(world: World, subject: str, organ: str) -> None:
    """Whoever else has granted, and at whatever level, a project marked as defence is closed to the person."""
    grant(world.home, screened(world.home, subject), organ=organ)
    project = world.open_project(defence=True)
    with refused(Reason.SCREENING_OTHER):
        world.issue(project, subject)


def test_defence_ministrys_own_screening_serves_defence(world: World, subject: str) -> None:
    """Its grant on its own screening opens the project."""
    grant(world.home, screened(world.home, subject, body=DEFENCE), organ=DEFENCE)
    assert world.issued(world.issue(world.open_project(defence=True), subject)).organ == DEFENCE


def test_defence_ministrys_grant_serves_elsewhere_as_the_others_do(world: World, subject: str) -> None:
    """In a project that is not marked, its grant is one like another: same level, same end."""
    grant(world.home, screened(world.home, subject, body=DEFENCE), organ=DEFENCE)
    issued = world.issued(world.issue(world.open_project(), subject))
    assert (issued.organ, issued.exp) == (DEFENCE, end_of_day(date(2027, 12, 31), ZONE))


@pytest.mark.parametrize(
    ("body", "organ"),
    [(CENTRAL, DEFENCE), (DEFENCE, "JPN/METI"), (DEFENCE, CENTRAL)],
)
def test_no_organ_grants_on_a_screening_that_does_not_serve_it(
    world: World, subject: str, body: str, organ: str
) -> None:
    """The defence ministry grants on its own alone, and nobody else grants on that."""
    screening_id = screened(world.home, subject, body=body)
    with refused(Reason.SCREENING_OTHER):
        grant(world.home, screening_id, organ=organ)


@pytest.mark.parametrize("adverse", [CENTRAL, DEFENCE])
def test_worst_standing_of_several_organs_wins(world: World, subject: str, adverse: str) -> None:
    """A negative result of either body closes to the person what rests on the other's too."""
    for body, organ in ((CENTRAL, "JPN/METI"), (DEFENCE, DEFENCE)):
        grant(world.home, screened(world.home, subject, date(2026, 3, 1), body=body), organ=organ)
    project = world.open_project()
    concluded(world.home, subject, Conclusion.NOT_ELIGIBLE, body=adverse)
    with refused(Reason.NOT_CONFIRMED):
        world.issue(project, subject)


@pytest.mark.parametrize("adverse", [CENTRAL, DEFENCE])
def test_nobody_is_granted_anything_while_a_result_is_negative(world: World, subject: str, adverse: str) -> None:
    """Not by the other body's organs either."""
    other, organ = (DEFENCE, DEFENCE) if adverse == CENTRAL else (CENTRAL, "JPN/METI")
    screening_id = screened(world.home, subject, date(2026, 3, 1), body=other)
    concluded(world.home, subject, Conclusion.NOT_ELIGIBLE, body=adverse)
    with refused(Reason.NOT_CONFIRMED):
        grant(world.home, screening_id, organ=organ)


def test_later_good_result_of_the_same_body_takes_the_place_of_a_negative_one(world: World, subject: str) -> None:
    """A person who was not eligible may be screened anew, and be granted on the new screening."""
    concluded(world.home, subject, Conclusion.NOT_ELIGIBLE, day=date(2026, 3, 1))
    grant(world.home, screened(world.home, subject))
    assert world.issue(world.open_project(), subject)


def test_good_result_of_another_body_takes_nothing_back(world: World, subject: str) -> None:
    """The defence ministry's view does not outweigh the central body's."""
    concluded(world.home, subject, Conclusion.NOT_ELIGIBLE, day=date(2026, 3, 1))
    screening_id = screened(world.home, subject, body=DEFENCE)
    with refused(Reason.NOT_CONFIRMED):
        grant(world.home, screening_id, organ=DEFENCE)


def test_consent_taken_back_later_takes_no_negative_result_back(world: World, subject: str) -> None:
    """Nobody gets rid of a result by withdrawing the consent to what it came from."""
    screening_id = screened(world.home, subject, date(2026, 3, 1), body=DEFENCE)
    adverse = concluded(world.home, subject, Conclusion.NOT_ELIGIBLE)
    notify(world.home, adverse, TODAY, noon(TODAY))
    withdraw_consent(world, adverse)
    with refused(Reason.NOT_CONFIRMED):
        grant(world.home, screening_id, organ=DEFENCE)


def withdraw_consent(world: World, screening_id: str) -> None:
    """Take the consent to a screening back."""
    do(world.home, WITHDRAW_CONSENT, WithdrawConsentRequest(screening_id))


def test_notice_of_reassessment_suspends_at_every_partner_in_one_act(world: World, subject: str) -> None:
    """Grounds to doubt the person (Art. 12(1)(iii) of either act) hold whatever was asserted of them."""
    grant(world.home, screened(world.home, subject))
    project = world.open_project()
    jtis = {party: world.issue(project, subject, party) for party in ("KOR", "AUS")}
    do(world.home, REASSESS, ReassessRequest(subject))
    for party in jtis:
        world.follow(party)
    assert [world.verdict(party, jti).reason for party, jti in jtis.items()] == [Reason.SUSPENDED] * 2


def test_office_holder_is_authorised_by_function_and_never_shown_as_cleared(world: World, subject: str) -> None:
    """Ministers and the like (Art. 11 of either act, proviso) are not assessed, and not cleared."""
    asked = AuthoriseRequest(subject, CENTRAL, "JPN/SDS", "employer-1", date(2026, 10, 1), date(2027, 9, 30))
    do(world.home, AUTHORISE, asked)
    assert world.claims(world.issue(world.open_project(), subject))["clr"]["kind"] == "authorised_by_function"


def test_who_was_screened_is_shown_as_cleared(world: World, subject: str) -> None:
    """The other of the two kinds."""
    grant(world.home, screened(world.home, subject))
    assert world.claims(world.issue(world.open_project(), subject))["clr"]["kind"] == "cleared"


CEILINGS = {
    "person": {"tier": "JPN/CESI"},
    "employer": {"employer": "JPN/CESI"},
    "project": {"project": "JPN/CESI"},
    "none": {},
}


@pytest.mark.parametrize("lowest", CEILINGS)
def test_level_is_the_lowest_of_person_employer_and_project(world: World, lowest: str) -> None:
    """Three ceilings at home; whichever is the lower tier, that tier is asserted."""
    ceilings = {"tier": "JPN/SDS", "employer": "JPN/SDS", "project": "JPN/SDS"} | CEILINGS[lowest]
    subject = register(world.home, identity(1))
    consent(world.home, subject, "AUS")
    recognise(world.home, ceiling=ceilings["employer"])
    grant(world.home, screened(world.home, subject), ceilings["tier"])
    jti = world.issue(world.open_project(ceiling=ceilings["project"]), subject, "AUS")
    assert level(world, jti) == ("JPN/SDS" if lowest == "none" else "JPN/CESI")


def test_agreement_is_the_fourth_ceiling(world: World, subject: str) -> None:
    """What the treaty has no row for is not exchanged, and no other row is taken in its place."""
    grant(world.home, screened(world.home, subject), "JPN/CESI")
    project = world.open_project(partners=(("KOR", TREATY),))
    with refused(Reason.NO_ROW):
        world.issue(project, subject, "KOR")


SIX_ENDS = {
    "clearance": end_of_day(date(2027, 3, 31), ZONE),
    "project": end_of_day(date(2027, 4, 30), ZONE),
    "consent": end_of_day(date(2027, 5, 31), ZONE),
    "recognition": end_of_day(date(2027, 6, 30), ZONE),
    "agreement": end_of_day(date(2027, 7, 31), ZONE),
    "one year": NOW + YEAR,
}


@pytest.mark.parametrize("first", SIX_ENDS)
def test_assertion_ends_at_the_earliest_of_six_ends(world: World, first: str) -> None:
    """Clearance, project, consent, recognition of the employer, agreement, one year: whichever of them comes first."""
    node, late = world.home, date(2029, 12, 31)
    subject = register(node, identity(1))
    consent(node, subject, "KOR", until_day=date(2027, 5, 31) if first == "consent" else late)
    recognise(node, until_day=date(2027, 6, 30) if first == "recognition" else late)
    grant(node, screened(node, subject, date(2022, 4, 1) if first == "clearance" else TODAY))
    project = world.open_project(until_day=date(2027, 4, 30) if first == "project" else late)
    if first == "agreement":
        ending = node.rulebook.agreement(TREATY).moved(AgreementState.NOTICE_GIVEN, date(2027, 8, 1))
        book = Rulebook(node.rulebook.parties, {TREATY: ending}, node.rulebook.nation_rules)
        world.nodes[HOME] = replace(node, rulebook=book)
    assert world.issued(world.issue(project, subject)).exp == SIX_ENDS[first]


def test_change_of_papers_ends_no_clearance(world: World, subject: str) -> None:
    """A person with a new passport is the same person, cleared as before."""
    grant(world.home, screened(world.home, subject))
    do(world.home, CHANGE_PAPERS, change_papers_request(world.home, subject, identity(2)))
    assert world.issue(world.open_project(), subject)
