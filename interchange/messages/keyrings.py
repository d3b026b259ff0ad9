"""Messages of the KeyringService."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from interchange.domain.events import Restriction
from interchange.domain.words import words
from interchange.errors import Reason, refuse
from interchange.flows.collect import CollectRequest
from interchange.flows.keyrings import PublishRequest
from interchange.messages import fields
from interchange.messages.parts import timestamp
from interchange.v1 import keyrings_pb2 as pb
from interchange.wire import base64url
from interchange.wire.keyring import MAX_KEYRING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interchange.domain.keyring import Keyring
    from interchange.domain.narrowing import Narrowing
    from interchange.domain.time import Instant
    from interchange.flows.collect import Collected

MOST_DAYS = 366

_RESTRICTION_NUMBERS = {
    Restriction.SUSPENDED: pb.KEY_RESTRICTION_SUSPENDED,
    Restriction.RETIRED: pb.KEY_RESTRICTION_RETIRED,
    Restriction.TAINTED: pb.KEY_RESTRICTION_TAINTED,
}


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
    """Read a signed keyring; none for the one that was collected."""
    return PublishRequest(fields.data(request.keyring, "keyring", MAX_KEYRING) if request.keyring else b"")


def read_collect(request: pb.CollectKeyringRequest) -> CollectRequest:
    """Read a draft, or a keyring that some have signed."""
    return CollectRequest(fields.data(request.keyring, "keyring", MAX_KEYRING), request.replace)


def keyring_reply(
    jws: bytes, party: str, keyring: Keyring, narrowings: Mapping[str, Narrowing]
) -> pb.GetKeyringResponse:
    """Answer with a keyring, and with those of its keys that are narrowed."""
    narrowed = [
        pb.NarrowedKey(kid=key.kid, restriction=_RESTRICTION_NUMBERS[narrowings[key.kid].how])
        for key in keyring.keys
        if key.kid in narrowings
    ]
    return pb.GetKeyringResponse(
        keyring=jws, party=party, number=keyring.number, root_pin=keyring.root_pin, narrowed=narrowed
    )


def draft_reply(payload: bytes, number: int) -> pb.DraftKeyringResponse:
    """Answer with a keyring to be signed, and its digest as words."""
    spoken = words(sha256(payload).digest())
    return pb.DraftKeyringResponse(payload=payload, number=number, fingerprint_words=spoken)


def collect_reply(found: Collected) -> pb.CollectKeyringResponse:
    """Answer with how many have signed, how many must, and by which keys."""
    counts = [
        pb.CollectedSignatures(
            keyring=one.number, family=one.family, needed=one.needed, signed=one.signed, waiting=one.waiting
        )
        for one in found.counts
    ]
    spoken = words(base64url.decode(found.sha256))
    return pb.CollectKeyringResponse(
        number=found.number, fingerprint_words=spoken, signatures=counts, complete=found.is_complete
    )


def publish_reply(number: int, published_at: Instant) -> pb.PublishKeyringResponse:
    """Answer with the publication."""
    result = pb.PublishedKeyring(number=number, published_at=timestamp(published_at))
    return pb.PublishKeyringResponse(result=result)
