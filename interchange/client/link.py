"""The way to a partner's node over gRPC, as `flows.follow.PartnerLink` and `flows.match.BindingLink`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakSet

from interchange.client.failure import refusals
from interchange.client.stream import Stream
from interchange.domain.lane import MAX_PAGE, Entry, Page
from interchange.errors import Reason, refuse
from interchange.v1.bindings_pb2 import ConfirmBindingRequest, FetchBindingRequest
from interchange.v1.bindings_pb2_grpc import BindingServiceStub
from interchange.v1.keyrings_pb2 import GetKeyringRequest
from interchange.v1.keyrings_pb2_grpc import KeyringServiceStub
from interchange.v1.lanes_pb2 import AcknowledgeLaneRequest, FetchLaneRequest, WatchLaneRequest
from interchange.v1.lanes_pb2_grpc import LaneServiceStub

if TYPE_CHECKING:
    import grpc

    from interchange.domain.checkpoint import Checkpoint
    from interchange.domain.merkle import Frontier
    from interchange.v1.lanes_pb2 import FetchLaneResponse, LanePage, WatchLaneResponse


class GrpcLink:
    """Asks one partner's node for its lane to the caller's party. Any number of threads may use it."""

    def __init__(
        self,
        channel: grpc.Channel,
        generation: Callable[[], int] | int,
        *,
        timeout: float = 10,
        known_note: Callable[[], bytes] = lambda: b"",
    ) -> None:
        """Speak over a channel, which whoever opened it closes.

        Args:
            channel: from `client.channel.open_channel`.
            generation: of the lane, as the partner's keyring in use names it; called before each question.
            timeout: seconds that a call may take; a watch has no end.
            known_note: gives the newest checkpoint of the lane that the caller has, as received; shown to the partner,
                it tells a node that has lost leaves what it signed. Called before each question.
        """
        self._lanes = LaneServiceStub(channel)
        self._keyrings = KeyringServiceStub(channel)
        self._bindings = BindingServiceStub(channel)
        self._generation = generation
        self._timeout, self._known_note = timeout, known_note
        self._watches: WeakSet[Stream[Page]] = WeakSet()
        self._lock = Lock()
        self._closed = False

    def fetch(self, frontier: Frontier, limit: int = MAX_PAGE) -> Page:
        """Ask for the leaves after what the caller has.

        Args:
            frontier: what the caller has.
            limit: most leaves, 1 to 1000.

        Returns:
            The page, of which nothing is believed yet, under a checkpoint signed after the question.

        Raises:
            Refusal: PARTNER_UNREACHABLE; any that the partner refuses with; FIELD_MISSING, PAGE_SIZE if the answer is
                no page.
        """
        request = FetchLaneRequest(
            after_size=frontier.size,
            after_root=frontier.root,
            generation=self._present_generation(),
            max_leaves=limit,
            known_note=self._known_note(),
        )
        with refusals():
            return _page(self._lanes.FetchLane(request, timeout=self._timeout))

    def watch(self, frontier: Frontier) -> Stream[Page]:
        """Receive pages as they come to be.

        Args:
            frontier: what the caller has.

        Returns:
            An iterator that raises as `fetch`; `close`, its own or the link's, ends it from any thread.
        """
        request = WatchLaneRequest(
            after_size=frontier.size,
            after_root=frontier.root,
            generation=self._present_generation(),
            known_note=self._known_note(),
        )
        with self._lock:
            stream = Stream(self._lanes.WatchLane(request), _page)
            if self._closed:
                stream.close()
            self._watches.add(stream)
        return stream

    def acknowledge(self, checkpoint: Checkpoint, line: str) -> None:
        """Deliver the caller's cosignature of the partner's checkpoint.

        Raises:
            Refusal: PARTNER_UNREACHABLE; any that the partner refuses with.
        """
        request = AcknowledgeLaneRequest(
            request_id=str(uuid.uuid4()),
            origin=checkpoint.origin,
            cosignature=line,
            size=checkpoint.size,
            root=checkpoint.root,
        )
        with refusals():
            self._lanes.AcknowledgeLane(request, timeout=self._timeout)

    def keyring(self, number: int) -> bytes:
        """Ask for the partner's keyring of that number, JWS general JSON, of which nothing is believed yet.

        Raises:
            Refusal: PARTNER_UNREACHABLE; any that the partner refuses with.
        """
        with refusals():
            return self._keyrings.GetKeyring(GetKeyringRequest(number=number), timeout=self._timeout).keyring

    def fetch_binding(self, jti: str) -> bytes:
        """Ask for the sealed bytes of an assertion's identity binding, of which nothing is believed yet.

        Raises:
            Refusal: PARTNER_UNREACHABLE; any that the partner refuses with, NOT_KNOWN if none waits for the caller.
        """
        with refusals():
            return self._bindings.FetchBinding(FetchBindingRequest(assertion_id=jti), timeout=self._timeout).sealed

    def confirm_binding(self, jti: str, sha256: str, *, matched: bool, request_id: str) -> None:
        """Tell the issuer what came of a match, so that it can delete what it holds.

        Args:
            jti: the assertion.
            sha256: digest of the sealed bytes that were opened, base64url.
            matched: the person was the assertion's subject.
            request_id: UUID; repeating it changes nothing more.

        Raises:
            Refusal: PARTNER_UNREACHABLE; any that the partner refuses with.
        """
        request = ConfirmBindingRequest(request_id=request_id, assertion_id=jti, sha256=sha256, matched=matched)
        with refusals():
            self._bindings.ConfirmBinding(request, timeout=self._timeout)

    def close(self) -> None:
        """End all watches, those too that are opened after this; other calls go on."""
        with self._lock:
            self._closed = True
            watches = list(self._watches)
        for watch in watches:
            watch.close()

    def _present_generation(self) -> int:
        return self._generation() if callable(self._generation) else self._generation


def _page(response: FetchLaneResponse | WatchLaneResponse) -> Page:
    if not response.HasField("page"):
        raise refuse(Reason.FIELD_MISSING, "page")
    page: LanePage = response.page
    if len(page.leaves) > MAX_PAGE:
        raise refuse(Reason.PAGE_SIZE, "leaves")
    return Page(
        note=page.note,
        first=page.first_index,
        entries=tuple(Entry(leaf.leaf, leaf.token if leaf.HasField("token") else None) for leaf in page.leaves),
        proof=tuple(page.consistency_proof),
    )
