"""A nation's own rules: terms, organs, screenings and second people."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from interchange.domain.levels import LevelOrder
from interchange.domain.rules import NationRules, Organ
from interchange.errors import Reason, Refusal

BOTH = frozenset({"AAA/Upper", "AAA/Lower"})


def organ(code: str, **changes: Any) -> Organ:  # noqa: ANN401 - changes of any field
    """Build an organ that grants both levels on the central body's screening."""
    usual = Organ("AAA", code, code, code, central=False, own_screening=False, defence=False, grants=BOTH)
    return replace(usual, **changes)


RULES = NationRules(
    party="AAA",
    zone="Asia/Seoul",
    terms={"AAA/Upper": 5, "AAA/Lower": 10},
    order=LevelOrder(BOTH | {"AAA/Ungranted"}, frozenset({("AAA/Upper", "AAA/Lower")})),
    organs=(
        organ("CENTRAL", central=True),
        organ("SECOND", grants=frozenset({"AAA/Lower"})),
        organ("ARMY", own_screening=True, defence=True),
    ),
    two_people=frozenset({"AAA/Upper"}),
    purposes=frozenset({"joint_research"}),
)


@pytest.mark.parametrize(("level", "end"), [("AAA/Upper", "2031-02-28T15:00:00"), ("AAA/Lower", "2036-02-29T15:00:00")])
def test_clearance_ends_with_its_last_day_in_the_nations_zone(level: str, end: str) -> None:
    """The term is the level's, the clock the nation's: nine hours east, a day ends at 15:00Z."""
    assert RULES.clearance_end(level, date(2026, 3, 1)) == datetime.fromisoformat(end).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize("level", ["AAA/Ungranted", "AAA/upper", "BBB/Upper", ""])
def test_level_without_term_never_begins(level: str) -> None:
    """A level that the nation does not grant has no end to compute."""
    with pytest.raises(Refusal) as caught:
        RULES.clearance_end(level, date(2026, 3, 1))
    assert caught.value.reason is Reason.LEVEL_UNKNOWN


@pytest.mark.parametrize(
    ("name", "level", "expected"),
    [
        ("AAA/CENTRAL", "AAA/Upper", True),
        ("AAA/SECOND", "AAA/Lower", True),
        ("AAA/SECOND", "AAA/Upper", False),
        ("AAA/CENTRAL", "AAA/Ungranted", False),
        ("AAA/OTHER", "AAA/Lower", False),
        ("CENTRAL", "AAA/Lower", False),
        ("BBB/CENTRAL", "AAA/Lower", False),
    ],
)
def test_organ_grants_what_its_list_says(name: str, level: str, expected: bool) -> None:
    """An organ is asked by its full name, and grants nothing beyond its list."""
    assert RULES.may_grant(name, level) is expected


@pytest.mark.parametrize(
    ("name", "by"),
    [("AAA/CENTRAL", "AAA/CENTRAL"), ("AAA/SECOND", "AAA/CENTRAL"), ("AAA/ARMY", "AAA/ARMY")],
)
def test_grant_rests_on_one_screening(name: str, by: str) -> None:
    """The central body screens for all but those that screen on their own."""
    assert RULES.screened_by(name) == by


@pytest.mark.parametrize(
    ("name", "expected"),
    [("AAA/CENTRAL", True), ("AAA/SECOND", False), ("AAA/ARMY", True), ("AAA/OTHER", False)],
)
def test_who_screens(name: str, expected: bool) -> None:
    """An organ whose grants rest on another's screening screens nobody."""
    assert RULES.screens(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("AAA/CENTRAL", False), ("AAA/SECOND", False), ("AAA/ARMY", True), ("ARMY", False)],
)
def test_who_serves_defence(name: str, expected: bool) -> None:
    """A project marked as defence needs the organ that screens for it."""
    assert RULES.serves_defence(name) is expected


@pytest.mark.parametrize(("level", "expected"), [("AAA/Upper", True), ("AAA/Lower", False)])
def test_which_level_needs_two_people(level: str, expected: bool) -> None:
    """The second person is asked for by level."""
    assert RULES.needs_two(level) is expected


def test_unknown_organ_is_not_known() -> None:
    """An organ of another nation answers like one that does not exist."""
    with pytest.raises(Refusal) as caught:
        RULES.organ("BBB/CENTRAL")
    assert caught.value.reason is Reason.NOT_KNOWN


@pytest.mark.parametrize(
    ("title", "changes", "reason"),
    [
        ("an unknown zone", {"zone": "Asia/Nowhere"}, Reason.RULEBOOK_FORM),
        ("a term of an unknown level", {"terms": {"AAA/Other": 5}}, Reason.LEVEL_UNKNOWN),
        ("a term of no years", {"terms": {"AAA/Upper": 0, "AAA/Lower": 10}}, Reason.RULEBOOK_FORM),
        ("a term of fifty years", {"terms": {"AAA/Upper": 50, "AAA/Lower": 10}}, Reason.RULEBOOK_FORM),
        ("a second person for an unknown level", {"two_people": frozenset({"AAA/Other"})}, Reason.LEVEL_UNKNOWN),
        ("no central body", {"organs": RULES.organs[1:]}, Reason.RULEBOOK_FORM),
        ("two central bodies", {"organs": (*RULES.organs, organ("MORE", central=True))}, Reason.RULEBOOK_FORM),
        ("an organ twice", {"organs": (*RULES.organs, organ("SECOND"))}, Reason.RULEBOOK_FORM),
        ("an organ of another party", {"organs": (*RULES.organs, organ("MORE", party="BBB"))}, Reason.RULEBOOK_FORM),
        (
            "an organ that grants what has no term",
            {"organs": (*RULES.organs, organ("MORE", grants=frozenset({"AAA/Ungranted"})))},
            Reason.LEVEL_UNKNOWN,
        ),
        ("no purpose", {"purposes": frozenset()}, Reason.RULEBOOK_FORM),
    ],
)
def test_rules_that_name_what_they_do_not_define_are_refused(
    title: str, changes: dict[str, Any], reason: Reason
) -> None:
    """Rules are whole, or there are none."""
    with pytest.raises(Refusal) as caught:
        replace(RULES, **changes)
    assert caught.value.reason is reason, title


@pytest.mark.parametrize(
    ("title", "changes"),
    [
        ("a code that fits no URI", {"code": "army"}),
        ("central and on its own", {"central": True, "own_screening": True}),
        ("defence without a screening", {"defence": True}),
    ],
)
def test_organ_that_contradicts_itself_is_refused(title: str, changes: dict[str, Any]) -> None:
    """It is clear of every organ on whose screening its grants rest."""
    with pytest.raises(Refusal) as caught:
        replace(organ("MORE"), **changes)
    assert caught.value.reason is Reason.RULEBOOK_FORM, title
