"""Serving: the node's doors open, its jobs tick, its watches stand, until it is told to stop."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from threading import Event, Lock
from typing import TYPE_CHECKING

from interchange.bootstrap.assemble import assemble
from interchange.bootstrap.readiness import check_places, check_signers, open_many_files, tell_unsound
from interchange.client.channel import open_channel
from interchange.client.link import GrpcLink
from interchange.errors import Refusal
from interchange.flows.follow import origin_of
from interchange.flows.seen import write_seen
from interchange.flows.uses import write_uses
from interchange.jobs.scheduler import Scheduler
from interchange.jobs.table import JOBS
from interchange.jobs.watch import Watches
from interchange.rpc.bell import Bell
from interchange.rpc.server import Server
from interchange.rpc.tls import TlsFiles
from interchange.store import lanes
from interchange.telemetry.logs import configure, log

if TYPE_CHECKING:
    from collections.abc import Callable

    from interchange.config import Settings
    from interchange.domain.projects import Partner
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

GRACE = 8.0
"""Seconds that running calls get at a stop; the whole stop stays under ten."""


def wall_clock() -> Instant:
    """Read the machine's clock, whole Unix seconds."""
    return int(time.time())


class PartnerLinks:
    """One channel per partner, under that partner's certificate authority alone."""

    def __init__(self, node: Node, files: TlsFiles) -> None:
        """Make no connection yet; each is made with the certificate that the files hold then."""
        self._node, self._files = node, files
        self._kept: dict[Partner, tuple[tuple[bytes, bytes], GrpcLink]] = {}
        self._lock = Lock()

    def __call__(self, partner: Partner) -> GrpcLink:
        """Give the way to a partner: the same each time, and another once the own certificate was renewed.

        Watches over the one before are ended, and come back over the new one; its other calls are answered.
        """
        with self._lock:
            pair = self._files.pair()
            kept = self._kept.get(partner)
            if kept is None or kept[0] != pair:
                key, certificate = pair
                channel = open_channel(
                    partner.address,
                    certificate=certificate,
                    key=key,
                    ca=partner.ca_pem,
                    server_name=partner.authority,
                )
                link = GrpcLink(channel, lambda: self._generation(partner), known_note=lambda: self._note(partner))
                self._kept[partner] = (pair, link)
                if kept is not None:
                    kept[1].close()
                return link
            return kept[1]

    def close(self) -> None:
        """End all calls and watches under way."""
        with self._lock:
            for _, link in self._kept.values():
                link.close()

    def _generation(self, partner: Partner) -> int:
        return self._node.ledger.read(lambda tx: self._node.keyring(tx, partner.authority).generation)

    def _note(self, partner: Partner) -> bytes:
        def look(tx: Tx) -> bytes:
            head = lanes.head(tx, origin_of(self._node, tx, partner.party)[0])
            return (head and head.note) or b""

        return self._node.ledger.read(look)


def serve(settings: Settings, ready: Callable[[int], None], clock: Callable[[], Instant] = wall_clock) -> None:
    """Run the node until SIGTERM or SIGINT.

    Args:
        settings: from `config.load`.
        ready: called with the bound port once calls are answered.
        clock: read once at each request and tick.

    Raises:
        Refusal: PORT_IN_USE, those of `assemble`, of `check_places` and `check_signers`, and of `Server.start`.
    """
    configure(settings.log_level)
    check_places(settings)
    open_many_files()
    bell = Bell()
    node = assemble(settings, bell.ring)
    check_signers(node, clock())
    tell_unsound(node)
    files = TlsFiles(settings, node.names.authority, clock)
    # So that all of the node goes by the same authority, also while a file is only half written.
    node = replace(node, home_ca=files.home_ca)
    links = PartnerLinks(node, files)
    server = Server(node, settings, clock, bell, links=links, files=files)
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
    links.close()
    server.stop(GRACE)
    scheduler.stop()
    try:
        write_seen(node)
        write_uses(node)
    except Refusal as refusal:
        log("verifications_lost", reason=refusal.reason.code)
    node.ledger.close()
