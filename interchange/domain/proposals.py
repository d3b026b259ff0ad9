"""Acts of two people: what is proposed, what both sign, and when it may be carried out.

An approval is a signature over the statement with the approver's own key, checked again when the act is carried out.
So nobody approves anything by editing a database, and two certificates of one person are one person.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from interchange.domain.names import holder_of

if TYPE_CHECKING:
    from interchange.domain.time import Instant

LIFE: Final = 7 * 86_400
"""Seconds in which a proposal can be approved."""

LONGEST_WHY: Final = 200
"""Characters of a reason for a second person; it stays at home and names nobody."""

_DOMAIN: Final = "clearance-proposal/1"
"""Keeps these signatures apart from all others made with the same key."""


class Outcome(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    EXECUTED = "executed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Proposal:
    """An act that waits for a second person.

    Attributes:
        proposal_id: UUID.
        act: verb of the act table.
        organ: `PARTY/ORGAN` that it is done for, or empty; an approver bound to an organ approves for that one alone.
        caller: SPIFFE id of who proposed it.
        request_id: under which it was asked for, and under which it is carried out once.
        body: the request in its one spelling (`flows.canonical`).
        digest: SHA-256 of act and body, base64url.
        created_at, expires_at: from when until when it can be signed.
        outcome, result: what became of it.
    """

    proposal_id: str
    act: str
    organ: str
    caller: str
    request_id: str
    body: bytes
    digest: str
    created_at: Instant
    expires_at: Instant
    outcome: Outcome = Outcome.OPEN
    result: str = ""

    def statement(self, *, approves: bool, why: str) -> bytes:
        """Spell what a person signs: JSON, sorted keys, without spaces, ASCII.

        Args:
            approves: carry it out, or reject it.
            why: the signer's reason.
        """
        content = {
            "act": self.act,
            "approves": approves,
            "caller": self.caller,
            "digest": self.digest,
            "expires_at": self.expires_at,
            "organ": self.organ,
            "proposal": self.proposal_id,
            "typ": _DOMAIN,
            "why": why,
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode("ascii")


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's word on a proposal.

    Attributes:
        spiffe: SPIFFE id of the signer.
        approves, why: as in the statement.
        certificate: PEM, of the key that signed.
        signature: ECDSA P-256 with SHA-256, DER.
        at: when it was received.
    """

    spiffe: str
    approves: bool
    why: str
    certificate: bytes
    signature: bytes
    at: Instant


def person_of(spiffe: str) -> str:
    """Say which person a certificate names: authority and name, whatever the role, organ or number of certificates."""
    holder = holder_of(spiffe)
    return f"{holder.authority}/{holder.name}"
