"""A served node that asks for two people, as its nation's rules do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from fakes import requests
from fakes.nodes import Clock, Served, Stubs, make_node, settings_of
from fakes.parties import TREATY, rulebook, strict_rulebook
from fakes.people import settle
from fakes.signing import COORDINATOR, SATO, Person

from interchange.crypto.statements import sign_statement
from interchange.domain.proposals import Proposal
from interchange.rpc.bell import Bell
from interchange.rpc.server import Server
from interchange.v1 import assertions_pb2, common_pb2, standings_pb2
from interchange.v1 import proposals_pb2 as pb


@contextmanager
def serve_strict(directory: Path, template: Path) -> Iterator[Served]:
    """Make a node with two partners, and serve it for as long as the context lasts."""
    bell, clock = Bell(), Clock()
    made = make_node(directory, template=template, committed=bell.ring)
    node, settings = replace(made, rulebook=strict_rulebook()), settings_of(directory)
    server = Server(node, settings, clock, bell)
    served = Served(node, server, bell, clock, settings, server.start())
    try:
        yield served
    finally:
        served.close()


@dataclass(frozen=True)
class Strict:
    """A served node whose rules ask for two people."""

    served: Served

    def by(self, person: Person) -> Stubs:
        """Call as somebody."""
        return self.served.call_with(person.pair)

    def hold(self, person: Person = SATO) -> standings_pb2.Hold:
        """Hold a treaty, or what a coordinator may: a project."""
        target = {"agreement": TREATY}
        if person.role == "coordinator":
            opened = self.by(person).projects.OpenProject(requests.project()).result
            target = {"project_id": opened.project_id}
        request = standings_pb2.SuspendRequest(request_id=requests.new_id(), **target)
        return self.by(person).standings.Suspend(request).hold

    def lifting(self, person: Person = SATO) -> common_pb2.Proposal:
        """Ask to lift a hold."""
        return self.by(person).standings.Reinstate(reinstate(self.hold(person).hold_id)).proposal

    def say(
        self, person: Person, told: common_pb2.Proposal, *, approves: bool = True, why: str = "", key: bytes = b""
    ) -> common_pb2.Proposal:
        """Hand in somebody's word."""
        statement = proposal_of(told).statement(approves=approves, why=why)
        request = pb.SignProposalRequest(
            request_id=requests.new_id(),
            proposal_id=told.proposal_id,
            approves=approves,
            why=why,
            signature=sign_statement(key or person.pair.key, statement),
        )
        return self.by(person).proposals.SignProposal(request).proposal

    def get(self, person: Person, proposal_id: str) -> common_pb2.Proposal:
        """Ask for one."""
        return self.by(person).proposals.GetProposal(pb.GetProposalRequest(proposal_id=proposal_id)).proposal


def reinstate(hold_id: str) -> standings_pb2.ReinstateRequest:
    """Ask to lift a hold."""
    return standings_pb2.ReinstateRequest(request_id=requests.new_id(), hold_id=hold_id)


def proposal_of(told: common_pb2.Proposal) -> Proposal:
    """Read what is told as who signs it does, by its fields alone."""
    return Proposal(
        proposal_id=told.proposal_id,
        act=told.act,
        organ=told.organ,
        caller=told.caller,
        request_id="",
        body=told.request.encode(),
        digest=told.digest,
        created_at=told.created_at.seconds,
        expires_at=told.expires_at.seconds,
    )


def upper(strict: Strict) -> tuple[str, assertions_pb2.IssueAssertionRequest]:
    """Clear a person at the upper tier, and ask to assert them in a project."""
    alone = replace(strict.served.node, rulebook=rulebook())
    subject = settle(alone, "JPN/SDS", organ="JPN/METI").subject_id
    project = strict.by(COORDINATOR).projects.OpenProject(requests.project()).result.project_id
    return subject, requests.issue(project, subject)
