"""The one gate: an act is carried out once, however often it is asked for, and every act is audited."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from fakes.parties import CALLER, NOW, do, names_of
from fakes.refusals import refused
from fakes.world import World, rows

from interchange.domain.events import ActPerformed
from interchange.domain.standing import HoldScope
from interchange.errors import Reason
from interchange.flows.approvals import act_digest
from interchange.flows.clearances import RECORD, PaperGrant, RecordRequest
from interchange.flows.issue import ISSUE, IssueRequest
from interchange.flows.perform import perform
from interchange.flows.withdraw import REVOKE, SUSPEND, RevokeRequest, SuspendRequest

ID = str(UUID(int=1, version=4))
OTHER = names_of("JPN").spiffe("officer", "somebody-else", "METI")


def request(world: World) -> IssueRequest:
    """Ask for the assertion of a person who can be asserted."""
    return IssueRequest(world.open_project(), "KOR", world.clear())


def record(subject_id: str) -> RecordRequest:
    """Ask for a clearance of a person to be taken over from paper."""
    return RecordRequest((PaperGrant(subject_id, "JPN/METI", "JPN/SDS", date(2026, 4, 1), "employer-1"),))


def test_replayed_issue_gives_the_same_assertion(world: World) -> None:
    """Whoever did not get the answer asks again and gets it."""
    asked = request(world)
    assert do(world.home, ISSUE, asked, request_id=ID) == do(world.home, ISSUE, asked, request_id=ID)


def test_replay_says_that_it_is_one(world: World) -> None:
    """A door can tell a result that is new from one that was there."""
    asked = request(world)
    done = [perform(world.home, ISSUE, asked, caller=CALLER, request_id=ID, now=NOW) for _ in range(2)]
    assert [one.replayed for one in done] == [False, True]


def test_replay_writes_nothing(world: World) -> None:
    """A repeated request leaves every row as it was, the audit lane too."""
    asked = request(world)
    do(world.home, ISSUE, asked, request_id=ID)
    before = rows(world.home)
    do(world.home, ISSUE, asked, request_id=ID)
    assert rows(world.home) == before


def test_replay_later_is_a_replay_still(world: World) -> None:
    """The clock is no part of what was asked."""
    asked = request(world)
    first = do(world.home, ISSUE, asked, request_id=ID)
    assert do(world.home, ISSUE, asked, NOW + 86_400, request_id=ID) == first


def test_replay_after_the_assertion_was_revoked_issues_no_second_one(world: World) -> None:
    """What was done stays done, though the same request under a new id would give a new assertion."""
    asked = request(world)
    first = do(world.home, ISSUE, asked, request_id=ID)
    world.revoke(first)
    assert do(world.home, ISSUE, asked, request_id=ID) == first


def test_replayed_revocation_is_no_second_one(world: World) -> None:
    """A revocation whose answer got lost can be asked for again."""
    asked = RevokeRequest(do(world.home, ISSUE, request(world)))
    first = do(world.home, REVOKE, asked, request_id=ID)
    assert do(world.home, REVOKE, asked, request_id=ID) == first


def test_request_id_with_another_body_is_refused(world: World) -> None:
    """An id stands for what was asked under it first."""
    asked = request(world)
    do(world.home, ISSUE, asked, request_id=ID)
    with refused(Reason.REQUEST_ID_REUSED):
        do(world.home, ISSUE, replace(asked, partner="AUS"), request_id=ID)


def test_one_field_is_enough_to_be_another_body(world: World) -> None:
    """A request that asks for less life is another request."""
    asked = request(world)
    do(world.home, ISSUE, asked, request_id=ID)
    with refused(Reason.REQUEST_ID_REUSED):
        do(world.home, ISSUE, replace(asked, expires_at=NOW + 600), request_id=ID)


def test_same_id_of_another_caller_is_another_request(world: World) -> None:
    """Two callers that happen to choose one id do not see each other's results."""
    subject = world.clear()
    mine, theirs = world.open_project(), world.open_project()
    do(world.home, ISSUE, IssueRequest(mine, "KOR", subject), request_id=ID)
    asked = IssueRequest(theirs, "KOR", subject)
    assert not perform(world.home, ISSUE, asked, caller=OTHER, request_id=ID, now=NOW).replayed


def test_same_id_for_another_act_is_another_request(world: World) -> None:
    """An id is unique within an act, so that a client may count its own."""
    jti = do(world.home, ISSUE, request(world), request_id=ID)
    assert do(world.home, REVOKE, RevokeRequest(jti), request_id=ID) == jti


def test_refused_request_is_not_recorded(world: World) -> None:
    """The same request under the same id succeeds once what was in its way is gone."""
    asked = request(world)
    hold = world.suspend(HoldScope.SUBJECT, asked.subject_id)
    with refused(Reason.HELD):
        do(world.home, ISSUE, asked, request_id=ID)
    world.reinstate(hold)
    assert do(world.home, ISSUE, asked, request_id=ID)


def test_id_of_a_refused_request_is_free(world: World) -> None:
    """Only successes bind an id."""
    asked = request(world)
    with refused(Reason.NOT_KNOWN):
        do(world.home, ISSUE, replace(asked, project_id="unknown"), request_id=ID)
    assert do(world.home, ISSUE, asked, request_id=ID)


@pytest.mark.parametrize("act", [SUSPEND, REVOKE])
def test_refused_act_changes_no_row(world: World, act: object) -> None:
    """Nothing of a refused act is there, not even in the audit lane."""
    before = rows(world.home)
    with refused(Reason.NOT_KNOWN):
        if act is SUSPEND:
            do(world.home, SUSPEND, SuspendRequest(HoldScope.SUBJECT, "nobody"))
        else:
            do(world.home, REVOKE, RevokeRequest("nothing"))
    assert rows(world.home) == before


def test_every_act_is_told_to_the_auditors(world: World) -> None:
    """One leaf an act: the verb, who asked, under which id, and when."""
    do(world.home, RECORD, record(world.clear()), NOW + 7, request_id=ID)
    told = world.events("audit")[-1]
    assert isinstance(told, ActPerformed)
    assert (told.act, told.caller, told.request, told.at) == ("record_clearances", CALLER, ID, NOW + 7)


def test_auditors_are_told_nothing_of_whom_an_act_concerned(world: World) -> None:
    """The audit leaf commits to request and result by digest, and names neither."""
    asked = request(world)
    jti = do(world.home, ISSUE, asked)
    told = repr(world.events("audit")[-1])
    assert [secret for secret in (asked.subject_id, asked.project_id, jti) if secret in told] == []


def test_results_of_equal_requests_have_leaves_of_their_own(world: World) -> None:
    """The digest in the audit leaf also covers the result, so that two equal acts can be told apart."""
    asked = record(world.clear())
    for _ in range(2):
        do(world.home, RECORD, asked)
    one, other = world.events("audit")[-2:]
    assert isinstance(one, ActPerformed)
    assert isinstance(other, ActPerformed)
    assert one.sha256 != other.sha256


def test_digest_is_bound_to_the_act() -> None:
    """The same values asked of two acts are two requests."""
    asked = RevokeRequest("one")
    assert act_digest("revoke", asked) != act_digest("suspend", asked)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (IssueRequest("p", "KOR", "s", None), IssueRequest("p", "KOR", "s", 0)),
        (IssueRequest("p", "KOR", "s"), IssueRequest("pK", "OR", "s")),
        (SuspendRequest(HoldScope.SUBJECT, "x"), SuspendRequest(HoldScope.EMPLOYER, "x")),
    ],
)
def test_different_values_have_different_digests(one: object, other: object) -> None:
    """Absent is not zero, fields do not run into each other, and enums count."""
    assert act_digest("act", one) != act_digest("act", other)


def test_watchers_are_woken_after_the_commit(world: World) -> None:
    """When the bell rings, what it rings for can already be read."""
    seen: list[int] = []
    project, subject = world.open_project(), world.clear()
    world.nodes["JPN"] = replace(world.home, committed=lambda: seen.append(len(world.events("KOR"))))
    before = len(world.events("KOR"))
    world.issue(project, subject)
    assert seen == [before + 1]
