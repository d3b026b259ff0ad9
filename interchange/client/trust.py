"""Trust of an offline reader: one party's pinned keyring, and what may be read out of it by one other party."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Required, TypedDict

from interchange.crypto.families import at_hand
from interchange.crypto.keyring import check_keys
from interchange.domain.keyring import accept_keyring
from interchange.domain.names import Names
from interchange.domain.verdict import Context
from interchange.errors import Reason, refuse
from interchange.rulebook.load import DEMONSTRATION, Rulebook, load
from interchange.wire.keyring import parse_keyring

if TYPE_CHECKING:
    from interchange.domain.agreements import Equivalence
    from interchange.domain.keyring import Keyring
    from interchange.domain.time import Instant


class Terms(TypedDict, total=False):
    """What a reader decides once, given by keyword.

    Attributes:
        root_pin: fingerprint of the issuer's root keys, 64 hexadecimal digits, learnt another way than the keyring.
        party: code of the reader's own party, which the assertions must be addressed to.
        rulebook: where rows are looked up; the one that the package carries, if it is not given.
        max_age: seconds that knowledge may be old before a verdict says STALE.
        accept_working: rely on rows that no lawyer has confirmed; demonstrations only.
    """

    root_pin: Required[str]
    party: Required[str]
    rulebook: Rulebook
    max_age: int
    accept_working: bool


@dataclass(frozen=True, slots=True, eq=False)
class Trust:
    """One party's word to another; to build it with `pinned` is to have checked the root signatures.

    Those of Ed25519 always, those of ML-DSA-65 where the keyring asks for them and `cryptography` is installed: with
    PyNaCl alone a reader rests on the Ed25519 half, and still takes no keyring that drops the other
    (`crypto.families`).

    Attributes:
        keyring: the issuing party's keyring.
        issuer, reader: outward names of the party that issues and of the one that relies on it.
        rulebook, max_age, accept_working: as in `Terms`.
    """

    keyring: Keyring
    issuer: Names
    reader: Names
    rulebook: Rulebook
    max_age: int
    accept_working: bool

    @classmethod
    def pinned(cls, keyring: bytes, usual_age: int, terms: Terms) -> Trust:
        """Begin to trust a party; everything rests on the pin.

        Args:
            keyring: JWS general JSON.
            usual_age: `max_age` where the terms give none.
            terms: what the reader decided.

        Raises:
            Refusal: KEYRING_PIN other root keys; KEYRING_THRESHOLD; KEYRING_FORM; KEY_WEAK; KEYRING_PARTY an authority
                that the rulebook does not list; PARTY_UNKNOWN no such own party.
        """
        candidate, signatures = parse_keyring(keyring)
        if candidate.root_pin != terms["root_pin"]:
            raise refuse(Reason.KEYRING_PIN)
        accepted = accept_keyring(None, candidate, signatures, at_hand(candidate.thresholds))
        check_keys(accepted)
        rulebook = terms["rulebook"] if "rulebook" in terms else load()
        # One kind of node speaks to its own kind only, so that the issuer's name tells the reader's.
        demonstration = accepted.authority.startswith(DEMONSTRATION)
        code = rulebook.party_of(accepted.authority, demonstration=demonstration)
        if code is None:
            raise refuse(Reason.KEYRING_PARTY, "authority")
        return cls(
            keyring=accepted,
            issuer=Names(accepted.authority, code),
            reader=rulebook.names(terms["party"], demonstration=demonstration),
            rulebook=rulebook,
            max_age=terms.get("max_age", usual_age),
            accept_working=terms.get("accept_working", False),
        )

    @property
    def origin(self) -> str:
        """Name of the lane that the issuer addresses to the reader, in the keyring's generation."""
        return self.issuer.lane(self.reader.party, self.keyring.generation)

    def row(self, digest: str) -> Equivalence | None:
        """Find a row by its digest, if it leads from the issuer's levels to the reader's: there are no chains."""
        row = self.rulebook.row(digest)
        if row is None or (row.source_party, row.target_party) != (self.issuer.party, self.reader.party):
            return None
        return row

    def context(self, project: str, now: Instant) -> Context:
        """Say who asks, for the reader's reference of a project, at `now`."""
        return Context(self.reader.uri, project, now, self.max_age, self.accept_working)

    def followed_by(self, keyring: bytes) -> Trust:
        """Trust the party's next keyring.

        Args:
            keyring: JWS general JSON, the number after the present one.

        Raises:
            Refusal: KEYRING_NUMBER also for another generation, whose lane begins anew and needs a new follower;
                KEYRING_THRESHOLD; KEYRING_PARTY; KEYRING_FORM; KEY_WEAK.
        """
        candidate, signatures = parse_keyring(keyring)
        checks = at_hand(self.keyring.thresholds.keys() | candidate.thresholds.keys())
        accepted = accept_keyring(self.keyring, candidate, signatures, checks)
        if accepted.generation != self.keyring.generation:
            raise refuse(Reason.KEYRING_NUMBER, "another generation: follow its lane from the beginning")
        check_keys(accepted)
        return replace(self, keyring=accepted)
