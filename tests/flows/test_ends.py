"""Endings: six causes, one act and one transaction each, and to partners always the same."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fakes.parties import AGREEMENTS, CALLER, HOME, NOW, do
from fakes.people import consent, identity, register
from fakes.refusals import refused
from fakes.screened import CENTRAL, DEFENCE, concluded, grant, open_screening, recognise, screened, screening
from fakes.status import listed
from fakes.world import World, rows

from interchange.domain.events import ActPerformed, Revoked
from interchange.domain.lane import Entry
from interchange.domain.screening import Conclusion
from interchange.domain.standing import HoldScope, Standing
from interchange.errors import Reason, refuse
from interchange.flows import audit
from interchange.flows.clearances import CANCEL, END_POST, CancelRequest, EndPostRequest
from interchange.flows.consents import WITHDRAW, WithdrawRequest
from interchange.flows.employers import END_RECOGNITION, EndRecognitionRequest
from interchange.flows.perform import Act, perform
from interchange.flows.screenings import (
    CONCLUDE,
    WITHDRAW_CONSENT,
    ConcludeRequest,
    WithdrawConsentRequest,
)
from interchange.flows.tell import lane_of
from interchange.store import clearances, lanes
from interchange.store.highwater import HighWater
from interchange.store.ledger import Tx
from interchange.wire.events import encode_leaf


@dataclass(frozen=True)
class Case:
    """A person of employer-1 who is asserted, and a colleague of employer-2 who is as well.

    Attributes:
        person, screening, clearance: whom the assertions concern, and what they rest on.
        consents: party → id of the person's consent.
        anew: a screening of the person by the other body, which waits for its conclusion.
        jtis: the person's assertions, by party, in the order of their ids: two towards Korea, one towards Australia.
        other: the colleague's assertion.
    """

    person: str
    screening: str
    clearance: str
    consents: dict[str, str]
    anew: str
    jtis: dict[str, list[str]]
    other: str


@pytest.fixture
def case(world: World) -> Case:
    """Three assertions of one person, one of another."""
    node = world.home
    person, colleague = (register(node, identity(number)) for number in (1, 2))
    consents = {party: consent(node, person, party) for party in AGREEMENTS}
    consent(node, colleague, "KOR")
    for employer_id in ("employer-1", "employer-2"):
        recognise(node, employer_id)
    resting = screened(node, person, date(2026, 4, 1))
    clearance = grant(node, resting)
    grant(node, screened(node, colleague), employer_id="employer-2")
    anew = open_screening(node, person, DEFENCE)
    projects = [world.open_project(), world.open_project()]
    jtis = {
        "KOR": sorted(world.issue(project, person, "KOR") for project in projects),
        "AUS": [world.issue(projects[0], person, "AUS")],
    }
    return Case(person, resting, clearance, consents, anew, jtis, world.issue(projects[0], colleague))


Cause = Callable[[Case], tuple[Act[Any, Any, Any], object]]

EVERYWHERE: dict[str, Cause] = {
    "negative result": lambda case: (CONCLUDE, ConcludeRequest(case.anew, Conclusion.NOT_ELIGIBLE)),
    "consent to the screening withdrawn": lambda case: (WITHDRAW_CONSENT, WithdrawConsentRequest(case.screening)),
    "post left": lambda case: (END_POST, EndPostRequest(case.person, "employer-1")),
    "clearance cancelled": lambda case: (CANCEL, CancelRequest(case.clearance)),
    "recognition lost": lambda _: (END_RECOGNITION, EndRecognitionRequest("employer-1")),
}
"""Causes that end a person's assertions at every partner."""

CAUSES: dict[str, Cause] = {
    **EVERYWHERE,
    "consent to the transfer withdrawn": lambda case: (WITHDRAW, WithdrawRequest(case.consents["KOR"])),
}
"""All causes; the last one ends those at one partner."""


def end(world: World, case: Case, cause: str, now: int = NOW) -> str:
    """Let the cause come about."""
    act, request = CAUSES[cause](case)
    return do(world.home, act, request, now)


def leaves(world: World, party: str) -> list[bytes]:
    """Read all that a partner was told, byte by byte."""

    def look(tx: Tx) -> list[Entry]:
        head = lanes.head(tx, lane_of(world.home, tx, party))
        assert head is not None
        return [entry for _, entry in lanes.all_entries(tx, head.origin, head.size)]

    return [entry.leaf for entry in world.home.ledger.read(look)]


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_is_told_in_the_same_bytes(world: World, case: Case, cause: str) -> None:
    """Korea hears of its two assertions that they are revoked, in the order of their ids: no more, whatever it was."""
    before = leaves(world, "KOR")
    end(world, case, cause)
    expected = [encode_leaf(n, Revoked(jti)) for n, jti in enumerate(case.jtis["KOR"], len(before))]
    assert leaves(world, "KOR")[len(before) :] == expected


@pytest.mark.parametrize("cause", CAUSES)
def test_cause_ends_what_depends_on_it_and_nothing_else(world: World, case: Case, cause: str) -> None:
    """The person's assertions, all of them or those towards one partner, at the instant of the act; no colleague's."""
    end(world, case, cause, NOW + 7)
    parties = list(case.jtis) if cause in EVERYWHERE else ["KOR"]
    ended = {jti: world.issued(jti).revoked_at for jti in (*case.jtis["KOR"], *case.jtis["AUS"], case.other)}
    assert {jti: at for jti, at in ended.items() if at is not None} == {
        jti: NOW + 7 for party in parties for jti in case.jtis[party]
    }


@pytest.mark.parametrize("cause", CAUSES)
def test_partner_and_issuer_refuse_what_ended(world: World, case: Case, cause: str) -> None:
    """From the commit at home, and from the next catching up at the partner."""
    end(world, case, cause)
    world.follow("KOR")
    reasons = {world.verdict(at, jti).reason for at in (HOME, "KOR") for jti in case.jtis["KOR"]}
    assert reasons == {Reason.REVOKED}


@pytest.mark.parametrize("cause", CAUSES)
def test_status_list_shows_what_ended_as_revoked(world: World, case: Case, cause: str) -> None:
    """A program that reads nothing but status lists cannot tell a cause either."""
    end(world, case, cause)
    slots = listed(world, "KOR", now=NOW)
    assert {slots.status(world.issued(jti).idx) for jti in case.jtis["KOR"]} == {Standing.REVOKED.value}


class Behind(HighWater):
    """A high-water mark that stands above the lane of one partner."""

    lane = ""

    def check(self, origin: str, size: int, root: bytes) -> None:
        """Refuse to append to that lane."""
        if origin == self.lane:
            raise refuse(Reason.LANE_BEHIND)
        super().check(origin, size, root)


@pytest.mark.parametrize("cause", CAUSES)
def test_ending_is_done_whole_or_not_at_all(world: World, case: Case, cause: str, tmp_path: Path) -> None:
    """If the last of the partners cannot be told, nobody is, and nothing has ended."""
    behind = Behind(tmp_path / "highwater")
    behind.lane = world.home.names.lane("KOR", 1)
    before = rows(world.home)
    act, request = CAUSES[cause](case)
    with refused(Reason.LANE_BEHIND):
        do(replace(world.home, highwater=behind), act, request)
    assert rows(world.home) == before


@pytest.mark.parametrize("cause", CAUSES)
def test_ending_is_one_act_for_the_auditors(world: World, case: Case, cause: str) -> None:
    """One leaf, by the name of the act, however many assertions it ended."""
    before = len(world.events("audit"))
    end(world, case, cause)
    told = [event.act for event in world.events("audit")[before:] if isinstance(event, ActPerformed)]
    assert told == [CAUSES[cause](case)[0].name]


@pytest.mark.parametrize("cause", CAUSES)
def test_repeated_ending_is_answered_and_tells_nothing(world: World, case: Case, cause: str) -> None:
    """Whoever did not get the answer asks again and gets it; no lane grows by that."""
    act, request = CAUSES[cause](case)
    request_id = world.home.chance.uuid()
    first = perform(world.home, act, request, caller=CALLER, request_id=request_id, now=NOW)
    before = rows(world.home)
    again = perform(world.home, act, request, caller=CALLER, request_id=request_id, now=NOW + 60)
    assert (again.result, again.replayed, rows(world.home)) == (first.result, True, before)


@pytest.mark.parametrize("cause", CAUSES)
def test_what_had_ended_before_is_not_told_again(world: World, case: Case, cause: str) -> None:
    """A second revocation of one assertion would say that there was a cause beyond it."""
    for jti in case.jtis["KOR"]:
        world.revoke(jti)
    before = leaves(world, "KOR")
    end(world, case, cause)
    assert leaves(world, "KOR") == before


@pytest.mark.parametrize("cause", CAUSES)
def test_what_is_held_ends_as_well(world: World, case: Case, cause: str) -> None:
    """A suspension stands in no ending's way, so that lifting it later brings nothing back."""
    hold = world.suspend(HoldScope.SUBJECT, case.person)
    end(world, case, cause)
    world.reinstate(hold)
    world.follow("KOR")
    assert {world.verdict("KOR", jti).reason for jti in case.jtis["KOR"]} == {Reason.REVOKED}


@pytest.mark.parametrize("cause", CAUSES)
def test_ledger_agrees_with_itself_after_an_ending(world: World, case: Case, cause: str) -> None:
    """Lanes, projection and status lists are of one mind."""
    end(world, case, cause)
    assert audit.audit(world.home).faults == ()


@pytest.mark.parametrize("cause", [cause for cause in CAUSES if cause != "recognition lost"])
def test_person_of_whom_nothing_was_asserted_ends_without_a_word(world: World, case: Case, cause: str) -> None:
    """No lane grows for a person of whom no partner knows."""
    for party, jtis in case.jtis.items():
        for jti in jtis:
            world.revoke(jti)
        assert leaves(world, party)
    before = [leaves(world, party) for party in AGREEMENTS]
    end(world, case, cause)
    assert [leaves(world, party) for party in AGREEMENTS] == before


def test_negative_result_ends_the_bodys_own_clearances(world: World, case: Case) -> None:
    """What was granted on its earlier screening, by whichever organ; another body's grants are not its to end."""
    theirs = grant(world.home, screened(world.home, case.person, body=CENTRAL, now=NOW), organ="JPN/MIC")
    do(world.home, CONCLUDE, ConcludeRequest(case.anew, Conclusion.ELIGIBLE))
    concluded(world.home, case.person, Conclusion.NOT_ELIGIBLE, body=DEFENCE, now=NOW)
    standing = world.home.ledger.read(lambda tx: clearances.standing(tx, subject_id=case.person))
    assert {each.clearance_id for each in standing} == {case.clearance, theirs}
    concluded(world.home, case.person, Conclusion.NOT_ELIGIBLE, body=CENTRAL, now=NOW)
    assert world.home.ledger.read(lambda tx: clearances.standing(tx, subject_id=case.person)) == []


def test_negative_result_ends_the_bodys_earlier_screenings(world: World, case: Case) -> None:
    """Nothing is granted on them any more, also once a later result is good again."""
    concluded(world.home, case.person, Conclusion.NOT_ELIGIBLE, now=NOW)
    screened(world.home, case.person, now=NOW + 1)
    with refused(Reason.SCREENING_STATE):
        grant(world.home, case.screening, organ="JPN/MIC")


def test_good_result_ends_nothing(world: World, case: Case) -> None:
    """Who is found eligible again goes on being asserted."""
    before = [leaves(world, party) for party in AGREEMENTS]
    do(world.home, CONCLUDE, ConcludeRequest(case.anew, Conclusion.ELIGIBLE))
    assert [leaves(world, party) for party in AGREEMENTS] == before


def test_withdrawn_consent_ends_the_screening_and_the_clearances_on_it(world: World, case: Case) -> None:
    """At the same instant; what rests on another screening stands."""
    do(world.home, CONCLUDE, ConcludeRequest(case.anew, Conclusion.ELIGIBLE))
    do(world.home, WITHDRAW_CONSENT, WithdrawConsentRequest(case.screening), NOW + 3)
    found = world.home.ledger.read(lambda tx: clearances.get(tx, case.clearance))
    assert found is not None
    ended = (found.ended_at, screening(world.home, case.screening).ended_at, screening(world.home, case.anew).ended_at)
    assert ended == (NOW + 3, NOW + 3, None)


def test_loss_of_a_recognition_reaches_all_people_of_the_employer(world: World, case: Case) -> None:
    """Two people of one employer: each of their assertions, and nobody's of another."""
    node = world.home
    second = register(node, identity(3))
    consent(node, second, "AUS")
    grant(node, screened(node, second))
    jti = world.issue(world.open_project(), second, "AUS")
    do(node, END_RECOGNITION, EndRecognitionRequest("employer-1"))
    live = [world.issued(each).revoked_at is None for each in (jti, *case.jtis["KOR"], *case.jtis["AUS"], case.other)]
    assert live == [False, False, False, False, True]
