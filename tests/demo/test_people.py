"""The demonstration's people: a register of one's own is read as far as any register goes."""

from pathlib import Path

import pytest
from fakes.parties import HOME, strict_rulebook
from fakes.refusals import refused

from interchange.demo.people import read_register
from interchange.errors import Reason


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full"])
def test_register_without_an_end_is_not_read_for_ever(device: str) -> None:
    """It is too long, whatever is in it."""
    rules = strict_rulebook().rules(HOME)
    assert rules is not None
    with refused(Reason.ROSTER_TOO_LONG):
        read_register(Path(device), rules)
