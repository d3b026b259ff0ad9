"""docs/keys.md: its first ceremony is carried out, and its tables describe what comes of it."""

import socket
import stat
from pathlib import Path

import pytest
from docs.markdown import code, fenced, read, rows, section
from docs.session import Ended, run
from fakes import softhsm

from interchange.wire.keyring import parse_keyring

_PATTERNS = {"HOLDER": "*", "KID": "*", "SERIAL": "*", "ORGAN": "*", "NUMBER": "[0-9]"}


_SERVE = "interchange serve node\n"
_SERVE_BEHIND = """interchange serve node 2>> log > serving &
until grep -q serving serving; do sleep 0.2; done
"""
_SIGN = "interchange signer serve signer\n"
_SIGN_BEHIND = """interchange signer serve signer 2>> log > signing &
until grep -q signing signing; do sleep 0.2; done
"""
_AUDIT = "interchange root certificate root --party AAA --role auditor --name auditor-1 --to auditor-1\n"
_STOP = "kill %1\nwait\n: > serving\n"


def blocks(heading: str) -> list[str]:
    """Read the commands of a ceremony; a node that serves does so in the background."""
    found = fenced(section(read("docs/keys.md"), heading))
    shown = [block.body for block in found if block.language == "sh"]
    return [body.replace(_SERVE, _SERVE_BEHIND).replace(_SIGN, _SIGN_BEHIND) for body in shown]


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


def test_new_keys_are_laid_in(tmp_path: Path) -> None:
    """The first and the fifth ceremony lead to a node with two keyrings, the second of which has two keys more."""
    first, publish = blocks("Ceremony 1: make a party")
    (lay_in,) = blocks("Ceremony 5: new keys for a node")
    ended = carry_out([first, publish, lay_in, "interchange keyring show --to shown.json", _STOP], tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    keyrings = [parse_keyring((tmp_path / name).read_bytes())[0] for name in ("keyring-1.json", "shown.json")]
    assert len(keyrings[1].keys) - len(keyrings[0].keys) == 2


def test_certificate_is_withdrawn_and_the_nodes_own_renewed(tmp_path: Path) -> None:
    """The fourth ceremony, on a node that serves all the time."""
    first, publish = blocks("Ceremony 1: make a party")
    (issue,), (renew, put) = blocks("Ceremony 4: certificates"), blocks("The node's own")
    withdraw, take, _of_a_partner = blocks("Withdraw it")
    told = "interchange agreement list --credentials officer-7 > before.txt\n"
    refused = "! interchange agreement list --credentials officer-7 2> after.txt\n"
    scripts = [first, publish, issue, told, withdraw, take, refused, renew, put, "interchange node info", _STOP]
    ended = carry_out(scripts, tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "certificate_withdrawn" in (tmp_path / "after.txt").read_text()
    assert '"event": "tls_renewed"' in (tmp_path / "log").read_text()


def test_keys_get_a_process_of_their_own(tmp_path: Path) -> None:
    """A node that was made with sealed keys goes over to a signing process, and its lanes go on."""
    first, publish = blocks("Ceremony 1: make a party")
    move, _another_user = blocks("A signing process")
    fetch = "interchange lane fetch --credentials auditor-1 > lane.txt\n"
    ended = carry_out([first, publish, _AUDIT, fetch, _STOP, move, fetch, "kill %1 %2\nwait\n"], tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert [path.name for path in (tmp_path / "node/keys").glob("*.sealed")] == []


def test_new_node_has_its_keys_in_a_module(tmp_path: Path, hsm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SoftHSM2, as the page shows it, from the token to the list of keys."""
    for name, content in (("pin", "4711-4711"), ("so-pin", "0815-0815")):
        (tmp_path / name).write_text(content, encoding="utf-8")
        (tmp_path / name).chmod(0o600)
    roots, _publish = blocks("Ceremony 1: make a party")
    token, make = blocks("A hardware module")
    ended = carry_out([f"export MODULE={softhsm.LIBRARY}", roots.splitlines()[0], token, make], tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    labels = {line.split()[0] for line in ended.stdout.splitlines() if line.endswith("hardware module")}
    assert labels >= {"lane", "status", "witness", "assert-NIS"}


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
