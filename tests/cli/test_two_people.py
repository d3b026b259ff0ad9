"""Two people at their own machines, each with a certificate and a key, over mutual TLS."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fakes.nodes import Served, authority_of
from fakes.parties import HOME, NOW, TREATY
from fakes.signing import KEEPER, SATO, SUZUKI, Person, is_lifted
from fakes.strict import serve_strict

from interchange.cli.exits import Exit
from interchange.cli.program import program
from interchange.crypto.sealed import write_private
from interchange.domain.standing import HoldScope
from interchange.flows.perform import perform
from interchange.flows.withdraw import SUSPEND, SuspendRequest

As = Callable[..., Result]


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A served node of this test's own that asks for two people."""
    with serve_strict(tmp_path / "node", sqlite_template) as served:
        yield served


@pytest.fixture
def calling(served: Served, tmp_path: Path) -> As:
    """Call the node as somebody, with the credentials in files as `root certificate` leaves them."""

    def called(person: Person, *words: object) -> Result:
        directory = tmp_path / f"{person.role}-{person.name}"
        if not directory.exists():
            directory.mkdir()
            write_private(directory / "caller.pem", person.pair.certificate)
            write_private(directory / "caller.key", person.pair.key)
            write_private(directory / "ca.pem", authority_of(HOME).pem)
        profile = {
            "INTERCHANGE_NODE": f"127.0.0.1:{served.port}",
            "INTERCHANGE_CREDENTIALS": str(directory),
            "INTERCHANGE_AUTHORITY": served.node.names.authority,
        }
        return CliRunner(env=profile).invoke(program, [str(word) for word in words])

    return called


@pytest.fixture
def hold(served: Served) -> str:
    """A hold on a treaty."""
    node, request = served.node, SuspendRequest(HoldScope.AGREEMENT, TREATY)
    return perform(node, SUSPEND, request, caller=SATO.spiffe, request_id=node.chance.uuid(), now=NOW).result


def proposed(done: Result) -> str:
    """Read the id of what waits."""
    assert done.exit_code == Exit.DONE, done.output
    found: str = json.loads(done.stdout)["proposal"]["proposal_id"]
    return found


def test_two_people_lift_a_hold(served: Served, calling: As, hold: str) -> None:
    """One asks, the other approves, each with one command."""
    proposal = proposed(calling(SATO, "standing", "reinstate", hold, "--why", "papers are back", "--json"))
    before = is_lifted(served.node, hold)
    done = calling(SUZUKI, "proposal", "approve", proposal, "--yes")
    assert (before, done.exit_code, is_lifted(served.node, hold)) == (False, Exit.DONE, True)


def test_second_person_sees_what_the_first_asked_for(calling: As, hold: str) -> None:
    """And why."""
    proposal = proposed(calling(SATO, "standing", "reinstate", hold, "--why", "papers are back", "--json"))
    shown = calling(SUZUKI, "proposal", "show", proposal).stdout
    assert [text for text in ("reinstate", hold, SATO.spiffe, "papers are back") if text not in shown] == []


def test_nobody_is_their_own_second_person(served: Served, calling: As, hold: str) -> None:
    """However often they approve."""
    proposal = proposed(calling(SATO, "standing", "reinstate", hold, "--json"))
    done = calling(SATO, "proposal", "approve", proposal, "--yes")
    assert (done.exit_code, "a second person" in done.stdout, is_lifted(served.node, hold)) == (Exit.DONE, True, False)


def test_agreement_is_moved_by_two(calling: As) -> None:
    """The list then shows the state and its day."""
    words = ("agreement", "move", TREATY, "--to", "notice-given", "--on", "2027-04-30", "--json")
    proposal = proposed(calling(SATO, *words))
    assert calling(SUZUKI, "proposal", "approve", proposal, "--yes").exit_code == Exit.DONE
    shown = calling(KEEPER, "agreement", "list", "--party", "KOR").stdout
    assert "notice given  2027-04-30" in shown


def test_repeated_command_prints_the_result_once_it_is_approved(calling: As, hold: str) -> None:
    """Under the same request id."""
    request_id = "0f8fad5b-d9cb-469f-a165-70867728950e"
    words = ("standing", "reinstate", hold, "--request-id", request_id)
    proposal = proposed(calling(SATO, *words, "--json"))
    calling(SUZUKI, "proposal", "approve", proposal, "--yes")
    assert "closed" in calling(SATO, *words).stdout


def test_rejected_proposal_leaves_the_list_of_open_ones(calling: As, hold: str) -> None:
    """Nobody needs to look at it again."""
    proposal = proposed(calling(SATO, "standing", "reinstate", hold, "--json"))
    before = calling(SUZUKI, "proposal", "list", "--open").stdout
    calling(SUZUKI, "proposal", "reject", proposal, "--why", "not yet")
    assert (proposal in before, calling(SUZUKI, "proposal", "list", "--open").stdout) == (True, "none\n")
