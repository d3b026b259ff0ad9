"""Token Status Lists (IETF draft-ietf-oauth-status-list): a few bits a slot, for programs that only know JWT."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interchange.domain.assertion import MAX_SLOT
from interchange.domain.checkpoint import HASH_BYTES
from interchange.domain.envelope import STATUS_TYP
from interchange.domain.keyring import Role
from interchange.errors import Reason, refuse
from interchange.wire import base64url, strict_json
from interchange.wire.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interchange.domain.envelope import VerifiedBytes
    from interchange.domain.time import Instant

BITS = 2
"""Bits a slot in the lists of this product (draft, section 4.1)."""

MAX_PACKED = MAX_SLOT * BITS // 8
"""Bytes of an unpacked list: 4 MiB."""

MAX_PAYLOAD = 8 * 1024 * 1024
MAX_STATUS_TOKEN = MAX_PAYLOAD * 4 // 3 + 1024
"""Bytes of a status list token, the limit for `parse_compact`."""

_WIDTHS = (1, 2, 4, 8)
_PER_BYTE = 8 // BITS
_MASK = (1 << BITS) - 1


def _level(kinds: Mapping[str, type], where: str) -> Schema:
    form = Reason.STATUS_FORM
    return Schema(kinds, where=where, unknown=form, missing=form, form=form)


_CLAIMS = _level(
    {"sub": str, "iat": int, "exp": int, "ttl": int, "status_list": dict, "lane_size": int, "lane_root": str}, ""
)
_LIST = _level({"bits": int, "lst": str}, "status_list")


@dataclass(frozen=True, slots=True)
class StatusList:
    """One list as of one head of the lane.

    Attributes:
        uri: name of the list, its `sub`.
        iat, exp: signed, first no longer valid instant.
        ttl: seconds that a copy may be kept.
        lane_size, lane_root: head of the lane (32-byte root) that the list was computed from.
        slots: packed statuses, four a byte, the first in the lowest bits.
    """

    uri: str
    iat: Instant
    exp: Instant
    ttl: int
    lane_size: int
    lane_root: bytes
    slots: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what could not be written as a list."""
        if not self.iat < self.exp or self.ttl < 0 or self.lane_size < 0:
            raise refuse(Reason.STATUS_FORM, "times or size")
        if len(self.lane_root) != HASH_BYTES:
            raise refuse(Reason.STATUS_FORM, "lane_root")
        if not 0 < len(self.slots) <= MAX_PACKED:
            raise refuse(Reason.STATUS_FORM, "slots")

    def status(self, idx: int) -> int:
        """Look up one slot.

        Args:
            idx: number of the slot, from 0.

        Returns:
            0 live, 1 revoked, 2 held, 3 never issued or expired.

        Raises:
            Refusal: STATUS_INDEX outside the list.
        """
        if not 0 <= idx < len(self.slots) * _PER_BYTE:
            raise refuse(Reason.STATUS_INDEX)
        return self.slots[idx // _PER_BYTE] >> idx % _PER_BYTE * BITS & _MASK


def _check_width(bits: int) -> None:
    if bits not in _WIDTHS:
        raise refuse(Reason.STATUS_FORM, "bits")


def pack(statuses: bytes | bytearray | memoryview, bits: int = BITS) -> bytes:
    """Pack statuses, the first into the lowest bits of the first byte (draft, section 4.1).

    Args:
        statuses: one byte a slot; a whole number of packed bytes, so that no slot is there that nobody set.
        bits: width of a slot, 1, 2, 4 or 8.

    Raises:
        Refusal: STATUS_FORM a status too large for its width, or a part of a byte.
    """
    _check_width(bits)
    values = bytes(statuses)
    per_byte = 8 // bits
    if len(values) % per_byte or values.translate(None, bytes(range(1 << bits))):
        raise refuse(Reason.STATUS_FORM, "slots")
    # Every `per_byte`-th slot forms one long number; none overflows its byte, so a shift moves all of them at once.
    packed = 0
    for place in range(per_byte):
        packed |= int.from_bytes(values[place::per_byte], "big") << place * bits
    return packed.to_bytes(len(values) // per_byte, "big")


def unpack(lst: str, bits: int) -> bytes:
    """Read the `lst` member of a list of any width that the draft allows.

    Args:
        lst: base64url of the zlib stream.
        bits: width of a slot, 1, 2, 4 or 8.

    Returns:
        One byte a slot.

    Raises:
        Refusal: STATUS_FORM.
    """
    _check_width(bits)
    packed = decompress(lst)
    per_byte, mask = 8 // bits, (1 << bits) - 1
    statuses = bytearray(len(packed) * per_byte)
    for place in range(per_byte):
        table = bytes(byte >> place * bits & mask for byte in range(256))
        statuses[place::per_byte] = packed.translate(table)
    return bytes(statuses)


def compress(packed: bytes) -> str:
    """Write a packed list as `lst`: zlib (RFC 1950) at the highest level, base64url."""
    return base64url.encode(zlib.compress(packed, zlib.Z_BEST_COMPRESSION))


def decompress(lst: str) -> bytes:
    """Read `lst` back into the packed list.

    Args:
        lst: base64url of exactly one zlib stream.

    Returns:
        At most 4 MiB.

    Raises:
        Refusal: STATUS_FORM for anything else: a cut stream, bytes after it, or more than 4 MiB inside.
    """
    stream = base64url.decode(lst, Reason.STATUS_FORM, "status_list.lst")
    # zlib.decompress has no bound and ignores what follows the stream. One byte more than allowed tells "too large".
    engine = zlib.decompressobj()
    try:
        packed = engine.decompress(stream, MAX_PACKED + 1)
    except zlib.error:
        raise refuse(Reason.STATUS_FORM, "status_list.lst") from None
    if not engine.eof or engine.unused_data or len(packed) > MAX_PACKED:
        raise refuse(Reason.STATUS_FORM, "status_list.lst")
    return packed


def encode_status_claims(status_list: StatusList) -> bytes:
    """Write the claims of a list, printable ASCII, in fixed order."""
    return strict_json.dumps(
        {
            "sub": status_list.uri,
            "iat": status_list.iat,
            "exp": status_list.exp,
            "ttl": status_list.ttl,
            "status_list": {"bits": BITS, "lst": compress(status_list.slots)},
            "lane_size": status_list.lane_size,
            "lane_root": base64url.encode(status_list.lane_root),
        }
    )


def parse_status_claims(verified: VerifiedBytes, uri: str) -> StatusList:
    """Read a list whose signature verified.

    Args:
        verified: payload, and the record of the key that signed it.
        uri: the list that the assertion names.

    Returns:
        The list; whether it is fresh is not judged yet.

    Raises:
        Refusal: HEADER_TYP another object; KEY_ROLE not a status key; STATUS_SUBJECT another list, or one of another
            authority; STATUS_FORM; JSON_*.
    """
    if verified.typ != STATUS_TYP:
        raise refuse(Reason.HEADER_TYP)
    if verified.record.role is not Role.STATUS:
        raise refuse(Reason.KEY_ROLE)
    if len(verified.payload) > MAX_PAYLOAD:
        raise refuse(Reason.STATUS_FORM, "size")
    claims = _CLAIMS.read(strict_json.loads(verified.payload))
    # A list is its own party's only: another party's status key must not speak for this one's assertions.
    if claims["sub"] != uri or not uri.startswith(f"https://{verified.record.authority}/"):
        raise refuse(Reason.STATUS_SUBJECT)
    entry = _LIST.read(claims["status_list"])
    if entry["bits"] != BITS:
        raise refuse(Reason.STATUS_FORM, "status_list.bits")
    return StatusList(
        uri=uri,
        iat=_CLAIMS.instant(claims, "iat"),
        exp=_CLAIMS.instant(claims, "exp"),
        ttl=_CLAIMS.integer(claims, "ttl"),
        lane_size=_CLAIMS.integer(claims, "lane_size"),
        lane_root=base64url.decode(claims["lane_root"], Reason.STATUS_FORM, "lane_root"),
        slots=decompress(entry["lst"]),
    )
