"""Somebody who has copied the home node's lane key, and writes towards Korea whatever pages they like."""

from collections.abc import Iterable, Sequence

from fakes import tokens
from fakes.parties import HOME, NOW, DirectLink, label, names_of
from fakes.world import World

from interchange.domain.checkpoint import Checkpoint
from interchange.domain.keyring import Role
from interchange.domain.lane import Entry, Page
from interchange.domain.merkle import Frontier, leaf_hash
from interchange.flows.follow import frontier_of
from interchange.store import lanes
from interchange.wire.note import format_note

READER = "KOR"
LANE = names_of(HOME).lane(READER, 1)
LANE_KEY = label(HOME, Role.LANE)


def note(size: int, root: bytes, signed_at: int = NOW, key: str = LANE_KEY, origin: str = LANE) -> bytes:
    """Sign any head with the stolen key."""
    checkpoint = Checkpoint(origin, size, root)
    return format_note(checkpoint, tokens.lane_lines(checkpoint, signed_at, key))


def grown(frontier: Frontier, entries: Iterable[Entry]) -> Frontier:
    """Extend a frontier by entries."""
    return frontier.extend(leaf_hash(entry.leaf) for entry in entries)


def page(frontier: Frontier, entries: Sequence[Entry], signed_at: int = NOW) -> Page:
    """Write a page whose checkpoint covers exactly these entries."""
    head = grown(frontier, entries)
    return Page(note(head.size, head.root, signed_at), frontier.size, tuple(entries))


def followed(world: World) -> Frontier:
    """Read how far the reader has followed."""
    return frontier_of(world[READER], HOME)


def waiting(world: World) -> tuple[Entry, ...]:
    """Read the honest entries that the reader has not yet fetched."""
    first = followed(world).size
    return tuple(world.home.ledger.read(lambda tx: lanes.entries(tx, LANE, first, 1000)))


class ForgedLink(DirectLink):
    """A way to the home node on which every page is the forger's."""

    def __init__(self, world: World, page: Page) -> None:
        """Answer every fetch with that page."""
        super().__init__(world.home, READER)
        self.forged = page

    def fetch(self, frontier: Frontier, limit: int) -> Page:
        """Give the forged page, whatever was asked for."""
        return self.forged

    def acknowledge(self, checkpoint: Checkpoint, line: str) -> None:
        """Keep the cosignature from the true issuer, who would be warned by it."""
        self.acknowledged.append(checkpoint)
