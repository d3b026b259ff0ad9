"""A withdrawn certificate: refused from the next call on, and no stream outlives it by a minute."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from fakes import requests
from fakes.authorities import Authority, Pair
from fakes.nodes import Served, Stubs, authority_of, reason_of, serve
from fakes.parties import HOME, NOW, do, names_of
from grpc_health.v1 import health_pb2, health_pb2_grpc

from interchange.domain.merkle import EMPTY_ROOT
from interchange.errors import Reason, refuse
from interchange.flows.withdrawals import INSTALL, InstallRequest
from interchange.flows.withdrawn import Withdrawn
from interchange.rpc.open_streams import LOOK_EVERY, OpenStreams
from interchange.rpc.server import HEARTBEAT
from interchange.v1 import lanes_pb2
from interchange.v1 import node_pb2 as pb

LIMIT = 10
"""Seconds after which a test gives up waiting."""

WITHDRAWN = Reason.CERTIFICATE_WITHDRAWN.code


def certificate(party: str, role: str = "partner", name: str = "follower") -> Pair:
    """Make somebody's certificate."""
    return authority_of(party).certify(names_of(party).spiffe(role, name))


def withdraw(served: Served, party: str, *pairs: Pair) -> None:
    """Take a party's list with these certificates, as another process on the same ledger does."""
    crl = authority_of(party).withdraw(*(pair.certificate for pair in pairs))
    do(replace(served.node, withdrawn=Withdrawn()), INSTALL, InstallRequest(party, crl))


def ask(stubs: Stubs) -> str:
    """Ask something: the party that answers, or the code of a refusal."""
    try:
        return stubs.node.GetNodeInfo(pb.GetNodeInfoRequest(), timeout=LIMIT).party
    except grpc.RpcError as error:
        return reason_of(error)


def watch(stubs: Stubs) -> Any:  # noqa: ANN401 - gRPC's call is an iterator, too
    """Watch a lane, and take its first page."""
    request = lanes_pb2.WatchLaneRequest(after_root=EMPTY_ROOT, generation=1)
    stream = stubs.lanes.WatchLane(request, timeout=LIMIT)
    next(stream)
    return stream


@pytest.mark.parametrize(("party", "role"), [(HOME, "officer"), (HOME, "key-admin"), ("KOR", "partner")])
def test_withdrawn_certificate_is_refused_over_a_connection_that_is_open(served: Served, party: str, role: str) -> None:
    """From the next call on, whichever process took the list."""
    pair = certificate(party, role)
    caller = served.call_with(pair)
    before = ask(caller)
    withdraw(served, party, pair)
    assert (before, ask(caller)) == (HOME, WITHDRAWN)


def test_another_certificate_of_the_same_holder_goes_on(served: Served) -> None:
    """A certificate is withdrawn, and not a person."""
    lost, new = certificate("KOR"), certificate("KOR")
    withdraw(served, "KOR", lost)
    assert [ask(served.call_with(pair)) for pair in (lost, new)] == [WITHDRAWN, HOME]


def test_list_of_one_party_concerns_no_certificate_of_another(served: Served) -> None:
    """Each authority withdraws what it has issued."""
    pair = certificate("AUS")
    withdraw(served, "KOR", pair)
    assert ask(served.call_with(pair)) == HOME


def test_watch_ends_with_the_reason_when_its_certificate_is_withdrawn(sqlite_template: Path, tmp_path: Path) -> None:
    """With the next page, of which there is one every few seconds at the latest."""
    with serve(tmp_path / "node", template=sqlite_template, heartbeat=0.01) as served:
        pair = certificate("KOR")
        stream = watch(served.call_with(pair))
        withdraw(served, "KOR", pair)
        with pytest.raises(grpc.RpcError) as caught:
            for _ in stream:
                pass
    assert reason_of(caught.value) == WITHDRAWN


def _health(served: Served, pair: Pair) -> Any:  # noqa: ANN401 - as above
    stub: Any = health_pb2_grpc.HealthStub(served.call_with(pair).channel)
    stream = stub.Watch(health_pb2.HealthCheckRequest(), timeout=LIMIT)
    next(stream)
    return stream


SILENT: dict[str, Callable[[Served, Pair], Any]] = {
    "a watch of health": _health,
    "a watch that is quiet for long": lambda served, pair: watch(served.call_with(pair)),
}


@pytest.mark.parametrize("what", SILENT)
def test_stream_that_does_not_end_by_itself_is_cut_off_at_the_second_look(served: Served, what: str) -> None:
    """Nothing has to be told in it, and nobody has to read it."""
    pair = certificate("KOR")
    stream = SILENT[what](served, pair)
    withdraw(served, "KOR", pair)
    for _ in range(2):
        served.server.open_streams.look()
    with pytest.raises(grpc.RpcError) as caught:
        next(stream)
    assert caught.value.code() is grpc.StatusCode.CANCELLED


def test_streams_of_others_stay_open(served: Served) -> None:
    """However often they are looked at."""
    pair, other = certificate("KOR"), certificate("KOR", name="other")
    stream = watch(served.call_with(other))
    withdraw(served, "KOR", pair)
    for _ in range(3):
        served.server.open_streams.look()
    requests.issued(served)
    page = next(stream).page
    stream.cancel()
    assert len(page.leaves) == 1


def test_two_looks_and_a_quiet_watch_fit_into_a_minute() -> None:
    """A watch tells its reason before it would be cut off, and the second look is not too late."""
    assert HEARTBEAT < LOOK_EVERY
    assert 2 * LOOK_EVERY < 60


class Context:
    """As much of gRPC's as a stream needs to be looked after."""

    def __init__(self) -> None:
        """Begin a call."""
        self.ends: list[Callable[[], None]] = []
        self.cancelled = 0

    def add_callback(self, end: Callable[[], None]) -> bool:
        """Remember what is to be done at the end."""
        self.ends.append(end)
        return True

    def cancel(self) -> None:
        """End the call, as gRPC does, in its own time."""
        self.cancelled += 1


def entered(streams: OpenStreams, answers: Iterator[Reason | None]) -> Context:
    """Let a stream in whose caller is recognised with these outcomes."""
    context = Context()

    def again() -> None:
        reason = next(answers)
        if reason:
            raise refuse(reason)

    streams.enter(cast("grpc.ServicerContext", context), again)
    return context


GONE, AWAY, FINE = Reason.CERTIFICATE_WITHDRAWN, Reason.LEDGER_UNAVAILABLE, None


@pytest.mark.parametrize(
    ("answers", "cut"),
    [
        pytest.param((GONE,), 0, id="once"),
        pytest.param((GONE, GONE), 1, id="twice"),
        pytest.param((GONE, AWAY, GONE), 1, id="twice, with a ledger that was away between"),
        pytest.param((AWAY, AWAY, AWAY), 0, id="a ledger that is away"),
        pytest.param((GONE, FINE, GONE), 0, id="refused, then not, then again"),
    ],
)
def test_stream_is_cut_off_once_its_caller_was_refused_twice(answers: tuple[Reason | None, ...], cut: int) -> None:
    """Whether a caller may call is not known while the ledger cannot be read."""
    streams = OpenStreams()
    context = entered(streams, iter(answers))
    for _ in answers:
        streams.look()
    assert context.cancelled == cut


def test_stream_that_ended_is_looked_at_no_more() -> None:
    """Its caller is nobody's business any longer."""
    streams = OpenStreams()
    context = entered(streams, iter(()))
    for end in context.ends:
        end()
    streams.look()
    assert context.cancelled == 0


def install(served: Served, request: pb.InstallWithdrawalsRequest) -> pb.InstallWithdrawalsResponse:
    """Hand in a list as a key-admin."""
    return served.call("key-admin").node.InstallWithdrawals(request)


def request(party: str, crl: bytes) -> pb.InstallWithdrawalsRequest:
    """Ask for a list to be taken."""
    return pb.InstallWithdrawalsRequest(request_id=requests.new_id(), party=party, crl=crl)


@pytest.mark.parametrize("party", [HOME, "KOR"])
def test_answer_says_which_list_is_in_use(served: Served, party: str) -> None:
    """Of the home party or of a partner, each under its own authority."""
    crl = authority_of(party).withdraw(certificate(party).certificate, number=7)
    done = install(served, request(party, crl))
    assert (done.party, done.number, done.withdrawn, done.installed_at.seconds) == (party, 7, 1, NOW)


def test_repeated_request_is_answered_alike_also_after_a_later_list(served: Served) -> None:
    """And changes nothing more."""
    first = request("KOR", authority_of("KOR").withdraw(certificate("KOR").certificate))
    before = install(served, first)
    install(served, request("KOR", authority_of("KOR").withdraw(number=2)))
    assert install(served, first) == before


REFUSED: dict[str, tuple[Reason, Callable[[], pb.InstallWithdrawalsRequest]]] = {
    "of another party": (
        Reason.WITHDRAWALS_AUTHORITY,
        lambda: request("KOR", authority_of("AUS").withdraw(number=9)),
    ),
    "of somebody with the party's name": (
        Reason.WITHDRAWALS_AUTHORITY,
        lambda: request("KOR", Authority(names_of("KOR").authority, "another").withdraw(number=9)),
    ),
    "of the same number": (Reason.WITHDRAWALS_OLDER, lambda: request("KOR", authority_of("KOR").withdraw(number=5))),
    "of a lower number": (Reason.WITHDRAWALS_OLDER, lambda: request("KOR", authority_of("KOR").withdraw(number=4))),
    "that is none": (Reason.WITHDRAWALS_FORM, lambda: request("KOR", b"x")),
    "of a party that is not admitted": (
        Reason.PARTNER_UNKNOWN,
        lambda: request("GBR", authority_of("GBR").withdraw()),
    ),
    "of nobody": (Reason.FIELD_MISSING, lambda: request("", authority_of("KOR").withdraw(number=9))),
}


@pytest.mark.parametrize("what", REFUSED)
def test_list_is_refused(served: Served, what: str) -> None:
    """And the one in use stays."""
    pair = certificate("KOR")
    install(served, request("KOR", authority_of("KOR").withdraw(pair.certificate, number=5)))
    reason, ask_for = REFUSED[what]
    with pytest.raises(grpc.RpcError) as caught:
        install(served, ask_for())
    assert (reason_of(caught.value), ask(served.call_with(pair))) == (reason.code, WITHDRAWN)


def test_later_list_gives_no_certificate_back(served: Served) -> None:
    """Also where it has it no more: one person may hand it in, since it only narrows."""
    pair = certificate("KOR")
    for number, gone in ((1, [pair.certificate]), (2, [])):
        install(served, request("KOR", authority_of("KOR").withdraw(*gone, number=number)))
    assert ask(served.call_with(pair)) == WITHDRAWN


def test_withdrawal_stands_in_the_auditors_lane(served: Served) -> None:
    """As every act."""
    stream = watch(served.call("auditor"))
    install(served, request("KOR", authority_of("KOR").withdraw()))
    (leaf,) = next(stream).page.leaves
    stream.cancel()
    assert b'"act":"install_withdrawals"' in leaf.leaf
