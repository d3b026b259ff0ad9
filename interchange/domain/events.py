"""What a lane tells: the events that change standing, and the acts that the audit lane keeps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from interchange.domain.time import Instant


class Scope(StrEnum):
    """What a hold told to a partner is on; never why."""

    ASSERTION = "assertion"
    PROJECT = "project"
    AGREEMENT = "agreement"


class Restriction(StrEnum):
    """How a key is narrowed before the next keyring says so: it signs no more, whichever of the three it is.

    Which of what it signed still counts, `domain.narrowing` says.
    """

    SUSPENDED = "suspended"
    """Nobody relies on it until it is known what happened."""
    RETIRED = "retired"
    """It has done its work; what it signed stays good."""
    TAINTED = "tainted"
    """A thief may have it; what was there before the thief stays good."""


@dataclass(frozen=True, slots=True)
class AssertionIssued:
    """An assertion exists; its JWS travels beside the leaf.

    Attributes:
        jti: its UUID.
        idx: its slot in the status list.
        sha256: digest of the JWS bytes, base64url.
    """

    jti: str
    idx: int
    sha256: str


@dataclass(frozen=True, slots=True)
class HoldPlaced:
    """A hold opened. `hold` names it for its lifting; `of` is a jti, a project reference or an agreement's code."""

    hold: str
    scope: Scope
    of: str


@dataclass(frozen=True, slots=True)
class HoldLifted:
    """The hold of that name closed; others stay."""

    hold: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """The assertion is revoked for ever."""

    jti: str


@dataclass(frozen=True, slots=True)
class KeyRestricted:
    """A key is narrowed; `since` is given for a taint only."""

    kid: str
    how: Restriction
    since: Instant | None = None


@dataclass(frozen=True, slots=True)
class KeyringPublished:
    """A keyring of that number and digest (SHA-256 of its payload, base64url) is out."""

    number: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BindingSent:
    """An identity binding to the assertion was sent; a binding of another digest is refused.

    Attributes:
        jti: the assertion's UUID.
        sha256: digest of the sealed bytes, base64url.
    """

    jti: str
    sha256: str


@dataclass(frozen=True, slots=True)
class BindingEnded:
    """The assertion's binding holds no more; the assertion itself is as good as before."""

    jti: str


@dataclass(frozen=True, slots=True)
class ActPerformed:
    """An act on the node, for the auditors' lane only.

    Attributes:
        act: the verb of the act table.
        caller: SPIFFE id of who did it.
        request: its request id.
        sha256: digest of request and result, base64url.
        at: the node's clock.
    """

    act: str
    caller: str
    request: str
    sha256: str
    at: Instant


Event: TypeAlias = (
    AssertionIssued
    | HoldPlaced
    | HoldLifted
    | Revoked
    | KeyRestricted
    | KeyringPublished
    | BindingSent
    | BindingEnded
    | ActPerformed
)
