"""Files that carry knowledge to a machine without a network.

    assertion.jws          the assertion, JWS compact
    keyring.json           the issuer's keyring, JWS general JSON
    checkpoint.txt         signed note over the lane
    proof.txt              tlog-proof, under that checkpoint, that the lane tells the assertion
    status-list.jwt        the list that holds the assertion's slot, JWS compact
    lane.jsonl             the whole lane under that checkpoint, {"leaf": "…", "token": "…"} a line
    jwks.json              the same keys for programs that only know JWT
    verdict.json           what a node answered when the files were fetched
    revoked-assertion.jws  an assertion that the same lane tells as revoked

`client.verifier` reads keyring, checkpoint, proof and status list, `client.follower` keyring, checkpoint and lane. The
last three are for people and foreign programs; nothing here reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from interchange.domain.lane import Entry
from interchange.errors import Reason, Refusal, refuse
from interchange.wire import strict_json
from interchange.wire.envelope import MAX_TOKEN
from interchange.wire.keyring import MAX_KEYRING
from interchange.wire.note import MAX_NOTE
from interchange.wire.proof import MAX_PROOF
from interchange.wire.schema import Schema
from interchange.wire.status_list import MAX_STATUS_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ASSERTION = "assertion.jws"
KEYRING = "keyring.json"
CHECKPOINT = "checkpoint.txt"
PROOF = "proof.txt"
STATUS_LIST = "status-list.jwt"
LANE = "lane.jsonl"
JWKS = "jwks.json"
VERDICT = "verdict.json"
REVOKED = "revoked-assertion.jws"

_LIMITS = {
    ASSERTION: MAX_TOKEN,
    KEYRING: MAX_KEYRING,
    CHECKPOINT: MAX_NOTE,
    PROOF: MAX_PROOF,
    STATUS_LIST: MAX_STATUS_TOKEN,
    LANE: 1 << 30,
}
"""File that is read → most bytes of its content."""

_NAMES = frozenset({*_LIMITS, JWKS, VERDICT, REVOKED})
_ONE_LINE = frozenset({ASSERTION, KEYRING, STATUS_LIST})
_LINE = Schema(
    {"leaf": str, "token": str},
    optional=frozenset({"token"}),
    unknown=Reason.LEAF_FORM,
    missing=Reason.LEAF_FORM,
    form=Reason.LEAF_FORM,
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What an offline verifier needs besides the assertion that it is shown; nothing in it is believed yet.

    Attributes:
        keyring, checkpoint, proof, status_list: contents of the files.
        assertion: content of the file, or None where the bearer brings it.
    """

    keyring: bytes = field(repr=False)
    checkpoint: bytes = field(repr=False)
    proof: bytes = field(repr=False)
    status_list: bytes = field(repr=False)
    assertion: bytes | None = field(default=None, repr=False)


def read_bundle(path: Path) -> Bundle:
    """Read a bundle from a directory.

    Raises:
        Refusal: FILE_UNREADABLE with the name of a file that is missing, too large or not one of those above.
    """
    try:
        present = {file.name for file in path.iterdir()}
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, path.name) from error
    # A file that nobody reads could be taken for one that was looked at. Names that begin with a dot are the system's.
    strange = sorted(name for name in present - _NAMES if not name.startswith("."))
    if strange:
        raise refuse(Reason.FILE_UNREADABLE, f"{strange[0]} does not belong here")
    return Bundle(
        keyring=read_file(path, KEYRING),
        checkpoint=read_file(path, CHECKPOINT),
        proof=read_file(path, PROOF),
        status_list=read_file(path, STATUS_LIST),
        assertion=read_file(path, ASSERTION) if ASSERTION in present else None,
    )


def write_bundle(path: Path, bundle: Bundle) -> None:
    """Write a bundle into a directory, which is made if it is not there.

    Raises:
        Refusal: FILE_EXISTS rather than write over a file; FILE_UNREADABLE if it cannot be written.
    """
    contents = {
        KEYRING: bundle.keyring,
        CHECKPOINT: bundle.checkpoint,
        PROOF: bundle.proof,
        STATUS_LIST: bundle.status_list,
        ASSERTION: bundle.assertion,
    }
    for name, content in contents.items():
        if content is not None:
            _write_file(path, name, content)


def read_file(path: Path, name: str) -> bytes:
    """Read one file of a directory, whole.

    Args:
        path: the directory.
        name: one of the first six names.

    Returns:
        Its bytes; where the content is one line, without the newline that an editor puts after it.

    Raises:
        Refusal: FILE_UNREADABLE when it is missing, no regular file, or larger than its content can be.
    """
    file, limit = path / name, _LIMITS[name]
    try:
        if not file.is_file():  # a pipe would stop the reader
            raise refuse(Reason.FILE_UNREADABLE, name)
        with file.open("rb") as opened:
            content = opened.read(limit + len("\r\n") + 1)
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, name) from error
    if name in _ONE_LINE:
        content = content.removesuffix(b"\n").removesuffix(b"\r")
    if len(content) > limit:
        raise refuse(Reason.FILE_UNREADABLE, f"{name} is too large")
    return content


def parse_lane(lines: Iterable[bytes | str]) -> Iterator[Entry]:
    """Read the lines of `lane.jsonl`, with or without their newlines.

    Raises:
        Refusal: LEAF_FORM or JSON_* with the line's number, from 1.
    """
    for number, line in enumerate(lines, start=1):
        data = line.encode("utf-8", "replace") if isinstance(line, str) else line
        try:
            members = _LINE.read(strict_json.loads(data.rstrip(b"\r\n"), unicode=True))
        except Refusal as refusal:
            raise refuse(refusal.reason, f"{LANE} line {number}") from refusal
        token = members.get("token")
        yield Entry(members["leaf"].encode(), None if token is None else token.encode())


def format_lane(entries: Iterable[Entry]) -> bytes:
    """Write leaves, and what travels beside them, as the content of `lane.jsonl`."""
    return b"".join(_format_line(entry) for entry in entries)


def _format_line(entry: Entry) -> bytes:
    members = {"leaf": entry.leaf.decode()}
    if entry.token is not None:
        members["token"] = entry.token.decode()
    return strict_json.dumps(members, unicode=True) + b"\n"


def _write_file(path: Path, name: str, content: bytes) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
        with (path / name).open("xb") as opened:
            opened.write(content)
    except FileExistsError as error:
        raise refuse(Reason.FILE_EXISTS, name) from error
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, name) from error
