"""Does the ledger agree with itself? Each case changes one thing behind the program's back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fakes.forger import LANE
from fakes.narrowing import narrow
from fakes.parties import HOME, NOW, do, key_of, keyring_of, names_of, signed
from fakes.world import World, copy_world

from interchange.crypto.keychain import NoKeys
from interchange.domain.events import Restriction
from interchange.domain.keyring import Role
from interchange.domain.standing import HoldScope
from interchange.flows.audit import AuditReport, audit
from interchange.flows.expire import report_expired
from interchange.flows.keyrings import PUBLISH, PublishRequest

JPN = names_of(HOME).authority
METI = key_of(HOME, Role.ASSERT, "METI").kid


@dataclass(frozen=True)
class Scene:
    """A world in which everything has happened once, and its assertions: live, held and revoked ones."""

    world: World
    live: str
    held: str
    revoked: str


@pytest.fixture(scope="session")
def template(world_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Issue, hold, lift, revoke, expire, restrict, publish and follow."""
    world = copy_world(world_template, tmp_path_factory.mktemp("audit") / "world", "audit")
    project = world.open_project()
    live, held, revoked = (world.issue(project, world.clear()) for _ in range(3))
    world.issue(project, world.clear(), expires_at=NOW + 1)
    world.reinstate(world.suspend(HoldScope.PROJECT, project))
    world.suspend(HoldScope.ASSERTION, held)
    world.revoke(revoked)
    report_expired(world.home, NOW + 1)
    do(world.home, PUBLISH, PublishRequest(signed(keyring_of(HOME, 2), HOME)))
    narrow(world.home, METI, Restriction.SUSPENDED)
    world.follow()
    world.close()
    return Scene(world, live, held, revoked)


@pytest.fixture
def scene(template: Scene, world_place: Path) -> Iterator[Scene]:
    """The same, for this test alone."""
    world = copy_world(template.world.directory, world_place)
    yield replace(template, world=world)
    world.close()


def change(world: World, statement: str, party: str = HOME, **values: str) -> None:
    """Change the database behind the program's back, by a connection that checks no references."""
    with closing(sqlite3.connect(world.directory / party / "ledger.db")) as database, database:
        assert database.execute(statement, values).rowcount > 0


CHANGES: dict[str, tuple[str, str]] = {
    "a leaf deleted": ("DELETE FROM leaves WHERE origin = :lane AND n = 2", "is missing"),
    "the last leaf deleted": (
        "DELETE FROM leaves WHERE origin = :lane AND n = (SELECT max(n) FROM leaves WHERE origin = :lane)",
        "is missing",
    ),
    "a leaf changed": (
        """UPDATE leaves SET leaf = CAST(replace(CAST(leaf AS TEXT), '"idx":', '"idx":1') AS BLOB)
           WHERE origin = :lane AND n = 1""",
        "the leaves do not give the stored root",
    ),
    "a leaf that is no event any more": (
        "UPDATE leaves SET leaf = x'7b7d' WHERE origin = :lane AND n = 1",
        "leaf 1: leaf_form",
    ),
    "two leaves exchanged": (
        """UPDATE leaves SET leaf = (SELECT o.leaf FROM leaves o WHERE o.origin = :lane AND o.n = 3 - leaves.n)
           WHERE origin = :lane AND n IN (1, 2)""",
        "leaf 1 calls itself 2",
    ),
    "a token changed": (
        "UPDATE leaves SET token = CAST(token || 'A' AS BLOB) WHERE origin = :lane AND n = 1",
        "leaf 1: the token beside it has another digest",
    ),
    "a told digest changed": (
        "UPDATE told SET sha256 = 'x' WHERE jti = :live AND authority = :jpn",
        "the table of told assertions differs from the leaves",
    ),
    "a told assertion removed": (
        "DELETE FROM told WHERE jti = :live AND authority = :jpn",
        "the table of told assertions differs from the leaves",
    ),
    "a revoked flag removed": (
        "UPDATE told SET revoked_n = NULL WHERE jti = :revoked AND authority = :jpn",
        "the table of revocations differs from the leaves",
    ),
    "a revoked flag added": (
        "UPDATE told SET revoked_n = 1 WHERE jti = :live AND authority = :jpn",
        "the table of revocations differs from the leaves",
    ),
    "a hold's flag changed": (
        'UPDATE told_holds SET lifted_n = 1 WHERE "of" = :held',
        "the table of holds differs from the leaves",
    ),
    "a lifted hold opened again": (
        "UPDATE told_holds SET lifted_n = NULL WHERE lifted_n IS NOT NULL",
        "the table of holds differs from the leaves",
    ),
    "a hold removed": (
        'DELETE FROM told_holds WHERE "of" = :held',
        "the table of holds differs from the leaves",
    ),
    "a hold put on something else": (
        'UPDATE told_holds SET "of" = \'x\' WHERE "of" = :held',
        "the table of holds differs from the leaves",
    ),
    "an open hold of our own closed": (
        "UPDATE holds SET closed_at = 1 WHERE ref = :held",
        "differs from our own behind it",
    ),
    "an open hold of our own removed": (
        "DELETE FROM holds WHERE ref = :held",
        "differs from our own behind it",
    ),
    "an assertion moved to another leaf": (
        "UPDATE assertions SET n = 1 WHERE jti = :held",
        "differs from what was told",
    ),
    "an assertion moved to another lane": (
        "UPDATE assertions SET origin = replace(origin, 'KOR', 'AUS') WHERE jti = :held",
        "differs from what was told",
    ),
    "a revocation forgotten at home": (
        "UPDATE assertions SET revoked_at = NULL WHERE jti = :revoked",
        "differs from what was told",
    ),
    "an assertion moved to another slot": (
        "UPDATE assertions SET idx = (idx + 1) % 1024 WHERE jti = :revoked",
        "differs from what was told",
    ),
    "the frontier changed": (
        "UPDATE lanes SET frontier = zeroblob(length(frontier)) WHERE origin = :lane",
        "the leaves do not give the stored root",
    ),
    "a lane cut short with its frontier": (
        "UPDATE lanes SET size = 0, frontier = x'' WHERE origin = :lane",
        "below its high-water mark",
    ),
    "a restriction of a key lifted": (
        "DELETE FROM told_restrictions WHERE kid = :meti",
        "the table of restrictions differs from the leaves",
    ),
    "the first keyring removed": (
        "DELETE FROM keyrings WHERE authority = :jpn AND number = 1",
        "keyring 1 was told and is missing",
    ),
    "the last keyring removed": (
        "DELETE FROM keyrings WHERE authority = :jpn AND number = 2",
        "keyring 2 was told and is missing",
    ),
    "a keyring changed": (
        "UPDATE keyrings SET jws = x'7b7d' WHERE authority = :jpn AND number = 2",
        "keyring 2: keyring_form",
    ),
}
"""What was changed → the statement, and what the audit says of it."""


def values(scene: Scene) -> dict[str, str]:
    """Name what the statements are about."""
    named = {"lane": LANE, "jpn": JPN, "meti": METI}
    return named | {"live": scene.live, "held": scene.held, "revoked": scene.revoked}


def tampered(scene: Scene, name: str) -> AuditReport:
    """Make a change, and audit."""
    statement, _ = CHANGES[name]
    used = {key: value for key, value in values(scene).items() if f":{key}" in statement}
    change(scene.world, statement, **used)
    return audit(scene.world.home)


@pytest.mark.parametrize("party", [HOME, "KOR", "AUS"])
def test_honest_ledger_is_clean(scene: Scene, party: str) -> None:
    """Issuer and followers, after all that can happen."""
    assert audit(scene.world[party]).faults == ()


@pytest.mark.parametrize("name", CHANGES)
def test_audit_finds(scene: Scene, name: str) -> None:
    """Whatever is changed behind the program's back is named."""
    assert CHANGES[name][1] in "\n".join(tampered(scene, name).faults)


@pytest.mark.parametrize("name", CHANGES)
def test_report_names_no_person(scene: Scene, name: str) -> None:
    """A report can be shown to whoever has to mend the ledger."""
    world = scene.world
    people = {world.issued(jti).subject_id for jti in (scene.live, scene.held, scene.revoked)}
    report = "\n".join(tampered(scene, name).faults)
    assert [person for person in people if person in report] == []


def test_follower_finds_a_changed_leaf_of_what_it_was_told(scene: Scene) -> None:
    """A partner's copy of the lane is held to the same tree."""
    change(scene.world, "UPDATE leaves SET leaf = x'7b7d' WHERE n = 1 AND origin = :lane", "KOR", lane=LANE)
    assert audit(scene.world["KOR"]).faults[0] == f"{LANE}: leaf 1: leaf_form"


def test_token_that_was_deleted_after_its_retention_is_no_fault(scene: Scene) -> None:
    """The tree stands without the tokens beside it."""
    change(scene.world, "UPDATE leaves SET token = NULL WHERE token IS NOT NULL")
    assert audit(scene.world.home).faults == ()


def test_report_counts_what_it_looked_at(scene: Scene) -> None:
    """Five lanes, each leaf of them, and every assertion."""
    report, told = audit(scene.world.home), scene.world
    own = sum(len(told.events(party)) for party in ("KOR", "AUS", "audit"))
    assert (report.lanes, report.leaves, report.assertions) == (5, own, 4)


def test_progress_counts_every_leaf(scene: Scene) -> None:
    """Whoever waits for a large audit sees it move."""
    seen: list[int] = []
    audit(scene.world.home, seen.append)
    assert len(seen) == audit(scene.world.home).leaves


def test_audit_needs_no_keys(scene: Scene) -> None:
    """An auditor has a copy of the ledger, and no private key."""
    assert audit(replace(scene.world.home, signers=NoKeys())).faults == ()


def test_one_fault_does_not_hide_another(scene: Scene) -> None:
    """The report goes on after the first disagreement."""
    tampered(scene, "a told digest changed")
    assert len(tampered(scene, "a token changed").faults) == 2
