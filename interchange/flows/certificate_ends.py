"""When the certificates end that this node and its partners need to reach each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from interchange.crypto.own_certificate import ends_at
from interchange.store import partners

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


class CertificateEnd(NamedTuple):
    """A certificate: what it is, in words without a person, and the last second at which it holds."""

    what: str
    ends_at: Instant


def certificate_ends(node: Node, tx: Tx) -> list[CertificateEnd]:
    """List the certificates of a node, of its party's authority and of its partners', the one that ends first first.

    Those of people are theirs to renew, and are not known here.

    Args:
        node: the node.
        tx: an open transaction.

    Returns:
        `node certificate`, `authority of PARTY` for the home party and each partner.

    Raises:
        Refusal: CERTIFICATE_FORM when one of them cannot be read.
    """
    found = [CertificateEnd("node certificate", ends_at(node.own_certificate()))]
    found.append(CertificateEnd(f"authority of {node.party}", ends_at(node.home_ca())))
    found += [
        CertificateEnd(f"authority of {partner.party}", ends_at(partner.ca_pem)) for partner in partners.everyone(tx)
    ]
    return sorted(found, key=lambda each: (each.ends_at, each.what))
