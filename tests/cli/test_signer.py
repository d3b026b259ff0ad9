"""`signer`: the directory of a signing process, made from a node's, looked at, and sealed anew."""

import json
import shutil
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fakes.signing_process import CHEAP, NAMES, PASSPHRASE, RunningSigner, make_directory

from interchange import config
from interchange.bootstrap.assemble import HIGHWATER
from interchange.bootstrap.keychains import open_signers
from interchange.bootstrap.signer import MARKS
from interchange.cli.exits import Exit
from interchange.cli.program import program
from interchange.crypto.process_keychain import ProcessKeychain
from interchange.crypto.sealed import header_of, read_passphrase, seal_key
from interchange.crypto.sealed_keychain import SealedKeychain
from interchange.errors import Reason, Refusal
from interchange.store.highwater import HighWater

LABELS = ("lane", "status")


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """Give a node's directory with two signing keys, one that opens bindings, and a lane that was signed."""
    made = make_directory(tmp_path / "node", *LABELS)
    (made / MARKS).rename(made / HIGHWATER)
    HighWater(made / HIGHWATER).raise_to(NAMES.lane("AUS", 1), 7, b"r" * 32)
    (made / "keys" / "binding").mkdir(mode=0o700)
    seal_key(made / "keys" / "binding" / "1.sealed", bytes(32), PASSPHRASE, "binding", **CHEAP)
    return made


@pytest.fixture
def signer(node: Path, tmp_path: Path) -> Path:
    """Give the directory that is made of it."""
    made = tmp_path / "signer"
    assert call("init", made, "--node", node).exit_code == 0
    return made


def call(*words: object) -> Result:
    """Call the program."""
    return CliRunner().invoke(program, ["signer", *map(str, words)])


def kids(directory: Path) -> dict[str, str]:
    """Open the keys of a directory: kid → label."""
    keychain = SealedKeychain(directory / "keys", read_passphrase(directory / "passphrase"))
    return {kid: keychain.label(keychain[kid].kid) for kid in keychain}


class TestInit:
    """A node's signing keys get a directory of their own."""

    def test_keys_are_the_nodes(self, node: Path, signer: Path) -> None:
        """All that sign, with what they are for, and nothing that opens."""
        assert kids(signer) == kids(node)
        assert sorted(kids(signer).values()) == sorted(LABELS)

    def test_passphrase_is_another(self, node: Path, signer: Path) -> None:
        """The node's opens none of the new files."""
        with pytest.raises(Refusal) as caught:
            SealedKeychain(signer / "keys", (node / "passphrase").read_bytes()).open_all()
        assert caught.value.reason is Reason.FILE_SEALED

    def test_files_have_todays_cost(self, signer: Path) -> None:
        """Whatever those of the node had."""
        assert [header_of(file).is_weak for file in (signer / "keys").iterdir()] == [False] * len(LABELS)

    def test_marks_are_the_nodes(self, node: Path, signer: Path) -> None:
        """What these keys have signed, they have signed."""
        assert (signer / MARKS).read_bytes() == (node / HIGHWATER).read_bytes()

    def test_directory_is_its_owners_alone(self, signer: Path) -> None:
        """With all that is in it."""
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (signer, *signer.rglob("*"))}
        assert {mode for name, mode in modes.items() if name not in {"signer", "keys"}} == {0o600}
        assert (modes["signer"], modes["keys"]) == (0o700, 0o700)

    def test_node_stays_as_it_is(self, node: Path, tmp_path: Path) -> None:
        """Whoever has seen the process sign deletes its files."""
        before = {path: path.read_bytes() for path in node.rglob("*") if path.is_file()}
        call("init", tmp_path / "signer", "--node", node)
        assert {path: path.read_bytes() for path in node.rglob("*") if path.is_file()} == before

    def test_directory_that_is_there_is_not_touched(self, node: Path, signer: Path) -> None:
        """A second time would make keys of the old ones again."""
        ended = call("init", signer, "--node", node)
        assert (ended.exit_code, "file_exists" in ended.stderr) == (Exit.REFUSED, True)

    def test_node_without_sealed_keys_is_refused(self, node: Path, tmp_path: Path) -> None:
        """Its keys are elsewhere already."""
        for file in (node / "keys").glob("*.sealed"):
            file.unlink()
        ended = call("init", tmp_path / "signer", "--node", node)
        assert (ended.exit_code, "no sealed keys" in ended.stderr) == (Exit.REFUSED, True)
        assert not (tmp_path / "signer").exists()

    def test_process_signs_for_the_node_that_it_was_made_from(self, node: Path, signer: Path) -> None:
        """At the socket where that node looks for it."""
        with (node / "node.toml").open("a", encoding="utf-8") as settings:
            settings.write('signer = "process"\n')
        before = kids(node)
        for file in (node / "keys").glob("*.sealed"):
            file.unlink()
        with RunningSigner(signer):
            keychain = open_signers(config.load(node))
            assert isinstance(keychain, ProcessKeychain)
            assert {kid: keychain.label(kid) for kid in keychain} == before
            keychain.close()


class TestServe:
    """What keeps it from starting."""

    def test_directory_whose_keys_another_process_has_is_refused(self, node: Path) -> None:
        """It would ask itself."""
        with (node / "node.toml").open("a", encoding="utf-8") as settings:
            settings.write('signer = "process"\n')
        shutil.copy(node / HIGHWATER, node / MARKS)
        ended = call("serve", node)
        assert (ended.exit_code, "config_form" in ended.stderr) == (Exit.REFUSED, True)


class TestList:
    """What lies where."""

    def test_keys_are_listed_with_their_seals(self, node: Path) -> None:
        """The cost of each seal shows."""
        listed = json.loads(call("list", node, "--json").stdout)["keys"]
        assert {each["kid"]: each["label"] for each in listed} == kids(node)
        assert {(each["lives"], each["weak_seal"]) for each in listed} == {("sealed", True)}

    def test_table_says_the_same(self, node: Path) -> None:
        """For people."""
        shown = call("list", node).stdout
        assert all(kid in shown for kid in kids(node))
        assert shown.count("weak seal") == len(LABELS)


class TestReseal:
    """Seals of a lower cost than today's are renewed."""

    def test_all_key_files_are_sealed_anew(self, node: Path) -> None:
        """Those below the directory too; who is asked a second time has nothing to do."""
        before = kids(node)
        done = [call("reseal", node) for _ in range(2)]
        assert [ended.stdout.count("sealed anew") for ended in done] == [3, 0]
        assert [header_of(file).is_weak for file in (node / "keys").rglob("*.sealed")] == [False] * 3
        assert kids(node) == before
