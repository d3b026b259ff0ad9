"""The tar file in a backup: whatever is planted in it, nothing is written but what stands in the list of names."""

import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from fakes.refusals import refused
from hypothesis import given
from hypothesis import strategies as st

from interchange.bootstrap.backup_form import LARGEST, LARGEST_FILE, MANIFEST, MOST_FILES, NODE, Backup, decode, encode
from interchange.errors import Reason, Refusal

FILES = {
    "node.toml": b'party = "AAA"\n',
    "passphrase": b"secret\n",
    "keys/lane.sealed": b"",
    "keys/vault/seal-1.sealed": b"x" * 513,
    "tls/node.pem": b"y" * 512,
}
BACKUP = Backup(NODE, "aaa.clearance.example", "AAA", 1_800_000_000, FILES, {})

Members = list[tuple[tarfile.TarInfo, bytes]]
Plant = Callable[[Members], Any]


def taken_apart(content: bytes) -> Members:
    """Read a tar file as any program does."""
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        return [(member, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]


def put_together(members: Members, form: int = tarfile.USTAR_FORMAT) -> bytes:
    """Write a tar file, as anybody could who has a recipient."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=form) as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    return written.getvalue()


def member(name: str, content: bytes = b"", **attributes: object) -> tuple[tarfile.TarInfo, bytes]:
    """Describe one more member."""
    made = tarfile.TarInfo(name)
    made.size = len(content)
    for attribute, value in attributes.items():
        setattr(made, attribute, value)
    return made, content


def listed(members: Members) -> Members:
    """Let the manifest name exactly what is there."""
    manifest = json.loads(members[0][1])
    manifest["files"] = [
        {"name": each.name, "size": len(content), "sha256": sha256(content).hexdigest()}
        for each, content in members[1:]
    ]
    return [member(MANIFEST, json.dumps(manifest, separators=(",", ":")).encode()), *members[1:]]


def test_backup_is_read_as_it_was_written() -> None:
    """All of it."""
    assert decode(encode(BACKUP)) == BACKUP


def test_backup_without_a_fault_is_read_when_its_manifest_is_written_anew() -> None:
    """So that the cases below are refused for what they plant alone."""
    assert decode(put_together(listed(taken_apart(encode(BACKUP))))) == BACKUP


def test_secrets_are_not_shown() -> None:
    """A backup in a message of an error says how many files it has."""
    assert repr(BACKUP) == "Backup(aaa.clearance.example, 1800000000, 5 files)"


NAMES = [
    "../x",
    "..",
    ".",
    "/etc/passwd",
    "keys/../../x",
    "keys/..",
    "keys/./x",
    "keys//x",
    "keys/",
    "keys",
    "keys/.hidden",
    "keys/a/b/c/d",
    "./node.toml",
    "keys\\x",
    "keys/x\n",
    "keys/x y",
    "keys/é",
    "highwater",
    "ledger.db",
    "x",
    "C:/x",
    "keys/" + "x" * 90,
]


@pytest.mark.parametrize("name", NAMES)
def test_name_outside_the_list_is_refused(name: str) -> None:
    """Though the manifest names it as well."""
    members = [*taken_apart(encode(BACKUP)), member(name, b"planted")]
    with refused(Reason.BACKUP_FORM):
        decode(put_together(listed([members[0], *sorted(members[1:], key=lambda each: each[0].name)])))


TYPES = {
    "symbolic link": tarfile.SYMTYPE,
    "hard link": tarfile.LNKTYPE,
    "device": tarfile.CHRTYPE,
    "block device": tarfile.BLKTYPE,
    "pipe": tarfile.FIFOTYPE,
    "directory": tarfile.DIRTYPE,
    "old regular file": tarfile.AREGTYPE,
    "contiguous file": tarfile.CONTTYPE,
    "sparse file": tarfile.GNUTYPE_SPARSE,
    "unknown": b"Z",
}


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_no_regular_file_is_refused(kind: str) -> None:
    """Nothing is ever followed, made or skipped."""
    link = "/etc/passwd" if kind.endswith("link") else ""
    members = listed([*taken_apart(encode(BACKUP)), member("tls/x", type=TYPES[kind], linkname=link)])
    with refused(Reason.BACKUP_FORM):
        decode(put_together(members))


def test_regular_file_with_the_name_of_a_link_is_refused() -> None:
    """Programs differ in what they make of it."""
    members = listed([*taken_apart(encode(BACKUP)), member("tls/x", linkname="/etc/passwd")])
    with refused(Reason.BACKUP_FORM):
        decode(put_together(members))


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_names_told_in_other_ways_are_refused(form: int) -> None:
    """An extended header says another name than the one that is looked at."""
    planted = member("tls/" + "x" * 120)
    with refused(Reason.BACKUP_FORM):
        decode(put_together([*taken_apart(encode(BACKUP)), planted], form))


def test_name_in_two_fields_is_refused() -> None:
    """The first field would be a directory that the name goes on from."""
    with refused(Reason.BACKUP_FORM):
        decode(put_together([*taken_apart(encode(BACKUP)), member("tls/" + "x" * 60 + "/" + "y" * 60)]))


MANIFESTS: dict[str, Plant] = {
    "name twice": lambda members: members.append(members[-1]),
    "other order": lambda members: members.insert(1, members.pop()),
    "node.toml missing": lambda members: members.remove(next(m for m in members if m[0].name == "node.toml")),
    "passphrase missing": lambda members: members.remove(next(m for m in members if m[0].name == "passphrase")),
    "file that is a directory": lambda members: members.insert(2, member("keys/lane.sealed/x")),
    "file too large": lambda members: members.append(member("tls/x", bytes(LARGEST_FILE + 1))),
    "too many files": lambda members: members.extend(member(f"tls/x{n:04}") for n in range(MOST_FILES)),
}


@pytest.mark.parametrize("fault", MANIFESTS)
def test_set_of_files_with_one_fault_is_refused(fault: str) -> None:
    """Though the manifest agrees with it."""
    members = taken_apart(encode(BACKUP))
    MANIFESTS[fault](members)
    with refused(Reason.BACKUP_FORM):
        decode(put_together(listed(members)))


UNLISTED: dict[str, Plant] = {
    "file that the manifest lacks": lambda members: members.append(member("tls/x")),
    "file missing": lambda members: members.pop(),
    "changed content": lambda members: members.append(member(members.pop()[0].name, b"z" * 512)),
    "no manifest": lambda members: members.pop(0),
    "manifest last": lambda members: members.append(members.pop(0)),
    "nothing": lambda members: members.clear(),
}


@pytest.mark.parametrize("fault", UNLISTED)
def test_files_other_than_the_manifests_are_refused(fault: str) -> None:
    """One more, one less, another content."""
    members = taken_apart(encode(BACKUP))
    UNLISTED[fault](members)
    with refused(Reason.BACKUP_FORM):
        decode(put_together(members))


FAULTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "newer": lambda manifest: manifest.update(v=2),
    "version is a truth": lambda manifest: manifest.update(v=True),
    "unknown member": lambda manifest: manifest.update(more=1),
    "member missing": lambda manifest: manifest.pop("elsewhere"),
    "of neither": lambda manifest: manifest.update(of="root"),
    "no authority": lambda manifest: manifest.update(authority="AAA"),
    "no party": lambda manifest: manifest.update(party="\x1b[2J"),
    "absurd instant": lambda manifest: manifest.update(made_at=1 << 50),
    "instant before all": lambda manifest: manifest.update(made_at=-1),
    "setting that is none": lambda manifest: manifest.update(elsewhere={"../x": "y"}),
    "place that is no text": lambda manifest: manifest.update(elsewhere={"keys": 7}),
    "file that is a text": lambda manifest: manifest.update(files=["x"]),
    "size that is a truth": lambda manifest: manifest["files"][0].update(size=True),
    "digest in capitals": lambda manifest: manifest["files"][0].update(sha256="A" * 64),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_manifest_with_one_fault_is_refused(fault: str) -> None:
    """Whoever wrote it is not this program."""
    members = taken_apart(encode(BACKUP))
    manifest = json.loads(members[0][1])
    FAULTS[fault](manifest)
    written = json.dumps(manifest, separators=(",", ":")).encode()
    with refused(Reason.BACKUP_FORM):
        decode(put_together([member(MANIFEST, written), *members[1:]]))


def test_manifest_that_is_not_strict_json_is_refused() -> None:
    """Two readers would see two lists."""
    members = taken_apart(encode(BACKUP))
    doubled = members[0][1].replace(b'"v":1', b'"v":1,"v":1')
    with refused(Reason.BACKUP_FORM):
        decode(put_together([member(MANIFEST, doubled), *members[1:]]))


BYTES: dict[str, Callable[[bytes], bytes]] = {
    "cut in a header": lambda content: content[:100],
    "cut in a content": lambda content: content[: 512 + 100],
    "without its end": lambda content: content.rstrip(b"\0"),
    "something behind the end": lambda content: content[:-1] + b"x",
    "something between files": lambda content: (
        content[: content.index(b"}]") + 40] + b"x" + content[content.index(b"}]") + 41 :]
    ),
    "nothing at all": lambda _: b"",
    "larger than any": lambda content: content + bytes(LARGEST),
    "size that is no number": lambda content: content.replace(b"00000001001\0", b"\x80\0\0\0\0\0\0\0\0\0\2\1"),
}


@pytest.mark.parametrize("fault", BYTES)
def test_bytes_that_belong_to_nothing_are_refused(fault: str) -> None:
    """A whole tar file, and nothing beside it."""
    with refused(Reason.BACKUP_FORM):
        decode(BYTES[fault](encode(BACKUP)))


@given(st.data())
def test_any_change_is_read_or_refused(data: st.DataObject) -> None:
    """No byte of a header ends the program, whoever wrote it."""
    content = bytearray(encode(BACKUP))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = decode(bytes(content))
    except Refusal as refusal:
        assert refusal.reason is Reason.BACKUP_FORM  # noqa: PT017 - most changes are refused, not all
    else:
        # What tar knows beside name and content, such as the owner's number, is not looked at.
        assert found.files == FILES


def test_backup_that_could_not_be_put_back_is_not_written() -> None:
    """A file of the node that no backup has is found when the backup is made."""
    with refused(Reason.BACKUP_FORM):
        replace(BACKUP, files={**FILES, "keys/with space": b""})


def test_tar_program_reads_what_is_written() -> None:
    """Every member is a plain file for its owner alone."""
    found = [(each.name, each.mode, each.isreg()) for each, _ in taken_apart(encode(BACKUP))]
    assert found == [(name, 0o600, True) for name in [MANIFEST, *sorted(FILES)]]
