"""Messages of the NodeService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.crypto.withdrawals import LONGEST
from interchange.flows.withdrawals import InstallRequest
from interchange.messages import fields
from interchange.messages.parts import timestamp
from interchange.v1 import node_pb2 as pb

if TYPE_CHECKING:
    from interchange.domain.keyring import Keyring
    from interchange.domain.names import Names
    from interchange.domain.time import Instant

PROTOCOLS = ("v1",)


def info_reply(
    version: str, names: Names, keyring: Keyring | None, now: Instant, *, demonstration: bool
) -> pb.GetNodeInfoResponse:
    """Answer whose node this is; `keyring` is None while none is published."""
    return pb.GetNodeInfoResponse(
        version=version,
        protocol_versions=PROTOCOLS,
        party=names.party,
        authority=names.authority,
        demonstration=demonstration,
        time=timestamp(now),
        keyring_number=keyring.number if keyring else None,
        root_pin=keyring.root_pin if keyring else None,
    )


def read_install(request: pb.InstallWithdrawalsRequest) -> InstallRequest:
    """Read a list of withdrawn certificates, of which nothing is believed yet."""
    return InstallRequest(fields.party(request.party, "party"), fields.data(request.crl, "crl", LONGEST))


def install_reply(party: str, number: int, withdrawn: int, at: Instant) -> pb.InstallWithdrawalsResponse:
    """Answer that a list is in use."""
    return pb.InstallWithdrawalsResponse(party=party, number=number, withdrawn=withdrawn, installed_at=timestamp(at))
