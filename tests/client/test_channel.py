"""Whom a channel believes: one certification authority, and one name under it."""

import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from fakes.doors import Doors, opened
from fakes.party import ISSUER, READER, FakeParty
from fakes.refusals import refused

from interchange.client.channel import open_channel
from interchange.client.link import GrpcLink
from interchange.crypto.certificates import issue_certificate, make_ca
from interchange.domain.names import Names
from interchange.errors import Reason, Refusal


class Paper(NamedTuple):
    """A certificate and its key, PEM, and the authority that issued it."""

    certificate: bytes
    key: bytes
    ca: bytes


def paper(names: Names, dns_names: tuple[str, ...], ca: tuple[bytes, bytes], days_ago: int = 0) -> Paper:
    """Issue a certificate for one day."""
    certificate, key = issue_certificate(
        *ca,
        spiffe_id=names.spiffe("partner", "node"),
        dns_names=dns_names,
        ip_addresses=["127.0.0.1"],
        now=int(time.time()) - days_ago * 86_400,
        days=1,
    )
    return Paper(certificate, key, ca[0])


@pytest.fixture(scope="module")
def issuer() -> Paper:
    """The server's papers: it bears its party's name."""
    return paper(ISSUER, (ISSUER.authority,), make_ca(ISSUER.authority, int(time.time())))


@pytest.fixture(scope="module")
def reader() -> Paper:
    """The caller's papers."""
    return paper(READER, (), make_ca(READER.authority, int(time.time())))


@pytest.fixture(scope="module")
def secure(issuer: Paper, reader: Paper) -> Iterator[Doors]:
    """A server over mutual TLS."""
    with opened(FakeParty(), credentials_of(issuer, reader)) as doors:
        yield doors


def credentials_of(issuer: Paper, reader: Paper) -> grpc.ServerCredentials:
    """Show the server's papers, and ask for those of the caller's authority."""
    return grpc.ssl_server_credentials(
        [(issuer.key, issuer.certificate)], root_certificates=reader.ca, require_client_auth=True
    )


def keyring_over(secure: Doors, own: Paper, ca: bytes, server_name: str | None = ISSUER.authority) -> bytes:
    """Ask for a keyring over a channel of one's own."""
    channel = open_channel(secure.address, certificate=own.certificate, key=own.key, ca=ca, server_name=server_name)
    with channel:
        return GrpcLink(channel, 1).keyring(1)


def test_the_pinned_name_under_the_pinned_authority_is_believed(secure: Doors, issuer: Paper, reader: Paper) -> None:
    """By address, since nodes stand where they stand."""
    assert keyring_over(secure, reader, issuer.ca)


def test_without_a_name_the_address_counts(secure: Doors, issuer: Paper, reader: Paper) -> None:
    """A certificate that bears the address."""
    assert keyring_over(secure, reader, issuer.ca, None)


def refusal_over(secure: Doors, own: Paper, ca: bytes, server_name: str = ISSUER.authority) -> tuple[Reason, str]:
    """Ask for a keyring, and tell how that is refused."""
    with pytest.raises(Refusal) as caught:
        keyring_over(secure, own, ca, server_name)
    return caught.value.reason, caught.value.where


def test_another_name_under_the_same_authority_is_not_believed(secure: Doors, issuer: Paper, reader: Paper) -> None:
    """Somebody else of the same party is not its node."""
    found = refusal_over(secure, reader, issuer.ca, "other.clearance.example")
    assert found == (Reason.NODE_CERTIFICATE, "it bears another name")


def test_the_same_name_under_another_authority_is_not_believed(secure: Doors, reader: Paper) -> None:
    """An impostor with a certification authority of its own."""
    impostor, _ = make_ca(ISSUER.authority, int(time.time()))
    found = refusal_over(secure, reader, impostor)
    assert found == (Reason.NODE_CERTIFICATE, "another certificate authority issued it")


def test_a_node_whose_certificate_has_expired_is_not_believed(reader: Paper) -> None:
    """And its operator can be told why."""
    old = paper(ISSUER, (ISSUER.authority,), make_ca(ISSUER.authority, int(time.time())), days_ago=10)
    with opened(FakeParty(), credentials_of(old, reader)) as doors:
        assert refusal_over(doors, reader, old.ca) == (Reason.NODE_CERTIFICATE, "it has expired")


@pytest.mark.parametrize("days_ago", [0, 10])
def test_the_callers_certificate_is_shown(secure: Doors, issuer: Paper, days_ago: int) -> None:
    """A caller of an authority that the server does not know, or whose certificate has expired, gets nothing."""
    stranger = paper(READER, (), make_ca(READER.authority, int(time.time())), days_ago)
    assert refusal_over(secure, stranger, issuer.ca) == (Reason.CERTIFICATE_REFUSED, "")


def test_a_server_in_the_clear_is_no_node(issuer: Paper, reader: Paper) -> None:
    """Another program has the port."""
    with opened(FakeParty()) as doors:
        found = refusal_over(doors, reader, issuer.ca)
    assert found == (Reason.PARTNER_UNREACHABLE, "what answers there does not speak TLS")


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("127.0.0.1:1", "connection refused: nothing listens there"),
        # Longer than a label of a host name can be, so that no name server is asked.
        (f"{'a' * 64}.example:7443", "no host of that name is found"),
    ],
)
def test_an_address_where_nobody_is_says_so(issuer: Paper, reader: Paper, address: str, where: str) -> None:
    """A wrong port is told apart from a wrong host."""
    assert refusal_over(Doors(FakeParty(), address), reader, issuer.ca) == (Reason.PARTNER_UNREACHABLE, where)


def test_a_listener_that_says_nothing_is_unreachable(issuer: Paper, reader: Paper) -> None:
    """The call ends after its seconds, and says that it was silence."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        papers: dict[str, Any] = {"certificate": reader.certificate, "key": reader.key, "ca": issuer.ca}
        with open_channel(address, **papers) as channel, pytest.raises(Refusal) as caught:
            GrpcLink(channel, 1, timeout=0.2).keyring(1)
    assert (caught.value.reason, caught.value.where) == (Reason.PARTNER_UNREACHABLE, "no answer in time")


def test_a_proxy_of_the_environment_is_not_asked(
    secure: Doors, issuer: Paper, reader: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls go to the address and nowhere else."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("grpc_proxy", "http://127.0.0.1:1")
    assert keyring_over(secure, reader, issuer.ca)


@pytest.fixture
def files(tmp_path: Path, issuer: Paper, reader: Paper) -> dict[str, Any]:
    """The caller's papers in files."""
    contents = {"certificate": reader.certificate, "key": reader.key, "ca": issuer.ca}
    for name, content in contents.items():
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in contents}


def test_papers_may_lie_in_files(secure: Doors, files: dict[str, Any]) -> None:
    """As people have them."""
    with open_channel(secure.address, **files, server_name=ISSUER.authority) as channel:
        assert GrpcLink(channel, 1).keyring(1)


def test_a_key_that_others_can_read_is_refused(files: dict[str, Any]) -> None:
    """Before anything is sent."""
    files["key"].chmod(0o644)
    with refused(Reason.FILE_LOOSE):
        open_channel("127.0.0.1:1", **files)


@pytest.mark.parametrize("name", ["certificate", "key", "ca"])
def test_a_missing_file_is_refused(files: dict[str, Any], name: str) -> None:
    """Each of the three is needed."""
    files[name].unlink()
    with refused(Reason.FILE_UNREADABLE):
        open_channel("127.0.0.1:1", **files)


@pytest.mark.parametrize("name", ["certificate", "ca"])
def test_a_file_that_is_too_large_is_refused(files: dict[str, Any], name: str) -> None:
    """It is no certificate."""
    files[name].write_bytes(b"x" * 100_000)
    with refused(Reason.FILE_UNREADABLE):
        open_channel("127.0.0.1:1", **files)


KEYS: dict[str, Callable[[], Any]] = {
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
}


@pytest.mark.parametrize("whose", ["certificate", "ca"])
@pytest.mark.parametrize("kind", KEYS)
def test_a_certificate_of_another_key_type_is_refused(files: dict[str, Any], kind: str, whose: str) -> None:
    """It would fail in the handshake, without a word about the cause; the authority's does so as well."""
    key, now = KEYS[kind](), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(x509.Name([]), x509.Name([]), key.public_key(), 1, now, now + timedelta(days=1))
    ).sign(key, None if kind == "Ed25519" else hashes.SHA256())
    files[whose].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    with refused(Reason.CERTIFICATE_KEY_TYPE):
        open_channel("127.0.0.1:1", **files)


def test_a_key_of_another_certificate_is_refused(files: dict[str, Any], issuer: Paper) -> None:
    """As when one of two files was renewed."""
    files["key"].write_bytes(issuer.key)
    with refused(Reason.CERTIFICATE_FORM):
        open_channel("127.0.0.1:1", **files)
