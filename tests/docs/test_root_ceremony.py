"""docs/root.md is carried out from its first line to its last, each command a process of its own."""

import socket
from pathlib import Path
from typing import NamedTuple

import pytest
from docs.markdown import fenced, read
from docs.session import Ended, run

from interchange.crypto.both import BOTH
from interchange.domain.keyring import ED25519, MLDSA65, Keyring, accept_keyring
from interchange.wire.keyring import parse_keyring


class Held(NamedTuple):
    """How the ceremony ended, and where its files are."""

    ended: Ended
    directory: Path

    def keyring(self, number: int) -> Keyring:
        """Read a keyring of the archive."""
        return parse_keyring((self.directory / f"archive/keyring-{number}.json").read_bytes())[0]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """The ceremony, held on a port that is free here."""
    blocks = [block.body for block in fenced(read("docs/root.md")) if block.language == "sh"]
    directory = tmp_path_factory.mktemp("ceremony")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = str(probe.getsockname()[1])
    return Held(run(blocks, directory, {"127.0.0.1:7443": f"127.0.0.1:{free}"}), directory)


def test_ceremony_comes_to_its_end(held: Held) -> None:
    """Every command of the page succeeds."""
    assert held.ended.returncode == 0, held.ended.stdout[-2000:] + held.ended.stderr[-2000:]


def test_custodians_read_which_keys_sign(held: Held) -> None:
    """Both halves of each of the eight pairs that sign are named with their family, before the file is written."""
    lines = [line.split() for line in held.ended.stdout.splitlines() if " signs as " in line]
    assert sorted(line[-1] for line in lines) == [ED25519] * 8 + [MLDSA65] * 8


def test_progress_is_told_until_enough_have_signed(held: Held) -> None:
    """The first of two that are handed in is not enough, and nothing is published by it."""
    lines = [line.split() for line in held.ended.stdout.splitlines()]
    assert [line[-1] for line in lines if line[:1] == ["complete"]] == ["no", "yes", "yes"]
    assert [line[-1] for line in lines if line[:2] == ["published", "keyring"]] == ["1", "2", "3"]


def test_keyrings_of_the_archive_follow_one_another(held: Held) -> None:
    """The third has other root keys, and is taken by whoever has the second."""
    current = None
    for number in (1, 2, 3):
        jws = (held.directory / f"archive/keyring-{number}.json").read_bytes()
        current = accept_keyring(current, *parse_keyring(jws), BOTH)
    assert held.keyring(1).root_pin == held.keyring(2).root_pin != held.keyring(3).root_pin


def test_auditors_lane_is_in_the_archive(held: Held) -> None:
    """A node without partners has that one lane, and at least one day of it."""
    assert list((held.directory / "archive/audit/1").glob("*.txt")) != []
