"""An organ's key of the home node, and what tests do with it in a line."""

from fakes.parties import HOME, do, key_of, signed
from fakes.world import World

from interchange.domain.events import Restriction
from interchange.domain.keyring import Keyring, Role
from interchange.flows.keyrings import PUBLISH, RESTRICT, PublishRequest, RestrictRequest

METI = key_of(HOME, Role.ASSERT, "METI")
SUSPENDED, RETIRED, TAINTED = Restriction.SUSPENDED, Restriction.RETIRED, Restriction.TAINTED


def restrict(world: World, how: Restriction = SUSPENDED, kid: str = METI.kid, since: int | None = None) -> str:
    """Let the home node narrow a key."""
    return do(world.home, RESTRICT, RestrictRequest(kid, how, since))


def publish(world: World, ring: Keyring) -> None:
    """Let the home node publish a keyring."""
    do(world.home, PUBLISH, PublishRequest(signed(ring, HOME)))


def issue(world: World, to: str = "KOR") -> str:
    """Issue an assertion under the organ's key."""
    return world.issue(world.open_project(), world.clear(), to)
