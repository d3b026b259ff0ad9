"""Expire: report, once, what has come to its end. Verdicts never wait for this; they look at the clock themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.domain.events import ActPerformed
from interchange.flows import tell
from interchange.flows.approvals import act_digest
from interchange.store import assertions

if TYPE_CHECKING:
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

CALLER = "job:expire"


@dataclass(frozen=True, slots=True)
class Ended:
    """What one pass reported, as the audit lane's digest covers it."""

    jtis: tuple[str, ...]


def report_expired(node: Node, now: Instant) -> list[str]:
    """Mark all assertions that have expired since the last pass, and audit the pass if there were any.

    Returns:
        Their ids. A pass that was missed is made up by the next one.
    """

    def work(tx: Tx) -> list[str]:
        ended = [issued.jti for issued in assertions.newly_expired(tx, now)]
        if ended:
            assertions.mark_expired(tx, ended, now)
            digest = act_digest("expire", Ended(tuple(ended)))
            tell.audit(node, tx, ActPerformed("expire", CALLER, node.chance.uuid(), digest, now))
        return ended

    return node.ledger.transact(work)
