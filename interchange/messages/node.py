"""Messages of the NodeService."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
