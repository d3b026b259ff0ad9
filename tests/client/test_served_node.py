"""The clients against a real node's server, over mutual TLS."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from fakes import tokens
from fakes.narrowing import narrow
from fakes.nodes import Served, authority_of, make_node, serve
from fakes.parties import HOME, NOW, keyring_of, label, names_of, rulebook
from fakes.party import uuid
from fakes.refusals import refused

from interchange.client.channel import open_channel
from interchange.client.follower import Follower
from interchange.client.link import GrpcLink
from interchange.client.session import Session
from interchange.crypto.signer import SeedSigner
from interchange.domain.events import Restriction
from interchange.domain.keyring import Role
from interchange.errors import Reason
from interchange.flows.follow import catch_up

READER = "KOR"
WITNESS = SeedSigner(tokens.seed(label(READER, Role.WITNESS)))


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """The home party's node, which has admitted the reader."""
    with serve(tmp_path / "node", template=sqlite_template) as served:
        yield served


@pytest.fixture
def channel(served: Served) -> Iterator[grpc.Channel]:
    """The reader's channel to it."""
    own = authority_of(READER).certify(names_of(READER).spiffe("partner", "follower"))
    with open_channel(
        f"127.0.0.1:{served.port}",
        certificate=own.certificate,
        key=own.key,
        ca=authority_of(HOME).pem,
        server_name=names_of(HOME).authority,
    ) as channel:
        yield channel


@pytest.fixture
def follower(channel: grpc.Channel) -> Follower:
    """A follower that has fetched the keyring, and nothing else yet."""
    jws = GrpcLink(channel, 1).keyring(1)
    return Follower(jws, root_pin=keyring_of(HOME).root_pin, party=READER, rulebook=rulebook())


def tell(served: Served) -> None:
    """Let the node tell every partner something."""
    narrow(served.node, tokens.kid(label(HOME, Role.STATUS)), Restriction.SUSPENDED)


def test_a_partner_follows_and_acknowledges(served: Served, channel: grpc.Channel, follower: Follower) -> None:
    """The whole round: keyring, page, belief, cosignature."""
    link = GrpcLink(channel, lambda: follower.keyring.generation)
    assert follower.accept(link.fetch(follower.frontier), NOW)
    checkpoint = follower.checkpoint
    assert checkpoint is not None
    link.acknowledge(checkpoint, follower.acknowledge(WITNESS, NOW))


def test_a_session_speaks_to_a_node(channel: grpc.Channel) -> None:
    """Plain values in, plain values out."""
    answer = Session(channel).call("NodeService/GetNodeInfo")
    assert (answer["party"], answer["demonstration"], answer["keyring_number"]) == (HOME, True, 1)


def test_what_a_node_refuses_is_refused_here(channel: grpc.Channel) -> None:
    """With its reason, over the wire and back."""
    with refused(Reason.NOT_KNOWN):
        Session(channel).call("LaneService/ProveInclusion", {"generation": 1, "assertion_id": uuid(1)})


def test_a_caller_that_may_not_is_told_so(channel: grpc.Channel) -> None:
    """How other lanes stand is no partner's business."""
    with refused(Reason.CALLER_NOT_ALLOWED):
        Session(channel).call("LaneService/ListLanes")


def test_a_watch_brings_what_is_told(served: Served, channel: grpc.Channel, follower: Follower) -> None:
    """The page comes by itself, and is believed."""
    with GrpcLink(channel, 1).watch(follower.frontier) as watch:
        follower.accept(next(watch), NOW)
        tell(served)
        follower.accept(next(watch), NOW)
    assert follower.frontier.size == 2


def test_a_node_follows_another_over_it(served: Served, channel: grpc.Channel, tmp_path: Path) -> None:
    """The flows take a link for what it is."""
    tell(served)
    reader = make_node(tmp_path / "reader", READER, partners=(HOME,))
    followed = catch_up(reader, GrpcLink(channel, 1), HOME, NOW)
    reader.ledger.close()
    assert (followed.size, followed.caught_up) == (2, True)
