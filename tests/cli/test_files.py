"""Files that commands send to a node, and files that they leave."""

from collections.abc import Callable
from pathlib import Path

from click.testing import Result
from fakes.answers import ASSERTION, AT, ID, KEYRING, ORIGIN, OTHER, PARTNER, PIN, READS, TOLD, spelled
from fakes.sessions import FakeSession

from interchange.errors import Reason, refuse

Run = Callable[..., Result]


def test_admission_sends_the_files_as_they_are(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """Certificate authority and keyring arrive byte by byte; the newline of an editor is no part of a keyring."""
    ca, keyring = tmp_path / "ca.pem", tmp_path / "keyring.json"
    ca.write_bytes(b"a certificate\n")
    keyring.write_bytes(b"{}\n")
    session.lay("PartnerService/AdmitPartner", {"result": PARTNER})
    files = ("--ca", ca, "--keyring", keyring)
    run("partner", "admit", "BBB", "--address", "bbb.example:7443", *files, "--root-pin", PIN)
    assert session.asked[1] == {
        "party": "BBB",
        "address": "bbb.example:7443",
        "ca_pem": spelled(b"a certificate\n"),
        "keyring": spelled(b"{}"),
        "root_pin": PIN,
    }


def test_draft_is_left_as_it_must_be_signed(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """The payload's bytes are what the root keys sign, and the words are printed to be compared."""
    answer = {"payload": spelled(b"{}"), "number": 2, "fingerprint_words": ["babab", "dadad"]}
    session.lay("KeyringService/DraftKeyring", answer)
    shown = run("keyring", "draft", "--days", 30, "--to", tmp_path / "draft").stdout
    assert (tmp_path / "draft").read_bytes() == b"{}"
    assert "babab dadad" in shown


def test_publication_sends_the_signed_keyring(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """The keyring arrives byte by byte, and where it is told is printed."""
    (tmp_path / "keyring.json").write_bytes(KEYRING)
    session.lay("KeyringService/PublishKeyring", {"result": {"number": 1, "published_at": AT, "positions": [TOLD]}})
    shown = run("keyring", "publish", tmp_path / "keyring.json").stdout
    assert session.asked[1] == {"keyring": spelled(KEYRING)}
    assert f"{ORIGIN} leaf 3" in shown


def test_jwks_is_printed_as_it_is(run: Run, session: FakeSession) -> None:
    """The set can be given to a JWT library as it stands."""
    session.lay("KeyringService/GetJwks", {"jwks": spelled(b'{"keys":[]}')})
    assert run("keyring", "jwks").stdout == '{"keys":[]}\n'


def test_token_is_left_in_its_file(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """What is passed on to the partner is one line."""
    method, _, answer, _ = READS[f"assertion get {ID}"]
    session.lay(method, answer)
    run("assertion", "get", ID, "--to", tmp_path / "token")
    assert (tmp_path / "token").read_bytes() == b"a.b.c\n"


def test_no_file_is_written_over(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """What lies there may be all that is left of something."""
    (tmp_path / "token").write_bytes(b"precious")
    method, _, answer, _ = READS[f"assertion get {ID}"]
    session.lay(method, answer)
    done = run("assertion", "get", ID, "--to", tmp_path / "token")
    assert (done.exit_code, done.stderr.split(":")[1]) == (4, " file_exists")


def test_token_that_is_no_longer_kept_leaves_no_file(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """Once its retention is over there is nothing to leave, and the command says so."""
    session.lay("AssertionService/GetAssertion", {"assertion": ASSERTION})
    done = run("assertion", "get", ID, "--to", tmp_path / "token")
    assert (done.exit_code, (tmp_path / "token").exists()) == (4, False)


def test_refused_issue_leaves_no_file(run: Run, session: FakeSession, tmp_path: Path) -> None:
    """A file with a token is a token that was issued."""
    session.lay("AssertionService/IssueAssertion", refuse(Reason.NOT_CONFIRMED))
    words = f"assertion issue --project {ID} --partner BBB --subject {OTHER} --to".split()
    done = run(*words, tmp_path / "token")
    assert (done.exit_code, (tmp_path / "token").exists()) == (4, False)
