"""The archive: once a day the head of each lane of ours is cosigned under ML-DSA-44, and kept.

An assertion, or any other event, is proved in the archive by its leaf, an inclusion proof under an archived head, and
the head's cosignature. That stands when Ed25519 has fallen, as does the keyring that lists the archive's key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from interchange.crypto.mldsa import verify_44
from interchange.domain.checkpoint import LineKind, NoteLine, SignedHead, key_id, subtree_message
from interchange.domain.keyring import Role
from interchange.domain.names import lane_of
from interchange.domain.time import SKEW
from interchange.errors import Reason, Refusal, refuse
from interchange.flows.lanes import sign_head
from interchange.store import archive, lanes
from interchange.store.archive import Archived
from interchange.wire.note import format_note, parse_note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interchange.crypto.signer import Signer
    from interchange.domain.checkpoint import Checkpoint
    from interchange.domain.keyring import KeyRecord
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.lanes import LaneHead
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass did: lanes whose heads were archived now, and lanes that could not be, each with the reason."""

    archived: tuple[str, ...]
    failed: tuple[tuple[str, Reason], ...]


def archive_lanes(node: Node, now: Instant) -> Pass:
    """Archive the head of each lane of ours that was not archived on this day (UTC) yet.

    A lane of which something is missing is left out, as everything else is that would sign it (`flows.soundness`). A
    node whose keyring lists no key of role `archive` archives nothing.

    Raises:
        Refusal: KEYRING_MISSING.
    """
    day = _day(now)

    def look(tx: Tx) -> list[str]:
        ring = node.keyring(tx, node.names.authority)
        issued = [head.origin for head in lanes.heads(tx) if head.issued] if ring.of_role(Role.ARCHIVE) else []
        present = [origin for origin in issued if lane_of(origin)[2] == ring.generation]
        return [origin for origin in present if not archive.is_archived(tx, origin, day)]

    done, failed = [], []
    for origin in node.ledger.read(look):
        try:
            found = _archive(node, origin, now)
        except Refusal as refusal:
            # One lane's trouble is not another's.
            failed.append((origin, refusal.reason))
            continue
        node.ledger.transact(lambda tx, found=found: archive.archive(tx, found))  # type: ignore[misc]
        done.append(origin)
    return Pass(tuple(done), tuple(failed))


def _archive(node: Node, origin: str, now: Instant) -> Archived:
    def look(tx: Tx) -> tuple[LaneHead, KeyRecord, KeyRecord]:
        head = lanes.head(tx, origin)
        if head is None:
            raise refuse(Reason.NOT_KNOWN, "origin")
        return head, node.signing_key(tx, Role.LANE, now), node.signing_key(tx, Role.ARCHIVE, now)

    note, key = sign_head(node, look, now)
    parsed = parse_note(note)
    line = cosign(parsed.checkpoint, node.names.archive, node.archivers[key.kid], now)
    node.uses.add(key.kid)
    return Archived(origin, _day(now), parsed.checkpoint.size, format_note(parsed.checkpoint, (*parsed.lines, line)))


def cosign(checkpoint: Checkpoint, name: str, signer: Signer, now: Instant) -> NoteLine:
    """Make the line that an archive's key adds to a checkpoint (C2SP tlog-cosignature, signature type 0x06).

    Args:
        checkpoint: what is cosigned.
        name: of the archive (`Names.archive`); it is a part of what is signed.
        signer: an ML-DSA-44 key.
        now: the time that the line names.
    """
    signature = signer.sign(subtree_message(name, now, checkpoint))
    return NoteLine(name, key_id(name, LineKind.MLDSA44_COSIGNATURE, signer.public_key), signature, now)


def check_archived(note: bytes, origin: str, name: str, keys: Iterable[KeyRecord], now: Instant) -> SignedHead:
    """Believe an archived head for the sake of its ML-DSA-44 line alone; what the other lines are worth is not asked.

    Args:
        note: as it was archived.
        origin: the lane.
        name: of the archive (`Names.archive`).
        keys: those of role `archive` of a keyring that is believed.
        now: own clock.

    Raises:
        Refusal: NOTE_FORM, NOTE_ORIGIN, KEY_UNKNOWN, SIGNATURE_INVALID, KEY_WINDOW, NOTE_TIME_AHEAD.
    """
    parsed = parse_note(note)
    if parsed.checkpoint.origin != origin:
        raise refuse(Reason.NOTE_ORIGIN)
    lines = {(line.name, line.key_id): line for line in parsed.lines}
    for key in keys:
        line = lines.get((name, key_id(name, LineKind.MLDSA44_COSIGNATURE, key.public_key)))
        if line is None or line.signed_at is None:
            continue
        if not verify_44(key.public_key, subtree_message(name, line.signed_at, parsed.checkpoint), line.signature):
            raise refuse(Reason.SIGNATURE_INVALID, "archive")
        if not key.signs_at(line.signed_at):
            raise refuse(Reason.KEY_WINDOW, "archive")
        if line.signed_at > now + SKEW:
            raise refuse(Reason.NOTE_TIME_AHEAD)
        return SignedHead(parsed.checkpoint, line.signed_at, note)
    raise refuse(Reason.KEY_UNKNOWN, "archive key")


def _day(now: Instant) -> str:
    return datetime.fromtimestamp(now, UTC).date().isoformat()
