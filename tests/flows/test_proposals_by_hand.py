"""A row edited in the database approves nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from fakes.parties import NOW, admit_request, keyring_of, signed
from fakes.refusals import refused
from fakes.signing import (
    COORDINATOR,
    KEEPER,
    SATO,
    SUZUKI,
    TANAKA,
    Person,
    asserting,
    edit,
    held,
    is_lifted,
    lifting,
    only_sign,
    propose,
    say,
    strict,
    word,
)
from fakes.world import World

from interchange.domain.proposals import LIFE, Proposal, Signature, digest_of
from interchange.errors import Reason, Refusal
from interchange.flows.approvals import act_digest
from interchange.flows.canonical import canonical
from interchange.flows.issue import ISSUE
from interchange.flows.node import Node
from interchange.flows.partners import ADMIT
from interchange.flows.perform import perform
from interchange.flows.proposals import carry_out
from interchange.flows.withdraw import REINSTATE, ReinstateRequest
from interchange.store import assertions, proposals

OTHER_HOLD = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER_BODY = canonical(ReinstateRequest(OTHER_HOLD))
EDITED: dict[str, tuple[str, tuple[object, ...]]] = {
    "body": ("UPDATE proposals SET body = ?", (OTHER_BODY,)),
    "body and digest": (
        "UPDATE proposals SET body = ?, digest = ?",
        (OTHER_BODY, digest_of("reinstate", OTHER_BODY)),
    ),
    "body in another spelling": ("UPDATE proposals SET body = CAST(body || ' ' AS BLOB)", ()),
    "digest": ("UPDATE proposals SET digest = ?", ("A" * 43,)),
    "act": ("UPDATE proposals SET act = 'issue_assertion'", ()),
    "act that nobody knows": ("UPDATE proposals SET act = 'anything'", ()),
    "organ": ("UPDATE proposals SET organ = 'JPN/METI'", ()),
    "caller": ("UPDATE proposals SET caller = ?", (TANAKA.spiffe,)),
    "end": (f"UPDATE proposals SET expires_at = expires_at + {LIFE}", ()),
    "outcome executed": ("UPDATE proposals SET outcome = 'executed'", ()),
    "outcome rejected": ("UPDATE proposals SET outcome = 'rejected'", ()),
    "request id": ("UPDATE proposals SET request_id = ?", (OTHER_HOLD,)),
    "request row removed": ("DELETE FROM requests WHERE act = 'reinstate'", ()),
    "request row of another body": ("UPDATE requests SET digest = ? WHERE act = 'reinstate'", ("A" * 43,)),
    "request row of another caller": ("UPDATE requests SET caller = ? WHERE act = 'reinstate'", (TANAKA.spiffe,)),
    "request row of another proposal": ("UPDATE requests SET result = ? WHERE act = 'reinstate'", (b"proposal:x",)),
    "signature": ("UPDATE proposal_signatures SET signature = ?", (b"0",)),
    "reason": ("UPDATE proposal_signatures SET why = 'another'", ()),
    "signer": ("UPDATE proposal_signatures SET spiffe = ? WHERE spiffe LIKE '%suzuki'", (TANAKA.spiffe,)),
    "certificate": ("UPDATE proposal_signatures SET certificate = ?", (TANAKA.pair.certificate,)),
    "when a signature came": (f"UPDATE proposal_signatures SET at = at - {LIFE}", ()),
    "approval turned into a rejection": ("UPDATE proposal_signatures SET approves = 0", ()),
    "proposer's signature removed": ("DELETE FROM proposal_signatures WHERE spiffe LIKE '%sato'", ()),
    "approver's signature removed": ("DELETE FROM proposal_signatures WHERE spiffe LIKE '%suzuki'", ()),
}


AS_IF_NOTHING = {None, Reason.PROPOSAL_SIGNATURE, Reason.PROPOSAL_ENDED, Reason.REQUEST_ID_REUSED}
"""It still waits, or the edit was noticed."""


def ended(node: Node, proposal: Proposal) -> Reason | str | None:
    """Try to carry it out: what came of it, the reason why not, or None while it waits."""
    try:
        done = carry_out(node, proposal.proposal_id, NOW)
    except Refusal as refusal:
        return refusal.reason
    return done.result if done else None


@pytest.mark.parametrize("what", EDITED)
def test_row_edited_in_the_database_approves_nothing(world: World, what: str) -> None:
    """Two people signed; whatever of it somebody edits before it is carried out, it is not."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    for person in (SATO, SUZUKI):
        only_sign(node, proposal, person)
    edit(node, EDITED[what][0], *EDITED[what][1])
    assert ended(node, proposal) in AS_IF_NOTHING
    assert not is_lifted(node, hold)


BY_HAND: dict[str, Callable[[Proposal], tuple[Person, Proposal]]] = {
    "a coordinator's": lambda proposal: (COORDINATOR, proposal),
    "a key-admin's": lambda proposal: (KEEPER, proposal),
    "another certificate of the proposer": lambda proposal: (replace(SATO, organ="METI"), proposal),
    "another party's officer": lambda proposal: (Person("suzuki", party="KOR"), proposal),
    "an officer's by another authority": lambda proposal: (replace(SUZUKI, authority="made at home"), proposal),
    "an officer's under another proposal": lambda proposal: (SUZUKI, replace(proposal, proposal_id=OTHER_HOLD)),
    "an officer's under another act": lambda proposal: (SUZUKI, replace(proposal, digest="A" * 43)),
}


@pytest.mark.parametrize("whose", BY_HAND)
def test_signature_put_in_by_hand_approves_nothing(world: World, whose: str) -> None:
    """What the door would not have taken does not count when it stands in the table."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    only_sign(node, proposal, SATO)
    person, signed_one = BY_HAND[whose](proposal)
    said = word(signed_one, person)
    made = Signature(person.spiffe, True, "", said.certificate, said.signature, NOW)
    node.ledger.transact(lambda tx: proposals.put_signature(tx, proposal.proposal_id, made))
    # It stands in the table as another person's, whoever it names.
    edit(node, "UPDATE proposal_signatures SET person = 'another' WHERE spiffe = ?", person.spiffe)
    assert ended(node, proposal) in {Reason.PROPOSAL_SIGNATURE, Reason.PROPOSAL_SELF, Reason.CALLER_NOT_ALLOWED}
    assert not is_lifted(node, hold)


def test_approval_turned_round_in_the_database_is_no_approval(world: World) -> None:
    """Who rejected is not made to approve."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    say(node, proposal, SATO)
    say(node, proposal, SUZUKI, approves=False)
    edit(node, "UPDATE proposal_signatures SET approves = 1")
    edit(node, "UPDATE proposals SET outcome = 'open'")
    with refused(Reason.PROPOSAL_SIGNATURE):
        carry_out(node, proposal.proposal_id, NOW)
    assert not is_lifted(node, hold)


def test_rejection_stands_where_the_proposal_was_opened_again_by_hand(world: World) -> None:
    """A later approval does not pass over who said no."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    say(node, proposal, SATO)
    say(node, proposal, SUZUKI, approves=False)
    edit(node, "UPDATE proposals SET outcome = 'open'")
    say(node, proposal, TANAKA)
    assert not is_lifted(node, hold)


def test_executed_proposal_opened_again_by_hand_is_not_carried_out_again(world: World) -> None:
    """What came of it was revoked meanwhile, and stays so."""
    asked = asserting(world)
    node = strict(world)
    proposal, request_id = propose(node, ISSUE, asked), node.chance.uuid()
    say(node, proposal, SATO)
    world.revoke(say(node, proposal, SUZUKI, request_id=request_id).result)
    edit(node, "UPDATE proposals SET outcome = 'open', result = NULL")
    say(node, proposal, SUZUKI, request_id=request_id)
    assert node.ledger.read(lambda tx: assertions.live(tx, NOW, subject_id=asked.subject_id)) == []


def test_proposer_put_in_by_hand_proposes_nothing(world: World) -> None:
    """A coordinator may not ask to admit a partner; a row in the coordinator's name does not change that."""
    node = strict(world)
    asked = admit_request("GBR", signed(keyring_of("GBR"), "GBR"))
    proposal = propose(node, ADMIT, asked, KEEPER)
    for table in ("proposals", "requests WHERE act = 'admit_partner'"):
        name, _, where = table.partition(" ")
        edit(node, f"UPDATE {name} SET caller = ? {where}", COORDINATOR.spiffe)
    with refused(Reason.CALLER_NOT_ALLOWED):
        say(node, replace(proposal, caller=COORDINATOR.spiffe), COORDINATOR)


# -- what came between looking and writing ---------------------------------------------------------------------------


def carry_out_at_once(node: Node, proposal: Proposal, asked: ReinstateRequest, proposal_id: str = "") -> None:
    """Carry out an act as if somebody had seen that two people signed it."""
    perform(
        node,
        REINSTATE,
        asked,
        caller=proposal.caller,
        request_id=proposal.request_id,
        now=NOW,
        proposal_id=proposal_id or proposal.proposal_id,
    )


def test_transaction_that_carries_it_out_looks_at_the_signatures_itself(world: World) -> None:
    """Whoever looked before may have seen what is there no longer."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    only_sign(node, proposal, SATO)
    with refused(Reason.PROPOSAL_SIGNATURE):
        carry_out_at_once(node, proposal, ReinstateRequest(hold))


def test_transaction_that_carries_it_out_looks_whether_it_was_rejected(world: World) -> None:
    """A no that came in between stands."""
    hold = held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    for person, approves in ((SATO, True), (SUZUKI, False)):
        say(node, proposal, person, approves=approves)
    with refused(Reason.PROPOSAL_ENDED):
        carry_out_at_once(node, proposal, ReinstateRequest(hold))


def test_transaction_that_carries_it_out_looks_at_what_was_signed(world: World) -> None:
    """Another hold under the same request id, for which somebody has edited the request's row."""
    hold, other = held(world), held(world)
    node = strict(world)
    proposal = lifting(node, hold)
    for person in (SATO, SUZUKI):
        only_sign(node, proposal, person)
    asked = ReinstateRequest(other)
    edit(node, "UPDATE requests SET digest = ? WHERE act = 'reinstate'", act_digest("reinstate", asked))
    with refused(Reason.PROPOSAL_SIGNATURE):
        carry_out_at_once(node, proposal, asked)


def test_request_is_carried_out_by_its_own_proposal_alone(world: World) -> None:
    """Two people signed this one, and not that one."""
    hold = held(world)
    node = strict(world)
    proposal, other = lifting(node, hold), lifting(node, hold)
    for person in (SATO, SUZUKI):
        only_sign(node, proposal, person)
    with refused(Reason.PROPOSAL_SIGNATURE):
        carry_out_at_once(node, proposal, ReinstateRequest(hold), other.proposal_id)
