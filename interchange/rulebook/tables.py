"""One TOML table, read key by key: a key of a wrong kind is refused, and so is every key that nobody read."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from importlib.resources.abc import Traversable
from typing import Self, TypeVar

from interchange.errors import Reason, Refusal, refuse

T = TypeVar("T")


class Table:
    """A table that is being read; used as a context, it refuses unread keys at its end.

    Refusals raised inside the context are told at its place, `file: key`, so that a lawyer finds the line.
    """

    def __init__(self, values: Mapping[str, object], place: str) -> None:
        """Read from `values`, which stand at `place`."""
        self._left = dict(values)
        self._place = place

    def text(self, key: str) -> str:
        """Read a non-empty line of text."""
        value = self._take(key, str)
        if not value.strip() or not value.isprintable():
            raise refuse(Reason.RULEBOOK_FORM, key)
        return value

    def text_or_none(self, key: str) -> str | None:
        """Read a line of text that may be missing."""
        return self.text(key) if key in self._left else None

    def flag(self, key: str) -> bool:
        """Read true or false; missing is false."""
        return self._take(key, bool) if key in self._left else False

    def day(self, key: str) -> date:
        """Read a calendar day, written as a TOML date without time."""
        return self._take(key, date)

    def day_or_none(self, key: str) -> date | None:
        """Read a calendar day that may be missing."""
        return self.day(key) if key in self._left else None

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of different texts; missing is empty."""
        values = self._take(key, list) if key in self._left else []
        texts = tuple(value for value in values if isinstance(value, str))
        if len(set(texts)) != len(values):
            raise refuse(Reason.RULEBOOK_FORM, key)
        return texts

    def numbers(self, key: str) -> dict[str, int]:
        """Read a table of integers, in the order of the file."""
        return {name: _exactly(int, value, f"{key}.{name}") for name, value in self._take(key, dict).items()}

    def titles(self, key: str) -> dict[str, str]:
        """Read a table of texts, in the order of the file; missing is empty."""
        values = self._take(key, dict) if key in self._left else {}
        return {name: _exactly(str, value, f"{key}.{name}") for name, value in values.items()}

    def __contains__(self, key: str) -> bool:
        """Tell whether a key is there and not yet read."""
        return key in self._left

    def table_or_none(self, key: str) -> Table | None:
        """Read a table inside this one, which may be missing."""
        return Table(self._take(key, dict), key) if key in self._left else None

    def tables(self, key: str) -> dict[str, Table]:
        """Read a table of tables by their names, in the order of the file."""
        entries = self._take(key, dict).items()
        return {name: Table(_exactly(dict, value, f"{key}.{name}"), f"{key}.{name}") for name, value in entries}

    def rows(self, key: str) -> tuple[Table, ...]:
        """Read an array of tables; missing is empty."""
        values = self._take(key, list) if key in self._left else []
        places = [f"{key}[{number}]" for number in range(1, len(values) + 1)]
        return tuple(Table(_exactly(dict, value, place), place) for value, place in zip(values, places, strict=True))

    def _take(self, key: str, kind: type[T]) -> T:
        return _exactly(kind, self._left.pop(key, None), key)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Refusal):
            raise refuse(error.reason, _joined(self._place, error.where)) from error
        if error is None and self._left:
            raise refuse(Reason.RULEBOOK_FORM, _joined(self._place, f"unknown key {min(self._left)}"))


@contextmanager
def opened(file: Traversable, place: str) -> Iterator[Table]:
    """Open a TOML file as a table whose refusals name `place`.

    Raises:
        Refusal: FILE_UNREADABLE if it cannot be read; RULEBOOK_FORM if it is not TOML in UTF-8.
    """
    try:
        values = tomllib.loads(file.read_bytes().decode())
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, place) from error
    # Not UTF-8 or not TOML, a number too long to be read, or nested too deep for the reader.
    except (ValueError, RecursionError) as error:
        raise refuse(Reason.RULEBOOK_FORM, f"{place}: {error}") from error
    with Table(values, place) as table:
        yield table


def _exactly(kind: type[T], value: object, key: str) -> T:
    # Exactly that type: a bool is no number, and a time is no day.
    if type(value) is not kind:
        raise refuse(Reason.RULEBOOK_FORM, key)
    return value


def _joined(place: str, inner: str) -> str:
    return f"{place}: {inner}" if inner else place
