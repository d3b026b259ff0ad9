"""docs/tutorial.md is carried out from its first line to its last, each command a process of its own."""

import socket

import pytest
from docs.markdown import fenced, read
from docs.session import Ended, run

PORTS = ("7443", "7444")
PROPOSALS = 7
MATCHED = ["the", "same", "person", "yes"]
RESULT_COMMAS = 5
"""Commas in each line of a result CSV."""


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """The tutorial, done on ports that are free here."""
    blocks = [block.body for block in fenced(read("docs/tutorial.md")) if block.language == "sh"]
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        free = [str(probe.getsockname()[1]) for probe in (one, other)]
    replaced = {f"127.0.0.1:{port}": f"127.0.0.1:{found}" for port, found in zip(PORTS, free, strict=True)}
    return run(blocks, tmp_path_factory.mktemp("tutorial"), replaced)


def verdicts(ended: Ended) -> list[str]:
    """List the verdicts that were printed, in their order."""
    return [line.split()[1] for line in ended.stdout.splitlines() if line.startswith("verdict ")]


def test_tutorial_comes_to_its_end(ended: Ended) -> None:
    """Every command of the tutorial succeeds."""
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]


def test_tutorial_comes_to_a_valid_verdict_online_and_offline(ended: Ended) -> None:
    """Korea's node says VALID, and so do the files."""
    assert verdicts(ended).count("VALID") >= 2


def test_tutorial_suspends_reinstates_and_revokes(ended: Ended) -> None:
    """The last three verdicts follow what was done, and the first and last of them say so."""
    causes = [line.split()[1] for line in ended.stdout.splitlines() if line.startswith("because ")]
    assert verdicts(ended)[-3:] == ["NOT_VALID", "VALID", "NOT_VALID"]
    assert (causes[0], causes[-1]) == ("suspended:", "revoked:")


def test_second_person_carries_out_what_the_first_one_proposed(ended: Ended) -> None:
    """Both admissions, conclusion, issue, paper, roster and reinstatement wait, and are then carried out."""
    lines = [line.split() for line in ended.stdout.splitlines()]
    assert lines.count(["outcome", "executed"]) == PROPOSALS
    # That of the import is told in JSON.
    assert sum(line[:2] == ["waiting", "for"] for line in lines) == PROPOSALS - 1


def test_person_at_the_gate_is_matched(ended: Ended) -> None:
    """The passport that is shown is that of the assertion's subject."""
    assert MATCHED in [line.split() for line in ended.stdout.splitlines()]


def test_dry_run_names_the_faulty_cell(ended: Ended) -> None:
    """The day that two nations read differently has its line, column and reason."""
    faulty = [line.split()[:4] for line in ended.stdout.splitlines() if " faulty " in line]
    assert ["3", "faulty", "birth_date", "date_ambiguous:"] in faulty


def test_roster_enrols_those_who_are_confirmed(ended: Ended) -> None:
    """Of three people one is not confirmed, and nothing says why."""
    results = [line.split(",")[:2] for line in ended.stdout.splitlines() if line.count(",") == RESULT_COMMAS]
    assert [row for row in results if row[0].isdigit()] == [
        ["2", "confirmed"],
        ["3", "confirmed"],
        ["4", "not confirmed"],
    ]


def test_ledgers_of_the_tutorial_are_clean(ended: Ended) -> None:
    """Both nations' ledgers agree with themselves at the end."""
    assert [line.split(":")[0] for line in ended.stdout.splitlines()[-2:]] == ["clean", "clean"]
