"""Pages of lists (AIP-158): how many entries, and the token that says where the next page begins.

A token is the digest of what the list is bound to (method, caller's party, filters) and the key of the last entry. It
grants nothing: whoever makes one up only chooses where in its own list to go on. So it is bound, and not signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Generic, TypeVar

from interchange.errors import Reason, Refusal, refuse
from interchange.wire import base64url

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

USUAL = 100
MOST = 1000
"""Entries of a page: where the caller leaves it to the node, and at most."""

_DIGEST_BYTES = 16
_LONGEST_TOKEN = 512


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """The entries of one page, and the token of the next; empty on the last."""

    entries: Sequence[T]
    next_token: str


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is asked for.

    Attributes:
        after: key of the last entry of the page before; empty for the first page.
        most: entries on the page.
        binding: digest of what the list is bound to.
    """

    after: str
    most: int
    binding: bytes

    @property
    def fetch(self) -> int:
        """How many entries to look up: one more than the page holds, which tells whether another follows."""
        return self.most + 1

    def cut(self, found: Sequence[T], key: Callable[[T], str]) -> Slice[T]:
        """Make the page of the entries looked up, at most `fetch` of them, in the order of their keys."""
        entries = found[: self.most]
        return Slice(entries, self._token(key(entries[-1])) if len(found) > self.most else "")

    def _token(self, after: str) -> str:
        return base64url.encode(self.binding + after.encode())


def read_paging(size: int, token: str, method: str, *bound_to: str) -> Paging:
    """Read which page is asked for.

    Args:
        size: `page_size`; 0 leaves it to the node.
        token: `page_token`; empty for the first page.
        method: name of the method.
        bound_to: the caller's party and the filters, in fixed order; empty where a filter is absent.

    Raises:
        Refusal: PAGE_SIZE outside 0 to 1000; PAGE_TOKEN if the token is of another list or filter, or none at all.
    """
    if not 0 <= size <= MOST:
        raise refuse(Reason.PAGE_SIZE, "page_size")
    # The lengths stand before the values, so that no two lists of filters are one text.
    parts = "".join(f"{len(part)}:{part}" for part in (method, *bound_to))
    binding = sha256(parts.encode()).digest()[:_DIGEST_BYTES]
    return Paging(_after(token, binding) if token else "", size or USUAL, binding)


def _after(token: str, binding: bytes) -> str:
    try:
        decoded = base64url.decode(token, Reason.PAGE_TOKEN, "page_token")
        after = decoded.removeprefix(binding).decode()
    except (Refusal, UnicodeDecodeError):
        raise refuse(Reason.PAGE_TOKEN, "page_token") from None
    if len(token) > _LONGEST_TOKEN or not decoded.startswith(binding) or not after.isprintable():
        raise refuse(Reason.PAGE_TOKEN, "page_token")
    return after
