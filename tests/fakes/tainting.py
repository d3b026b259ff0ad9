"""What a lane tells of keys, said straight into the home node's lanes, and followed at any time."""

from fakes.narrowing import METI
from fakes.parties import AGREEMENTS, HOME, NOW, DirectLink
from fakes.world import World

from interchange.domain.checkpoint import Checkpoint
from interchange.domain.events import KeyRestricted, Restriction
from interchange.flows import follow
from interchange.flows.tell import News, tell

KID = METI.kid
T = NOW + 500
"""Since when the thief may have had the key, unless told otherwise."""

LATE = NOW + 1000
"""An instant after it at which partners come by."""

TOLD = NOW + 2000
"""When the restriction is told."""


def say(world: World, how: Restriction, since: int | None = None, kid: str = KID) -> None:
    """Tell all partners how a key is narrowed, whatever was told before."""
    news = [News(KeyRestricted(kid, how, since))]
    world.home.ledger.transact(lambda tx: [tell(world.home, tx, party, news) for party in AGREEMENTS])


def taint(world: World, since: int = T) -> None:
    """Tell a taint."""
    say(world, Restriction.TAINTED, since)


def come_by(world: World, at: int, *, signed: int | None = None, received: int | None = None) -> None:
    """Let Korea follow by its own clock.

    `signed` is the lane key's time of the head, `received` that at which the issuer has the acknowledgement; both are
    the same instant unless told otherwise.
    """
    follow.catch_up(world["KOR"], _TwoClocks(world, at if signed is None else signed, received or at), HOME, at)


class _TwoClocks(DirectLink):
    """An issuer that signs at one time, and receives at another."""

    def __init__(self, world: World, signed: int, received: int) -> None:
        """Serve Korea."""
        super().__init__(world.home, "KOR", signed)
        self.received = received

    def acknowledge(self, checkpoint: Checkpoint, line: str) -> None:
        """Deliver a cosignature later, or by a clock that is late."""
        self.now = self.received
        super().acknowledge(checkpoint, line)
