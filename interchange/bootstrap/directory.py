"""A directory that is there whole or not at all: half a node would look like one, and half its keys like a secret."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_new(directory: Path) -> None:
    """Refuse a directory that exists, and whatever else lies in its place, by FILE_EXISTS."""
    if os.path.lexists(directory):
        raise refuse(Reason.FILE_EXISTS, str(directory))


@contextmanager
def whole(directory: Path) -> Iterator[Path]:
    """Give a place beside a new directory; what is made there gets the directory's name once all of it is made.

    Args:
        directory: must not exist.

    Yields:
        A path at which there is nothing yet, on the same file system. If the block fails or is interrupted, nothing
        is left of it.

    Raises:
        Refusal: FILE_EXISTS; FILE_UNREADABLE if nothing can be made there.
    """
    check_new(directory)
    above = [parent for parent in directory.parents if not parent.exists()]
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        beside = TemporaryDirectory(prefix=f".{directory.name}.", dir=directory.parent)
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, str(directory)) from error
    try:
        with beside as place:
            made = Path(place) / directory.name
            yield made
            _name(made, directory)
    except BaseException:
        for parent in above:
            with suppress(OSError):  # somebody else has put something there
                parent.rmdir()
        raise


def _name(made: Path, directory: Path) -> None:
    try:
        check_new(directory)  # an empty one would silently be replaced
        made.rename(directory)
        parent = os.open(directory.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(parent)
        finally:
            os.close(parent)
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, str(directory)) from error
