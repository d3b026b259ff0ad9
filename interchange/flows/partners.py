"""Partners: admitting one pins its certificate authority, its root keys and its address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.crypto.authorities import check_ca, check_unmistakable
from interchange.crypto.both import BOTH
from interchange.crypto.keyring import check_keys
from interchange.domain.events import KeyRestricted, KeyringPublished
from interchange.domain.keyring import Keyring, accept_keyring
from interchange.domain.projects import Partner
from interchange.errors import Reason, refuse
from interchange.flows import tell
from interchange.flows.approvals import Second, listed
from interchange.flows.keyrings import check_apart
from interchange.flows.perform import Act
from interchange.flows.tell import News
from interchange.store import lanes, partners, told
from interchange.wire.keyring import keyring_digest, parse_keyring, payload_of

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class AdmitRequest:
    """A partner as its people described it by another way than the network.

    Attributes:
        party: its code.
        address: `host:port`.
        ca_pem: its certificate authority.
        keyring: its first or present keyring, JWS general JSON.
        root_pin: the fingerprint that its people read out; compared with the keyring's.
    """

    party: str
    address: str
    ca_pem: bytes
    keyring: bytes
    root_pin: str


def _decide(node: Node, tx: Tx, request: AdmitRequest, now: Instant) -> tuple[Partner, Keyring, bytes]:
    names = node.names_of(request.party)
    if names.authority == node.names.authority:
        raise refuse(Reason.FIELD_FORM, "party: a node does not admit itself")
    if not node.rulebook.agreements_between(node.party, request.party):
        raise refuse(Reason.AGREEMENT_UNKNOWN, "party")
    if partners.get(tx, request.party) is not None:
        raise refuse(Reason.ALREADY_KNOWN, "party")
    ca_pem = check_ca(request.ca_pem, names.authority)
    check_unmistakable(ca_pem, [node.home_ca(), *(partner.ca_pem for partner in partners.everyone(tx))])
    keyring, signatures = parse_keyring(request.keyring)
    if keyring.authority != names.authority:
        raise refuse(Reason.KEYRING_PARTY)
    if keyring.root_pin != request.root_pin:
        raise refuse(Reason.KEYRING_PIN)
    accept_keyring(None, keyring, signatures, BOTH)
    check_keys(keyring)
    check_apart(node, tx, keyring)
    if now >= keyring.expires:
        raise refuse(Reason.KEYRING_EXPIRED)
    return (
        Partner(request.party, names.authority, request.address, ca_pem, request.root_pin),
        keyring,
        request.keyring,
    )


def _write(node: Node, tx: Tx, decision: tuple[Partner, Keyring, bytes], _prepared: None, now: Instant) -> str:
    partner, keyring, jws = decision
    partners.admit(tx, partner, now)
    partners.add_keyring(tx, keyring.authority, keyring.number, jws, keyring_digest(payload_of(jws)), now)
    followed = node.names_of(partner.party).lane(node.party, keyring.generation)
    lanes.open_lane(tx, followed, partner.party, issued=False)
    tell.open_lane(node, tx, partner.party)
    own = node.keyring(tx, node.names.authority)
    own_jws = partners.keyring(tx, node.names.authority) or b""
    # The lane's first leaf names the keyring under which it begins, so that a partner sees at once if it has another;
    # what was narrowed since that keyring comes next, as the partners before heard it.
    news = [News(KeyringPublished(own.number, keyring_digest(payload_of(own_jws))))]
    narrowed = told.narrowings(tx, node.names.authority)
    news += [News(KeyRestricted(kid, *word)) for kid, known in narrowed.items() for word in known.told_as]
    tell.tell(node, tx, partner.party, news)
    return partner.party


ADMIT = Act("admit_partner", _decide, _write, second=Second(AdmitRequest, listed("admit_partner"), role="key-admin"))
