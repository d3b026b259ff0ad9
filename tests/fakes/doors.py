"""A gRPC server in this process that answers as a `FakeParty` would, or with any error that a test asks for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import grpc
from fakes.party import FakeParty
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from interchange.domain.checkpoint import Checkpoint
from interchange.domain.lane import Page
from interchange.v1 import assertions_pb2, assertions_pb2_grpc, keyrings_pb2, keyrings_pb2_grpc, lanes_pb2
from interchange.v1.lanes_pb2_grpc import LaneServiceServicer, add_LaneServiceServicer_to_server


class Lanes(LaneServiceServicer):
    """The lane of a party, and a watch that stands open after its first page."""

    def __init__(self, party: FakeParty) -> None:
        """Answer from `party`."""
        self.party = party
        self.asked: list[lanes_pb2.FetchLaneRequest | lanes_pb2.WatchLaneRequest] = []
        self.request_ids: list[str] = []
        self.watch_ended = Event()
        self.watch_failure: Exception | None = None

    def FetchLane(
        self, request: lanes_pb2.FetchLaneRequest, context: grpc.ServicerContext
    ) -> lanes_pb2.FetchLaneResponse:
        """Give a page."""
        self.asked.append(request)
        page = self.party.page(request.after_size, request.max_leaves or 1000)
        return lanes_pb2.FetchLaneResponse(page=written(page))

    def WatchLane(
        self, request: lanes_pb2.WatchLaneRequest, context: grpc.ServicerContext
    ) -> Iterator[lanes_pb2.WatchLaneResponse]:
        """Give the page that is there, then wait until the call ends."""
        self.asked.append(request)
        context.add_callback(self.watch_ended.set)
        yield lanes_pb2.WatchLaneResponse(page=written(self.party.page(request.after_size)))
        self.watch_ended.wait(30)
        if self.watch_failure:
            raise self.watch_failure

    def AcknowledgeLane(
        self, request: lanes_pb2.AcknowledgeLaneRequest, context: grpc.ServicerContext
    ) -> lanes_pb2.AcknowledgeLaneResponse:
        """Keep a cosignature."""
        self.request_ids.append(request.request_id)
        self.party.acknowledge(Checkpoint(request.origin, request.size, request.root), request.cosignature)
        return lanes_pb2.AcknowledgeLaneResponse(acknowledged_size=request.size)


class Keyrings(keyrings_pb2_grpc.KeyringServiceServicer):
    """The keyrings of a party."""

    def __init__(self, party: FakeParty) -> None:
        """Answer from `party`."""
        self.party = party

    def GetKeyring(
        self, request: keyrings_pb2.GetKeyringRequest, context: grpc.ServicerContext
    ) -> keyrings_pb2.GetKeyringResponse:
        """Give a keyring."""
        if request.number not in self.party.keyrings:
            refusal = status(grpc.StatusCode.NOT_FOUND, "not_known", where="number")
            context.abort_with_status(rpc_status.to_status(refusal))
        return keyrings_pb2.GetKeyringResponse(keyring=self.party.keyring(request.number), number=request.number)


class Assertions(assertions_pb2_grpc.AssertionServiceServicer):
    """One assertion, or the error that a test has put in the way."""

    def __init__(self) -> None:
        """Answer honestly."""
        self.failure: Status | grpc.StatusCode | Exception | None = None
        self.details = b""
        self.asked: list[assertions_pb2.GetAssertionRequest] = []

    def GetAssertion(
        self, request: assertions_pb2.GetAssertionRequest, context: grpc.ServicerContext
    ) -> assertions_pb2.GetAssertionResponse:
        """Give an assertion of that id."""
        self.asked.append(request)
        if isinstance(self.failure, Exception):
            raise self.failure
        if isinstance(self.failure, grpc.StatusCode):
            context.set_trailing_metadata((("grpc-status-details-bin", self.details),) if self.details else ())
            context.abort(self.failure, "in words")
        if self.failure is not None:
            context.abort_with_status(rpc_status.to_status(self.failure))
        assertion = assertions_pb2.Assertion(assertion_id=request.assertion_id)
        assertion.issued_at.seconds = 1_800_000_000
        assertion.position.index = 7
        return assertions_pb2.GetAssertionResponse(assertion=assertion)

    def VerifyAssertion(
        self, request: assertions_pb2.VerifyAssertionRequest, context: grpc.ServicerContext
    ) -> assertions_pb2.VerifyAssertionResponse:
        """Answer late: a hurried caller's deadline comes first."""
        Event().wait(1)
        return assertions_pb2.VerifyAssertionResponse()


class Doors:
    """The server's services, for tests to look into."""

    def __init__(self, party: FakeParty, address: str = "") -> None:
        """Answer from `party`."""
        # The methods that are not there answer UNIMPLEMENTED.
        self.lanes = Lanes(party)  # type: ignore[abstract]
        self.keyrings = Keyrings(party)  # type: ignore[abstract]
        self.assertions = Assertions()  # type: ignore[abstract]
        self.address = address


@contextmanager
def opened(party: FakeParty, credentials: grpc.ServerCredentials | None = None) -> Iterator[Doors]:
    """Serve `party` on a free port, in the clear unless credentials are given."""
    doors = Doors(party)
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
    add_LaneServiceServicer_to_server(doors.lanes, server)
    keyrings_pb2_grpc.add_KeyringServiceServicer_to_server(doors.keyrings, server)
    assertions_pb2_grpc.add_AssertionServiceServicer_to_server(doors.assertions, server)
    place = "127.0.0.1:0"
    port = server.add_secure_port(place, credentials) if credentials else server.add_insecure_port(place)
    doors.address = f"127.0.0.1:{port}"
    server.start()
    try:
        yield doors
    finally:
        doors.lanes.watch_ended.set()
        server.stop(None).wait(10)


def status(code: grpc.StatusCode, reason: str, **metadata: str) -> Status:
    """Write an error as nodes do."""
    info = AnyMessage()
    info.Pack(ErrorInfo(reason=reason, domain="clearance.interchange", metadata=metadata))
    return Status(code=code.value[0], message="in words", details=[info])


def written(page: Page) -> lanes_pb2.LanePage:
    """Write a page as nodes do."""
    leaves = [lanes_pb2.Leaf(leaf=entry.leaf, token=entry.token) for entry in page.entries]
    return lanes_pb2.LanePage(note=page.note, first_index=page.first, leaves=leaves, consistency_proof=page.proof)
