"""Was it valid then, as known then: answered from what a witness had seen by then, whatever was learnt afterwards."""

from dataclasses import replace
from typing import Any

import pytest
from fakes.narrowing import SUSPENDED, TAINTED, issue, publish
from fakes.parties import AGREEMENTS, DAY, HOME, NOW, keyring_of, names_of
from fakes.refusals import refused
from fakes.tainting import KID, LATE, TOLD, T, come_by, say, taint
from fakes.world import World

from interchange.domain.past import PastOutcome, PastVerdict
from interchange.domain.standing import HoldScope
from interchange.domain.verdict import ORDER, Context, Step
from interchange.errors import Reason
from interchange.flows.historic import verify_as_known
from interchange.store import projects

both = pytest.mark.parametrize("at", [HOME, "KOR"])
WAS_VALID, WAS_NOT_VALID, NOT_SHOWN = PastOutcome
TODAY = NOW + 9 * DAY


def asked(world: World, at: str, jti: str, on: int, **context: Any) -> PastVerdict:  # noqa: ANN401
    """Ask a node about an instant, long after it."""
    issued = world.issued(jti)
    project = world.home.ledger.read(lambda tx: projects.get(tx, issued.project_id))
    partner = project.partner(issued.party) if project else None
    assert partner is not None
    about = replace(Context(names_of(issued.party).uri, partner.reference, on, accept_working=True), **context)
    return verify_as_known(world[at], world.token(jti), about, TODAY)


def answer(world: World, at: str, jti: str, on: int) -> tuple[PastOutcome, Reason | None]:
    """Ask, and take the outcome with its reason."""
    verdict = asked(world, at, jti, on)
    return verdict.outcome, verdict.reason


@both
def test_it_was_valid_once_it_was_witnessed(world: World, at: str) -> None:
    """With every step passed, and what the answer rests on."""
    jti = issue(world)
    come_by(world, LATE)
    verdict = asked(world, at, jti, LATE)
    assert (verdict.outcome, verdict.reason, verdict.passed) == (WAS_VALID, None, ORDER)
    assert (verdict.known_on, verdict.size, verdict.witnessed_at) == (LATE, world.issued(jti).n + 1, LATE)


@both
def test_it_is_not_shown_before_it_was_witnessed(world: World, at: str) -> None:
    """One second before nobody had seen it, though it was signed long before."""
    jti = issue(world)
    come_by(world, LATE)
    assert answer(world, at, jti, LATE - 1) == (NOT_SHOWN, Reason.NOT_IN_LANE)


@both
def test_what_the_lane_told_only_later_is_not_shown(world: World, at: str) -> None:
    """Others were seen by then, this one was not."""
    project = world.open_project()
    world.issue(project, world.clear())
    come_by(world, NOW)
    jti = world.issue(project, world.clear())
    come_by(world, LATE)
    assert answer(world, at, jti, LATE - 1) == (NOT_SHOWN, Reason.NOT_IN_LANE)


@both
def test_what_was_revoked_later_was_valid_then(world: World, at: str) -> None:
    """As known then; from its witness on it was not."""
    jti = issue(world)
    come_by(world, NOW)
    world.revoke(jti)
    come_by(world, LATE)
    found = [answer(world, at, jti, on) for on in (LATE - 1, LATE)]
    assert found == [(WAS_VALID, None), (WAS_NOT_VALID, Reason.REVOKED)]


@both
@pytest.mark.parametrize("scope", [HoldScope.ASSERTION, HoldScope.PROJECT, HoldScope.AGREEMENT])
def test_hold_counts_while_it_was_known(world: World, at: str, scope: HoldScope) -> None:
    """From the witness of its opening to the witness of its lifting, though it is lifted today."""
    jti = issue(world)
    refs = {HoldScope.PROJECT: world.issued(jti).project_id, HoldScope.AGREEMENT: AGREEMENTS["KOR"]}
    come_by(world, NOW)
    hold = world.suspend(scope, refs.get(scope, jti))
    come_by(world, LATE)
    world.reinstate(hold)
    come_by(world, TOLD)
    found = [answer(world, at, jti, on) for on in (LATE - 1, LATE, TOLD - 1, TOLD)]
    held = (WAS_NOT_VALID, Reason.SUSPENDED)
    assert found == [(WAS_VALID, None), held, held, (WAS_VALID, None)]


@both
def test_hold_on_something_else_counts_for_nothing(world: World, at: str) -> None:
    """Another assertion of the same project was held."""
    project = world.open_project()
    jti, other = (world.issue(project, world.clear()) for _ in range(2))
    world.suspend(HoldScope.ASSERTION, other)
    come_by(world, LATE)
    assert answer(world, at, jti, LATE) == (WAS_VALID, None)


@both
def test_suspension_of_the_key_counts_once_it_was_known(world: World, at: str) -> None:
    """And no more under the keyring that lifted it."""
    jti = issue(world)
    come_by(world, NOW)
    say(world, SUSPENDED)
    come_by(world, LATE)
    publish_at(world, TOLD)
    found = [answer(world, at, jti, on) for on in (LATE - 1, LATE, TOLD - 1, TOLD)]
    restricted = (WAS_NOT_VALID, Reason.KEY_RESTRICTED)
    assert found == [(WAS_VALID, None), restricted, restricted, (WAS_VALID, None)]


def publish_at(world: World, at: int) -> None:
    """Publish the next keyring, which all have from an instant on."""
    publish(world, keyring_of(HOME, 2))
    come_by(world, at)
    late = f"UPDATE keyrings SET installed_at = {at} WHERE number = 2"
    for party in (HOME, "KOR"):
        world[party].ledger.transact(lambda tx: tx.exec_driver_sql(late))


@both
@pytest.mark.parametrize(("seen", "afterwards"), [(NOW, None), (LATE, Reason.KEY_RESTRICTED)])
def test_taint_counts_once_it_was_known(world: World, at: str, seen: int, afterwards: Reason | None) -> None:
    """Before, nobody knew of the thief; then the witness decides as it does today."""
    jti = issue(world)
    come_by(world, seen)
    taint(world, T)
    come_by(world, TOLD)
    found = [answer(world, at, jti, on)[1] for on in (TOLD - 1, TOLD)]
    assert found == [None, afterwards]


@both
def test_taint_by_a_keyring_counts_from_when_it_was_in_force(world: World, at: str) -> None:
    """The keyring of then says what the key was worth then."""
    jti = issue(world)
    come_by(world, LATE)
    ring = keyring_of(HOME, 2)
    keys = tuple(replace(key, tainted_since=T) if key.kid == KID else key for key in ring.keys)
    publish(world, replace(ring, keys=keys))
    come_by(world, TOLD)
    for party in (HOME, "KOR"):
        late = f"UPDATE keyrings SET installed_at = {TOLD} WHERE number = 2"
        world[party].ledger.transact(lambda tx: tx.exec_driver_sql(late))  # noqa: B023 - run at once
    found = [answer(world, at, jti, on)[1] for on in (TOLD - 1, TOLD)]
    assert found == [None, Reason.KEY_RESTRICTED]


@both
def test_expiry_is_as_of_then(world: World, at: str) -> None:
    """On its last second it was valid, and from the next on not."""
    project = world.open_project()
    jti = world.issue(project, world.clear(), expires_at=LATE + 7)
    come_by(world, LATE)
    found = [answer(world, at, jti, on) for on in (LATE + 6, LATE + 7)]
    assert found == [(WAS_VALID, None), (WAS_NOT_VALID, Reason.EXPIRED)]


@both
def test_age_of_the_witness_is_told_and_not_limited(world: World, at: str) -> None:
    """Days later nothing else was heard: whoever asks weighs it."""
    jti = issue(world)
    come_by(world, NOW)
    verdict = asked(world, at, jti, NOW + 5 * DAY, max_age=900)
    assert (verdict.outcome, verdict.witnessed_at) == (WAS_VALID, NOW)


@both
def test_keyring_that_had_expired_vouches_for_nothing(world: World, at: str) -> None:
    """It is stale, and so is what rests on it."""
    jti = issue(world)
    come_by(world, NOW)
    publish_short(world)
    assert answer(world, at, jti, NOW + DAY) == (NOT_SHOWN, Reason.KEYRING_EXPIRED)


def publish_short(world: World) -> None:
    """Publish a keyring of one hour."""
    publish(world, keyring_of(HOME, 2, expires=NOW + 3600))
    come_by(world, NOW)


@both
def test_key_was_unknown_before_its_keyring(world: World, at: str) -> None:
    """The node had no keyring yet."""
    jti = issue(world)
    come_by(world, NOW)
    verdict = asked(world, at, jti, NOW - 1)
    assert (verdict.outcome, verdict.reason, verdict.passed) == (WAS_NOT_VALID, Reason.KEY_UNKNOWN, (Step.ENVELOPE,))


@both
def test_what_no_lane_ever_told_was_not_valid(world: World, at: str) -> None:
    """The lane of then is known, and it has no such leaf; the same token of another digest neither."""
    jti = issue(world)
    come_by(world, NOW)
    forget = "DELETE FROM told WHERE jti = :jti"
    world[at].ledger.transact(lambda tx: tx.exec_driver_sql(forget, {"jti": jti}))
    assert answer(world, at, jti, LATE) == (WAS_NOT_VALID, Reason.NOT_IN_LANE)


def test_lane_that_lacks_leaves_shows_nothing(world: World) -> None:
    """A revocation may be among them."""
    jti = issue(world)
    come_by(world, NOW)
    lane = world.issued(jti).origin
    world.home.highwater.raise_to(lane, 999, b"x" * 32)
    assert answer(world, HOME, jti, LATE) == (NOT_SHOWN, Reason.NOT_IN_LANE)


@both
def test_future_is_not_known(world: World, at: str) -> None:
    """Nobody answers for what is still to come."""
    jti = issue(world)
    with refused(Reason.DATE_ABSURD, "known_on"):
        asked(world, at, jti, TODAY + 1)


@both
def test_taint_told_today_changes_nothing_of_the_past(world: World, at: str) -> None:
    """Though today the same assertion is refused."""
    jti = issue(world)
    come_by(world, LATE)
    say(world, TAINTED, T)
    come_by(world, TOLD)
    now = world.verdict(at, jti, now=TOLD).reason
    assert (now, answer(world, at, jti, LATE)) == (Reason.KEY_RESTRICTED, (WAS_VALID, None))
