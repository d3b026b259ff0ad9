"""Who may be asserted to whom, as what: the rules of nation, agreement, project and holds, each broken once."""

from dataclasses import replace
from datetime import date

import pytest
from fakes.narrowing import narrow
from fakes.parties import AGREEMENTS, DAY, NOW, TREATY, key_of, names_of
from fakes.refusals import refused
from fakes.world import World, rows

from interchange.domain.agreements import AgreementState
from interchange.domain.days import end_of_day, start_of_day
from interchange.domain.keyring import Role
from interchange.domain.standing import HoldScope
from interchange.errors import Reason
from interchange.rulebook.load import Rulebook

TOKYO = "Asia/Tokyo"


def moved(world: World, code: str, state: AgreementState, day: date) -> None:
    """Let an agreement of the home node's rulebook come to another state."""
    book = world.home.rulebook
    agreements = {**book.agreements, code: book.agreement(code).moved(state, day)}
    world.nodes["JPN"] = replace(world.home, rulebook=Rulebook(book.parties, agreements, book.nation_rules))


@pytest.mark.parametrize(
    ("level", "to", "partner", "state"),
    [
        ("JPN/SDS", "KOR", "KOR/II", "confirmed"),
        ("JPN/SDS", "AUS", "AUS/NV1", "working"),
        ("JPN/CESI", "AUS", "AUS/Baseline", "working"),
    ],
)
def test_level_is_told_as_the_row_of_the_agreement_has_it(
    world: World, level: str, to: str, partner: str, state: str
) -> None:
    """Home level, partner level and the state of the row stand in the assertion as the rulebook pairs them."""
    clr = world.claims(world.issue(world.open_project(), world.clear(level), to))["clr"]
    assert (clr["home"], clr["partner"], clr["row_state"]) == (level, partner, state)


def test_level_without_row_is_refused(world: World) -> None:
    """The Korean agreement is older than the lower tier and does not name it, so nobody holds it there."""
    project, subject = world.open_project(), world.clear("JPN/CESI")
    with refused(Reason.NO_ROW):
        world.issue(project, subject, "KOR")


def test_row_that_no_lawyer_confirmed_is_refused_by_a_production_node(world: World) -> None:
    """A node that does not accept working rows issues nothing on one."""
    project, subject = world.open_project(), world.clear()
    world.nodes["JPN"] = replace(world.home, accept_working=False)
    with refused(Reason.ROW_WORKING):
        world.issue(project, subject, "AUS")


def test_confirmed_row_is_enough_for_a_production_node(world: World) -> None:
    """A node that does not accept working rows still issues on a row that was read in the treaty."""
    project, subject = world.open_project(), world.clear()
    world.nodes["JPN"] = replace(world.home, accept_working=False)
    assert world.claims(world.issue(project, subject, "KOR"))["clr"]["row_state"] == "confirmed"


@pytest.mark.parametrize(
    ("level", "ceiling", "home"),
    [
        ("JPN/SDS", "JPN/SDS", "JPN/SDS"),
        ("JPN/SDS", "JPN/CESI", "JPN/CESI"),
        ("JPN/CESI", "JPN/SDS", "JPN/CESI"),
        ("JPN/CESI", "JPN/CESI", "JPN/CESI"),
    ],
)
def test_asserted_level_is_the_meet_of_person_and_project(world: World, level: str, ceiling: str, home: str) -> None:
    """Neither a project nor a person lifts the other above the lower of the two."""
    project = world.open_project(ceiling=ceiling)
    assert world.claims(world.issue(project, world.clear(level), "AUS"))["clr"]["home"] == home


def test_ceiling_can_leave_a_level_for_which_there_is_no_row(world: World) -> None:
    """A person of the upper tier in a project of the lower one is asserted at the lower one, or not at all."""
    project, subject = world.open_project(ceiling="JPN/CESI"), world.clear("JPN/SDS")
    with refused(Reason.NO_ROW):
        world.issue(project, subject, "KOR")


def test_level_below_the_floor_is_refused(world: World) -> None:
    """A project that asks for the upper tier admits nobody of the lower one."""
    project, subject = world.open_project(floor="JPN/SDS"), world.clear("JPN/CESI")
    with refused(Reason.BELOW_FLOOR):
        world.issue(project, subject, "AUS")


def test_defence_project_refuses_the_central_screening(world: World) -> None:
    """What another organ granted on the central body's screening does not serve for defence."""
    project, subject = world.open_project(defence=True), world.clear(organ="JPN/METI")
    with refused(Reason.SCREENING_OTHER):
        world.issue(project, subject)


def test_defence_project_takes_the_defence_organs_own_screening(world: World) -> None:
    """The defence organ's grant serves, and that organ issues."""
    project, subject = world.open_project(defence=True), world.clear(organ="JPN/MOD")
    assert world.claims(world.issue(project, subject))["iss"] == names_of("JPN").organ_uri("MOD")


def test_defence_project_leaves_a_higher_clearance_of_another_organ_aside(world: World) -> None:
    """A person cleared higher elsewhere counts in a defence project as the defence organ cleared them."""
    subject = world.clear("JPN/SDS", organ="JPN/METI")
    world.clear("JPN/CESI", organ="JPN/MOD", subject_id=subject)
    jti = world.issue(world.open_project(defence=True), subject, "AUS")
    assert world.claims(jti)["clr"]["home"] == "JPN/CESI"


def test_clearance_that_carries_furthest_is_chosen(world: World) -> None:
    """Of two clearances of one person the higher one is asserted, whichever was recorded first."""
    subject = world.clear("JPN/CESI", organ="JPN/MIC")
    world.clear("JPN/SDS", organ="JPN/METI", subject_id=subject)
    assert world.claims(world.issue(world.open_project(), subject))["iss"] == names_of("JPN").organ_uri("METI")


def test_unknown_and_lapsed_persons_are_refused_in_the_same_words(world: World) -> None:
    """Never screened, unknown and lapsed look alike, word for word."""
    lapsed = world.clear(notified_on=date(2022, 2, 1))
    project, later = world.open_project(), end_of_day(date(2027, 1, 31), TOKYO)
    answers = set()
    for subject in (lapsed, "nobody"):
        with pytest.raises(Exception, match="not_confirmed") as caught:
            world.issue(project, subject, now=later)
        answers.add(str(caught.value))
    assert len(answers) == 1


def test_clearance_serves_in_its_last_second(world: World) -> None:
    """The last valid day is the anniversary minus one, and it is valid to its end in the home zone."""
    subject = world.clear(notified_on=date(2022, 2, 1))
    last = end_of_day(date(2027, 1, 31), TOKYO) - 1
    assert world.issue(world.open_project(), subject, now=last)


def test_higher_clearance_serves_only_to_its_own_end(world: World) -> None:
    """When the upper tier has lapsed, the lower one that still runs is what is asserted."""
    subject = world.clear("JPN/SDS", notified_on=date(2022, 2, 1))
    world.clear("JPN/CESI", subject_id=subject)
    later = end_of_day(date(2027, 1, 31), TOKYO)
    assert world.claims(world.issue(world.open_project(), subject, "AUS", now=later))["clr"]["home"] == "JPN/CESI"


@pytest.mark.parametrize(
    ("state", "day"),
    [
        (AgreementState.SUSPENDED, date(2027, 1, 1)),
        (AgreementState.TERMINATED, date(2027, 1, 15)),
        (AgreementState.NOTICE_GIVEN, date(2027, 1, 15)),
    ],
)
def test_agreement_not_in_force_is_refused(world: World, state: AgreementState, day: date) -> None:
    """Suspended, ended, or past the day on which its notice takes effect: nothing is exchanged under it."""
    project, subject = world.open_project(), world.clear()
    moved(world, TREATY, state, day)
    with refused(Reason.AGREEMENT_NOT_IN_FORCE):
        world.issue(project, subject)


def test_agreement_under_notice_serves_until_the_day_of_its_effect(world: World) -> None:
    """Notice given does not yet end an agreement."""
    project, subject = world.open_project(), world.clear()
    moved(world, TREATY, AgreementState.NOTICE_GIVEN, date(2027, 1, 16))
    assert world.issue(project, subject)


@pytest.mark.parametrize(
    ("from_day", "until_day", "now"),
    [
        (date(2027, 1, 16), date(2027, 1, 31), start_of_day(date(2027, 1, 16), TOKYO) - 1),
        (date(2027, 1, 10), date(2027, 1, 15), end_of_day(date(2027, 1, 15), TOKYO)),
    ],
    ids=["the second before its first day", "the first second after its last day"],
)
def test_project_is_closed_outside_its_days(world: World, from_day: date, until_day: date, now: int) -> None:
    """Days of a project begin and end at the home party's midnight, not at that of Greenwich."""
    project, subject = world.open_project(from_day=from_day, until_day=until_day), world.clear()
    with refused(Reason.PROJECT_CLOSED):
        world.issue(project, subject, now=now)


@pytest.mark.parametrize(
    ("from_day", "until_day", "now"),
    [
        (date(2027, 1, 16), date(2027, 1, 31), start_of_day(date(2027, 1, 16), TOKYO)),
        (date(2027, 1, 10), date(2027, 1, 15), end_of_day(date(2027, 1, 15), TOKYO) - 1),
    ],
    ids=["the first second of its first day", "the last second of its last day"],
)
def test_project_is_open_on_all_of_its_days(world: World, from_day: date, until_day: date, now: int) -> None:
    """First and last day count whole."""
    project, subject = world.open_project(from_day=from_day, until_day=until_day), world.clear()
    assert world.issue(project, subject, now=now)


@pytest.mark.parametrize(("project", "to"), [("unknown", "KOR"), ("real", "AUS"), ("real", "USA")])
def test_partner_that_the_project_does_not_have_is_not_known(world: World, project: str, to: str) -> None:
    """An unknown project, and a party that is no partner of it, answer alike."""
    real = world.open_project(partners=(("KOR", TREATY),))
    subject = world.clear()
    with refused(Reason.NOT_KNOWN):
        world.issue(real if project == "real" else project, subject, to)


@pytest.mark.parametrize("scope", [HoldScope.SUBJECT, HoldScope.EMPLOYER, HoldScope.PROJECT, HoldScope.AGREEMENT])
def test_open_hold_refuses_the_issue(world: World, scope: HoldScope) -> None:
    """While a hold on person, employer, project or agreement is open, nothing that rests on it is issued."""
    project, subject = world.open_project(), world.clear()
    refs = {"subject": subject, "employer": "employer-1", "project": project, "agreement": TREATY}
    world.suspend(scope, refs[scope.value])
    with refused(Reason.HELD):
        world.issue(project, subject)


def test_closed_hold_refuses_nothing(world: World) -> None:
    """A hold that was lifted is past."""
    project, subject = world.open_project(), world.clear()
    world.reinstate(world.suspend(HoldScope.SUBJECT, subject))
    assert world.issue(project, subject)


def test_hold_on_another_agreement_refuses_nothing(world: World) -> None:
    """What is held towards one partner can go on towards the other."""
    project, subject = world.open_project(), world.clear()
    world.suspend(HoldScope.AGREEMENT, AGREEMENTS["AUS"])
    assert world.issue(project, subject, "KOR")


def test_second_live_assertion_for_one_participant_is_refused(world: World) -> None:
    """One person has at most one live assertion for one project towards one partner."""
    project, subject = world.open_project(), world.clear()
    world.issue(project, subject)
    with refused(Reason.ALREADY_ISSUED):
        world.issue(project, subject)


def test_held_assertion_still_stands_in_the_way_of_a_second(world: World) -> None:
    """A suspended assertion is not got round by having another one issued."""
    project, subject = world.open_project(), world.clear()
    world.suspend(HoldScope.ASSERTION, world.issue(project, subject))
    with refused(Reason.ALREADY_ISSUED):
        world.issue(project, subject)


@pytest.mark.parametrize("other", ["partner", "project", "person"])
def test_live_assertion_stands_only_in_its_own_way(world: World, other: str) -> None:
    """Another partner, another project and another person each get an assertion of their own."""
    project, subject = world.open_project(), world.clear()
    world.issue(project, subject)
    assert world.issue(
        world.open_project() if other == "project" else project,
        world.clear() if other == "person" else subject,
        "AUS" if other == "partner" else "KOR",
    )


def test_revoked_assertion_makes_room_for_a_new_one(world: World) -> None:
    """After a revocation the same participant can be asserted anew, under a new id."""
    project, subject = world.open_project(), world.clear()
    first = world.issue(project, subject)
    world.revoke(first)
    assert world.issue(project, subject) != first


def test_expired_assertion_makes_room_for_a_new_one(world: World) -> None:
    """From the instant of its end on an assertion is not live any more."""
    project, subject = world.open_project(), world.clear()
    first = world.issue(project, subject, expires_at=NOW + DAY)
    assert world.issue(project, subject, now=NOW + DAY) != first


def test_narrowed_key_signs_nothing_more(world: World) -> None:
    """From the restriction on, the node refuses rather than issue what every partner would refuse."""
    project, subject = world.open_project(), world.clear()
    narrow(world.home, key_of("JPN", Role.ASSERT, "METI").kid)
    with refused(Reason.KEY_RESTRICTED):
        world.issue(project, subject)


def test_refused_issue_leaves_no_trace(world: World) -> None:
    """A refusal changes no row of the ledger."""
    project, subject = world.open_project(), world.clear("JPN/CESI")
    before = rows(world.home)
    with refused(Reason.NO_ROW):
        world.issue(project, subject)
    assert rows(world.home) == before
