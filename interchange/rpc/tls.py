"""The server's side of mutual TLS: own certificate, and whose client certificates a handshake lets in.

All of it is read anew for each new connection: a renewed certificate or a new partner needs no restart. What cannot be
used, such as one of two files before the other is there, leaves the last that could in use, and is told once.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

import grpc

from interchange.crypto.authorities import bundle, check_ca
from interchange.crypto.own_certificate import check_own
from interchange.crypto.sealed import read_private
from interchange.errors import Reason, Refusal, refuse
from interchange.store import partners, records
from interchange.telemetry.logs import fail, log, warn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from interchange.config import Settings
    from interchange.domain.projects import Partner
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

T = TypeVar("T")

_LONGEST = 64 * 1024


class _File:
    """A file's content, read again when the file is another or has changed."""

    def __init__(self, path: Path, read: Callable[[Path], bytes]) -> None:
        self._path, self._read = path, read
        self._state: tuple[int, int, int] | None = None
        self._content = b""

    def content(self) -> bytes:
        try:
            found = self._path.stat()
            state = (found.st_ino, found.st_mtime_ns, found.st_size)
            if state != self._state:
                self._content, self._state = self._read(self._path), state
        except OSError as error:
            raise refuse(Reason.FILE_UNREADABLE, self._path.name) from error
        return self._content


class _Kept(Generic[T]):
    """What was read last and could be used; what lies there now and cannot is told once."""

    def __init__(self, what: str, read: Callable[[], T]) -> None:
        self._what, self._read = what, read
        self._lock = Lock()
        self._last: T | None = None
        self._told: tuple[str, str] | None = None

    def now(self) -> T:
        with self._lock:
            try:
                found = self._read()
            except Refusal as refusal:
                if self._last is None:
                    raise
                self._tell(refusal)
                return self._last
            if self._last is not None and found != self._last:
                log("tls_renewed", what=self._what)
            self._last, self._told = found, None
            return found

    def _tell(self, refusal: Refusal) -> None:
        told = (refusal.reason.code, refusal.where)
        if told != self._told:
            fail("tls_not_renewed", what=self._what, reason=refusal.reason.code, where=refusal.where)
        self._told = told


class TlsFiles:
    """Certificate, key and home certificate authority of a node."""

    def __init__(self, settings: Settings, authority: str, clock: Callable[[], Instant]) -> None:
        """Read them where the settings say; nothing is read yet.

        Args:
            settings: name the files.
            authority: authority name of the home party.
            clock: the node's, read whenever a file is another.
        """
        self._authority, self._clock = authority, clock
        self._certificate_file = _File(settings.path("tls_certificate"), _read)
        self._key_file = _File(settings.path("tls_key"), read_private)
        self._ca_file = _File(settings.path("tls_ca"), _read)
        self._used: tuple[bytes, bytes] | None = None
        self._holder = ""
        self._ca = _Kept("authority", self._read_ca)
        self._pair = _Kept("certificate", self._read_pair)

    def home_ca(self) -> bytes:
        """Certificate authority of the home party, PEM.

        Raises:
            Refusal: FILE_UNREADABLE, CERTIFICATE_FORM, CERTIFICATE_KEY_TYPE if there never was one that can be used.
        """
        return self._ca.now()

    def pair(self) -> tuple[bytes, bytes]:
        """Own private key and certificate, both PEM, that fit together.

        A certificate is not taken in the place of the last one if it is of another kind, not the key's, outside its
        days, not of the home party's authority, or another's.

        Raises:
            Refusal: FILE_UNREADABLE, FILE_LOOSE, CERTIFICATE_FORM, CERTIFICATE_KEY_TYPE if there never was a pair that
                can be used.
        """
        return self._pair.now()

    def _read_ca(self) -> bytes:
        return check_ca(self._ca_file.content(), self._authority)

    def _read_pair(self) -> tuple[bytes, bytes]:
        found = (self._key_file.content(), self._certificate_file.content())
        if found == self._used:
            return found
        key, certificate = found
        holder = check_own(certificate, key, self.home_ca(), self._clock())
        if self._holder not in {"", holder}:
            raise refuse(Reason.CERTIFICATE_FORM, "certificate: of another name than the one in use")
        self._used, self._holder = found, holder
        return found


class Handshakes:
    """What new connections are offered and asked for."""

    def __init__(self, node: Node, files: TlsFiles) -> None:
        """Serve with `files`, and let in clients of the home party and of the partners in the ledger of `node`."""
        self._node, self._files = node, files
        self._lock = Lock()
        self._offered: tuple[tuple[bytes, bytes], bytes] | None = None
        self._bundled: tuple[bytes, list[Partner]] | None = None
        self._bundle = b""
        self._left_out: set[str] = set()
        self._told: Reason | None = None

    def credentials(self) -> grpc.ServerCredentials:
        """Make the server's credentials.

        Raises:
            Refusal: those of `TlsFiles`, so that files with which no caller could be answered are found before a node
                serves; LEDGER_UNAVAILABLE.
        """
        self._offered = self._now()
        return grpc.dynamic_ssl_server_credentials(
            _configuration(*self._offered),
            self._renewed,  # type: ignore[arg-type]  # None, which the stubs leave out, means no change
            require_client_authentication=True,
        )

    def _now(self) -> tuple[tuple[bytes, bytes], bytes]:
        home_ca, known = self._files.home_ca(), self._node.ledger.read(_by_admission)
        if (home_ca, known) != self._bundled:
            self._bundle, self._bundled = self._join(home_ca, known), (home_ca, known)
        return self._files.pair(), self._bundle

    def _join(self, home_ca: bytes, known: list[Partner]) -> bytes:
        # The home party's own comes first, and who was there before goes before, so that nobody takes another's place.
        home, *others = bundle([home_ca, *(partner.ca_pem for partner in known)])
        left_out = {partner.party for partner, written in zip(known, others, strict=True) if written is None}
        for party in sorted(left_out - self._left_out):
            warn("authority_left_out", party=party)
        self._left_out = left_out
        if home is None:
            raise refuse(Reason.CERTIFICATE_FORM, "home certification authority")
        return b"".join([home, *(written for written in others if written)])

    def _renewed(self) -> grpc.ServerCertificateConfiguration | None:
        """Say for a new connection what has changed since the last; called by gRPC, on threads of its own."""
        with self._lock:
            try:
                now = self._now()
            except Refusal as refusal:
                # The last that worked goes on: who a caller is, is decided by the second look at its certificate.
                if refusal.reason is not self._told:
                    fail("tls_not_renewed", what="authorities", reason=refusal.reason.code)
                self._told = refusal.reason
                return None
            self._told = None
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
