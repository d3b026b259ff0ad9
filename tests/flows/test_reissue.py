"""Issued anew after a theft: who gets another assertion, under which key, until when, and who is left to people."""

from dataclasses import replace
from datetime import date
from functools import partial

import pytest
from fakes.narrowing import METI
from fakes.parties import DAY, HOME, NOW, do, key_of, strict_rulebook
from fakes.refusals import refused
from fakes.stolen import SEEN, THEFT, lines, next_keyring, pairs, suspend, taint
from fakes.world import World

from interchange.domain.events import ActPerformed
from interchange.domain.keyring import Role
from interchange.domain.projects import Participant
from interchange.domain.standing import HoldScope
from interchange.domain.verdict import Outcome
from interchange.errors import Reason
from interchange.flows import issue as issuing
from interchange.flows.audit import audit
from interchange.flows.clearances import CANCEL, CancelRequest
from interchange.flows.participants import WITHDRAW, WithdrawRequest
from interchange.flows.reissue import Pass, State, affected, reissue_all
from interchange.store import assertions, participants, reissue
from interchange.store.ledger import Tx


@pytest.fixture
def proved(world: World) -> str:
    """An assertion that Korea acknowledged an hour before the theft."""
    jti = world.issue(world.open_project(), world.clear())
    world.follow()
    return jti


def stolen(world: World) -> str:
    """Let the key be stolen, tainted and followed by another; give the other's kid."""
    taint(world)
    return next_keyring(world)


def live(world: World, now: int = SEEN) -> list[str]:
    """List what is neither revoked nor over."""
    return [each.jti for each in world.home.ledger.read(lambda tx: assertions.live(tx, now))]


# -- the job ----------------------------------------------------------------------------------------------------


def test_what_was_proved_is_issued_anew_under_the_key_that_signs_now(world: World, proved: str) -> None:
    """Nobody has to ask for it."""
    kid = stolen(world)
    reissue_all(world.home, SEEN)
    assert world.issued(pairs(world)[proved]).kid == kid


def test_new_one_says_the_same_of_the_same_person(world: World, proved: str) -> None:
    """Person, project, partner, level; and it ends no later."""
    stolen(world)
    reissue_all(world.home, SEEN)
    old, new = world.claims(proved), world.claims(pairs(world)[proved])
    same = ("iss", "sub", "aud", "project", "purpose", "clr", "exp")
    assert {name: old[name] for name in same} == {name: new[name] for name in same}


def test_new_one_ends_earlier_where_the_rules_of_today_say_so(world: World, proved: str) -> None:
    """What holds on the day of its issue holds for it."""
    subject = world.issued(proved).subject_id
    stolen(world)
    world.home.ledger.transact(
        lambda tx: tx.exec_driver_sql(f"UPDATE consents SET until_day = '2027-03-01' WHERE subject_id = '{subject}'")
    )
    reissue_all(world.home, SEEN)
    assert world.claims(pairs(world)[proved])["exp"] < world.claims(proved)["exp"]


def test_new_one_is_valid_at_the_partner_and_the_old_one_stays_so(world: World, proved: str) -> None:
    """People may still carry the old one."""
    stolen(world)
    reissue_all(world.home, SEEN)
    world.follow(now=SEEN)
    verdicts = [world.verdict("KOR", jti, SEEN).outcome for jti in (proved, pairs(world)[proved])]
    assert verdicts == [Outcome.VALID, Outcome.VALID]


def test_second_pass_does_nothing(world: World, proved: str) -> None:
    """However often the job runs."""
    stolen(world)
    done = [reissue_all(world.home, SEEN + n) for n in range(3)]
    assert (done, len(live(world))) == ([Pass(1, 0), Pass(0, 0), Pass(0, 0)], 2)
    assert proved in pairs(world)


def test_nothing_is_done_while_no_key_signs(world: World, proved: str) -> None:
    """It waits for the next keyring, and people see for what."""
    taint(world)
    assert reissue_all(world.home, SEEN) == Pass(0, 1)
    assert (lines(world)[proved].state, lines(world)[proved].why) == (State.PROVED_WAITING, Reason.KEY_RESTRICTED)


def test_suspension_before_the_taint_takes_nothing_from_what_was_proved(world: World, proved: str) -> None:
    """Suspending is what one person does first."""
    suspend(world)
    stolen(world)
    reissue_all(world.home, SEEN)
    assert proved in pairs(world)


def test_what_a_suspended_key_signed_is_not_issued_anew(world: World, proved: str) -> None:
    """Nobody has said yet that it was stolen."""
    suspend(world)
    next_keyring(world)
    assert (reissue_all(world.home, SEEN), live(world)) == (Pass(0, 0), [proved])


@pytest.mark.parametrize(("acknowledged", "state"), [(61, State.PROVED_REISSUED), (60, State.NOT_PROVED)])
def test_what_nobody_acknowledged_a_minute_before_is_not_proved(world: World, acknowledged: int, state: State) -> None:
    """The rule of verdicts, to the second."""
    jti = world.issue(world.open_project(), world.clear())
    world.follow(now=THEFT - acknowledged)
    stolen(world)
    reissue_all(world.home, SEEN)
    assert lines(world)[jti].state is state


def test_assertion_of_one_partner_is_not_proved_by_another(world: World) -> None:
    """Each has its own lane."""
    project, subject = world.open_project(), world.clear()
    told = [world.issue(project, subject, to) for to in ("KOR", "AUS")]
    world.follow("KOR")
    stolen(world)
    reissue_all(world.home, SEEN)
    assert [lines(world)[jti].state for jti in told] == [State.PROVED_REISSUED, State.NOT_PROVED]


def test_time_that_an_assertion_names_proves_nothing(world: World) -> None:
    """Not even that its `iat` lies a day before the theft."""
    jti = world.issue(world.open_project(), world.clear(), now=NOW)
    stolen(world)
    reissue_all(world.home, SEEN)
    assert lines(world)[jti].state is State.NOT_PROVED


# -- who is left to people --------------------------------------------------------------------------------------


def test_person_who_is_no_more_entitled_gets_no_other(world: World, proved: str) -> None:
    """That it lies in the person is all that is said: an officer learns more by issuing."""
    world.home.ledger.transact(lambda tx: tx.exec_driver_sql("UPDATE consents SET until_day = '2027-01-10'"))
    stolen(world)
    reissue_all(world.home, SEEN)
    line = lines(world)[proved]
    assert (line.state, line.why, line.reissued_as) == (State.NOT_ENTITLED, Reason.NOT_CONFIRMED, None)


@pytest.mark.parametrize("scope", [HoldScope.ASSERTION, HoldScope.SUBJECT, HoldScope.PROJECT])
def test_what_is_held_is_not_issued_anew(world: World, proved: str, scope: HoldScope) -> None:
    """Another assertion must be no way round a hold."""
    issued = world.issued(proved)
    ref = {HoldScope.ASSERTION: proved, HoldScope.SUBJECT: issued.subject_id, HoldScope.PROJECT: issued.project_id}
    world.suspend(scope, ref[scope])
    stolen(world)
    assert reissue_all(world.home, SEEN) == Pass(0, 1)
    why = Reason.HELD if scope is HoldScope.PROJECT else Reason.NOT_CONFIRMED
    assert (lines(world)[proved].state, lines(world)[proved].why) == (State.NOT_ENTITLED, why)


def test_hold_on_an_assertion_is_not_got_round_by_asking(world: World, proved: str) -> None:
    """Whoever issues by hand is refused as before the theft."""
    world.suspend(HoldScope.ASSERTION, proved)
    stolen(world)
    issued = world.issued(proved)
    with refused(Reason.ALREADY_ISSUED):
        world.issue(issued.project_id, issued.subject_id, now=SEEN)


def test_level_that_needs_two_people_waits_for_them(world: World, proved: str) -> None:
    """A job is nobody's second person."""
    stolen(world)
    world.nodes["JPN"] = replace(world.home, rulebook=strict_rulebook())
    assert reissue_all(world.home, SEEN) == Pass(0, 1)
    assert (lines(world)[proved].state, lines(world)[proved].needs_two) == (State.PROVED_WAITING, True)


@pytest.mark.parametrize("is_proved", [True, False])
def test_people_issue_another_though_the_old_one_is_live(world: World, *, is_proved: bool) -> None:
    """What a thief's key signed does not stand in the way, whether or not it counts."""
    project, subject = world.open_project(), world.clear()
    old = world.issue(project, subject)
    if is_proved:
        world.follow()
    stolen(world)
    new = world.issue(project, subject, now=SEEN)
    assert pairs(world) == {old: new}


def test_people_issue_no_third(world: World, proved: str) -> None:
    """The one that took the place of the old stands in the way."""
    stolen(world)
    reissue_all(world.home, SEEN)
    issued = world.issued(proved)
    with refused(Reason.ALREADY_ISSUED):
        world.issue(issued.project_id, issued.subject_id, now=SEEN)


def test_progress_is_told(world: World, proved: str) -> None:
    """So many of so many, and what was not proved beside."""
    world.issue(world.open_project(), world.clear())
    stolen(world)
    before = affected(world.home, METI.kid, SEEN, after="", limit=9)[1]
    reissue_all(world.home, SEEN)
    after = affected(world.home, METI.kid, SEEN, after="", limit=9)[1]
    assert (tuple(before), tuple(after)) == ((2, 1, 0), (2, 1, 1))
    assert proved in pairs(world)


def test_key_that_is_not_tainted_has_no_such_list(world: World) -> None:
    """Nothing is affected."""
    with refused(Reason.KEY_STAGE):
        lines(world)


# -- both stand and fall together -------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["old", "new"])
def test_revocation_of_one_reaches_the_other(world: World, proved: str, which: str) -> None:
    """They say the same of the same person."""
    stolen(world)
    reissue_all(world.home, SEEN)
    world.revoke({"old": proved, "new": pairs(world)[proved]}[which], SEEN)
    assert live(world) == []


@pytest.mark.parametrize("which", ["old", "new", "person"])
def test_hold_reaches_both_and_its_end_too(world: World, proved: str, which: str) -> None:
    """Wherever it was placed."""
    stolen(world)
    reissue_all(world.home, SEEN)
    both = (proved, pairs(world)[proved])
    scope = HoldScope.SUBJECT if which == "person" else HoldScope.ASSERTION
    ref = {"old": both[0], "new": both[1], "person": world.issued(proved).subject_id}[which]
    hold = world.suspend(scope, ref, SEEN)
    world.follow(now=SEEN)
    held = [world.verdict("KOR", jti, SEEN).reason for jti in both]
    world.reinstate(hold, SEEN)
    world.follow(now=SEEN)
    lifted = [world.verdict("KOR", jti, SEEN).reason for jti in both]
    assert (held, lifted) == ([Reason.SUSPENDED] * 2, [None] * 2)


def test_end_of_the_clearance_reaches_both(world: World, proved: str) -> None:
    """As of any other two assertions of a person."""
    stolen(world)
    reissue_all(world.home, SEEN)
    do(world.home, CANCEL, CancelRequest(world.issued(proved).clearance_id), SEEN)
    assert live(world) == []


def enrolled(world: World, jti: str) -> str:
    """Let somebody take part by an assertion; give the participant's id."""
    issued, days = world.issued(jti), (date(2027, 1, 1), date(2027, 12, 31))
    who = (issued.project_id, issued.subject_id, issued.party, issued.employer_id)
    made = Participant("11111111-1111-4111-8111-111111111111", *who, *days, jti, NOW)
    world.home.ledger.transact(lambda tx: participants.add_all(tx, [made]))
    return made.participant_id


def test_participant_takes_part_by_the_new_one(world: World, proved: str) -> None:
    """And is confirmed as before."""
    participant = enrolled(world, proved)
    stolen(world)
    reissue_all(world.home, SEEN)

    def look(tx: Tx) -> str:
        found = participants.get(tx, participant)
        assert found is not None
        return found.jti

    assert world.home.ledger.read(look) == pairs(world)[proved]


def test_withdrawal_of_a_participant_reaches_both(world: World, proved: str) -> None:
    """Nobody takes part by what was left over."""
    participant = enrolled(world, proved)
    stolen(world)
    reissue_all(world.home, SEEN)
    do(world.home, WITHDRAW, WithdrawRequest(participant), SEEN)
    assert live(world) == []


# -- whatever comes between -------------------------------------------------------------------------------------


def test_pass_that_was_cut_off_is_taken_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written stays; what was not is done later; nothing is done twice."""
    for _ in range(3):
        world.issue(world.open_project(), world.clear())
    world.follow()
    stolen(world)
    real, calls = issuing.sign, []

    def dies(*args: object) -> object:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(issuing, "sign", dies)
    with pytest.raises(KeyboardInterrupt):
        reissue_all(world.home, SEEN)
    done = len(pairs(world))
    monkeypatch.undo()
    reissue_all(world.home, SEEN)
    assert (done, len(pairs(world)), len(live(world))) == (1, 3, 6)


def test_hold_that_comes_while_the_signature_is_made_leaves_the_person_out(
    world: World, proved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is decided again in the transaction that writes."""
    stolen(world)
    real = issuing.sign

    def held(*args: object) -> object:
        world.suspend(HoldScope.SUBJECT, world.issued(proved).subject_id, SEEN)
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(issuing, "sign", held)
    assert (reissue_all(world.home, SEEN), pairs(world)) == (Pass(0, 1), {})


def test_two_passes_at_once_issue_one(world: World, proved: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second finds in its transaction that it is done."""
    stolen(world)
    real, within = issuing.sign, list[bool]()

    def twice(*args: object) -> object:
        if not within:
            within.append(True)
            reissue_all(world.home, SEEN)
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(issuing, "sign", twice)
    assert reissue_all(world.home, SEEN) == Pass(0, 1)
    assert (len(live(world)), list(pairs(world))) == (2, [proved])


def test_database_holds_one_successor_of_each(world: World, proved: str) -> None:
    """Whatever program writes."""
    stolen(world)
    reissue_all(world.home, SEEN)
    new = pairs(world)[proved]
    for pair in ({proved: proved}, {new: new}):
        with refused(Reason.ALREADY_KNOWN, "ledger row"):
            world.home.ledger.transact(partial(reissue.link, pairs=pair))


def test_thieves_come_twice(world: World, proved: str) -> None:
    """The second key is stolen too, and what it signed is issued anew under a third."""
    second = stolen(world)
    reissue_all(world.home, SEEN)
    world.follow(now=SEEN)
    taint(world, second, SEEN + DAY, SEEN + DAY + 9)
    next_keyring(world, SEEN + DAY + 9)
    reissue_all(world.home, SEEN + DAY + 9)
    world.revoke(proved, SEEN + DAY + 9)
    assert (len(pairs(world)), live(world, SEEN + DAY + 9)) == (2, [])


# -- what auditors see ------------------------------------------------------------------------------------------


def test_auditors_are_told_of_each_group(world: World, proved: str) -> None:
    """As of any act, under the job's name."""
    stolen(world)
    reissue_all(world.home, SEEN)
    acts = [event for event in world.events("audit") if isinstance(event, ActPerformed)]
    assert [act.caller for act in acts if act.act == "reissue"] == ["job:reissue"]
    assert proved in pairs(world)


def test_ledger_is_clean_afterwards(world: World, proved: str) -> None:
    """Also with a hold that was told on both."""
    enrolled(world, proved)
    stolen(world)
    reissue_all(world.home, SEEN)
    world.suspend(HoldScope.ASSERTION, proved, SEEN)
    assert audit(world.home).faults == ()


@pytest.mark.parametrize("column", ["jti", "reissued_as"])
def test_audit_finds_a_link_to_another_persons_assertion(world: World, proved: str, column: str) -> None:
    """Edited by hand, it would make a revocation miss its mark."""
    other = world.issue(world.open_project(), world.clear(), "AUS")
    stolen(world)
    reissue_all(world.home, SEEN)
    world.home.ledger.transact(lambda tx: tx.exec_driver_sql(f"UPDATE reissues SET {column} = '{other}'"))
    assert any("took the place of another's" in fault for fault in audit(world.home).faults)
    assert proved not in pairs(world) or column == "reissued_as"


def test_key_of_another_role_has_no_such_list(world: World) -> None:
    """Only assertions are issued anew."""
    status = key_of(HOME, Role.STATUS).kid
    taint(world, status)
    with refused(Reason.KEY_STAGE):
        lines(world, status)
