"""Agreements: where each stands today, the rulebook's beginning carried on by the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.store import agreement_moves

if TYPE_CHECKING:
    from interchange.domain.agreements import Agreement
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


def agreement_of(node: Node, tx: Tx, code: str) -> Agreement:
    """Read an agreement in its present state.

    Raises:
        Refusal: AGREEMENT_UNKNOWN.
    """
    agreement = node.rulebook.agreement(code)
    for state, day in agreement_moves.of(tx, code):
        agreement = agreement.moved(state, day)
    return agreement
