"""Consents to transfers: whole or not at all, and taken back with what rests on them."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fakes.parties import NOW, TREATY, do
from fakes.people import identity, register
from fakes.refusals import refused
from fakes.world import World, rows

from interchange.domain.consent import ASSERTED, BOUND, DataItem, TransferConsent
from interchange.errors import Reason, Refusal
from interchange.flows.consents import CONSENT, WITHDRAW, ConsentRequest, WithdrawRequest
from interchange.store import consents

LONG = (date(2027, 1, 1), date(2029, 12, 31))


@pytest.fixture
def subject(world: World) -> str:
    """A person who has consented to nothing."""
    return register(world.home, identity(1))


def request(person: str, **changes: Any) -> ConsentRequest:  # noqa: ANN401 - any field
    """Describe a consent to what an assertion tells."""
    usual = ConsentRequest(
        subject_id=person,
        party="KOR",
        recipient="Its verifying office",
        purpose="joint_research",
        items=ASSERTED,
        rules_information="Information on its rules, 2026-04-01",
        from_day=LONG[0],
        until_day=LONG[1],
    )
    return replace(usual, **changes)


def give(world: World, person: str, **changes: Any) -> str:  # noqa: ANN401 - any field
    """Record a consent and give its id."""
    return do(world.home, CONSENT, request(person, **changes))


def take_back(world: World, consent_id: str, now: int = NOW) -> str:
    """Take a consent back."""
    return do(world.home, WITHDRAW, WithdrawRequest(consent_id), now)


def cleared(world: World, person: str) -> str:
    """Clear the person, who consents to nothing by that."""
    return world.clear(subject_id=person)


def test_consent_is_kept_as_it_was_given(world: World, subject: str) -> None:
    """Country, recipient, purpose, items, the information given, and the days."""
    consent_id = give(world, subject)
    assert world.home.ledger.read(lambda tx: consents.get(tx, consent_id)) == TransferConsent(
        consent_id=consent_id,
        subject_id=subject,
        party="KOR",
        recipient="Its verifying office",
        purpose="joint_research",
        items=ASSERTED,
        rules_information="Information on its rules, 2026-04-01",
        from_day=LONG[0],
        until_day=LONG[1],
    )


@pytest.mark.parametrize("part", ["party", "recipient", "purpose", "items", "rules_information"])
def test_consent_without_one_of_its_parts_is_none(world: World, subject: str, part: str) -> None:
    """Act No. 57 of 2003, Art. 28: who was not told where to, what for and by which rules has not consented."""
    with pytest.raises(Refusal) as caught:
        give(world, subject, **{part: frozenset() if part == "items" else ""})
    assert (caught.value.reason, caught.value.where) == (Reason.FIELD_MISSING, part)


REFUSED: dict[str, tuple[Reason, dict[str, Any]]] = {
    "nobody": (Reason.NOT_KNOWN, {"subject_id": "nobody"}),
    "an unknown party": (Reason.PARTY_UNKNOWN, {"party": "XXX"}),
    "the home party": (Reason.PARTY_UNKNOWN, {"party": "JPN"}),
    "a purpose that the law does not list": (Reason.FIELD_FORM, {"purpose": "employment"}),
    "a last day before the first": (Reason.DATE_ABSURD, {"until_day": date(2026, 12, 31)}),
    "a day before the calendar": (Reason.DATE_ABSURD, {"from_day": date(1999, 12, 31)}),
    "a day after the calendar": (Reason.DATE_ABSURD, {"until_day": date(2101, 1, 1)}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_consent_is_refused_and_leaves_no_trace(world: World, subject: str, name: str) -> None:
    """What nothing could rest on is not recorded."""
    reason, changes = REFUSED[name]
    before = rows(world.home)
    with refused(reason):
        do(world.home, CONSENT, replace(request(subject), **changes))
    assert rows(world.home) == before


def test_without_consent_nothing_is_asserted(world: World, subject: str) -> None:
    """Cleared at home is not yet told abroad."""
    project = world.open_project()
    cleared(world, subject)
    with refused(Reason.CONSENT_MISSING):
        world.issue(project, subject)


NOT_COVERING: dict[str, dict[str, Any]] = {
    "another partner": {"party": "AUS"},
    "another purpose": {"purpose": "visit"},
    "what a binding tells alone": {"items": BOUND},
    "days that are over": {"until_day": date(2027, 1, 14)},
    "days to come": {"from_day": date(2027, 1, 16)},
    **{f"all but the {item.value}": {"items": frozenset(DataItem) - {item}} for item in sorted(ASSERTED)},
}


@pytest.mark.parametrize("name", NOT_COVERING)
def test_consent_to_something_else_is_no_consent_to_this(world: World, subject: str, name: str) -> None:
    """Party, purpose, each item and the day have to be covered, by one and the same consent."""
    project = world.open_project()
    give(world, subject, **NOT_COVERING[name])
    cleared(world, subject)
    with refused(Reason.CONSENT_MISSING):
        world.issue(project, subject)


def test_consents_are_not_added_up(world: World, subject: str) -> None:
    """Each item in a consent of its own is not consent to all of them."""
    project = world.open_project()
    for item in ASSERTED:
        give(world, subject, items=frozenset({item}))
    cleared(world, subject)
    with refused(Reason.CONSENT_MISSING):
        world.issue(project, subject)


def test_withdrawal_ends_all_assertions_to_that_partner_and_none_to_others(world: World, subject: str) -> None:
    """In every project, at that partner alone."""
    projects = [world.open_project(), world.open_project()]
    taken = give(world, subject)
    give(world, subject, party="AUS")
    cleared(world, subject)
    jtis = {(each, party): world.issue(each, subject, party) for each in projects for party in ("KOR", "AUS")}
    take_back(world, taken)
    revoked = {party for (_, party), jti in jtis.items() if world.issued(jti).revoked_at is not None}
    assert revoked == {"KOR"}


@pytest.mark.parametrize(
    ("other", "ends"),
    [
        ({}, False),
        ({"until_day": date(2027, 12, 31)}, False),
        ({"until_day": date(2027, 12, 30)}, True),
        ({"from_day": date(2027, 1, 16)}, True),
        ({"items": BOUND}, True),
        ({"purpose": "visit"}, True),
        ({"party": "AUS"}, True),
    ],
    ids=[
        "as wide",
        "to the assertion's last day",
        "to the day before it",
        "from tomorrow",
        "to other items",
        "for another purpose",
        "towards another partner",
    ],
)
def test_assertion_stands_while_another_consent_covers_it_to_its_end(
    world: World, subject: str, other: dict[str, Any], ends: bool
) -> None:
    """An assertion cannot be shortened, so that a consent which ends before it does not carry it."""
    taken = give(world, subject)
    give(world, subject, **other)
    cleared(world, subject)
    jti = world.issue(world.open_project(), subject)
    take_back(world, taken)
    assert (world.issued(jti).revoked_at is not None) is ends


def test_withdrawal_of_what_nothing_rests_on_ends_nothing(world: World, subject: str) -> None:
    """A consent for visits has no part in joint research."""
    give(world, subject)
    taken = give(world, subject, purpose="visit")
    cleared(world, subject)
    jti = world.issue(world.open_project(), subject)
    take_back(world, taken)
    assert world.issued(jti).revoked_at is None


def test_nothing_is_asserted_after_the_withdrawal(world: World, subject: str) -> None:
    """Until the person consents again."""
    project, taken = world.open_project(partners=(("KOR", TREATY),)), give(world, subject)
    cleared(world, subject)
    take_back(world, taken)
    with refused(Reason.CONSENT_MISSING):
        world.issue(project, subject)
    give(world, subject)
    assert world.issue(project, subject)


def test_consent_is_taken_back_once(world: World, subject: str) -> None:
    """The instant of the withdrawal is not moved."""
    taken = give(world, subject)
    take_back(world, taken)
    with refused(Reason.ALREADY_ENDED):
        take_back(world, taken)


def test_unknown_consent_is_not_taken_back(world: World) -> None:
    """There is nothing of that name."""
    with refused(Reason.NOT_KNOWN):
        take_back(world, "none")


def test_consents_tell_partners_nothing(world: World, subject: str) -> None:
    """That a person consents, or does no more, is not told where nothing was asserted."""
    before = [world.events(party) for party in ("KOR", "AUS")]
    take_back(world, give(world, subject))
    assert [world.events(party) for party in ("KOR", "AUS")] == before
