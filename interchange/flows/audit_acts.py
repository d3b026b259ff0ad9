"""Acts, as audits see them: the auditors' lane and the recorded requests must tell the same, and rows what was asked.

A leaf of the auditors' lane has a digest over what exactly was asked and what came of it. Where rows still say what was
asked, the request is written again from them, and must give that digest.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from interchange.domain.events import ActPerformed
from interchange.domain.proposals import LIFE
from interchange.flows.acts import ACTS
from interchange.flows.audit_requests import GONE, OVERWRITES, expected, fault_of, is_overwritten
from interchange.flows.perform import PROPOSED, WAITS, proof_of
from interchange.flows.retention import ACT as RETAIN
from interchange.flows.retention import REQUEST_DAYS
from interchange.store import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interchange.domain.events import Event
    from interchange.domain.time import Instant
    from interchange.flows.audit_requests import Known
    from interchange.store.ledger import Tx

JOBS = "job:"
"""Before the name of a job, where an act's caller stands; nobody asked for what a job does."""

_GROUP = 200
_SHOWN = 100
"""Requests without a row that are named; of more, the latest."""

_DAY = 86_400


class Acts:
    """Takes the leaves of the auditors' lane in their order, and compares them with requests and rows.

    Attributes:
        retained: when retention took something away last; 0 if it never did.
    """

    def __init__(self, tx: Tx) -> None:
        """Begin at the lane's beginning."""
        self._tx = tx
        self._group: list[tuple[int, ActPerformed]] = []
        self._missing: deque[tuple[int, Instant]] = deque(maxlen=_SHOWN)
        self._gone: deque[tuple[int, Instant]] = deque(maxlen=_SHOWN)
        self._last: dict[str, tuple[int, str]] = {}
        self._matched = 0
        self.retained: Instant = 0
        self._unseen: dict[Known, None] = {}
        self._expected: dict[tuple[str, str], Known] = {}
        for known, proofs in expected(tx):
            self._unseen[known] = None
            self._expected |= dict.fromkeys(proofs, known)

    def take(self, n: int, event: Event) -> Iterator[str]:
        """Take a leaf of one of our own lanes; only those that tell an act matter."""
        if not isinstance(event, ActPerformed):
            return
        if event.act == RETAIN:
            self.retained = max(self.retained, event.at)
        if event.caller.startswith(JOBS):
            return
        known = self._expected.get((event.act, event.sha256))
        if known is not None and known.at == event.at:
            self._unseen.pop(known, None)
        self._group.append((n, event))
        if len(self._group) == _GROUP:
            yield from self._compare()

    def faults(self) -> Iterator[str]:
        """Say what is left to say once all leaves were taken."""
        yield from self._compare()
        # What is older was deleted by its term, a request that waited for a second person from when it was asked.
        kept_since = self.retained - REQUEST_DAYS * _DAY + LIFE
        for n, at in self._missing:
            if at >= kept_since:
                yield f"act {n}: its request is not recorded"
        yield from (f"act {n}: what it recorded is gone" for n, at in self._gone if at >= self.retained)
        for result, (n, digest) in self._last.items():
            if is_overwritten(self._tx, digest, result):
                yield f"act {n} ({OVERWRITES}): what it recorded has been changed"
        recorded = requests.count(self._tx)
        if recorded != self._matched:
            yield f"{recorded - self._matched} recorded requests were told to no auditor"
        yield from (f"{known.what}: no act made it so" for known in self._unseen)

    def _compare(self) -> Iterator[str]:
        group, self._group = self._group, []
        plain = [(act.caller, act.act, act.request) for _, act in group if act.act != PROPOSED]
        found = requests.find(self._tx, plain)
        for n, act in group:
            if act.act == PROPOSED:
                yield from self._proposed(n, act)
                continue
            row = found.get((act.caller, act.act, act.request))
            if row is None:
                self._missing.append((n, act.at))
                continue
            self._matched += 1
            if proof_of(row.digest, row.result) != act.sha256:
                yield f"act {n}: the recorded request is another"
            elif act.act == OVERWRITES:
                self._last[row.result] = n, row.digest
            elif fault := fault_of(self._tx, act.act, row.digest, row.result, act.at):
                if fault == GONE:
                    self._gone.append((n, act.at))
                else:
                    yield f"act {n} ({act.act}): what it recorded has been changed"

    def _proposed(self, n: int, act: ActPerformed) -> Iterator[str]:
        """Compare the request of an act that waits; once it is carried out, the leaf of that says more."""
        rows = requests.of_caller(self._tx, act.caller, ACTS, act.request)
        if not rows:
            self._missing.append((n, act.at))
        waiting = [row for row in rows if row.result.startswith(WAITS)]
        self._matched += len(waiting)
        for row in waiting:
            if proof_of(row.digest, row.result.removeprefix(WAITS)) != act.sha256:
                yield f"act {n}: the recorded request is another"
