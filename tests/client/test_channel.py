"""Whom a channel believes: one certification authority, and one name under it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from fakes.doors import Doors, opened
from fakes.party import ISSUER, READER, FakeParty
from fakes.refusals import refused

from interchange.client.channel import open_channel
from interchange.client.link import GrpcLink
from interchange.crypto.certificates import issue_certificate, make_ca
from interchange.domain.names import Names
from interchange.errors import Reason


class Paper(NamedTuple):
    """A certificate and its key, PEM, and the authority that issued it."""

    certificate: bytes
    key: bytes
    ca: bytes


def paper(names: Names, dns_names: tuple[str, ...], ca: tuple[bytes, bytes]) -> Paper:
    """Issue a certificate."""
    certificate, key = issue_certificate(
        *ca,
        spiffe_id=names.spiffe("partner", "node"),
        dns_names=dns_names,
        ip_addresses=["127.0.0.1"],
        now=int(time.time()),
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
    credentials = grpc.ssl_server_credentials(
        [(issuer.key, issuer.certificate)], root_certificates=reader.ca, require_client_auth=True
    )
    with opened(FakeParty(), credentials) as doors:
        yield doors


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


def test_another_name_under_the_same_authority_is_not_believed(secure: Doors, issuer: Paper, reader: Paper) -> None:
    """Somebody else of the same party is not its node."""
    with refused(Reason.PARTNER_UNREACHABLE):
        keyring_over(secure, reader, issuer.ca, "other.clearance.example")


def test_the_same_name_under_another_authority_is_not_believed(secure: Doors, reader: Paper) -> None:
    """An impostor with a certification authority of its own."""
    impostor, _ = make_ca(ISSUER.authority, int(time.time()))
    with refused(Reason.PARTNER_UNREACHABLE):
        keyring_over(secure, reader, impostor)


def test_the_callers_certificate_is_shown(secure: Doors, issuer: Paper) -> None:
    """A caller of an authority that the server does not know gets nothing."""
    stranger = paper(READER, (), make_ca(READER.authority, int(time.time())))
    with refused(Reason.PARTNER_UNREACHABLE):
        keyring_over(secure, stranger, issuer.ca)


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


def test_an_ed25519_certificate_is_refused(files: dict[str, Any]) -> None:
    """It would fail in the handshake, without a word about the cause."""
    key = ed25519.Ed25519PrivateKey.generate()
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(x509.Name([]), x509.Name([]), key.public_key(), 1, now, now + timedelta(days=1))
    ).sign(key, None)
    files["certificate"].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    with refused(Reason.CERTIFICATE_FORM):
        open_channel("127.0.0.1:1", **files)
