"""The board: every key of ours, how far it has come, who has seen it, and what else ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.errors import Reason, Refusal
from interchange.flows.certificate_ends import certificate_ends
from interchange.store import keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interchange.domain.keyring import Keyring
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.keys import OwnKey, Sight
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class Line:
    """A key on the board.

    Attributes:
        key: as the register has it.
        present: its private half is here.
        seen_by: codes of the partners that have acknowledged a keyring with it.
    """

    key: OwnKey
    present: bool
    seen_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """All keys, those of one use together, all partners, and what else ends or is renewed: in words, and when.

    `keyring` is None before the first is published.
    """

    keyring: Keyring | None
    lines: tuple[Line, ...]
    partners: tuple[Sight, ...]
    others: tuple[tuple[str, Instant | None], ...]


def board(node: Node) -> Board:
    """Read the board as it is now."""

    def look(tx: Tx) -> Board:
        sights = keys.sights(tx)
        lines = tuple(_line(node, key, sights) for key in keys.everyone(tx, node.names.authority))
        return Board(current_keyring(node, tx), lines, tuple(sights), tuple(_others(node, tx)))

    return node.ledger.read(look)


def _line(node: Node, key: OwnKey, sights: list[Sight]) -> Line:
    first = key.first_keyring
    seen_by = tuple(sight.party for sight in sights if first is not None and sight.keyring >= first)
    return Line(key, node.holds(key.record), seen_by)


def _others(node: Node, tx: Tx) -> Iterator[tuple[str, Instant | None]]:
    keyring = current_keyring(node, tx)
    for root in keyring.roots if keyring else ():
        yield f"root key {root.kid} ({root.alg})", None
    yield from certificate_ends(node, tx)
    yield f"vault seal key {node.vault.sealing_number}", None
    yield f"vault look-up key {node.vault.looking_number}", None


def current_keyring(node: Node, tx: Tx) -> Keyring | None:
    """Read our keyring in use, or None before the first is published."""
    try:
        return node.keyring(tx, node.names.authority)
    except Refusal as refusal:
        if refusal.reason is not Reason.KEYRING_MISSING:
            raise
        return None
