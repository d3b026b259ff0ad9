"""The signed statement about one participant, as a value whose construction proved its form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from interchange.domain.agreements import RowState
    from interchange.domain.time import Instant

VCT = "urn:clearance-interchange:assertion:1"
"""Type of the credential (SD-JWT VC `vct`); a new major form gets a new number."""

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
REFERENCE = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
"""A random reference towards one partner: 16 bytes in base64url, so that two partners cannot compare theirs."""
DIGEST = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
"""A SHA-256 digest in base64url without padding."""

MAX_SLOT = 1 << 24


class Kind(StrEnum):
    """On what the person's access rests."""

    CLEARED = "cleared"
    AUTHORISED_BY_FUNCTION = "authorised_by_function"
    """Exempt by law for the office held; never screened, never shown as cleared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """The claims of one assertion (design, section 4): a closed schema without name, birth date or reason.

    Attributes:
        iss: URI of the issuing organ.
        sub, project: random references of person and project towards this audience.
        aud: URI of the one party that may rely on it.
        jti: UUIDv4.
        iat, nbf, exp: signed, first valid, first no longer valid instant.
        purpose: of the project, from the issuer's closed list.
        home, partner: level names `PARTY/CODE` of issuer and audience.
        agreement, row, row_state: code of the treaty; digest and state of the equivalence that decided.
        kind: cleared, or authorised by function.
        until: last instant of the clearance itself, only where the row asks for it.
        status_uri, status_idx: slot in the issuer's status list for this audience.
        cnf: thumbprint of a key that the holder must show (RFC 7800 `jkt`), or None.
    """

    iss: str
    sub: str
    aud: str
    jti: str
    iat: Instant
    nbf: Instant
    exp: Instant
    project: str
    purpose: str
    home: str
    partner: str
    agreement: str
    row: str
    row_state: RowState
    kind: Kind
    status_uri: str
    status_idx: int
    until: Instant | None = None
    cnf: str | None = None

    def __post_init__(self) -> None:
        """Refuse forms that no issuer of ours signs."""
        if not UUID4.fullmatch(self.jti):
            raise refuse(Reason.CLAIM_FORM, "jti")
        for name in ("sub", "project"):
            if not REFERENCE.fullmatch(getattr(self, name)):
                raise refuse(Reason.CLAIM_FORM, name)
        if not DIGEST.fullmatch(self.row):
            raise refuse(Reason.CLAIM_FORM, "clr.row")
        # It may begin after it was signed: people are enrolled before their first day.
        if not self.nbf < self.exp or not self.iat < self.exp:
            raise refuse(Reason.CLAIM_FORM, "times")
        if not 0 <= self.status_idx < MAX_SLOT:
            raise refuse(Reason.CLAIM_FORM, "status.status_list.idx")
        if self.cnf is not None and not DIGEST.fullmatch(self.cnf):
            raise refuse(Reason.CLAIM_FORM, "cnf.jkt")
