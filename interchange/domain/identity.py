"""Who a person is, as the person's papers say it. Nothing here is generated, transliterated or rewritten.

Two people of one name and one birth date are told apart by the number of their document alone, so that a person is
only ever looked for by all three; and what is compared is a copy, never what is kept.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from unicodedata import category

from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from datetime import date

PASSPORT_NAME: Final = re.compile(r"[A-Z](?:[A-Z' .-]{0,79}[A-Z.])?", re.ASCII)
"""A name as a passport's Latin line has it (ICAO Doc 9303 part 3): capitals, with space, hyphen, apostrophe, point."""

DOCUMENT_NUMBER: Final = re.compile(r"[A-Z0-9]{1,20}", re.ASCII)
NATIONALITY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
"""ISO 3166-1 alpha-3, or one of the codes that ICAO adds for people without a nation."""

LONGEST_NAME: Final = 120
"""Characters of a name as written."""

FIRST_BIRTH_YEAR: Final = 1900
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True, repr=False)
class Presented:
    """What a person is found by: all of it, or nothing.

    Attributes:
        passport_family, passport_given: as in the passport's Latin line; the given name may be empty, for there are
            people with one name.
        birth_date: calendar day of birth.
        document_number: of the passport.
    """

    passport_family: str
    passport_given: str
    birth_date: date
    document_number: str

    def __post_init__(self) -> None:
        """Refuse what no passport says.

        Raises:
            Refusal: FIELD_MISSING, FIELD_FORM, DATE_ABSURD with the field's name, never its value.
        """
        for name, form in (("passport_family", PASSPORT_NAME), ("document_number", DOCUMENT_NUMBER)):
            if not getattr(self, name):
                raise refuse(Reason.FIELD_MISSING, name)
            if not form.fullmatch(getattr(self, name)):
                raise refuse(Reason.FIELD_FORM, name)
        if self.passport_given and not PASSPORT_NAME.fullmatch(self.passport_given):
            raise refuse(Reason.FIELD_FORM, "passport_given")
        if self.birth_date.year < FIRST_BIRTH_YEAR:
            raise refuse(Reason.DATE_ABSURD, "birth_date")

    def __repr__(self) -> str:
        """Show nothing, wherever it may be printed."""
        return "Presented(…)"

    def compared(self) -> bytes:
        """Spell the copy that is hashed for the look-up: the four values as JSON, runs of spaces as one space."""
        names = (" ".join(name.split()) for name in (self.passport_family, self.passport_given))
        return json.dumps([*names, self.birth_date.isoformat(), self.document_number]).encode()


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """A person's names, birth date, document and nationalities, as the person gave them.

    Attributes:
        family, given: as written in the person's own script.
        family_kana, given_kana: reading in kana; empty for those who have none.
        presented: passport names, birth date and document.
        nationalities: all of them, at least one, in the order given.
    """

    family: str
    given: str
    family_kana: str
    given_kana: str
    presented: Presented
    nationalities: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse empty names, invisible characters and nationalities that are no codes."""
        if not self.family:
            raise refuse(Reason.FIELD_MISSING, "family")
        for name in ("family", "given", "family_kana", "given_kana"):
            value: str = getattr(self, name)
            if len(value) > LONGEST_NAME or any(category(character) in _INVISIBLE for character in value):
                raise refuse(Reason.FIELD_FORM, name)
        if not self.nationalities:
            raise refuse(Reason.FIELD_MISSING, "nationalities")
        if len(set(self.nationalities)) != len(self.nationalities) or not all(
            NATIONALITY.fullmatch(code) for code in self.nationalities
        ):
            raise refuse(Reason.FIELD_FORM, "nationalities")

    def __repr__(self) -> str:
        """Show nothing, wherever it may be printed."""
        return "Identity(…)"
