"""Standing of our own assertions, as the node answers its own people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.standing import Standing, standing
from interchange.store import projects, told

if TYPE_CHECKING:
    from interchange.domain.projects import IssuedAssertion
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


def standing_of(node: Node, tx: Tx, issued: IssuedAssertion, now: Instant) -> Standing:
    """Derive the standing of an assertion of ours from what its lane has told."""
    project = projects.get(tx, issued.project_id)
    partner = project.partner(issued.party) if project else None
    reference = partner.reference if partner else ""
    known = told.about(tx, node.names.authority, issued.jti, reference, issued.agreement)
    held = known is not None and known.held
    return standing(revoked=issued.revoked_at is not None, held=held, exp=issued.exp, now=now)
