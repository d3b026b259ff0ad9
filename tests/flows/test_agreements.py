"""Agreements: the rulebook begins, dated steps in the ledger carry on, and two people take them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from fakes.parties import HOME, TREATY, do, rulebook
from fakes.refusals import refused
from fakes.signing import SATO, SUZUKI, propose, say, strict
from fakes.treaties import IN_FORCE, NOTICE, NOTICE_DAY, SUSPENDED, TERMINATED, TODAY, UNVERIFIED, move
from fakes.world import World

from interchange.domain.agreements import Agreement, AgreementState
from interchange.errors import Reason
from interchange.flows.agreements import agreement_of, carried_on
from interchange.flows.moves import MOVE, MoveRequest


def present(world: World, code: str = TREATY) -> Agreement:
    """Read an agreement as it stands."""
    return world.home.ledger.read(lambda tx: agreement_of(world.home, tx, code))


def test_rulebook_says_where_an_agreement_stands_until_a_step_is_taken(world: World) -> None:
    """Its file is the beginning."""
    assert present(world) == rulebook().agreement(TREATY)


def test_ledger_carries_the_state_on(world: World) -> None:
    """Step by step, each on what was before."""
    for state, day in ((NOTICE, NOTICE_DAY), (SUSPENDED, TODAY), (IN_FORCE, TODAY)):
        move(world, state, day)
    assert (present(world).state, present(world).ended_on) == (IN_FORCE, None)


def test_last_step_says_since_when(world: World) -> None:
    """Also of a suspension, of which the agreement itself keeps no day."""
    move(world, SUSPENDED, date(2027, 1, 10))
    found = world.home.ledger.read(lambda tx: carried_on(world.home, tx, TREATY))
    assert found[1] == date(2027, 1, 10)


def test_first_entry_into_force_may_lie_ahead(world: World) -> None:
    """The parties know the day before it comes."""
    move(world, IN_FORCE, date(2027, 6, 1), code=UNVERIFIED)
    agreement = present(world, UNVERIFIED)
    assert (agreement.in_force(date(2027, 5, 31)), agreement.in_force(date(2027, 6, 1))) == (False, True)


def test_rulebook_that_has_caught_up_is_carried_on_from_there(world: World) -> None:
    """A new version of its file may say what the ledger has recorded before."""
    move(world, IN_FORCE, TODAY, code=UNVERIFIED)
    move(world, SUSPENDED, TODAY, code=UNVERIFIED)
    book = rulebook()
    newer = replace(book.agreements[UNVERIFIED], state=IN_FORCE, in_force_on=TODAY)
    agreements = {**book.agreements, UNVERIFIED: newer}
    world.nodes[HOME] = replace(world.home, rulebook=replace(book, agreements=agreements))
    assert present(world, UNVERIFIED).state is SUSPENDED


@pytest.mark.parametrize("state", [AgreementState.SIGNED, IN_FORCE])
def test_step_that_cannot_follow_is_refused(world: World, state: AgreementState) -> None:
    """The domain says which can."""
    with refused(Reason.AGREEMENT_MOVE):
        move(world, state)


@pytest.mark.parametrize("state", list(AgreementState))
def test_nothing_follows_on_the_end(world: World, state: AgreementState) -> None:
    """An agreement that is terminated stays so."""
    move(world, TERMINATED)
    with refused(Reason.AGREEMENT_MOVE):
        move(world, state)


DAYS = {
    "notice for today": (NOTICE, TODAY),
    "notice for a day that is over": (NOTICE, TODAY - timedelta(1)),
    "suspension to come": (SUSPENDED, TODAY + timedelta(1)),
    "end to come": (TERMINATED, TODAY + timedelta(1)),
    "suspension before the agreement": (SUSPENDED, date(2016, 11, 22)),
    "end before the agreement": (TERMINATED, date(2016, 11, 22)),
}


@pytest.mark.parametrize("what", DAYS)
def test_day_that_the_state_cannot_have_is_refused(world: World, what: str) -> None:
    """A notice looks ahead, and what has happened has happened."""
    with refused(Reason.DATE_ABSURD):
        move(world, *DAYS[what])


def test_entry_into_force_before_the_signature_is_refused(world: World) -> None:
    """It cannot have been."""
    with refused(Reason.DATE_ABSURD):
        move(world, IN_FORCE, date(2025, 12, 18), code=UNVERIFIED)


def test_agreement_that_nobody_knows_is_refused(world: World) -> None:
    """The rulebook's files are the list."""
    with refused(Reason.AGREEMENT_UNKNOWN):
        move(world, SUSPENDED, code="JPN-KOR-2099")


def test_agreement_of_two_others_is_none_of_ours(world: World) -> None:
    """Only its parties move it."""
    with refused(Reason.AGREEMENT_UNKNOWN):
        do(world["KOR"], MOVE, MoveRequest("JPN-AUS-2013", SUSPENDED, TODAY))


def test_step_needs_two_officers(world: World) -> None:
    """As the rules of every nation list it."""
    node = strict(world)
    proposal = propose(node, MOVE, MoveRequest(TREATY, SUSPENDED, TODAY))
    say(node, proposal, SATO)
    before = present(world).state
    say(node, proposal, SUZUKI)
    assert (before, present(world).state) == (IN_FORCE, SUSPENDED)


def test_agreement_that_never_was_in_force_can_end(world: World) -> None:
    """A signature that nobody ratified."""
    move(world, TERMINATED, code=UNVERIFIED)
    assert present(world, UNVERIFIED).state is TERMINATED
