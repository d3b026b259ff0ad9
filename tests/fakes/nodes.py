"""A node of its own, with a published keyring and admitted partners, and a server on loopback in front of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from shutil import copy
from typing import Any

import grpc
from fakes.authorities import Authority, Pair
from fakes.parties import HOME, NOW, admit_request, do, keyring_of, names_of, open_node, signed, strict_rulebook
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status
from sqlalchemy import select

from interchange.config import Settings
from interchange.crypto.sealed import write_private
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.flows.match import BindingLinks
from interchange.flows.node import Node
from interchange.flows.partners import ADMIT
from interchange.rpc.bell import Bell
from interchange.rpc.server import Server
from interchange.rpc.services.bindings import unreachable
from interchange.store.ledger import connect, sqlite_url
from interchange.store.migrate import upgrade
from interchange.store.schema import Row
from interchange.v1 import (
    agreements_pb2_grpc,
    assertions_pb2_grpc,
    bindings_pb2_grpc,
    clearances_pb2_grpc,
    consents_pb2_grpc,
    disclosures_pb2_grpc,
    employers_pb2_grpc,
    keyrings_pb2_grpc,
    keys_pb2_grpc,
    lanes_pb2_grpc,
    node_pb2_grpc,
    participants_pb2_grpc,
    partners_pb2_grpc,
    projects_pb2_grpc,
    proposals_pb2_grpc,
    reminders_pb2_grpc,
    screenings_pb2_grpc,
    standings_pb2_grpc,
    status_lists_pb2_grpc,
    subjects_pb2_grpc,
)

PARTNERS = ("KOR", "AUS")


@cache
def authority_of(party: str) -> Authority:
    """Give the certification authority of a party's demonstration node."""
    return Authority(names_of(party).authority)


def make_node(
    directory: Path,
    party: str = HOME,
    *,
    partners: Sequence[str] = PARTNERS,
    template: Path | None = None,
    now: int = NOW,
    committed: Callable[[], None] = lambda: None,
) -> Node:
    """Make a node in `directory` with keyring 1 published and these partners admitted, all as demonstration nodes.

    Args:
        directory: for ledger and high-water file; made if it is not there.
        party: a party with rules, such as JPN, KOR or AUS.
        partners: parties to admit, with the authorities of `authority_of`.
        template: an empty, current ledger to copy, which is quicker than making one.
        now: when all this happens.
        committed: called after each commit that told something.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if template:
        copy(template, directory / "ledger.db")
    else:
        empty = connect(sqlite_url(directory / "ledger.db"))
        upgrade(empty)
        empty.close()
    node = replace(open_node(party, directory, "node"), committed=committed)
    do(node, PUBLISH, PublishRequest(signed(keyring_of(party), party)), now)
    for partner in partners:
        admit(node, partner, now)
    return node


def admit(node: Node, partner: str, now: int = NOW) -> None:
    """Let a node admit a party with its first keyring."""
    do(node, ADMIT, admit_request(partner, signed(keyring_of(partner), partner), ca_pem=authority_of(partner).pem), now)


def dump_digest(node: Node) -> str:
    """Digest all rows of a node's ledger, to see that nothing has changed."""

    def dump(tx: Any) -> str:  # noqa: ANN401
        tables = sorted(Row.metadata.tables.items())
        return repr([(name, sorted(map(repr, tx.execute(select(table))))) for name, table in tables])

    return sha256(node.ledger.read(dump).encode()).hexdigest()


class Stubs:
    """All services of a node over one channel, by their own names."""

    def __init__(self, channel: grpc.Channel) -> None:
        """Call over `channel`."""
        self.channel = channel
        self.assertions = assertions_pb2_grpc.AssertionServiceStub(channel)
        self.standings = standings_pb2_grpc.StandingServiceStub(channel)
        self.lanes = lanes_pb2_grpc.LaneServiceStub(channel)
        self.keyrings = keyrings_pb2_grpc.KeyringServiceStub(channel)
        self.keys = keys_pb2_grpc.KeyServiceStub(channel)
        self.status_lists = status_lists_pb2_grpc.StatusListServiceStub(channel)
        self.agreements = agreements_pb2_grpc.AgreementServiceStub(channel)
        self.projects = projects_pb2_grpc.ProjectServiceStub(channel)
        self.proposals = proposals_pb2_grpc.ProposalServiceStub(channel)
        self.participants = participants_pb2_grpc.ParticipantServiceStub(channel)
        self.partners = partners_pb2_grpc.PartnerServiceStub(channel)
        self.subjects = subjects_pb2_grpc.SubjectServiceStub(channel)
        self.screenings = screenings_pb2_grpc.ScreeningServiceStub(channel)
        self.employers = employers_pb2_grpc.EmployerServiceStub(channel)
        self.consents = consents_pb2_grpc.ConsentServiceStub(channel)
        self.clearances = clearances_pb2_grpc.ClearanceServiceStub(channel)
        self.bindings = bindings_pb2_grpc.BindingServiceStub(channel)
        self.disclosures = disclosures_pb2_grpc.DisclosureServiceStub(channel)
        self.reminders = reminders_pb2_grpc.ReminderServiceStub(channel)
        self.node = node_pb2_grpc.NodeServiceStub(channel)


@dataclass
class Clock:
    """A node's clock that stands until a test moves it."""

    now: int = NOW

    def __call__(self) -> int:
        """Read it."""
        return self.now


@dataclass
class Served:
    """A node whose server answers on loopback."""

    node: Node
    server: Server
    bell: Bell
    clock: Clock
    settings: Settings
    port: int
    _open: ExitStack = field(default_factory=ExitStack)

    def call(self, role: str, party: str = HOME, organ: str | None = None, name: str = "tester") -> Stubs:
        """Call as somebody whose certificate the party's own authority issued."""
        return self.call_with(authority_of(party).certify(names_of(party).spiffe(role, name, organ)))

    def call_with(self, pair: Pair | None) -> Stubs:
        """Call with any certificate, or with none."""
        return Stubs(self._open.enter_context(self.channel(pair)))

    def channel(self, pair: Pair | None) -> grpc.Channel:
        """Open a channel of its own to the server."""
        own = authority_of(self.node.party).pem
        shown = (pair.key, pair.certificate) if pair else (None, None)
        credentials = grpc.ssl_channel_credentials(own, *shown)
        options = [
            ("grpc.ssl_target_name_override", self.node.names.authority),
            # Or channels of the same arguments would share one connection, and with it one certificate.
            ("grpc.use_local_subchannel_pool", 1),
        ]
        return grpc.secure_channel(f"127.0.0.1:{self.port}", credentials, options)

    def close(self) -> None:
        """Close all channels, stop the server, close the ledger."""
        self._open.close()
        self.server.stop(1)
        self.node.ledger.close()


def settings_of(directory: Path, party: str = HOME, **changes: Any) -> Settings:  # noqa: ANN401
    """Write a node's certificates into `directory`, and describe a server there on a port of the system's choice."""
    names = names_of(party)
    pair = authority_of(party).certify(names.spiffe("partner", "node"), dns=(names.authority, "localhost"))
    usual: dict[str, Any] = {"demonstration": True, "listen": "127.0.0.1:0", "server_threads": 16}
    settings = Settings(directory=directory, party=party, **usual | changes)
    settings.path("tls_ca").parent.mkdir(parents=True, exist_ok=True)
    for name, content in (
        ("tls_certificate", pair.certificate),
        ("tls_key", pair.key),
        ("tls_ca", authority_of(party).pem),
    ):
        settings.path(name).unlink(missing_ok=True)
        write_private(settings.path(name), content)
    return settings


@contextmanager
def serve(
    directory: Path,
    party: str = HOME,
    *,
    template: Path | None = None,
    partners: Sequence[str] = PARTNERS,
    heartbeat: float = 15.0,
    patience: float = 10.0,
    strict: bool = False,
    links: BindingLinks = unreachable,
    **changes: Any,  # noqa: ANN401 - of the settings
) -> Iterator[Served]:
    """Make a node and serve it for as long as the context lasts; a `strict` one asks for two people."""
    bell, clock = Bell(), Clock()
    node = make_node(directory, party, template=template, partners=partners, committed=bell.ring)
    if strict:
        node = replace(node, rulebook=strict_rulebook())
    settings = settings_of(directory, party, **changes)
    server = Server(node, settings, clock, bell, heartbeat=heartbeat, patience=patience, links=links)
    served = Served(node, server, bell, clock, settings, server.start())
    try:
        yield served
    finally:
        served.close()


def reason_of(error: grpc.RpcError) -> str:
    """Read the code of a refusal out of what a call raised."""
    return info_of(error).reason


def info_of(error: grpc.RpcError) -> ErrorInfo:
    """Read the ErrorInfo out of what a call raised."""
    call: object = error
    assert isinstance(call, grpc.Call)
    status = rpc_status.from_call(call)
    assert status is not None, error
    info = ErrorInfo()
    assert len(status.details) == 1
    assert status.details[0].Unpack(info)
    return info
