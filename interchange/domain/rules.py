"""A party's own rules, as data: how long a level lasts, which organs grant it, who screens, what needs two people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from interchange.domain.days import end_of_day, last_valid_day, zone_of
from interchange.domain.eras import Era
from interchange.domain.levels import LevelOrder
from interchange.domain.names import ORGAN
from interchange.domain.time import Instant
from interchange.errors import Reason, refuse

CODE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
"""Codes of screening items and acts."""

LONGEST_KEEPING = 50
"""Years."""

LONGEST_TERM = 15
"""Years; a longer term in a rulebook is taken for a typing error."""


@dataclass(frozen=True, slots=True)
class Organ:
    """An office of a party that grants clearances and signs for them with its own key.

    Attributes:
        party, code: together its name, `PARTY/ORGAN`; the bare code stands in the organ's URI.
        title, native_title: English and own name.
        central: the body that screens once for all organs that do not screen on their own.
        own_screening: its grants rest on its own screening and on no other.
        defence: projects marked as defence need a screening by this organ.
        grants: names of the levels it grants.
    """

    party: str
    code: str
    title: str
    native_title: str
    central: bool
    own_screening: bool
    defence: bool
    grants: frozenset[str]

    def __post_init__(self) -> None:
        """Refuse a code that fits no URI, and a defence organ whose screening nobody could name."""
        if not ORGAN.fullmatch(self.code):
            raise refuse(Reason.RULEBOOK_FORM, "organ code")
        if self.central and self.own_screening:
            raise refuse(Reason.RULEBOOK_FORM, f"{self.name}: the central body's screening is everybody's")
        if self.defence and not (self.central or self.own_screening):
            raise refuse(Reason.RULEBOOK_FORM, f"{self.name}: defence without a screening")

    @property
    def name(self) -> str:
        """`PARTY/ORGAN`, as people and registers write it."""
        return f"{self.party}/{self.code}"


@dataclass(frozen=True, slots=True, eq=False)
class NationRules:
    """What a party's law says about its own clearances; a node issues by the rules of its own party alone.

    Attributes:
        party: whose rules they are.
        zone: IANA zone in which the party counts calendar days.
        terms: level name → years that a clearance lasts; a level without a term is not granted.
        order: which level serves where another is asked for.
        organs: offices that grant; exactly one is the central body.
        two_people: names of the levels whose issue needs a second person.
        purposes: closed list of what an assertion may be used for.
        two_people_acts: names of the acts that need a second person, whatever the level.
        screening_items: code → title of what a screening must look into; that it was done is recorded, never what it
            found.
        keep_positive_years, keep_other_years: after a positive result has ended, and after anything else of a screening
            has, for how long its documents are kept; 0 keeps them.
        eras: names of years in which the nation's people may write days.
    """

    party: str
    zone: str
    terms: Mapping[str, int]
    order: LevelOrder
    organs: tuple[Organ, ...]
    two_people: frozenset[str]
    purposes: frozenset[str]
    two_people_acts: frozenset[str] = frozenset()
    screening_items: Mapping[str, str] = field(default_factory=dict)
    keep_positive_years: int = 0
    keep_other_years: int = 0
    eras: tuple[Era, ...] = ()

    def __post_init__(self) -> None:
        """Refuse rules that name what they do not define."""
        zone_of(self.zone)
        names = {organ.name for organ in self.organs if organ.party == self.party}
        if len(names) != len(self.organs):
            raise refuse(Reason.RULEBOOK_FORM, "an organ occurs twice or is another party's")
        if sum(organ.central for organ in self.organs) != 1:
            raise refuse(Reason.RULEBOOK_FORM, "not exactly one central organ")
        for named in (frozenset(self.terms) - self.order.names, self.two_people - self.terms.keys()):
            if named:
                raise refuse(Reason.LEVEL_UNKNOWN, min(named))
        for organ in self.organs:
            if organ.grants - self.terms.keys():
                raise refuse(Reason.LEVEL_UNKNOWN, f"{organ.name}: {min(organ.grants - self.terms.keys())}")
        if not all(1 <= years <= LONGEST_TERM for years in self.terms.values()):
            raise refuse(Reason.RULEBOOK_FORM, "terms")
        if not self.purposes:
            raise refuse(Reason.RULEBOOK_FORM, "purposes")
        if not all(CODE.fullmatch(code) for code in (*self.screening_items, *self.two_people_acts)):
            raise refuse(Reason.RULEBOOK_FORM, "screening_items or two_people_acts")
        if not all(0 <= years <= LONGEST_KEEPING for years in (self.keep_positive_years, self.keep_other_years)):
            raise refuse(Reason.RULEBOOK_FORM, "keep")

    @property
    def central(self) -> Organ:
        """The body that screens once for all organs that do not screen on their own."""
        return next(organ for organ in self.organs if organ.central)

    def organ(self, name: str) -> Organ:
        """Find an organ by its name, `PARTY/ORGAN`.

        Raises:
            Refusal: NOT_KNOWN if the party has none of that name.
        """
        found = next((organ for organ in self.organs if organ.name == name), None)
        if found is None:
            raise refuse(Reason.NOT_KNOWN, "organ")
        return found

    def clearance_end(self, level: str, notified_on: date) -> Instant:
        """Return the first instant at which a clearance is no longer valid.

        Args:
            level: name of the level granted.
            notified_on: calendar day, in the party's zone, on which the person was notified of the result.

        Raises:
            Refusal: LEVEL_UNKNOWN if the party does not grant that level; DATE_ABSURD for a day out of bounds.
        """
        years = self.terms.get(level)
        if years is None:
            raise refuse(Reason.LEVEL_UNKNOWN, "level")
        return end_of_day(last_valid_day(notified_on, years), self.zone)

    def may_grant(self, organ: str, level: str) -> bool:
        """Tell whether that organ grants that level, both by name; False for what is not the party's."""
        return any(known.name == organ and level in known.grants for known in self.organs)

    def screens(self, organ: str) -> bool:
        """Tell whether that organ screens people: the central body, and organs that screen on their own."""
        return any(known.name == organ and (known.central or known.own_screening) for known in self.organs)

    def screened_by(self, organ: str) -> str:
        """Return the name of the one organ on whose screening that organ's grants rest."""
        return organ if self.organ(organ).own_screening else self.central.name

    def serves_defence(self, organ: str) -> bool:
        """Tell whether a grant of that organ serves for a project marked as defence."""
        return any(known.name == organ and known.defence for known in self.organs)

    def needs_two(self, level: str) -> bool:
        """Tell whether issuing at that level needs a second person."""
        return level in self.two_people
