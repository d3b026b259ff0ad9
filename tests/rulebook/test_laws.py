"""The five mapping laws as properties over all levels and agreements of the rulebook that the package carries."""

from collections.abc import Iterator
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interchange.domain.agreements import Agreement, Equivalence
from interchange.domain.levels import Ceiling, Level
from interchange.domain.mapping import check_laws, translate
from interchange.errors import Refusal
from interchange.rulebook.load import load

BOOK = load()
DAY = date(2026, 6, 1)
ROWS = [row for agreement in BOOK.agreements.values() for row in agreement.rows]
LEVELS = [level.name for party in BOOK.parties.values() for level in party.levels]

levels = st.sampled_from(LEVELS)
parties = st.sampled_from(sorted(BOOK.parties))
agreements = st.sampled_from(list(BOOK.agreements.values()))


def translations(agreement: Agreement) -> Iterator[tuple[Level, Level, Equivalence]]:
    """Try every level of the rulebook with every party, and yield what comes out."""
    for name, to_party in product(LEVELS, BOOK.parties):
        try:
            row = translate(agreement, name, to_party, DAY)
        except Refusal:
            continue
        yield BOOK.level(name), BOOK.level(row.target), row


def test_the_packaged_rulebook_keeps_the_five_laws() -> None:
    """Loading checked them; this is the same check in the open."""
    check_laws(BOOK.parties, BOOK.agreements.values())


@given(agreements)
def test_no_translation_rises(agreement: Agreement) -> None:
    """Law 1 over all levels and parties: the target opens at most what the source opens."""
    rising = [
        row
        for source, target, row in translations(agreement)
        if source.ceiling is None or target.ceiling is None or target.ceiling > source.ceiling
    ]
    assert rising == []


def test_cesi_never_reaches_secret_and_sds_never_top_secret() -> None:
    """Law 1 for the two tiers at home: each has a cap that no row lifts."""
    caps = {"JPN/CESI": Ceiling.C, "JPN/SDS": Ceiling.S}
    reached = [
        (row.source, row.target)
        for row in ROWS
        if row.source in caps and (BOOK.level(row.target).ceiling or Ceiling.TS) > caps[row.source]
    ]
    assert reached == []


def test_top_secret_is_never_exchanged() -> None:
    """No row begins or ends at a level of the highest rung."""
    assert [row for row in ROWS if Ceiling.TS in {BOOK.level(row.source).ceiling, BOOK.level(row.target).ceiling}] == []


@given(agreements)
def test_translation_keeps_the_order(agreement: Agreement) -> None:
    """Law 2 over all levels: if one serves for another, so do their images."""
    found = list(translations(agreement))
    turned = [
        (one.source, other.source)
        for (a, x, one), (b, y, other) in product(found, found)
        if a.party == b.party
        and BOOK.nation(a.party).order.serves(a.name, b.name)
        and not BOOK.nation(x.party).order.serves(x.name, y.name)
    ]
    assert turned == []


@given(agreements)
def test_round_trip_gains_nothing(agreement: Agreement) -> None:
    """Law 3 from either side: there and back ends at the start or below it."""
    found = list(translations(agreement))
    gained = [
        (there.source, back.target)
        for (a, _, there), (_, z, back) in product(found, found)
        if there.target == back.source and not BOOK.nation(a.party).order.serves(a.name, z.name)
    ]
    assert gained == []


@given(levels, parties, st.data())
def test_no_partners_level_travels_through_a_third(name: str, third: str, data: st.DataObject) -> None:
    """Law 4: under an agreement that is not its party's own, a level translates into nothing."""
    own = name.partition("/")[0]
    others = [agreement for agreement in BOOK.agreements.values() if own not in agreement.parties]
    if others:
        with pytest.raises(Refusal):
            translate(data.draw(st.sampled_from(others)), name, third, DAY)


@given(st.text(max_size=12), parties, agreements)
def test_misspelt_level_translates_into_nothing(text: str, to_party: str, agreement: Agreement) -> None:
    """Law 5: whatever is not a level's exact name is refused."""
    for name in (text, f"JPN/{text}", f"JPN/SDS{text or ' '}"):
        if name not in LEVELS:
            with pytest.raises(Refusal):
                translate(agreement, name, to_party, DAY)
