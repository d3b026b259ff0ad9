"""Lanes as their issuer serves them: pages, proofs, and the acknowledgements that come back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from interchange.domain.checkpoint import Checkpoint
from interchange.domain.keyring import Role
from interchange.domain.lane import MAX_PAGE, Page
from interchange.domain.merkle_proof import consistency_proof, frontier_at, inclusion_proof
from interchange.errors import Reason, Refusal, refuse
from interchange.flows import tell
from interchange.flows.checkpoints import check_acknowledgement, sign_checkpoint
from interchange.flows.soundness import check_proofs, contradiction, proven
from interchange.store import assertions, evidence, lanes, witnessed
from interchange.wire.note import parse_note
from interchange.wire.proof import format_proof

if TYPE_CHECKING:
    from collections.abc import Callable

    from interchange.domain.keyring import KeyRecord
    from interchange.domain.lane import Entry
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.lanes import LaneHead
    from interchange.store.ledger import Tx


T = TypeVar("T")

_READS = 3
"""How often a head is read before it counts as lying below its high-water mark."""

PAGE_BYTES = 3 * 1024 * 1024 - 64 * 1024
"""Bytes of leaves and tokens on a page; with note, proof and framing it stays below the 3 MiB that the proto names."""

_FRAME_BYTES = 16
"""What protobuf adds to a leaf with its token, at most."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a follower says it is."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A proof that our lane holds a leaf; `note` is None where the caller named the size of the tree."""

    index: int
    entry: Entry
    path: tuple[bytes, ...]
    note: bytes | None


def page_for(node: Node, party: str, position: Position, limit: int, now: Instant, shown: bytes = b"") -> Page:
    """Give a follower what it lacks, under a checkpoint over a head read after it asked.

    Args:
        node: the node.
        party: whose lane.
        position: where the follower says it is.
        limit: most leaves; 0 leaves it to us.
        now: the instant of the request.
        shown: a checkpoint of this lane that the follower has, as it was received; empty if it shows none.

    Raises:
        Refusal: LANE_FORK or LANE_ROLLBACK if the follower knows what we do not: its position is kept as evidence, or
            the checkpoint if it is one of ours, and then the lane stands still. LANE_BEHIND, HIGHWATER_UNREADABLE.
    """
    limit = min(limit or MAX_PAGE, MAX_PAGE)

    def look(tx: Tx) -> tuple[LaneHead, KeyRecord, Page]:
        head = _head(node, tx, party)
        _check_shown(node, tx, head, shown, now)
        _check_position(tx, head, position)
        found = _fitting(lanes.entries(tx, head.origin, position.size, min(limit, head.size - position.size)))
        end = position.size + len(found)
        reader = lanes.node_reader(tx, head.origin)
        proof = consistency_proof(end, head.size, reader) if 0 < end < head.size else ()
        return head, node.signing_key(tx, Role.LANE, now), Page(b"", position.size, found, proof)

    try:
        note, page = sign_head(node, look, now)
    except _Contradiction as found:
        found.keep(node, now)
        raise refuse(found.reason, "the follower knows more than this node") from found
    return Page(note, page.first, page.entries, page.proof)


def head_size(node: Node, party: str) -> int:
    """Read how long our lane towards a partner is."""
    return node.ledger.read(lambda tx: _head(node, tx, party).size)


def position_after(node: Node, page: Page) -> Position:
    """Tell where a follower of our lane is once it has taken a page of it."""
    size = page.first + len(page.entries)
    signed = parse_note(page.note).checkpoint
    if size == signed.size:
        return Position(size, signed.root)

    def look(tx: Tx) -> Position:
        return Position(size, frontier_at(size, lanes.node_reader(tx, signed.origin)).root)

    return node.ledger.read(look)


def prove_leaf(node: Node, party: str, of: str | int, size: int | None, now: Instant) -> Inclusion:
    """Prove that our lane towards `party` holds a leaf (RFC 9162 section 2.1.3).

    Args:
        node: the node.
        party: the partner, or `AUDIT`.
        of: number of the leaf, or id of the assertion that it tells.
        size: of the tree to prove it in; None for the present one, under a fresh checkpoint.
        now: the instant of the request.

    Raises:
        Refusal: NOT_KNOWN for an assertion that was not told to this party, and for a leaf or size that is not there.
    """

    def look(tx: Tx) -> tuple[LaneHead, KeyRecord, Inclusion]:
        head = _head(node, tx, party)
        index = of if isinstance(of, int) else _index(tx, head, party, of)
        tree = head.size if size is None else size
        if not index < tree <= head.size:
            raise refuse(Reason.NOT_KNOWN, "index or size")
        (entry,) = lanes.entries(tx, head.origin, index, 1)
        path = inclusion_proof(index, tree, lanes.node_reader(tx, head.origin))
        return head, node.signing_key(tx, Role.LANE, now), Inclusion(index, entry, path, None)

    if size is not None:
        return node.ledger.read(look)[2]
    note, proved = sign_head(node, look, now)
    return replace(proved, note=note)


def prove_inclusion(node: Node, party: str, jti: str, now: Instant) -> bytes:
    """Prove that our lane towards `party` holds an assertion: a C2SP tlog-proof with the leaf and a fresh checkpoint.

    Raises:
        Refusal: NOT_KNOWN for an assertion that was not told to this party.
    """
    proved = prove_leaf(node, party, jti, None, now)
    return format_proof(proved.index, proved.path, proved.note or b"", proved.entry.leaf)


def prove_consistency(node: Node, party: str, old: int, new: int) -> tuple[bytes, ...]:
    """Prove that the lane of size `new` continues the one of size `old` (RFC 9162 section 2.1.4).

    Raises:
        Refusal: FIELD_FORM unless 0 < old <= new <= the lane's size.
    """

    def look(tx: Tx) -> tuple[bytes, ...]:
        head = _head(node, tx, party)
        if not 0 < old <= new <= head.size:
            raise refuse(Reason.FIELD_FORM, "old_size or new_size")
        return consistency_proof(old, new, lanes.node_reader(tx, head.origin))

    return node.ledger.read(look)


def receive_acknowledgement(node: Node, party: str, position: Position, line: str, now: Instant) -> Instant:
    """Keep a follower's cosignature of a checkpoint of ours as evidence; return the time it names.

    Raises:
        Refusal: LANE_ROLLBACK if it is larger than our lane; LANE_FORK if its root is not ours; those of the line.
    """

    def look(tx: Tx) -> tuple[LaneHead, tuple[KeyRecord, ...]]:
        head = _head(node, tx, party)
        _check_position(tx, head, position)
        return head, node.keyring(tx, node.names_of(party).authority).sound(Role.WITNESS)

    try:
        head, keys = node.ledger.read(look)
    except _Contradiction as found:
        found.keep(node, now)
        raise refuse(found.reason, "acknowledgement") from found
    checkpoint = Checkpoint(head.origin, position.size, position.root)
    at = check_acknowledgement(line, checkpoint, node.names_of(party).witness, keys, now)

    def keep(tx: Tx) -> None:
        lanes.record_acknowledgement(tx, head.origin, position.size, line, now)
        # A partner's clock may be late, and a line may be kept back: it was surely made by the later of both times.
        witnessed.add(tx, head.origin, position.size, max(at, now))

    node.ledger.transact(keep)
    return at


def _fitting(found: list[Entry]) -> tuple[Entry, ...]:
    """Cut a page where it would grow too large; one entry always fits."""
    total = 0
    for count, entry in enumerate(found):
        total += len(entry.leaf) + len(entry.token or b"") + _FRAME_BYTES
        if total > PAGE_BYTES:
            return tuple(found[:count])
    return tuple(found)


def _index(tx: Tx, head: LaneHead, party: str, jti: str) -> int:
    issued = assertions.get(tx, jti)
    if issued is None or issued.party != party or issued.origin != head.origin:
        raise refuse(Reason.NOT_KNOWN, "assertion_id")
    return issued.n


def _head(node: Node, tx: Tx, party: str) -> LaneHead:
    head = lanes.head(tx, tell.lane_of(node, tx, party))
    if head is None:
        raise refuse(Reason.PARTNER_UNKNOWN)
    return head


def read_sound(node: Node, look: Callable[[Tx], tuple[LaneHead, KeyRecord, T]]) -> tuple[LaneHead, KeyRecord, T]:
    """Read a head to be signed, of a lane of which nothing is missing.

    A head that another call overtook between reading it and looking at the mark is read anew, since nobody signs a
    smaller head after a larger; a restored ledger stays below however often it is read.
    """

    def sound(tx: Tx) -> tuple[LaneHead, KeyRecord, T]:
        found = look(tx)
        check_proofs(tx, found[0])
        return found

    for _ in range(_READS - 1):
        found = node.ledger.read(sound)
        try:
            node.highwater.check(found[0].origin, found[0].size, found[0].frontier.root)
        except Refusal:
            continue
        return found
    found = node.ledger.read(sound)
    node.highwater.check(found[0].origin, found[0].size, found[0].frontier.root)
    return found


def sign_head(node: Node, look: Callable[[Tx], tuple[LaneHead, KeyRecord, T]], now: Instant) -> tuple[bytes, T]:
    """Read a head as `read_sound` does, and sign it.

    A signing process signs nothing smaller than its last head. One that another call had signed meanwhile is such a
    case, and is read anew.
    """
    for _ in range(_READS - 1):
        head, key, found = read_sound(node, look)
        try:
            return _sign(node, head, key, now), found
        except Refusal as refusal:
            if refusal.reason is not Reason.LANE_BEHIND:
                raise
    head, key, found = read_sound(node, look)
    return _sign(node, head, key, now), found


def _sign(node: Node, head: LaneHead, key: KeyRecord, now: Instant) -> bytes:
    root = head.frontier.root
    node.highwater.raise_to(head.origin, head.size, root)

    def continuation(old: int, new: int) -> tuple[bytes, ...]:
        return node.ledger.read(lambda tx: consistency_proof(old, new, lanes.node_reader(tx, head.origin)))

    signer = node.signers.lane_signer(key.kid, continuation)
    return sign_checkpoint(Checkpoint(head.origin, head.size, root), signer, now)


class _Contradiction(Exception):
    """Somebody knows of a lane of ours what we do not; `kept` is what to keep of it, and under which reason."""

    def __init__(self, head: LaneHead, reason: Reason, kept: tuple[str, bytes]) -> None:
        super().__init__()
        self.head, self.reason, self.kept = head, reason, kept

    def keep(self, node: Node, now: Instant) -> None:
        origin, (under, received) = self.head.origin, self.kept
        # A write waits for its turn and for the disk, which somebody who lies without end is not to have for nothing.
        if node.ledger.read(lambda tx: evidence.is_new(tx, origin, under, received)):
            keep = {"known": self.head.note, "received": received, "now": now}
            node.ledger.transact(lambda tx: evidence.keep(tx, node.chance.uuid(), origin, under, **keep))  # type: ignore[arg-type]


def _check_shown(node: Node, tx: Tx, head: LaneHead, shown: bytes, now: Instant) -> None:
    reason = proven(node, tx, head, shown, now) if shown else None
    if reason is not None:
        raise _Contradiction(head, reason, (evidence.PROOF, shown))


def _check_position(tx: Tx, head: LaneHead, position: Position) -> None:
    reason = contradiction(tx, head, position.size, position.root)
    if reason is not None:
        said = f"{head.origin}\n{position.size}\n{position.root.hex()}\n".encode()
        raise _Contradiction(head, reason, (reason.code, said))
