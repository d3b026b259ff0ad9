"""The job that archives: what one pass says of itself."""

from dataclasses import replace

from fakes import tokens
from fakes.keychain import MemoryArchivers
from fakes.parties import DAY, HOME, NOW, do, key_of, keyring_of, label, signed
from fakes.world import World

from interchange.domain.keyring import MLDSA44, Role
from interchange.flows.follow import PartnerLink
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.flows.node import Node
from interchange.jobs.table import JOBS
from interchange.store.lanes import heads

(ARCHIVE,) = (job for job in JOBS if job.name == "archive")


def nobody(_partner: object) -> PartnerLink:
    """Lead to nobody: the archive is kept at home."""
    raise AssertionError


def with_archive(world: World) -> Node:
    """Give the home node an archive key that its keyring lists."""
    signer = tokens.mldsa_signer(label(HOME, Role.ARCHIVE), MLDSA44)
    node = replace(world.home, archivers=MemoryArchivers({signer.kid: signer}))
    ring = replace(keyring_of(HOME, 2), keys=(*keyring_of(HOME).keys, key_of(HOME, Role.ARCHIVE)))
    do(node, PUBLISH, PublishRequest(signed(ring, HOME)))
    return node


def test_pass_says_how_many_lanes_it_archived(world: World) -> None:
    """Once a day; further passes of the day find nothing to do."""
    node = with_archive(world)
    outcomes = [ARCHIVE.run(node, nobody, now) for now in (NOW, NOW + 600, NOW + DAY)]
    assert outcomes == ["3 archived, 0 not", "0 archived, 0 not", "3 archived, 0 not"]


def test_lane_that_cannot_be_archived_does_not_stop_the_others(world: World) -> None:
    """The pass ends in order, and the day's next one tries again."""
    node = with_archive(world)
    origin, *_ = [head.origin for head in node.ledger.read(heads) if head.issued]
    node.highwater.raise_to(origin, 999, bytes(32))
    assert ARCHIVE.run(node, nobody, NOW) == "2 archived, 1 not"
