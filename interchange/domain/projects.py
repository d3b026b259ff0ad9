"""Joint projects, clearances and holds, as the home party knows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from interchange.domain.assertion import Kind

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.standing import HoldScope
    from interchange.domain.time import Instant


class Field(StrEnum):
    """What a joint project is about."""

    AI = "ai"
    SEMICONDUCTORS = "semiconductors"
    CYBER_ATTACK = "cyber_attack"
    CYBER_DEFENCE = "cyber_defence"


@dataclass(frozen=True, slots=True)
class ProjectPartner:
    """A partner of a project: party code, code of the agreement it rests on, random reference towards it."""

    party: str
    agreement: str
    reference: str


@dataclass(frozen=True, slots=True)
class Project:
    """A joint R&D project.

    Attributes:
        project_id: UUID, known to the home party only.
        title: for coordinators; never leaves the node.
        field: what it is about.
        defence: needs the screening of the organ that serves defence.
        ceiling, floor: home levels; nobody is asserted above the one, nor admitted below the other.
        purpose: from the rulebook's closed list.
        from_day, until_day: first and last calendar day in the home party's zone.
        partners: at least one.
        sites: where it takes place, for visits; names of places, no people.
        closed_at: when it was closed, or None.
    """

    project_id: str
    title: str
    field: Field
    defence: bool
    ceiling: str
    floor: str
    purpose: str
    from_day: date
    until_day: date
    partners: tuple[ProjectPartner, ...]
    sites: tuple[str, ...] = ()
    closed_at: Instant | None = None

    def partner(self, party: str) -> ProjectPartner | None:
        """Find the partner of that code, or None."""
        return next((partner for partner in self.partners if partner.party == party), None)


@dataclass(frozen=True, slots=True)
class Clearance:
    """A level that an organ granted, or that the law itself gives to the holder of an office.

    Attributes:
        clearance_id, subject_id: UUIDs.
        organ: `PARTY/ORGAN` that granted it.
        level: its name.
        notified_on: day from which the term runs; of an authorisation by function, its first day.
        ends_at: first instant after its last valid day.
        employer_id: where the person works.
        screening_id: on which it rests; None for an authorisation by function, which rests on none.
        kind: cleared, or authorised by function and never to be shown as cleared.
        ended_at: when it was ended before its time, or None.
    """

    clearance_id: str
    subject_id: str
    organ: str
    level: str
    notified_on: date
    ends_at: Instant
    employer_id: str
    screening_id: str | None = None
    kind: Kind = Kind.CLEARED
    ended_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Participant:
    """A person enrolled in a project towards one partner.

    Attributes:
        participant_id, project_id, subject_id: UUIDs.
        party: code of the partner.
        employer_id: as the coordinator named it.
        from_day, until_day: days of taking part, both included.
        jti: the assertion that stands for it.
        enrolled_at: when.
        ended_at: when the coordinator withdrew the person, or None.
    """

    participant_id: str
    project_id: str
    subject_id: str
    party: str
    employer_id: str
    from_day: date
    until_day: date
    jti: str
    enrolled_at: Instant
    ended_at: Instant | None = None


class HoldCause(StrEnum):
    """Why a hold was opened, where another act opened it; never told to anybody outside."""

    REASSESSMENT = "reassessment"
    AGREEMENT_SUSPENDED = "agreement_suspended"


@dataclass(frozen=True, slots=True)
class Hold:
    """An open or closed suspension with its true scope; `cause` is known at home only, None where none was named."""

    hold_id: str
    scope: HoldScope
    ref: str
    opened_at: Instant
    closed_at: Instant | None = None
    cause: HoldCause | None = None


@dataclass(frozen=True, slots=True)
class IssuedAssertion:
    """An assertion of ours, with what is not told.

    Attributes:
        jti: the assertion's id.
        subject_id, employer_id, project_id: whom and what it concerns at home.
        party, agreement: towards whom, and under which treaty.
        organ: who signed.
        origin, n: its place in the lane.
        list_number, idx: its slot.
        iat, exp: signed, first no longer valid instant.
        clearance_id: on which it rests.
        kid: of the key that signed; empty where that was not recorded and the token is no longer kept.
        revoked_at: when it was revoked, or None.
    """

    jti: str
    subject_id: str
    employer_id: str
    project_id: str
    party: str
    agreement: str
    organ: str
    origin: str
    n: int
    list_number: int
    idx: int
    iat: Instant
    exp: Instant
    clearance_id: str
    kid: str
    revoked_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Partner:
    """An admitted partner.

    Attributes:
        party, authority: code and authority name.
        address: `host:port` of its node.
        ca_pem: the one certificate authority whose certificates may speak for it.
        root_pin: fingerprint of its root keys, as compared with its people.
    """

    party: str
    authority: str
    address: str
    ca_pem: bytes
    root_pin: str
