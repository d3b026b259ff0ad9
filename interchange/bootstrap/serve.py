"""Serving: the node's doors open, its jobs tick, its watches stand, until it is told to stop."""

from __future__ import annotations

import signal
import time
from threading import Event
from typing import TYPE_CHECKING

from interchange.bootstrap.assemble import assemble
from interchange.client.channel import open_channel
from interchange.client.link import GrpcLink
from interchange.jobs.scheduler import Scheduler
from interchange.jobs.table import JOBS
from interchange.jobs.watch import Watches
from interchange.rpc.bell import Bell
from interchange.rpc.server import Server
from interchange.telemetry.logs import configure, log

if TYPE_CHECKING:
    from collections.abc import Callable

    from interchange.config import Settings
    from interchange.domain.projects import Partner
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.jobs.table import Links

GRACE = 8.0
"""Seconds that running calls get at a stop; the whole stop stays under ten."""


def wall_clock() -> Instant:
    """Read the machine's clock, whole Unix seconds."""
    return int(time.time())


def links_of(node: Node, settings: Settings) -> Links:
    """Keep one channel per partner, under that partner's certificate authority alone."""
    kept: dict[Partner, GrpcLink] = {}

    def link(partner: Partner) -> GrpcLink:
        if partner not in kept:
            channel = open_channel(
                partner.address,
                certificate=settings.path("tls_certificate"),
                key=settings.path("tls_key"),
                ca=partner.ca_pem,
                server_name=partner.authority,
            )
            kept[partner] = GrpcLink(channel, lambda: _generation(node, partner))
        return kept[partner]

    return link


def _generation(node: Node, partner: Partner) -> int:
    return node.ledger.read(lambda tx: node.keyring(tx, partner.authority).generation)


def serve(settings: Settings, ready: Callable[[int], None], clock: Callable[[], Instant] = wall_clock) -> None:
    """Run the node until SIGTERM or SIGINT.

    Args:
        settings: from `config.load`.
        ready: called with the bound port once calls are answered.
        clock: read once at each request and tick.

    Raises:
        Refusal: PORT_IN_USE and those of `assemble`.
    """
    configure(settings.log_level)
    bell = Bell()
    node = assemble(settings, bell.ring)
    links = links_of(node, settings)
    server = Server(node, settings, clock, bell)
    scheduler = Scheduler(node, links, JOBS, settings, clock)
    watches = Watches(node, links, clock)
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    port = server.start()
    scheduler.start()
    watches.start()
    log("serving", party=node.party, port=port)
    ready(port)
    stopped.wait()
    log("stopping", party=node.party)
    watches.stop()
    server.stop(GRACE)
    scheduler.stop()
    node.ledger.close()
