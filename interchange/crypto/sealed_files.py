"""The sealed key files of one directory, found by what their first lines call the keys, and opened once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from interchange.crypto.sealed import header_of, sync_directory
from interchange.crypto.sealed_form import Header
from interchange.errors import Reason, Refusal, refuse

T = TypeVar("T")

Stamp: TypeAlias = tuple[int, int, int]
"""Which file lies at a path, and since when: inode, time of its last change, length."""

_AT_ONCE = 8


class _Held(NamedTuple, Generic[T]):
    path: Path
    stamp: Stamp | None
    key: T


class SealedFiles(Generic[T]):
    """Opens sealed key files and keeps what was in them, as long as the file lies where it lay.

    Each look-up asks the directory, so that a key which another process made or deleted is here or gone at once.
    """

    def __init__(self, paths: Callable[[], Iterable[Path]], open_file: Callable[[Path], T]) -> None:
        """Look at nothing yet.

        Args:
            paths: lists the files, anew each time.
            open_file: opens one.
        """
        self._paths, self._open_file = paths, open_file
        self._held: dict[str, _Held[T]] = {}
        self._headers: dict[Path, tuple[Stamp, Header]] = {}
        self._opening = Lock()

    def open_all(self) -> None:
        """Open every file, several at a time, where somebody is there to read what is wrong.

        Raises:
            Refusal: what `open_file` refuses.
        """
        paths = list(self._paths())
        if not paths:
            return
        with ThreadPoolExecutor(min(len(paths), _AT_ONCE)) as threads:
            opened = list(threads.map(self._open, paths))
        with self._opening:
            for held in opened:
                self._held.setdefault(header_of(held.path).kid, held)

    def kids(self) -> list[str]:
        """List the keys that are there now."""
        return list(dict.fromkeys(header.kid for _, header in self._there()))

    def find(self, kid: str) -> T | None:
        """Look up a key, and open its file the first time.

        Raises:
            Refusal: what `open_file` refuses.
        """
        held = self._held.get(kid)
        if held is not None and held.stamp == _stamp(held.path):
            return held.key
        # One thread derives for all that ask for the same new key.
        with self._opening:
            held = self._held.pop(kid, None)
            if held is None or held.stamp != _stamp(held.path):
                path = next((path for path, header in self._there() if header.kid == kid), None)
                if path is None:
                    return None
                held = self._open(path)
            self._held[kid] = held
            return held.key

    def header(self, kid: str) -> Header | None:
        """Read what the file of a key says of itself, which `find` proves."""
        return next((header for _, header in self._there() if header.kid == kid), None)

    def keep(self, path: Path, kid: str, key: T) -> None:
        """Keep what was just sealed at a path, so that nobody derives a key for it again."""
        with self._opening:
            self._held[kid] = _Held(path, _stamp(path), key)

    def delete(self, kid: str) -> T | None:
        """Delete all files of a key, and give what was kept of it.

        Raises:
            Refusal: FILE_UNREADABLE when one of them cannot be deleted.
        """
        with self._opening:
            for path in [path for path, header in self._there() if header.kid == kid]:
                try:
                    path.unlink(missing_ok=True)
                    sync_directory(path.parent)
                except OSError:
                    raise refuse(Reason.FILE_UNREADABLE, f"{path.name} cannot be deleted") from None
            held = self._held.pop(kid, None)
        return held.key if held else None

    def _there(self) -> Iterable[tuple[Path, Header]]:
        for path in self._paths():
            stamp, known = _stamp(path), self._headers.get(path)
            if stamp is None:
                continue
            if known is None or known[0] != stamp:
                try:
                    known = stamp, header_of(path)
                except Refusal:
                    # Half written by another process, or damaged: whoever opens all of them at the start is told.
                    continue
                self._headers[path] = known
            yield path, known[1]

    def _open(self, path: Path) -> _Held[T]:
        # The stamp is taken first: a file that changes meanwhile is opened anew at the next look-up.
        return _Held(path, _stamp(path), self._open_file(path))


def _stamp(path: Path) -> Stamp | None:
    try:
        found = os.stat(path, follow_symlinks=False)  # noqa: PTH116 - half the time of Path.lstat, at each look-up
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
