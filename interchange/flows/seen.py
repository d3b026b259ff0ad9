"""Verifications by partners, counted in memory and written in one go: no row on the way of a verification.

They are counted by assertion, party, second and outcome. What was counted and not yet written when the process is
killed is lost; what a partner verifies on its own, as a follower or offline, is never seen here.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING

from interchange.domain.names import organ_of
from interchange.domain.past import PastOutcome
from interchange.domain.verdict import Outcome
from interchange.errors import Refusal
from interchange.store import verifications
from interchange.store.verifications import Verification

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.domain.past import PastVerdict
    from interchange.domain.time import Instant
    from interchange.domain.verdict import Verdict
    from interchange.flows.node import Node
    from interchange.store.verifications import Key

MOST = 100_000
"""Entries that wait at once; further ones are lost and counted, since a verification waits for nobody."""

GROUP = 1000
"""Entries that one transaction writes."""


class Seen:
    """What was seen and is not written yet; any thread may add to it."""

    __slots__ = ("_counts", "_lock", "_lost")

    def __init__(self) -> None:
        """Nothing is seen yet."""
        self._counts: Counter[Key] = Counter()
        self._lost = 0
        self._lock = Lock()

    def add(self, entries: Sequence[Verification]) -> None:
        """Count entries."""
        with self._lock:
            for entry in entries:
                if entry.key in self._counts or len(self._counts) < MOST:
                    self._counts[entry.key] += entry.count
                else:
                    self._lost += entry.count

    def take(self, most: int) -> list[Verification]:
        """Take out at most so many entries, those first that were counted first."""
        with self._lock:
            return [Verification(*key, count=self._counts.pop(key)) for key in list(islice(self._counts, most))]

    def take_lost(self) -> int:
        """Take out how many verifications were lost since it was last asked, because too many waited."""
        with self._lock:
            lost, self._lost = self._lost, 0
            return lost


_AS = {
    PastOutcome.WAS_VALID: Outcome.VALID,
    PastOutcome.WAS_NOT_VALID: Outcome.NOT_VALID,
    PastOutcome.NOT_SHOWN: Outcome.STALE,
}
"""As what a verdict about the past is counted: that the partner asked is what the person is told."""


def see(node: Node, verdicts: Sequence[Verdict | PastVerdict], party: str, now: Instant) -> None:
    """Count what a partner asked about assertions of ours.

    What is not signed by us, or by nobody, says nothing of a person of ours and is not counted.

    Args:
        node: the node.
        verdicts: what it answered.
        party: code of who asked.
        now: the instant of the question.
    """
    known = [(each.assertion, _outcome(each)) for each in verdicts if each.assertion is not None]
    ours = [
        Verification(now, assertion.jti, party, outcome.value, 1)
        for assertion, outcome in known
        if organ_of(assertion.iss)[0] == node.names.authority
    ]
    if ours:
        node.seen.add(ours)


def _outcome(verdict: Verdict | PastVerdict) -> Outcome:
    return _AS[verdict.outcome] if isinstance(verdict.outcome, PastOutcome) else verdict.outcome


def write_seen(node: Node) -> int:
    """Write what was seen; return how many entries. What cannot be written now is kept for the next time.

    Raises:
        Refusal: LEDGER_UNAVAILABLE.
    """
    written = 0
    while entries := node.seen.take(GROUP):
        try:
            node.ledger.transact(partial(verifications.add, entries=entries))
        except Refusal:
            node.seen.add(entries)
            raise
        written += len(entries)
    return written
