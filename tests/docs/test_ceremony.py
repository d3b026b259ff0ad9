"""docs/ceremony.md is carried out from its first line to its last, each command a process of its own."""

import os
import shutil
import socket
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from docs.markdown import fenced, read
from docs.session import Ended, run

from interchange.domain.keyring import Keyring
from interchange.wire.keyring import parse_keyring

PORTS = ("7443", "7444")
STAND_IN = f"""#!{sys.executable}
import sys
import pyrage
words = sys.argv[1:]
if words[0] == "-y":
    print(pyrage.x25519.Identity.from_str(open(words[1]).read().strip()).to_public())
else:
    open(words[1], "x").write(str(pyrage.x25519.Identity.generate()) + chr(10))
"""
"""For machines on which age is not installed; what it does there is tested elsewhere."""


class Held(NamedTuple):
    """How the ceremony ended, and where its files are."""

    ended: Ended
    directory: Path

    @property
    def lines(self) -> list[list[str]]:
        """What was printed, in words."""
        return [line.split() for line in self.ended.stdout.splitlines()]

    def keyring(self, name: str) -> Keyring:
        """Read a keyring."""
        return parse_keyring((self.directory / name).read_bytes())[0]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """The ceremony, held on ports that are free here."""
    blocks = [block.body for block in fenced(read("docs/ceremony.md")) if block.language == "sh"]
    directory = tmp_path_factory.mktemp("ceremony")
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        free = [str(probe.getsockname()[1]) for probe in (one, other)]
    with pytest.MonkeyPatch.context() as patch:
        if shutil.which("age-keygen") is None:
            programs = tmp_path_factory.mktemp("programs")
            (programs / "age-keygen").write_text(STAND_IN, encoding="utf-8")
            (programs / "age-keygen").chmod(0o700)
            patch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{programs}")
        replaced = {f"127.0.0.1:{port}": f"127.0.0.1:{found}" for port, found in zip(PORTS, free, strict=True)}
        return Held(run(blocks, directory, replaced), directory)


def test_ceremony_comes_to_its_end(held: Held) -> None:
    """Every command of the page succeeds."""
    assert held.ended.returncode == 0, held.ended.stdout[-2000:] + held.ended.stderr[-2000:]


def test_second_person_carries_out_what_the_first_proposed(held: Held) -> None:
    """Both admissions, the activation and the retirement."""
    assert held.lines.count(["outcome", "executed"]) == 4


def test_keyrings_are_published_in_order(held: Held) -> None:
    """Korea's three and Japan's one."""
    assert [line[-1] for line in held.lines if line[:2] == ["published", "keyring"]] == ["1", "1", "2", "3"]


def test_new_key_is_laid_in_beside_the_old(held: Held) -> None:
    """The second keyring lists one key more than the first."""
    first, second = held.keyring("keyring-1.json"), held.keyring("keyring-2.json")
    assert len(second.keys) == len(first.keys) + 1


def test_lost_root_key_is_worth_nothing_any_more(held: Held) -> None:
    """None of the old root keys is among the new ones."""
    lost, last = held.keyring("keyring-2.json"), held.keyring("new.json")
    assert {key.kid for key in lost.roots} & {key.kid for key in last.roots} == set()


def test_restored_node_has_each_key_and_goes_on(held: Held) -> None:
    """The files are those that were lost, byte for byte, and the ledger agrees with itself."""
    sealed = {
        name: {path.relative_to(held.directory / name): path.read_bytes() for path in _sealed(held.directory / name)}
        for name in ("lost", "node")
    }
    assert sealed["lost"] == sealed["node"] != {}
    assert held.lines[-1][0] == "clean:"


def test_nothing_secret_is_printed(held: Held) -> None:
    """Neither a passphrase nor an identity."""
    secrets = [(held.directory / name).read_text() for name in ("node/passphrase", "medium-one/passphrase")]
    shown = held.ended.stdout + held.ended.stderr
    assert [secret for secret in secrets if secret.strip() in shown] == []
    assert "AGE-SECRET-KEY" not in shown


def _sealed(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*.sealed"))
