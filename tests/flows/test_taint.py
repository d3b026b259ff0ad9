"""What a tainted key signed counts if a witness had it before the thief, at the issuer's node and at a follower's."""

from dataclasses import replace
from itertools import permutations

import pytest
from fakes.narrowing import METI, RETIRED, SUSPENDED, TAINTED, issue, publish
from fakes.parties import HOME, NOW, DirectLink, admit_request, do, keyring_of, names_of, signed
from fakes.tainting import KID, LATE, TOLD, T, come_by, say, taint
from fakes.world import World

from interchange.domain.events import KeyRestricted, Restriction
from interchange.domain.keyring import Keyring
from interchange.domain.names import Names
from interchange.domain.verdict import Context
from interchange.errors import Reason
from interchange.flows import follow
from interchange.flows.audit import audit
from interchange.flows.knowledge import LedgerKnowledge
from interchange.flows.partners import ADMIT
from interchange.flows.verify import Examined, examine, verify
from interchange.store import projects

both = pytest.mark.parametrize("at", [HOME, "KOR"])


def folding(since: int | None) -> Keyring:
    """The next keyring, with the key as tainted as that."""
    keys = tuple(replace(key, tainted_since=since) if key.kid == KID else key for key in keyring_of(HOME).keys)
    return keyring_of(HOME, 2, keys=keys)


def judged(world: World, at: str, jti: str) -> Reason | None:
    """Let Korea hear the newest, and a node judge."""
    come_by(world, TOLD)
    return world.verdict(at, jti, now=TOLD).reason


@both
@pytest.mark.parametrize(("since", "reason"), [(NOW + 61, None), (NOW + 60, Reason.KEY_RESTRICTED)])
def test_what_was_witnessed_more_than_a_minute_before_counts(
    world: World, at: str, since: int, reason: Reason | None
) -> None:
    """One second decides, and a whole minute is not more than one."""
    jti = issue(world)
    come_by(world, NOW)
    taint(world, since)
    assert judged(world, at, jti) is reason


@both
def test_what_was_told_after_the_last_witness_counts_no_more(world: World, at: str) -> None:
    """The very next leaf is not below the size that was cosigned."""
    project = world.open_project()
    world.issue(project, world.clear())
    come_by(world, NOW)
    jti = world.issue(project, world.clear())
    come_by(world, LATE)
    taint(world)
    assert judged(world, at, jti) is Reason.KEY_RESTRICTED


@both
def test_time_in_the_assertion_does_not_save_it(world: World, at: str) -> None:
    """A thief writes any `iat`: what counts is when it was seen."""
    jti = issue(world)
    assert world.issued(jti).iat < T - 60
    come_by(world, LATE)
    taint(world)
    assert judged(world, at, jti) is Reason.KEY_RESTRICTED


def test_time_of_the_lane_key_does_not_save_it(world: World) -> None:
    """A thief of the lane key dates checkpoints back: a follower goes by its own clock."""
    jti = issue(world)
    come_by(world, LATE, signed=NOW)
    taint(world)
    assert judged(world, "KOR", jti) is Reason.KEY_RESTRICTED


@pytest.mark.parametrize(
    ("cosigned", "received", "reason"),
    [
        (NOW, NOW, None),
        (NOW, T - 60, Reason.KEY_RESTRICTED),
        (T - 60, T - 120, Reason.KEY_RESTRICTED),
        (T - 61, T - 121, None),
        (T - 121, T - 61, None),
    ],
)
def test_issuer_goes_by_the_later_of_cosignature_and_receipt(
    world: World, cosigned: int, received: int, reason: Reason | None
) -> None:
    """A line that was kept back shows nothing before it came, and one that is dated ahead nothing before its date."""
    jti = issue(world)
    come_by(world, cosigned, received=received)
    taint(world)
    assert judged(world, HOME, jti) is reason


@both
def test_what_was_witnessed_before_the_taint_was_told_is_no_excuse(world: World, at: str) -> None:
    """The thief had the key for a while until it was noticed, and what was signed then was followed as well."""
    jti = issue(world)
    come_by(world, LATE)
    taint(world)
    come_by(world, TOLD)
    assert world.verdict(at, jti, now=TOLD).reason is Reason.KEY_RESTRICTED


@both
def test_lane_that_nobody_followed_proves_nothing(world: World, at: str) -> None:
    """Without a witness nobody knows when the leaf came."""
    jti = issue(world)
    taint(world)
    assert judged(world, at, jti) is Reason.KEY_RESTRICTED


def test_half_a_catch_up_is_no_witness(world: World) -> None:
    """What is applied and not acknowledged yet is cosigned with the head, when that is reached."""
    project = world.open_project()
    jti, _ = (world.issue(project, world.clear()) for _ in range(2))
    link, reader = DirectLink(world.home, "KOR", NOW, world.issued(jti).n + 1), world["KOR"]
    step = follow.take(reader, link, HOME, link.fetch(follow.frontier_of(reader, HOME), 0), NOW)
    come_by(world, LATE)
    taint(world)
    assert (step.size, step.caught_up) == (world.issued(jti).n + 1, False)
    assert judged(world, "KOR", jti) is Reason.KEY_RESTRICTED


@both
def test_other_partners_witness_other_lanes(world: World, at: str) -> None:
    """That Australia saw its own lane says nothing of Korea's."""
    project = world.open_project()
    world.issue(project, world.clear(), "AUS")
    jti = world.issue(project, world.clear())
    world.follow("AUS")
    come_by(world, LATE)
    taint(world)
    assert judged(world, at, jti) is Reason.KEY_RESTRICTED


@both
def test_other_keys_are_not_concerned(world: World, at: str) -> None:
    """What they signed counts, whenever it was seen."""
    jti = issue(world)
    say(world, TAINTED, T, kid=keyring_of(HOME).keys[-1].kid)
    assert judged(world, at, jti) is None


# -- several words about one key --------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("order", [1, -1])
def test_of_several_taints_the_earliest_holds(world: World, at: str, order: int) -> None:
    """A later one, told after it or before, does not make the time longer."""
    jti = issue(world)
    come_by(world, LATE)
    for since in (T, LATE + 500)[::order]:
        taint(world, since)
    assert judged(world, at, jti) is Reason.KEY_RESTRICTED


@both
@pytest.mark.parametrize("order", list(permutations([RETIRED, SUSPENDED, TAINTED])))
def test_no_later_word_lifts_a_suspension(world: World, at: str, order: tuple[Restriction, ...]) -> None:
    """Though it would count by the taint alone."""
    jti = issue(world)
    come_by(world, NOW)
    for how in order:
        say(world, how, T if how is TAINTED else None)
    assert judged(world, at, jti) is Reason.KEY_RESTRICTED


@both
def test_retirement_lifts_no_taint(world: World, at: str) -> None:
    """The mildest word after the strictest changes nothing."""
    jti = issue(world)
    come_by(world, LATE)
    taint(world)
    say(world, RETIRED)
    assert judged(world, at, jti) is Reason.KEY_RESTRICTED


@both
def test_retired_and_tainted_key_keeps_what_was_witnessed(world: World, at: str) -> None:
    """Neither word takes that away."""
    jti = issue(world)
    come_by(world, NOW)
    say(world, RETIRED)
    taint(world)
    assert judged(world, at, jti) is None


# -- the next keyring -------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("since", "seen", "reason"), [(T, NOW, None), (T, LATE, Reason.KEY_RESTRICTED), (None, LATE, None)]
)
def test_keyring_that_follows_keeps_the_rule_of_the_witness(
    world: World, at: str, since: int | None, seen: int, reason: Reason | None
) -> None:
    """It folds the taint in, and the same counts as before; or root keys have lifted it."""
    jti = issue(world)
    come_by(world, seen)
    taint(world)
    publish(world, folding(since))
    assert judged(world, at, jti) is reason


@both
@pytest.mark.parametrize(("seen", "reason"), [(NOW, None), (LATE, Reason.KEY_RESTRICTED)])
def test_keyring_may_taint_where_no_lane_did(world: World, at: str, seen: int, reason: Reason | None) -> None:
    """Root keys say it alone."""
    jti = issue(world)
    come_by(world, seen)
    publish(world, folding(T))
    assert judged(world, at, jti) is reason


@both
def test_lane_may_date_back_what_the_keyring_taints(world: World, at: str) -> None:
    """Of both the earliest holds."""
    jti = issue(world)
    come_by(world, LATE)
    publish(world, folding(LATE + 500))
    taint(world)
    assert judged(world, at, jti) is Reason.KEY_RESTRICTED


# -- who asked before, and who comes later ----------------------------------------------------------------------


@both
@pytest.mark.parametrize("how", [SUSPENDED, TAINTED])
def test_nothing_that_was_answered_before_outlives_a_restriction(world: World, at: str, how: Restriction) -> None:
    """The same knowledge is asked about the same bytes before and after."""
    jti = issue(world)
    come_by(world, LATE)
    knowledge, token, context = LedgerKnowledge(world[at]), world.token(jti), context_of(world, jti)
    before = verify(token, knowledge, replace(context, now=LATE)).reason
    say(world, how, T if how is TAINTED else None)
    come_by(world, TOLD)
    assert (before, verify(token, knowledge, context).reason) == (None, Reason.KEY_RESTRICTED)


@both
@pytest.mark.parametrize("dropped", [False, True])
def test_keyring_that_comes_in_the_middle_of_a_question_counts(world: World, at: str, dropped: bool) -> None:
    """The key was looked up before the keyring that taints or drops it, what the lane told after."""
    jti = issue(world)
    come_by(world, LATE)
    knowledge, context = LedgerKnowledge(world[at]), context_of(world, jti)
    read = examine(world.token(jti), knowledge, context)
    assert isinstance(read, Examined)
    ring = folding(T)
    publish(world, replace(ring, keys=tuple(key for key in ring.keys if not dropped or key.kid != KID)))
    come_by(world, TOLD)
    assert knowledge.facts(read.assertion, read.record, context).restricted


def context_of(world: World, jti: str) -> Context:
    """Ask as the audience, for the project that it is for."""
    issued = world.issued(jti)
    project = world.home.ledger.read(lambda tx: projects.get(tx, issued.project_id))
    partner = project.partner(issued.party) if project else None
    assert partner is not None
    return Context(names_of(issued.party).uri, partner.reference, TOLD, accept_working=True)


def test_partner_that_is_admitted_later_hears_all_of_it(world: World) -> None:
    """Since when, and that it was suspended besides."""
    say(world, SUSPENDED)
    taint(world, T + 9)
    taint(world)
    do(world.home, ADMIT, admit_request("GBR", signed(keyring_of("GBR"), "GBR")))
    told = [event for event in world.events("GBR") if isinstance(event, KeyRestricted)]
    assert told == [KeyRestricted(KID, SUSPENDED), KeyRestricted(KID, TAINTED, T)]


@pytest.mark.parametrize("party", [HOME, "KOR"])
def test_audit_finds_nothing_wrong_with_taints(world: World, party: str) -> None:
    """Told, folded in and told again."""
    taint(world)
    publish(world, folding(T))
    say(world, SUSPENDED)
    come_by(world, TOLD)
    assert audit(world[party]).faults == ()


TAMPERED = {
    "a taint dated later": "UPDATE told_restrictions SET since = since + 1",
    "a taint taken away": "DELETE FROM told_restrictions",
    "a taint folded into a keyring that came before": "UPDATE told_restrictions SET folded_in = 1",
    "a taint folded into a keyring that never came": "UPDATE told_restrictions SET folded_in = 7",
}


@both
@pytest.mark.parametrize("name", TAMPERED)
def test_audit_finds(world: World, at: str, name: str) -> None:
    """Whatever would let a key count for more than was told is named."""
    taint(world)
    come_by(world, TOLD)
    world[at].ledger.transact(lambda tx: tx.exec_driver_sql(TAMPERED[name]))
    assert [fault for fault in audit(world[at]).faults if "the table of restrictions differs" in fault]


@both
def test_audit_finds_more_witnessed_than_was_cosigned(world: World, at: str) -> None:
    """Such a row would prove what nobody saw."""
    issue(world)
    come_by(world, NOW)
    origin = Names(METI.authority, HOME).lane("KOR", 1)
    added = f"INSERT INTO witnessed VALUES ('{origin}', 999, 1)"
    world[at].ledger.transact(lambda tx: tx.exec_driver_sql(added))
    assert [fault for fault in audit(world[at]).faults if "more is said to be witnessed" in fault]


def test_assertion_names_the_key_that_signed_it(world: World) -> None:
    """So that what a key signed is found when it has to be issued anew."""
    assert world.issued(issue(world)).kid == KID
