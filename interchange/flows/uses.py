"""How many signatures each key of ours made, kept in memory until a job writes it: signing waits for no ledger."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

from interchange.store import keys

if TYPE_CHECKING:
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


class Uses:
    """Signatures that are not written yet; threads may add while another takes."""

    def __init__(self) -> None:
        """Begin with none."""
        self._counts: Counter[str] = Counter()
        self._lock = Lock()

    def add(self, kid: str) -> None:
        """Count one signature."""
        with self._lock:
            self._counts[kid] += 1

    def take(self) -> Counter[str]:
        """Give what was counted since the last time."""
        with self._lock:
            taken, self._counts = self._counts, Counter()
        return taken

    def give_back(self, counts: Counter[str]) -> None:
        """Count again what could not be written."""
        with self._lock:
            self._counts.update(counts)


def write_uses(node: Node) -> int:
    """Add to the register what was signed since the last pass; return how many signatures that were.

    Raises:
        Refusal: LEDGER_UNAVAILABLE; what was counted is kept for the next pass.
    """
    counts = node.uses.take()

    def work(tx: Tx) -> None:
        for kid in sorted(counts):
            keys.count(tx, kid, counts[kid])

    try:
        if counts:
            node.ledger.transact(work)
    except BaseException:
        node.uses.give_back(counts)
        raise
    return counts.total()
