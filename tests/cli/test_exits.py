from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from fakes.sessions import FakeSession

from interchange.cli.exits import MEANINGS, Exit, code_of
from interchange.cli.program import program
from interchange.errors import Malformed, Reason, Unavailable, refuse

Run = Callable[..., Result]

INFO = "NodeService/GetNodeInfo"
REVOKE = "StandingService/Revoke"
ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.code)
def test_refusal_ends_with_the_code_of_its_family(reason: Reason) -> None:
    """A script tells what to try again from what to mend; staleness has a code of its own."""
    expected = Exit.UNREACHABLE if reason.family is Unavailable else Exit.REFUSED
    assert code_of(refuse(reason)) is (Exit.STALE if reason is Reason.STALE else expected)


def test_help_lists_every_exit_code() -> None:
    """What a script may meet stands in the help."""
    listed = CliRunner().invoke(program, ["--help"]).stdout.split("Exit codes:")[1]
    assert all(f"  {code.value} " in listed and MEANINGS[code].split(",")[0] in listed for code in Exit)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        pytest.param(Reason.NOT_KNOWN, 4, id="refused"),
        pytest.param(Reason.PARTNER_UNREACHABLE, 5, id="unreachable"),
        pytest.param(Reason.STALE, 3, id="stale"),
    ],
)
def test_refusal_of_the_node_is_one_line_with_the_remedy(
    run: Run, session: FakeSession, reason: Reason, code: int
) -> None:
    """The reason, the place and what to do, and nothing of how the program is made."""
    session.lay(INFO, refuse(reason, "somewhere"))
    answer = run("node", "info")
    line = f"error: {reason.code}: {reason.text} (somewhere). {reason.remedy}\n"
    assert (answer.exit_code, answer.stderr) == (code, line)


def test_fault_of_the_program_is_one_line_without_a_trace(run: Run, session: FakeSession) -> None:
    """An answer that lacks a required field shows where the program stumbled, and no stack."""
    session.lay(INFO, {"authority": "secret of the node"})
    answer = run("node", "info")
    assert answer.exit_code == Exit.REFUSED
    assert answer.stderr.startswith("error: internal: the program failed with KeyError at interchange/cli/node.py:")
    assert answer.stderr.count("\n") == 1


def test_interruption_has_a_code_of_its_own(run: Run, session: FakeSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that a person stopped is none that was refused."""

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "call", stopped)
    assert run("node", "info").exit_code == 130


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("nonsense", id="no such command"),
        pytest.param("node nonsense", id="no such verb"),
        pytest.param("node info --nonsense", id="no such option"),
        pytest.param("node info --node nowhere", id="an address without port"),
        pytest.param("node info --timeout 0", id="no time at all"),
        pytest.param("node info --authority nowhere", id="an authority name that is none"),
        pytest.param("node info --authority \udcff.example", id="an authority name in no encoding"),
        pytest.param("assertion get not-a-uuid", id="an id that is none"),
        pytest.param("translate AAA/Secret bbb", id="a party in small letters"),
        pytest.param("translate Secret BBB", id="a level without its party"),
        pytest.param("translate AAA/Secret BBB --day 2027-02-30", id="a day that does not exist"),
        pytest.param("standing suspend", id="a hold on nothing"),
        pytest.param(f"standing suspend --assertion {ID} --project {ID}", id="a hold on two things"),
        pytest.param("lane prove", id="a proof of nothing"),
        pytest.param(f"lane prove {ID} --index 1", id="a proof of two things"),
        pytest.param("lane prove --index 1 --to bundle", id="a bundle without an assertion"),
        pytest.param(
            f"assertion issue --project {ID} --subject {ID} --partner BBB --expires-at 2027-01-01", id="no zone"
        ),
        pytest.param("project open --partner BBB", id="a partner without an agreement"),
        pytest.param("init new --root root --party AAA --set nonsense=1", id="no such setting"),
        pytest.param("init new --root root --party AAA --set follow_every=soon", id="a setting of another type"),
        pytest.param("root create new --party AAA --passphrase-file one --threshold 2", id="a threshold never met"),
        pytest.param("verify token --directory d --root-pin FFFF --party BBB --project p", id="a pin that is none"),
        pytest.param("completion tcsh", id="a shell of another kind"),
    ],
)
def test_what_is_not_understood_ends_with_two(run: Run, session: FakeSession, words: str) -> None:
    """A mistake of the command line is told apart from a refusal, and nothing is called."""
    answer = run(*words.split())
    assert (answer.exit_code, session.calls) == (Exit.USAGE, [])


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        pytest.param("nod info", "'node'", id="a noun"),
        pytest.param("status_list get", "'status-list'", id="a noun with a hyphen"),
        pytest.param("node inf", "'info'", id="a verb"),
        pytest.param("revoke", "'standing revoke'", id="a verb without its noun"),
        pytest.param("assertion revok", "'standing revoke'", id="a verb of another noun"),
        pytest.param("node info --credential x", "'--credentials'", id="an option"),
    ],
)
def test_mistyped_word_is_answered_with_what_it_may_have_meant(run: Run, words: str, meant: str) -> None:
    """Whoever knows the word nearly, or knows it alone, need not read the help."""
    answer = run(*words.split())
    assert (answer.exit_code, f"Did you mean {meant}" in answer.stderr) == (Exit.USAGE, True), answer.stderr


def test_word_that_looks_like_none_is_answered_without_a_guess(run: Run) -> None:
    """A guess that is far off would only mislead."""
    assert "no such command 'qqqq'.\n" in run("qqqq").stderr


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        ("partner list", "coordinator or officer or key-admin or auditor of the node's own party"),
        ("keyring jwks", "partner of an admitted partner; coordinator or officer or key-admin or auditor of"),
        ("keyring draft --to draft", "key-admin of the node's own party."),
    ],
)
def test_caller_who_may_not_learns_who_may(run: Run, session: FakeSession, words: str, allowed: str) -> None:
    """By role, as the certificate names it."""
    for method in ("PartnerService/ListPartners", "KeyringService/GetJwks", "KeyringService/DraftKeyring"):
        session.lay(method, refuse(Reason.CALLER_NOT_ALLOWED))
    answer = run(*words.split())
    assert (answer.exit_code, f" is for {allowed}" in answer.stderr) == (Exit.REFUSED, True), answer.stderr


def test_caller_of_the_wrong_organ_is_not_told_of_roles(run: Run, session: FakeSession) -> None:
    """The node has said what is wrong, and it is another thing."""
    session.lay(INFO, refuse(Reason.CALLER_NOT_ALLOWED, "organ"))
    assert " is for " not in run("node", "info").stderr


def test_missing_profile_names_option_and_variable() -> None:
    """Who has not said which node to call learns both ways of saying it."""
    answer = CliRunner(env={"INTERCHANGE_NODE": ""}).invoke(program, ["node", "info"])
    assert answer.exit_code == Exit.USAGE
    assert "--node" in answer.stderr
    assert "INTERCHANGE_NODE" in answer.stderr


def test_request_id_is_told_where_nobody_knows_whether_it_was_done(run: Run, session: FakeSession) -> None:
    """The call can be repeated under the id that was sent."""
    session.lay(REVOKE, refuse(Reason.PARTNER_UNREACHABLE))
    answer = run("standing", "revoke", ID)
    sent = session.requests[0]["request_id"]
    assert answer.stderr.splitlines()[1].endswith(f"--request-id {sent}")


def test_request_id_given_is_the_one_sent(run: Run, session: FakeSession) -> None:
    """A repetition is known as one by the node."""
    session.lay(REVOKE, refuse(Reason.ALREADY_ENDED))
    run("standing", "revoke", ID, "--request-id", ID.upper())
    assert session.requests[0]["request_id"] == ID


def test_request_ids_are_random_unless_given(run: Run, session: FakeSession) -> None:
    """Two calls are two acts."""
    session.lay(REVOKE, refuse(Reason.ALREADY_ENDED))
    run("standing", "revoke", ID)
    run("standing", "revoke", ID)
    one, other = (request["request_id"] for request in session.requests)
    assert one != other


def test_session_is_closed_also_after_a_refusal(run: Run, session: FakeSession) -> None:
    """No connection outlives its command."""
    session.lay(INFO, refuse(Reason.CALLER_UNKNOWN))
    run("node", "info")
    assert session.closed == len(session.opened) == 1


def test_credentials_that_are_not_there_are_refused(tmp_path: object) -> None:
    """A wrong path is named before any connection is made."""
    words = ["node", "info", "--node", "127.0.0.1:1", "--credentials", str(tmp_path), "--authority", "aaa.example"]
    answer = CliRunner().invoke(program, words)
    assert answer.exit_code == Exit.REFUSED
    assert answer.stderr.startswith("error: file_unreadable: ")
    assert f"(caller.pem, in --credentials {tmp_path})" in answer.stderr
    assert Reason.FILE_UNREADABLE.family is Malformed
