"""What a program that only knows JWT may look up: never live by mistake, never older, never another partner's."""

from dataclasses import replace

import pytest
from fakes.parties import AGREEMENTS, DAY, HOME, NOW, TREATY, key_of
from fakes.refusals import refused
from fakes.status import listed, read
from fakes.world import World, rows

from interchange.domain.keyring import Role
from interchange.domain.standing import HoldScope, Standing
from interchange.errors import Reason
from interchange.flows.status_lists import LIFE, TTL, publish_all, signed_list
from interchange.store import status_lists
from interchange.wire.envelope import parse_compact
from interchange.wire.status_list import MAX_STATUS_TOKEN

SLOTS = 16
"""Slots of a list in these tests, so that half of them can be filled."""


@pytest.fixture
def small(world: World) -> World:
    """A world whose new lists have few slots."""
    world.nodes[HOME] = replace(world.home, status_slots=SLOTS)
    return world


def slots(world: World, number: int = 1, now: int = NOW) -> list[int]:
    """Read all slots of one of Korea's lists."""
    status_list = listed(world, "KOR", number, now)
    return [status_list.status(idx) for idx in range(SLOTS)]


def issue(world: World, count: int = 1) -> list[str]:
    """Issue assertions to as many persons in one project."""
    project = world.open_project()
    return [world.issue(project, world.clear()) for _ in range(count)]


def test_slot_says_what_each_assertion_is_worth(small: World) -> None:
    """Live, revoked, held and expired each have their number, in the slot that the assertion names."""
    live, revoked, held = issue(small, 3)
    short = small.issue(small.open_project(), small.clear(), expires_at=NOW + 60)
    small.revoke(revoked)
    small.suspend(HoldScope.ASSERTION, held)
    found = listed(small, "KOR", now=NOW + 60)
    assert [found.status(small.issued(jti).idx) for jti in (live, revoked, held, short)] == [0, 1, 2, 3]


def test_slot_that_nobody_holds_never_reads_as_live(small: World) -> None:
    """Whoever forges an assertion with a free slot finds it expired."""
    taken = small.issued(issue(small)[0]).idx
    assert {status for idx, status in enumerate(slots(small)) if idx != taken} == {Standing.EXPIRED.value}


@pytest.mark.parametrize("scope", [HoldScope.SUBJECT, HoldScope.EMPLOYER, HoldScope.PROJECT, HoldScope.AGREEMENT])
def test_hold_of_any_scope_shows_in_the_slot(small: World, scope: HoldScope) -> None:
    """A hold on what an assertion rests on is a hold on it."""
    issued = small.issued(issue(small)[0])
    refs = {
        HoldScope.SUBJECT: issued.subject_id,
        HoldScope.EMPLOYER: issued.employer_id,
        HoldScope.PROJECT: issued.project_id,
        HoldScope.AGREEMENT: TREATY,
    }
    small.suspend(scope, refs[scope])
    assert slots(small)[issued.idx] == Standing.SUSPENDED.value


def test_lifted_hold_shows_in_the_slot(small: World) -> None:
    """After the lifting the slot is live again."""
    issued = small.issued(issue(small)[0])
    small.reinstate(small.suspend(HoldScope.SUBJECT, issued.subject_id))
    assert slots(small)[issued.idx] == Standing.VALID.value


def test_revoked_slot_stays_revoked_after_the_end(small: World) -> None:
    """A slot never goes from revoked to anything, not even to expired."""
    jti = small.issue(small.open_project(), small.clear(), expires_at=NOW + 60)
    small.revoke(jti)
    assert slots(small, now=NOW + DAY)[small.issued(jti).idx] == Standing.REVOKED.value


def test_slot_of_a_revoked_assertion_is_not_given_again(small: World) -> None:
    """The next assertion of the same participant has another slot."""
    first = issue(small)[0]
    small.revoke(first)
    issued = small.issued(first)
    second = small.issue(issued.project_id, issued.subject_id)
    assert small.issued(second).idx != issued.idx


def test_list_names_the_head_that_it_was_computed_from(small: World) -> None:
    """Size and root of the lane stand in the list, so that it can be held against a checkpoint."""
    issue(small)
    found, head = listed(small, "KOR"), small.follow()
    assert found.lane_size == head.size


def test_list_lives_for_a_quarter_of_an_hour(small: World) -> None:
    """A copy may be kept for five minutes, and is worth nothing after fifteen."""
    issue(small)
    found = listed(small, "KOR")
    assert (found.iat, found.ttl, found.exp) == (NOW, 300, NOW + 900)


def test_list_is_signed_by_the_status_key(small: World) -> None:
    """The key of no other role speaks for standing."""
    issue(small)
    token = signed_list(small.home, "KOR", small.home.names.status_uri("KOR", 1), NOW)
    assert parse_compact(token, "statuslist+jwt", MAX_STATUS_TOKEN).kid == key_of(HOME, Role.STATUS).kid


@pytest.mark.parametrize("change", ["revoke", "suspend", "issue"])
def test_list_is_signed_anew_when_the_lane_has_moved(small: World, change: str) -> None:
    """Whoever asks after a change gets the change."""
    jti = issue(small)[0]
    before = listed(small, "KOR").lane_size
    if change == "revoke":
        small.revoke(jti)
    elif change == "suspend":
        small.suspend(HoldScope.ASSERTION, jti)
    else:
        issue(small)
    assert listed(small, "KOR").lane_size == before + 1


def test_unchanged_list_is_not_signed_again_at_once(small: World) -> None:
    """Asking twice costs one signature."""
    issue(small)
    listed(small, "KOR")
    assert listed(small, "KOR", now=NOW + TTL // 2 - 1).iat == NOW


def test_expiry_is_shown_without_a_leaf(small: World) -> None:
    """An assertion ends by the clock; the list is signed anew for it though the lane stands still."""
    jti = small.issue(small.open_project(), small.clear(), expires_at=NOW + 60)
    listed(small, "KOR", now=NOW + 59)
    assert slots(small, now=NOW + 60)[small.issued(jti).idx] == Standing.EXPIRED.value


def test_clock_that_went_back_gives_no_older_list(small: World) -> None:
    """A list that was signed later is not displaced by one that says it was signed before."""
    issue(small)
    later = listed(small, "KOR", now=NOW + 1000)
    assert listed(small, "KOR", now=NOW).iat == later.iat


def test_list_over_a_smaller_lane_is_not_kept(small: World) -> None:
    """A slow signer cannot put an older list in the place of a newer one."""
    issue(small)
    newest = listed(small, "KOR")
    small.home.ledger.transact(lambda tx: status_lists.publish(tx, "KOR", 1, b"older", newest.lane_size - 1, NOW + 1))
    assert listed(small, "KOR").lane_size == newest.lane_size


def test_no_list_goes_back_over_the_life_of_a_lane(small: World) -> None:
    """Through all that can happen the lane size of the lists only grows."""
    sizes = []
    for step in range(4):
        jti = issue(small)[0]
        sizes.append(listed(small, "KOR", now=NOW + step).lane_size)
        small.revoke(jti, NOW + step)
        sizes.append(listed(small, "KOR", now=NOW + step).lane_size)
    assert sizes == sorted(set(sizes))


def test_list_of_another_partner_is_not_known(small: World) -> None:
    """Each partner is served its own lists, and learns nothing about whether there are others."""
    issue(small)
    with refused(Reason.NOT_KNOWN):
        signed_list(small.home, "AUS", small.home.names.status_uri("KOR", 1), NOW)


FOREIGN = [
    "https://demo.jpn.clearance.example/status/KOR/2",
    "https://jpn.clearance.example/status/KOR/1",
    "https://demo.kor.clearance.example/status/KOR/1",
    "https://demo.jpn.clearance.example/status/AUS/1",
]


@pytest.mark.parametrize("uri", FOREIGN)
def test_list_that_is_not_there_answers_like_one_of_somebody_else(small: World, uri: str) -> None:
    """Missing, of another authority, of another partner: one answer, in the same words."""
    issue(small)
    small.issue(small.open_project(), small.clear(), "AUS")
    with pytest.raises(Exception, match="not_known") as caught:
        signed_list(small.home, "KOR", uri, NOW)
    assert str(caught.value) == str(unknown(small))


def unknown(world: World) -> Exception:
    """Read the answer about a list that nobody has."""
    with pytest.raises(Exception, match="not_known") as caught:
        signed_list(world.home, "KOR", world.home.names.status_uri("KOR", 99), NOW)
    return caught.value


def test_lists_of_two_partners_are_apart(small: World) -> None:
    """What is revoked towards one shows in that one's list only."""
    project, subject = small.open_project(), small.clear()
    mine, theirs = (small.issue(project, subject, party) for party in AGREEMENTS)
    small.revoke(mine)
    other = listed(small, "AUS")
    assert other.status(small.issued(theirs).idx) == Standing.VALID.value


def test_new_list_begins_when_half_of_the_last_is_taken(small: World) -> None:
    """Eight of sixteen slots are taken, and the ninth assertion lies in the second list."""
    numbers = [small.issued(jti).list_number for jti in issue(small, SLOTS // 2 + 1)]
    assert numbers == [1] * (SLOTS // 2) + [2]


def test_first_list_goes_on_after_the_second_began(small: World) -> None:
    """An assertion stays where its slot is."""
    first = issue(small, SLOTS // 2 + 1)[0]
    small.revoke(first)
    assert slots(small)[small.issued(first).idx] == Standing.REVOKED.value


def test_every_slot_of_a_list_is_different(small: World) -> None:
    """No two assertions share a slot."""
    taken = [(small.issued(jti).list_number, small.issued(jti).idx) for jti in issue(small, SLOTS)]
    assert len(set(taken)) == SLOTS


def test_pass_signs_the_lists_of_all_partners(small: World) -> None:
    """The job leaves no list out."""
    project, subject = small.open_project(), small.clear()
    for party in AGREEMENTS:
        small.issue(project, subject, party)
    names = small.home.names
    assert publish_all(small.home, NOW) == [names.status_uri(party, 1) for party in sorted(AGREEMENTS)]


def test_pass_over_unchanged_lists_signs_nothing(small: World) -> None:
    """A second pass at once has nothing to do."""
    issue(small)
    publish_all(small.home, NOW)
    assert publish_all(small.home, NOW + TTL // 2 - 1) == []


def test_pass_signs_anew_before_the_copies_run_out(small: World) -> None:
    """At half its time to live a list is signed again, though nothing has changed."""
    issue(small)
    publish_all(small.home, NOW)
    assert publish_all(small.home, NOW + TTL // 2) == [small.home.names.status_uri("KOR", 1)]


def test_published_list_is_what_a_partner_gets(small: World) -> None:
    """Job and request sign the same list."""
    issue(small)
    (uri,) = publish_all(small.home, NOW)
    kept = rows(small.home)["status_lists"][0][4]
    assert isinstance(kept, bytes)
    assert read(small, kept, uri) == listed(small, "KOR")


def test_life_of_a_list_outlasts_its_renewal(small: World) -> None:
    """A partner that asks in time never holds a list that has run out."""
    assert LIFE > TTL + TTL // 2
