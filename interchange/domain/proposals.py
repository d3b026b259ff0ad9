"""Acts of two people: what is proposed, what both sign, and when it may be carried out.

An approval is a signature over the statement with the approver's own key, checked again when the act is carried out.
So nobody approves anything by editing a database, and two certificates of one person are one person.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from interchange.domain.names import holder_of
from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

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

    @classmethod
    def told(cls, answer: Mapping[str, Any]) -> Proposal:
        """Read one as a node tells it, for who is to sign it.

        Args:
            answer: the message, fields by their names in the proto, times as RFC 3339 text. The request id is not told.

        Raises:
            Refusal: FIELD_FORM.
        """
        try:
            created_at, expires_at = (datetime.fromisoformat(answer[name]) for name in ("created_at", "expires_at"))
            outcome = str(answer["outcome"]).removeprefix("PROPOSAL_OUTCOME_").lower()
            return cls(
                proposal_id=answer["proposal_id"],
                act=answer["act"],
                organ=answer["organ"],
                caller=answer["caller"],
                request_id="",
                body=answer["request"].encode(),
                digest=answer["digest"],
                created_at=int(created_at.timestamp()),
                expires_at=int(expires_at.timestamp()),
                # One that nobody approved in time is open, and its time is over.
                outcome=Outcome.OPEN if outcome == "expired" else Outcome(outcome),
                result=answer["result"],
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            raise refuse(Reason.FIELD_FORM, "proposal") from None

    def is_open(self, now: Instant) -> bool:
        """Tell whether it can be signed and carried out.

        When it began follows from its end, which is signed; `created_at` is for people to read.
        """
        return self.outcome is Outcome.OPEN and self.received(now)

    def received(self, at: Instant) -> bool:
        """Tell whether a signature can have been received at an instant: in the life of the proposal."""
        return self.expires_at - LIFE <= at < self.expires_at

    def check_digest(self) -> None:
        """Refuse one whose digest is of something else than its act and body say.

        Whoever signs looks at this first, or a node could show one act and have another one signed.

        Raises:
            Refusal: PROPOSAL_SIGNATURE.
        """
        if self.digest != digest_of(self.act, self.body):
            raise refuse(Reason.PROPOSAL_SIGNATURE, "digest")

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


def digest_of(act: str, body: bytes) -> str:
    """Digest what exactly is to be done: SHA-256 of act, newline and body, base64url without padding.

    Args:
        act: verb of the act table.
        body: the request in its one spelling.
    """
    return urlsafe_b64encode(sha256(act.encode() + b"\n" + body).digest()).rstrip(b"=").decode()


def person_of(spiffe: str) -> str:
    """Say which person a certificate names: authority and name, whatever the role, organ or number of certificates."""
    holder = holder_of(spiffe)
    return f"{holder.authority}/{holder.name}"
