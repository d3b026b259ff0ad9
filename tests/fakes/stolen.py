"""What the home node does about a stolen organ's key, each in a line: suspend, taint, the next keyring, issue anew."""

from fakes.narrowing import METI
from fakes.parties import DAY, HOME, NOW, do, signed
from fakes.world import World

from interchange.domain.keyring import Role
from interchange.domain.stages import Verb
from interchange.flows.keyrings import PUBLISH, PublishRequest, draft
from interchange.flows.reissue import Line, affected
from interchange.flows.stages import DRAFT, MOVE, DraftRequest, MoveRequest
from interchange.store import reissue
from interchange.store.ledger import Tx
from interchange.wire.keyring import assemble, parse_keyring

HOUR = 3600
THEFT = NOW + HOUR
"""From when the thief may have had the key."""

SEEN = THEFT + HOUR
"""When people do something about it."""

YEAR = 365 * DAY


def suspend(world: World, kid: str = METI.kid, now: int = SEEN) -> None:
    """Let one person suspend a key."""
    do(world.home, MOVE, MoveRequest(kid, Verb.SUSPEND), now)


def taint(world: World, kid: str = METI.kid, since: int = THEFT, now: int = SEEN) -> None:
    """Say since when a thief may have had a key."""
    do(world.home, MOVE, MoveRequest(kid, Verb.TAINT, since), now)


def next_keyring(world: World, now: int = SEEN) -> str:
    """Make another key of the organ and publish a keyring that lists it; give its kid."""
    kid = do(world.home, DRAFT, DraftRequest(Role.ASSERT, "METI", NOW - 60, NOW + YEAR, NOW + 2 * YEAR), now)
    ring = parse_keyring(assemble(draft(world.home, days=300, now=now), []))[0]
    do(world.home, PUBLISH, PublishRequest(signed(ring, HOME)), now)
    return kid


def lines(world: World, kid: str = METI.kid, now: int = SEEN) -> dict[str, Line]:
    """List what became of the live assertions of a key."""
    return {line.jti: line for line in affected(world.home, kid, now, after="", limit=500)[0]}


def pairs(world: World) -> dict[str, str]:
    """Read what took the place of what."""

    def look(tx: Tx) -> dict[str, str]:
        return {old.jti: new.jti for old, new in reissue.pairs(tx)}

    return world.home.ledger.read(look)
