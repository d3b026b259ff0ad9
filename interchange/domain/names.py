"""Every outward name of a party, derived from its one authority name, and the strict readers of such names.

No name is configured a second time: whoever knows a party's authority knows its URIs, its lanes and its trust domain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from interchange.errors import Reason, refuse

ROLES: Final = ("partner", "coordinator", "officer", "key-admin", "auditor")
"""Roles that a certificate can give its holder; anything else in a SPIFFE URI is refused."""

AUDITORS: Final = "audit"
"""Stands where a lane names its partner; in lower case, so that no party code can be taken for it."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label starts with a letter, so that an IPv4 address is no authority.
_AUTHORITY = rf"(?P<authority>(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?)"
_PARTY = r"[A-Z]{3,4}"
_ORGAN = r"[A-Z][A-Z0-9]{1,11}"
_NUMBER = r"[1-9][0-9]{0,8}"
_NAME = r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?"

AUTHORITY: Final = re.compile(_AUTHORITY, re.ASCII)
PARTY: Final = re.compile(_PARTY, re.ASCII)
ORGAN: Final = re.compile(_ORGAN, re.ASCII)
_HOLDER = re.compile(_NAME, re.ASCII)
_PARTY_ORGAN = re.compile(rf"(?P<party>{_PARTY})/(?P<organ>{_ORGAN})", re.ASCII)
_PARTY_URI = re.compile(rf"https://{_AUTHORITY}", re.ASCII)
_ORGAN_URI = re.compile(rf"https://{_AUTHORITY}/organs/(?P<organ>{_ORGAN})", re.ASCII)
_LANE = re.compile(rf"{_AUTHORITY}/lane/(?P<reader>{_PARTY}|{AUDITORS})/(?P<generation>{_NUMBER})", re.ASCII)
_STATUS_URI = re.compile(rf"https://{_AUTHORITY}/status/(?P<partner>{_PARTY})/(?P<number>{_NUMBER})", re.ASCII)
_SPIFFE = re.compile(
    rf"spiffe://{_AUTHORITY}/(?P<role>{'|'.join(ROLES)})(?:/(?P<organ>{_ORGAN}))?/(?P<name>{_NAME})", re.ASCII
)

_MAX_AUTHORITY = 253  # RFC 1035 section 2.3.4, as text without the final dot
_MAX_NUMBER = 999_999_999


@dataclass(frozen=True, slots=True)
class Names:
    """A party's authority name and code, and all that follows from the two.

    Attributes:
        authority: DNS name in lower case, such as `aaa.clearance.example`.
        party: three or four capitals: ISO 3166-1 alpha-3, or the code of a listed organisation.
    """

    authority: str
    party: str

    def __post_init__(self) -> None:
        """Refuse a name that could be read in two ways."""
        if len(self.authority) > _MAX_AUTHORITY:
            raise refuse(Reason.FIELD_FORM, "authority")
        _read(AUTHORITY, self.authority, "authority")
        _read(PARTY, self.party, "party")

    @property
    def uri(self) -> str:
        """The party itself, as an assertion's audience."""
        return f"https://{self.authority}"

    @property
    def witness(self) -> str:
        """Name in the party's cosignature lines (C2SP tlog-cosignature)."""
        return f"{self.authority}/witness"

    @property
    def archive(self) -> str:
        """Name in the cosignature lines of the party's archive (C2SP tlog-cosignature)."""
        return f"{self.authority}/archive"

    def organ_uri(self, organ: str) -> str:
        """Name an organ of the party, as an assertion's issuer; `organ` is its bare code."""
        _read(ORGAN, organ, "organ")
        return f"{self.uri}/organs/{organ}"

    def lane(self, partner: str, generation: int) -> str:
        """Name the lane of all that `partner` is told; `generation` counts from 1."""
        _read(PARTY, partner, "partner")
        return f"{self.authority}/lane/{partner}/{_number(generation, 'generation')}"

    def audit_lane(self, generation: int) -> str:
        """Name the lane that is addressed to the auditors."""
        return f"{self.authority}/lane/{AUDITORS}/{_number(generation, 'generation')}"

    def status_uri(self, partner: str, number: int) -> str:
        """Name the status list that `partner` is served under that number, counting from 1."""
        _read(PARTY, partner, "partner")
        return f"{self.uri}/status/{partner}/{_number(number, 'number')}"

    def spiffe(self, role: str, name: str, organ: str | None = None) -> str:
        """Name a certificate's holder by SPIFFE URI; `organ` binds the holder to one office."""
        if role not in ROLES:
            raise refuse(Reason.FIELD_FORM, "role")
        _read(_HOLDER, name, "name")
        if organ is None:
            return f"spiffe://{self.authority}/{role}/{name}"
        _read(ORGAN, organ, "organ")
        return f"spiffe://{self.authority}/{role}/{organ}/{name}"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a certificate says its holder is; `organ` is None where the holder is bound to none."""

    authority: str
    role: str
    organ: str | None
    name: str


def parse_organ(text: str) -> tuple[str, str]:
    """Read `PARTY/ORGAN`, as people and registers write it, into party and organ codes."""
    match = _read(_PARTY_ORGAN, text, "organ")
    return match["party"], match["organ"]


def authority_of(uri: str) -> str:
    """Read a party URI (an audience) into its authority name."""
    return _read(_PARTY_URI, uri, "party uri")["authority"]


def organ_of(uri: str) -> tuple[str, str]:
    """Read an organ URI (an issuer) into authority name and organ code.

    Raises:
        Refusal: FIELD_FORM if it is not exactly what `Names.organ_uri` writes.
    """
    match = _read(_ORGAN_URI, uri, "organ uri")
    return match["authority"], match["organ"]


def lane_of(origin: str) -> tuple[str, str, int]:
    """Read a lane's origin into authority name, party told (or `AUDITORS`) and generation."""
    match = _read(_LANE, origin, "lane origin")
    return match["authority"], match["reader"], int(match["generation"])


def status_of(uri: str) -> tuple[str, str, int]:
    """Read the URI of a status list into authority name, party served and number."""
    match = _read(_STATUS_URI, uri, "status uri")
    return match["authority"], match["partner"], int(match["number"])


def holder_of(spiffe: str) -> Holder:
    """Read the SPIFFE URI of a certificate into who its holder is."""
    match = _read(_SPIFFE, spiffe, "spiffe uri")
    return Holder(match["authority"], match["role"], match["organ"], match["name"])


def _read(pattern: re.Pattern[str], text: str, where: str) -> re.Match[str]:
    match = pattern.fullmatch(text)
    if match is None or len(match.groupdict().get("authority", "")) > _MAX_AUTHORITY:
        raise refuse(Reason.FIELD_FORM, where)
    return match


def _number(value: int, where: str) -> int:
    if not 1 <= value <= _MAX_NUMBER:
        raise refuse(Reason.FIELD_FORM, where)
    return value
