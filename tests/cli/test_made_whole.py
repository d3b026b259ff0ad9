"""Directories with keys: checked before anything is made, and there whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result
from fakes.refusals import refused

from interchange.bootstrap import root
from interchange.bootstrap.directory import whole
from interchange.cli.exits import Exit
from interchange.cli.program import program
from interchange.crypto.sealed import write_private
from interchange.domain.names import Names
from interchange.errors import Reason, Refusal, refuse

NOW = 1_800_000_000


class Kept(NamedTuple):
    """Root directories of a party, of its demonstration, and a directory in which nothing is yet."""

    production: Path
    demonstration: Path
    empty: Path


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Root directories of one party, one for each of its names."""
    base = tmp_path_factory.mktemp("roots")
    for name in ("kor", "demo.kor"):
        root.create(base / name, Names(f"{name}.clearance.example", "KOR"), [b"one"], 1, NOW)
    return base


@pytest.fixture
def kept(roots: Path, tmp_path: Path) -> Kept:
    """What most tests here begin with."""
    (tmp_path / "empty").mkdir()
    return Kept(roots / "kor", roots / "demo.kor", tmp_path / "empty")


def call(*words: object) -> Result:
    """Call the command line."""
    return CliRunner().invoke(program, [str(word) for word in words])


def init(kept: Kept, *more: object, party: str = "KOR", made_by: Path | None = None) -> Result:
    """Make a node's directory, two levels below the one that is empty."""
    to = kept.empty / "above" / "node"
    return call("init", to, "--root", made_by or kept.demonstration, "--party", party, *more)


@pytest.mark.parametrize(
    ("party", "more", "asked"),
    [
        pytest.param("JPN", ["--demonstration"], "demo.jpn", id="of another party"),
        pytest.param("KOR", [], "kor", id="of a demonstration"),
        pytest.param("KOR", ["--set", "demonstration=false"], "kor", id="of a demonstration, set"),
    ],
)
def test_root_directory_of_another_is_refused_by_name(kept: Kept, party: str, more: list[str], asked: str) -> None:
    """Whoever took the wrong one learns whose it is."""
    done = init(kept, *more, party=party)
    found = f"it is for demo.kor.clearance.example, not for {asked}.clearance.example"
    assert (done.exit_code, "error: root_party:" in done.stderr, found in done.stderr) == (Exit.REFUSED, True, True)


def test_certificate_is_not_issued_by_the_root_directory_of_another(kept: Kept) -> None:
    """The party that was named is not the one whose directory it is."""
    words = ("--role", "officer", "--name", "a", "--party", "AUS", "--to", kept.empty / "a")
    done = call("root", "certificate", kept.production, *words)
    assert (done.exit_code, Reason.ROOT_PARTY.code in done.stderr) == (Exit.REFUSED, True)


@pytest.mark.parametrize("name", ["root.json", "ca.pem", "ca.key"])
def test_root_directory_that_lacks_a_file_is_named_with_its_option(kept: Kept, tmp_path: Path, name: str) -> None:
    """Nobody typed the file's name."""
    copied = tmp_path / "root"
    copied.mkdir()
    for file in kept.demonstration.iterdir():
        if file.is_file() and file.name != name:
            write_private(copied / file.name, file.read_bytes())
    done = init(kept, "--demonstration", made_by=copied)
    assert (done.exit_code, f"({name}, in --root {copied})" in done.stderr) == (Exit.REFUSED, True), done.stderr


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(["--set", "ledger=nonsense"], id="a ledger that is none"),
        pytest.param(["--set", "keys=passphrase"], id="two things of one name"),
        pytest.param(["--listen", "nowhere"], id="an address that is none"),
    ],
)
def test_node_that_cannot_be_made_leaves_nothing(kept: Kept, more: list[str]) -> None:
    """Neither keys, nor the directories above, nor anything under another name."""
    done = init(kept, "--demonstration", *more)
    assert (done.exit_code, list(kept.empty.iterdir())) == (Exit.REFUSED, []), done.output


@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyboardInterrupt(), Exit.INTERRUPTED), (refuse(Reason.FILE_UNREADABLE), Exit.REFUSED)],
    ids=["by a person", "by a full disk"],
)
def test_root_directory_that_is_interrupted_leaves_nothing(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: Exit
) -> None:
    """The keys that were made already are gone."""

    def stopped(*_: object) -> None:
        raise error

    monkeypatch.setattr(root, "make_ca", stopped)
    write_private(kept.empty.with_name("one"), b"one\n")
    words = ("--party", "KOR", "--threshold", 1, "--passphrase-file", kept.empty.with_name("one"))
    done = call("root", "create", kept.empty / "above" / "root", *words)
    assert (done.exit_code, list(kept.empty.iterdir())) == (code, [])


def test_directory_is_made_for_its_owner_alone(kept: Kept) -> None:
    """As it was before it got its name."""
    done = init(kept, "--demonstration")
    node = kept.empty / "above" / "node"
    assert (done.exit_code, node.stat().st_mode & 0o777, [each.name for each in node.parent.iterdir()]) == (
        Exit.DONE,
        0o700,
        ["node"],
    ), done.output


def test_what_is_told_next_names_the_new_directory(kept: Kept) -> None:
    """And not the place at which it was made."""
    shown = init(kept, "--demonstration").stdout
    assert f"interchange root sign {kept.empty / 'above' / 'node' / 'keyring-1.draft.json'} " in shown


Taking = Callable[[Path], Any]


@pytest.mark.parametrize("take", [Path.mkdir, Path.touch], ids=["directory", "file"])
def test_name_that_is_taken_meanwhile_is_not_written_over(kept: Kept, take: Taking) -> None:
    """Not even a directory in which nothing is yet."""

    def make() -> None:
        with whole(kept.empty / "new") as made:
            made.mkdir()
            take(kept.empty / "new")

    with pytest.raises(Refusal) as caught:
        make()
    assert (caught.value.reason, [each.name for each in kept.empty.iterdir()]) == (Reason.FILE_EXISTS, ["new"])


def test_directory_where_nothing_can_be_made_is_refused(kept: Kept) -> None:
    """A file has the name of the directory above."""
    (kept.empty / "file").touch()
    with pytest.raises(Refusal) as caught, whole(kept.empty / "file" / "new"):
        pass
    assert caught.value.reason is Reason.FILE_UNREADABLE


@pytest.mark.parametrize("same", [(0, 0), (0, 1)], ids=["one file twice", "two files of one content"])
def test_two_custodians_do_not_share_a_passphrase(tmp_path: Path, same: tuple[int, int]) -> None:
    """Or one of them could sign for both."""
    files = [tmp_path / "one", tmp_path / "two"]
    for file in files:
        write_private(file, b"the same\n")
    given = [word for number in same for word in ("--passphrase-file", files[number])]
    done = call("root", "create", tmp_path / "root", "--party", "KOR", *given)
    assert (done.exit_code, (tmp_path / "root").exists()) == (Exit.USAGE, False)
    assert "two custodians have the same passphrase" in done.stderr


def test_root_keys_are_not_made_with_one_passphrase_twice(tmp_path: Path) -> None:
    """Whatever program asks for them."""
    with refused(Reason.FIELD_FORM):
        root.create(tmp_path / "root", Names("kor.clearance.example", "KOR"), [b"the same", b"the same"], 2, NOW)
