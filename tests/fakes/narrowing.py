"""An organ's key of the home node, and what tests do with it in a line."""

from fakes.parties import DAY, HOME, NOW, do, key_of, signed
from fakes.world import World

from interchange.domain.events import Restriction
from interchange.domain.keyring import Keyring, Role
from interchange.domain.stages import NARROWS, Verb
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.flows.node import Node
from interchange.flows.stages import MOVE, MoveRequest

METI = key_of(HOME, Role.ASSERT, "METI")
SUSPENDED, RETIRED, TAINTED = Restriction.SUSPENDED, Restriction.RETIRED, Restriction.TAINTED


def narrow(node: Node, kid: str, how: Restriction = SUSPENDED, since: int | None = None) -> str:
    """Let a node narrow a key of its own; a taint reaches back a day unless told otherwise."""
    verb = next(verb for verb, narrows in NARROWS.items() if narrows is how)
    return do(node, MOVE, MoveRequest(kid, verb, NOW - DAY if how is TAINTED and since is None else since))


def restrict(world: World, how: Restriction = SUSPENDED, kid: str = METI.kid, since: int | None = None) -> str:
    """Let the home node narrow a key."""
    return narrow(world.home, kid, how, since)


def resume(world: World, kid: str = METI.kid) -> None:
    """Let a suspended key of the home node stand by again, from its next keyring on."""
    do(world.home, MOVE, MoveRequest(kid, Verb.RESUME))


def publish(world: World, ring: Keyring) -> None:
    """Let the home node publish a keyring."""
    do(world.home, PUBLISH, PublishRequest(signed(ring, HOME)))


def issue(world: World, to: str = "KOR") -> str:
    """Issue an assertion under the organ's key."""
    return world.issue(world.open_project(), world.clear(), to)
