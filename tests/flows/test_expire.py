"""Reporting what has come to its end: once, with its audit, and without any verdict waiting for it."""

from fakes.parties import DAY, NOW
from fakes.world import World, rows

from interchange.domain.events import ActPerformed
from interchange.domain.verdict import Outcome
from interchange.errors import Reason
from interchange.flows.expire import CALLER, report_expired


def issue(world: World, life: int = DAY) -> str:
    """Issue an assertion that lives so long."""
    return world.issue(world.open_project(), world.clear(), expires_at=NOW + life)


def test_ended_assertions_are_reported(world: World) -> None:
    """A pass names all that has ended by then, and nothing that has not."""
    first, second, _ = issue(world, DAY), issue(world, DAY), issue(world, DAY + 1)
    assert set(report_expired(world.home, NOW + DAY)) == {first, second}


def test_end_is_reported_once(world: World) -> None:
    """The next pass has nothing more to say about it."""
    issue(world)
    report_expired(world.home, NOW + DAY)
    assert report_expired(world.home, NOW + 2 * DAY) == []


def test_nothing_is_reported_before_its_end(world: World) -> None:
    """In its last second an assertion has not ended."""
    issue(world)
    assert report_expired(world.home, NOW + DAY - 1) == []


def test_missed_pass_is_made_up(world: World) -> None:
    """What ended while the job did not run is reported when it runs again."""
    jti = issue(world)
    assert report_expired(world.home, NOW + 30 * DAY) == [jti]


def test_pass_is_audited(world: World) -> None:
    """The auditors see that the job reported, and when."""
    issue(world)
    report_expired(world.home, NOW + DAY)
    told = world.events("audit")[-1]
    assert isinstance(told, ActPerformed)
    assert (told.act, told.caller, told.at) == ("expire", CALLER, NOW + DAY)


def test_pass_with_nothing_to_report_writes_nothing(world: World) -> None:
    """A job that runs every minute does not fill the audit lane."""
    issue(world)
    before = rows(world.home)
    report_expired(world.home, NOW)
    assert rows(world.home) == before


def test_audits_of_two_passes_differ(world: World) -> None:
    """The leaf commits to what was reported."""
    digests = []
    for day in (1, 2):
        issue(world, day * DAY)
        report_expired(world.home, NOW + day * DAY)
        told = world.events("audit")[-1]
        assert isinstance(told, ActPerformed)
        digests.append(told.sha256)
    assert digests[0] != digests[1]


def test_end_is_not_told_to_the_partner(world: World) -> None:
    """The end stands in the assertion; a leaf about it would say nothing new."""
    issue(world)
    before = world.events("KOR")
    report_expired(world.home, NOW + DAY)
    assert world.events("KOR") == before


def test_verdict_does_not_wait_for_the_report(world: World) -> None:
    """At its end an assertion is over, whether or not the job has run."""
    jti = issue(world)
    world.follow(now=NOW + DAY)
    verdict = world.verdict("KOR", jti, NOW + DAY)
    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_VALID, Reason.EXPIRED)


def test_revoked_assertion_that_ends_stays_revoked(world: World) -> None:
    """The report changes no standing."""
    jti = issue(world)
    world.revoke(jti)
    report_expired(world.home, NOW + DAY)
    assert world.issued(jti).revoked_at == NOW
