"""Items of a screening: each of the statute's list, done once, when and by whom; never what was found."""

from dataclasses import replace
from datetime import date

import pytest
from fakes.parties import CALLER, do, strict_rulebook
from fakes.people import identity, register
from fakes.refusals import refused
from fakes.screened import CENTRAL, DEFENCE, OFFICER, TODAY, conclude, do_items, open_screening, screening
from fakes.world import World

from interchange.domain.screening import Conclusion, ItemDone
from interchange.errors import Reason, Refusal
from interchange.flows.screenings import DO_ITEM, ItemRequest
from interchange.store import screenings

YESTERDAY, TOMORROW = date(2027, 1, 14), date(2027, 1, 16)


@pytest.fixture
def subject(world: World) -> str:
    """A person whom nobody has screened."""
    return register(world.home, identity(1))


def item(screening_id: str, name: str = "drinking", done_on: date = TODAY) -> ItemRequest:
    """Say that an item was looked into."""
    return ItemRequest(screening_id, name, done_on, OFFICER)


@pytest.mark.parametrize("left_out", sorted(strict_rulebook().nation_rules["JPN"].screening_items))
def test_every_item_of_the_statute_has_to_be_done(world: World, subject: str, left_out: str) -> None:
    """Act No. 27 of 2024, Art. 12(2): a conclusion that leaves one item out is none, and the refusal says which."""
    screening_id = open_screening(world.home, subject)
    do_items(world.home, screening_id, left_out)
    with pytest.raises(Refusal) as caught:
        conclude(world.home, screening_id)
    assert (caught.value.reason, caught.value.where) == (Reason.SCREENING_ITEMS, left_out)


def test_list_of_items_is_the_statutes() -> None:
    """Act No. 27 of 2024, Art. 12(2): seven items, among them those of the proposal of 2023."""
    proposed = {"criminal_disciplinary_record", "drug_abuse", "mental_health", "economic_condition"}
    others = {"harmful_activities", "information_handling", "drinking"}
    assert strict_rulebook().nation_rules["JPN"].screening_items.keys() == proposed | others


def test_refusal_names_all_items_that_are_missing(world: World, subject: str) -> None:
    """By their codes, in order."""
    screening_id = open_screening(world.home, subject)
    do_items(world.home, screening_id, "drinking", "drug_abuse")
    with pytest.raises(Refusal) as caught:
        conclude(world.home, screening_id, Conclusion.NOT_ELIGIBLE)
    assert caught.value.where == "drinking, drug_abuse"


def test_item_is_kept_as_done_when_and_by_whom(world: World, subject: str) -> None:
    """Its code, the day and the officer; there is no place for what was found."""
    screening_id = open_screening(world.home, subject)
    do(world.home, DO_ITEM, item(screening_id))
    done = world.home.ledger.read(lambda tx: screenings.items(tx, screening_id))
    assert done == [ItemDone("drinking", TODAY, OFFICER)]


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        (Reason.NOT_KNOWN, {"screening_id": "none"}),
        (Reason.FIELD_FORM, {"item": "astrology"}),
        (Reason.FIELD_FORM, {"item": "Moderation in drinking"}),
        (Reason.DATE_ABSURD, {"done_on": TOMORROW}),
        (Reason.DATE_ABSURD, {"done_on": date(2027, 1, 13)}),
    ],
    ids=["no screening", "not on the list", "by its title", "a day to come", "before the consent"],
)
def test_item_is_refused(world: World, subject: str, reason: Reason, changes: dict[str, str]) -> None:
    """Only what the list has, and not before the person consented, nor tomorrow."""
    asked = item(open_screening(world.home, subject, CENTRAL, YESTERDAY))
    with refused(reason):
        do(world.home, DO_ITEM, replace(asked, **changes))  # type: ignore[arg-type]


def test_item_is_done_once(world: World, subject: str) -> None:
    """A second record would be an edit of the first."""
    screening_id = open_screening(world.home, subject)
    do(world.home, DO_ITEM, item(screening_id))
    with refused(Reason.ALREADY_KNOWN):
        do(world.home, DO_ITEM, replace(item(screening_id), officer=CALLER))


def test_of_a_screening_by_the_defence_organ_no_items_are_kept(world: World, subject: str) -> None:
    """A body that screens on its own leaves here its days and its standing, and nothing else."""
    screening_id = open_screening(world.home, subject, DEFENCE)
    with refused(Reason.SCREENING_STATE):
        do(world.home, DO_ITEM, item(screening_id))


def test_screening_by_the_defence_organ_is_concluded_without_items(world: World, subject: str) -> None:
    """What it looked into is its own."""
    screening_id = open_screening(world.home, subject, DEFENCE)
    conclude(world.home, screening_id)
    assert screening(world.home, screening_id).conclusion is Conclusion.ELIGIBLE
