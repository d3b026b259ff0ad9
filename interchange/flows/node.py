"""What every flow of a node works with: its party, its rulebook, its ledger and its keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interchange.domain.days import day_of
from interchange.domain.keyring import Keyring, Role
from interchange.errors import Reason, refuse
from interchange.flows.seen import Seen
from interchange.store import partners, told
from interchange.wire.keyring import parse_keyring

if TYPE_CHECKING:
    from datetime import date

    from interchange.crypto.box import BoxOpener
    from interchange.crypto.signer import Signer
    from interchange.crypto.vault import Vault
    from interchange.domain.keyring import KeyRecord
    from interchange.domain.names import Names
    from interchange.domain.rules import NationRules
    from interchange.domain.time import Instant
    from interchange.rulebook.load import Rulebook
    from interchange.store.highwater import HighWater
    from interchange.store.ledger import Ledger, Tx


@dataclass(frozen=True, slots=True)
class Chance:
    """Where random things come from; tests give their own. Key material never comes from here.

    Attributes:
        uuid: a new UUIDv4 as text.
        reference: a new 16-byte reference in base64url, 22 characters.
        below: a uniform random number below its argument.
    """

    uuid: Callable[[], str]
    reference: Callable[[], str]
    below: Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Node:
    """One nation's node, as flows see it; doors build it once.

    Attributes:
        names: everything that derives from the node's authority name.
        rulebook: levels, agreements, rules.
        demonstration: works under a demonstration authority; partners are taken as demonstration nodes too.
        accept_working: issue and rely on rows that no lawyer has confirmed.
        ledger: the database.
        highwater: the file beside the signer that remembers how far each lane was signed.
        signers: kid → private key.
        openers: kid → private key of role `binding`, which opens what partners seal to us.
        status_slots: slots of a new status list.
        chance: source of ids.
        vault: seals and finds identities.
        home_ca: reads the home certificate authority, PEM, anew each time, since it can be renewed.
        committed: called after a transaction that told something to a lane, to wake watchers.
        misses_per_day: how often a coordinator may ask on one day for people who are not confirmed.
        seen: verifications by partners that are not written yet.
    """

    names: Names
    rulebook: Rulebook
    demonstration: bool
    accept_working: bool
    ledger: Ledger
    highwater: HighWater
    signers: Mapping[str, Signer]
    openers: Mapping[str, BoxOpener]
    status_slots: int
    chance: Chance
    vault: Vault
    home_ca: Callable[[], bytes]
    committed: Callable[[], None]
    misses_per_day: int = 100
    seen: Seen = field(default_factory=Seen, repr=False)
    _parsed: dict[bytes, Keyring] = field(default_factory=dict, repr=False)

    @property
    def party(self) -> str:
        """The node's own party code."""
        return self.names.party

    @property
    def rules(self) -> NationRules:
        """The nation's rules; a party without rules cannot issue."""
        rules = self.rulebook.rules(self.party)
        if rules is None:
            raise refuse(Reason.PARTY_UNKNOWN, "no rules to issue by")
        return rules

    def today(self, now: Instant) -> date:
        """Say which calendar day it is in the nation's zone."""
        return day_of(now, self.rules.zone)

    def names_of(self, party: str) -> Names:
        """Everything that derives from a partner's authority name."""
        return self.rulebook.names(party, demonstration=self.demonstration)

    def keyring(self, tx: Tx, authority: str) -> Keyring:
        """Read the latest accepted keyring of an authority, or refuse KEYRING_MISSING."""
        jws = partners.keyring(tx, authority)
        if jws is None:
            raise refuse(Reason.KEYRING_MISSING)
        if jws not in self._parsed:
            self._parsed[jws] = parse_keyring(jws)[0]
        return self._parsed[jws]

    def signing_key(self, tx: Tx, role: Role, now: Instant, organ: str = "") -> KeyRecord:
        """Choose the key of the role that may sign now and whose private half is here, the newest if several.

        Raises:
            Refusal: KEYRING_MISSING, KEYRING_EXPIRED; SIGNER_UNAVAILABLE if no key of the keyring may sign now;
                KEY_RESTRICTED if those that might are narrowed.
        """
        keyring = self.keyring(tx, self.names.authority)
        if now >= keyring.expires:
            raise refuse(Reason.KEYRING_EXPIRED, self.party)
        usable = [
            key for key in keyring.sound(role) if key.organ == organ and key.signs_at(now) and key.kid in self.signers
        ]
        if not usable:
            raise refuse(Reason.SIGNER_UNAVAILABLE, f"{role.value} {organ}".strip())
        free = [key for key in usable if told.restriction(tx, key.authority, key.kid) is None]
        if not free:
            raise refuse(Reason.KEY_RESTRICTED, f"{role.value} {organ}".strip())
        return max(free, key=lambda key: key.sign_from)
