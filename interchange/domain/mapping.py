"""Translation of a level by one row of one agreement, and the laws that all rows together must keep.

The laws (each refusal names the counter-example, which is levels and never people):
1. never up: the target's ceiling is at most the source's;
2. order kept: what serves for another level at the source serves for its image at the target;
3. round trip never up: there and back again ends at the start or below it;
4. no chain: a row joins the two parties of its own agreement, so that no level travels through a third;
5. known codes only: a row names levels that exist on every day of its effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import combinations, permutations

from interchange.domain.agreements import Agreement, Equivalence
from interchange.domain.levels import Ceiling, Level, Party, parse_level
from interchange.errors import Reason, refuse


def translate(agreement: Agreement, level_name: str, to_party: str, on: date) -> Equivalence:
    """Find the one row that translates a level for the other party of an agreement.

    There is no default and no chain: what no row says is refused.

    Args:
        agreement: in its present state, as the ledger carries it.
        level_name: `PARTY/CODE` of the other party than `to_party`.
        to_party: code of the party for which it is translated.
        on: calendar day in the issuing party's zone.

    Returns:
        The row, whose `target` is the translation.

    Raises:
        Refusal: LEVEL_UNKNOWN if it is no level name; AGREEMENT_NOT_IN_FORCE on that day; NO_ROW if the agreement is
            not between these two parties or has no row with effect on that day.
    """
    parse_level(level_name)
    if not agreement.in_force(on):
        raise refuse(Reason.AGREEMENT_NOT_IN_FORCE, agreement.code)
    for row in agreement.rows:
        if row.source == level_name and row.target_party == to_party and row.effective_on(on):
            return row
    raise refuse(Reason.NO_ROW, agreement.code)


def check_laws(parties: Mapping[str, Party], agreements: Iterable[Agreement]) -> None:
    """Check the five laws over all rows, and that no two rows compete; return nothing if all hold.

    Args:
        parties: code → party, of all parties that the agreements name.
        agreements: all agreements of the rulebook.

    Raises:
        Refusal: PARTY_UNKNOWN, RULEBOOK_CHAIN, LEVEL_UNKNOWN, RULEBOOK_CEILING, RULEBOOK_UP, RULEBOOK_FORM (two rows
            compete), RULEBOOK_ORDER or RULEBOOK_ROUND_TRIP, with the counter-example in `where`.
    """
    rows: list[Equivalence] = []
    for agreement in agreements:
        for code in agreement.parties:
            if code not in parties:
                raise refuse(Reason.PARTY_UNKNOWN, f"{agreement.code}: {code}")
        for row in agreement.rows:
            _check_chain(agreement, row)
            _check_up(row, *(_known(parties, row, name) for name in (row.source, row.target)))
        for one, other in combinations(agreement.rows, 2):
            _check_single(one, other)
        rows += agreement.rows
    for one, other in permutations(rows, 2):
        if one.overlaps(other):
            _check_order(parties, one, other)
            _check_round_trip(parties, one, other)


def _check_chain(agreement: Agreement, row: Equivalence) -> None:
    if {row.source_party, row.target_party} != set(agreement.parties):
        raise refuse(Reason.RULEBOOK_CHAIN, _shown(row))


def _known(parties: Mapping[str, Party], row: Equivalence, name: str) -> Level:
    level = parties[parse_level(name)[0]].level(name)
    if level is None:
        raise refuse(Reason.LEVEL_UNKNOWN, f"{_shown(row)}: {name}")
    # A row without an end outlives every level that has one.
    if level.until_day is not None and (row.until_day is None or row.until_day > level.until_day):
        raise refuse(Reason.LEVEL_UNKNOWN, f"{_shown(row)}: {name} ends on {level.until_day.isoformat()}")
    return level


def _check_up(row: Equivalence, source: Level, target: Level) -> None:
    above, below = _ceiling(row, source), _ceiling(row, target)
    if below > above:
        raise refuse(Reason.RULEBOOK_UP, f"{_shown(row)}: {above.name} to {below.name}")


def _ceiling(row: Equivalence, level: Level) -> Ceiling:
    if level.ceiling is None:
        raise refuse(Reason.RULEBOOK_CEILING, f"{_shown(row)}: {level.name}")
    return level.ceiling


def _check_single(one: Equivalence, other: Equivalence) -> None:
    if one.source == other.source and one.overlaps(other):
        raise refuse(Reason.RULEBOOK_FORM, f"two rows for one level: {_shown(one)}, {_shown(other)}")


def _check_order(parties: Mapping[str, Party], one: Equivalence, other: Equivalence) -> None:
    if (one.source_party, one.target_party) != (other.source_party, other.target_party):
        return
    serves_there = parties[one.target_party].order.serves(one.target, other.target)
    if parties[one.source_party].order.serves(one.source, other.source) and not serves_there:
        raise refuse(Reason.RULEBOOK_ORDER, f"{_shown(one)}, {_shown(other)}")


def _check_round_trip(parties: Mapping[str, Party], there: Equivalence, back: Equivalence) -> None:
    if there.target != back.source or there.source_party != back.target_party:
        return
    if not parties[there.source_party].order.serves(there.source, back.target):
        raise refuse(Reason.RULEBOOK_ROUND_TRIP, f"{_shown(there)}, {_shown(back)}")


def _shown(row: Equivalence) -> str:
    return f"{row.agreement}: {row.source} -> {row.target}"
