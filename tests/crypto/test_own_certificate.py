"""A certificate that is to take the place of the one in use."""

from collections.abc import Callable

import pytest
from fakes.refusals import refused

from interchange.crypto.certificates import issue_certificate, make_ca
from interchange.crypto.own_certificate import check_own, ends_at, serial_of
from interchange.errors import Reason

NOW, DAY = 1_800_000_000, 86_400
HERE = "aaa.clearance.example"
OURS, OTHERS = make_ca(HERE, NOW), make_ca(HERE, NOW)
NODE = f"spiffe://{HERE}/partner/node"


def issued(ca: tuple[bytes, bytes] = OURS, now: int = NOW) -> tuple[bytes, bytes]:
    """Issue a node's certificate for a month."""
    return issue_certificate(*ca, spiffe_id=NODE, now=now, days=30)


def test_good_pair_says_whose_it_is() -> None:
    """By the SPIFFE id in it."""
    assert check_own(*issued(), OURS[0], NOW) == NODE


BAD: dict[str, Callable[[], tuple[bytes, bytes]]] = {
    "half of a file": lambda: (issued()[0][:300], issued()[1]),
    "another's key": lambda: (issued()[0], issued()[1]),
    "half of a key": lambda: (issued()[0], issued()[1][:60]),
    "another authority": lambda: issued(OTHERS),
    "not begun": lambda: issued(now=NOW + DAY),
    "ended": lambda: issued(now=NOW - 31 * DAY),
}


@pytest.mark.parametrize("name", BAD)
def test_pair_with_which_nobody_could_be_answered_is_refused(name: str) -> None:
    """Each with what is wrong with it."""
    with refused(Reason.CERTIFICATE_FORM):
        check_own(*BAD[name](), OURS[0], NOW)


def test_end_is_the_last_second_of_the_window() -> None:
    """As `issue_certificate` was told."""
    assert ends_at(issued()[0]) == NOW + 30 * DAY


@pytest.mark.parametrize("read", [ends_at, serial_of])
def test_what_is_no_certificate_has_neither_end_nor_number(read: Callable[[bytes], int]) -> None:
    """It is refused, and nothing is guessed."""
    with refused(Reason.CERTIFICATE_FORM):
        read(b"no certificate")
