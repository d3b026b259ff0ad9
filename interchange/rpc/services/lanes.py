"""The LaneService."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse
from interchange.flows import lanes as flow
from interchange.flows.tell import AUDIT, lane_of
from interchange.messages import lanes as messages
from interchange.messages.paging import read_paging
from interchange.store import archive, lanes
from interchange.v1 import lanes_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interchange.flows.node import Node
    from interchange.rpc.bell import Bell
    from interchange.rpc.call import Call
    from interchange.rpc.watches import Watches
    from interchange.store.ledger import Tx

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["LaneService"]

LOOK_EVERY = 1.0
"""Seconds between looks of a watch whose bell does not ring: another process on the ledger rings a bell of its own."""


class LaneService:
    """Delivering to each reader, in order and provably, all that it is told."""

    def __init__(self, node: Node, bell: Bell, watches: Watches, heartbeat: float) -> None:
        """Answer for `node`; a watch in which nothing is told gets an empty page every `heartbeat` seconds."""
        self._node, self._bell, self._watches, self._heartbeat = node, bell, watches, heartbeat

    def FetchLane(self, request: pb.FetchLaneRequest, call: Call) -> pb.FetchLaneResponse:
        """Give the next page."""
        asked = messages.read_from(request)
        self._check_generation(asked.generation)
        page = flow.page_for(self._node, _reader(call), asked.position, asked.limit, call.now, asked.shown)
        return pb.FetchLaneResponse(page=messages.page(page))

    def WatchLane(self, request: pb.WatchLaneRequest, call: Call) -> Iterator[pb.WatchLaneResponse]:
        """Give page after page."""
        asked, reader = messages.read_from(request), _reader(call)
        self._check_generation(asked.generation)
        self._watches.enter(f"lane {reader}", call.context)
        position, now, shown = asked.position, call.now, asked.shown
        while True:
            heard, quiet_until = self._bell.rings, time.monotonic() + self._heartbeat
            page = flow.page_for(self._node, reader, position, asked.limit, now, shown)
            shown = b""
            yield pb.WatchLaneResponse(page=messages.page(page))
            position = flow.position_after(self._node, page)
            if not self._await(reader, position.size, heard, quiet_until, call):
                return
            # A stream may outlive its certificate and its partner's admission; a page may not.
            now = call.again()

    def AcknowledgeLane(self, request: pb.AcknowledgeLaneRequest, call: Call) -> pb.AcknowledgeLaneResponse:
        """Keep a follower's receipt."""
        receipt, party, node = messages.read_acknowledgement(request), call.caller.party, self._node
        if node.ledger.read(lambda tx: lane_of(node, tx, party)) != receipt.origin:
            raise refuse(Reason.NOTE_ORIGIN, "origin")
        at = flow.receive_acknowledgement(node, party, receipt.position, receipt.line, call.now)
        head = node.ledger.read(lambda tx: lanes.head(tx, receipt.origin))
        if head is None or head.acknowledged_at is None or head.acknowledged_size == receipt.position.size:
            return messages.acknowledged_reply(receipt.position.size, at)
        return messages.acknowledged_reply(head.acknowledged_size, head.acknowledged_at)

    def ProveInclusion(self, request: pb.ProveInclusionRequest, call: Call) -> pb.ProveInclusionResponse:
        """Prove that the lane holds a leaf."""
        leaf = messages.read_leaf(request)
        self._check_generation(leaf.generation)
        return messages.inclusion_reply(flow.prove_leaf(self._node, _reader(call), leaf.of, leaf.size, call.now))

    def ProveConsistency(self, request: pb.ProveConsistencyRequest, call: Call) -> pb.ProveConsistencyResponse:
        """Prove that a larger lane begins with a smaller one."""
        generation, old, new = messages.read_sizes(request)
        self._check_generation(generation)
        if new > flow.head_size(self._node, _reader(call)):
            raise refuse(Reason.NOT_KNOWN, "new_size")
        return pb.ProveConsistencyResponse(path=flow.prove_consistency(self._node, _reader(call), old, new))

    def ListLanes(self, request: pb.ListLanesRequest, call: Call) -> pb.ListLanesResponse:
        """List the lanes that this node issues and follows."""
        paging = read_paging(request.page_size, request.page_token, "ListLanes", call.caller.authority)
        heads = self._node.ledger.read(lanes.heads)
        after = [head for head in heads if head.origin > paging.after]
        return messages.list_reply(paging.cut(after[: paging.fetch], lambda head: head.origin), call.now)

    def ListArchivedCheckpoints(
        self, request: pb.ListArchivedCheckpointsRequest, call: Call
    ) -> pb.ListArchivedCheckpointsResponse:
        """List what is archived of this node's own lanes."""
        method = "ListArchivedCheckpoints"
        paging = read_paging(request.page_size, request.page_token, method, call.caller.authority)
        origin, _, day = paging.after.partition(" ")
        found = self._node.ledger.read(lambda tx: archive.archived_after(tx, origin, day, paging.fetch))
        return messages.archived_reply(paging.cut(found, lambda each: f"{each.origin} {each.day}"))

    def _await(self, reader: str, size: int, heard: int, quiet_until: float, call: Call) -> bool:
        """Wait until the lane has more than `size` leaves or was quiet long enough; False once the watch is to end."""
        while not self._watches.closed and call.context.is_active():
            left = quiet_until - time.monotonic()
            if left <= 0 or flow.head_size(self._node, reader) > size:
                return True
            heard = self._bell.wait(min(left, LOOK_EVERY), heard)
        return False

    def _check_generation(self, generation: int) -> None:
        node = self._node

        def look(tx: Tx) -> int:
            return node.keyring(tx, node.names.authority).generation

        if node.ledger.read(look) != generation:
            raise refuse(Reason.NOT_KNOWN, "generation")


def _reader(call: Call) -> str:
    """Name the reader of the lane that is meant: the partner that calls, or the auditors."""
    return AUDIT if call.caller.home else call.caller.party
