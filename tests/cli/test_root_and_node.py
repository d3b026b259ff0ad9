"""Root keys, a node's directory, and a node that runs: what acts on this machine."""

import json
import os
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
    assert len(parse_keyring((tmp_path / "whole").read_bytes())[1]) == 4


def test_wrong_passphrase_signs_nothing(made: Made, tmp_path: Path) -> None:
    """The key stays sealed, and no file is left."""
    draft, key = made.node / "keyring-1.draft.json", made.root / "root-1.sealed"
    given = ("--key", key, "--passphrase-file", made.passphrases[1])
    done = call("root", "sign", draft, *given, "--to", tmp_path / "signed")
    assert (done.exit_code, done.stdout, (tmp_path / "signed").exists()) == (Exit.REFUSED, "", False)
    assert "(passphrase or content of root-1.sealed)" in done.stderr


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


@pytest.mark.parametrize("role", ["key-admin", "auditor", "partner"])
def test_role_of_the_whole_party_is_not_bound_to_an_organ(made: Made, tmp_path: Path, role: str) -> None:
    """No node would let its holder in."""
    named = ("--role", role, "--organ", "NIS", "--name", "somebody", "--party", "KOR")
    done = call("root", "certificate", made.root, *named, "--to", tmp_path / "somebody")
    assert (done.exit_code, (tmp_path / "somebody").exists()) == (Exit.USAGE, False)
    assert f"a {role} acts for the whole party" in done.stderr


@pytest.mark.parametrize("role", ["coordinator", "officer"])
def test_role_of_an_office_is_bound_to_its_organ(made: Made, tmp_path: Path, role: str) -> None:
    """And may do in its name what it may do."""
    named = ("--role", role, "--organ", "NIS", "--name", "somebody", "--party", "KOR")
    done = call("root", "certificate", made.root, *named, "--to", tmp_path / "somebody")
    assert (done.exit_code, f"/{role}/NIS/somebody" in done.stdout) == (Exit.DONE, True)


def test_certificate_is_not_written_over_another(made: Made, tmp_path: Path) -> None:
    """The file that is in the way is told with the option that led there."""
    write_private(tmp_path / "caller.pem", b"another")
    named = ("--role", "officer", "--name", "somebody", "--party", "KOR")
    done = call("root", "certificate", made.root, *named, "--to", tmp_path)
    assert (done.exit_code, f"(caller.pem, in --to {tmp_path})" in done.stderr) == (Exit.REFUSED, True)


def test_certificate_for_a_place_that_cannot_be_made_is_refused(made: Made, tmp_path: Path) -> None:
    """A file has the name of the directory above."""
    (tmp_path / "file").touch()
    named = ("--role", "officer", "--name", "somebody", "--party", "KOR")
    done = call("root", "certificate", made.root, *named, "--to", tmp_path / "file" / "below")
    assert (done.exit_code, "error: file_unreadable:" in done.stderr) == (Exit.REFUSED, True)


@pytest.mark.parametrize("place", ["/proc/q", "/proc/self", "/dev/null/q"])
def test_certificate_for_a_place_where_the_system_lets_nobody_write_is_refused(made: Made, place: str) -> None:
    """It is no fault of the program."""
    named = ("--role", "officer", "--name", "somebody", "--party", "KOR")
    done = call("root", "certificate", made.root, *named, "--to", place)
    assert "internal" not in done.stderr
    assert done.exit_code in {Exit.REFUSED, Exit.USAGE}


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("keys=/proc/x", "file_unreadable"),
        ("passphrase_file=/proc/x", "file_unreadable"),
        ("tls_certificate=/proc/x/node.pem", "config_form"),
        ("tls_certificate=tls/other.pem", "config_form"),
        ("tls_key=elsewhere/node.key", "config_form"),
        ("tls_ca=ca.pem", "config_form"),
    ],
)
def test_node_with_a_place_at_which_nothing_would_be_made_is_refused(
    made: Made, tmp_path: Path, setting: str, reason: str
) -> None:
    """Nor is a node made that could not be started; nothing is left of it."""
    words = ("init", tmp_path / "node", "--root", made.root, "--party", "KOR", "--demonstration", "--set", setting)
    done = call(*words)
    assert (done.exit_code, f"error: {reason}:" in done.stderr) == (Exit.REFUSED, True), done.output
    assert not (tmp_path / "node").exists()


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
    *faults, counts = done.stdout.splitlines()
    assert done.exit_code is Exit.NOT_VALID
    assert f"{origin}: the table of revocations differs from the leaves" in faults
    assert counts == f"{len(faults)} faults: 1 lanes, 1 leaves, 0 assertions"


def test_audit_of_a_directory_without_a_node_is_refused(tmp_path: Path) -> None:
    """What is no node's directory has no ledger that could be clean."""
    done = call("audit", "verify", tmp_path)
    assert (done.exit_code, "file_unreadable" in done.stderr) == (Exit.REFUSED, True)


def test_port_in_use_is_said_before_anything_is_opened(tmp_path: Path) -> None:
    """Of this node there is nothing but its settings: neither keys nor ledger are looked at in vain."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        (tmp_path / "node.toml").write_text(f'party = "KOR"\nlisten = "{address}"\n', encoding="utf-8")
        done = call("serve", tmp_path)
    assert (done.exit_code, f"error: port_in_use: the port is in use (listen {address})" in done.stderr) == (
        Exit.UNREACHABLE,
        True,
    )


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_settings_that_have_no_end_are_refused(tmp_path: Path, kind: str) -> None:
    """Nobody waits for them."""
    if kind == "pipe":
        os.mkfifo(tmp_path / "node.toml")
    else:
        (tmp_path / "node.toml").symlink_to("/dev/zero")
    done = call("serve", tmp_path)
    assert (done.exit_code, "error: file_unreadable:" in done.stderr) == (Exit.REFUSED, True)


def test_address_of_another_machine_cannot_be_listened_at(tmp_path: Path) -> None:
    """It is no matter of another program."""
    (tmp_path / "node.toml").write_text('party = "KOR"\nlisten = "192.0.2.1:7443"\n', encoding="utf-8")
    done = call("serve", tmp_path)
    assert (done.exit_code, "error: config_form:" in done.stderr) == (Exit.REFUSED, True)


def test_file_that_the_settings_name_is_told_with_them(made: Made, tmp_path: Path) -> None:
    """Nobody typed the passphrase's name."""
    (tmp_path / "node.toml").write_text((made.node / "node.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "ledger.db").write_bytes((made.node / "ledger.db").read_bytes())
    done = call("serve", tmp_path)
    assert (done.exit_code, f"(passphrase, by the settings of {tmp_path})" in done.stderr) == (Exit.REFUSED, True)


def test_log_of_a_node_has_events_alone(made: Made) -> None:
    """What gRPC itself would say of a bad handshake is no event of ours, and no JSON."""
    command = [sys.executable, "-m", "interchange", "serve", str(made.node)]
    told = {name: value for name, value in os.environ.items() if name != "GRPC_VERBOSITY"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=told) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert stranger.recv(1) is not None
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
    assert [line for line in log.splitlines() if not line.startswith("{")] == []


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
