"""Proposals over the line: acts answer with them, and the certificate of a connection is what signs."""

from dataclasses import replace

import grpc
import pytest
from fakes import requests
from fakes.nodes import reason_of
from fakes.parties import NOW
from fakes.signing import COORDINATOR, KEEPER, MOD, SATO, SUZUKI
from fakes.strict import Strict, proposal_of, reinstate, upper

from interchange.domain.proposals import LIFE
from interchange.errors import Reason
from interchange.v1 import common_pb2
from interchange.v1 import proposals_pb2 as pb

OPEN, EXECUTED = common_pb2.PROPOSAL_OUTCOME_OPEN, common_pb2.PROPOSAL_OUTCOME_EXECUTED
REJECTED, EXPIRED = common_pb2.PROPOSAL_OUTCOME_REJECTED, common_pb2.PROPOSAL_OUTCOME_EXPIRED


def refusal(caught: pytest.ExceptionInfo[grpc.RpcError]) -> str:
    """Give the code of a refusal."""
    return reason_of(caught.value)


# -- what is answered ------------------------------------------------------------------------------------------------


def test_act_that_needs_two_answers_with_a_proposal(strict: Strict) -> None:
    """Who asked for what exactly, until when, and who may approve it."""
    told = strict.lifting()
    assert (told.act, told.caller, told.organ, told.approver_role, told.outcome) == (
        "reinstate",
        SATO.spiffe,
        "",
        "officer",
        OPEN,
    )
    assert (told.created_at.seconds, told.expires_at.seconds) == (NOW, NOW + LIFE)


def test_what_is_told_is_what_is_digested(strict: Strict) -> None:
    """Whoever signs can compute the digest from what they read."""
    proposal_of(strict.lifting()).check_digest()


def test_second_signature_answers_what_came_of_it(strict: Strict) -> None:
    """The id of the result, as the act's own answer has it."""
    hold = strict.hold()
    told = strict.by(SATO).standings.Reinstate(reinstate(hold.hold_id)).proposal
    first, second = strict.say(SATO, told), strict.say(SUZUKI, told)
    assert (first.outcome, second.outcome, second.result) == (OPEN, EXECUTED, hold.hold_id)


def test_original_request_answers_the_result_once_it_is_carried_out(strict: Strict) -> None:
    """Whoever asked repeats it, and gets what one person's act answers."""
    request = reinstate(strict.hold().hold_id)
    told = strict.by(SATO).standings.Reinstate(request).proposal
    for person in (SATO, SUZUKI):
        strict.say(person, told)
    answer = strict.by(SATO).standings.Reinstate(request)
    assert (answer.WhichOneof("outcome"), answer.result.hold_id) == ("result", request.hold_id)


def test_original_request_answers_that_it_was_rejected(strict: Strict) -> None:
    """It does not wait any more."""
    request = reinstate(strict.hold().hold_id)
    told = strict.by(SATO).standings.Reinstate(request).proposal
    strict.say(SUZUKI, told, approves=False)
    assert strict.by(SATO).standings.Reinstate(request).proposal.outcome == REJECTED


def test_proposal_that_nobody_approved_in_time_says_so(strict: Strict) -> None:
    """From its end on."""
    told = strict.lifting()
    strict.served.clock.now += LIFE
    assert strict.get(SATO, told.proposal_id).outcome == EXPIRED


def test_proposal_lists_who_signed_what_and_when(strict: Strict) -> None:
    """In the order in which it came."""
    told = strict.lifting()
    strict.say(SATO, told, why="papers are back")
    strict.served.clock.now += 60
    strict.say(SUZUKI, told, approves=False, why="理由")
    found = strict.get(SATO, told.proposal_id).signatures
    assert [(one.caller, one.approves, one.why, one.signed_at.seconds) for one in found] == [
        (SATO.spiffe, True, "papers are back", NOW),
        (SUZUKI.spiffe, False, "理由", NOW + 60),
    ]


# -- who signs -------------------------------------------------------------------------------------------------------


def test_signature_counts_for_the_certificate_of_the_connection(strict: Strict) -> None:
    """Somebody else's key signs nothing for whoever calls."""
    told = strict.lifting()
    with pytest.raises(grpc.RpcError) as caught:
        strict.say(SUZUKI, told, key=SATO.pair.key)
    assert refusal(caught) == Reason.PROPOSAL_SIGNATURE.code


def test_another_certificate_of_the_proposer_is_refused(strict: Strict) -> None:
    """One person is one person."""
    told = strict.lifting()
    strict.say(SATO, told)
    with pytest.raises(grpc.RpcError) as caught:
        strict.say(replace(SATO, organ="METI"), told)
    assert refusal(caught) == Reason.PROPOSAL_SELF.code


def test_coordinator_signs_own_proposal(strict: Strict) -> None:
    """As who asked for it."""
    told = strict.lifting(COORDINATOR)
    strict.say(COORDINATOR, told)
    assert strict.say(SUZUKI, told).outcome == EXECUTED


def test_coordinator_sees_no_word_of_an_officer(strict: Strict) -> None:
    """What is said of it may be about a person."""
    told = strict.lifting(COORDINATOR)
    strict.say(COORDINATOR, told, why="own")
    strict.say(SUZUKI, told, approves=False, why="of a person")
    assert [one.why for one in strict.get(COORDINATOR, told.proposal_id).signatures] == ["own"]


OTHERS = {
    "coordinator": COORDINATOR,
    "key-admin": KEEPER,
    "officer of another organ": MOD,
}


@pytest.mark.parametrize("who", OTHERS)
@pytest.mark.parametrize("verb", ["get", "sign", "list"])
def test_proposal_that_is_none_of_ones_business_is_not_known(strict: Strict, who: str, verb: str) -> None:
    """As one that there is not."""
    told = issuing(strict)
    person = OTHERS[who]
    if verb == "list":
        assert not strict.by(person).proposals.ListProposals(pb.ListProposalsRequest()).proposals
        return
    with pytest.raises(grpc.RpcError) as caught:
        strict.say(person, told) if verb == "sign" else strict.get(person, told.proposal_id)
    assert refusal(caught) == Reason.NOT_KNOWN.code


def issuing(strict: Strict) -> common_pb2.Proposal:
    """Ask for an assertion at the upper tier, on a grant of one organ."""
    subject, request = upper(strict)
    assert subject
    return strict.by(SATO).assertions.IssueAssertion(request).proposal


# -- lists -----------------------------------------------------------------------------------------------------------


def test_list_of_open_ones_leaves_out_what_is_decided_or_over(strict: Strict) -> None:
    """Only what can be signed now."""
    rejected, waits = strict.lifting(), strict.lifting()
    strict.say(SUZUKI, rejected, approves=False)
    listing = pb.ListProposalsRequest(open_only=True)
    found = [one.proposal_id for one in strict.by(SATO).proposals.ListProposals(listing).proposals]
    strict.served.clock.now += LIFE
    assert (found, list(strict.by(SATO).proposals.ListProposals(listing).proposals)) == ([waits.proposal_id], [])


def test_list_goes_from_page_to_page_without_requests(strict: Strict) -> None:
    """A request can be as long as a keyring."""
    ids = {strict.lifting().proposal_id for _ in range(3)}
    found: list[common_pb2.Proposal] = []
    token = ""
    while True:
        page = strict.by(SATO).proposals.ListProposals(pb.ListProposalsRequest(page_size=2, page_token=token))
        found += page.proposals
        token = page.next_page_token
        if not token:
            break
    assert ({one.proposal_id for one in found}, {one.request for one in found}) == (ids, {""})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"signature": b""}, Reason.FIELD_MISSING),
        ({"signature": b"x" * 81}, Reason.FIELD_FORM),
        ({"why": "x" * 201}, Reason.FIELD_FORM),
        ({"why": "a\nb"}, Reason.FIELD_FORM),
        ({"proposal_id": "x"}, Reason.FIELD_FORM),
        ({"proposal_id": requests.NOBODY}, Reason.NOT_KNOWN),
        ({"request_id": "x"}, Reason.REQUEST_ID_FORM),
    ],
)
def test_word_of_a_wrong_form_is_refused(strict: Strict, change: dict[str, object], reason: Reason) -> None:
    """Before anything is looked at."""
    told = strict.lifting()
    usual = {"request_id": requests.new_id(), "proposal_id": told.proposal_id, "signature": b"x"}
    with pytest.raises(grpc.RpcError) as caught:
        strict.by(SUZUKI).proposals.SignProposal(pb.SignProposalRequest(**usual | change))  # type: ignore[arg-type]
    assert refusal(caught) == reason.code
