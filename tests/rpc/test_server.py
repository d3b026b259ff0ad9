"""The server itself: port, certificates, health, and an end within its limit."""

import socket
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from fakes.authorities import FIRST, LAST
from fakes.nodes import Clock, Served, authority_of, make_node, serve, settings_of
from fakes.parties import HOME
from fakes.refusals import refused
from fakes.requests import NOBODY
from grpc_health.v1 import health_pb2, health_pb2_grpc

from interchange.config import Settings
from interchange.domain.merkle import EMPTY_ROOT
from interchange.errors import Reason, Refusal
from interchange.rpc.bell import Bell
from interchange.rpc.listen import check_free
from interchange.rpc.server import Server
from interchange.rpc.services import node as node_service
from interchange.v1.lanes_pb2 import WatchLaneRequest
from interchange.v1.node_pb2 import GetNodeInfoRequest

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


def test_port_in_use_is_said(sqlite_template: Path, tmp_path: Path) -> None:
    """Two servers never share a port without a word."""
    with serve(tmp_path / "one", template=sqlite_template) as first:
        other = make_node(tmp_path / "other", template=sqlite_template)
        settings = settings_of(tmp_path / "other", listen=f"127.0.0.1:{first.port}")
        with refused(Reason.PORT_IN_USE):
            Server(other, settings, Clock(), Bell()).start()
        other.ledger.close()


def test_two_servers_that_start_at_once_do_not_share_a_port(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the port and its taking, another program may have taken it."""
    with serve(tmp_path / "one", template=sqlite_template) as first:
        other = make_node(tmp_path / "other", template=sqlite_template)
        settings = settings_of(tmp_path / "other", listen=f"127.0.0.1:{first.port}")
        looks = count()
        monkeypatch.setattr(
            "interchange.rpc.server.check_free", lambda address: check_free(address) if next(looks) else None
        )
        with refused(Reason.PORT_IN_USE):
            Server(other, settings, Clock(), Bell()).start()
        other.ledger.close()


def test_port_of_another_program_is_said_too(sqlite_template: Path, tmp_path: Path) -> None:
    """With the address, so that the operator need not guess."""
    node = make_node(tmp_path / "node", template=sqlite_template)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Refusal) as caught:
            Server(node, settings_of(tmp_path / "node", listen=address), Clock(), Bell()).start()
    node.ledger.close()
    assert (caught.value.reason, address in caught.value.where) == (Reason.PORT_IN_USE, True)


def test_address_of_another_machine_is_a_mistake_in_the_settings(sqlite_template: Path, tmp_path: Path) -> None:
    """It is not called a port in use, which would send the operator looking for a program."""
    node = make_node(tmp_path / "node", template=sqlite_template)
    with refused(Reason.CONFIG_FORM):
        Server(node, settings_of(tmp_path / "node", listen="192.0.2.1:7443"), Clock(), Bell()).start()
    node.ledger.close()


def test_server_starts_again_on_its_port(sqlite_template: Path, tmp_path: Path) -> None:
    """Connections of the run before do not keep it from its own port."""
    with serve(tmp_path / "one", template=sqlite_template) as first:
        first.call("auditor").node.GetNodeInfo(GetNodeInfoRequest())
        port = first.port
    with serve(tmp_path / "two", template=sqlite_template, listen=f"127.0.0.1:{port}") as second:
        assert second.port == port


def test_ed25519_certificate_is_refused_at_the_start(sqlite_template: Path, tmp_path: Path) -> None:
    """In gRPC it would fail at each handshake, without a word about the cause."""
    node, settings = make_node(tmp_path / "node", template=sqlite_template), settings_of(tmp_path / "node")
    key = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    name = x509.Name([])
    certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, FIRST, LAST).sign(key, None)
    settings.path("tls_certificate").write_bytes(certificate.public_bytes(Encoding.PEM))
    with refused(Reason.CERTIFICATE_KEY_TYPE):
        Server(node, settings, Clock(), Bell()).start()
    node.ledger.close()


def _other_partners_ca(settings: Settings) -> None:
    settings.path("tls_ca").write_bytes(authority_of("KOR").pem)


def _key_of_another(settings: Settings) -> None:
    settings.path("tls_key").write_bytes(authority_of(HOME).certify("spiffe://other.example/partner/node").key)


def _key_on_one_line(settings: Settings) -> None:
    key = settings.path("tls_key")
    key.write_bytes(key.read_bytes().replace(b"\n", b""))


FILES: dict[str, Callable[[Settings], object]] = {
    "a key that is none": lambda settings: settings.path("tls_key").write_bytes(b"\xff" * 100),
    "an empty key": lambda settings: settings.path("tls_key").write_bytes(b""),
    "the key of another certificate": _key_of_another,
    "a key that only a lenient reader takes for one": _key_on_one_line,
    "a certificate authority that is none": lambda settings: settings.path("tls_ca").write_bytes(b"\xff"),
    "an empty certificate authority": lambda settings: settings.path("tls_ca").write_bytes(b""),
    "a partner's certificate authority": _other_partners_ca,
}


@pytest.mark.parametrize("name", FILES)
def test_file_with_which_nobody_could_be_answered_is_refused_at_the_start(
    sqlite_template: Path, tmp_path: Path, name: str
) -> None:
    """It is not called a port in use, nor found out by callers one after another."""
    node, settings = make_node(tmp_path / "node", template=sqlite_template), settings_of(tmp_path / "node")
    FILES[name](settings)
    with refused(Reason.CERTIFICATE_FORM):
        Server(node, settings, Clock(), Bell()).start()
    node.ledger.close()


def test_key_that_others_can_read_is_refused_at_the_start(sqlite_template: Path, tmp_path: Path) -> None:
    """Whoever has the node's key is the node."""
    node, settings = make_node(tmp_path / "node", template=sqlite_template), settings_of(tmp_path / "node")
    settings.path("tls_key").chmod(0o644)
    with refused(Reason.FILE_LOOSE):
        Server(node, settings, Clock(), Bell()).start()
    node.ledger.close()


def test_method_without_a_row_of_the_access_table_keeps_the_server_from_being_made(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is served of which nobody said to whom."""
    node = make_node(tmp_path / "node", template=sqlite_template)
    monkeypatch.delitem(_access(), "/interchange.v1.NodeService/GetNodeInfo")
    with refused(Reason.INTERNAL):
        Server(node, settings_of(tmp_path / "node"), Clock(), Bell())
    node.ledger.close()


def _access() -> dict[str, Any]:
    from interchange.rpc import access  # noqa: PLC0415 - to be changed where it lies

    table: Any = access.ACCESS
    assert isinstance(table, dict)
    return table


def health(served: Served) -> Any:  # noqa: ANN401 - its stubs leave out the methods
    """Ask the health service."""
    return health_pb2_grpc.HealthStub(served.call("partner").channel)


def test_nodes_own_certificate_is_enough_to_ask_for_its_health(unchanging: Served) -> None:
    """A watchdog on the node's machine needs no person's certificate."""
    answer = health(unchanging).Check(health_pb2.HealthCheckRequest())
    assert answer.status == SERVING


def test_health_is_what_the_node_says_of_itself(served: Served) -> None:
    """As a whole and by service."""
    served.server.serving(now=False)
    name = node_service.DESCRIPTOR.full_name
    asked = [health_pb2.HealthCheckRequest(), health_pb2.HealthCheckRequest(service=name)]
    assert [health(served).Check(request).status for request in asked] == [NOT_SERVING] * 2


def test_change_of_health_reaches_who_watches_it(served: Served) -> None:
    """Load balancers need not ask again and again."""
    stream = health(served).Watch(health_pb2.HealthCheckRequest(), timeout=10)
    first = next(stream).status
    served.server.serving(now=False)
    second = next(stream).status
    stream.cancel()
    assert (first, second) == (SERVING, NOT_SERVING)


def test_unknown_service_is_said_to_be_unknown(unchanging: Served) -> None:
    """By the status that the health protocol has for it."""
    with pytest.raises(grpc.RpcError) as caught:
        health(unchanging).Check(health_pb2.HealthCheckRequest(service=NOBODY))
    call: object = caught.value
    assert isinstance(call, grpc.Call)
    assert call.code() is grpc.StatusCode.NOT_FOUND


def test_stop_ends_within_its_limit_with_watchers_connected(sqlite_template: Path, tmp_path: Path) -> None:
    """Watches of lanes and of health, and one whose reader takes nothing off the line."""
    with serve(tmp_path / "node", template=sqlite_template, heartbeat=0.001) as served:
        request = WatchLaneRequest(after_root=EMPTY_ROOT, generation=1)
        streams: list[Any] = [served.call("partner", "KOR").lanes.WatchLane(request) for _ in range(3)]
        streams += [served.call("auditor").lanes.WatchLane(request)]
        streams += [health(served).Watch(health_pb2.HealthCheckRequest()) for _ in range(2)]
        for stream in streams:
            next(stream)
        began = time.monotonic()
        served.server.stop(8.0)
        took = time.monotonic() - began
    assert took < 5


def test_call_under_way_is_answered_while_the_server_stops(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was begun is carried out and answered."""
    entered, leave = Event(), Event()
    answers: list[str] = []

    def look(*_: object) -> None:
        entered.set()
        leave.wait(10)

    monkeypatch.setattr(node_service.NodeService, "_keyring", look)
    stub = served.call("auditor").node
    asking = Thread(target=lambda: answers.append(stub.GetNodeInfo(GetNodeInfoRequest(), timeout=10).party))
    stopping = Thread(target=lambda: served.server.stop(10))
    asking.start()
    entered.wait(10)
    stopping.start()
    leave.set()
    asking.join()
    stopping.join()
    assert answers == [served.node.party]


def test_stopped_server_answers_nobody(served: Served) -> None:
    """Its port is free again when `stop` returns."""
    served.server.stop(1)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", served.port))
