"""Identity bindings: who the subject of an assertion is, told to its one audience alone.

An assertion carries no name (design, section 4). Whoever stands at the partner's gate must show to be its subject, so
that the organ that signed the assertion signs a binding besides, which is sealed to the partner's own key.
"""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from typing import TYPE_CHECKING

from interchange.domain.assertion import REFERENCE, UUID4
from interchange.domain.names import authority_of, organ_of
from interchange.errors import Reason, Refusal, refuse

if TYPE_CHECKING:
    from interchange.domain.assertion import Assertion
    from interchange.domain.identity import Identity, Presented
    from interchange.domain.time import Instant


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Binding:
    """The claims of one binding: those that name its assertion, when it was signed, and the person.

    Attributes:
        iss, sub, aud, jti, exp: exactly those of the assertion.
        iat: when the binding was signed.
        identity: names, birth date, document and nationalities, as the person's papers say them.
    """

    iss: str
    sub: str
    aud: str
    jti: str
    iat: Instant
    exp: Instant
    identity: Identity

    def __post_init__(self) -> None:
        """Refuse forms that no assertion has.

        Raises:
            Refusal: CLAIM_FORM with the claim's name.
        """
        for name, read in (("iss", organ_of), ("aud", authority_of)):
            try:
                read(getattr(self, name))
            except Refusal:
                raise refuse(Reason.CLAIM_FORM, name) from None
        if not REFERENCE.fullmatch(self.sub):
            raise refuse(Reason.CLAIM_FORM, "sub")
        if not UUID4.fullmatch(self.jti):
            raise refuse(Reason.CLAIM_FORM, "jti")
        if not self.iat < self.exp:
            raise refuse(Reason.CLAIM_FORM, "times")

    def __repr__(self) -> str:
        """Show nothing, wherever it may be printed."""
        return "Binding(…)"

    def check_of(self, assertion: Assertion) -> None:
        """Refuse BINDING_WRONG, with the first claim that differs, unless it is this assertion's."""
        for name in ("iss", "sub", "aud", "jti", "exp"):
            if getattr(self, name) != getattr(assertion, name):
                raise refuse(Reason.BINDING_WRONG, name)

    def matches(self, presented: Presented) -> bool:
        """Tell whether the papers shown are the subject's: name, birth date and document, all of it or nothing."""
        return compare_digest(self.identity.presented.compared(), presented.compared())


@dataclass(frozen=True, slots=True)
class SentBinding:
    """A binding that we sent, and what became of it; nothing here says of whom.

    Attributes:
        jti: of its assertion.
        sha256: digest of the sealed bytes, as the lane tells it, base64url.
        party: to whom it is sealed.
        organ: `PARTY/ORGAN` that signed it.
        sent_at: when it was told.
        confirmed_at: when the partner confirmed the match, and the sealed bytes were deleted; or None.
        unmatched_at: when the partner last said that somebody else had stood there; or None.
        ended_at: when we ended it, and deleted the sealed bytes; or None.
    """

    jti: str
    sha256: str
    party: str
    organ: str
    sent_at: Instant
    confirmed_at: Instant | None = None
    unmatched_at: Instant | None = None
    ended_at: Instant | None = None
