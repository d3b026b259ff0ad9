"""The server's side of mutual TLS: own certificate, and whose client certificates a handshake lets in.

All of it is read anew for each new connection: a renewed certificate or a new partner needs no restart.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import grpc

from interchange.crypto.authorities import bundle, check_ca
from interchange.crypto.certificates import check_key_type, check_pair
from interchange.crypto.sealed import read_private
from interchange.errors import Reason, Refusal, refuse
from interchange.store import partners, records
from interchange.telemetry.logs import warn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from interchange.config import Settings
    from interchange.domain.projects import Partner
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

_LONGEST = 64 * 1024


class _File:
    """A file's content, read again when the file is another or has changed; unreadable, it stays what it was."""

    def __init__(self, path: Path, read: Callable[[Path], bytes]) -> None:
        self._path, self._read = path, read
        self._lock = Lock()
        self._state: tuple[int, int, int] | None = None
        self._content = b""

    def content(self) -> bytes:
        try:
            found = self._path.stat()
            state = (found.st_ino, found.st_mtime_ns, found.st_size)
            with self._lock:
                if state != self._state:
                    self._content, self._state = self._read(self._path), state
        except OSError as error:
            if not self._content:
                raise refuse(Reason.FILE_UNREADABLE, self._path.name) from error
        except Refusal:
            if not self._content:
                raise
        return self._content


class TlsFiles:
    """Certificate, key and home certificate authority of a node."""

    def __init__(self, settings: Settings) -> None:
        """Read them where the settings say; nothing is read yet."""
        self._certificate = _File(settings.path("tls_certificate"), _read)
        self._key = _File(settings.path("tls_key"), read_private)
        self._ca = _File(settings.path("tls_ca"), _read)

    def home_ca(self) -> bytes:
        """Certificate authority of the home party, PEM."""
        return self._ca.content()

    def check(self, authority: str) -> None:
        """Refuse files with which no caller could be answered, before a node serves.

        Args:
            authority: authority name of the home party.

        Raises:
            Refusal: those of `pair`; CERTIFICATE_FORM for a certificate authority that is not the home party's, or a
                key that is not the certificate's.
        """
        check_ca(self.home_ca(), authority)
        key, certificate = self.pair()
        check_pair(certificate, key)

    def pair(self) -> tuple[bytes, bytes]:
        """Own private key and certificate, both PEM.

        Raises:
            Refusal: FILE_UNREADABLE; CERTIFICATE_FORM for a key that gRPC's TLS cannot serve with, such as Ed25519.
        """
        certificate = self._certificate.content()
        check_key_type(certificate)
        return self._key.content(), certificate


class Handshakes:
    """What new connections are offered and asked for."""

    def __init__(self, node: Node, files: TlsFiles) -> None:
        """Serve with `files`, and let in clients of the home party and of the partners in the ledger of `node`."""
        self._node, self._files = node, files
        self._lock = Lock()
        self._offered: tuple[tuple[bytes, bytes], bytes] | None = None

    def credentials(self) -> grpc.ServerCredentials:
        """Make the server's credentials.

        Raises:
            Refusal: those of `TlsFiles.check`; LEDGER_UNAVAILABLE.
        """
        self._files.check(self._node.names.authority)
        self._offered = self._now()
        return grpc.dynamic_ssl_server_credentials(
            _configuration(*self._offered),
            self._renewed,  # type: ignore[arg-type]  # None, which the stubs leave out, means no change
            require_client_authentication=True,
        )

    def _now(self) -> tuple[tuple[bytes, bytes], bytes]:
        known = self._node.ledger.read(_by_admission)
        # The home party's own comes first, and who was there before goes before, so that nobody takes another's place.
        home, *others = bundle([self._files.home_ca(), *(partner.ca_pem for partner in known)])
        for partner, written in zip(known, others, strict=True):
            if written is None:
                warn("authority_left_out", party=partner.party)
        if home is None:
            raise refuse(Reason.CERTIFICATE_FORM, "home certification authority")
        return self._files.pair(), b"".join([home, *(written for written in others if written)])

    def _renewed(self) -> grpc.ServerCertificateConfiguration | None:
        try:
            now = self._now()
        except Refusal as refusal:
            # The last that worked goes on: who a caller is, is decided by the second look at its certificate.
            warn("tls_not_renewed", reason=refusal.reason.code)
            return None
        with self._lock:
            if now == self._offered:
                return None
            self._offered = now
        return _configuration(*now)


def _by_admission(tx: Tx) -> list[Partner]:
    admitted = records.admitted(tx)
    return sorted(partners.everyone(tx), key=lambda partner: (admitted[partner.party], partner.party))


def _configuration(pair: tuple[bytes, bytes], authorities: bytes) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([pair], root_certificates=authorities)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LONGEST)
