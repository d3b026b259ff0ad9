"""The files that carry knowledge to a machine without a network."""

import os
from dataclasses import fields
from pathlib import Path

import pytest
from fakes.party import FakeParty
from fakes.refusals import refused

from interchange.client import directory
from interchange.client.directory import format_lane, parse_lane, read_bundle, write_bundle
from interchange.domain.lane import Entry
from interchange.errors import Reason, Refusal

REQUIRED = [directory.KEYRING, directory.CHECKPOINT, directory.PROOF, directory.STATUS_LIST]
FOR_OTHERS = [directory.JWKS, directory.VERDICT, directory.REVOKED]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The directory of a party that has issued one assertion."""
    party = FakeParty()
    return party.leave(tmp_path / "files", party.issue())


def test_a_written_bundle_reads_back(tmp_path: Path) -> None:
    """Nothing is lost or changed on the way."""
    party = FakeParty()
    bundle = party.bundle(party.issue())
    write_bundle(tmp_path / "files", bundle)
    assert read_bundle(tmp_path / "files") == bundle


def test_the_assertion_may_come_another_way(files: Path) -> None:
    """The bearer can bring the assertion that the files are about."""
    (files / directory.ASSERTION).unlink()
    assert read_bundle(files).assertion is None


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_file_is_named(files: Path, name: str) -> None:
    """Whoever copied too little reads what is lacking."""
    (files / name).unlink()
    with pytest.raises(Refusal) as caught:
        read_bundle(files)
    assert (caught.value.reason, caught.value.where) == (Reason.FILE_UNREADABLE, name)


def test_a_strange_file_is_named(files: Path) -> None:
    """A file that nobody reads could be taken for one that was looked at."""
    (files / "keyring-2.json").write_bytes(b"{}")
    with pytest.raises(Refusal) as caught:
        read_bundle(files)
    assert (caught.value.reason, caught.value.where) == (
        Reason.FILE_UNREADABLE,
        "keyring-2.json does not belong here",
    )


@pytest.mark.parametrize("name", [*FOR_OTHERS, ".DS_Store"])
def test_files_for_others_may_lie_there(files: Path, name: str) -> None:
    """What people, foreign programs and systems leave beside the files does no harm."""
    (files / name).write_bytes(b"anything")
    assert read_bundle(files).assertion


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    """A misspelt path is told as such."""
    with refused(Reason.FILE_UNREADABLE):
        read_bundle(tmp_path / "nowhere")


@pytest.mark.parametrize("name", REQUIRED)
def test_a_file_that_is_too_large_is_not_read(files: Path, name: str) -> None:
    """A planted file cannot fill the memory."""
    os.truncate(files / name, 1 << 40)
    with pytest.raises(Refusal) as caught:
        read_bundle(files)
    assert caught.value.where == f"{name} is too large"


def test_a_pipe_is_no_file(files: Path) -> None:
    """Something that never ends cannot stop the reader."""
    (files / directory.PROOF).unlink()
    os.mkfifo(files / directory.PROOF)
    with refused(Reason.FILE_UNREADABLE):
        read_bundle(files)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("name", [directory.ASSERTION, directory.KEYRING, directory.STATUS_LIST])
def test_an_editors_newline_does_no_harm(files: Path, name: str, newline: bytes) -> None:
    """A file of one line may end as lines end."""
    before = read_bundle(files)
    with (files / name).open("ab") as file:
        file.write(newline)
    assert read_bundle(files) == before


def test_nothing_is_written_over(files: Path) -> None:
    """Evidence is never replaced."""
    with refused(Reason.FILE_EXISTS):
        write_bundle(files, read_bundle(files))


def test_contents_do_not_show_in_representations() -> None:
    """Logs and tracebacks print representations."""
    party = FakeParty()
    bundle = party.bundle(party.issue())
    assert not any(field.repr for field in fields(bundle))


def test_a_written_lane_reads_back() -> None:
    """One line a leaf, with the token beside it where there is one."""
    party = FakeParty()
    party.issue()
    party.revoke(party.statement().jti)
    assert list(parse_lane(format_lane(party.entries).splitlines())) == party.entries


def test_a_line_is_a_leaf_and_its_token() -> None:
    """The form of the file, as it is documented."""
    assert format_lane([Entry(b'{"v":1}', b"a.b.c")]) == b'{"leaf":"{\\"v\\":1}","token":"a.b.c"}\n'


def test_lines_may_be_text() -> None:
    """An open text file is as good as bytes."""
    assert list(parse_lane(['{"leaf":"x"}\n'])) == [Entry(b"x")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", Reason.JSON_INVALID),
        (b"[]", Reason.LEAF_FORM),
        (b'{"leaf":1}', Reason.LEAF_FORM),
        (b'{"token":"a.b.c"}', Reason.LEAF_FORM),
        (b'{"leaf":"x","token":null}', Reason.LEAF_FORM),
        (b'{"leaf":"x","more":"y"}', Reason.LEAF_FORM),
        (b'{"leaf":"x","leaf":"y"}', Reason.JSON_DUPLICATE_KEY),
        (b'{"leaf":"\\n"}', Reason.JSON_INVALID),
        (b"\xff", Reason.JSON_INVALID),
    ],
)
def test_a_broken_line_is_named(line: bytes, reason: Reason) -> None:
    """The refusal says which line of the file it is."""
    with pytest.raises(Refusal) as caught:
        list(parse_lane([b'{"leaf":"x"}', line]))
    assert (caught.value.reason, caught.value.where) == (reason, "lane.jsonl line 2")
