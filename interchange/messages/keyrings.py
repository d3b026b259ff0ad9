"""Messages of the KeyringService."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from interchange.domain.words import words
from interchange.errors import Reason, refuse
from interchange.flows.keyrings import PublishRequest
from interchange.messages import fields
from interchange.messages.parts import timestamp
from interchange.v1 import keyrings_pb2 as pb
from interchange.wire.keyring import MAX_KEYRING

if TYPE_CHECKING:
    from interchange.domain.keyring import Keyring
    from interchange.domain.time import Instant

MOST_DAYS = 366


def read_party(request: pb.GetKeyringRequest | pb.GetJwksRequest) -> str:
    """Read whose keyring is asked for; empty for this node's own."""
    return fields.party(request.party, "party") if request.HasField("party") else ""


def read_number(request: pb.GetKeyringRequest) -> int | None:
    """Read which keyring is asked for; None for the latest."""
    return fields.number(request.number, "number") if request.HasField("number") else None


def read_draft(request: pb.DraftKeyringRequest) -> int:
    """Read for how many days the next keyring is to last."""
    if not request.valid_days:
        raise refuse(Reason.FIELD_MISSING, "valid_days")
    if request.valid_days > MOST_DAYS:
        raise refuse(Reason.FIELD_FORM, "valid_days")
    return request.valid_days


def read_publish(request: pb.PublishKeyringRequest) -> PublishRequest:
    """Read a signed keyring."""
    return PublishRequest(fields.data(request.keyring, "keyring", MAX_KEYRING))


def keyring_reply(jws: bytes, party: str, keyring: Keyring) -> pb.GetKeyringResponse:
    """Answer with a keyring."""
    return pb.GetKeyringResponse(keyring=jws, party=party, number=keyring.number, root_pin=keyring.root_pin)


def draft_reply(payload: bytes, number: int) -> pb.DraftKeyringResponse:
    """Answer with a keyring to be signed, and its digest as words."""
    spoken = words(sha256(payload).digest())
    return pb.DraftKeyringResponse(payload=payload, number=number, fingerprint_words=spoken)


def publish_reply(number: int, published_at: Instant) -> pb.PublishKeyringResponse:
    """Answer with the publication."""
    result = pb.PublishedKeyring(number=number, published_at=timestamp(published_at))
    return pb.PublishKeyringResponse(result=result)
