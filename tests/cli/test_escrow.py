"""`backup`, `verify-backup` and `restore`: what they print, and how they end."""

import json
from collections.abc import Callable
from pathlib import Path

import click
import pyrage
import pytest
from click.testing import CliRunner, Result
from fakes.established import lay_down

from interchange.cli.escrow import COMMANDS
from interchange.cli.exits import Exit
from interchange.cli.program import Program
from interchange.crypto.sealed import write_private
from interchange.errors import Reason

Call = Callable[..., Result]
WEAK = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node that no test changes."""
    place = tmp_path_factory.mktemp("escrow")
    with pytest.MonkeyPatch.context() as patch:
        lay_down(place, patch)
    return place / "node"


@pytest.fixture
def call() -> Call:
    """Call the commands as the program does."""
    commands: dict[str, click.Command] = {str(each.name): each for each in COMMANDS}

    def called(*words: object) -> Result:
        return CliRunner().invoke(Program(commands=commands), [str(word) for word in words])

    return called


class Person:
    """Somebody with an identity in a file."""

    def __init__(self, place: Path, name: str) -> None:
        """Make it."""
        made = pyrage.x25519.Identity.generate()
        self.identity, self.recipient = place / name, str(made.to_public())
        write_private(self.identity, f"{made}\n".encode())


@pytest.fixture
def alice(tmp_path: Path) -> Person:
    """Who keeps a copy."""
    return Person(tmp_path, "alice")


@pytest.fixture
def backup(directory: Path, tmp_path: Path, call: Call, alice: Person) -> Path:
    """A backup for her."""
    done = call("backup", directory, "--recipient", alice.recipient, "--to", tmp_path / "keys.age")
    assert done.exit_code == Exit.DONE, done.output
    return tmp_path / "keys.age"


def refused(done: Result, reason: Reason) -> None:
    """See that a command was refused, and for this reason."""
    assert (done.exit_code, reason.code in done.stderr) == (Exit.REFUSED, True), done.output


def test_backup_goes_from_one_directory_to_another(
    directory: Path, tmp_path: Path, call: Call, alice: Person, backup: Path
) -> None:
    """Made, rehearsed, and put back, with what comes next."""
    rehearsed = call("verify-backup", backup, "--identity", alice.identity)
    restored = call("restore", backup, "--identity", alice.identity, "--to", tmp_path / "new")
    assert (rehearsed.exit_code, restored.exit_code) == (Exit.DONE, Exit.DONE), restored.output
    assert (tmp_path / "new/keys/lane.sealed").read_bytes() == (directory / "keys/lane.sealed").read_bytes()
    assert all(word in restored.stdout for word in ("ledger.db", "lane_behind", "interchange serve", "docs/keys.md"))


def test_backup_is_its_owners_alone(backup: Path) -> None:
    """Nobody needs to look at it, though it is sealed."""
    assert backup.stat().st_mode & 0o777 == 0o600


def test_rehearsal_writes_nothing(tmp_path: Path, call: Call, alice: Person, backup: Path) -> None:
    """It can be done every week."""
    before = sorted(tmp_path.rglob("*"))
    call("verify-backup", backup, "--identity", alice.identity)
    assert sorted(tmp_path.rglob("*")) == before


def test_rehearsal_tells_what_is_in_it(call: Call, alice: Person, backup: Path) -> None:
    """Whose keys, from when, and that each opened."""
    told = json.loads(call("verify-backup", backup, "--identity", alice.identity, "--json").stdout)
    labels = {key["label"] for key in told["keys"]}
    assert {"lane", "status", "witness", "binding", "seal/1", "lookup/1"} <= labels
    assert told["authority"].startswith("demo.")
    assert {"node.toml", "passphrase", "tls/node.key"} <= {file["name"] for file in told["files"]}


def test_nothing_secret_is_printed(directory: Path, call: Call, alice: Person, backup: Path) -> None:
    """Neither the passphrase nor an identity."""
    shown = call("verify-backup", backup, "--identity", alice.identity, "--json").output
    secrets = [(directory / "passphrase").read_text().strip(), alice.identity.read_text().strip()]
    assert [secret for secret in secrets if secret in shown] == []


def test_backup_never_writes_over_a_file(directory: Path, call: Call, alice: Person, backup: Path) -> None:
    """The older one may be the only one."""
    before = backup.read_bytes()
    refused(call("backup", directory, "--recipient", alice.recipient, "--to", backup), Reason.FILE_EXISTS)
    assert backup.read_bytes() == before


@pytest.mark.parametrize("there", ["directory", "link"])
def test_restoration_never_writes_over_anything(
    tmp_path: Path, call: Call, alice: Person, backup: Path, there: str
) -> None:
    """A node may still be in it, or a link lead to one."""
    place = tmp_path / "new"
    {"directory": place.mkdir, "link": lambda: place.symlink_to("nowhere")}[there]()
    refused(call("restore", backup, "--identity", alice.identity, "--to", place), Reason.FILE_EXISTS)


def test_wrong_identity_is_refused(tmp_path: Path, call: Call, backup: Path) -> None:
    """And nothing is left where the node would be."""
    other = Person(tmp_path, "other")
    refused(call("restore", backup, "--identity", other.identity, "--to", tmp_path / "new"), Reason.BACKUP_SEALED)
    assert not (tmp_path / "new").exists()


def test_file_that_is_no_identity_is_named(tmp_path: Path, call: Call, backup: Path) -> None:
    """Of several, which one."""
    write_private(tmp_path / "empty", b"")
    done = call("verify-backup", backup, "--identity", tmp_path / "empty")
    refused(done, Reason.IDENTITY_FORM)
    assert "empty" in done.stderr


def test_changed_backup_is_refused(tmp_path: Path, call: Call, alice: Person, backup: Path) -> None:
    """As a whole."""
    (tmp_path / "changed").write_bytes(backup.read_bytes()[:-1])
    refused(call("verify-backup", tmp_path / "changed", "--identity", alice.identity), Reason.BACKUP_SEALED)


def test_content_that_is_no_backup_is_refused(tmp_path: Path, call: Call, alice: Person) -> None:
    """Whoever knows a recipient can seal anything to it."""
    public = pyrage.x25519.Recipient.from_str(alice.recipient)
    (tmp_path / "other").write_bytes(pyrage.encrypt(b"something else", [public]))
    refused(call("verify-backup", tmp_path / "other", "--identity", alice.identity), Reason.BACKUP_FORM)


def test_directory_that_is_no_node_is_refused(tmp_path: Path, call: Call, alice: Person) -> None:
    """There is nothing to back up."""
    done = call("backup", tmp_path, "--recipient", alice.recipient, "--to", tmp_path / "keys.age")
    refused(done, Reason.FILE_UNREADABLE)


@pytest.mark.parametrize("name", ["--to", "restore --to"])
def test_place_that_cannot_be_written_is_refused(
    directory: Path, call: Call, alice: Person, backup: Path, name: str
) -> None:
    """Also where the system has odd answers."""
    if name == "--to":
        done = call("backup", directory, "--recipient", alice.recipient, "--to", "/proc/keys.age")
    else:
        done = call("restore", backup, "--identity", alice.identity, "--to", "/proc/node")
    refused(done, Reason.FILE_UNREADABLE)


@pytest.mark.parametrize("fault", ["twice", "weak", "identity"])
def test_recipient_that_would_mislead_is_a_mistake_of_the_command_line(
    directory: Path, tmp_path: Path, call: Call, alice: Person, fault: str
) -> None:
    """Two that are one, one that everybody opens, and a secret that is not said again."""
    secret = alice.identity.read_text().strip()
    recipients = {"twice": [alice.recipient] * 2, "weak": [WEAK], "identity": [secret]}[fault]
    words = [word for recipient in recipients for word in ("--recipient", recipient)]
    done = call("backup", directory, *words, "--to", tmp_path / "keys.age")
    assert (done.exit_code, secret in done.output) == (Exit.USAGE, False)
    assert not (tmp_path / "keys.age").exists()
