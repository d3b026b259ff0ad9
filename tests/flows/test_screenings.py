"""Screenings: no consent, no screening; items without content; a conclusion once, by two people; then the clock."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fakes.parties import CALLER, NOW, do, strict_rulebook
from fakes.people import identity, register
from fakes.refusals import refused
from fakes.screened import (
    CENTRAL,
    DEFENCE,
    OFFICER,
    TODAY,
    conclude,
    concluded,
    do_items,
    noon,
    notify,
    open_screening,
    screened,
    screening,
)
from fakes.world import World, rows

from interchange.domain.screening import Conclusion
from interchange.errors import Reason
from interchange.flows.canonical import canonical, restored
from interchange.flows.node import Node
from interchange.flows.perform import Act, perform
from interchange.flows.screenings import (
    CONCLUDE,
    DO_ITEM,
    OPEN,
    WITHDRAW_CONSENT,
    ConcludeRequest,
    ItemRequest,
    OpenRequest,
    WithdrawConsentRequest,
)

YESTERDAY, TOMORROW = date(2027, 1, 14), date(2027, 1, 16)


@pytest.fixture
def subject(world: World) -> str:
    """A person whom nobody has screened."""
    return register(world.home, identity(1))


def item(screening_id: str, name: str = "drinking", done_on: date = TODAY) -> ItemRequest:
    """Say that an item was looked into."""
    return ItemRequest(screening_id, name, done_on, OFFICER)


def withdraw(node: Node, screening_id: str, now: int = NOW) -> str:
    """Take the consent to a screening back."""
    return do(node, WITHDRAW_CONSENT, WithdrawConsentRequest(screening_id), now)


def test_screening_is_recorded_with_the_day_of_its_consent(world: World, subject: str) -> None:
    """Whose, by whom, on what consent: and that nothing has come of it yet."""
    made = screening(world.home, open_screening(world.home, subject, CENTRAL, YESTERDAY))
    assert (made.subject_id, made.body, made.consented_on, made.conclusion) == (subject, CENTRAL, YESTERDAY, None)


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        (Reason.NOT_KNOWN, {"subject_id": "nobody"}),
        (Reason.FIELD_FORM, {"body": "JPN/METI"}),
        (Reason.FIELD_FORM, {"body": "JPN/XXX"}),
        (Reason.FIELD_FORM, {"body": "KOR/NIS"}),
        (Reason.DATE_ABSURD, {"consented_on": TOMORROW}),
        (Reason.DATE_ABSURD, {"consented_on": date(1999, 12, 31)}),
    ],
    ids=["nobody", "screens nobody", "no organ", "another party's", "consent to come", "consent before the calendar"],
)
def test_screening_is_not_opened(world: World, subject: str, reason: Reason, changes: dict[str, str]) -> None:
    """Nobody is screened who is not registered, by whom the law does not name, or who has yet to consent."""
    before = rows(world.home)
    with refused(reason):
        do(world.home, OPEN, replace(OpenRequest(subject, CENTRAL, TODAY), **changes))  # type: ignore[arg-type]
    assert rows(world.home) == before


def test_body_screens_a_person_once_at_a_time(world: World, subject: str) -> None:
    """Two screenings of one person by one body could come to two results."""
    open_screening(world.home, subject)
    with refused(Reason.SCREENING_STATE):
        open_screening(world.home, subject)


@pytest.mark.parametrize("other", ["another body", "another person", "after the conclusion", "after the withdrawal"])
def test_screening_under_way_stands_only_in_its_own_way(world: World, subject: str, other: str) -> None:
    """Another body, another person, and the same body once it is through, may begin."""
    first = open_screening(world.home, subject)
    if other == "after the conclusion":
        do_items(world.home, first)
        conclude(world.home, first)
    if other == "after the withdrawal":
        withdraw(world.home, first)
    person = register(world.home, identity(2)) if other == "another person" else subject
    assert open_screening(world.home, person, DEFENCE if other == "another body" else CENTRAL)


def test_consent_from_before_the_withdrawal_opens_nothing(world: World, subject: str) -> None:
    """Who took the consent back has to give another, and an old day is not another."""
    withdraw(world.home, open_screening(world.home, subject))
    with refused(Reason.CONSENT_NEEDED):
        open_screening(world.home, subject, CENTRAL, YESTERDAY)


@pytest.mark.parametrize("step", ["item", "conclusion", "notification", "withdrawal"])
def test_nothing_more_is_done_on_a_screening_that_ended(world: World, subject: str, step: str) -> None:
    """Once the consent is taken back, the screening stands where it stood."""
    screening_id = open_screening(world.home, subject)
    do_items(world.home, screening_id, "drinking")
    withdraw(world.home, screening_id)
    with refused(Reason.SCREENING_STATE):
        match step:
            case "item":
                do(world.home, DO_ITEM, item(screening_id))
            case "conclusion":
                conclude(world.home, screening_id)
            case "notification":
                notify(world.home, screening_id)
            case _:
                withdraw(world.home, screening_id)


@pytest.mark.parametrize("first", list(Conclusion))
@pytest.mark.parametrize("second", list(Conclusion))
def test_screening_is_concluded_once(world: World, subject: str, first: Conclusion, second: Conclusion) -> None:
    """Eligible or not, it is said once; another view needs another screening."""
    screening_id = concluded(world.home, subject, first)
    with refused(Reason.SCREENING_STATE):
        conclude(world.home, screening_id, second)


def test_nothing_is_added_to_a_concluded_screening(world: World, subject: str) -> None:
    """What two people have concluded on is what they had before them."""
    screening_id = concluded(world.home, subject, body=DEFENCE)
    with refused(Reason.SCREENING_STATE):
        do(world.home, DO_ITEM, item(screening_id))


@pytest.mark.parametrize("body", [CENTRAL, DEFENCE])
def test_conclusion_waits_for_a_second_person_of_the_body(world: World, subject: str, body: str) -> None:
    """Two officers conclude; who approves is bound to the body that screened."""
    screening_id = open_screening(world.home, subject, body)
    if body == CENTRAL:
        do_items(world.home, screening_id)
    node = replace(world.home, rulebook=strict_rulebook())
    asked = ConcludeRequest(screening_id, Conclusion.ELIGIBLE)
    done = perform(node, CONCLUDE, asked, caller=CALLER, request_id=node.chance.uuid(), now=NOW)
    assert done.proposal is not None
    assert (done.proposal.organ, screening(node, screening_id).conclusion) == (body, None)


def test_incomplete_screening_is_not_even_proposed(world: World, subject: str) -> None:
    """What cannot be concluded is refused at once, before anybody is asked to approve it."""
    screening_id = open_screening(world.home, subject)
    node = replace(world.home, rulebook=strict_rulebook())
    with refused(Reason.SCREENING_ITEMS):
        do(node, CONCLUDE, ConcludeRequest(screening_id, Conclusion.ELIGIBLE))


@pytest.mark.parametrize("conclusion", list(Conclusion))
def test_proposed_conclusion_is_read_back_as_it_was_asked(conclusion: Conclusion) -> None:
    """What two people sign is what is carried out."""
    asked = ConcludeRequest("a screening", conclusion)
    assert restored(ConcludeRequest, canonical(asked)) == asked


@pytest.mark.parametrize("conclusion", list(Conclusion))
def test_person_is_told_whatever_the_result(world: World, subject: str, conclusion: Conclusion) -> None:
    """Act No. 27 of 2024, Art. 13: the person is notified of either result."""
    screening_id = concluded(world.home, subject, conclusion)
    notify(world.home, screening_id)
    assert screening(world.home, screening_id).notified_on == TODAY


@pytest.mark.parametrize(
    ("reason", "day"),
    [(Reason.DATE_ABSURD, TOMORROW), (Reason.DATE_ABSURD, YESTERDAY)],
    ids=["a day to come", "before the conclusion"],
)
def test_day_of_notification_is_refused(world: World, subject: str, reason: Reason, day: date) -> None:
    """Nobody was told before there was something to tell, nor will have been tomorrow."""
    screening_id = concluded(world.home, subject)
    with refused(reason):
        notify(world.home, screening_id, day)


def test_nobody_is_told_before_the_conclusion(world: World, subject: str) -> None:
    """There is nothing to tell."""
    screening_id = open_screening(world.home, subject)
    with refused(Reason.SCREENING_STATE):
        notify(world.home, screening_id)


def test_clock_is_started_once(world: World, subject: str) -> None:
    """A second day of notification would be a tacit extension of every term."""
    screening_id = screened(world.home, subject, YESTERDAY)
    with refused(Reason.SCREENING_STATE):
        notify(world.home, screening_id, TODAY)


def test_person_is_told_on_a_later_day_than_the_conclusion(world: World, subject: str) -> None:
    """The term runs from the notification and not from the conclusion."""
    screening_id = concluded(world.home, subject, day=date(2027, 1, 4))
    notify(world.home, screening_id, date(2027, 1, 12))
    assert screening(world.home, screening_id).notified_on == date(2027, 1, 12)


@pytest.mark.parametrize("act", [DO_ITEM, CONCLUDE], ids=["item", "conclusion"])
def test_repeated_step_is_answered_and_not_done_again(world: World, subject: str, act: Act[Any, Any, Any]) -> None:
    """Whoever did not get the answer asks again under the same id, though the step itself can be taken but once."""
    screening_id = open_screening(world.home, subject, CENTRAL if act is DO_ITEM else DEFENCE)
    asked = item(screening_id) if act is DO_ITEM else ConcludeRequest(screening_id, Conclusion.NOT_ELIGIBLE)
    request_id = world.home.chance.uuid()
    assert [do(world.home, act, asked, request_id=request_id) for _ in range(2)] == [screening_id, screening_id]


def test_partners_hear_nothing_of_a_screening(world: World, subject: str) -> None:
    """From the consent to the notification no lane but the auditors' grows."""
    before = [world.events(party) for party in ("KOR", "AUS")]
    screened(world.home, subject)
    assert [world.events(party) for party in ("KOR", "AUS")] == before


def test_conclusion_is_recorded_at_its_instant(world: World, subject: str) -> None:
    """By that instant the last of a body's conclusions is told from its earlier ones."""
    day = date(2026, 11, 3)
    assert screening(world.home, concluded(world.home, subject, day=day)).concluded_at == noon(day)
