"""What every flow of a node works with: its party, its rulebook, its ledger and its keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interchange.crypto.archivers import Archivers, NoArchivers
from interchange.domain.days import day_of
from interchange.domain.keyring import Keyring, Role
from interchange.domain.stages import Stage
from interchange.errors import Reason, refuse
from interchange.flows.seen import Seen
from interchange.flows.uses import Uses
from interchange.flows.withdrawn import Withdrawn
from interchange.store import keys, partners
from interchange.wire.keyring import parse_keyring

if TYPE_CHECKING:
    from datetime import date

    from interchange.crypto.keychain import Keychain, Openers
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
        signers: the private keys that sign, by kid.
        openers: the private keys of role `binding`, which open what partners seal to us, by kid.
        archivers: the private keys of role `archive`, which cosign our lanes once a day, by kid.
        status_slots: slots of a new status list.
        chance: source of ids.
        vault: seals and finds identities.
        home_ca: reads the home certificate authority, PEM, anew each time, since it can be renewed.
        own_certificate: reads the node's own certificate, PEM, likewise.
        committed: called after a transaction that told something to a lane, to wake watchers.
        misses_per_day: how often a coordinator may ask on one day for people who are not confirmed.
        jwks_cache: seconds for which programs may keep our JWK set.
        keys_ahead: days before the end of a signing window from which on there is to be a successor; 0 for none.
        activates_keys: let a successor that everybody knows sign without being asked, shortly before the end.
        seen: verifications by partners that are not written yet.
        withdrawn: which certificates are withdrawn, as far as it was looked up.
        uses: signatures of our keys that are not written yet.
    """

    names: Names
    rulebook: Rulebook
    demonstration: bool
    accept_working: bool
    ledger: Ledger
    highwater: HighWater
    signers: Keychain
    openers: Openers
    status_slots: int
    chance: Chance
    vault: Vault
    home_ca: Callable[[], bytes]
    own_certificate: Callable[[], bytes]
    committed: Callable[[], None]
    misses_per_day: int = 100
    archivers: Archivers = field(default_factory=NoArchivers)
    jwks_cache: int = 3600
    keys_ahead: int = 60
    activates_keys: bool = False
    seen: Seen = field(default_factory=Seen, repr=False)
    withdrawn: Withdrawn = field(default_factory=Withdrawn, repr=False)
    uses: Uses = field(default_factory=Uses, repr=False)
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
        """Give the one key of a use that is active, if it may sign now and its private half is here.

        Raises:
            Refusal: KEYRING_MISSING, KEYRING_EXPIRED; KEY_RESTRICTED if none is active since those there were have been
                suspended, retired or tainted; SIGNER_UNAVAILABLE if none is, or it cannot sign now.
        """
        keyring = self.keyring(tx, self.names.authority)
        if now >= keyring.expires:
            raise refuse(Reason.KEYRING_EXPIRED, self.party)
        kid = keys.active(tx, role, organ)
        key = keyring.key(kid) if kid else None
        if key is not None and key.tainted_since is None and key.signs_at(now) and self.holds(key):
            return key
        ended = {Stage.SUSPENDED, Stage.RETIRED, Stage.TAINTED}
        of_use = keys.of_use(tx, self.names.authority, role, organ)
        narrowed = kid is None and any(each.stage in ended for each in of_use)
        reason = Reason.KEY_RESTRICTED if narrowed else Reason.SIGNER_UNAVAILABLE
        raise refuse(reason, f"{role.value} {organ}".strip())

    def holds(self, record: KeyRecord) -> bool:
        """Tell whether the private half of a key is here."""
        apart: dict[Role, Mapping[str, object]] = {Role.BINDING: self.openers, Role.ARCHIVE: self.archivers}
        return record.kid in apart.get(record.role, self.signers)
