"""What tests of the command line share: calling it in this process, against a node that a test lays down."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fakes.authorities import Authority
from fakes.sessions import PROFILE, FakeSession

from interchange.cli.program import program
from interchange.crypto.sealed import write_private

Run = Callable[..., Result]


@pytest.fixture
def session() -> FakeSession:
    """A node that has not been asked anything yet."""
    return FakeSession()


@pytest.fixture
def run(session: FakeSession) -> Run:
    """Call the command line with a profile that leads to the fake node."""

    def called(*arguments: object, **more: Any) -> Result:  # noqa: ANN401 - of click's runner
        words = [str(argument) for argument in arguments]
        return CliRunner(env=PROFILE).invoke(program, words, obj=session, prog_name="interchange", **more)

    return called


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    """A directory with the certificate of an officer, and the key to sign with."""
    directory = tmp_path / "credentials"
    directory.mkdir()
    pair = Authority("aaa.clearance.example").certify("spiffe://aaa.clearance.example/officer/sato")
    write_private(directory / "caller.pem", pair.certificate)
    write_private(directory / "caller.key", pair.key)
    return directory
