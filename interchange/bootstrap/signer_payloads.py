"""What each key of the signing process may sign: the payloads of its role, of our own names, and of now."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final

from interchange.domain.checkpoint import Checkpoint
from interchange.domain.envelope import ASSERTION_TYP, BINDING_TYP, STATUS_TYP
from interchange.domain.keyring import Role
from interchange.domain.names import lane_of, status_of
from interchange.domain.time import SKEW, YEAR
from interchange.errors import Reason, Refusal, refuse
from interchange.wire import strict_json
from interchange.wire.envelope import MAX_TOKEN, SIGNATURE_BYTES, compact, parse_compact
from interchange.wire.status_list import MAX_STATUS_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interchange.bootstrap.signer_lanes import LaneMarks, Wanted
    from interchange.domain.names import Names
    from interchange.domain.time import Instant

PAST: Final = 300
"""Seconds by which the time of a cosignature may lie back: an older one could vouch for what a thief has signed."""

STATUS_LIFE: Final = 900
"""Seconds for which a status list counts; said again here, because who writes lists loads the ledger."""

_TYPES: Final = {
    Role.ASSERT: {ASSERTION_TYP: MAX_TOKEN, BINDING_TYP: MAX_TOKEN},
    Role.STATUS: {STATUS_TYP: MAX_STATUS_TOKEN},
}
"""Role → the types it signs, with the most bytes of each."""

_LIVES: Final = {ASSERTION_TYP: YEAR, BINDING_TYP: YEAR, STATUS_TYP: STATUS_LIFE}
"""Type → seconds from now after which it must have ended: what a thief has signed in advance ends too."""

_NO_SIGNATURE: Final = bytes(SIGNATURE_BYTES)
_NOTE = re.compile(
    rb"(?:cosignature/v1\ntime (0|[1-9][0-9]{0,11})\n)?(([!-~]{1,256})\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n)"
)


class Payloads:
    """Tells what may be signed; it has no key itself."""

    def __init__(self, names: Names, lanes: LaneMarks, clock: Callable[[], Instant]) -> None:
        """Sign for one party.

        Args:
            names: of the party.
            lanes: how far its lanes were signed.
            clock: own clock.
        """
        self._names, self._lanes, self._clock = names, lanes, clock

    def check(self, label: str, kid: str, message: bytes, proof: Sequence[bytes]) -> Wanted | None:
        """Let a message pass, or say which proof is wanting.

        Args:
            label: what the key was made for: a role, and for `assert` a hyphen and the organ.
            kid: of the key.
            message: what it is to sign.
            proof: for a head of a lane, that it continues the last one; may be empty.

        Raises:
            Refusal: SIGNER_REFUSED for what this key does not sign; those of `LaneMarks.pass_on`.
        """
        role, _, organ = label.partition("-")
        if role in {Role.ASSERT, Role.STATUS}:
            self._check_token(Role(role), organ, kid, message)
            return None
        if role == Role.LANE:
            return self._lanes.pass_on(self._lane_head(message), proof)
        if role == Role.WITNESS:
            self._check_witnessed(message)
            return None
        raise refuse(Reason.SIGNER_REFUSED, "a key without a role")

    def _check_token(self, role: Role, organ: str, kid: str, message: bytes) -> None:
        for typ, limit in _TYPES[role].items():
            try:
                envelope = parse_compact(compact(message, _NO_SIGNATURE), typ, limit)
                claims: Any = strict_json.loads(envelope.payload, unicode=typ == BINDING_TYP)
            except Refusal as refusal:
                if refusal.reason is Reason.HEADER_TYP:
                    continue
                raise refuse(Reason.SIGNER_REFUSED, refusal.reason.code) from refusal
            if envelope.kid != kid:
                raise refuse(Reason.SIGNER_REFUSED, "kid")
            if not isinstance(claims, dict) or not self._is_ours(role, organ, claims):
                raise refuse(Reason.SIGNER_REFUSED, "iss or sub")
            ends = claims.get("exp")
            if type(ends) is not int or ends > self._clock() + _LIVES[typ] + SKEW:
                raise refuse(Reason.SIGNER_REFUSED, "exp")
            return
        raise refuse(Reason.SIGNER_REFUSED, Reason.HEADER_TYP.code)

    def _is_ours(self, role: Role, organ: str, claims: dict[str, Any]) -> bool:
        try:
            if role is Role.ASSERT:
                return bool(claims.get("iss") == self._names.organ_uri(organ))
            return status_of(str(claims.get("sub")))[0] == self._names.authority
        except Refusal:
            return False

    def _lane_head(self, message: bytes) -> Checkpoint:
        checkpoint, at = _read(message)
        if lane_of(checkpoint.origin)[0] != self._names.authority:
            raise refuse(Reason.SIGNER_REFUSED, "lane of another party")
        if at is not None:
            self._check_time(at)
        return checkpoint

    def _check_witnessed(self, message: bytes) -> None:
        checkpoint, at = _read(message)
        authority, reader, _ = lane_of(checkpoint.origin)
        if authority == self._names.authority or reader != self._names.party:
            raise refuse(Reason.SIGNER_REFUSED, "lane that is not told to this party")
        if at is None:
            raise refuse(Reason.SIGNER_REFUSED, "no time")
        self._check_time(at)

    def _check_time(self, at: Instant) -> None:
        if not -PAST <= at - self._clock() <= SKEW:
            raise refuse(Reason.SIGNER_REFUSED, "time")


def _read(message: bytes) -> tuple[Checkpoint, Instant | None]:
    """Read what a lane or witness key signs: a note's body, alone or under the time of a cosignature."""
    match = _NOTE.fullmatch(message)
    if match is None:
        raise refuse(Reason.SIGNER_REFUSED, Reason.NOTE_FORM.code)
    time, body, origin, size, root = match.groups()
    try:
        checkpoint = Checkpoint(origin.decode(), int(size), b64decode(root))
        lane_of(checkpoint.origin)
    except Refusal as refusal:
        raise refuse(Reason.SIGNER_REFUSED, refusal.reason.code) from refusal
    if checkpoint.body != body:
        raise refuse(Reason.SIGNER_REFUSED, Reason.NOTE_FORM.code)
    return checkpoint, None if time is None else int(time)
