"""Collecting root signatures and taking the archive out, from the command line against a real node."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fakes import tokens
from fakes.keychain import MemoryArchivers
from fakes.nodes import Served, authority_of, serve
from fakes.parties import HOME, NOW, key_of, keyring_of, label, names_of

from interchange.cli.exits import Exit
from interchange.cli.program import program
from interchange.crypto.sealed import write_private
from interchange.domain.keyring import MLDSA44, Role
from interchange.flows.archive import archive_lanes, check_archived
from interchange.wire.keyring import assemble, encode_keyring, parse_keyring

As = Callable[..., Result]

ARCHIVE = key_of(HOME, Role.ARCHIVE)
SECOND = replace(keyring_of(HOME, 2), keys=(*keyring_of(HOME).keys, ARCHIVE))


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A served node of this test's own, with two partners."""
    with serve(tmp_path / "node", template=sqlite_template) as served:
        yield served


@pytest.fixture
def calling(served: Served, tmp_path: Path) -> As:
    """Call the node as somebody of the home party."""

    def called(role: str, *words: object, **more: Any) -> Result:  # noqa: ANN401 - of click's runner
        directory = tmp_path / role
        if not directory.exists():
            directory.mkdir()
            pair = authority_of(HOME).certify(names_of(HOME).spiffe(role, "tester"))
            write_private(directory / "caller.pem", pair.certificate)
            write_private(directory / "caller.key", pair.key)
            write_private(directory / "ca.pem", authority_of(HOME).pem)
        profile = {
            "INTERCHANGE_NODE": f"127.0.0.1:{served.port}",
            "INTERCHANGE_CREDENTIALS": str(directory),
            "INTERCHANGE_AUTHORITY": served.node.names.authority,
        }
        return CliRunner(env=profile).invoke(program, [str(word) for word in words], **more)

    return called


def left_by(number: int, to: Path) -> Path:
    """Leave what one custodian carried here: the second keyring with one signature."""
    payload = encode_keyring(SECOND)
    file = to / f"keyring-2.{number}.json"
    file.write_bytes(assemble(payload, [tokens.root_signature(f"{HOME} root {number}", payload)]))
    return file


def test_progress_names_who_is_missing(calling: As, tmp_path: Path) -> None:
    """Of each family: how many there are and must be, and by which keys."""
    done = calling("key-admin", "keyring", "collect", left_by(2, tmp_path))
    roots = [tokens.root_key(f"{HOME} root {n}").kid for n in (1, 2, 3)]
    assert done.exit_code == 0, done.output
    assert "root keys of keyring 1, Ed25519  1 of 2 needed" in done.stdout
    words = [line.split() for line in done.stdout.splitlines()]
    assert [line for line in words if line[0] == "signed"] == [["signed", roots[1]]] * 2
    assert all(kid in done.stdout for kid in roots)
    assert "complete                         no" in done.stdout


def test_what_is_not_complete_is_not_published(calling: As, tmp_path: Path) -> None:
    """The option publishes once enough have signed, and says that it did not."""
    done = calling("key-admin", "keyring", "collect", left_by(2, tmp_path), "--publish", "--json")
    answer = json.loads(done.stdout)
    assert (answer["published"], answer["collected"].get("complete", False)) == (None, False)


def test_files_of_two_custodians_are_put_together_and_published(calling: As, tmp_path: Path) -> None:
    """Each came from a machine of its own."""
    done = calling("key-admin", "keyring", "collect", left_by(2, tmp_path), left_by(3, tmp_path), "--publish")
    assert done.exit_code == 0, done.output
    assert "published  keyring 2" in done.stdout


@pytest.mark.parametrize("role", ["officer", "auditor", "coordinator"])
def test_nobody_else_collects(calling: As, tmp_path: Path, role: str) -> None:
    """It is the key administrator's task."""
    assert calling(role, "keyring", "collect", left_by(2, tmp_path)).exit_code == Exit.REFUSED


def archived(served: Served, calling: As, tmp_path: Path) -> Path:
    """Give the node an archive key, archive one day, and take the archive out."""
    signer = tokens.mldsa_signer(label(HOME, Role.ARCHIVE), MLDSA44)
    object.__setattr__(served.node, "archivers", MemoryArchivers({signer.kid: signer}))
    done = calling("key-admin", "keyring", "collect", left_by(1, tmp_path), left_by(3, tmp_path), "--publish")
    assert done.exit_code == 0, done.output
    assert archive_lanes(served.node, NOW).failed == ()
    done = calling("auditor", "lane", "archive", "--to", tmp_path / "archive")
    assert done.exit_code == 0, done.output
    return tmp_path / "archive"


def test_archive_holds_keyrings_and_the_heads_of_each_day(served: Served, calling: As, tmp_path: Path) -> None:
    """All that a reader needs who has nothing but the root pin."""
    directory = archived(served, calling, tmp_path)
    found = {str(file.relative_to(directory)) for file in directory.rglob("*") if file.is_file()}
    heads = {f"{reader}/1/2027-01-15.txt" for reader in ("AUS", "KOR", "audit")}
    assert found == {"keyring-1.json", "keyring-2.json"} | heads


def test_archived_head_is_believed_by_the_keyring_beside_it(served: Served, calling: As, tmp_path: Path) -> None:
    """A later reader needs no node."""
    directory = archived(served, calling, tmp_path)
    ring, _ = parse_keyring((directory / "keyring-2.json").read_bytes())
    note = (directory / "KOR/1/2027-01-15.txt").read_bytes()
    origin = names_of(HOME).lane("KOR", 1)
    found = check_archived(note, origin, names_of(HOME).archive, ring.sound(Role.ARCHIVE), NOW)
    assert found.checkpoint.origin == origin


def test_archive_is_not_written_over_another(calling: As, tmp_path: Path) -> None:
    """What was taken out once stays as it is."""
    (tmp_path / "archive").mkdir()
    done = calling("auditor", "lane", "archive", "--to", tmp_path / "archive")
    assert (done.exit_code, "file_exists" in done.stderr) == (Exit.REFUSED, True)


def test_archive_of_a_node_that_has_none_is_its_keyrings(calling: As, tmp_path: Path) -> None:
    """Nothing was archived yet, and that is no fault."""
    done = calling("key-admin", "lane", "archive", "--to", tmp_path / "archive", "--json")
    assert json.loads(done.stdout)["heads"] == 0
    assert [file.name for file in (tmp_path / "archive").iterdir()] == ["keyring-1.json"]


@pytest.mark.parametrize("role", ["officer", "coordinator"])
def test_nobody_else_takes_the_archive_out(calling: As, tmp_path: Path, role: str) -> None:
    """Sizes of lanes would tell too much."""
    assert calling(role, "lane", "archive", "--to", tmp_path / "archive").exit_code == Exit.REFUSED
