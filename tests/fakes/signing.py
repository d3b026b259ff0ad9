"""People who propose and sign with certificates of their own, at a node that asks for two of them."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from fakes.authorities import Authority, Pair
from fakes.parties import HOME, NOW, names_of, strict_rulebook
from fakes.world import World

from interchange.crypto.statements import sign_statement
from interchange.domain.proposals import Proposal, Signature
from interchange.domain.standing import HoldScope
from interchange.flows.issue import ISSUE, IssueRequest
from interchange.flows.node import Node
from interchange.flows.perform import Act, Done, perform
from interchange.flows.proposals import SIGN, SignRequest, find, sign
from interchange.flows.withdraw import REINSTATE, ReinstateRequest
from interchange.store import holds, proposals


@dataclass(frozen=True)
class Person:
    """Somebody with a certificate; a `label` that differs is another certificate of the same person."""

    name: str
    role: str = "officer"
    organ: str | None = None
    label: str = ""
    party: str = HOME
    authority: str = "authority"

    @property
    def spiffe(self) -> str:
        """The SPIFFE id in the certificate."""
        return names_of(self.party).spiffe(self.role, self.name, self.organ)

    @property
    def pair(self) -> Pair:
        """Certificate and key."""
        return _pair(self)


@cache
def _pair(person: Person) -> Pair:
    vouching = Authority(names_of(person.party).authority, person.authority)
    return vouching.certify(person.spiffe, common_name=person.label)


SATO, SUZUKI, TANAKA = Person("sato"), Person("suzuki"), Person("tanaka")
METI, MOD = Person("tanaka", organ="METI"), Person("mori", organ="MOD")
KEEPER, KEEPERS_COLLEAGUE = Person("kato", "key-admin"), Person("kimura", "key-admin")
COORDINATOR = Person("yamada", "coordinator")


def strict(world: World) -> Node:
    """Let the home node ask for two people, as its rules do."""
    world.nodes[HOME] = replace(world.home, rulebook=strict_rulebook())
    return world.home


def propose(node: Node, act: Act[Any, Any, Any], request: object, by: Person = SATO, now: int = NOW) -> Proposal:
    """Ask for what needs two people."""
    done = ask(node, act, request, node.chance.uuid(), by, now)
    assert done.proposal is not None
    return done.proposal


def ask(
    node: Node, act: Act[Any, Any, Any], request: object, request_id: str, by: Person = SATO, now: int = NOW
) -> Done:
    """Ask for an act under a request id."""
    return perform(node, act, request, caller=by.spiffe, request_id=request_id, now=now)


def word(proposal: Proposal, by: Person, *, approves: bool = True, why: str = "") -> SignRequest:
    """Sign what is proposed with somebody's own key."""
    signature = sign_statement(by.pair.key, proposal.statement(approves=approves, why=why))
    return SignRequest(proposal.proposal_id, by.spiffe, by.pair.certificate, approves, why, signature)


def say(
    node: Node, proposal: Proposal, by: Person, *, approves: bool = True, now: int = NOW, request_id: str = ""
) -> Proposal:
    """Hand in somebody's word, and give what has become of the proposal."""
    return sign(node, word(proposal, by, approves=approves), request_id=request_id or node.chance.uuid(), now=now)


def only_sign(node: Node, proposal: Proposal, by: Person, request_id: str = "") -> None:
    """Hand in somebody's word at a node that stops before it carries out anything."""
    perform(node, SIGN, word(proposal, by), caller=by.spiffe, request_id=request_id or node.chance.uuid(), now=NOW)


def look(node: Node, proposal: Proposal) -> Proposal:
    """Read a proposal as it stands."""
    return node.ledger.read(lambda tx: find(tx, proposal.proposal_id))


def held(world: World) -> str:
    """Open a hold on a person, and give its id."""
    return world.suspend(HoldScope.SUBJECT, world.clear())


def lifting(node: Node, hold_id: str, by: Person = SATO, now: int = NOW) -> Proposal:
    """Propose to lift a hold, which needs two officers of any organ."""
    return propose(node, REINSTATE, ReinstateRequest(hold_id), by, now)


def is_lifted(node: Node, hold_id: str) -> bool:
    """Tell whether a hold is closed."""
    hold = node.ledger.read(lambda tx: holds.get(tx, hold_id))
    assert hold is not None
    return hold.closed_at is not None


def asserting(world: World) -> IssueRequest:
    """Ask for an assertion at the tier whose issue needs two people."""
    return IssueRequest(world.open_project(), "KOR", world.clear())


def issuing(world: World) -> tuple[Node, Proposal]:
    """Propose to issue an assertion on a grant of one organ."""
    asked = asserting(world)
    node = strict(world)
    return node, propose(node, ISSUE, asked)


def signatures(node: Node, proposal: Proposal) -> list[Signature]:
    """List what was signed."""
    return node.ledger.read(lambda tx: proposals.signatures(tx, proposal.proposal_id))


def edit(node: Node, statement: str, *values: object) -> None:
    """Change the ledger as somebody does who has its password and no key."""
    with closing(sqlite3.connect(str(node.ledger.engine.url.database))) as database:
        database.execute(statement, values)
        database.commit()
