"""Calls that begin and send nothing: they hold no more than their share of the server, and not for long."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import grpc
import pytest
from fakes import requests
from fakes.authorities import Pair
from fakes.nodes import Served, Stubs, authority_of, reason_of, serve
from fakes.parties import HOME, names_of

from interchange.domain.merkle import EMPTY_ROOT
from interchange.errors import Reason
from interchange.rpc.patience import Patience
from interchange.rpc.services import node as node_service
from interchange.v1.lanes_pb2 import WatchLaneRequest
from interchange.v1.node_pb2 import GetNodeInfoRequest, GetNodeInfoResponse

LIMIT = 10
"""Seconds after which a test gives up waiting."""

INFO = "/interchange.v1.NodeService/GetNodeInfo"
EMPTY = GetNodeInfoRequest().SerializeToString()


def certificate(party: str, role: str, name: str) -> Pair:
    """Make somebody's certificate."""
    return authority_of(party).certify(names_of(party).spiffe(role, name))


@contextmanager
def unfinished(served: Served, pair: Pair, number: int, method: str = INFO) -> Iterator[list[Any]]:
    """Begin calls that send no message, each over a connection of its own, which has a limit of its own."""
    never = Event()

    def nothing() -> Iterator[bytes]:
        never.wait()
        yield from ()

    with ExitStack() as channels:
        calls: list[Any] = []
        for _ in range(number):
            begin: grpc.StreamUnaryMultiCallable[bytes, bytes] = channels.enter_context(
                served.channel(pair)
            ).stream_unary(method)
            calls.append(begin.future(nothing()))
        yield calls
        never.set()


def ask(stubs: Stubs) -> str:
    """Have a small question answered: the party that answers, or the code of a refusal."""
    try:
        return stubs.node.GetNodeInfo(GetNodeInfoRequest(), timeout=LIMIT).party
    except grpc.RpcError as error:
        return reason_of(error)


def until(holds: Any) -> None:  # noqa: ANN401
    """Wait for what other threads bring about."""
    deadline, pause = time.monotonic() + LIMIT, Event()
    while not holds():
        assert time.monotonic() < deadline
        pause.wait(0.01)


def refusals(calls: list[Any]) -> list[str]:
    """Give the codes of those calls that were refused."""
    return [reason_of(call) for call in calls if call.done()]


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A served node of eight threads: two calls for each caller, seven for all partners."""
    with serve(tmp_path / "node", template=sqlite_template, server_threads=8) as served:
        yield served


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(certificate("KOR", "partner", "attacker"), id="of a partner"),
        pytest.param(certificate(HOME, "coordinator", "attacker"), id="of one of our own people"),
    ],
)
def test_unfinished_calls_keep_no_revocation_out(small: Served, pair: Pair) -> None:
    """However many one certificate begins, the home party's acts are carried out."""
    issued = requests.issued(small)
    with unfinished(small, pair, 24) as calls:
        until(lambda: len(refusals(calls)) == 22)
        officer = small.call("officer", organ="METI")
        answer = officer.standings.Revoke(requests.revoke(issued.assertion_id), timeout=LIMIT)
    assert answer.revocation.assertion_id == issued.assertion_id


def test_calls_beyond_a_callers_share_are_refused_with_their_reason(small: Served) -> None:
    """They do not wait, so that they hold nothing."""
    with unfinished(small, certificate("KOR", "partner", "attacker"), 3) as calls:
        until(lambda: refusals(calls))
        assert refusals(calls) == [Reason.CALLS_FULL.code]


def test_unfinished_calls_of_one_partner_are_not_counted_against_another(small: Served) -> None:
    """Each has its own share."""
    with unfinished(small, certificate("KOR", "partner", "attacker"), 8) as calls:
        until(lambda: len(refusals(calls)) == 6)
        assert ask(small.call("partner", "AUS")) == HOME


def test_partners_together_leave_a_part_to_the_home_party(sqlite_template: Path, tmp_path: Path) -> None:
    """Two partners that have all that partners may leave a thread to our own people."""
    with serve(tmp_path / "node", template=sqlite_template, server_threads=8, watchers_per_partner=6) as served:
        watches = [_watch(served) for _ in range(5)]
        with unfinished(served, certificate("KOR", "partner", "attacker"), 2) as calls:
            until(lambda: _open(served) == 2)
            answers = [ask(served.call("partner", "AUS")), ask(served.call("auditor"))]
            assert (answers, refusals(calls)) == ([Reason.CALLS_FULL.code, HOME], [])
        for stream in watches:
            stream.cancel()


def _watch(served: Served) -> Any:  # noqa: ANN401 - gRPC's call
    stream: Any = served.call("partner", "AUS").lanes.WatchLane(WatchLaneRequest(after_root=EMPTY_ROOT, generation=1))
    next(stream)
    return stream


def _open(served: Served) -> int:
    return served.server.open_calls


def test_share_is_free_again_when_calls_end(small: Served) -> None:
    """Whatever ended them."""
    with unfinished(small, certificate("KOR", "partner", "attacker"), 2) as calls:
        until(lambda: _open(small) == 2)
        for call in calls:
            call.cancel()
        until(lambda: _open(small) == 0)
        assert ask(small.call("partner", "KOR")) == HOME


def test_call_that_sends_nothing_is_ended_after_its_time(sqlite_template: Path, tmp_path: Path) -> None:
    """Its thread is free again."""
    with (
        serve(tmp_path / "node", template=sqlite_template, patience=0.05) as served,
        unfinished(served, certificate("KOR", "partner", "slow"), 1) as calls,
    ):
        until(calls[0].done)
        until(lambda: _open(served) == 0)
        assert calls[0].code() is grpc.StatusCode.CANCELLED


class Context:
    """As much of gRPC's context as patience needs."""

    def __init__(self) -> None:
        """Nobody has cancelled it."""
        self.cancelled = 0

    def cancel(self) -> None:
        """Count."""
        self.cancelled += 1


def test_only_calls_that_waited_too_long_are_cut_off() -> None:
    """Those that came later have their time, too, and those whose message came are left alone."""
    clock = [0.0]
    patience, contexts = Patience(5, lambda: clock[0]), [Context(), Context(), Context()]
    with ExitStack() as waits:
        waits.enter_context(patience.waiting(contexts[0]))  # type: ignore[arg-type]
        with patience.waiting(contexts[1]):  # type: ignore[arg-type]
            clock[0] = 1.0
        waits.enter_context(patience.waiting(contexts[2]))  # type: ignore[arg-type]
        clock[0] = 5.0
        patience.cut()
        patience.cut()
    assert [context.cancelled for context in contexts] == [1, 0, 0]


def test_who_may_not_is_refused_before_any_message(small: Served) -> None:
    """Who calls is settled first."""
    method = "/interchange.v1.StandingService/Revoke"
    with unfinished(small, certificate("KOR", "partner", "attacker"), 1, method) as calls:
        until(calls[0].done)
        assert refusals(calls) == [Reason.CALLER_NOT_ALLOWED.code]


@pytest.mark.parametrize(
    "messages", [pytest.param([], id="no request"), pytest.param([EMPTY, EMPTY], id="two requests")]
)
def test_call_has_exactly_one_request(idle: Served, messages: list[bytes]) -> None:
    """Of two one would count, and each reader would choose another."""
    send: grpc.StreamUnaryMultiCallable[bytes, bytes] = idle.call("partner", "KOR").channel.stream_unary(INFO)
    with pytest.raises(grpc.RpcError) as caught:
        send(iter(messages), timeout=LIMIT)
    assert reason_of(caught.value) == Reason.FIELD_FORM.code


def test_as_many_calls_at_once_as_a_caller_may_have_are_all_answered(unchanging: Served) -> None:
    """The share is of calls, and not of calls that happen to come one after another."""
    stubs = unchanging.call("partner", "KOR")
    with ThreadPoolExecutor(4) as threads:
        asked: list[Future[GetNodeInfoResponse]] = [
            threads.submit(stubs.node.GetNodeInfo, GetNodeInfoRequest(), timeout=LIMIT) for _ in range(64)
        ]
        assert {one.result().party for one in asked} == {HOME}


def test_call_beyond_a_callers_share_is_refused_also_when_its_message_came(
    small: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the node takes over them, one caller's calls leave threads to the others'."""
    entered, leave = Semaphore(0), Event()

    def look(*_: object) -> None:
        entered.release()
        leave.wait(LIMIT)

    monkeypatch.setattr(node_service.NodeService, "_keyring", look)
    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(ask, small.call("partner", "KOR")) for _ in range(2)]
        for _ in asked:
            entered.acquire(timeout=LIMIT)
        refused = ask(small.call("partner", "KOR"))
        leave.set()
        answers = {one.result() for one in asked}
    assert (refused, answers) == (Reason.CALLS_FULL.code, {HOME})
