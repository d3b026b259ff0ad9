"""APScheduler ticks; everything else of a job's life is here: lease, pass, heartbeat, log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from interchange.errors import Refusal
from interchange.store import leases
from interchange.telemetry.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable

    from interchange.config import Settings
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.jobs.table import Job, Links
    from interchange.store.ledger import Tx

LEASE_SECONDS = 15
"""How long a job waits for a holder that died; a holder that stops in order gives its leases back at once."""


def run_once(node: Node, links: Links, job: Job, holder: str, now: Instant) -> str | None:
    """Make one pass of a job if this holder has or gets its lease; return its outcome, or None while another has it.

    Refusals become the outcome; anything else is a fault of the program, logged by type, and the next tick tries again.
    """
    fence = node.ledger.transact(lambda tx: leases.take(tx, job.name, holder, now, LEASE_SECONDS))
    if fence is None:
        return None
    try:
        outcome = job.run(node, links, now)
    except Refusal as refusal:
        outcome = f"refused: {refusal.reason.code}"

    def beat(tx: Tx) -> bool:
        # A holder that slept past its lease must not speak for the job any more.
        if not leases.holds(tx, job.name, holder, fence):
            return False
        leases.beat(tx, job.name, now, outcome)
        return True

    return outcome if node.ledger.transact(beat) else None


class Scheduler:
    """Ticks every job of a table until stopped."""

    def __init__(
        self, node: Node, links: Links, jobs: tuple[Job, ...], settings: Settings, clock: Callable[[], Instant]
    ) -> None:
        """Prepare the ticks; `clock` is read once at each."""
        self._node, self._links, self._clock = node, links, clock
        self._holder = node.chance.uuid()
        # A memory store cannot fail or unpickle; a late tick runs late rather than never (the default drops it).
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(len(jobs))},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone="UTC",
        )
        for job in jobs:
            seconds = getattr(settings, job.every)
            self._scheduler.add_job(self._tick, "interval", seconds=seconds, args=[job], id=job.name)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """End after the passes that run now, and leave the jobs to whoever comes next."""
        self._scheduler.shutdown(wait=True)
        self._node.ledger.transact(lambda tx: leases.release(tx, self._holder))

    def _tick(self, job: Job) -> None:
        try:
            outcome = run_once(self._node, self._links, job, self._holder, self._clock())
        except Exception as error:  # noqa: BLE001 - a job never raises into the scheduler
            log("job_failed", job=job.name, error=type(error).__name__)
            return
        # A job that found nothing to do has nothing to say.
        if outcome:
            log("job_ran", job=job.name, outcome=outcome)
