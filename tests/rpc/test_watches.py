"""Watching a lane: pages come the moment something is told, and a watch ends when either side wants it to."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import grpc
import pytest
from fakes import requests
from fakes.nodes import Served, Stubs, authority_of, reason_of, serve
from fakes.parties import HOME, NOW, keyring_of

from interchange.domain.events import Revoked
from interchange.domain.lane import Entry, Page
from interchange.domain.merkle import EMPTY_ROOT, Frontier
from interchange.errors import Reason
from interchange.flows.accept import accept
from interchange.flows.lanes import PAGE_BYTES
from interchange.store import lanes
from interchange.v1 import lanes_pb2
from interchange.v1.node_pb2 import GetNodeInfoRequest
from interchange.wire.events import parse_leaf
from interchange.wire.note import parse_note

LIMIT = 10
"""Seconds after which a test gives up waiting."""


def watch(stubs: Stubs, **changes: Any) -> Any:  # noqa: ANN401 - gRPC's call is an iterator, too
    """Watch a lane from its beginning."""
    usual: dict[str, Any] = {"after_root": EMPTY_ROOT, "generation": 1}
    return stubs.lanes.WatchLane(lanes_pb2.WatchLaneRequest(**usual | changes), timeout=LIMIT)


def read(page: lanes_pb2.LanePage) -> Page:
    """Read a page as a follower does."""
    entries = tuple(Entry(leaf.leaf, leaf.token if leaf.HasField("token") else None) for leaf in page.leaves)
    return Page(page.note, page.first_index, entries, tuple(page.consistency_proof))


def refusal_of(stream: Iterator[Any]) -> str:
    """Give the code by which a stream ends."""
    with pytest.raises(grpc.RpcError) as caught:
        for _ in stream:
            pass
    return reason_of(caught.value)


@pytest.fixture
def quick(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A served node whose watches are never quiet for long."""
    with serve(tmp_path / "node", template=sqlite_template, heartbeat=0.01) as served:
        yield served


def test_watcher_gets_a_revocation(served: Served) -> None:
    """At once, in a leaf that says so."""
    issued = requests.issued(served)
    stream = watch(served.call("partner", "KOR"))
    next(stream)
    served.call("officer").standings.Revoke(requests.revoke(issued.assertion_id))
    told = [parse_leaf(leaf.leaf)[1] for leaf in next(stream).page.leaves]
    stream.cancel()
    assert told == [Revoked(issued.assertion_id)]


def test_watched_pages_are_a_lane_that_a_follower_believes(served: Served) -> None:
    """Each follows the one before, under a checkpoint of the issuer's lane key."""
    stream, frontier, ring = watch(served.call("partner", "KOR"), max_leaves=1), Frontier.empty(), keyring_of(HOME)
    requests.issued(served)
    origin = served.node.names.lane("KOR", 1)
    while frontier.size < 2:
        frontier = accept(read(next(stream).page), origin, frontier, ring, NOW).frontier
    stream.cancel()
    head = served.node.ledger.read(lambda tx: lanes.head(tx, origin))
    assert head is not None
    assert head.frontier == frontier


def test_watcher_is_told_nothing_of_another_partners_lane(quick: Served) -> None:
    """Not even how much there is."""
    stream = watch(quick.call("partner", "AUS"))
    before = next(stream).page
    requests.issued(quick, to="KOR")
    after = next(stream).page
    stream.cancel()
    sizes = [parse_note(page.note).checkpoint.size for page in (before, after)]
    assert (sizes[0], list(after.leaves)) == (sizes[1], [])


def test_quiet_watch_gets_an_empty_page_with_a_fresh_checkpoint(quick: Served) -> None:
    """Silence means a lost connection, and nothing else."""
    stream = watch(quick.call("partner", "KOR"))
    next(stream)
    quick.clock.now += 60
    pages = [read(next(stream).page) for _ in range(3)]
    stream.cancel()
    times = [line.signed_at for line in parse_note(pages[-1].note).lines if line.signed_at]
    assert ([page.entries for page in pages], times) == ([()] * 3, [NOW + 60])


def test_auditor_watches_the_audit_lane(served: Served) -> None:
    """Whatever is done on the node is told there."""
    stream = watch(served.call("auditor"))
    next(stream)
    served.call("coordinator").projects.OpenProject(requests.project())
    (leaf,) = next(stream).page.leaves
    stream.cancel()
    assert b'"act":"open_project"' in leaf.leaf


def test_one_watch_more_than_the_cap_is_refused(sqlite_template: Path, tmp_path: Path) -> None:
    """Each watch holds a thread, and one partner must not hold them all."""
    with serve(tmp_path / "node", template=sqlite_template, watchers_per_partner=2) as served:
        stubs = served.call("partner", "KOR")
        streams = [watch(stubs) for _ in range(2)]
        for stream in streams:
            next(stream)
        refused = refusal_of(watch(stubs))
        for stream in streams:
            stream.cancel()
    assert refused == Reason.WATCHES_FULL.code


def test_all_partners_together_leave_threads_to_other_calls(sqlite_template: Path, tmp_path: Path) -> None:
    """With a small number of threads the cap of all is reached before that of each."""
    with serve(tmp_path / "node", template=sqlite_template, server_threads=4, watchers_per_partner=4) as served:
        streams = [watch(served.call("partner", party)) for party in ("KOR", "KOR", "AUS")]
        for stream in streams:
            next(stream)
        refused = refusal_of(watch(served.call("partner", "AUS")))
        info = served.call("partner", "AUS").node.GetNodeInfo(GetNodeInfoRequest(), timeout=LIMIT)
        for stream in streams:
            stream.cancel()
    assert (refused, info.party) == (Reason.WATCHES_FULL.code, HOME)


def test_watch_that_its_client_left_makes_room_for_another(sqlite_template: Path, tmp_path: Path) -> None:
    """A follower that comes back is not kept out by what it left behind."""
    with serve(tmp_path / "node", template=sqlite_template, watchers_per_partner=1) as served:
        stubs = served.call("partner", "KOR")
        for _ in range(5):
            stream = watch(stubs)
            next(stream)
            stream.cancel()
            _until(lambda: served.server.watching == 0)
    assert served.server.watching == 0


def test_follower_that_knows_another_lane_is_refused_in_the_stream(served: Served) -> None:
    """As it would be when it fetches."""
    assert refusal_of(watch(served.call("partner", "KOR"), after_size=1, after_root=b"r" * 32)) == "lane_fork"


def test_watch_ends_when_its_certificate_does(quick: Served) -> None:
    """A stream is no way to outlive what would be refused to a new call."""
    stream = watch(quick.call("partner", "KOR"))
    next(stream)
    quick.clock.now = 4_102_444_800 + 86_400  # after the certificate's end in 2099
    assert refusal_of(stream) == Reason.CALLER_UNKNOWN.code


def test_page_ends_before_it_grows_beyond_its_bound(served: Served) -> None:
    """Leaves with tokens are large, and a message has a bound."""
    origin = served.node.names.lane("KOR", 1)

    def fill(tx: Any) -> None:  # noqa: ANN401
        head = lanes.head(tx, origin)
        assert head is not None
        lanes.append(tx, origin, head.frontier, [Entry(b"%d" % n, b"t" * 8192) for n in range(500)])

    served.node.ledger.transact(fill)
    request = lanes_pb2.FetchLaneRequest(after_root=EMPTY_ROOT, generation=1)
    page = served.call("partner", "KOR").lanes.FetchLane(request).page
    assert PAGE_BYTES - 3 * 8192 < page.ByteSize() < 3 * 1024 * 1024


def test_revocation_reaches_many_watchers(sqlite_template: Path, tmp_path: Path) -> None:
    """One bell wakes them all."""
    with serve(tmp_path / "node", template=sqlite_template, server_threads=32, watchers_per_partner=20) as served:
        issued = requests.issued(served)
        streams = [watch(served.call_with(_follower(n))) for n in range(20)]
        for stream in streams:
            next(stream)
        served.call("officer").standings.Revoke(requests.revoke(issued.assertion_id))
        told = [parse_leaf(next(stream).page.leaves[0].leaf)[1] for stream in streams]
        for stream in streams:
            stream.cancel()
    assert told == [Revoked(issued.assertion_id)] * 20


def _follower(number: int) -> Any:  # noqa: ANN401
    authority = authority_of("KOR")
    return authority.certify(f"spiffe://{authority.domain}/partner/follower-{number}")


def _until(holds: Any) -> None:  # noqa: ANN401
    """Wait for what another thread brings about."""
    deadline, pause = time.monotonic() + LIMIT, Event()
    while not holds():
        assert time.monotonic() < deadline
        pause.wait(0.005)


def test_stream_ends_when_the_server_stops(served: Served) -> None:
    """Without an error: the follower is to come back."""
    stream = watch(served.call("partner", "KOR"))
    next(stream)
    rest: list[Any] = []
    reader = Thread(target=lambda: rest.extend(stream))
    reader.start()
    served.server.stop(LIMIT)
    reader.join(LIMIT)
    assert (rest, stream.code()) == ([], grpc.StatusCode.OK)
