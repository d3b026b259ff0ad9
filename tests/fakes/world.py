"""A world of three nodes that have admitted each other, and what tests do with it in a line.

It is built once for the session and copied for each test.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from fakes.parties import (
    AGREEMENTS,
    HOME,
    NOW,
    PARTIES,
    DirectLink,
    admit_request,
    do,
    keyring_of,
    names_of,
    open_node,
    signed,
)
from fakes.people import settle
from sqlalchemy import select

from interchange.domain.events import Event
from interchange.domain.projects import Field, IssuedAssertion
from interchange.domain.standing import HoldScope
from interchange.domain.verdict import Context, Verdict
from interchange.flows import follow, issue, withdraw
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.flows.knowledge import LedgerKnowledge
from interchange.flows.node import Node
from interchange.flows.partners import ADMIT
from interchange.flows.projects import OPEN, OpenRequest
from interchange.flows.tell import lane_of
from interchange.flows.verify import verify
from interchange.store import assertions, lanes, projects
from interchange.store.ledger import Tx
from interchange.store.schema import Row
from interchange.wire import base64url
from interchange.wire.events import parse_leaf


@dataclass
class World:
    """The nodes by party, and what tests do with them in a line."""

    directory: Path
    nodes: dict[str, Node] = field(default_factory=dict)

    def __getitem__(self, party: str) -> Node:
        """Give the node of a party."""
        return self.nodes[party]

    @property
    def home(self) -> Node:
        """The node that issues."""
        return self.nodes[HOME]

    def close(self) -> None:
        """Close all ledgers."""
        for node in self.nodes.values():
            node.ledger.close()

    def open_project(self, **changes: Any) -> str:  # noqa: ANN401
        """Open a project with both partners that runs for the whole of 2027."""
        usual = OpenRequest(
            title="Quiet magnets",
            field=Field.SEMICONDUCTORS,
            defence=False,
            ceiling="JPN/SDS",
            floor="JPN/CESI",
            purpose="joint_research",
            from_day=date(2027, 1, 1),
            until_day=date(2027, 12, 31),
            partners=tuple(AGREEMENTS.items()),
        )
        return do(self.home, OPEN, replace(usual, **changes))

    def clear(
        self,
        level: str = "JPN/SDS",
        *,
        organ: str = "JPN/METI",
        notified_on: date = date(2026, 4, 1),
        employer_id: str = "employer-1",
        subject_id: str = "",
    ) -> str:
        """Record a clearance, of a new subject unless told otherwise, and give the subject's id."""
        return settle(
            self.home, level, organ=organ, notified_on=notified_on, employer_id=employer_id, subject_id=subject_id
        ).subject_id

    def issue(
        self, project_id: str, subject_id: str, to: str = "KOR", now: int = NOW, expires_at: int | None = None
    ) -> str:
        """Issue an assertion and give its id."""
        return do(self.home, issue.ISSUE, issue.IssueRequest(project_id, to, subject_id, expires_at), now)

    def issued(self, jti: str) -> IssuedAssertion:
        """Read what the home node knows of an assertion."""
        found = self.home.ledger.read(lambda tx: assertions.get(tx, jti))
        assert found is not None
        return found

    def token(self, jti: str) -> bytes:
        """Read an assertion as it was released."""
        issued = self.issued(jti)
        token = self.home.ledger.read(lambda tx: assertions.token(tx, issued))
        assert token is not None
        return token

    def claims(self, jti: str) -> Mapping[str, Any]:
        """Read the claims of an assertion."""
        claims: Mapping[str, Any] = json.loads(base64url.decode(self.token(jti).split(b".")[1]))
        return claims

    def events(self, party: str) -> list[Event]:
        """Read all that the home node has told a party (or `audit`), from the first leaf on."""

        def look(tx: Tx) -> list[Event]:
            head = lanes.head(tx, lane_of(self.home, tx, party))
            assert head is not None
            return [parse_leaf(entry.leaf)[1] for _, entry in lanes.all_entries(tx, head.origin, head.size)]

        return self.home.ledger.read(look)

    def suspend(self, scope: HoldScope, ref: str, now: int = NOW) -> str:
        """Open a hold and give its id."""
        return do(self.home, withdraw.SUSPEND, withdraw.SuspendRequest(scope, ref), now)

    def reinstate(self, hold_id: str, now: int = NOW) -> None:
        """Close a hold."""
        do(self.home, withdraw.REINSTATE, withdraw.ReinstateRequest(hold_id), now)

    def revoke(self, jti: str, now: int = NOW) -> None:
        """Revoke an assertion."""
        do(self.home, withdraw.REVOKE, withdraw.RevokeRequest(jti), now)

    def follow(self, reader: str = "KOR", now: int = NOW, limit: int = 0) -> follow.Followed:
        """Let a partner catch up with the home node's lane."""
        return follow.catch_up(self[reader], DirectLink(self.home, reader, now, limit), HOME, now)

    def verdict(self, at: str, jti: str, now: int = NOW, **context: Any) -> Verdict:  # noqa: ANN401
        """Let the node of `at` judge an assertion of the home node for the party and project that it names."""
        issued = self.issued(jti)
        project = self.home.ledger.read(lambda tx: projects.get(tx, issued.project_id))
        partner = project.partner(issued.party) if project else None
        assert partner is not None
        asked = Context(names_of(issued.party).uri, partner.reference, now, accept_working=True)
        return verify(self.token(jti), LedgerKnowledge(self[at]), replace(asked, **context))


def rows(node: Node) -> dict[str, list[tuple[object, ...]]]:
    """Read the whole ledger of a node: table → rows in their order."""

    def look(tx: Tx) -> dict[str, list[tuple[object, ...]]]:
        tables = Row.metadata.sorted_tables
        return {
            table.name: [tuple(row) for row in tx.execute(select(table).order_by(*table.primary_key))]
            for table in tables
        }

    return node.ledger.read(look)


def build_world(directory: Path, empty_ledger: Path) -> None:
    """Publish three keyrings and let the parties admit each other, in ledgers that are copied from an empty one."""
    world = World(directory)
    rings = {party: signed(keyring_of(party), party) for party in PARTIES}
    for party in PARTIES:
        (directory / party).mkdir()
        shutil.copy(empty_ledger, directory / party / "ledger.db")
        world.nodes[party] = open_node(party, directory / party, "beginning")
        do(world[party], PUBLISH, PublishRequest(rings[party]))
    for party, admitted in PARTIES.items():
        for partner in admitted:
            do(world[party], ADMIT, admit_request(partner, rings[partner]))
    world.close()


def copy_world(template: Path, directory: Path, run: str = "test") -> World:
    """Open a copy of a world that was built, in the place of the one that was copied there before and closed.

    `run` tells apart the ids made from here on from those that the copied world holds.
    """
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(template, directory)
    return World(directory, {party: open_node(party, directory / party, run) for party in PARTIES})
