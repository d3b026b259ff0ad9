"""The gRPC server of a node: services, pipeline, mutual TLS, and an end within its limit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Timer
from typing import TYPE_CHECKING

import grpc

from interchange.errors import Reason, refuse
from interchange.rpc.access import check_complete
from interchange.rpc.caller import Callers
from interchange.rpc.listen import check_free
from interchange.rpc.open_calls import OpenCalls
from interchange.rpc.open_streams import OpenStreams
from interchange.rpc.patience import PATIENCE, Patience
from interchange.rpc.pipeline import Pipeline
from interchange.rpc.registry import handlers_of, methods_of
from interchange.rpc.services import (
    agreements,
    assertions,
    bindings,
    clearances,
    consents,
    disclosures,
    employers,
    health,
    keyrings,
    keys,
    lanes,
    participants,
    partners,
    projects,
    proposals,
    reminders,
    screenings,
    standings,
    status_lists,
    subjects,
)
from interchange.rpc.services import node as node_service
from interchange.rpc.tls import Handshakes, TlsFiles
from interchange.rpc.watches import Watches
from interchange.wire.status_list import MAX_STATUS_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.descriptor import ServiceDescriptor

    from interchange.config import Settings
    from interchange.domain.time import Instant
    from interchange.flows.match import BindingLinks
    from interchange.flows.node import Node
    from interchange.rpc.bell import Bell

HEARTBEAT = 15.0
"""Seconds after which a watch in which nothing was told gets an empty page."""

_LARGEST_REQUEST = 4 * 1024 * 1024
"""Bytes; 256 tokens of the largest size fit twice."""

_LARGEST_RESPONSE = MAX_STATUS_TOKEN + 64 * 1024
"""Bytes; a status list is the largest there is."""

_CALLS_PER_THREAD = 4
"""Calls that may wait for a thread, by thread; more are turned away at once. A connection may not have more open
either; a tighter limit there would not do, since gRPC counts calls a little longer than its clients do, and then
refuses honest ones."""

_OLDEST_CONNECTION = 30 * 60
_OLDEST_CONNECTION_GRACE = 30
"""Seconds that a connection lives, and that its calls get after that. A withdrawn certificate is refused at each call
in any case, and ends streams within a minute; the limit ends what is left of its connection."""

_ASKED_TO_END = 1.0
"""Seconds in which watches end by themselves when the server stops, before they are cut off."""

_OPTIONS = (
    # With it on, as it is by default, a second server would share the port without a word.
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", _LARGEST_REQUEST),
    ("grpc.max_send_message_length", _LARGEST_RESPONSE),
    ("grpc.max_connection_age_ms", _OLDEST_CONNECTION * 1000),
    ("grpc.max_connection_age_grace_ms", _OLDEST_CONNECTION_GRACE * 1000),
    # A follower behind a broken line is found out, and its watch given up, after half a minute.
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    # Who takes longer over a handshake holds a connection for nothing, and others might come to lack it.
    ("grpc.server_handshake_timeout_ms", 5_000),
)


class Server:
    """One node's doors; made, started and stopped once."""

    def __init__(
        self,
        node: Node,
        settings: Settings,
        clock: Callable[[], Instant],
        bell: Bell,
        *,
        heartbeat: float = HEARTBEAT,
        patience: float = PATIENCE,
        links: BindingLinks = bindings.unreachable,
        files: TlsFiles | None = None,
    ) -> None:
        """Prepare the server; no port is taken and no file read yet.

        Args:
            node: whose services they are.
            settings: address, certificates, threads and watches.
            clock: the node's clock, whole Unix seconds; read once for each request and for each page of a watch.
            bell: rung whenever something was told, wakes the watches.
            heartbeat: seconds after which a quiet watch gets an empty page.
            patience: seconds that a call may take to send its message.
            links: the ways to partners' nodes, for calls that ask a partner in turn.
            files: the node's own certificates, where others use them too; None has them read here alone.

        Raises:
            Refusal: INTERNAL if the access table does not say of each method who may call it.
        """
        self._settings = settings
        self._watches = Watches(bell, each=settings.watchers_per_partner, threads=settings.server_threads)
        services = _services(node, bell, self._watches, heartbeat) | {
            bindings.DESCRIPTOR: bindings.BindingService(node, links)
        }
        self._health = health.HealthService(self._watches, [descriptor.full_name for descriptor in services])
        services[health.DESCRIPTOR] = self._health
        check_complete(name for descriptor in services for name in methods_of(descriptor))
        files = files or TlsFiles(settings, node.names.authority, clock)
        self._handshakes = Handshakes(node, files)
        threads = settings.server_threads
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="rpc")
        self._open_calls, self._patience = OpenCalls(threads, lambda: self._watches.count), Patience(patience)
        self._open_streams = OpenStreams()
        self._server = grpc.server(
            self._threads,
            interceptors=[Pipeline(Callers(node, files), clock, self._open_calls, self._patience, self._open_streams)],
            options=(*_OPTIONS, ("grpc.max_concurrent_streams", _CALLS_PER_THREAD * threads)),
            maximum_concurrent_rpcs=_CALLS_PER_THREAD * threads,
        )
        handlers = tuple(handlers_of(descriptor, service) for descriptor, service in services.items())
        self._server.add_generic_rpc_handlers(handlers)

    def start(self) -> int:
        """Take the port and answer calls.

        Returns:
            The port, also where the settings leave its choice to the system by 0.

        Raises:
            Refusal: PORT_IN_USE; CONFIG_FORM if the address is not this machine's; CERTIFICATE_FORM;
                CERTIFICATE_KEY_TYPE; FILE_UNREADABLE; FILE_LOOSE; LEDGER_UNAVAILABLE.
        """
        credentials = self._handshakes.credentials()
        address = self._settings.listen
        # gRPC does not say why it could not take one.
        check_free(address)
        try:
            port: int = self._server.add_secure_port(address, credentials)
        except RuntimeError as error:
            # Somebody was quicker, or TLS cannot use what another reader of certificates could.
            check_free(address)
            raise refuse(Reason.CERTIFICATE_FORM, "certificate or its key") from error
        self._patience.start()
        self._open_streams.start()
        self._server.start()
        self.serving(now=True)
        return port

    @property
    def watching(self) -> int:
        """How many watches stand open."""
        return self._watches.count

    @property
    def open_streams(self) -> OpenStreams:
        """The streams that stand open, to have them looked at before their time."""
        return self._open_streams

    @property
    def open_calls(self) -> int:
        """How many calls are under way, watches left out."""
        return self._open_calls.count

    def serving(self, *, now: bool) -> None:
        """Let the health service say whether the node serves; calls are answered either way."""
        self._health.set(serving=now)

    def stop(self, grace: float) -> None:
        """Take no new calls, let those under way end within `grace` seconds, and cut off the rest."""
        self._health.end()
        self._watches.close()
        stopped = self._server.stop(grace)
        cut = Timer(min(_ASKED_TO_END, grace / 2), self._watches.cancel)
        cut.start()
        stopped.wait(grace + _ASKED_TO_END)
        cut.cancel()
        self._patience.stop()
        self._open_streams.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)


def _services(node: Node, bell: Bell, watches: Watches, heartbeat: float) -> dict[ServiceDescriptor, object]:
    return {
        assertions.DESCRIPTOR: assertions.AssertionService(node),
        standings.DESCRIPTOR: standings.StandingService(node),
        lanes.DESCRIPTOR: lanes.LaneService(node, bell, watches, heartbeat),
        keys.DESCRIPTOR: keys.KeyService(node),
        keyrings.DESCRIPTOR: keyrings.KeyringService(node),
        status_lists.DESCRIPTOR: status_lists.StatusListService(node),
        agreements.DESCRIPTOR: agreements.AgreementService(node),
        projects.DESCRIPTOR: projects.ProjectService(node),
        proposals.DESCRIPTOR: proposals.ProposalService(node),
        participants.DESCRIPTOR: participants.ParticipantService(node),
        partners.DESCRIPTOR: partners.PartnerService(node),
        subjects.DESCRIPTOR: subjects.SubjectService(node),
        screenings.DESCRIPTOR: screenings.ScreeningService(node),
        clearances.DESCRIPTOR: clearances.ClearanceService(node),
        employers.DESCRIPTOR: employers.EmployerService(node),
        consents.DESCRIPTOR: consents.ConsentService(node),
        disclosures.DESCRIPTOR: disclosures.DisclosureService(node),
        reminders.DESCRIPTOR: reminders.ReminderService(node),
        node_service.DESCRIPTOR: node_service.NodeService(node),
    }
