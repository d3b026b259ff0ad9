"""Root keys, a node's directory, and a node that runs: what acts on this machine."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result
from cryptography import x509

from interchange.cli.exits import Exit
from interchange.cli.program import program
from interchange.config import load
from interchange.crypto.sealed import write_private
from interchange.domain.events import Revoked
from interchange.domain.lane import Entry
from interchange.domain.merkle import Frontier
from interchange.store import lanes
from interchange.store.ledger import Tx, connect, sqlite_url
from interchange.wire.events import encode_leaf
from interchange.wire.keyring import parse_keyring

Run = Callable[..., Result]

AUTHORITY = "demo.kor.clearance.example"


class Made(NamedTuple):
    """A root directory, a node's directory and the files with the custodians' passphrases."""

    root: Path
    node: Path
    passphrases: list[Path]


def call(*words: object) -> Result:
    """Call the command line."""
    return CliRunner().invoke(program, [str(word) for word in words])


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A demonstration node as the commands make it, which takes a moment because every key is sealed."""
    base = tmp_path_factory.mktemp("made")
    passphrases = [base / f"passphrase-{number}" for number in (1, 2, 3)]
    for file in passphrases:
        write_private(file, f"{file.name}\n".encode())
    given = [word for file in passphrases for word in ("--passphrase-file", file)]
    done = call("root", "create", base / "root", "--party", "KOR", "--demonstration", *given)
    assert done.exit_code == 0, done.output
    node = (
        "init",
        base / "node",
        "--root",
        base / "root",
        "--party",
        "KOR",
        "--demonstration",
        "--accept-working-rows",
    )
    done = call(*node, "--listen", "127.0.0.1:0", "--set", "follow_every=5", "--set", "log_level=error")
    assert done.exit_code == 0, done.output
    return Made(base / "root", base / "node", passphrases)


def sign(made: Made, file: Path, to: Path, *numbers: int) -> Result:
    """Let these custodians sign, each with the own passphrase."""
    keys = [word for number in numbers for word in ("--key", made.root / f"root-{number}.sealed")]
    given = [word for number in numbers for word in ("--passphrase-file", made.passphrases[number - 1])]
    return call("root", "sign", file, *keys, *given, "--to", to)


def test_settings_are_those_given(made: Made) -> None:
    """What was set at the beginning stands in the node's file, each value with its type."""
    settings = load(made.node)
    assert (settings.party, settings.listen, settings.follow_every) == ("KOR", "127.0.0.1:0", 5)
    assert settings.demonstration
    assert settings.accept_working_rows


def test_directory_is_not_made_over_another(made: Made) -> None:
    """A node's directory holds its keys."""
    done = call("init", made.node, "--root", made.root, "--party", "KOR", "--demonstration")
    assert (done.exit_code, "file_exists" in done.stderr) == (Exit.REFUSED, True)


def test_party_without_rules_has_no_node(made: Made, tmp_path: Path) -> None:
    """Who has no rules to issue by is told so."""
    done = call("init", tmp_path / "node", "--root", made.root, "--party", "NATO")
    assert (done.exit_code, "party_unknown" in done.stderr) == (Exit.REFUSED, True)


def test_custodians_see_in_words_what_they_sign(made: Made, tmp_path: Path) -> None:
    """Party, number, days, every key with its role and organ, and the pin to compare by telephone."""
    done = sign(made, made.node / "keyring-1.draft.json", tmp_path / "half", 1)
    keyring, _ = parse_keyring((tmp_path / "half").read_bytes())
    assert f"authority        {AUTHORITY}" in done.stdout
    assert "number 1" in done.stdout
    assert keyring.root_pin in done.stdout
    for key in keyring.keys:
        assert any({key.role.value, key.kid} <= set(line.split()) for line in done.stdout.splitlines())


def test_custodians_sign_one_after_the_other(made: Made, tmp_path: Path) -> None:
    """Each adds a signature to what the one before has left, and learns how many are needed."""
    first = sign(made, made.node / "keyring-1.draft.json", tmp_path / "half", 1)
    second = sign(made, tmp_path / "half", tmp_path / "whole", 3)
    assert "1 of 2 needed" in first.stdout
    assert "2 of 2 needed" in second.stdout
    assert len(parse_keyring((tmp_path / "whole").read_bytes())[1]) == 2


def test_wrong_passphrase_signs_nothing(made: Made, tmp_path: Path) -> None:
    """The key stays sealed, and no file is left."""
    draft, key = made.node / "keyring-1.draft.json", made.root / "root-1.sealed"
    given = ("--key", key, "--passphrase-file", made.passphrases[1])
    done = call("root", "sign", draft, *given, "--to", tmp_path / "signed")
    assert (done.exit_code, done.stdout, (tmp_path / "signed").exists()) == (Exit.REFUSED, "", False)


def test_passphrases_that_fit_no_number_of_keys_are_a_mistake(made: Made, tmp_path: Path) -> None:
    """One for all, or one for each."""
    draft = made.node / "keyring-1.draft.json"
    keys = [word for number in (1, 2, 3) for word in ("--key", made.root / f"root-{number}.sealed")]
    given = [word for file in made.passphrases[:2] for word in ("--passphrase-file", file)]
    assert call("root", "sign", draft, *keys, *given, "--to", tmp_path / "signed").exit_code == Exit.USAGE


@pytest.mark.parametrize("content", [b"", b"5", b"{}", b'{"payload":"","signatures":[]}', b"\xff"])
def test_what_is_no_keyring_is_refused_in_one_line(made: Made, tmp_path: Path, content: bytes) -> None:
    """A broken file is told apart from a wrong passphrase."""
    (tmp_path / "draft").write_bytes(content)
    done = sign(made, tmp_path / "draft", tmp_path / "signed", 1)
    assert (done.exit_code, done.stderr.count("\n"), done.stdout) == (Exit.REFUSED, 1, "")


def test_certificate_names_its_caller(made: Made, tmp_path: Path) -> None:
    """Party, role, organ and name stand in it; whether it is for a demonstration, the root directory says."""
    named = ("--role", "officer", "--organ", "NIS", "--name", "officer-1", "--party", "KOR")
    done = call("root", "certificate", made.root, *named, "--to", tmp_path / "officer")
    assert done.exit_code == 0, done.output
    certificate = x509.load_pem_x509_certificate((tmp_path / "officer" / "caller.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    assert uris == [f"spiffe://{AUTHORITY}/officer/NIS/officer-1"]
    assert {file.name for file in (tmp_path / "officer").iterdir()} == {"caller.pem", "caller.key", "ca.pem"}


def test_certificate_of_another_party_is_refused(made: Made, tmp_path: Path) -> None:
    """A party's root directory vouches for that party's people only."""
    named = ("--role", "officer", "--name", "officer-1", "--party", "AUS")
    done = call("root", "certificate", made.root, *named, "--to", tmp_path / "officer")
    assert (done.exit_code, (tmp_path / "officer").exists()) == (Exit.REFUSED, False)


def test_fresh_ledger_is_clean(made: Made) -> None:
    """An audit of a node that has told nothing finds nothing."""
    done = call("audit", "verify", made.node, "--json")
    assert (done.exit_code, json.loads(done.stdout)["faults"]) == (Exit.DONE, [])


def test_faults_of_a_ledger_are_printed(made: Made, tmp_path: Path) -> None:
    """A leaf of which the tables know nothing ends the audit with its own code."""
    directory = tmp_path / "node"
    directory.mkdir()
    for name in ("node.toml", "ledger.db"):
        (directory / name).write_bytes((made.node / name).read_bytes())
    origin = f"{AUTHORITY}/lane/JPN/1"
    leaf = encode_leaf(0, Revoked("0f8fad5b-d9cb-469f-a165-70867728950e"))

    def tell(tx: Tx) -> None:
        lanes.open_lane(tx, origin, "JPN", issued=False)
        lanes.append(tx, origin, Frontier.empty(), [Entry(leaf)])

    ledger = connect(sqlite_url(directory / "ledger.db"))
    ledger.transact(tell)
    ledger.close()
    done = call("audit", "verify", directory)
    assert (done.exit_code, done.stdout) == (
        Exit.NOT_VALID,
        f"{origin}: the table of revocations differs from the leaves\n1 faults: 1 lanes, 1 leaves, 0 assertions\n",
    )


def test_audit_of_a_directory_without_a_node_is_refused(tmp_path: Path) -> None:
    """What is no node's directory has no ledger that could be clean."""
    done = call("audit", "verify", tmp_path)
    assert (done.exit_code, "file_unreadable" in done.stderr) == (Exit.REFUSED, True)


def test_node_says_where_it_serves_and_ends_when_told(made: Made) -> None:
    """One line when it answers calls, and success at SIGTERM."""
    command = [sys.executable, "-m", "interchange", "serve", str(made.node)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("serving KOR on 127.0.0.1:")
        port = int(line.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10):
            pass
        process.send_signal(signal.SIGTERM)
        assert (process.stdout.read(), process.wait(20)) == ("", 0)
