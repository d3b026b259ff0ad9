"""docs/tutorial.md is carried out from its first line to its last, each command a process of its own."""

import socket

import pytest
from docs.markdown import fenced, read
from docs.session import Ended, run

PORTS = ("7443", "7444")


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


def test_tutorial_ends_with_the_revocation(ended: Ended) -> None:
    """The last verdict is that of the revoked assertion, for that reason."""
    assert verdicts(ended)[-1] == "NOT_VALID"
    assert "revoked: " in ended.stdout


def test_ledgers_of_the_tutorial_are_clean(ended: Ended) -> None:
    """Both nations' ledgers agree with themselves at the end."""
    assert [line.split(":")[0] for line in ended.stdout.splitlines()[-2:]] == ["clean", "clean"]
