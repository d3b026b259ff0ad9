"""Messages of the LaneService."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.lane import MAX_PAGE
from interchange.domain.time import SKEW
from interchange.errors import Reason, refuse
from interchange.flows.lanes import Position
from interchange.messages import fields
from interchange.messages.parts import optional_timestamp, timestamp
from interchange.v1 import lanes_pb2 as pb
from interchange.wire.note import MAX_NOTE, parse_note

if TYPE_CHECKING:
    from interchange.domain.lane import Entry, Page
    from interchange.domain.time import Instant
    from interchange.flows.lanes import Inclusion
    from interchange.messages.paging import Slice
    from interchange.store.archive import Archived
    from interchange.store.lanes import LaneHead

_LONGEST_LINE = 512


@dataclass(frozen=True, slots=True)
class From:
    """Where a follower is, in which generation of the lane, and what it wants.

    Attributes:
        position: number and root of the leaves that it has.
        generation: of the lane.
        limit: how many leaves it wants at most; 0 if it does not matter.
        shown: the newest checkpoint that it has; empty if it shows none.
    """

    position: Position
    generation: int
    limit: int
    shown: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """A follower's cosignature of a head of a lane."""

    origin: str
    position: Position
    line: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """Which leaf is to be proved: by the assertion that it tells or by its number, in a tree of that size or now's."""

    generation: int
    of: str | int
    size: int | None


def read_from(request: pb.FetchLaneRequest | pb.WatchLaneRequest) -> From:
    """Read from where to go on."""
    if request.max_leaves > MAX_PAGE:
        raise refuse(Reason.PAGE_SIZE, "max_leaves")
    at = Position(fields.size(request.after_size, "after_size"), fields.root(request.after_root, "after_root"))
    if len(request.known_note) > MAX_NOTE:
        raise refuse(Reason.FIELD_FORM, "known_note")
    return From(at, fields.number(request.generation, "generation"), request.max_leaves, request.known_note)


def read_acknowledgement(request: pb.AcknowledgeLaneRequest) -> Receipt:
    """Read a follower's receipt; it is known by its content, and its request id only has to be one."""
    fields.request_id(request.request_id)
    return Receipt(
        origin=fields.text(request.origin, "origin"),
        position=Position(fields.size(request.size, "size"), fields.root(request.root, "root")),
        line=fields.text(request.cosignature, "cosignature", _LONGEST_LINE),
    )


def read_leaf(request: pb.ProveInclusionRequest) -> Leaf:
    """Read which leaf is to be proved."""
    of: str | int
    match request.WhichOneof("target"):
        case "assertion_id":
            of = fields.uuid(request.assertion_id, "assertion_id")
        case "index":
            of = fields.size(request.index, "index")
        case _:
            raise refuse(Reason.FIELD_MISSING, "target")
    size = fields.size(request.size, "size") if request.HasField("size") else None
    return Leaf(fields.number(request.generation, "generation"), of, size)


def read_sizes(request: pb.ProveConsistencyRequest) -> tuple[int, int, int]:
    """Read generation, smaller and larger size."""
    for name in ("old_size", "new_size"):
        if not getattr(request, name):
            raise refuse(Reason.FIELD_MISSING, name)
    old, new = fields.size(request.old_size, "old_size"), fields.size(request.new_size, "new_size")
    if new < old:
        raise refuse(Reason.FIELD_FORM, "new_size")
    return fields.number(request.generation, "generation"), old, new


def page(found: Page) -> pb.LanePage:
    """Write a page."""
    return pb.LanePage(
        note=found.note,
        first_index=found.first,
        leaves=[_leaf(entry) for entry in found.entries],
        consistency_proof=found.proof,
    )


def inclusion_reply(proved: Inclusion) -> pb.ProveInclusionResponse:
    """Answer with an inclusion proof; there is no note beside a proof in a tree of the caller's own size."""
    return pb.ProveInclusionResponse(
        index=proved.index, leaf=_leaf(proved.entry), path=proved.path, note=proved.note or b""
    )


def lane(head: LaneHead, now: Instant) -> pb.Lane:
    """Write the state of a lane; what of a followed one was acknowledged is what its last checkpoint covers."""
    age: int | None = None
    size, at, contact = head.acknowledged_size, head.acknowledged_at, head.acknowledged_at
    if not head.issued:
        contact = at = head.received_at
        size = parse_note(head.note).checkpoint.size if head.note else 0
        if head.received_at is not None and head.signed_at is not None:
            age = max(0, now - min(head.received_at, head.signed_at)) + SKEW
    return pb.Lane(
        origin=head.origin,
        party=head.party,
        direction=pb.LANE_DIRECTION_ISSUED if head.issued else pb.LANE_DIRECTION_FOLLOWED,
        size=head.size,
        acknowledged_size=size,
        acknowledged_at=optional_timestamp(at),
        last_contact=optional_timestamp(contact),
        age_seconds=age,
    )


def list_reply(found: Slice[LaneHead], now: Instant) -> pb.ListLanesResponse:
    """Answer with a page of lanes."""
    return pb.ListLanesResponse(lanes=[lane(head, now) for head in found.entries], next_page_token=found.next_token)


def archived_reply(found: Slice[Archived]) -> pb.ListArchivedCheckpointsResponse:
    """Answer with a page of archived heads."""
    return pb.ListArchivedCheckpointsResponse(
        checkpoints=[pb.ArchivedCheckpoint(**each._asdict()) for each in found.entries],
        next_page_token=found.next_token,
    )


def acknowledged_reply(size: int, at: Instant) -> pb.AcknowledgeLaneResponse:
    """Answer with what is on record."""
    return pb.AcknowledgeLaneResponse(acknowledged_size=size, acknowledged_at=timestamp(at))


def _leaf(entry: Entry) -> pb.Leaf:
    return pb.Leaf(leaf=entry.leaf, token=entry.token)
