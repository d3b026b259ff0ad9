"""Standing watches: one thread a partner, which takes each page of its lane the moment it is told."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

from interchange.errors import Refusal
from interchange.flows.follow import catch_up, frontier_of, take
from interchange.store import partners
from interchange.telemetry.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable

    from interchange.domain.lane import Page
    from interchange.domain.projects import Partner
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.jobs.table import Links

LONGEST_PAUSE = 30.0
LOOK_EVERY = 1.0
"""Seconds between looks for newly admitted partners."""

LEAVES_A_SECOND, PAGES_A_SECOND = 2000, 100
"""What is taken of one partner by its watch. A partner that tells more, or the same over and over, waits: this node has
others to listen to, and people to answer. Honest lanes tell less for years, and a revocation waits a hundredth."""


def pause_after(page: Page) -> float:
    """Say for how many seconds to take nothing more of a partner that has told this page."""
    return max(1 / PAGES_A_SECOND, len(page.entries) / LEAVES_A_SECOND)


class Watches:
    """Keeps a watch on every admitted partner until stopped."""

    def __init__(self, node: Node, links: Links, clock: Callable[[], Instant]) -> None:
        """Watch the lanes of `node`'s partners over `links`."""
        self._node, self._links, self._clock = node, links, clock
        self._stopped = Event()
        self._threads: dict[str, Thread] = {}
        self._conductor = Thread(target=self._conduct, name="watches", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._conductor.start()

    def stop(self) -> None:
        """Tell all watches to end; they hold nothing that must be kept."""
        self._stopped.set()

    def _conduct(self) -> None:
        while not self._stopped.is_set():
            try:
                for partner in self._node.ledger.read(partners.everyone):
                    if partner.party not in self._threads:
                        thread = Thread(target=self._watch, args=[partner], name=f"watch-{partner.party}", daemon=True)
                        self._threads[partner.party] = thread
                        thread.start()
            except Refusal as refusal:
                log("watches_wait", reason=refusal.reason.code)
            self._stopped.wait(LOOK_EVERY)

    def _watch(self, partner: Partner) -> None:
        pause = 0.0
        while not self._stopped.wait(pause):
            try:
                self._follow(partner)
                pause = 0.1
            except Refusal as refusal:
                pause = self._longer(pause)
                log("watch_ended", party=partner.party, reason=refusal.reason.code, retry_in_s=round(pause, 1))
            except Exception as error:  # noqa: BLE001 - a watch outlives its faults; the type is in the log
                pause = LONGEST_PAUSE
                log("watch_failed", party=partner.party, error=type(error).__name__)

    def _follow(self, partner: Partner) -> None:
        link = self._links(partner)
        catch_up(self._node, link, partner.party, self._clock())
        for page in link.watch(frontier_of(self._node, partner.party)):
            if self._stopped.is_set():
                return
            take(self._node, link, partner.party, page, self._clock())
            self._stopped.wait(pause_after(page))

    def _longer(self, pause: float) -> float:
        # Jitter keeps two hundred followers from coming back in the same instant.
        spread = 0.5 + self._node.chance.below(1000) / 1000
        return min(LONGEST_PAUSE, max(0.2, pause * 2) * spread)
