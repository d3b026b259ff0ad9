"""Steps of agreements: what rests on one is held, released or ended in the transaction of the step."""

from datetime import date

import pytest
from fakes.parties import NOW, TREATY
from fakes.refusals import refused
from fakes.scene import Scene
from fakes.treaties import BEGIN, IN_FORCE, NOTICE, NOTICE_DAY, SUSPENDED, TERMINATED, TODAY, move
from fakes.world import World, rows

from interchange.domain.agreements import AgreementState
from interchange.domain.events import ActPerformed, HoldLifted, HoldPlaced, Revoked, Scope
from interchange.domain.standing import HoldScope, Standing
from interchange.errors import Reason
from interchange.flows.moves import Moved, end_lapsed, read_moved
from interchange.flows.standings import standing_of
from interchange.store import holds
from interchange.store.ledger import Tx


def moved(world: World, result: str) -> Moved:
    """Read what a step did."""
    return world.home.ledger.read(lambda tx: read_moved(world.home, tx, result))


def standings(world: World, scene: Scene, now: int = NOW) -> dict[str, Standing]:
    """Derive the standings of all assertions of a scene."""
    issued = {name: world.issued(jti) for name, jti in scene.names.items()}

    def look(tx: Tx) -> dict[str, Standing]:
        return {name: standing_of(world.home, tx, each, now) for name, each in issued.items()}

    return world.home.ledger.read(look)


def told_since(world: World, party: str, size: int) -> list[object]:
    """List what a party was told after its first leaves."""
    return list(world.events(party)[size:])


def open_holds(world: World) -> list[str]:
    """List the open holds on the treaty."""
    found = world.home.ledger.read(lambda tx: holds.open_on(tx, {HoldScope.AGREEMENT: TREATY}))
    return [hold.hold_id for hold in found]


# -- suspended -------------------------------------------------------------------------------------------------------


def test_suspension_holds_all_that_was_issued_under_it(world: World, scene: Scene) -> None:
    """And nothing else."""
    move(world, SUSPENDED)
    assert standings(world, scene) == {
        "ann wide KOR": Standing.SUSPENDED,
        "ann wide AUS": Standing.VALID,
        "ann narrow KOR": Standing.SUSPENDED,
        "bob wide KOR": Standing.SUSPENDED,
    }


def test_partner_is_told_of_a_suspension_as_of_any_hold_on_the_agreement(world: World, scene: Scene) -> None:
    """One event, which names the agreement and no cause."""
    assert scene.names
    before = {party: len(world.events(party)) for party in ("KOR", "AUS")}
    move(world, SUSPENDED)
    (event,) = told_since(world, "KOR", before["KOR"])
    assert isinstance(event, HoldPlaced)
    assert (event.scope, event.of, told_since(world, "AUS", before["AUS"])) == (Scope.AGREEMENT, TREATY, [])


def test_nothing_is_issued_while_it_is_suspended(world: World) -> None:
    """Nobody can be asserted, whoever it is."""
    project, subject = world.open_project(), world.clear()
    move(world, SUSPENDED)
    with refused(Reason.AGREEMENT_NOT_IN_FORCE):
        world.issue(project, subject)


@pytest.mark.parametrize(("state", "day"), [(IN_FORCE, TODAY), (NOTICE, NOTICE_DAY)])
def test_coming_back_lifts_what_the_suspension_held(
    world: World, scene: Scene, state: AgreementState, day: date
) -> None:
    """Notice given is in force, too."""
    move(world, SUSPENDED)
    before = len(world.events("KOR"))
    move(world, state, day)
    assert set(standings(world, scene).values()) == {Standing.VALID}
    assert [type(event) for event in told_since(world, "KOR", before)] == [HoldLifted]


def test_coming_back_lifts_no_other_hold(world: World, scene: Scene) -> None:
    """Somebody held the agreement for a reason of their own, and lifts that themselves."""
    other = world.suspend(HoldScope.AGREEMENT, TREATY)
    move(world, SUSPENDED)
    move(world, IN_FORCE)
    assert open_holds(world) == [other]
    assert standings(world, scene)["ann wide KOR"] is Standing.SUSPENDED


def test_hold_of_a_suspension_is_lifted_by_nothing_else(world: World, scene: Scene) -> None:
    """Or the partner would take for good what rests on a suspended agreement."""
    assert scene.names
    move(world, SUSPENDED)
    (hold,) = open_holds(world)
    with refused(Reason.AGREEMENT_NOT_IN_FORCE):
        world.reinstate(hold)


def test_agreement_without_an_admitted_partner_can_be_suspended(world: World) -> None:
    """There is nobody to tell."""
    assert move(world, SUSPENDED, code="JPN-GBR-2014") == "JPN-GBR-2014/1"


# -- terminated ------------------------------------------------------------------------------------------------------


def test_end_revokes_all_that_was_issued_under_it(world: World, scene: Scene) -> None:
    """And nothing else."""
    move(world, TERMINATED)
    assert standings(world, scene) == {
        "ann wide KOR": Standing.REVOKED,
        "ann wide AUS": Standing.VALID,
        "ann narrow KOR": Standing.REVOKED,
        "bob wide KOR": Standing.REVOKED,
    }


def test_partner_is_told_of_an_end_as_of_any_revocations(world: World, scene: Scene) -> None:
    """One event each, by their ids."""
    before = len(world.events("KOR"))
    move(world, TERMINATED)
    under = sorted(jti for name, jti in scene.names.items() if name.endswith("KOR"))
    assert told_since(world, "KOR", before) == [Revoked(jti) for jti in under]


def test_follower_knows_of_the_end(world: World, scene: Scene) -> None:
    """Its own verdict says so."""
    move(world, TERMINATED)
    world.follow("KOR")
    assert world.verdict("KOR", scene.names["bob wide KOR"]).reason is Reason.REVOKED


def test_end_after_a_suspension_revokes_what_was_held(world: World, scene: Scene) -> None:
    """Held is not ended; now it is."""
    move(world, SUSPENDED)
    move(world, TERMINATED)
    assert standings(world, scene)["bob wide KOR"] is Standing.REVOKED


# -- notice ----------------------------------------------------------------------------------------------------------


def test_notice_leaves_what_runs_as_it_is(world: World, scene: Scene) -> None:
    """It may be withdrawn before its day, as one was."""
    before = len(world.events("KOR"))
    move(world, NOTICE, NOTICE_DAY)
    assert (set(standings(world, scene).values()), told_since(world, "KOR", before)) == ({Standing.VALID}, [])


def test_what_is_issued_after_a_notice_ends_with_the_last_day_in_force(world: World) -> None:
    """To the second."""
    project, subject = world.open_project(), world.clear()
    move(world, NOTICE, NOTICE_DAY)
    assert world.issued(world.issue(project, subject)).exp == BEGIN


def test_what_still_runs_on_the_day_of_a_notice_is_revoked(world: World, scene: Scene) -> None:
    """With the first pass of the job on that day."""
    move(world, NOTICE, NOTICE_DAY)
    ended = end_lapsed(world.home, BEGIN)
    assert sorted(ended) == sorted(jti for name, jti in scene.names.items() if name.endswith("KOR"))
    assert standings(world, scene, BEGIN)["bob wide KOR"] is Standing.REVOKED


def test_nothing_is_revoked_before_the_day_of_a_notice(world: World, scene: Scene) -> None:
    """The last second of the day before belongs to the agreement."""
    assert scene.names
    move(world, NOTICE, NOTICE_DAY)
    assert end_lapsed(world.home, BEGIN - 1) == []


def test_notice_that_is_withdrawn_ends_nothing(world: World, scene: Scene) -> None:
    """Everything runs on, and nobody had to issue it again."""
    move(world, NOTICE, NOTICE_DAY)
    move(world, IN_FORCE)
    assert (end_lapsed(world.home, BEGIN), set(standings(world, scene, BEGIN).values())) == ([], {Standing.VALID})


def test_notice_runs_on_while_the_agreement_is_suspended(world: World, scene: Scene) -> None:
    """A suspension does not put off the end."""
    move(world, NOTICE, NOTICE_DAY)
    move(world, SUSPENDED)
    end_lapsed(world.home, BEGIN)
    assert standings(world, scene, BEGIN)["bob wide KOR"] is Standing.REVOKED


def test_second_pass_of_the_job_writes_nothing(world: World, scene: Scene) -> None:
    """It may come again at once without harm."""
    assert scene.names
    move(world, NOTICE, NOTICE_DAY)
    end_lapsed(world.home, BEGIN)
    before = rows(world.home)
    assert (end_lapsed(world.home, BEGIN + 60), rows(world.home) == before) == ([], True)


def test_pass_that_ended_something_is_audited(world: World, scene: Scene) -> None:
    """As one act of the job."""
    assert scene.names
    move(world, NOTICE, NOTICE_DAY)
    end_lapsed(world.home, BEGIN)
    told = world.events("audit")[-1]
    assert isinstance(told, ActPerformed)
    assert (told.act, told.caller, told.at) == ("end_agreements", "job:agreements", BEGIN)


# -- what is answered ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "day", "affected"),
    [(SUSPENDED, TODAY, 3), (TERMINATED, TODAY, 3), (NOTICE, NOTICE_DAY, 3), (NOTICE, date(2028, 1, 1), 0)],
)
def test_step_says_how_many_assertions_it_concerned(
    world: World, scene: Scene, state: AgreementState, day: date, affected: int
) -> None:
    """Of a notice those that outlive its day; all end with their project's year here."""
    assert scene.names
    assert moved(world, move(world, state, day)) == Moved(TREATY, state, day, affected)


def test_answer_to_a_repeated_request_is_the_same_later(world: World, scene: Scene) -> None:
    """Whatever has happened since."""
    first = move(world, SUSPENDED)
    then = moved(world, first)
    move(world, IN_FORCE, now=NOW + 60)
    world.revoke(scene.names["bob wide KOR"], NOW + 60)
    assert moved(world, first) == then


def test_coming_back_says_how_many_it_concerned(world: World, scene: Scene) -> None:
    """Those that are live."""
    move(world, SUSPENDED)
    world.revoke(scene.names["bob wide KOR"], NOW + 30)
    assert moved(world, move(world, IN_FORCE, now=NOW + 60)).affected == 2
