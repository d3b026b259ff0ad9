"""What is signed of a proposal, for how long, and who is one person."""

from dataclasses import replace

import pytest
from fakes.refusals import refused

from interchange.domain.proposals import LIFE, Outcome, Proposal, digest_of, person_of
from interchange.errors import Reason

END = 1_800_604_800
BODY = b'{"hold_id":"0f8fad5b-d9cb-469f-a165-70867728950e"}'
PROPOSAL = Proposal(
    proposal_id="7c9e6679-7425-40de-944b-e07fc1f90ae7",
    act="reinstate",
    organ="AAA/SCI",
    caller="spiffe://aaa.clearance.example/officer/sato",
    request_id="9b2f5d0e-3c0e-4a52-8a35-8d1f6b1f3a11",
    body=BODY,
    digest=digest_of("reinstate", BODY),
    created_at=END - LIFE,
    expires_at=END,
)


def test_statement_has_one_spelling() -> None:
    """Whoever signs with another program signs these bytes."""
    assert PROPOSAL.statement(approves=True, why="理由").decode() == (
        '{"act":"reinstate","approves":true,"caller":"spiffe://aaa.clearance.example/officer/sato",'
        '"digest":"NTEfLcx8kNRB9uf7mP7BhjmNWhLUvLQK5LcfYk6BYJE","expires_at":1800604800,"organ":"AAA/SCI",'
        '"proposal":"7c9e6679-7425-40de-944b-e07fc1f90ae7","typ":"clearance-proposal/1","why":"\\u7406\\u7531"}'
    )


@pytest.mark.parametrize(
    "change",
    [
        {"proposal_id": "another"},
        {"act": "revoke"},
        {"organ": ""},
        {"caller": "spiffe://aaa.clearance.example/officer/suzuki"},
        {"digest": "A" * 43},
        {"expires_at": END + 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_statement_covers_what_the_proposal_is(change: dict[str, object]) -> None:
    """Whatever decides on who may approve what until when is signed."""
    changed = replace(PROPOSAL, **change)  # type: ignore[arg-type]
    assert changed.statement(approves=True, why="") != PROPOSAL.statement(approves=True, why="")


def test_statement_covers_the_word() -> None:
    """A yes is no no, and one reason no other."""
    spelt = {PROPOSAL.statement(approves=approves, why=why) for approves in (True, False) for why in ("", "a")}
    assert len(spelt) == 4


@pytest.mark.parametrize(
    ("now", "is_open"), [(END - LIFE - 1, False), (END - LIFE, True), (END - 1, True), (END, False)]
)
def test_proposal_is_open_for_its_life(now: int, *, is_open: bool) -> None:
    """As its signed end says, whatever stands in the row as its beginning."""
    assert replace(PROPOSAL, created_at=0).is_open(now) is is_open


@pytest.mark.parametrize("outcome", [Outcome.EXECUTED, Outcome.REJECTED])
def test_proposal_that_is_decided_is_not_open(outcome: Outcome) -> None:
    """Once is enough."""
    assert not replace(PROPOSAL, outcome=outcome).is_open(END - 1)


def test_digest_of_act_and_body_passes() -> None:
    """As the node wrote it."""
    PROPOSAL.check_digest()


@pytest.mark.parametrize("change", [{"act": "revoke"}, {"body": BODY + b" "}, {"digest": "A" * 43}], ids=str)
def test_digest_of_something_else_is_refused(change: dict[str, object]) -> None:
    """What a person reads is what they sign, or they do not sign."""
    with refused(Reason.PROPOSAL_SIGNATURE):
        replace(PROPOSAL, **change).check_digest()  # type: ignore[arg-type]


def test_person_is_authority_and_name() -> None:
    """Neither role nor organ makes another person of somebody."""
    names = ("officer/sato", "officer/SCI/sato", "key-admin/sato")
    assert {person_of(f"spiffe://aaa.clearance.example/{name}") for name in names} == {"aaa.clearance.example/sato"}


TOLD = {
    "proposal_id": PROPOSAL.proposal_id,
    "expires_at": "2027-01-22T08:00:00Z",
    "act": PROPOSAL.act,
    "organ": PROPOSAL.organ,
    "caller": PROPOSAL.caller,
    "request": BODY.decode(),
    "digest": PROPOSAL.digest,
    "created_at": "2027-01-15T08:00:00Z",
    "outcome": "PROPOSAL_OUTCOME_OPEN",
    "result": "",
    "approver_role": "officer",
}


def test_proposal_is_read_as_a_node_tells_it() -> None:
    """All but the request id, which is between the node and who asked."""
    assert Proposal.told(TOLD) == replace(PROPOSAL, request_id="")


@pytest.mark.parametrize(
    ("outcome", "read"),
    [("EXECUTED", Outcome.EXECUTED), ("REJECTED", Outcome.REJECTED), ("EXPIRED", Outcome.OPEN)],
)
def test_outcome_is_read_as_a_node_tells_it(outcome: str, read: Outcome) -> None:
    """That its time is over, its end says."""
    assert Proposal.told(TOLD | {"outcome": f"PROPOSAL_OUTCOME_{outcome}"}).outcome is read


@pytest.mark.parametrize(
    "spoilt",
    [
        *(
            {name: value for name, value in TOLD.items() if name != left_out}
            for left_out in TOLD
            if left_out != "approver_role"
        ),
        TOLD | {"expires_at": "soon"},
        TOLD | {"expires_at": 7},
        TOLD | {"outcome": "PROPOSAL_OUTCOME_UNSPECIFIED"},
        TOLD | {"request": 7},
    ],
)
def test_answer_that_is_no_proposal_is_refused(spoilt: dict[str, object]) -> None:
    """Nothing is signed of which a part is missing."""
    with refused(Reason.FIELD_FORM):
        Proposal.told(spoilt)
