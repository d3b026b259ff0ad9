"""Pieces of a lane on their way from issuer to follower."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_PAGE = 1000
"""Leaves in one page at most."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One leaf's bytes and the JWS that travels beside it, if any."""

    leaf: bytes
    token: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """A run of leaves under a checkpoint that was signed after they were asked for.

    Attributes:
        note: the signed checkpoint; its size is at least the page's end.
        first: number of the first leaf, which is the follower's own size.
        entries: the leaves in order, perhaps none.
        proof: consistency proof (RFC 9162 section 2.1.4) from the page's end to the checkpoint, empty if they agree.
    """

    note: bytes
    first: int
    entries: tuple[Entry, ...] = ()
    proof: tuple[bytes, ...] = ()
