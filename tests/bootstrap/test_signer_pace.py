"""How fast a signing process works."""

import pytest
from fakes.refusals import refused

from interchange.bootstrap.signer_pace import Pace
from interchange.errors import Reason


class Clock:
    """A clock that goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 1000.0, 0.0

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept += seconds
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    """Give a clock."""
    return Clock()


def test_a_second_of_work_passes_at_once(clock: Clock) -> None:
    """A key that was idle has saved it up."""
    pace = Pace(8, lambda: clock.now, clock.sleep)
    for _ in range(8):
        pace.take("a")
    assert clock.slept == 0


def test_more_waits_its_turn(clock: Clock) -> None:
    """At the rate that was set."""
    pace = Pace(8, lambda: clock.now, clock.sleep)
    for _ in range(25):
        pace.take("a")
    assert clock.slept == 2.0


def test_whoever_would_wait_longer_than_a_second_is_refused(clock: Clock) -> None:
    """As many ask at once."""
    pace = Pace(8, lambda: clock.now, lambda _: None)
    for _ in range(17):
        pace.take("a")
    with refused(Reason.SIGNER_BUSY):
        pace.take("a")


def test_keys_do_not_wait_for_each_other(clock: Clock) -> None:
    """A flood of one leaves the others as they were."""
    pace = Pace(8, lambda: clock.now, lambda _: None)
    for _ in range(17):
        pace.take("a")
    pace.take("b")


def test_idle_key_saves_up_no_more_than_a_second(clock: Clock) -> None:
    """However long it was idle."""
    pace = Pace(8, lambda: clock.now, clock.sleep)
    pace.take("a")
    clock.now += 3600
    for _ in range(9):
        pace.take("a")
    assert clock.slept == 0.0
    pace.take("a")
    assert clock.slept == 0.125
