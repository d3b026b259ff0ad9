"""Participants: who is confirmed until when, and how somebody is taken out again. Projects: how all of them are."""

from collections.abc import Callable
from datetime import date

import pytest
from fakes.parties import NOW, do
from fakes.people import employ
from fakes.refusals import refused
from fakes.rosters import LAST, enrolled, enrolled_jtis, outcomes, row_of, stranger
from fakes.screened import concluded
from fakes.world import World, rows

from interchange.domain.days import end_of_day
from interchange.domain.events import Event, HoldPlaced, Revoked
from interchange.domain.screening import Conclusion
from interchange.domain.standing import HoldScope
from interchange.errors import Reason
from interchange.flows import clearances, employers
from interchange.flows.participants import WITHDRAW, Shown, WithdrawRequest, show
from interchange.flows.projects import CLOSE, CloseRequest
from interchange.store import assertions, participants


class Place:
    """One person in one project."""

    def __init__(self, world: World) -> None:
        """Enrol somebody who is confirmed."""
        self.world, self.project_id, self.subject_id = world, world.open_project(), world.clear()
        (self.line,) = enrolled(world.home, self.project_id, row_of(world.home, self.subject_id))
        (self.jti,) = enrolled_jtis(world.home, self.project_id)

    @property
    def participant_id(self) -> str:
        """The id by which the person takes part."""
        assert self.line.participant_id
        return self.line.participant_id

    def shown(self, now: int = NOW) -> Shown:
        """Look at the list."""
        node = self.world.home
        (one,) = node.ledger.read(lambda tx: show(node, tx, participants.page(tx, project_id=self.project_id), now))
        return one

    def withdraw(self, request_id: str = "") -> str:
        """Take the person out."""
        return do(self.world.home, WITHDRAW, WithdrawRequest(self.participant_id), request_id=request_id)


@pytest.fixture
def place(world: World) -> Place:
    """Somebody who takes part."""
    return Place(world)


def test_participant_is_shown_by_the_passport_and_until_when(place: Place) -> None:
    """People recognise each other by their names; the rest is one day."""
    one = place.shown()
    assert (one.passport_family, one.passport_given, one.confirmed_until) == ("ONO", "HANAKO", LAST)


def test_participant_is_confirmed_on_the_last_day_to_its_end(place: Place) -> None:
    """In the home party's zone, to the second."""
    over = end_of_day(LAST, "Asia/Tokyo")
    assert [place.shown(now).confirmed_until for now in (over - 1, over)] == [LAST, None]


ENDINGS: dict[str, Callable[[World, Place], object]] = {
    "the assertion is revoked": lambda world, place: world.revoke(place.jti),
    "the assertion is held": lambda world, place: world.suspend(HoldScope.ASSERTION, place.jti),
    "the person is held": lambda world, place: world.suspend(HoldScope.SUBJECT, place.subject_id),
    "the employer is held": lambda world, place: world.suspend(HoldScope.EMPLOYER, "employer-1"),
    "the project is stopped": lambda world, place: world.suspend(HoldScope.PROJECT, place.project_id),
    "the agreement is held": lambda world, place: world.suspend(HoldScope.AGREEMENT, "JPN-KOR-2016"),
    "the person is found not eligible": lambda world, place: concluded(
        world.home, place.subject_id, Conclusion.NOT_ELIGIBLE
    ),
    "the person has left the post": lambda world, place: do(
        world.home, clearances.END_POST, clearances.EndPostRequest(place.subject_id, "employer-1")
    ),
    "the employer has lost its recognition": lambda world, place: do(
        world.home, employers.END_RECOGNITION, employers.EndRecognitionRequest("employer-1")
    ),
}


@pytest.mark.parametrize("cause", ENDINGS)
def test_participant_is_not_confirmed_and_nobody_says_why(world: World, place: Place, cause: str) -> None:
    """The list differs in nothing from one cause to the next."""
    ENDINGS[cause](world, place)
    one = place.shown()
    expected = Shown(one.participant, "ONO", "HANAKO", None)
    assert (one, one.participant.ended_at) == (expected, None)


def test_stop_is_one_act_and_one_event_for_each_partner(world: World, place: Place) -> None:
    """However many take part: the project is named by its reference, and no assertion is."""
    enrolled(world.home, place.project_id, row_of(world.home, world.clear()))
    before = {party: world.events(party) for party in ("KOR", "AUS")}
    world.suspend(HoldScope.PROJECT, place.project_id)
    told = [event for party in before for event in world.events(party)[len(before[party]) :]]
    assert [type(event) for event in told] == [HoldPlaced, HoldPlaced]


def test_hold_that_is_lifted_confirms_again(world: World, place: Place) -> None:
    """What was only held was never ended."""
    hold = world.suspend(HoldScope.PROJECT, place.project_id)
    world.reinstate(hold)
    assert place.shown().confirmed_until == LAST


def test_withdrawn_participant_has_no_assertion_any_more(world: World, place: Place) -> None:
    """It is revoked, the partner is told, and nothing else."""
    before = len(world.events("KOR"))
    place.withdraw()
    told: list[Event] = world.events("KOR")[before:]
    assert (told, world.issued(place.jti).revoked_at) == ([Revoked(place.jti)], NOW)


def test_withdrawn_participant_is_listed_no_more(world: World, place: Place) -> None:
    """The list is of those who take part."""
    place.withdraw()
    assert enrolled_jtis(world.home, place.project_id) == []


def test_participant_who_is_not_confirmed_is_withdrawn_alike(world: World, place: Place) -> None:
    """Whether there was something left to revoke does not show in the answer."""
    world.revoke(place.jti)
    before = world.events("KOR")
    assert (place.withdraw(), world.events("KOR") == before) == (place.participant_id, True)


def test_withdrawal_is_repeated_without_harm(world: World, place: Place) -> None:
    """The same request gives the same answer."""
    place.withdraw("r1")
    before = rows(world.home)
    assert (place.withdraw("r1"), rows(world.home) == before) == (place.participant_id, True)


def test_participant_is_not_withdrawn_twice(place: Place) -> None:
    """Under another request it is an error."""
    place.withdraw()
    with refused(Reason.ALREADY_ENDED):
        place.withdraw()


def test_participant_that_nobody_knows_is_not_withdrawn(world: World) -> None:
    """Nor is anything of the refusal about a person."""
    with refused(Reason.NOT_KNOWN):
        do(world.home, WITHDRAW, WithdrawRequest("nothing"))


def test_closed_project_leaves_no_live_assertion(world: World, place: Place) -> None:
    """All are revoked in one transaction, towards every partner."""
    other = world.issue(place.project_id, world.clear(), "AUS")
    do(world.home, CLOSE, CloseRequest(place.project_id))
    left = world.home.ledger.read(lambda tx: assertions.live(tx, NOW, project_id=place.project_id))
    told = [world.events(party)[-1] for party in ("KOR", "AUS")]
    assert (left, told) == ([], [Revoked(place.jti), Revoked(other)])


def test_closing_a_project_touches_no_other(world: World, place: Place) -> None:
    """A person takes part in another one still."""
    other = Place(world)
    do(world.home, CLOSE, CloseRequest(place.project_id))
    assert other.shown().confirmed_until == LAST


def test_project_is_closed_once(world: World) -> None:
    """There is nothing to close any more, or never was."""
    project_id = world.open_project()
    do(world.home, CLOSE, CloseRequest(project_id))
    for name, reason in ((project_id, Reason.ALREADY_ENDED), ("nothing", Reason.NOT_KNOWN)):
        with refused(reason):
            do(world.home, CLOSE, CloseRequest(name))


@pytest.mark.parametrize("purpose", ["employment", "immigration", "Joint_Research", ""])
def test_project_for_another_purpose_is_not_opened(world: World, purpose: str) -> None:
    """Act No. 108 of 2013, Art. 16, and Act No. 27 of 2024, Art. 16: nothing is used for any other purpose."""
    with refused(Reason.FIELD_FORM):
        world.open_project(purpose=purpose)


def test_project_keeps_its_sites(world: World) -> None:
    """Names of places in the order given, for visits."""
    sites = ("筑波研究所", "Building 7")
    world.open_project(sites=sites)
    assert "\n".join(sites) in rows(world.home)["projects"][0]


def test_participants_of_another_partner_are_apart(world: World, place: Place) -> None:
    """A person takes part towards one partner, and is not confirmed to another by it."""
    employ(world.home, "employer-1", "JPN/SDS")
    found = world.home.ledger.read(lambda tx: participants.page(tx, project_id=place.project_id, party="AUS"))
    assert found == []


def test_enrolment_says_nothing_of_a_stranger(world: World, place: Place) -> None:
    """Nobody is listed who is not confirmed at first."""
    found = enrolled(world.home, place.project_id, stranger(world.home))
    assert (outcomes(found), len(enrolled_jtis(world.home, place.project_id))) == (["not_confirmed"], 1)


def test_days_of_taking_part_are_the_coordinators_own(place: Place) -> None:
    """They are listed as they were given, whatever ends before."""
    participant = place.shown().participant
    assert (participant.from_day, participant.until_day) == (date(2027, 2, 1), LAST)
