"""How far each of our lanes was ever signed, kept outside the ledger: what shows that a ledger came from a backup.

The file has one line a lane, `<origin> <size> <root in hex>`, and a last line with the digest of those before it, so
that a file cut short or changed by a bad disk is not taken for one with fewer or lower marks. It is made with the node:
that it is not there shows that it was lost, and nobody knows how high it stood.
"""

from __future__ import annotations

import fcntl
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LINE = re.compile(r"(\S+) (0|[1-9][0-9]{0,19}) ([0-9a-f]{64})", re.ASCII)


class Mark(NamedTuple):
    """The largest head that was signed of a lane: its size and its root of 32 bytes."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks as they were at one moment; `by_lane` is None if the file was lost."""

    by_lane: Mapping[str, Mark] | None

    def check(self, origin: str, size: int, root: bytes) -> None:
        """Refuse to go on with a lane of which more, or something else, was signed before.

        Args:
            origin: the lane.
            size: leaves the ledger has.
            root: the ledger's root, 32 bytes.

        Raises:
            Refusal: LANE_BEHIND if the mark is higher, or equal with another root, or if the file is lost though the
                lane has leaves.
        """
        if self.by_lane is None and size:
            raise refuse(Reason.LANE_BEHIND, "the high-water file is lost")
        _compare((self.by_lane or {}).get(origin), origin, size, root)


class HighWater:
    """The marks in one file, shared by the threads and processes of a node."""

    def __init__(self, path: Path) -> None:
        """Keep the marks at `path`, where `create` made the file once."""
        self._path = path
        self._threads = Lock()
        self._known: tuple[bytes, Marks] = b"", Marks(None)

    def create(self) -> None:
        """Make the file of a new node, which has signed nothing.

        Raises:
            Refusal: FILE_EXISTS; HIGHWATER_UNREADABLE.
        """
        if os.path.lexists(self._path):
            raise refuse(Reason.FILE_EXISTS, self._path.name)
        self._write({})

    def mark(self, origin: str) -> Mark | None:
        """Read how far a lane was signed, or None if it never was.

        Raises:
            Refusal: LANE_BEHIND if the file is lost or not what was written; HIGHWATER_UNREADABLE.
        """
        return self._there().get(origin)

    def check(self, origin: str, size: int, root: bytes) -> None:
        """Refuse to go on with a lane as `Marks.check` does, by the marks as they are now.

        Raises:
            Refusal: LANE_BEHIND, also if the file is not what was written; HIGHWATER_UNREADABLE.
        """
        self.marks().check(origin, size, root)

    def marks(self) -> Marks:
        """Read all marks.

        Raises:
            Refusal: LANE_BEHIND if the file is not what was written; HIGHWATER_UNREADABLE.
        """
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return Marks(None)
        except OSError as error:
            # Such as too many open files: that says nothing about the lane.
            raise refuse(Reason.HIGHWATER_UNREADABLE, type(error).__name__) from error
        known, marks = self._known
        if content == known:
            # It is read for each verdict, and changes much more seldom.
            return marks
        try:
            marks = Marks(_parse(content))
        except ValueError as error:
            raise refuse(Reason.LANE_BEHIND, "the high-water file is not as it was written") from error
        self._known = content, marks
        return marks

    def raise_to(self, origin: str, size: int, root: bytes) -> None:
        """Raise a lane's mark durably, before the head that it marks is released; a lower head changes nothing.

        Args:
            origin: the lane.
            size: leaves of the head about to be signed.
            root: its root, 32 bytes.

        Raises:
            Refusal: LANE_BEHIND if the mark is equal with another root, or the file is lost or not what was written;
                HIGHWATER_UNREADABLE, also if it cannot be written.
        """
        if not _is_above(self._there(), origin, size, root):
            return
        with self._threads, self._processes():
            marks = self._there()
            if _is_above(marks, origin, size, root):
                marks[origin] = Mark(size, root)
                self._write(marks)

    def _there(self) -> dict[str, Mark]:
        marks = self.marks().by_lane
        if marks is None:
            raise refuse(Reason.LANE_BEHIND, "the high-water file is lost")
        return dict(marks)

    def _write(self, marks: dict[str, Mark]) -> None:
        try:
            # The temporary file is readable by its owner alone, and so is what it becomes.
            with NamedTemporaryFile(dir=self._path.parent, prefix=f".{self._path.name}.", delete=False) as new:
                try:
                    new.write(_format(marks))
                    new.flush()
                    os.fsync(new.fileno())
                    Path(new.name).replace(self._path)
                except BaseException:
                    Path(new.name).unlink(missing_ok=True)
                    raise
            _sync_directory(self._path.parent)
        except OSError as error:
            raise refuse(Reason.HIGHWATER_UNREADABLE, type(error).__name__) from error

    @contextmanager
    def _processes(self) -> Iterator[None]:
        # A file of its own, because the marks' file is another one after each replacement.
        try:
            lock = os.open(self._path.with_name(f"{self._path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise refuse(Reason.HIGHWATER_UNREADABLE, type(error).__name__) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _compare(known: Mark | None, origin: str, size: int, root: bytes) -> None:
    if known is not None and (size < known.size or (size == known.size and root != known.root)):
        raise refuse(Reason.LANE_BEHIND, origin)


def _is_above(marks: dict[str, Mark], origin: str, size: int, root: bytes) -> bool:
    known = marks.get(origin)
    if known is not None and size == known.size:
        _compare(known, origin, size, root)
    return known is None or size > known.size


def _format(marks: dict[str, Mark]) -> bytes:
    body = "".join(f"{origin} {mark.size} {mark.root.hex()}\n" for origin, mark in sorted(marks.items())).encode()
    return body + sha256(body).hexdigest().encode() + b"\n"


def _parse(content: bytes) -> dict[str, Mark]:
    lines = content.decode("ascii").split("\n")
    found = [match for line in lines[:-2] if (match := _LINE.fullmatch(line))]
    marks = {match[1]: Mark(int(match[2]), bytes.fromhex(match[3])) for match in found}
    # Only one spelling is right: written anew, the marks must give the bytes that were read.
    if _format(marks) != content:
        message = "not as written"
        raise ValueError(message)
    return marks


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
