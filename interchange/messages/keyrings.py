"""Messages of the KeyringService."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from interchange.domain.events import Restriction
from interchange.domain.words import words
from interchange.errors import Reason, refuse
from interchange.flows.keyrings import PublishRequest, RestrictRequest
from interchange.messages import fields
from interchange.messages.parts import positions, timestamp
from interchange.v1 import keyrings_pb2 as pb
from interchange.wire.keyring import MAX_KEYRING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interchange.domain.keyring import Keyring
    from interchange.domain.time import Instant
    from interchange.flows.keyrings import Restricted

MOST_DAYS = 366

_RESTRICTIONS = {
    pb.KEY_RESTRICTION_SUSPENDED: Restriction.SUSPENDED,
    pb.KEY_RESTRICTION_RETIRED: Restriction.RETIRED,
    pb.KEY_RESTRICTION_TAINTED: Restriction.TAINTED,
}
_RESTRICTION_NUMBERS = {how: number for number, how in _RESTRICTIONS.items()}


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


def read_restrict(request: pb.RestrictKeyRequest) -> RestrictRequest:
    """Read which key is to be narrowed, and how; a taint says since when, and nothing else does."""
    kid = fields.kid(request.kid, "kid")
    how = fields.choice(request.restriction, _RESTRICTIONS, "restriction")
    since = fields.instant(request.tainted_since, "tainted_since") if request.HasField("tainted_since") else None
    if how is Restriction.TAINTED and since is None:
        raise refuse(Reason.FIELD_MISSING, "tainted_since")
    if how is not Restriction.TAINTED and since is not None:
        raise refuse(Reason.FIELD_FORM, "tainted_since")
    return RestrictRequest(kid, how, since)


def keyring_reply(
    jws: bytes, party: str, keyring: Keyring, restrictions: Mapping[str, Restriction]
) -> pb.GetKeyringResponse:
    """Answer with a keyring, and with those of its keys that are narrowed."""
    narrowed = [
        pb.NarrowedKey(kid=key.kid, restriction=_RESTRICTION_NUMBERS[restrictions[key.kid]])
        for key in keyring.keys
        if key.kid in restrictions
    ]
    return pb.GetKeyringResponse(
        keyring=jws, party=party, number=keyring.number, root_pin=keyring.root_pin, narrowed=narrowed
    )


def draft_reply(payload: bytes, number: int) -> pb.DraftKeyringResponse:
    """Answer with a keyring to be signed, and its digest as words."""
    spoken = words(sha256(payload).digest())
    return pb.DraftKeyringResponse(payload=payload, number=number, fingerprint_words=spoken)


def publish_reply(number: int, published_at: Instant) -> pb.PublishKeyringResponse:
    """Answer with the publication."""
    result = pb.PublishedKeyring(number=number, published_at=timestamp(published_at))
    return pb.PublishKeyringResponse(result=result)


def restrict_reply(wanted: RestrictRequest, done: Restricted) -> pb.RestrictKeyResponse:
    """Answer with the restriction, when it was told and where."""
    result = pb.RestrictedKey(
        kid=wanted.kid,
        restriction=_RESTRICTION_NUMBERS[wanted.how],
        restricted_at=timestamp(done.at),
        positions=positions(done.places),
    )
    return pb.RestrictKeyResponse(result=result)
