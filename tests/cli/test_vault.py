"""`vault`: keys added, counted and dropped beside a node's directory, from registration to the last old key."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fakes.nodes import make_node
from fakes.parties import DAY, HOME, NOW, open_node
from fakes.people import identity, register

from interchange.bootstrap import vault
from interchange.bootstrap.vault import Kind, make_vault, open_vault
from interchange.cli.exits import Exit
from interchange.cli.program import program
from interchange.crypto.sealed import seal_secret, write_private
from interchange.errors import Reason
from interchange.flows.node import Node
from interchange.flows.retention import retain
from interchange.flows.subjects import find_all, identity_of
from interchange.jobs.scheduler import run_once
from interchange.jobs.table import JOBS

PASSPHRASE = b"correct horse battery staple"
PEOPLE = 3
RUNS = count(1)
Vault = Callable[..., Result]
(RESEAL,) = (job for job in JOBS if job.name == "reseal")


@pytest.fixture
def directory(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node's directory with settings, passphrase, a vault and a ledger in which three people are registered."""
    monkeypatch.setattr(vault, "seal_secret", partial(seal_secret, ops=1, mem=8192))
    made = tmp_path / "node"
    made.mkdir()
    (made / "node.toml").write_text(f'party = "{HOME}"\ndemonstration = true\n', encoding="utf-8")
    write_private(made / "passphrase", PASSPHRASE)
    (made / "keys").mkdir()
    make_vault(made / "keys", PASSPHRASE)
    make_node(made, template=sqlite_template, partners=()).ledger.close()
    node = started(made)
    for number in range(PEOPLE):
        register(node, identity(number))
    return made


@pytest.fixture
def call(directory: Path) -> Vault:
    """Call `vault` on the directory."""

    def called(*words: object) -> Result:
        return CliRunner().invoke(program, ["vault", *map(str, words), str(directory)])

    return called


def started(directory: Path) -> Node:
    """Start the node: with the keys that lie there now."""
    node = open_node(HOME, directory, f"run {next(RUNS)}")
    return replace(node, vault=open_vault(directory / "keys", PASSPHRASE))


def tick(node: Node, now: int = NOW) -> str | None:
    """Let the node's job make a pass."""
    return run_once(node, lambda _: None, RESEAL, "holder", now)  # type: ignore[arg-type, return-value]


def status(call: Vault) -> dict[tuple[str, int], int]:
    """Read how many records are under which key."""
    found = json.loads(call("status", "--json").stdout)["keys"]
    return {(key["kind"], key["number"]): key["records"] for key in found}


def refused(done: Result, reason: Reason) -> None:
    """See that a command was refused, and for this reason."""
    assert (done.exit_code, reason.code in done.stderr) == (Exit.REFUSED, True), done.output


@pytest.mark.parametrize("kind", Kind)
def test_key_is_changed_from_the_first_to_the_second(directory: Path, call: Vault, kind: Kind) -> None:
    """Added, written under by the node that was started anew, and the first one dropped; everybody is still there."""
    assert f"{kind} 2" in call("add-key", kind).stdout
    node = started(directory)
    tick(node)
    assert call("drop-key", kind, 1).exit_code == Exit.DONE
    after = started(directory)
    wanted = [identity(number).presented for number in range(PEOPLE)]
    found = after.ledger.read(lambda tx: find_all(after, tx, wanted))
    names = after.ledger.read(lambda tx: [identity_of(after, tx, subject_id) for subject_id in found])
    assert names == [identity(number) for number in range(PEOPLE)]
    assert status(call)[kind.value, 2] == PEOPLE


def test_status_counts_what_is_under_each_key(directory: Path, call: Vault) -> None:
    """Also of a key that was only just added."""
    call("add-key", "seal")
    assert status(call) == {("seal", 1): PEOPLE, ("seal", 2): 0, ("lookup", 1): PEOPLE}


def test_status_in_words_says_which_key_can_go(directory: Path, call: Vault) -> None:
    """And whether the node works with the newest."""
    call("add-key", "seal")
    before = call("status").stdout
    tick(started(directory))
    after = call("status").stdout
    assert ["not yet worked" in text for text in (before, after)] == [True, False]
    assert ["no longer needed" in text for text in (before, after)] == [False, True]


def test_key_that_is_lost_is_named(directory: Path, call: Vault) -> None:
    """Its records do not open; who looks learns how many."""
    call("add-key", "seal")
    (directory / "keys" / "vault" / "seal-1.sealed").unlink()
    assert "missing" in call("status").stdout


@pytest.mark.parametrize("kind", Kind)
def test_key_under_which_records_are_is_not_dropped(directory: Path, call: Vault, kind: Kind) -> None:
    """Nobody loses an identity by a mistyped number."""
    call("add-key", kind)
    refused(call("drop-key", kind, 1), Reason.VAULT_KEY_NEEDED)
    assert status(call)[kind.value, 1] == PEOPLE


def test_key_stays_until_the_node_was_started_anew(directory: Path, call: Vault) -> None:
    """A node that still runs with the old keys alone would go on sealing under a key that is gone."""
    node = started(directory)
    retain(node, NOW + 800 * DAY)
    call("add-key", "seal")
    tick(node, NOW + 800 * DAY)
    refused(call("drop-key", "seal", 1), Reason.VAULT_KEY_NEEDED)
    tick(started(directory), NOW + 801 * DAY)
    assert call("drop-key", "seal", 1).exit_code == Exit.DONE


def test_node_of_which_nothing_was_heard_keeps_its_keys(directory: Path, call: Vault) -> None:
    """Without a heartbeat nobody knows under which keys it writes."""
    retain(started(directory), NOW + 800 * DAY)
    call("add-key", "lookup")
    refused(call("drop-key", "lookup", 1), Reason.VAULT_KEY_NEEDED)


def test_current_key_is_not_dropped(directory: Path, call: Vault) -> None:
    """There would be none to write under."""
    tick(started(directory))
    refused(call("drop-key", "seal", 1), Reason.FIELD_FORM)


def test_unknown_key_is_named(directory: Path, call: Vault) -> None:
    """There is nothing to drop."""
    refused(call("drop-key", "seal", 7), Reason.FILE_UNREADABLE)


def test_key_is_not_added_under_another_passphrase(directory: Path, call: Vault) -> None:
    """The node would not start again."""
    (directory / "passphrase").unlink()
    write_private(directory / "passphrase", b"another")
    refused(call("add-key", "seal"), Reason.FILE_SEALED)


def test_directory_without_a_vault_is_refused(directory: Path, call: Vault) -> None:
    """A mistyped directory is not one without keys."""
    shutil.rmtree(directory / "keys" / "vault")
    refused(call("status"), Reason.FILE_UNREADABLE)


@pytest.mark.parametrize("words", [("add-key", "other"), ("drop-key", "seal", "0"), ("drop-key", "seal", "x")])
def test_mistyped_words_are_a_mistake_of_the_command_line(directory: Path, call: Vault, words: tuple[str, ...]) -> None:
    """Nothing is done."""
    assert call(*words).exit_code == Exit.USAGE
