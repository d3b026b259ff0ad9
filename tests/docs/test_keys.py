"""docs/keys.md: its first ceremony is carried out, and its tables describe what comes of it."""

import socket
import stat
from pathlib import Path

import pytest
from docs.markdown import code, fenced, read, rows, section
from docs.session import Ended, run

from interchange.wire.keyring import parse_keyring

_PATTERNS = {"ORGAN": "*", "NUMBER": "[0-9]"}


_SERVE = "interchange serve node\n"
_SERVE_BEHIND = """interchange serve node 2>> log > serving &
until grep -q serving serving; do sleep 0.2; done
"""
_STOP = "kill %1\nwait\n: > serving\n"


def blocks(heading: str) -> list[str]:
    """Read the commands of a ceremony; a node that serves does so in the background."""
    found = fenced(section(read("docs/keys.md"), heading))
    return [block.body.replace(_SERVE, _SERVE_BEHIND) for block in found if block.language == "sh"]


def carry_out(scripts: list[str], directory: Path) -> Ended:
    """Carry out ceremonies for a party of the rulebook, on a port that is free."""
    for custodian in ("one", "two", "three"):
        file = directory / custodian
        file.write_text(f"passphrase of custodian {custodian}\n", encoding="utf-8")
        file.chmod(0o600)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    profile = {"NODE": address, "AUTHORITY": "kor.clearance.example", "CREDENTIALS": "admin-1"}
    exports = "\n".join(f"export INTERCHANGE_{name}={value}" for name, value in profile.items())
    return run([exports, *scripts], directory, {"AAA": "KOR", "0.0.0.0:7443": address})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory in which the first ceremony took place."""
    directory = tmp_path_factory.mktemp("ceremony")
    ended = carry_out(blocks("Ceremony 1: make a party")[:1], directory)
    assert ended.returncode == 0, ended.stderr
    return directory


def test_new_keys_can_be_laid_in_by_hand(tmp_path: Path) -> None:
    """The first and the fifth ceremony lead to a node that has published two keyrings, the second with more keys."""
    first, publish = blocks("Ceremony 1: make a party")
    fresh, exchange = blocks("Ceremony 5: new keys for a node")
    ended = carry_out(
        [first, publish, fresh, _STOP, exchange, "interchange keyring show --to shown.json", _STOP], tmp_path
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    keyrings = [parse_keyring((tmp_path / name).read_bytes())[0] for name in ("keyring-1.json", "shown.json")]
    assert [(ring.number, len(ring.keys) // len(keyrings[0].keys)) for ring in keyrings] == [(1, 1), (2, 2)]


def described(heading: str) -> dict[str, str]:
    """Read a table of files: pattern → mode."""
    found = {code(row[0]): row[1] for row in rows(section(read("docs/keys.md"), heading))}
    for word, pattern in _PATTERNS.items():
        found = {path.replace(word, pattern): mode for path, mode in found.items()}
    return found


def files(directory: Path) -> list[Path]:
    """List all files below a directory."""
    return sorted(path.relative_to(directory) for path in directory.rglob("*") if path.is_file())


DIRECTORIES = [("node", "The node's directory"), ("root", "The root directory")]


@pytest.mark.parametrize(("name", "heading"), DIRECTORIES)
def test_every_file_is_described_with_its_mode(made: Path, name: str, heading: str) -> None:
    """What lies in the directory is in the table, and only its owner can reach it."""
    table = described(heading)
    for path in files(made / name):
        modes = [mode for pattern, mode in table.items() if path.match(pattern)]
        assert modes == [f"{stat.S_IMODE((made / name / path).stat().st_mode):04o}"], path


@pytest.mark.parametrize(("name", "heading"), DIRECTORIES)
def test_every_described_file_is_there(made: Path, name: str, heading: str) -> None:
    """What the table promises is in the directory."""
    there = files(made / name)
    promised = described(heading).keys()
    assert [pattern for pattern in promised if not any(path.match(pattern) for path in there)] == []


@pytest.mark.parametrize(("name", "heading"), DIRECTORIES)
def test_directory_is_its_owners_alone(made: Path, name: str, heading: str) -> None:
    """Nobody else can enter it."""
    assert stat.S_IMODE((made / name).stat().st_mode) == 0o700, heading


def test_node_directory_holds_no_root_key(made: Path) -> None:
    """Whoever has the node's directory cannot sign a keyring or a certificate."""
    assert [path for path in files(made / "node") if path.name.startswith("root") or path.name == "ca.key"] == []


def test_sealed_file_has_the_documented_header(made: Path) -> None:
    """The form that the page shows is the form of the file."""
    (shown,) = (block.body for block in fenced(section(read("docs/keys.md"), "The sealed file")))
    names = [word.partition("=")[0] for word in shown.splitlines()[0].split()]
    line = (made / "node/keys/lane.sealed").read_text(encoding="ascii").splitlines()[0]
    assert [word.partition("=")[0] for word in line.split()] == names
