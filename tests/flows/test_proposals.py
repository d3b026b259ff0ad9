"""Design, section 5: different listed persons, not certificates, sign each with a key of their own."""

from dataclasses import replace

import pytest
from fakes.parties import CALLER, NOW, admit_request, keyring_of, names_of, signed
from fakes.refusals import refused
from fakes.signing import (
    COORDINATOR,
    KEEPER,
    KEEPERS_COLLEAGUE,
    METI,
    MOD,
    SATO,
    SUZUKI,
    TANAKA,
    Person,
    ask,
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
from fakes.world import World

from interchange.domain.proposals import LONGEST_WHY, Outcome
from interchange.domain.standing import HoldScope
from interchange.errors import Reason
from interchange.flows.partners import ADMIT
from interchange.flows.proposals import seen_by, sign
from interchange.flows.withdraw import REINSTATE, ReinstateRequest
from interchange.store import partners


def test_one_person_alone_changes_nothing(world: World) -> None:
    """Whoever proposed has signed, and the hold is still there."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    assert (say(node, proposal, SATO).outcome, is_lifted(node, hold)) == (Outcome.OPEN, False)


def test_second_person_has_it_carried_out(world: World) -> None:
    """With the second signature the hold is lifted, and the proposal says what came of it."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    say(node, proposal, SATO)
    after = say(node, proposal, SUZUKI)
    assert (after.outcome, after.result, is_lifted(node, hold)) == (Outcome.EXECUTED, hold, True)


def test_two_others_do_not_do_without_whoever_proposed(world: World) -> None:
    """A proposal that nobody signed as its proposer was perhaps made by nobody."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    say(node, proposal, SUZUKI)
    say(node, proposal, TANAKA)
    assert (look(node, proposal).outcome, is_lifted(node, hold)) == (Outcome.OPEN, False)


def test_order_of_the_two_does_not_matter(world: World) -> None:
    """Whoever proposed may sign last."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    say(node, proposal, SUZUKI)
    say(node, proposal, SATO)
    assert is_lifted(node, hold)


def test_act_that_the_rules_do_not_list_needs_nobody_else(world: World) -> None:
    """Which acts need two is the nation's data."""
    hold = held(world)
    assert ask(world.home, REINSTATE, ReinstateRequest(hold), world.home.chance.uuid()).proposal is None


def test_what_cannot_be_done_is_refused_before_anybody_is_asked(world: World) -> None:
    """Nobody is bothered with a proposal that would be refused."""
    node = strict(world)
    with refused(Reason.NOT_KNOWN):
        lifting(node, "nothing")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(SATO, organ="METI"), id="bound to an organ"),
        pytest.param(replace(SATO, role="key-admin"), id="of another role"),
    ],
)
def test_another_certificate_of_the_proposer_is_no_second_person(world: World, other: Person) -> None:
    """Authority and name say who it is, whatever else a certificate says."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    say(node, proposal, SATO)
    with refused(Reason.PROPOSAL_SELF):
        say(node, proposal, other)
    assert not is_lifted(node, hold)


def test_renewed_certificate_of_the_proposer_is_no_second_person(world: World) -> None:
    """Another key of the same name signs in the place of the first."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    for person in (SATO, replace(SATO, label="renewed")):
        say(node, proposal, person)
    assert (look(node, proposal).outcome, is_lifted(node, hold)) == (Outcome.OPEN, False)


def test_renewed_certificate_of_the_proposer_signs_as_the_proposer(world: World) -> None:
    """Whoever renewed it between proposing and signing is still who proposed."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    say(node, proposal, replace(SATO, label="renewed"))
    say(node, proposal, SUZUKI)
    assert is_lifted(node, hold)


def test_two_certificates_of_an_approver_are_one_person(world: World) -> None:
    """One person who signs twice has said the same thing twice."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    say(node, proposal, SUZUKI)
    say(node, proposal, replace(SUZUKI, organ="METI"))
    assert [each.spiffe for each in signatures(node, proposal)] == [replace(SUZUKI, organ="METI").spiffe]


NOT_LISTED = {
    "coordinator": COORDINATOR,
    "auditor": Person("ueda", "auditor"),
    "key-admin, for an officers' act": KEEPER,
    "program with the node's certificate": Person("node", "partner"),
}


@pytest.mark.parametrize("person", NOT_LISTED.values(), ids=NOT_LISTED.keys())
def test_person_of_another_role_approves_nothing(world: World, person: Person) -> None:
    """A coordinator can neither approve nor set a level; nor can anybody but those whom the act names."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    say(node, proposal, SATO)
    with refused(Reason.CALLER_NOT_ALLOWED):
        say(node, proposal, person)
    assert not is_lifted(node, hold)


def test_coordinator_who_proposed_signs_for_it(world: World) -> None:
    """Where a coordinator may ask, the coordinator's own signature is that of the proposer."""
    hold = world.suspend(HoldScope.PROJECT, world.open_project())
    node = strict(world)
    proposal = lifting(node, hold, COORDINATOR)
    say(node, proposal, COORDINATOR)
    say(node, proposal, SUZUKI)
    assert is_lifted(node, hold)


def test_two_coordinators_lift_nothing(world: World) -> None:
    """However many of them sign."""
    hold = world.suspend(HoldScope.PROJECT, world.open_project())
    node = strict(world)
    proposal = lifting(node, hold, COORDINATOR)
    say(node, proposal, COORDINATOR)
    with refused(Reason.CALLER_NOT_ALLOWED):
        say(node, proposal, replace(COORDINATOR, name="yoshida"))


def test_officer_bound_to_another_organ_cannot_approve(world: World) -> None:
    """What is done for one organ is not the business of another."""
    node, proposal = issuing(world)
    with refused(Reason.CALLER_NOT_ALLOWED):
        say(node, proposal, MOD)


@pytest.mark.parametrize("officer", [METI, SUZUKI], ids=["of the organ", "of no organ"])
def test_officer_of_the_organ_approves_what_is_done_for_it(world: World, officer: Person) -> None:
    """And so does an officer who is bound to none."""
    node, proposal = issuing(world)
    say(node, proposal, SATO)
    assert say(node, proposal, officer).outcome is Outcome.EXECUTED


def test_admission_is_approved_by_a_key_administrator(world: World) -> None:
    """The role that approves is the act's own."""
    node = strict(world)
    proposal = propose(node, ADMIT, admit_request("GBR", signed(keyring_of("GBR"), "GBR")), KEEPER)
    say(node, proposal, KEEPER)
    with refused(Reason.CALLER_NOT_ALLOWED):
        say(node, proposal, SUZUKI)
    say(node, proposal, KEEPERS_COLLEAGUE)
    assert node.ledger.read(lambda tx: partners.get(tx, "GBR"))


STRANGERS = {
    "another party's officer": Person("suzuki", party="KOR"),
    "name of ours by an authority that is not ours": replace(SUZUKI, authority="made at home"),
}


@pytest.mark.parametrize("person", STRANGERS.values(), ids=STRANGERS.keys())
def test_certificate_of_another_authority_approves_nothing(world: World, person: Person) -> None:
    """Only our own authority says who is one of ours."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    say(node, proposal, SATO)
    with refused(Reason.PROPOSAL_SIGNATURE):
        say(node, proposal, person)
    assert not is_lifted(node, hold)


@pytest.mark.parametrize(
    "change",
    [
        {"approves": False},
        {"why": "another"},
        {"certificate": TANAKA.pair.certificate},
        {"spiffe": TANAKA.spiffe},
        {"signature": b""},
    ],
    ids=lambda change: next(iter(change)),
)
def test_word_that_was_not_signed_so_is_refused(world: World, change: dict[str, object]) -> None:
    """The signature is over each part of the statement, by the key of the one certificate."""
    node = strict(world)
    proposal = lifting(node, held(world))
    with refused(Reason.PROPOSAL_SIGNATURE):
        sign(node, replace(word(proposal, SUZUKI), **change), request_id=node.chance.uuid(), now=NOW)  # type: ignore[arg-type]


def test_signature_under_one_proposal_is_none_under_another(world: World) -> None:
    """Also where both are of the same act and the same hold."""
    hold = held(world)
    node = strict(world)
    one, other = lifting(node, hold), lifting(node, hold)
    moved = replace(word(one, SUZUKI), proposal_id=other.proposal_id)
    with refused(Reason.PROPOSAL_SIGNATURE):
        sign(node, moved, request_id=node.chance.uuid(), now=NOW)


def test_reason_has_a_bound(world: World) -> None:
    """It is a word for a second person, and no place for a file."""
    node = strict(world)
    proposal = lifting(node, held(world))
    with refused(Reason.FIELD_FORM):
        sign(node, word(proposal, SUZUKI, why="x" * (LONGEST_WHY + 1)), request_id=node.chance.uuid(), now=NOW)


def test_proposal_of_nothing_is_not_known(world: World) -> None:
    """Whoever mistypes an id signs nothing."""
    node = strict(world)
    proposal = lifting(node, held(world))
    with refused(Reason.NOT_KNOWN):
        say(node, replace(proposal, proposal_id="another"), SUZUKI)


def test_coordinator_sees_own_proposals_without_others_words(world: World) -> None:
    """What an officer says of a person is not for a coordinator."""
    hold = world.suspend(HoldScope.PROJECT, world.open_project())
    node = strict(world)
    proposal = lifting(node, hold, COORDINATOR)
    for person in (COORDINATOR, SUZUKI):
        only_sign(node, proposal, person)
    seen = node.ledger.read(lambda tx: seen_by(node, tx, proposal, COORDINATOR.spiffe))
    assert seen is not None
    assert [each.spiffe for each in seen.signatures] == [COORDINATOR.spiffe]


@pytest.mark.parametrize(
    ("reader", "sees"),
    [
        (SUZUKI.spiffe, True),
        (METI.spiffe, True),
        (CALLER, True),
        (MOD.spiffe, False),
        (COORDINATOR.spiffe, False),
        (KEEPER.spiffe, False),
        (names_of("KOR").spiffe("officer", "suzuki"), False),
    ],
)
def test_proposal_is_seen_by_those_who_may_approve_it(world: World, reader: str, *, sees: bool) -> None:
    """Nobody else has any business with it."""
    node, proposal = issuing(world)
    assert (node.ledger.read(lambda tx: seen_by(node, tx, proposal, reader)) is not None) is sees
