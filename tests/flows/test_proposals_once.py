"""What two people signed is carried out once, as of now, and not after the proposal has ended."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copy
from threading import Barrier, Thread

from fakes.parties import HOME, NOW, do, keyring_of, open_node, signed, strict_rulebook
from fakes.people import employ, identity, register
from fakes.refusals import refused
from fakes.signing import (
    KEEPER,
    KEEPERS_COLLEAGUE,
    SATO,
    SUZUKI,
    TANAKA,
    Person,
    ask,
    asserting,
    edit,
    held,
    is_lifted,
    issuing,
    lifting,
    look,
    only_sign,
    propose,
    say,
    signatures,
    strict,
    word,
)
from fakes.world import World, rows

from interchange.domain.events import ActPerformed
from interchange.domain.keyring import ED25519
from interchange.domain.proposals import LIFE, Outcome
from interchange.domain.standing import HoldScope
from interchange.errors import Reason, Refusal
from interchange.flows.clearances import RECORD, PaperGrant, RecordRequest
from interchange.flows.issue import ISSUE, IssueRequest
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.flows.proposals import carry_out, sign
from interchange.flows.withdraw import REINSTATE, ReinstateRequest
from interchange.store import clearances


def acts(world: World) -> list[str]:
    """List what the auditors were told, oldest first."""
    return [event.act for event in world.events("audit") if isinstance(event, ActPerformed)]


def test_rejected_proposal_does_nothing_more(world: World) -> None:
    """One person's no is enough, and nobody's yes after it."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    say(node, proposal, SATO)
    assert say(node, proposal, SUZUKI, approves=False).outcome is Outcome.REJECTED
    with refused(Reason.PROPOSAL_ENDED):
        say(node, proposal, TANAKA)
    assert not is_lifted(node, hold)


def test_whoever_proposed_takes_it_back(world: World) -> None:
    """As a rejection of one's own."""
    node = strict(world)
    proposal = lifting(node, held(world))
    assert say(node, proposal, SATO, approves=False).outcome is Outcome.REJECTED


def test_last_second_of_a_proposal_is_one_of_it(world: World) -> None:
    """Seven days, to the second."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    say(node, proposal, SATO)
    say(node, proposal, SUZUKI, now=NOW + LIFE - 1)
    assert is_lifted(node, hold)


def test_expired_proposal_does_nothing_more(world: World) -> None:
    """From its end on nobody can sign it."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    say(node, proposal, SATO)
    with refused(Reason.PROPOSAL_ENDED):
        say(node, proposal, SUZUKI, now=NOW + LIFE)
    assert not is_lifted(node, hold)


def test_signed_proposal_that_has_expired_is_not_carried_out(world: World) -> None:
    """Two signatures of before do not help after."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    for person in (SATO, SUZUKI):
        only_sign(node, proposal, person)
    assert (carry_out(node, proposal.proposal_id, NOW + LIFE), is_lifted(node, hold)) == (None, False)


def test_executed_proposal_does_nothing_more(world: World) -> None:
    """A third signature comes too late."""
    node = strict(world)
    proposal = lifting(node, held(world))
    for person in (SATO, SUZUKI):
        say(node, proposal, person)
    with refused(Reason.PROPOSAL_ENDED):
        say(node, proposal, TANAKA)


def test_concurrent_approvals_carry_it_out_once(world: World) -> None:
    """Eight people approve at one moment; each is told that it is done or that it has ended, and it is done once."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    say(node, proposal, SATO)
    people, outcomes = [Person(f"officer-{number}") for number in range(8)], []
    words = [(word(proposal, person), node.chance.uuid()) for person in people]
    together = Barrier(len(people))

    def approve(number: int) -> None:
        together.wait()
        said, request_id = words[number]
        try:
            outcomes.append(sign(node, said, request_id=request_id, now=NOW).outcome.value)
        except Refusal as refusal:
            outcomes.append(refusal.reason.code)

    threads = [Thread(target=approve, args=(number,)) for number in range(len(people))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (acts(world).count("reinstate"), is_lifted(node, hold)) == (1, True)
    assert set(outcomes) <= {Outcome.EXECUTED.value, Reason.PROPOSAL_ENDED.code}


def test_crash_between_signature_and_execution_is_made_up_by_the_same_request(world: World) -> None:
    """Whoever did not get the answer asks again, and then it is carried out."""
    hold = held(world)
    node = strict(world)
    proposal, request_id = lifting(node, hold), node.chance.uuid()
    say(node, proposal, SATO)
    only_sign(node, proposal, SUZUKI, request_id)
    before = is_lifted(node, hold)
    after = say(node, proposal, SUZUKI, request_id=request_id)
    assert (before, after.outcome, acts(world).count("reinstate")) == (False, Outcome.EXECUTED, 1)


def test_repeated_signature_is_recorded_once(world: World) -> None:
    """Although a signature with a random part is another one each time."""
    node = strict(world)
    proposal, request_id = lifting(node, held(world)), node.chance.uuid()
    say(node, proposal, SUZUKI, request_id=request_id)
    before = rows(node)
    say(node, proposal, SUZUKI, request_id=request_id)
    assert rows(node) == before


def test_hold_that_came_between_refuses_what_was_approved(world: World) -> None:
    """Decided again when it is carried out; the proposal stays open, and the signature with it."""
    asked = asserting(world)
    node = strict(world)
    proposal = propose(node, ISSUE, asked)
    say(node, proposal, SATO)
    world.suspend(HoldScope.SUBJECT, asked.subject_id)
    with refused(Reason.HELD):
        say(node, proposal, SUZUKI)
    assert (look(node, proposal).outcome, len(signatures(node, proposal))) == (Outcome.OPEN, 2)


def test_approved_act_is_carried_out_once_nothing_is_in_its_way(world: World) -> None:
    """Whoever approved repeats the call."""
    asked, alone = asserting(world), world.home
    node = strict(world)
    proposal, request_id = propose(node, ISSUE, asked), node.chance.uuid()
    say(node, proposal, SATO)
    hold = world.suspend(HoldScope.SUBJECT, asked.subject_id)
    with refused(Reason.HELD):
        say(node, proposal, SUZUKI, request_id=request_id)
    do(alone, REINSTATE, ReinstateRequest(hold))
    assert say(node, proposal, SUZUKI, request_id=request_id).outcome is Outcome.EXECUTED


def test_assertion_is_issued_as_of_its_approval(world: World) -> None:
    """It is decided anew, so that it begins when it is approved."""
    node, proposal = issuing(world)
    say(node, proposal, SATO)
    jti = say(node, proposal, SUZUKI, now=NOW + 86_400).result
    assert world.claims(jti)["iat"] == NOW + 86_400


def test_lower_tier_is_issued_by_one_person(world: World) -> None:
    """The nation's rules name the levels whose issue needs two."""
    project, subject = world.open_project(), world.clear("JPN/CESI")
    node = strict(world)
    assert do(node, ISSUE, IssueRequest(project, "AUS", subject))


def test_original_request_answers_the_proposal_and_then_the_result(world: World) -> None:
    """Whoever asked repeats the request, and learns what became of it."""
    hold = held(world)
    node = strict(world)
    request_id, asked = node.chance.uuid(), ReinstateRequest(hold)
    proposal = ask(node, REINSTATE, asked, request_id).proposal
    assert proposal is not None
    again = ask(node, REINSTATE, asked, request_id)
    for person in (SATO, SUZUKI):
        say(node, proposal, person)
    last = ask(node, REINSTATE, asked, request_id)
    assert (again.proposal, again.replayed, last.result, last.proposal) == (proposal, True, hold, None)


def test_original_request_shows_that_it_was_rejected(world: World) -> None:
    """Repeating it does not propose it again."""
    hold = held(world)
    node = strict(world)
    request_id, asked = node.chance.uuid(), ReinstateRequest(hold)
    proposal = ask(node, REINSTATE, asked, request_id).proposal
    assert proposal is not None
    say(node, proposal, SUZUKI, approves=False)
    again = ask(node, REINSTATE, asked, request_id).proposal
    assert again is not None
    assert again.outcome is Outcome.REJECTED


def test_original_request_whose_proposal_is_no_longer_kept_is_over(world: World) -> None:
    """What was never carried out is not taken for done when its papers are gone."""
    hold = held(world)
    node = strict(world)
    request_id, asked = node.chance.uuid(), ReinstateRequest(hold)
    ask(node, REINSTATE, asked, request_id)
    edit(node, "DELETE FROM proposals")
    with refused(Reason.PROPOSAL_ENDED):
        ask(node, REINSTATE, asked, request_id)


def test_audit_lane_has_proposal_signatures_and_act(world: World) -> None:
    """Each step is a leaf, under the name of who took it; the act under that of who proposed it."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    for person in (SATO, SUZUKI):
        say(node, proposal, person)
    told = [event for event in world.events("audit")[-4:] if isinstance(event, ActPerformed)]
    assert [(event.act, event.caller) for event in told] == [
        ("propose", SATO.spiffe),
        ("sign_proposal", SATO.spiffe),
        ("sign_proposal", SUZUKI.spiffe),
        ("reinstate", SATO.spiffe),
    ]


def test_record_of_many_clearances_is_one_proposal(world: World) -> None:
    """A second person approves the whole of it, once."""
    employ(world.home, "employer-1", "JPN/SDS")
    people = [register(world.home, identity(number)) for number in range(20)]
    node = strict(world)
    grants = [PaperGrant(person, "JPN/METI", "JPN/SDS", date(2026, 4, 1), "employer-1") for person in people]
    proposal = propose(node, RECORD, RecordRequest(tuple(grants)))
    say(node, proposal, SATO)
    before = len(node.ledger.read(clearances.page))
    say(node, proposal, SUZUKI)
    assert (before, len(node.ledger.read(clearances.page))) == (0, 20)


def test_keyring_that_two_root_keys_must_sign_is_published_at_once(world: World) -> None:
    """The holders of the root keys are the two people."""
    node = strict(world)
    assert ask(node, PUBLISH, PublishRequest(signed(keyring_of(HOME, 2), HOME)), node.chance.uuid(), KEEPER).result


def test_first_keyring_is_published_by_one(sqlite_template: Path, tmp_path: Path) -> None:
    """Before it there is no auditors' lane, and nobody whom the node could ask."""
    copy(sqlite_template, tmp_path / "ledger.db")
    node = replace(open_node(HOME, tmp_path, "first"), rulebook=strict_rulebook())
    ring = replace(keyring_of(HOME), thresholds={ED25519: 1})
    assert ask(node, PUBLISH, PublishRequest(signed(ring, HOME)), node.chance.uuid(), KEEPER).result == "1"


def test_keyring_after_one_that_a_single_root_key_signs_needs_a_second_administrator(world: World) -> None:
    """Where one root key is enough, the second person is here."""
    weak = keyring_of(HOME, 2)
    do(world.home, PUBLISH, PublishRequest(signed(replace(weak, thresholds={ED25519: 1}), HOME)))
    node = strict(world)
    proposal = propose(node, PUBLISH, PublishRequest(signed(keyring_of(HOME, 3), HOME, 1, 2, 3)), KEEPER)
    say(node, proposal, KEEPER)
    assert say(node, proposal, KEEPERS_COLLEAGUE).result == "3"
