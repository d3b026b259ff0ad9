"""Steps of an agreement at the home node, at the instant of the tests."""

from datetime import date

from fakes.parties import NOW, TREATY, do
from fakes.world import World

from interchange.domain.agreements import AgreementState
from interchange.domain.days import start_of_day
from interchange.flows.moves import MOVE, MoveRequest

IN_FORCE, NOTICE, SUSPENDED, TERMINATED = (
    AgreementState.IN_FORCE,
    AgreementState.NOTICE_GIVEN,
    AgreementState.SUSPENDED,
    AgreementState.TERMINATED,
)
TODAY, UNVERIFIED = date(2027, 1, 15), "JPN-NZL-2025"
"""The day of `NOW` at home, and an agreement that is signed and not known to be in force."""

NOTICE_DAY = date(2027, 4, 30)
BEGIN = start_of_day(NOTICE_DAY, "Asia/Tokyo")


def move(world: World, state: AgreementState, day: date = TODAY, now: int = NOW, code: str = TREATY) -> str:
    """Take a step, and give its id."""
    return do(world.home, MOVE, MoveRequest(code, state, day), now)
