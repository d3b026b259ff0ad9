"""Agreements: where each stands today, the rulebook's beginning carried on by the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.agreements import MOVES
from interchange.store import agreement_moves

if TYPE_CHECKING:
    from datetime import date

    from interchange.domain.agreements import Agreement
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


def agreement_of(node: Node, tx: Tx, code: str) -> Agreement:
    """Read an agreement in its present state.

    Raises:
        Refusal: AGREEMENT_UNKNOWN.
    """
    return carried_on(node, tx, code)[0]


def carried_on(node: Node, tx: Tx, code: str) -> tuple[Agreement, date | None]:
    """Read an agreement in its present state, with the day of the step that led there.

    A step that a later rulebook has taken too is passed over, and so is whatever cannot follow on what that one says.

    Returns:
        (agreement, day); the day is None if the rulebook's own state stands.

    Raises:
        Refusal: AGREEMENT_UNKNOWN.
    """
    agreement, since = node.rulebook.agreement(code), None
    for state, day in agreement_moves.of(tx, code):
        if state in MOVES[agreement.state]:
            agreement, since = agreement.moved(state, day), day
    return agreement, since
