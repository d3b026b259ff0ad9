"""Clearances taken over from paper: what could have been granted by now, and nothing that has ended since."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fakes.parties import NOW, do
from fakes.people import consent, identity, register
from fakes.refusals import refused
from fakes.screened import CENTRAL, DEFENCE, TODAY, ZONE, concluded, ends_of, recognise, screened
from fakes.world import World, rows

from interchange.domain.days import end_of_day, start_of_day
from interchange.domain.projects import Clearance
from interchange.domain.screening import Conclusion
from interchange.errors import Reason
from interchange.flows.clearances import RECORD, PaperGrant, RecordRequest
from interchange.flows.screenings import WITHDRAW_CONSENT, WithdrawConsentRequest
from interchange.store import clearances


@pytest.fixture
def subject(world: World) -> str:
    """A person of a recognised business who consents to transfers to both partners."""
    person = register(world.home, identity(1))
    for party in ("KOR", "AUS"):
        consent(world.home, person, party)
    recognise(world.home)
    return person


def paper(person: str, **changes: Any) -> RecordRequest:  # noqa: ANN401 - any field
    """Describe a clearance on paper."""
    usual = PaperGrant(person, "JPN/METI", "JPN/SDS", date(2026, 4, 1), "employer-1")
    return RecordRequest((replace(usual, **changes),))


def read(world: World, clearance_id: str) -> Clearance:
    """Read a clearance."""
    found = world.home.ledger.read(lambda tx: clearances.get(tx, clearance_id))
    assert found is not None
    return found


RECORDED: dict[str, tuple[Reason, dict[str, Any]]] = {
    "an organ of another party": (Reason.LEVEL_UNKNOWN, {"organ": "KOR/NIS"}),
    "an unknown organ": (Reason.LEVEL_UNKNOWN, {"organ": "JPN/XXX"}),
    "a level of another party": (Reason.LEVEL_UNKNOWN, {"level": "KOR/II"}),
    "an unknown subject": (Reason.NOT_KNOWN, {"subject_id": "nobody"}),
    "an unknown employer": (Reason.NOT_KNOWN, {"employer_id": "employer-9"}),
    "a clearance whose term is over": (Reason.DATE_ABSURD, {"notified_on": date(2022, 1, 15)}),
    "a day before the calendar begins": (Reason.DATE_ABSURD, {"notified_on": date(1999, 12, 31)}),
    "a notification that is still to come": (Reason.DATE_ABSURD, {"notified_on": date(2027, 1, 16)}),
}


@pytest.mark.parametrize("name", RECORDED)
def test_paper_is_refused_and_leaves_no_trace(world: World, subject: str, name: str) -> None:
    """Of what no organ of the party could have granted by now, neither a row nor a leaf is kept."""
    reason, changes = RECORDED[name]
    before = rows(world.home)
    with refused(reason):
        do(world.home, RECORD, paper(subject, **changes))
    assert rows(world.home) == before


@pytest.mark.parametrize("now", [start_of_day(TODAY, ZONE), NOW])
def test_person_notified_today_is_cleared_today(world: World, subject: str, now: int) -> None:
    """The term begins with the day of notification, in the home party's zone."""
    assert do(world.home, RECORD, paper(subject, notified_on=TODAY), now)


@pytest.mark.parametrize(("level", "last"), [("JPN/SDS", date(2031, 3, 31)), ("JPN/CESI", date(2036, 3, 31))])
def test_clearance_ends_with_the_day_before_its_anniversary(world: World, subject: str, level: str, last: date) -> None:
    """Five years at the upper tier and ten at the lower, counted from the notification, to the end of that day."""
    do(world.home, RECORD, paper(subject, level=level))
    assert ends_of(world.home, subject) == [end_of_day(last, ZONE)]


def test_recording_a_clearance_tells_partners_nothing(world: World) -> None:
    """Who is cleared is nobody's business until it is asserted."""
    before = [world.events(party) for party in ("KOR", "AUS")]
    world.clear()
    assert [world.events(party) for party in ("KOR", "AUS")] == before


def test_papers_of_two_organs_on_one_screening_are_taken_over_as_such(world: World, subject: str) -> None:
    """Told on the same day by the same body: one screening, and two grants on it."""
    made = [do(world.home, RECORD, paper(subject, organ=organ)) for organ in ("JPN/METI", "JPN/MIC")]
    assert len({read(world, each).screening_id for each in made}) == 1


def test_papers_of_two_bodies_rest_on_two_screenings(world: World, subject: str) -> None:
    """The defence organ's paper was never granted on the central body's screening."""
    made = [do(world.home, RECORD, paper(subject, organ=organ)) for organ in ("JPN/METI", DEFENCE)]
    assert len({read(world, each).screening_id for each in made}) == 2


@pytest.mark.parametrize("ended_by", ["adverse result", "consent withdrawn"])
def test_old_paper_does_not_revive_what_ended(world: World, subject: str, ended_by: str) -> None:
    """Paper from before the end tells nothing of what came after it, be a later result as good as it may."""
    if ended_by == "adverse result":
        concluded(world.home, subject, Conclusion.NOT_ELIGIBLE, day=date(2026, 5, 1))
        screened(world.home, subject)
    else:
        first = screened(world.home, subject, date(2026, 4, 1))
        do(world.home, WITHDRAW_CONSENT, WithdrawConsentRequest(first))
    with refused(Reason.SCREENING_STATE):
        do(world.home, RECORD, paper(subject))


@pytest.mark.parametrize("body", [CENTRAL, DEFENCE])
def test_paper_does_not_outweigh_a_negative_result(world: World, subject: str, body: str) -> None:
    """While any body's last word is that the person is not eligible, no paper is taken over."""
    concluded(world.home, subject, Conclusion.NOT_ELIGIBLE, body=body, day=date(2026, 3, 1))
    with refused(Reason.NOT_CONFIRMED):
        do(world.home, RECORD, paper(subject))
