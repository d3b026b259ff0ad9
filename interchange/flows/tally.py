"""Whether two collections hold the same, without keeping either: for tables that may be larger than memory."""

from __future__ import annotations

from hashlib import blake2b
from typing import TypeAlias

Value: TypeAlias = str | int | bytes | None

_SIZE = 32
_MODULUS = 1 << (8 * _SIZE)


class Tally:
    """The sum of keyed hashes of what was added, in whatever order, and how much that was.

    Sums under one key are equal if the same was added, and else they differ, unless somebody chose what to add knowing
    the key: it is drawn anew for each comparison, and told to nobody.
    """

    __slots__ = ("_key", "_sum", "count")

    def __init__(self, key: bytes) -> None:
        """Begin with nothing under `key`, 32 random bytes."""
        self._key, self._sum, self.count = key, 0, 0

    def add(self, *values: Value) -> None:
        """Add one entry."""
        digest = blake2b(repr(values).encode(), digest_size=_SIZE, key=self._key).digest()
        self._sum = (self._sum + int.from_bytes(digest)) % _MODULUS
        self.count += 1

    def same(self, other: Tally) -> bool:
        """Tell whether the same was added to both, each as often."""
        return (self._sum, self.count) == (other._sum, other.count)
