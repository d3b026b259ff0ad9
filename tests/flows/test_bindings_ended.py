"""Identity bindings at the issuer: what is left of them, and what the audit finds."""

from dataclasses import replace

import pytest
from fakes.bindings import (
    NEW_PAPERS,
    WHO,
    asserted,
    bound,
    bytes_kept,
    change_papers,
    confirm,
    digest,
    fetched,
    opened,
    recorded,
    send,
)
from fakes.parties import NOW, do
from fakes.people import consent, register, settle
from fakes.refusals import refused
from fakes.world import World, rows

from interchange.domain.binding import SentBinding
from interchange.domain.consent import ASSERTED, BOUND
from interchange.domain.events import AssertionIssued, BindingEnded, BindingSent
from interchange.domain.verdict import Outcome
from interchange.errors import Reason
from interchange.flows import bindings
from interchange.flows.audit import audit
from interchange.flows.consents import WITHDRAW, WithdrawRequest

LATER = NOW + 3600


# -- what is left of it --------------------------------------------------------------------------------------------


def test_confirmed_match_deletes_the_sealed_bytes(world: World) -> None:
    """The row stays, without content; when it was confirmed stays too."""
    found = bound(world)
    confirm(world, found.jti, found.sha256, now=LATER)
    expected = SentBinding(found.jti, found.sha256, "KOR", "JPN/METI", NOW, confirmed_at=LATER)
    assert (bytes_kept(world), recorded(world, found.jti, found.sha256)) == ([None], expected)


def test_sealed_bytes_are_nowhere_once_they_are_deleted(world: World) -> None:
    """Not in another table either."""
    found = bound(world)
    content = fetched(world, found.jti)
    confirm(world, found.jti, found.sha256)
    values = [value for table in rows(world.home).values() for row in table for value in row]
    assert content not in values


def test_somebody_else_at_the_gate_leaves_the_binding_there(world: World) -> None:
    """And is seen by whoever looks the binding up."""
    found = bound(world)
    confirm(world, found.jti, found.sha256, matched=False, now=LATER)
    expected = SentBinding(found.jti, found.sha256, "KOR", "JPN/METI", NOW, unmatched_at=LATER)
    assert (len(bytes_kept(world)), recorded(world, found.jti, found.sha256)) == (1, expected)
    assert bytes_kept(world) != [None]


@pytest.mark.parametrize(
    ("party", "change"), [("AUS", ""), ("KOR", "sha256"), ("KOR", "jti")], ids=["other party", "digest", "assertion"]
)
def test_nobody_confirms_what_was_not_sent_to_them(world: World, party: str, change: str) -> None:
    """A foreign binding is as unknown as one that never was."""
    found = bound(world)
    jti = world.home.chance.uuid() if change == "jti" else found.jti
    with refused(Reason.NOT_KNOWN):
        confirm(world, jti, digest(b"other") if change == "sha256" else found.sha256, party=party)


def test_after_a_match_another_binding_can_be_sent(world: World) -> None:
    """The person may come to the gate again; the lane then tells the newer digest."""
    found = bound(world)
    confirm(world, found.jti, found.sha256)
    again = found.send(LATER)
    told = [event for event in world.events("KOR") if isinstance(event, BindingSent)]
    assert (told, again != told[0].sha256) == ([BindingSent(found.jti, each.sha256) for each in told], True)


# -- its end -------------------------------------------------------------------------------------------------------


def test_change_of_papers_ends_the_binding_and_nothing_else(world: World) -> None:
    """One event, which names the binding's end; clearance and assertion are as good as before."""
    found = bound(world)
    before = len(world.events("KOR"))
    change_papers(world, found.subject_id)
    world.follow()
    told = world.events("KOR")[before:]
    assert (told, bytes_kept(world), world.verdict("KOR", found.jti).outcome) == (
        [BindingEnded(found.jti)],
        [None],
        Outcome.VALID,
    )


def test_change_of_papers_ends_a_binding_that_was_matched(world: World) -> None:
    """The partner knows the person by papers that are no longer theirs."""
    found = bound(world)
    confirm(world, found.jti, found.sha256)
    change_papers(world, found.subject_id)
    assert world.events("KOR")[-1] == BindingEnded(found.jti)


def test_change_of_papers_tells_nobody_who_was_told_nothing(world: World) -> None:
    """Without a binding, papers are no partner's business."""
    jti, subject_id = asserted(world)
    change_papers(world, subject_id)
    assert isinstance(world.events("KOR")[-1], AssertionIssued)
    assert world.issued(jti).revoked_at is None


def test_change_of_papers_of_a_revoked_assertion_is_not_told(world: World) -> None:
    """What is worthless need not be ended; its bytes go all the same."""
    found = bound(world)
    world.revoke(found.jti)
    before = world.events("KOR")
    change_papers(world, found.subject_id)
    assert (world.events("KOR"), bytes_kept(world)) == (before, [None])


def test_change_of_papers_ends_the_bindings_to_all_partners(world: World) -> None:
    """Each partner hears of its own."""
    jti, subject_id = asserted(world)
    other = world.issue(world.open_project(), subject_id, "AUS")
    for each in (jti, other):
        send(world, each)
    change_papers(world, subject_id)
    assert [world.events(party)[-1] for party in ("KOR", "AUS")] == [BindingEnded(jti), BindingEnded(other)]


def test_after_a_change_of_papers_the_new_ones_can_be_sent(world: World) -> None:
    """The next binding names the new document."""
    found = bound(world)
    change_papers(world, found.subject_id)
    found.send(LATER)
    assert opened(world, found.jti).identity == NEW_PAPERS


def test_papers_of_somebody_else_end_nothing(world: World) -> None:
    """One person's passport is not another's."""
    found = bound(world)
    other = register(world.home, replace(NEW_PAPERS, family="小野"))
    changed = replace(NEW_PAPERS, presented=replace(WHO.presented, document_number="TZ0000001"))
    change_papers(world, other, changed)
    assert world.events("KOR")[-1] == BindingSent(found.jti, found.sha256)


def test_officer_can_end_a_binding(world: World) -> None:
    """As for a partner that has lost its key; another one can be sent then."""
    found = bound(world)
    do(world.home, bindings.END, bindings.EndRequest(found.jti))
    ended = world.events("KOR")[-1], bytes_kept(world)
    found.send(LATER)
    assert (ended, opened(world, found.jti).identity) == ((BindingEnded(found.jti), [None]), WHO)


@pytest.mark.parametrize("state", ["never sent", "ended", "unknown"])
def test_what_does_not_hold_is_not_ended(world: World, state: str) -> None:
    """There is nothing to end."""
    jti = asserted(world)[0]
    if state == "ended":
        send(world, jti)
        do(world.home, bindings.END, bindings.EndRequest(jti))
    if state == "unknown":
        jti = world.home.chance.uuid()
    with refused(Reason.NOT_KNOWN):
        do(world.home, bindings.END, bindings.EndRequest(jti))


def test_withdrawn_consent_to_the_items_ends_the_binding(world: World) -> None:
    """The assertion stands on another consent; the name does not."""
    home, subject_id = world.home, register(world.home, WHO)
    consent(home, subject_id, "KOR", items=ASSERTED)
    named = consent(home, subject_id, "KOR", items=BOUND)
    settle(home, "JPN/SDS", organ="JPN/METI", subject_id=subject_id)
    jti = world.issue(world.open_project(), subject_id)
    send(world, jti)
    do(home, WITHDRAW, WithdrawRequest(named))
    found = (world.events("KOR")[-1], bytes_kept(world), world.issued(jti).revoked_at)
    assert found == (BindingEnded(jti), [None], None)


# -- the audit -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["waits", "confirmed", "ended", "sent again"])
def test_audit_finds_nothing_against_bindings_in_order(world: World, state: str) -> None:
    """At the issuer and at the partner."""
    found = bound(world)
    if state in {"confirmed", "sent again"}:
        confirm(world, found.jti, found.sha256)
    if state == "sent again":
        found.send(LATER)
    if state == "ended":
        change_papers(world, found.subject_id)
    world.follow(now=LATER)
    assert [audit(node).faults for node in (world.home, world["KOR"])] == [(), ()]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE told_bindings SET sha256 = NULL",
        "UPDATE told_bindings SET sha256 = 'AAAA'",
        "DELETE FROM told_bindings",
        "UPDATE bindings SET sealed = x'00'",
        "UPDATE bindings SET sha256 = 'AAAA'",
    ],
)
def test_audit_finds_an_edited_row(world: World, statement: str) -> None:
    """The leaves say what was told, and their digest what was sealed."""
    bound(world)
    world.home.ledger.transact(lambda tx: tx.exec_driver_sql(statement))
    assert len(audit(world.home).faults) == 1
