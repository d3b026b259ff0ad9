"""The rulebook that the package carries, against what is decided of it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.agreements import AgreementState, Equivalence, RowState
from interchange.domain.levels import Ceiling
from interchange.errors import Reason, Refusal
from interchange.rulebook.load import load

BOOK = load()
DAY = date(2026, 6, 1)
ROWS = [row for agreement in BOOK.agreements.values() for row in agreement.rows]

# Home level → partner's level, as the design's table has it; the way back is the same unless marked.
PAIRS = {
    "JPN-KOR-2016": {"JPN/SDS": "KOR/II"},
    "JPN-USA-2007": {"JPN/SDS": "USA/Secret", "JPN/CESI": "USA/Confidential"},
    "JPN-NATO-2010": {"JPN/SDS": "NATO/NS", "JPN/CESI": "NATO/NC"},
    "JPN-FRA-2011": {"JPN/SDS": "FRA/Secret"},
    "JPN-AUS-2013": {"JPN/SDS": "AUS/NV1", "JPN/CESI": "AUS/Baseline"},
    "JPN-GBR-2014": {"JPN/SDS": "GBR/SC"},
    "JPN-ITA-2016": {"JPN/SDS": "ITA/S", "JPN/CESI": "ITA/RR"},
    "JPN-DEU-2021": {"JPN/SDS": "DEU/UE2", "JPN/CESI": "DEU/UE1"},
    "JPN-CAN-2025": {"JPN/SDS": "CAN/Secret"},
    "JPN-IND-2015": {},
    "JPN-UKR-2024": {},
    "JPN-NZL-2025": {},
}
NO_WAY_BACK = {"AUS/Baseline"}

parties = st.sampled_from(sorted(BOOK.parties))


def test_all_thirteen_parties_are_there() -> None:
    """Twelve partners and the home party have a file each."""
    expected = {"JPN", "KOR", "AUS", "USA", "GBR", "CAN", "NATO", "DEU", "FRA", "ITA", "IND", "NZL", "UKR"}
    assert set(BOOK.parties) == expected


@pytest.mark.parametrize(("code", "pairs"), PAIRS.items())
def test_rows_are_those_of_the_table(code: str, pairs: dict[str, str]) -> None:
    """No row is missing, and none was added."""
    there = set(pairs.items())
    back = {(target, source) for source, target in there if target not in NO_WAY_BACK}
    assert {(row.source, row.target) for row in BOOK.agreement(code).rows} == there | back


def test_there_is_no_agreement_beyond_the_table() -> None:
    """Twelve agreements have a file each."""
    assert BOOK.agreements.keys() == PAIRS.keys()


def test_only_the_rows_read_in_a_treaty_are_confirmed() -> None:
    """Everything else says of itself that a lawyer must confirm it."""
    confirmed = {(row.source, row.target) for row in ROWS if row.state is RowState.CONFIRMED}
    assert confirmed == {("JPN/SDS", "KOR/II"), ("KOR/II", "JPN/SDS")}


@pytest.mark.parametrize("code", ["JPN-UKR-2024", "JPN-NZL-2025"])
def test_agreement_whose_entry_into_force_is_not_verified_is_not_in_force(code: str) -> None:
    """Signed is not enough."""
    agreement = BOOK.agreement(code)
    assert (agreement.state, agreement.in_force(DAY)) == (AgreementState.SIGNED, False)


@pytest.mark.parametrize("code", sorted(PAIRS.keys() - {"JPN-UKR-2024", "JPN-NZL-2025"}))
def test_agreement_is_in_force_on_the_day_of_these_tests(code: str) -> None:
    """The other ten carry exchanges."""
    assert BOOK.agreement(code).in_force(DAY)


def test_no_row_has_effect_before_the_act_that_made_its_home_level() -> None:
    """SDS exists since 2014-12-10, CESI since 2025-05-16."""
    begins = {"JPN/SDS": date(2014, 12, 10), "JPN/CESI": date(2025, 5, 16)}
    early = [
        row for row in ROWS for name, day in begins.items() if name in {row.source, row.target} and row.from_day < day
    ]
    assert early == []


@pytest.mark.parametrize(
    ("name", "ceiling"),
    [
        ("JPN/SDS", "S"), ("JPN/CESI", "C"),
        ("USA/Confidential", "C"), ("USA/Secret", "S"), ("USA/TopSecret", "TS"),
        ("GBR/CTC", None), ("GBR/SC", "S"), ("GBR/DV", "TS"),
        ("AUS/Baseline", "R"), ("AUS/NV1", "S"), ("AUS/NV2", "TS"), ("AUS/PV", "TS"),
        ("CAN/Secret", "S"), ("CAN/TopSecret", "TS"),
        ("NATO/NC", "C"), ("NATO/NS", "S"), ("NATO/CTS", "TS"),
        ("DEU/UE1", "C"), ("DEU/UE2", "S"), ("DEU/UE3", "TS"),
        ("FRA/Secret", "S"), ("FRA/TresSecret", "TS"), ("FRA/ConfidentielDefense", "C"),
        ("ITA/RR", "C"), ("ITA/S", "S"), ("ITA/SS", "TS"),
        ("KOR/III", "C"), ("KOR/II", "S"), ("KOR/I", "TS"),
    ],
)  # fmt: skip
def test_ceiling_is_that_of_the_table(name: str, ceiling: str | None) -> None:
    """Each level opens what its party's law says, and no more."""
    assert BOOK.level(name).ceiling == (Ceiling[ceiling] if ceiling else None)


@pytest.mark.parametrize(
    "name",
    [
        "JPN/TopSecret",
        "GBR/BPSS",
        "GBR/Confidential",
        "USA/LAA",
        "CAN/Reliability",
        "NATO/NR",
        "DEU/Ü2",
        "kor/II",
        "XXX/S",
    ],
)
def test_what_is_no_clearance_is_an_unknown_level(name: str) -> None:
    """Law 5: unknown codes are refused, never guessed."""
    with pytest.raises(Refusal) as caught:
        BOOK.level(name)
    assert caught.value.reason is Reason.LEVEL_UNKNOWN


@pytest.mark.parametrize("code", ["ConfidentielDefense", "SecretDefense", "TresSecretDefense"])
def test_retired_level_is_refused_from_the_day_after_its_last(code: str) -> None:
    """Law 5: the French levels of before July 2021 are known, and no longer levels."""
    assert BOOK.level(f"FRA/{code}", date(2021, 6, 30)).code == code
    with pytest.raises(Refusal) as caught:
        BOOK.level(f"FRA/{code}", date(2021, 7, 1))
    assert caught.value.reason is Reason.LEVEL_UNKNOWN


@pytest.mark.parametrize(
    ("higher", "lower", "expected"),
    [
        ("JPN/SDS", "JPN/CESI", True),
        ("JPN/CESI", "JPN/SDS", False),
        ("GBR/SC", "GBR/CTC", False),
        ("GBR/CTC", "GBR/SC", False),
        ("USA/TopSecret", "USA/Confidential", True),
        ("FRA/Secret", "FRA/ConfidentielDefense", False),
    ],
)
def test_which_level_serves_for_which(higher: str, lower: str, expected: bool) -> None:
    """The higher serves where the lower is asked for, never the other way, and never what is not declared."""
    assert BOOK.nation(higher.partition("/")[0]).order.serves(higher, lower) is expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.source}>{row.target}")
def test_row_is_found_by_its_digest(row: Equivalence) -> None:
    """An assertion names its row by content, and the verifier's own rulebook answers."""
    assert BOOK.row(row.digest) == row


def test_unknown_digest_is_no_row() -> None:
    """A row that this rulebook does not have is none."""
    assert BOOK.row("A" * 43) is None


@pytest.mark.parametrize("party", sorted(BOOK.parties))
def test_every_nation_has_rules_to_issue_by(party: str) -> None:
    """Every party but the organisation, whose members clear their own people, can run a node that issues."""
    assert (BOOK.rules(party) is None) == (party == "NATO")


def test_home_terms_are_those_of_the_acts() -> None:
    """Five years for the higher tier, ten for the lower."""
    rules = BOOK.rules("JPN")
    assert rules is not None
    assert (rules.terms, rules.zone) == ({"JPN/SDS": 5, "JPN/CESI": 10}, "Asia/Tokyo")


def test_home_organs_are_those_of_the_design() -> None:
    """The Cabinet Office screens for all but the Defence Ministry, which serves defence alone."""
    rules = BOOK.rules("JPN")
    assert rules is not None
    screened = {organ.name: (rules.screened_by(organ.name), organ.defence) for organ in rules.organs}
    assert screened == {
        "JPN/CAO": ("JPN/CAO", False),
        "JPN/METI": ("JPN/CAO", False),
        "JPN/MIC": ("JPN/CAO", False),
        "JPN/NPA": ("JPN/CAO", False),
        "JPN/MOD": ("JPN/MOD", True),
    }


def test_home_screening_covers_the_seven_items_of_the_acts() -> None:
    """Act No. 108 of 2013, Art. 12(2): the proposal's four, and relation to harm, handling of information, drinking."""
    rules = BOOK.rules("JPN")
    assert rules is not None
    assert set(rules.screening_items) == {
        "harmful_activities",
        "criminal_disciplinary_record",
        "information_handling",
        "drug_abuse",
        "mental_health",
        "drinking",
        "economic_condition",
    }


def test_home_papers_are_kept_five_years_and_one() -> None:
    """Positive results for five years after their end, all else of a screening for one."""
    rules = BOOK.rules("JPN")
    assert rules is not None
    assert (rules.keep_positive_years, rules.keep_other_years) == (5, 1)


@pytest.mark.parametrize("party", sorted(BOOK.nation_rules))
def test_every_nation_asks_two_people_for_the_same_acts(party: str) -> None:
    """Whatever a nation's levels are called, nobody concludes, lifts or admits alone."""
    rules = BOOK.rules(party)
    assert rules is not None
    wanted = {"admit_partner", "conclude_screening", "move_agreement", "record_clearances", "reinstate"}
    assert wanted <= rules.two_people_acts


def test_authority_names_stand_under_example() -> None:
    """No name of the rulebook is anybody's until the parties name their domains."""
    assert {party.authority for party in BOOK.parties.values()} == {
        f"{code.lower()}.clearance.example" for code in BOOK.parties
    }


@given(parties, st.booleans())
def test_party_is_found_by_its_authority(party: str, demonstration: bool) -> None:
    """A name leads back to its party."""
    names = BOOK.names(party, demonstration=demonstration)
    assert BOOK.party_of(names.authority, demonstration=demonstration) == party


@given(parties, st.booleans())
def test_demonstration_and_production_do_not_know_each_other(party: str, demonstration: bool) -> None:
    """A name of the other kind of node is nobody's."""
    names = BOOK.names(party, demonstration=not demonstration)
    assert BOOK.party_of(names.authority, demonstration=demonstration) is None


def test_agreements_between_two_parties_are_found_from_either_side() -> None:
    """An agreement belongs to both."""
    found = [BOOK.agreements_between(*pair) for pair in (("JPN", "KOR"), ("KOR", "JPN"), ("KOR", "USA"))]
    assert found == [(BOOK.agreement("JPN-KOR-2016"),), (BOOK.agreement("JPN-KOR-2016"),), ()]


def test_unknown_names_are_refused_each_with_its_reason() -> None:
    """What is not in the rulebook is not known."""
    reasons = []
    for find in (BOOK.nation, BOOK.agreement, BOOK.level):
        with pytest.raises(Refusal) as caught:
            find("XXX")
        reasons.append(caught.value.reason)
    assert reasons == [Reason.PARTY_UNKNOWN, Reason.AGREEMENT_UNKNOWN, Reason.LEVEL_UNKNOWN]
