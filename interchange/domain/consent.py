"""A person's consent that something about them goes to another country: every part of it, or none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.time import Instant


class DataItem(StrEnum):
    """What may be told of a person."""

    LEVEL = "level"
    VALIDITY = "validity"
    PROJECT = "project"
    NAME = "name"
    BIRTH_DATE = "birth_date"
    DOCUMENT = "document"


ASSERTED: Final = frozenset({DataItem.LEVEL, DataItem.VALIDITY, DataItem.PROJECT})
"""What an assertion tells."""

BOUND: Final = frozenset({DataItem.NAME, DataItem.BIRTH_DATE, DataItem.DOCUMENT})
"""What an identity binding tells besides."""


@dataclass(frozen=True, slots=True)
class TransferConsent:
    """Consent to a transfer abroad (Act No. 57 of 2003, Art. 28: the person must know where to, and by what rules).

    Attributes:
        consent_id, subject_id: UUIDs.
        party: code of the country or organisation.
        recipient: office that receives it, as the person was told.
        purpose: code of the rulebook's closed list.
        items: what may be told.
        rules_information: which information on that country's rules the person was given, by its title and date.
        from_day, until_day: days of its effect, both included.
        withdrawn_at: when the person took it back, or None.
    """

    consent_id: str
    subject_id: str
    party: str
    recipient: str
    purpose: str
    items: frozenset[DataItem]
    rules_information: str
    from_day: date
    until_day: date
    withdrawn_at: Instant | None = None

    def __post_init__(self) -> None:
        """Refuse a consent of which a part is missing, with the part's name."""
        for name in ("party", "recipient", "purpose", "items", "rules_information"):
            if not getattr(self, name):
                raise refuse(Reason.FIELD_MISSING, name)
        if self.until_day < self.from_day:
            raise refuse(Reason.DATE_ABSURD, "until_day")

    def covers(self, party: str, purpose: str, items: frozenset[DataItem], day: date) -> bool:
        """Tell whether these items may be told to that party for that purpose on that day."""
        in_time = self.withdrawn_at is None and self.from_day <= day <= self.until_day
        return in_time and (self.party, self.purpose) == (party, purpose) and items <= self.items
