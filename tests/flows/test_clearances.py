"""Clearances: granted on a screening, given with an office, and ended one by one."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fakes.parties import CALLER, NOW, do, strict_rulebook
from fakes.people import consent, identity, register
from fakes.refusals import refused
from fakes.screened import (
    CENTRAL,
    DEFENCE,
    TODAY,
    ZONE,
    concluded,
    ends_of,
    grant,
    noon,
    notify,
    open_screening,
    recognise,
    screened,
)
from fakes.world import World, rows

from interchange.domain.assertion import Kind
from interchange.domain.days import end_of_day
from interchange.domain.projects import Clearance
from interchange.domain.screening import Conclusion
from interchange.errors import Reason
from interchange.flows.canonical import canonical, restored
from interchange.flows.clearances import (
    AUTHORISE,
    CANCEL,
    END_POST,
    GRANT,
    AuthoriseRequest,
    CancelRequest,
    EndPostRequest,
    GrantRequest,
)
from interchange.flows.perform import perform
from interchange.flows.screenings import WITHDRAW_CONSENT, WithdrawConsentRequest
from interchange.store import clearances

TOMORROW = date(2027, 1, 16)


@pytest.fixture
def subject(world: World) -> str:
    """A person of a recognised business who consents to transfers to both partners."""
    person = register(world.home, identity(1))
    for party in ("KOR", "AUS"):
        consent(world.home, person, party)
    recognise(world.home)
    return person


def office(person: str, **changes: Any) -> AuthoriseRequest:  # noqa: ANN401 - any field
    """Describe an office from October to September."""
    usual = AuthoriseRequest(
        person, CENTRAL, "JPN/SDS", "employer-1", from_day=date(2026, 10, 1), until_day=date(2027, 9, 30)
    )
    return replace(usual, **changes)


def read(world: World, clearance_id: str) -> Clearance:
    """Read a clearance."""
    found = world.home.ledger.read(lambda tx: clearances.get(tx, clearance_id))
    assert found is not None
    return found


def test_grant_takes_its_days_from_the_screening(world: World, subject: str) -> None:
    """Granted in January on a screening notified in March before, it ends as if granted then."""
    screening_id = screened(world.home, subject, date(2026, 3, 1))
    made = read(world, grant(world.home, screening_id))
    assert made == Clearance(
        clearance_id=made.clearance_id,
        subject_id=subject,
        organ="JPN/METI",
        level="JPN/SDS",
        notified_on=date(2026, 3, 1),
        ends_at=end_of_day(date(2031, 2, 28), ZONE),
        employer_id="employer-1",
        screening_id=screening_id,
    )


GRANTED: dict[str, tuple[Reason, dict[str, Any]]] = {
    "no screening": (Reason.NOT_KNOWN, {"screening_id": "none"}),
    "an unknown organ": (Reason.LEVEL_UNKNOWN, {"organ": "JPN/XXX"}),
    "an organ of another party": (Reason.LEVEL_UNKNOWN, {"organ": "KOR/NIS"}),
    "an unknown level": (Reason.LEVEL_UNKNOWN, {"level": "JPN/TOP"}),
    "a level of another party": (Reason.LEVEL_UNKNOWN, {"level": "KOR/II"}),
    "an unknown employer": (Reason.NOT_KNOWN, {"employer_id": "employer-9"}),
    "an organ that another body screens for": (Reason.SCREENING_OTHER, {"organ": DEFENCE}),
}


@pytest.mark.parametrize("name", GRANTED)
def test_grant_is_refused_and_leaves_no_trace(world: World, subject: str, name: str) -> None:
    """What the law does not provide for is not granted."""
    reason, changes = GRANTED[name]
    asked = GrantRequest(screened(world.home, subject), "JPN/METI", "JPN/SDS", "employer-1")
    before = rows(world.home)
    with refused(reason):
        do(world.home, GRANT, replace(asked, **changes))
    assert rows(world.home) == before


@pytest.mark.parametrize("state", ["under way", "not notified", "not eligible", "consent withdrawn"])
def test_nothing_is_granted_on_a_screening_that_carries_nothing(world: World, subject: str, state: str) -> None:
    """Eligible, notified, not ended: each of the three is needed."""
    if state == "under way":
        screening_id = open_screening(world.home, subject)
    else:
        result = Conclusion.NOT_ELIGIBLE if state == "not eligible" else Conclusion.ELIGIBLE
        screening_id = concluded(world.home, subject, result)
    if state in {"not eligible", "consent withdrawn"}:
        notify(world.home, screening_id)
    if state == "consent withdrawn":
        do(world.home, WITHDRAW_CONSENT, WithdrawConsentRequest(screening_id))
    with refused(Reason.SCREENING_STATE):
        grant(world.home, screening_id)


@pytest.mark.parametrize(("level", "last"), [("JPN/SDS", date(2031, 2, 28)), ("JPN/CESI", date(2036, 2, 29))])
def test_grant_is_made_to_the_last_day_of_the_screenings_term_and_not_after(
    world: World, subject: str, level: str, last: date
) -> None:
    """A second organ has the same last day as the first, also to grant on."""
    screening_id, end = screened(world.home, subject, date(2026, 3, 1)), end_of_day(last, ZONE)
    grant(world.home, screening_id, level, now=end - 1)
    with refused(Reason.SCREENING_STATE):
        grant(world.home, screening_id, level, organ="JPN/MIC", now=end)


def test_same_grant_twice_is_one_too_many(world: World, subject: str) -> None:
    """One organ, one level, one employer, one screening."""
    screening_id = screened(world.home, subject)
    grant(world.home, screening_id)
    with refused(Reason.ALREADY_KNOWN):
        grant(world.home, screening_id)


OTHER_GRANTS: dict[str, dict[str, Any]] = {
    "another organ": {"organ": "JPN/MIC"},
    "another level": {"level": "JPN/CESI"},
    "another employer": {"employer_id": "employer-2"},
}


@pytest.mark.parametrize("other", [*OTHER_GRANTS, "after a cancellation"])
def test_grant_stands_only_in_its_own_way(world: World, subject: str, other: str) -> None:
    """Whatever differs is another grant, and one that was cancelled may be made again."""
    recognise(world.home, "employer-2")
    screening_id = screened(world.home, subject)
    first = grant(world.home, screening_id)
    if other == "after a cancellation":
        do(world.home, CANCEL, CancelRequest(first))
    assert grant(world.home, screening_id, **OTHER_GRANTS.get(other, {})) != first


def test_grant_on_a_newer_screening_is_no_repetition(world: World, subject: str) -> None:
    """Who is screened anew before the term is over is granted anew, with a term of its own."""
    grant(world.home, screened(world.home, subject, date(2022, 3, 1)))
    grant(world.home, screened(world.home, subject))
    assert ends_of(world.home, subject) == [
        end_of_day(date(2027, 2, 28), ZONE),
        end_of_day(date(2032, 1, 14), ZONE),
    ]


def test_authorisation_rests_on_no_screening_and_ends_with_the_office(world: World, subject: str) -> None:
    """From the first to the last day of the office, whatever the term of the level."""
    made = read(world, do(world.home, AUTHORISE, office(subject)))
    assert (made.kind, made.screening_id, made.notified_on, made.ends_at) == (
        Kind.AUTHORISED_BY_FUNCTION,
        None,
        date(2026, 10, 1),
        end_of_day(date(2027, 9, 30), ZONE),
    )


AUTHORISED: dict[str, tuple[Reason, dict[str, Any]]] = {
    "nobody": (Reason.NOT_KNOWN, {"subject_id": "nobody"}),
    "an unknown organ": (Reason.LEVEL_UNKNOWN, {"organ": "JPN/XXX"}),
    "a level of another party": (Reason.LEVEL_UNKNOWN, {"level": "KOR/II"}),
    "an unknown employer": (Reason.NOT_KNOWN, {"employer_id": "employer-9"}),
    "an office to come": (Reason.DATE_ABSURD, {"from_day": TOMORROW}),
    "an office that ended": (Reason.DATE_ABSURD, {"until_day": date(2027, 1, 14)}),
    "a last day before the first": (Reason.DAYS_ORDER, {"until_day": date(2026, 9, 30)}),
    "a last day after the calendar": (Reason.DATE_ABSURD, {"until_day": date(2101, 1, 1)}),
}


@pytest.mark.parametrize("name", AUTHORISED)
def test_authorisation_is_refused_and_leaves_no_trace(world: World, subject: str, name: str) -> None:
    """There is none before the office nor after it."""
    reason, changes = AUTHORISED[name]
    before = rows(world.home)
    with refused(reason):
        do(world.home, AUTHORISE, office(subject, **changes))
    assert rows(world.home) == before


def test_authorisation_given_twice_is_one_too_many(world: World, subject: str) -> None:
    """The same office for the same days."""
    do(world.home, AUTHORISE, office(subject))
    with refused(Reason.ALREADY_KNOWN):
        do(world.home, AUTHORISE, office(subject))


def test_nobody_found_not_eligible_is_authorised(world: World, subject: str) -> None:
    """Where the law asks for no screening, a bad one still speaks against the person."""
    concluded(world.home, subject, Conclusion.NOT_ELIGIBLE)
    with refused(Reason.NOT_CONFIRMED):
        do(world.home, AUTHORISE, office(subject))


def test_authorisation_waits_for_a_second_person_of_the_organ(world: World, subject: str) -> None:
    """There being no screening, two people say that the office is one that the law exempts."""
    node = replace(world.home, rulebook=strict_rulebook())
    done = perform(node, AUTHORISE, office(subject), caller=CALLER, request_id=node.chance.uuid(), now=NOW)
    assert done.proposal is not None
    assert (done.proposal.organ, ends_of(node, subject)) == (CENTRAL, [])


def test_proposed_authorisation_is_read_back_as_it_was_asked() -> None:
    """What two people sign is what is carried out."""
    assert restored(AuthoriseRequest, canonical(office("a person"))) == office("a person")


def test_end_of_a_post_ends_all_that_was_granted_for_it_and_nothing_else(world: World, subject: str) -> None:
    """Of whichever organ, whichever kind; what was granted for another post stands."""
    recognise(world.home, "employer-2")
    screening_id = screened(world.home, subject)
    ended = {grant(world.home, screening_id, organ=organ) for organ in ("JPN/METI", "JPN/MIC")}
    ended.add(do(world.home, AUTHORISE, office(subject)))
    stays = grant(world.home, screening_id, employer_id="employer-2")
    do(world.home, END_POST, EndPostRequest(subject, "employer-1"))
    known = world.home.ledger.read(lambda tx: clearances.of_subject(tx, subject))
    assert {each.clearance_id: each.ended_at for each in known} == {**dict.fromkeys(ended, NOW), stays: None}


def test_end_of_a_post_says_which_clearances_it_ended(world: World, subject: str) -> None:
    """Their ids, in order."""
    screening_id = screened(world.home, subject)
    made = [grant(world.home, screening_id, organ=organ) for organ in ("JPN/METI", "JPN/MIC")]
    assert do(world.home, END_POST, EndPostRequest(subject, "employer-1")) == ",".join(sorted(made))


@pytest.mark.parametrize("employer_id", ["employer-1", "employer-9"])
def test_post_that_nobody_holds_does_not_end(world: World, subject: str, employer_id: str) -> None:
    """Nor does one that has ended."""
    grant(world.home, screened(world.home, subject))
    do(world.home, END_POST, EndPostRequest(subject, "employer-1"))
    with refused(Reason.NOT_KNOWN):
        do(world.home, END_POST, EndPostRequest(subject, employer_id))


def test_cancellation_ends_one_clearance(world: World, subject: str) -> None:
    """The other organ's grant on the same screening stands."""
    screening_id = screened(world.home, subject)
    first, second = (grant(world.home, screening_id, organ=organ) for organ in ("JPN/METI", "JPN/MIC"))
    do(world.home, CANCEL, CancelRequest(first), NOW + 5)
    assert [read(world, each).ended_at for each in (first, second)] == [NOW + 5, None]


def test_clearance_is_cancelled_once(world: World, subject: str) -> None:
    """The day of its end is not moved."""
    made = grant(world.home, screened(world.home, subject))
    do(world.home, CANCEL, CancelRequest(made))
    with refused(Reason.ALREADY_ENDED):
        do(world.home, CANCEL, CancelRequest(made))


def test_unknown_clearance_is_not_cancelled(world: World) -> None:
    """There is nothing of that name."""
    with refused(Reason.NOT_KNOWN):
        do(world.home, CANCEL, CancelRequest("none"))


def test_ended_clearance_serves_no_issue(world: World, subject: str) -> None:
    """Its term runs, and it is over."""
    made = grant(world.home, screened(world.home, subject))
    project = world.open_project()
    do(world.home, CANCEL, CancelRequest(made))
    with refused(Reason.NOT_CONFIRMED):
        world.issue(project, subject)


def test_grants_tell_partners_nothing(world: World, subject: str) -> None:
    """Neither a grant nor an authorisation, nor the end of either where nothing was asserted."""
    before = [world.events(party) for party in ("KOR", "AUS")]
    grant(world.home, screened(world.home, subject))
    do(world.home, AUTHORISE, office(subject))
    do(world.home, END_POST, EndPostRequest(subject, "employer-1"), noon(TODAY))
    assert [world.events(party) for party in ("KOR", "AUS")] == before
