"""The node's own certificate, replaced while it serves: what fits is shown from then on, what does not is told."""

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
import structlog
from fakes.authorities import FIRST, LAST, Authority, Pair
from fakes.nodes import Served, authority_of
from fakes.parties import HOME, NOW, names_of
from fakes.refusals import refused

from interchange.crypto.sealed import write_private
from interchange.errors import Reason
from interchange.rpc.tls import TlsFiles
from interchange.telemetry.logs import configure
from interchange.v1.node_pb2 import GetNodeInfoRequest

OURS = names_of(HOME)
NODE = OURS.spiffe("partner", "node")


@pytest.fixture
def events() -> Iterator[StringIO]:
    """What the node writes to its log."""
    written = StringIO()
    configure("info", written)
    yield written
    structlog.reset_defaults()


def told(events: StringIO, event: str) -> list[tuple[str, str]]:
    """List (what, reason) of the events of a name."""
    lines = [json.loads(line) for line in events.getvalue().splitlines()]
    return [(line["what"], line.get("reason", "")) for line in lines if line["event"] == event]


def shown(served: Served, directory: Path) -> bytes:
    """Make a new connection, and give the certificate that the node shows in it, DER."""
    caller = authority_of(HOME).certify(OURS.spiffe("officer", "tester"))
    chain = directory / "chain"
    chain.write_bytes(caller.certificate + caller.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(chain)
    context.set_alpn_protocols(["h2"])
    with socket.create_connection(("127.0.0.1", served.port)) as plain, context.wrap_socket(plain) as connection:
        return connection.getpeercert(binary_form=True) or b""


def put(served: Served, *, certificate: bytes | None = None, key: bytes | None = None) -> None:
    """Replace the node's files."""
    for name, content in (("tls_certificate", certificate), ("tls_key", key)):
        if content is not None:
            served.settings.path(name).unlink()
            write_private(served.settings.path(name), content)


def node_pair(first: datetime = FIRST, last: datetime = LAST) -> Pair:
    """Issue a certificate for the node, as it had one before."""
    return authority_of(HOME).certify(NODE, dns=(OURS.authority, "localhost"), first=first, last=last)


def der(pair: Pair) -> bytes:
    """Give a certificate as handshakes show it."""
    return ssl.PEM_cert_to_DER_cert(pair.certificate.decode())


def instant(now: int) -> datetime:
    """Give an instant as certificates have it."""
    return datetime.fromtimestamp(now, UTC)


ALIEN = names_of("KOR")
WRONG: dict[str, tuple[Reason, Callable[[], Pair]]] = {
    "half of a certificate": (
        Reason.CERTIFICATE_FORM,
        lambda: Pair(node_pair().certificate[:200], node_pair().key),
    ),
    "half of a key": (Reason.CERTIFICATE_FORM, lambda: Pair(node_pair().certificate, node_pair().key[:60])),
    "nothing": (Reason.CERTIFICATE_FORM, lambda: Pair(b"", b"")),
    "the key of another certificate": (
        Reason.CERTIFICATE_FORM,
        lambda: Pair(node_pair().certificate, authority_of(HOME).certify(OURS.spiffe("officer", "x")).key),
    ),
    "an expired one": (Reason.CERTIFICATE_FORM, lambda: node_pair(last=instant(NOW - 1))),
    "one that has not begun": (Reason.CERTIFICATE_FORM, lambda: node_pair(first=instant(NOW + 1))),
    "one of another name": (
        Reason.CERTIFICATE_FORM,
        lambda: authority_of(HOME).certify(OURS.spiffe("partner", "other"), dns=(OURS.authority,)),
    ),
    "one of another party": (
        Reason.CERTIFICATE_FORM,
        lambda: authority_of("KOR").certify(ALIEN.spiffe("partner", "node")),
    ),
    "one of another authority in our name": (
        Reason.CERTIFICATE_FORM,
        lambda: Authority(OURS.authority, "another").certify(NODE, dns=(OURS.authority,)),
    ),
}


def test_renewed_pair_is_shown_to_new_connections(served: Served, tmp_path: Path, events: StringIO) -> None:
    """Without a restart."""
    pair = node_pair()
    put(served, certificate=pair.certificate, key=pair.key)
    assert (shown(served, tmp_path), told(events, "tls_renewed")) == (der(pair), [("certificate", "")])


def test_connection_that_is_open_goes_on_while_the_certificate_is_renewed(served: Served, tmp_path: Path) -> None:
    """Its calls are answered as before."""
    caller = served.call("officer")
    first = caller.node.GetNodeInfo(GetNodeInfoRequest(), timeout=10).party
    pair = node_pair()
    put(served, certificate=pair.certificate, key=pair.key)
    shown(served, tmp_path)
    assert caller.node.GetNodeInfo(GetNodeInfoRequest(), timeout=10).party == first


@pytest.mark.parametrize("what", WRONG)
def test_pair_that_does_not_fit_leaves_the_old_one_and_is_told_once(
    served: Served, tmp_path: Path, events: StringIO, what: str
) -> None:
    """However many connections come meanwhile."""
    reason, make = WRONG[what]
    before, pair = shown(served, tmp_path), make()
    put(served, certificate=pair.certificate, key=pair.key)
    after = [shown(served, tmp_path) for _ in range(3)]
    assert (after, told(events, "tls_not_renewed")) == ([before] * 3, [("certificate", reason.code)])


@pytest.mark.parametrize("name", ["tls_certificate", "tls_key"])
def test_missing_file_leaves_the_old_pair_and_is_told_once(
    served: Served, tmp_path: Path, events: StringIO, name: str
) -> None:
    """As it is while somebody moves files."""
    before = shown(served, tmp_path)
    served.settings.path(name).unlink()
    after = [shown(served, tmp_path) for _ in range(3)]
    expected = [("certificate", Reason.FILE_UNREADABLE.code)]
    assert (after, told(events, "tls_not_renewed")) == ([before] * 3, expected)


def test_key_that_others_can_read_is_not_taken(served: Served, tmp_path: Path, events: StringIO) -> None:
    """Whoever has the node's key is the node."""
    before, pair = shown(served, tmp_path), node_pair()
    put(served, certificate=pair.certificate, key=pair.key)
    served.settings.path("tls_key").chmod(0o644)
    assert (shown(served, tmp_path), told(events, "tls_not_renewed")) == (
        before,
        [("certificate", Reason.FILE_LOOSE.code)],
    )


def test_second_of_two_files_makes_the_pair_whole(served: Served, tmp_path: Path) -> None:
    """In whichever order they come."""
    other = Authority(OURS.authority).certify(NODE, dns=(OURS.authority, "x.example"))
    put(served, key=other.key)
    between = shown(served, tmp_path)
    put(served, certificate=other.certificate)
    assert (between == der(other), shown(served, tmp_path) == der(other)) == (False, True)


def test_certificate_that_begins_later_is_taken_once_it_has_begun(served: Served, tmp_path: Path) -> None:
    """Nobody has to touch the file again."""
    pair = node_pair(first=instant(NOW + 60))
    put(served, certificate=pair.certificate, key=pair.key)
    before = shown(served, tmp_path)
    served.clock.now = NOW + 60
    assert (before == der(pair), shown(served, tmp_path) == der(pair)) == (False, True)


@pytest.mark.parametrize("content", [b"", b"\xff", authority_of("KOR").pem], ids=["empty", "damaged", "another's"])
def test_home_authority_that_does_not_fit_leaves_the_old_one_and_is_told_once(
    served: Served, events: StringIO, content: bytes
) -> None:
    """Our own people are not locked out by half a file."""
    served.settings.path("tls_ca").write_bytes(content)
    answers = [served.call("officer").node.GetNodeInfo(GetNodeInfoRequest(), timeout=10).party for _ in range(3)]
    expected = [("authority", Reason.CERTIFICATE_FORM.code)]
    assert (answers, told(events, "tls_not_renewed")) == ([HOME] * 3, expected)


def test_node_whose_certificate_has_ended_does_not_start(served: Served) -> None:
    """Nobody could be answered with it, and whoever starts it learns why."""
    pair = node_pair(last=instant(NOW))
    put(served, certificate=pair.certificate, key=pair.key)
    with refused(Reason.CERTIFICATE_FORM):
        TlsFiles(served.settings, OURS.authority, lambda: NOW + 1).pair()
