"""What each command asks of a node, and what it prints of the answer."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from fakes.answers import ACTS, ID, INFO, OTHER, PARTNER, PROJECT, READS, proposal
from fakes.sessions import FakeSession

from interchange.cli import signing
from interchange.cli.caller import JsonObject

Run = Callable[..., Result]

WAITING = [words for words, (method, *_) in ACTS.items() if method in signing.ACTS]


@pytest.mark.parametrize("words", [*READS, *ACTS])
def test_command_asks_for_what_it_was_told(run: Run, session: FakeSession, words: str) -> None:
    """Each argument arrives in its field, and what was not given is absent."""
    method, request, answer, _ = (READS | ACTS)[words]
    session.lay(method, answer)
    run(*words.split())
    assert session.asked == (method, request)


@pytest.mark.parametrize("words", [*READS, *ACTS])
def test_command_prints_the_answer_for_people(run: Run, session: FakeSession, words: str) -> None:
    """The point of the answer stands in the output, and the command has succeeded."""
    method, _, answer, shown = (READS | ACTS)[words]
    session.lay(method, answer)
    done = run(*words.split())
    assert (done.exit_code, shown in done.stdout) == (0, True), done.output


@pytest.mark.parametrize("words", [*READS, *ACTS])
def test_command_prints_the_answer_for_programs(run: Run, session: FakeSession, words: str) -> None:
    """The JSON is the answer, and nothing else."""
    method, _, answer, _ = (READS | ACTS)[words]
    session.lay(method, answer)
    assert json.loads(run(*words.split(), "--json").stdout) == answer


@pytest.mark.parametrize("words", WAITING)
def test_act_that_waits_for_a_second_person_says_so(
    run: Run, session: FakeSession, credentials: Path, words: str
) -> None:
    """Nothing has changed yet, and the second person learns what to approve."""
    waiting = {"proposal": proposal(signing.ACTS[ACTS[words][0]])}
    session.lay(ACTS[words][0], waiting).lay("ProposalService/SignProposal", waiting)
    answer = run(*words.split(), "--credentials", credentials).stdout
    assert "a second person" in answer
    assert f"interchange proposal approve {OTHER}" in answer


def test_profile_comes_from_the_environment(run: Run, session: FakeSession) -> None:
    """A caller says once which node to call, and as whom."""
    session.lay("NodeService/GetNodeInfo", INFO)
    run("node", "info")
    (profile,) = session.opened
    assert (profile.node, str(profile.credentials), profile.authority, profile.timeout) == (
        "127.0.0.1:7443",
        "credentials",
        "aaa.clearance.example",
        10,
    )


def test_option_goes_before_the_environment(run: Run, session: FakeSession) -> None:
    """One call can go elsewhere."""
    session.lay("NodeService/GetNodeInfo", INFO)
    run("node", "info", "--node", "bbb.example:7443", "--timeout", "2.5")
    assert (session.opened[0].node, session.opened[0].timeout) == ("bbb.example:7443", 2.5)


def test_list_reads_page_after_page(run: Run, session: FakeSession) -> None:
    """However many pages a node makes of it, the list is one."""
    entries = {"more": [PARTNER], "last": [], "": [PARTNER]}
    pages: list[JsonObject] = [{"partners": found, "next_page_token": token} for token, found in entries.items()]
    session.lay("PartnerService/ListPartners", *pages)
    answer = json.loads(run("partner", "list", "--json").stdout)
    assert [request["page_token"] for request in session.requests] == ["", "more", "last"]
    assert answer == {"partners": [PARTNER, PARTNER]}


def test_limit_asks_for_no_more_than_is_wanted(run: Run, session: FakeSession) -> None:
    """The first entries of a long list cost one short page."""
    session.lay("PartnerService/ListPartners", {"partners": [PARTNER, PARTNER], "next_page_token": "more"})
    run("partner", "list", "--limit", 2)
    assert session.requests == [{"page_size": 2, "page_token": ""}]


def test_empty_list_says_so(run: Run, session: FakeSession) -> None:
    """A person sees that there is nothing, rather than nothing."""
    session.lay("PartnerService/ListPartners", {"partners": []})
    assert run("partner", "list").stdout == "none\n"


def test_columns_stay_aligned_beside_wide_characters(run: Run, session: FakeSession) -> None:
    """A title in Japanese takes two columns a character, and what follows stays below its head."""
    levels = [{"level": "BBB/A", "title": "秘密", "retired_on": "2027-01-01"}, {"level": "BBB/B", "title": "x"}]
    session.lay("AgreementService/ListLevels", {"levels": levels})
    head, first, second = run("agreement", "levels", "BBB").stdout.splitlines()
    assert head.index("title") == first.index("秘密") == second.index("x")


def test_what_another_party_wrote_cannot_move_the_cursor(run: Run, session: FakeSession) -> None:
    """Control characters in a title reach no terminal."""
    session.lay("ProjectService/GetProject", {"project": PROJECT | {"title": "\x1b[2Jgone\n"}})
    assert "title    ?[2Jgone?" in run("project", "show", ID).stdout
