"""Taking a list of withdrawn certificates: of the home party's authority, or of a partner's under its pinned one.

One person suffices: a list only narrows, and nothing that was withdrawn comes back by a later one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.crypto.withdrawals import check_withdrawals
from interchange.errors import Reason, refuse
from interchange.flows.perform import Act
from interchange.store import partners, withdrawals

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class InstallRequest:
    """A list of withdrawn certificates.

    Attributes:
        party: code of the party whose authority signed it.
        crl: X.509 revocation list, PEM.
    """

    party: str
    crl: bytes


def result_of(party: str, number: int) -> str:
    """Name a list that was taken."""
    return f"{party}/{number}"


def read_result(result: str) -> tuple[str, int]:
    """Read `result_of` back.

    Raises:
        ValueError: it is no such name.
    """
    party, _, number = result.partition("/")
    return party, int(number)


def _decide(node: Node, tx: Tx, request: InstallRequest, _now: Instant) -> tuple[str, int, bytes]:
    if request.party == node.party:
        ca_pem = node.home_ca()
    else:
        partner = partners.get(tx, request.party)
        if partner is None:
            raise refuse(Reason.PARTNER_UNKNOWN, "party")
        ca_pem = partner.ca_pem
    number = check_withdrawals(request.crl, ca_pem).number
    if number <= withdrawals.newest(tx, request.party):
        raise refuse(Reason.WITHDRAWALS_OLDER)
    return request.party, number, request.crl


def _write(_node: Node, tx: Tx, decision: tuple[str, int, bytes], _prepared: None, now: Instant) -> str:
    party, number, crl = decision
    withdrawals.add(tx, party, number, crl, now)
    return result_of(party, number)


INSTALL = Act("install_withdrawals", _decide, _write)
