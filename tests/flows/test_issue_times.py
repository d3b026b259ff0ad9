"""From when to when an assertion holds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from fakes.parties import DAY, HOME, NOW, TREATY, do, key_of, keyring_of, signed
from fakes.refusals import refused
from fakes.world import World

from interchange.domain.agreements import AgreementState
from interchange.domain.days import end_of_day, start_of_day
from interchange.domain.keyring import Role
from interchange.domain.time import YEAR
from interchange.errors import Reason
from interchange.flows.keyrings import PUBLISH, PublishRequest
from interchange.rulebook.load import Rulebook

TOKYO = "Asia/Tokyo"
LONG = date(2029, 12, 31)
"""A last day of a project that ends nothing."""


def clearance_ends(world: World) -> int:
    """Clear somebody whose five years end first."""
    return issue(world, world.clear(notified_on=date(2022, 4, 1)), until_day=LONG)


def project_ends(world: World) -> int:
    """Open a project that ends first."""
    return issue(world, world.clear(), until_day=date(2027, 3, 31))


def agreement_ends(world: World) -> int:
    """Give notice of an agreement, which takes effect first."""
    book = world.home.rulebook
    ending = book.agreement(TREATY).moved(AgreementState.NOTICE_GIVEN, date(2027, 5, 1))
    changed = Rulebook(book.parties, {**book.agreements, TREATY: ending}, book.nation_rules)
    world.nodes[HOME] = replace(world.home, rulebook=changed)
    return issue(world, world.clear(), until_day=LONG)


def nothing_ends(world: World) -> int:
    """Let everything run on for years."""
    return issue(world, world.clear(), until_day=LONG)


def key_ends(world: World) -> int:
    """Let the organ's key stop verifying first."""
    ring = keyring_of(HOME, 2)
    short = key_of(HOME, Role.ASSERT, "METI", sign_until=NOW + 5 * DAY, verify_until=NOW + 10 * DAY)
    ring = replace(ring, keys=tuple(short if key.kid == short.kid else key for key in ring.keys))
    do(world.home, PUBLISH, PublishRequest(signed(ring, HOME)))
    return issue(world, world.clear(), until_day=LONG)


def request_ends(world: World) -> int:
    """Ask for less than there would be."""
    return issue(world, world.clear(), expires_at=NOW + 90)


def request_asks_for_more(world: World) -> int:
    """Ask for more than there is."""
    return issue(world, world.clear(), expires_at=NOW + 900 * DAY, until_day=date(2027, 3, 31))


def issue(world: World, subject: str, until_day: date = date(2027, 12, 31), expires_at: int | None = None) -> int:
    """Issue to the one partner, and read the end."""
    jti = world.issue(world.open_project(until_day=until_day), subject, expires_at=expires_at)
    end: int = world.claims(jti)["exp"]
    return end


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (clearance_ends, end_of_day(date(2027, 3, 31), TOKYO)),
        (project_ends, end_of_day(date(2027, 3, 31), TOKYO)),
        (agreement_ends, start_of_day(date(2027, 5, 1), TOKYO)),
        (nothing_ends, NOW + YEAR),
        (key_ends, NOW + 10 * DAY),
        (request_ends, NOW + 90),
        (request_asks_for_more, end_of_day(date(2027, 3, 31), TOKYO)),
    ],
)
def test_assertion_ends_with_the_first_of_all_that_it_rests_on(
    world: World, case: Callable[[World], int], expected: int
) -> None:
    """Clearance, project, agreement, one year, the key, and what was asked for: the earliest end counts."""
    assert case(world) == expected


@pytest.mark.parametrize("expires_at", [NOW, NOW - 1, 0])
def test_end_that_is_past_is_refused(world: World, expires_at: int) -> None:
    """An assertion that would never hold is not signed."""
    project, subject = world.open_project(), world.clear()
    with refused(Reason.DATE_ABSURD):
        world.issue(project, subject, expires_at=expires_at)


def test_beginning_is_cut_to_the_hour(world: World) -> None:
    """The first valid instant tells no more than the hour in which it was issued."""
    assert world.claims(world.issue(world.open_project(), world.clear()))["nbf"] == NOW - NOW % 3600


def test_signing_time_is_the_instant_of_the_request(world: World) -> None:
    """`iat` is the node's own clock, uncut."""
    assert world.claims(world.issue(world.open_project(), world.clear()))["iat"] == NOW


def test_ledger_keeps_the_end_that_was_signed(world: World) -> None:
    """Standing is derived from the ledger's end, so it has to be the one that the partner reads."""
    jti = world.issue(world.open_project(), world.clear())
    assert world.issued(jti).exp == world.claims(jti)["exp"]


def test_nothing_is_signed_under_an_expired_keyring(world: World) -> None:
    """When the keyring has run out, the node waits for the next one."""
    project, subject = world.open_project(until_day=LONG), world.clear()
    with refused(Reason.KEYRING_EXPIRED):
        world.issue(project, subject, now=NOW + 365 * DAY)


def test_nothing_is_signed_outside_the_keys_window(world: World) -> None:
    """A key that may not sign yet does not sign, though the keyring runs."""
    project, subject = world.open_project(), world.clear()
    with refused(Reason.SIGNER_UNAVAILABLE):
        world.issue(project, subject, now=NOW - 61)
