"""How long what is known of a person is kept, once it has ended (NationRules.keep_positive_years, keep_other_years).

Something is kept up to and including the anniversary of its last day; 29 February counts as 28 where the year has none.
A term of 0 years never ends.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from interchange.domain.days import FIRST_YEAR, anniversary, day_of, end_of_day, start_of_day
from interchange.domain.screening import Conclusion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from interchange.domain.projects import Clearance
    from interchange.domain.rules import NationRules
    from interchange.domain.screening import Screening
    from interchange.domain.time import Instant


@dataclass(frozen=True, slots=True)
class Papers:
    """What is kept of one person.

    Attributes:
        registered_at: when the person was registered.
        identified: the identity is still kept.
        asserted: an assertion of the person is live.
        screenings, clearances: all that are kept.
        last_items: screening id → day of its latest item, for those of which items are kept.
    """

    registered_at: Instant
    identified: bool
    asserted: bool
    screenings: tuple[Screening, ...]
    clearances: tuple[Clearance, ...]
    last_items: Mapping[str, date]


@dataclass(frozen=True, slots=True)
class Due:
    """What of one person's papers is no longer kept: ids, and whether the identity is among it.

    Attributes:
        items: screenings of which the items go.
        screenings, clearances: which of them go whole.
        identity: names and look-ups go, since nothing rests on them any more.
    """

    items: frozenset[str] = frozenset()
    screenings: frozenset[str] = frozenset()
    clearances: frozenset[str] = frozenset()
    identity: bool = False

    def __bool__(self) -> bool:
        """Tell whether anything is to go."""
        return bool(self.items or self.screenings or self.clearances or self.identity)


def kept_since(years: int, now: Instant, zone: str) -> Instant | None:
    """Return the instant such that what had ended by then is no longer kept.

    Args:
        years: for how long things are kept; 0 keeps them.
        now: the instant of the question.
        zone: IANA zone in which the days are counted.

    Returns:
        An end at or before it is over for long enough, ends being first instants that no longer count; None if nothing
        is.
    """
    today = day_of(now, zone)
    if not years or today.year - years <= FIRST_YEAR:
        return None
    last = today.replace(year=today.year - years, day=min(today.day, 28)) + timedelta(days=4)
    while anniversary(last, years) >= today:
        last -= timedelta(days=1)
    return start_of_day(last + timedelta(days=1), zone)


def due(rules: NationRules, papers: Papers, now: Instant) -> Due:
    """Say what of a person's papers is no longer kept.

    A negative conclusion stays as long as it outweighs anything: were it to go before, the person would count as
    eligible again by the passing of time alone.

    Args:
        rules: of the home party.
        papers: all that is kept of the person.
        now: the instant of the question.
    """
    positive, other = (
        kept_since(years, now, rules.zone) for years in (rules.keep_positive_years, rules.keep_other_years)
    )
    ends = _ends(rules, papers)
    over = {
        screening.screening_id
        for screening in papers.screenings
        if _by(ends[screening.screening_id], positive if screening.conclusion is Conclusion.ELIGIBLE else other)
    }
    over -= _outweighing(papers.screenings, over)
    concluded = {
        screening.screening_id
        for screening in papers.screenings
        if screening.concluded_at is not None and _by(screening.concluded_at + 1, other)
    }
    clearances = {
        clearance.clearance_id
        for clearance in papers.clearances
        if (clearance.screening_id in over if clearance.screening_id else _by(_clearance_end(clearance), positive))
    }
    left = len(papers.screenings) - len(over) + len(papers.clearances) - len(clearances)
    return Due(
        items=frozenset(papers.last_items.keys() & (over | concluded)),
        screenings=frozenset(over),
        clearances=frozenset(clearances),
        identity=papers.identified and not papers.asserted and not left and _by(papers.registered_at + 1, other),
    )


def _by(end: Instant, bound: Instant | None) -> bool:
    return bound is not None and end <= bound


def _ends(rules: NationRules, papers: Papers) -> dict[str, Instant]:
    """Find the first instant at which each screening no longer counts; an act of a second is over with that second."""
    ends = {screening.screening_id: _own_end(rules, screening, papers.last_items) for screening in papers.screenings}
    for clearance in papers.clearances:
        if clearance.screening_id in ends:
            ends[clearance.screening_id] = max(ends[clearance.screening_id], _clearance_end(clearance))
    outweighed = [ends[each.screening_id] for each in papers.screenings if each.conclusion is Conclusion.ELIGIBLE]
    outweighed += [_clearance_end(clearance) for clearance in papers.clearances]
    for screening in _latest(papers.screenings):
        if screening.conclusion is Conclusion.NOT_ELIGIBLE:
            ends[screening.screening_id] = max(ends[screening.screening_id], *outweighed, 0)
    return ends


def _own_end(rules: NationRules, screening: Screening, last_items: Mapping[str, date]) -> Instant:
    if screening.concluded_at is None:
        if screening.ended_at is not None:
            return screening.ended_at + 1
        item = last_items.get(screening.screening_id)
        return max(screening.opened_at + 1, end_of_day(item, rules.zone) if item else 0)
    if screening.notified_on is None:
        return screening.concluded_at + 1
    if screening.conclusion is Conclusion.NOT_ELIGIBLE:
        return max(screening.concluded_at + 1, end_of_day(screening.notified_on, rules.zone))
    term = max(rules.clearance_end(level, screening.notified_on) for level in _levels(rules, screening.body))
    return term if screening.ended_at is None else min(term, screening.ended_at + 1)


def _levels(rules: NationRules, body: str) -> Iterable[str]:
    """Name the levels that may be granted on a screening by that body."""
    granted = {level for organ in rules.organs if rules.screened_by(organ.name) == body for level in organ.grants}
    return granted or rules.terms.keys()


def _clearance_end(clearance: Clearance) -> Instant:
    return clearance.ends_at if clearance.ended_at is None else min(clearance.ends_at, clearance.ended_at + 1)


def _concluded(screenings: Iterable[Screening]) -> dict[str, list[Screening]]:
    """Give each body's concluded screenings in the order in which `screening.adverse` weighs them."""
    found: dict[str, list[Screening]] = defaultdict(list)
    for screening in sorted(
        screenings, key=lambda each: (each.concluded_at or 0, each.conclusion is Conclusion.NOT_ELIGIBLE)
    ):
        if screening.conclusion is not None:
            found[screening.body].append(screening)
    return found


def _latest(screenings: Iterable[Screening]) -> list[Screening]:
    return [concluded[-1] for concluded in _concluded(screenings).values()]


def _outweighing(screenings: Iterable[Screening], over: set[str]) -> set[str]:
    """Find those that must wait for an older negative one of the same body, which would count again without them."""
    waiting: set[str] = set()
    for concluded in _concluded(screenings).values():
        negative = False
        for screening in concluded:
            if negative:
                waiting.add(screening.screening_id)
            kept = screening.screening_id not in over
            negative = negative or (kept and screening.conclusion is Conclusion.NOT_ELIGIBLE)
    return waiting
