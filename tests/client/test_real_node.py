"""The clients against what a real node says: its lane, its proofs, its lists, its answer to acknowledgements."""

from dataclasses import replace
from typing import Any

import pytest
from fakes import tokens
from fakes.parties import HOME, NOW, DirectLink, keyring_of, label, names_of, rulebook, signed
from fakes.refusals import refused
from fakes.world import World

from interchange.client.directory import Bundle
from interchange.client.follower import Follower
from interchange.client.verifier import Verifier
from interchange.crypto.signer import SeedSigner
from interchange.domain.checkpoint import Checkpoint
from interchange.domain.keyring import Role
from interchange.domain.standing import HoldScope
from interchange.domain.verdict import Outcome, Verdict
from interchange.errors import Reason
from interchange.flows.checkpoints import acknowledge
from interchange.flows.lanes import Position, prove_inclusion, receive_acknowledgement
from interchange.flows.status_lists import signed_list
from interchange.wire.proof import parse_proof

READER = "KOR"
WITNESS = SeedSigner(tokens.seed(label(READER, Role.WITNESS)))


def terms() -> dict[str, Any]:
    """On what the reader relies on the home party."""
    return {"root_pin": keyring_of(HOME).root_pin, "party": READER, "rulebook": rulebook()}


def followed(world: World) -> Follower:
    """Follow the home node's lane to its end."""
    follower = Follower(signed(keyring_of(HOME), HOME), **terms())
    link = DirectLink(world.home, READER)
    while not follower.accept(link.fetch(follower.frontier, 2), NOW):
        pass
    return follower


def verifier(world: World, jti: str) -> Verifier:
    """Put the files for one assertion together."""
    uri = world.claims(jti)["status"]["status_list"]["uri"]
    proof = prove_inclusion(world.home, READER, jti, NOW)
    bundle = Bundle(
        keyring=signed(keyring_of(HOME), HOME),
        checkpoint=parse_proof(proof).note,
        proof=proof,
        status_list=signed_list(world.home, READER, uri, NOW),
    )
    return Verifier(bundle, **terms())


def reader(way: str, world: World, jti: str) -> Verifier | Follower:
    """Read what the home node says, one way or the other."""
    return followed(world) if way == "lane" else verifier(world, jti)


def judged(by: Verifier | Follower, world: World, jti: str) -> Verdict:
    """Ask about an assertion for the project that it names."""
    return by.verify(world.token(jti), project=world.claims(jti)["project"], now=NOW)


@pytest.fixture
def jti(world: World) -> str:
    """An assertion towards the reader."""
    return world.issue(world.open_project(), world.clear())


@pytest.mark.parametrize("way", ["lane", "files"])
def test_what_a_node_issued_is_valid(world: World, jti: str, way: str) -> None:
    """The confirmed row of the treaty, told and live."""
    assert judged(reader(way, world, jti), world, jti).outcome is Outcome.VALID


@pytest.mark.parametrize("way", ["lane", "files"])
def test_a_revocation_reaches_every_reader(world: World, jti: str, way: str) -> None:
    """By the lane or by the list."""
    world.revoke(jti)
    assert judged(reader(way, world, jti), world, jti).reason is Reason.REVOKED


@pytest.mark.parametrize("way", ["lane", "files"])
@pytest.mark.parametrize("scope", [HoldScope.SUBJECT, HoldScope.EMPLOYER, HoldScope.PROJECT, HoldScope.AGREEMENT])
def test_a_hold_of_any_cause_reaches_every_reader(world: World, jti: str, scope: HoldScope, way: str) -> None:
    """On the person, the employer, the project or the agreement: outward it is one and the same."""
    issued = world.issued(jti)
    refs = {
        HoldScope.SUBJECT: issued.subject_id,
        HoldScope.EMPLOYER: issued.employer_id,
        HoldScope.PROJECT: issued.project_id,
        HoldScope.AGREEMENT: issued.agreement,
    }
    world.suspend(scope, refs[scope])
    assert judged(reader(way, world, jti), world, jti).reason is Reason.SUSPENDED


def test_a_follower_knows_what_a_partners_node_knows(world: World, jti: str) -> None:
    """One projection in memory, one in tables: the same verdict, step by step."""
    world.suspend(HoldScope.ASSERTION, jti)
    world.follow(READER)
    assert judged(followed(world), world, jti) == world.verdict(READER, jti)


# -- acknowledging --------------------------------------------------------------------------------------------


def acknowledged(world: World, checkpoint: Checkpoint, line: str) -> int:
    """Send a cosignature to the home node as the reader."""
    return receive_acknowledgement(world.home, READER, Position(checkpoint.size, checkpoint.root), line, NOW)


def reached(follower: Follower) -> Checkpoint:
    """Give the head that a follower has reached."""
    assert follower.checkpoint is not None
    return follower.checkpoint


def test_a_node_takes_a_followers_acknowledgement(world: World, jti: str) -> None:
    """The cosignature is what the node expects of its partner."""
    follower = followed(world)
    assert acknowledged(world, reached(follower), follower.acknowledge(WITNESS, NOW)) == NOW


def test_an_acknowledgement_larger_than_the_lane_is_refused(world: World, jti: str) -> None:
    """The follower knows leaves that this node does not: a backup was restored, or somebody else has the key."""
    head = reached(followed(world))
    larger = replace(head, size=head.size + 1, root=bytes(32))
    with refused(Reason.LANE_ROLLBACK):
        acknowledged(world, larger, acknowledge(larger, names_of(READER).witness, WITNESS, NOW))


def test_an_acknowledgement_of_another_root_is_refused(world: World, jti: str) -> None:
    """Two lanes of one name."""
    other = replace(reached(followed(world)), root=bytes(32))
    with refused(Reason.LANE_FORK):
        acknowledged(world, other, acknowledge(other, names_of(READER).witness, WITNESS, NOW))


def test_an_acknowledgement_by_another_key_is_refused(world: World, jti: str) -> None:
    """Only the partner's own witness key speaks for it."""
    follower = followed(world)
    stranger = SeedSigner(tokens.seed("stranger"))
    with refused(Reason.KEY_UNKNOWN):
        acknowledged(world, reached(follower), follower.acknowledge(stranger, NOW))


def test_an_acknowledgement_of_another_head_is_refused(world: World, jti: str) -> None:
    """The signature is over the head that it is sent with."""
    follower = followed(world)
    line = follower.acknowledge(WITNESS, NOW)
    world.issue(world.open_project(), world.clear())
    with refused(Reason.SIGNATURE_INVALID):
        acknowledged(world, reached(followed(world)), line)
