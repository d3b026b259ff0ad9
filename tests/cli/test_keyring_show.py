"""`keyring show`: what people read of a keyring, on a screen that is not wide."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fakes import tokens
from fakes.answers import PIN, spelled
from fakes.sessions import FakeSession

from interchange.cli.program import program
from interchange.domain.keyring import Role
from interchange.wire.keyring import assemble, encode_keyring

Run = Callable[..., Result]

METHOD = "KeyringService/GetKeyring"
WIDEST = "ABCDEFGHIJKL"
KEYS = (
    tokens.key_record("assert", organ=WIDEST),
    tokens.key_record("status", Role.STATUS),
    tokens.key_record("witness", Role.WITNESS, tainted_since=tokens.NOW),
    tokens.key_record("binding", Role.BINDING),
)
JWS = assemble(encode_keyring(tokens.party_keyring(keys=KEYS)), [])


def answer(**narrowed: str) -> dict[str, Any]:
    """Answer with a keyring of these keys, some of them narrowed."""
    keys = [{"kid": tokens.kid(label), "restriction": f"KEY_RESTRICTION_{how}"} for label, how in narrowed.items()]
    return {"keyring": spelled(JWS), "party": "AAA", "number": 1, "root_pin": PIN, "narrowed": keys}


def shown(run: Run, session: FakeSession, **narrowed: str) -> list[str]:
    """Show the keyring, and give the lines."""
    session.lay(METHOD, answer(**narrowed))
    return run("keyring", "show").stdout.splitlines()


def of_key(lines: list[str], label: str) -> list[str]:
    """Give what stands below a key's own line, up to the next key."""
    begin = next(number for number, line in enumerate(lines) if tokens.kid(label) in line) + 1
    end = next((n for n, line in enumerate(lines[begin:], begin) if not line.startswith("  ")), len(lines))
    return lines[begin:end]


def test_no_line_is_wider_than_a_hundred_columns(run: Run, session: FakeSession) -> None:
    """Whatever the organ's code, and however a key is narrowed."""
    lines = shown(run, session, **{"assert": "SUSPENDED", "status": "SUSPENDED"})
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("how", ["SUSPENDED", "RETIRED", "TAINTED"])
def test_narrowed_key_says_so(run: Run, session: FakeSession, how: str) -> None:
    """Below that key, and below no other."""
    lines = shown(run, session, status=how)
    found = [any(how.lower() in line for line in of_key(lines, label)) for label in ("assert", "status")]
    assert found == [False, True]


def test_taint_of_the_keyring_itself_is_shown(run: Run, session: FakeSession) -> None:
    """With the instant from which a thief may have had the key."""
    assert "  tainted since 2027-01-15T08:00:00Z" in of_key(shown(run, session), "witness")


def test_key_says_how_long_it_signs_and_verifies(run: Run, session: FakeSession) -> None:
    """All of its window, to the second."""
    window = "signs 2026-12-16T08:00:00Z until 2027-02-14T08:00:00Z, verifies until 2028-02-19T08:00:00Z"
    assert of_key(shown(run, session), "status") == [f"  {window}"]


def test_key_that_signs_nothing_says_so(run: Run, session: FakeSession) -> None:
    """A key of bindings is for partners, who seal to it."""
    window = "is sealed to 2026-12-16T08:00:00Z until 2027-02-14T08:00:00Z, opens until 2028-02-19T08:00:00Z"
    assert shown(run, session)[-1] == f"  {window}"


def test_words_stand_with_the_keyring_that_they_name(run: Run, session: FakeSession) -> None:
    """Nobody takes them for the root pin in words."""
    names = [line.split("  ")[0] for line in shown(run, session)]
    assert names.index("in words") == names.index("keyring") + 1


def test_program_reads_how_keys_are_narrowed(run: Run, session: FakeSession) -> None:
    """The JSON is the node's own answer."""
    session.lay(METHOD, answer(status="RETIRED"))
    assert json.loads(run("keyring", "show", "--json").stdout) == answer(status="RETIRED")


@pytest.mark.parametrize("word", ["in words", "root pin", "fingerprint"])
def test_help_says_what_each_name_is_for(word: str) -> None:
    """Three things look alike, and each is compared at another occasion."""
    lines = CliRunner().invoke(program, ["keyring", "show", "--help"]).stdout.splitlines()
    assert any(line.strip().startswith(f"{word}  ") for line in lines)
