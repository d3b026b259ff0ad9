"""Who is calling: the one SPIFFE URI of the peer's certificate, believed only after a second look at the certificate.

gRPC trusts the certificate authorities of all parties as one bundle, so that the handshake alone would let one party's
authority vouch for another party's name. Each certificate is therefore verified again, against the authority that is
pinned for the name that it bears, and looked for among those that this authority has withdrawn.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any

from interchange.crypto.certificates import check_peer
from interchange.crypto.own_certificate import serial_of
from interchange.domain.names import holder_of
from interchange.errors import Reason, Refusal, refuse
from interchange.rpc.access import Cell
from interchange.store import partners

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interchange.domain.names import Holder
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.rpc.tls import TlsFiles

REMEMBERED = 1024
"""Looks at certificates that are remembered with what came of them."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A peer whose certificate held.

    Attributes:
        spiffe: its SPIFFE URI.
        authority, party: of the party that it speaks for.
        home: that party is the node's own.
        role: one of `domain.names.ROLES`.
        organ: bare code of the organ that it is bound to, or None.
        name: of the certificate's holder; never logged.
        certificate: as the handshake showed it, PEM.
    """

    spiffe: str
    authority: str
    party: str
    home: bool
    role: str
    organ: str | None
    name: str
    certificate: bytes = field(repr=False)

    @property
    def cell(self) -> Cell:
        """Its kind, as the access table names kinds."""
        return Cell(self.home, self.role, self.organ is not None)

    @property
    def bound(self) -> str:
        """Name of the organ that it is bound to, `PARTY/ORGAN`; empty if it is bound to none."""
        return f"{self.party}/{self.organ}" if self.organ else ""

    @property
    def reads(self) -> str:
        """Code of the partner whose view it has; empty for home callers, who see all."""
        return "" if self.home else self.party


class Callers:
    """Recognises callers of one node."""

    def __init__(self, node: Node, files: TlsFiles) -> None:
        """Look up pinned authorities in the ledger of `node`, the home party's own in `files`."""
        self._node, self._files = node, files
        self._looks = _Looks()

    def recognise(self, context: Mapping[str, Any], now: Instant) -> Caller:
        """Say who the peer is.

        Args:
            context: the connection's `auth_context()`, a sequence of values for each property.
            now: the instant of the request.

        Raises:
            Refusal: CALLER_UNKNOWN, whatever is wrong, but for CERTIFICATE_KEY_TYPE and CERTIFICATE_WITHDRAWN of a
                certificate that its authority has issued; LEDGER_UNAVAILABLE.
        """
        spiffe, pem = _only(context, "peer_spiffe_id"), _only(context, "x509_pem_cert")
        try:
            named = spiffe.decode("ascii")
            holder = holder_of(named)
        except (Refusal, UnicodeDecodeError):
            raise refuse(Reason.CALLER_UNKNOWN) from None
        party, ca_pem, withdrawn = self._pinned(holder)
        look = self._looks.at(pem, ca_pem, now)
        if look.spiffe != named:
            raise refuse(look.reason, look.where)
        if look.serial in withdrawn:
            raise refuse(Reason.CERTIFICATE_WITHDRAWN)
        home = holder.authority == self._node.names.authority
        return Caller(named, holder.authority, party, home, holder.role, holder.organ, holder.name, pem)

    def _pinned(self, holder: Holder) -> tuple[str, bytes, Mapping[int, Instant]]:
        """Find party and certificate authority of a trust domain, and which of its certificates are withdrawn.

        The ledger is asked anew each time: what another process has written counts from the next call on.
        """
        node = self._node
        if holder.authority == node.names.authority:
            return node.party, self._files.home_ca(), node.ledger.read(lambda tx: node.withdrawn.of(tx, node.party))
        party = node.rulebook.party_of(holder.authority, demonstration=node.demonstration)
        if party is None:
            raise refuse(Reason.CALLER_UNKNOWN)
        partner, withdrawn = node.ledger.read(lambda tx: (partners.get(tx, party), node.withdrawn.of(tx, party)))
        if partner is None or partner.authority != holder.authority:
            raise refuse(Reason.CALLER_UNKNOWN)
        return partner.party, partner.ca_pem, withdrawn


@dataclass(frozen=True, slots=True)
class _Look:
    """What came of looking at a certificate: whose it is, or why nobody's."""

    spiffe: str
    serial: int = 0
    reason: Reason = Reason.CALLER_UNKNOWN
    where: str = ""


class _Looks:
    """What came of looking at certificates, by certificate, authority and instant; the oldest are forgotten.

    The instant is part of the key, so that windows are looked at anew in each second, also after the clock went back;
    it is the many calls within one second that are spared the look.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[bytes, bytes, int], _Look] = OrderedDict()
        self._lock = Lock()

    def at(self, pem: bytes, ca_pem: bytes, now: Instant) -> _Look:
        key = (sha256(pem).digest(), sha256(ca_pem).digest(), now)
        with self._lock:
            known = self._known.get(key)
        if known is None:
            known = _look(pem, ca_pem, now)
            with self._lock:
                self._known[key] = known
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        return known


def _look(pem: bytes, ca_pem: bytes, now: Instant) -> _Look:
    try:
        return _Look(check_peer(pem, [ca_pem], now), serial_of(pem))
    except Refusal as refusal:
        # Remembered too, so that a peer with a worthless certificate costs no more than one with a good one. Only of a
        # certificate that its authority has issued is anything said.
        is_issued = refusal.reason is Reason.CERTIFICATE_KEY_TYPE
        return _Look("", reason=refusal.reason, where=refusal.where) if is_issued else _Look("")


def _only(context: Mapping[str, Any], name: str) -> bytes:
    """Read the one value of a property: absent is nobody, and several are nobody too."""
    values: Sequence[bytes] = context.get(name, ())
    if len(values) != 1:
        raise refuse(Reason.CALLER_UNKNOWN)
    return values[0]
