"""`keyring restrict`: what it asks, what it prints, and what it does not let pass."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from fakes import tokens
from fakes.sessions import FakeSession

Run = Callable[..., Result]

METHOD = "KeyringService/RestrictKey"
KID = tokens.kid("assert")
TOLD = {"origin": "aaa.clearance.example/lane/BBB/1", "index": "7"}
ANSWER = {
    "result": {
        "kid": KID,
        "restriction": "KEY_RESTRICTION_TAINTED",
        "restricted_at": "2027-01-31T10:00:00Z",
        "positions": [TOLD],
    }
}
TAINT = ("keyring", "restrict", KID, "--how", "tainted", "--since", "2027-01-31T18:00:00+09:00")


@pytest.mark.parametrize("how", ["suspended", "retired"])
def test_restriction_is_asked_for(run: Run, session: FakeSession, how: str) -> None:
    """Without a beginning, since only a taint has one."""
    session.lay(METHOD, ANSWER)
    run("keyring", "restrict", KID, "--how", how)
    assert session.asked == (METHOD, {"kid": KID, "restriction": f"KEY_RESTRICTION_{how.upper()}"})


def test_taint_is_asked_for_with_its_beginning(run: Run, session: FakeSession) -> None:
    """In universal time, whatever zone the caller writes in."""
    session.lay(METHOD, ANSWER)
    run(*TAINT)
    expected = {"kid": KID, "restriction": "KEY_RESTRICTION_TAINTED", "tainted_since": "2027-01-31T09:00:00Z"}
    assert session.asked == (METHOD, expected)


def test_answer_says_when_and_where_it_is_told(run: Run, session: FakeSession) -> None:
    """For people, in a few lines."""
    session.lay(METHOD, ANSWER)
    lines = [line.split(maxsplit=1) for line in run(*TAINT).stdout.splitlines()]
    told = f"{TOLD['origin']} leaf {TOLD['index']}"
    assert lines == [["key", KID], ["tainted", "2027-01-31T10:00:00Z"], ["told", told]]


def test_answer_for_programs_is_the_nodes(run: Run, session: FakeSession) -> None:
    """Complete, and nothing else."""
    session.lay(METHOD, ANSWER)
    assert json.loads(run(*TAINT, "--json").stdout) == ANSWER


@pytest.mark.parametrize(
    "words",
    [
        pytest.param((KID, "--how", "tainted"), id="a taint without its beginning"),
        pytest.param((*TAINT[2:3], "--how", "retired", *TAINT[5:]), id="a retirement with a beginning"),
        pytest.param((KID,), id="no way of narrowing"),
        pytest.param((KID, "--how", "lifted"), id="an unknown way"),
        pytest.param(("METI", "--how", "suspended"), id="a key that is no thumbprint"),
    ],
)
def test_mistake_is_found_before_anything_is_asked(run: Run, session: FakeSession, words: tuple[str, ...]) -> None:
    """The node is not called."""
    done = run("keyring", "restrict", *words)
    assert (done.exit_code, session.calls) == (2, [])


def test_key_that_begins_with_a_hyphen_goes_after_two(run: Run, session: FakeSession) -> None:
    """One key in 64 looks like an option."""
    session.lay(METHOD, ANSWER)
    kid = "-" + KID[1:]
    run("keyring", "restrict", "--how", "suspended", "--", kid)
    assert session.asked[1]["kid"] == kid
