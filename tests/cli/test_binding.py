"""`binding`: what is asked of a node, what is printed, and that no personal value can be an option."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from fakes.answers import ID, OTHER
from fakes.sessions import FakeSession

from interchange.cli.exits import Exit
from interchange.errors import Reason, refuse

Run = Callable[..., Result]

PAPERS = {
    "passport_family": "ONO",
    "passport_given": "HANAKO",
    "birth_date": "1984-02-28",
    "document_number": "TZ1234567",
}
MATCH = ("binding", "match", "--issuer", "AAA", "--assertion", ID)
METHOD = "BindingService/MatchPerson"
YES = {"matched": True, "confirmed": True}


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Somebody's papers in a file."""
    path = tmp_path / "papers.json"
    path.write_text(json.dumps(PAPERS), encoding="utf-8")
    return path


def asked(session: FakeSession) -> dict[str, Any]:
    """Give what was asked about the person at the gate."""
    method, request = session.asked
    assert method == METHOD
    return request


def test_papers_are_read_from_a_file(run: Run, session: FakeSession, papers: Path) -> None:
    """Each value arrives in its field."""
    session.lay(METHOD, YES)
    run(*MATCH, "--from-json", papers)
    assert asked(session) == {"issuer": "AAA", "assertion_id": ID, **PAPERS}


def test_papers_are_asked_for_if_no_file_is_given(run: Run, session: FakeSession) -> None:
    """On the terminal, one after the other."""
    session.lay(METHOD, YES)
    run(*MATCH, input="ONO\nHANAKO\n1984-02-28\nTZ1234567\n")
    assert asked(session) == {"issuer": "AAA", "assertion_id": ID, **PAPERS}


def test_all_of_a_persons_papers_serve_too(run: Run, session: FakeSession) -> None:
    """What is not compared is not sent."""
    session.lay(METHOD, YES)
    run(*MATCH, "--from-json", "-", input=json.dumps({**PAPERS, "family": "大野", "nationalities": ["JPN"]}))
    assert asked(session) == {"issuer": "AAA", "assertion_id": ID, **PAPERS}


@pytest.mark.parametrize(
    ("answer", "said", "code"),
    [
        (YES, "the same person  yes", Exit.DONE),
        ({"matched": False, "confirmed": True}, "the same person  NO", Exit.NOT_VALID),
    ],
    ids=["the subject", "somebody else"],
)
def test_answer_is_yes_or_no(
    run: Run, session: FakeSession, papers: Path, answer: dict[str, bool], said: str, code: Exit
) -> None:
    """For people, and for scripts by the exit code."""
    session.lay(METHOD, answer)
    done = run(*MATCH, "--from-json", papers)
    assert (said in done.stdout, done.exit_code) == (True, code), done.output


@pytest.mark.parametrize(("matched", "code"), [(True, Exit.DONE), (False, Exit.NOT_VALID)])
def test_answer_for_programs_is_the_nodes(
    run: Run, session: FakeSession, papers: Path, matched: bool, code: Exit
) -> None:
    """Nothing is added, and the exit code is the same."""
    session.lay(METHOD, {"matched": matched, "confirmed": True})
    done = run(*MATCH, "--from-json", papers, "--json")
    assert (json.loads(done.stdout), done.exit_code) == ({"matched": matched, "confirmed": True}, code)


def test_how_to_tell_the_issuer_again_is_said(run: Run, session: FakeSession, papers: Path) -> None:
    """With the request id that was used, also where none was given."""
    session.lay(METHOD, {"matched": True, "confirmed": False})
    done = run(*MATCH, "--from-json", papers)
    assert f"--request-id {session.requests[0]['request_id']}" in done.stdout


def test_given_request_id_is_used(run: Run, session: FakeSession, papers: Path) -> None:
    """To repeat a question."""
    session.lay(METHOD, YES)
    run(*MATCH, "--from-json", papers, "--request-id", OTHER)
    assert session.requests[0]["request_id"] == OTHER


@pytest.mark.parametrize("value", PAPERS.values())
def test_nothing_of_the_papers_is_printed(run: Run, session: FakeSession, papers: Path, value: str) -> None:
    """Neither with the answer nor with a refusal."""
    session.lay(METHOD, YES, refuse(Reason.BINDING_NOT_TOLD))
    done = [run(*MATCH, "--from-json", papers), run(*MATCH, "--from-json", papers)]
    assert [value in each.output for each in done] == [False, False]


@pytest.mark.parametrize("option", ["--passport-family", "--birth-date", "--document-number", "--name"])
def test_no_personal_value_is_an_option(run: Run, option: str) -> None:
    """What stands on a command line, everybody on the machine can see."""
    assert run(*MATCH, option, "X").exit_code == Exit.USAGE


SENT = {"assertion_id": ID, "sha256": "A" * 43, "partner": "BBB", "organ": "AAA/SCI", "sent_at": "2027-01-15T08:20:34Z"}


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ({}, "waits for the partner"),
        ({"unmatched_at": "2027-01-16T00:00:00Z"}, "somebody else was there 2027-01-16"),
        (
            {"confirmed_at": "2027-01-17T00:00:00Z", "unmatched_at": "2027-01-16T00:00:00Z"},
            "matched and deleted 2027-01-17",
        ),
        ({"confirmed_at": "2027-01-17T00:00:00Z", "ended_at": "2027-01-18T00:00:00Z"}, "ended 2027-01-18"),
    ],
    ids=["waiting", "somebody else", "matched", "ended"],
)
def test_list_says_what_became_of_each(run: Run, session: FakeSession, since: dict[str, str], said: str) -> None:
    """The last word on it."""
    session.lay("BindingService/ListBindings", {"bindings": [SENT | since]})
    assert said in run("binding", "list").stdout
