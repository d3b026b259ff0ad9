"""What lies sealed in a backup of a node's keys: a tar file (POSIX ustar) of regular files alone, with a manifest.

    manifest.json         whose keys, of what, when, and each file's name, size and SHA-256
    keys/… node.toml passphrase pin tls/…

Any tar program unpacks it. This reader takes no more of the format than the writer needs, and believes names only that
stand in the list below, so that whoever made the file has no say in where anything is written.
"""

from __future__ import annotations

import io
import re
import tarfile
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from interchange.domain.names import AUTHORITY, PARTY
from interchange.errors import Reason, Refusal, refuse
from interchange.wire import strict_json
from interchange.wire.schema import LAST_INSTANT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from interchange.domain.time import Instant

MANIFEST: Final = "manifest.json"
VERSION: Final = 1
NODE: Final = "node"
SIGNER: Final = "signer"
"""What directory it is of: a node's, or that of a signing process, which needs no certificate."""

LARGEST_FILE: Final = 64 * 1024
"""Bytes of a file; keys, certificates and settings are far smaller."""
LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a whole backup: some years' keys take one."""
MOST_FILES: Final = 4096

_NAME: Final = re.compile(r"node\.toml|passphrase|pin|(keys|tls)(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}){1,3}")
"""All names that there are; none begins with a dot, none leads up."""
_LONGEST_NAME: Final = 100
"""Bytes that a tar header has for a name; longer ones are told in ways that this reader does not know."""
_NEEDED: Final = frozenset({"node.toml", "passphrase"})
_BLOCK: Final = 512
_SIZE: Final = re.compile(rb"[0-7]{11}\0")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_MEMBERS: Final = frozenset({"v", "of", "authority", "party", "made_at", "files", "elsewhere"})
_SETTING: Final = re.compile(r"[a-z_]{1,64}")


@dataclass(frozen=True, slots=True, repr=False)
class Backup:
    """All that makes a node able to sign and to read again, but for its ledger.

    Attributes:
        of: NODE or SIGNER.
        authority, party: of the node.
        made_at: when it was made.
        files: name below the node's directory → content.
        elsewhere: settings whose files did not lie in the node's directory → where they lay; the files are among
            `files` under their usual names.
    """

    of: str
    authority: str
    party: str
    made_at: Instant
    files: Mapping[str, bytes]
    elsewhere: Mapping[str, str]

    def __post_init__(self) -> None:
        """Refuse what could not be put back, or not safely, by BACKUP_FORM."""
        if self.of not in {NODE, SIGNER}:
            raise refuse(Reason.BACKUP_FORM, "of")
        if not AUTHORITY.fullmatch(self.authority) or not PARTY.fullmatch(self.party):
            raise refuse(Reason.BACKUP_FORM, "authority")
        if not 0 <= self.made_at <= LAST_INSTANT:
            raise refuse(Reason.BACKUP_FORM, "made_at")
        if not all(map(_SETTING.fullmatch, self.elsewhere)):
            raise refuse(Reason.BACKUP_FORM, "elsewhere")
        if len(self.files) > MOST_FILES:
            raise refuse(Reason.BACKUP_FORM, "too many files")
        if not self.files.keys() >= _NEEDED:
            raise refuse(Reason.BACKUP_FORM, min(_NEEDED - self.files.keys()))
        for name, content in self.files.items():
            if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
                raise refuse(Reason.BACKUP_FORM, "a file's name")
            if len(content) > LARGEST_FILE:
                raise refuse(Reason.BACKUP_FORM, f"{name} is too large")
        by_parts = sorted(name.split("/") for name in self.files)
        if any(after[: len(before)] == before for before, after in pairwise(by_parts)):
            raise refuse(Reason.BACKUP_FORM, "a file that is a directory, too")

    def __repr__(self) -> str:
        """Show what is no secret."""
        return f"Backup({self.authority}, {self.made_at}, {len(self.files)} files)"


def encode(backup: Backup) -> bytes:
    """Write a backup as a tar file, the manifest first and the files in the order of their names."""
    manifest = {
        "v": VERSION,
        "of": backup.of,
        "authority": backup.authority,
        "party": backup.party,
        "made_at": backup.made_at,
        "files": [
            {"name": name, "size": len(content), "sha256": sha256(content).hexdigest()}
            for name, content in sorted(backup.files.items())
        ],
        "elsewhere": dict(backup.elsewhere),
    }
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in [(MANIFEST, strict_json.dumps(manifest, unicode=True)), *sorted(backup.files.items())]:
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(content), 0o600, backup.made_at
            tar.addfile(member, io.BytesIO(content))
    return written.getvalue()


def decode(content: bytes) -> Backup:
    """Read a backup.

    Args:
        content: a tar file as `encode` writes it.

    Raises:
        Refusal: BACKUP_FORM for anything else: a member that is no regular file, that the manifest does not name or
            that is not as it says; a name outside the list; sizes out of bounds; bytes that belong to nothing.
    """
    if len(content) > LARGEST:
        raise refuse(Reason.BACKUP_FORM, "too large")
    members = list(_members(content))
    if not members or members[0][0] != MANIFEST:
        raise refuse(Reason.BACKUP_FORM, MANIFEST)
    manifest = _manifest(members[0][1])
    listed = [(name, len(each), sha256(each).hexdigest()) for name, each in members[1:]]
    if listed != manifest["files"]:
        raise refuse(Reason.BACKUP_FORM, "a file is not as the manifest says")
    if any(before[0] >= after[0] for before, after in pairwise(listed)):
        raise refuse(Reason.BACKUP_FORM, "a name is there twice, or out of order")
    told = {name: manifest[name] for name in ("of", "authority", "party", "made_at", "elsewhere")}
    return Backup(**told, files=dict(members[1:]))


def _manifest(content: bytes) -> dict[str, Any]:
    try:
        manifest = strict_json.loads(content, unicode=True)
    except Refusal:
        raise refuse(Reason.BACKUP_FORM, MANIFEST) from None
    if not isinstance(manifest, dict) or type(manifest.get("v")) is not int:
        raise refuse(Reason.BACKUP_FORM, MANIFEST)
    if manifest["v"] != VERSION:
        raise refuse(Reason.BACKUP_FORM, "of a newer program")
    kinds = {"v": int, "of": str, "authority": str, "party": str, "made_at": int, "files": list, "elsewhere": dict}
    if manifest.keys() != _MEMBERS or any(type(manifest[name]) is not kind for name, kind in kinds.items()):
        raise refuse(Reason.BACKUP_FORM, MANIFEST)
    if not all(isinstance(place, str) for place in manifest["elsewhere"].values()):
        raise refuse(Reason.BACKUP_FORM, MANIFEST)
    return manifest | {"files": [_listed(entry) for entry in manifest["files"]]}


def _listed(entry: object) -> tuple[str, int, str]:
    if not isinstance(entry, dict) or entry.keys() != {"name", "size", "sha256"}:
        raise refuse(Reason.BACKUP_FORM, MANIFEST)
    name, size, digest = entry["name"], entry["size"], entry["sha256"]
    if type(name) is not str or type(size) is not int or type(digest) is not str or not _DIGEST.fullmatch(digest):
        raise refuse(Reason.BACKUP_FORM, MANIFEST)
    return name, size, digest


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Take a tar file apart; what is no plain file under a plain name is refused, whatever tar programs make of it."""
    place = 0
    while any(header := content[place : place + _BLOCK]):
        name, size = _header(header)
        place += _BLOCK
        filled = -(-size // _BLOCK) * _BLOCK
        if size > LARGEST or place + filled > len(content) or any(content[place + size : place + filled]):
            raise refuse(Reason.BACKUP_FORM, "cut short")
        yield name, content[place : place + size]
        place += filled
    # Two empty blocks end a tar file, and more may fill it up.
    if len(content) - place < 2 * _BLOCK or any(content[place:]):
        raise refuse(Reason.BACKUP_FORM, "no end")


def _header(header: bytes) -> tuple[str, int]:
    """Read the name and size of a regular file from its header block (POSIX.1-1988 ustar)."""
    if len(header) != _BLOCK or header[257:265] != b"ustar\x0000":
        raise refuse(Reason.BACKUP_FORM, "not a tar file")
    if f"{sum(header[:148]) + sum(header[156:]) + 8 * ord(' '):06o}\0 ".encode() != header[148:156]:
        raise refuse(Reason.BACKUP_FORM, "a header's sum")
    # Type, name of a link, and the part of a name that is too long for its own field.
    if header[156:157] != b"0" or any(header[157:257]) or any(header[345:]):
        raise refuse(Reason.BACKUP_FORM, "not a regular file")
    name, _, rest = header[:100].partition(b"\0")
    if any(rest) or not name.isascii() or not _SIZE.fullmatch(header[124:136]):
        raise refuse(Reason.BACKUP_FORM, "a header")
    return name.decode("ascii"), int(header[124:135], 8)
