"""Endings: whatever ends, all that rests on it is revoked in the same transaction, and partners hear that alone.

A negative result, a consent taken back, a post left, a recognition lost: to a partner each reads as any other
revocation, event for event, so that no cause can be told from another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.events import Revoked
from interchange.flows.tell import News, tell
from interchange.store import assertions, clearances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.domain.projects import Clearance, IssuedAssertion
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


def revoke_all(node: Node, tx: Tx, issued: Sequence[IssuedAssertion], now: Instant) -> None:
    """Revoke assertions for ever, and tell each partner in one go, by partner code and then by their ids.

    Args:
        node: the node.
        tx: the transaction of the act that ends them.
        issued: live ones; none is fine, and then nobody is told anything.
        now: the instant of the act.
    """
    assertions.mark_revoked(tx, [each.jti for each in issued], now)
    for party in sorted({each.party for each in issued}):
        jtis = sorted(each.jti for each in issued if each.party == party)
        tell(node, tx, party, [News(Revoked(jti)) for jti in jtis])


def end_clearances(node: Node, tx: Tx, ended: Sequence[Clearance], now: Instant) -> None:
    """End clearances before their time, and revoke the live assertions that rest on them."""
    clearances.end(tx, [clearance.clearance_id for clearance in ended], now)
    resting = []
    for subject_id in {clearance.subject_id for clearance in ended}:
        of_person = {clearance.clearance_id for clearance in ended if clearance.subject_id == subject_id}
        live = assertions.live(tx, now, subject_id=subject_id)
        resting += [each for each in live if each.clearance_id in of_person]
    revoke_all(node, tx, resting, now)
