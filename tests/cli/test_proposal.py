"""Proposals from the command line: who asks signs at once, and who approves sees what."""

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from fakes.answers import AT, ID, OTHER, PAGE, proposal, spelled
from fakes.sessions import FakeSession
from google.protobuf.descriptor_pool import Default

from interchange.cli import signing
from interchange.cli.caller import JsonObject
from interchange.cli.exits import Exit
from interchange.client.session import Session
from interchange.crypto.statements import check_statement
from interchange.domain.proposals import Proposal
from interchange.errors import Reason, refuse

Run = Callable[..., Result]

GET, SIGN, REINSTATE = "ProposalService/GetProposal", "ProposalService/SignProposal", "StandingService/Reinstate"
LIFTING = {"hold_id": ID}
WAITING = proposal("reinstate", LIFTING)
DONE = WAITING | {"outcome": "PROPOSAL_OUTCOME_EXECUTED", "result": ID}
RESULT = {"result": {"hold_id": ID, "closed_at": AT, "affected_count": 3, "positions": []}}


@pytest.fixture
def waiting(session: FakeSession) -> FakeSession:
    """A node at which lifting a hold waits for a second person."""
    session.lay(REINSTATE, {"proposal": WAITING})
    session.lay(GET, {"proposal": WAITING})
    return session.lay(SIGN, {"proposal": WAITING})


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sits there."""
    monkeypatch.setattr("interchange.cli.proposal.is_asked", lambda: True)


def signed(session: FakeSession) -> JsonObject:
    """The one word that was handed in."""
    (word,) = [request for method, request in session.calls if method == SIGN]
    return word


def holds(word: JsonObject, credentials: Path, told: JsonObject = WAITING) -> bool:
    """Check the signature by the certificate, and tell that it holds."""
    statement = Proposal.told(told).statement(approves=word["approves"], why=word["why"])
    check_statement((credentials / "caller.pem").read_bytes(), statement, b64decode(word["signature"]))
    return True


# -- who asks --------------------------------------------------------------------------------------------------------


def test_who_asks_signs_at_once(run: Run, waiting: FakeSession, credentials: Path) -> None:
    """With the key of the own certificate, over what was asked for."""
    run("standing", "reinstate", ID, "--credentials", credentials)
    word = signed(waiting)
    assert (word["approves"], word["why"], holds(word, credentials)) == (True, "", True)


def test_reason_goes_to_the_second_person(run: Run, waiting: FakeSession, credentials: Path) -> None:
    """And is signed."""
    run("standing", "reinstate", ID, "--why", "papers are back", "--credentials", credentials)
    word = signed(waiting)
    assert (word["why"], holds(word, credentials)) == ("papers are back", True)


def test_answer_for_programs_is_the_proposal_as_it_stands_then(
    run: Run, waiting: FakeSession, credentials: Path
) -> None:
    """With the signature that was just made."""
    after = WAITING | {"signatures": [{"caller": WAITING["caller"], "approves": True, "why": "", "signed_at": AT}]}
    waiting.lay(SIGN, {"proposal": after})
    done = run("standing", "reinstate", ID, "--json", "--credentials", credentials)
    assert json.loads(done.stdout) == {"proposal": after}


def test_what_somebody_approved_before_is_done_and_its_result_shown(
    run: Run, waiting: FakeSession, credentials: Path
) -> None:
    """The same request again gives the result."""
    waiting.lay(REINSTATE, {"proposal": WAITING}, RESULT).lay(SIGN, {"proposal": DONE})
    done = run("standing", "reinstate", ID, "--json", "--credentials", credentials)
    asked = [request for method, request in waiting.calls if method == REINSTATE]
    assert (json.loads(done.stdout), asked[0]) == (RESULT, asked[1])


def test_repeated_request_whose_proposal_is_over_is_not_signed(
    run: Run, session: FakeSession, credentials: Path
) -> None:
    """It says what became of it."""
    session.lay(REINSTATE, {"proposal": WAITING | {"outcome": "PROPOSAL_OUTCOME_REJECTED"}})
    done = run("standing", "reinstate", ID, "--credentials", credentials)
    assert (done.exit_code, "rejected" in done.stdout, len(session.calls)) == (Exit.DONE, True, 1)


LIES = {
    "another act": proposal("revoke", LIFTING),
    "another hold": proposal("reinstate", {"hold_id": OTHER}),
    "a digest of something else": WAITING | {"digest": "A" * 43},
    "a proposal without its request": {name: value for name, value in WAITING.items() if name != "request"},
}


@pytest.mark.parametrize("what", LIES)
def test_nothing_is_signed_that_was_not_asked_for(run: Run, session: FakeSession, credentials: Path, what: str) -> None:
    """A node that answers with something else gets no signature."""
    session.lay(REINSTATE, {"proposal": LIES[what]})
    done = run("standing", "reinstate", ID, "--credentials", credentials)
    assert (done.exit_code, [method for method, _ in session.calls]) == (Exit.REFUSED, [REINSTATE])


AGREEMENT = "agreement move AAA-BBB-2016 --to notice-given --on 2027-04-30"
MOVING = {"agreement": "AAA-BBB-2016", "state": "notice_given", "day": "2027-04-30"}
ISSUE = f"assertion issue --project {ID} --partner BBB --subject {OTHER} --expires-at {AT}"
ISSUING = {"project_id": ID, "partner": "BBB", "subject_id": OTHER, "expires_at": 1_800_001_234, "organ": ""}
SPELT_OTHERWISE: dict[str, tuple[str, str, dict[str, Any], bool]] = {
    "state by its value": (AGREEMENT, "AgreementService/MoveAgreement", MOVING, True),
    "another state": (AGREEMENT, "AgreementService/MoveAgreement", MOVING | {"state": "terminated"}, False),
    "time in seconds": (ISSUE, "AssertionService/IssueAssertion", ISSUING, True),
    "another time": (ISSUE, "AssertionService/IssueAssertion", ISSUING | {"expires_at": 1}, False),
    "no time": (ISSUE, "AssertionService/IssueAssertion", ISSUING | {"expires_at": None}, False),
}


@pytest.mark.parametrize("what", SPELT_OTHERWISE)
def test_request_is_compared_value_by_value(run: Run, session: FakeSession, credentials: Path, what: str) -> None:
    """In the one spelling an enum is its value and a time a number."""
    words, method, body, same = SPELT_OTHERWISE[what]
    waits = {"proposal": proposal(signing.ACTS[method], body)}
    session.lay(method, waits).lay(SIGN, waits)
    done = run(*words.split(), "--credentials", credentials)
    assert done.exit_code == (Exit.DONE if same else Exit.REFUSED), done.output


@pytest.mark.parametrize("same", [True, False])
def test_bytes_are_compared_in_either_alphabet(
    run: Run, session: FakeSession, credentials: Path, tmp_path: Path, *, same: bool
) -> None:
    """Protobuf spells them otherwise than a proposal does."""
    (tmp_path / "keyring.json").write_bytes(b"{?>~}")
    body = {"jws": "x", "keyring": "ez8-fn0" if same else "ez8-fn1"}
    waits = {"proposal": proposal("publish_keyring", body, approver_role="key-admin")}
    session.lay("KeyringService/PublishKeyring", waits).lay(SIGN, waits)
    done = run("keyring", "publish", tmp_path / "keyring.json", "--credentials", credentials)
    assert (spelled(b"{?>~}"), done.exit_code) == ("ez8+fn0=", Exit.DONE if same else Exit.REFUSED)


def test_proposal_that_could_not_be_signed_is_told(run: Run, waiting: FakeSession, tmp_path: Path) -> None:
    """Somebody whose key lies elsewhere learns how to sign it there."""
    done = run("standing", "reinstate", ID, "--credentials", tmp_path)
    assert (done.exit_code, f"interchange proposal approve {OTHER}" in done.stderr) == (Exit.REFUSED, True)


def test_every_method_that_may_answer_with_a_proposal_says_of_which_act() -> None:
    """What is signed without a look is compared with what was asked for, so the act must be known."""
    found = set()
    for name in Session.methods():
        method = Default().FindMethodByName(f"interchange.v1.{name.replace('/', '.')}")
        fields = method.output_type.fields_by_name
        if "proposal" in fields and fields["proposal"].containing_oneof:
            found.add(name)
    assert found == signing.ACTS.keys()


# -- who approves ----------------------------------------------------------------------------------------------------


def test_approval_is_signed_with_the_own_key(run: Run, waiting: FakeSession, credentials: Path) -> None:
    """Over the statement of what the node shows."""
    waiting.lay(SIGN, {"proposal": DONE})
    done = run("proposal", "approve", OTHER, "--yes", "--why", "seen", "--credentials", credentials)
    word = signed(waiting)
    assert (word["approves"], word["why"], holds(word, credentials)) == (True, "seen", True)
    assert (done.exit_code, "executed" in done.stdout, ID in done.stdout) == (Exit.DONE, True, True)


def test_rejection_is_signed_as_one(run: Run, waiting: FakeSession, credentials: Path) -> None:
    """So that nobody can turn it round."""
    run("proposal", "reject", OTHER, "--why", "wrong hold", "--credentials", credentials)
    word = signed(waiting)
    assert (word["approves"], word["why"], holds(word, credentials)) == (False, "wrong hold", True)


@pytest.mark.usefixtures("at_a_terminal")
def test_approver_is_shown_what_it_is_before_being_asked(run: Run, waiting: FakeSession, credentials: Path) -> None:
    """Act, request and who proposed it."""
    done = run("proposal", "approve", OTHER, "--credentials", credentials, input="y\n")
    shown = done.stdout[: done.stdout.index("Approve this?")]
    assert [text for text in ("reinstate", ID, WAITING["caller"]) if text not in shown] == []
    assert signed(waiting)["approves"]


@pytest.mark.usefixtures("at_a_terminal")
@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_who_does_not_say_yes_has_not_signed(run: Run, waiting: FakeSession, credentials: Path, answer: str) -> None:
    """No is what happens when nothing is said."""
    done = run("proposal", "approve", OTHER, "--credentials", credentials, input=answer)
    assert (done.exit_code, [method for method, _ in waiting.calls]) == (Exit.INTERRUPTED, [GET])


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_where_nobody_can_be_asked_nothing_is_signed(
    run: Run, waiting: FakeSession, credentials: Path, more: list[str]
) -> None:
    """A script has to say that somebody has looked."""
    done = run("proposal", "approve", OTHER, *more, "--credentials", credentials)
    assert (done.exit_code, "add --yes" in done.stderr, waiting.calls) == (Exit.USAGE, True, [])


def test_proposal_whose_digest_is_of_something_else_is_not_signed(
    run: Run, session: FakeSession, credentials: Path
) -> None:
    """A node that shows one act and would have another one signed is found out."""
    session.lay(GET, {"proposal": proposal("reinstate", LIFTING, digest=proposal("revoke", LIFTING)["digest"])})
    done = run("proposal", "approve", OTHER, "--yes", "--credentials", credentials)
    assert (done.exit_code, [method for method, _ in session.calls]) == (Exit.REFUSED, [GET])


@pytest.mark.parametrize("verb", ["approve --yes", "reject"])
def test_refusal_at_the_node_is_the_answer(run: Run, waiting: FakeSession, credentials: Path, verb: str) -> None:
    """Its reason and remedy are printed."""
    waiting.lay(SIGN, refuse(Reason.PROPOSAL_SELF))
    word, *more = verb.split()
    done = run("proposal", word, OTHER, *more, "--credentials", credentials)
    assert (done.exit_code, "proposal_self" in done.stderr) == (Exit.REFUSED, True)


def test_approval_that_got_no_answer_can_be_repeated(run: Run, waiting: FakeSession, credentials: Path) -> None:
    """Under the same id."""
    waiting.lay(SIGN, refuse(Reason.PARTNER_UNREACHABLE))
    done = run("proposal", "approve", OTHER, "--yes", "--credentials", credentials)
    assert (done.exit_code, f"--request-id {signed(waiting)['request_id']}" in done.stderr) == (Exit.UNREACHABLE, True)


def test_approval_for_programs_is_the_proposal(run: Run, waiting: FakeSession, credentials: Path) -> None:
    """Complete."""
    waiting.lay(SIGN, {"proposal": DONE})
    done = run("proposal", "approve", OTHER, "--yes", "--json", "--credentials", credentials)
    assert json.loads(done.stdout) == {"proposal": DONE}


# -- who reads -------------------------------------------------------------------------------------------------------


def test_list_asks_for_those_that_can_be_signed(run: Run, session: FakeSession) -> None:
    """One line each."""
    session.lay("ProposalService/ListProposals", {"proposals": [WAITING, DONE], "next_page_token": ""})
    done = run("proposal", "list", "--open")
    assert session.asked == ("ProposalService/ListProposals", PAGE | {"open_only": True})
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["outcome", "open", "executed"]


def test_list_for_programs_is_complete(run: Run, session: FakeSession) -> None:
    """As JSON."""
    session.lay("ProposalService/ListProposals", {"proposals": [WAITING], "next_page_token": ""})
    assert json.loads(run("proposal", "list", "--json").stdout) == {"proposals": [WAITING]}


def test_show_lists_what_is_asked_for_value_by_value(run: Run, session: FakeSession) -> None:
    """A list of things in lines, so that each can be read."""
    asked = {"grants": [{"organ": "AAA/SCI"}, {"organ": "AAA/ECO"}], "count": 2, "part": {"day": "2027-01-15"}}
    session.lay(GET, {"proposal": proposal("record_clearances", asked)})
    lines = run("proposal", "show", OTHER).stdout.splitlines()
    assert [line.split(maxsplit=1) for line in lines if line.startswith("  ")] == [
        ["count", "2"],
        ["grants", '{"organ": "AAA/SCI"}'],
        ["grants", '{"organ": "AAA/ECO"}'],
        ["part.day", "2027-01-15"],
    ]


def test_show_names_who_has_signed(run: Run, session: FakeSession) -> None:
    """For or against, and why."""
    words = [
        {"caller": "spiffe://aaa/officer/sato", "approves": True, "why": "", "signed_at": AT},
        {"caller": "spiffe://aaa/officer/mori", "approves": False, "why": "too early", "signed_at": AT},
    ]
    session.lay(GET, {"proposal": WAITING | {"signatures": words}})
    shown = run("proposal", "show", OTHER).stdout
    assert "approves     spiffe://aaa/officer/sato at" in shown
    assert "rejects      spiffe://aaa/officer/mori at 2027-01-15T08:20:34Z: too early" in shown


def test_show_for_programs_is_complete(run: Run, session: FakeSession) -> None:
    """As JSON."""
    session.lay(GET, {"proposal": WAITING})
    assert json.loads(run("proposal", "show", OTHER, "--json").stdout) == {"proposal": WAITING}
