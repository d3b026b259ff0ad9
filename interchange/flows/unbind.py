"""Unbind: an assertion's identity binding holds no more, and the assertion is as good as before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.consent import BOUND
from interchange.domain.events import BindingEnded
from interchange.flows.tell import News, tell
from interchange.store import assertions, bindings, consents, projects, told_bindings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.domain.projects import IssuedAssertion
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


def consented(node: Node, tx: Tx, issued: IssuedAssertion, now: Instant) -> bool:
    """Tell whether the person agrees today that this party learns who they are, for the project's purpose."""
    project = projects.get(tx, issued.project_id)
    purpose, today = project.purpose if project else "", node.today(now)
    return any(each.covers(issued.party, purpose, BOUND, today) for each in consents.of_subject(tx, issued.subject_id))


def unbind_all(node: Node, tx: Tx, subject_id: str, now: Instant) -> None:
    """End every binding of a person, as other papers do: partners hear that it ended and never why."""
    unbind(node, tx, _bound(tx, subject_id), now)


def unbind_unconsented(node: Node, tx: Tx, subject_id: str, now: Instant) -> None:
    """End the bindings of a person that no consent covers any more, though the assertions may stand on another one."""
    unbind(node, tx, [issued for issued in _bound(tx, subject_id) if not consented(node, tx, issued, now)], now)


def _bound(tx: Tx, subject_id: str) -> list[IssuedAssertion]:
    found = (assertions.get(tx, jti) for jti in bindings.unended_of(tx, subject_id))
    return [issued for issued in found if issued]


def unbind(node: Node, tx: Tx, ended: Sequence[IssuedAssertion], now: Instant) -> None:
    """End the bindings of these assertions: delete the sealed bytes, and tell it wherever somebody may rely on one."""
    for issued in ended:
        bindings.end(tx, issued.jti, now)
    # Of an assertion that has ended itself, nobody relies on the binding.
    live = [
        issued
        for issued in ended
        if issued.revoked_at is None
        and now < issued.exp
        and told_bindings.holding(tx, node.names.authority, issued.jti) is not None
    ]
    for party in sorted({issued.party for issued in live}):
        tell(node, tx, party, [News(BindingEnded(issued.jti)) for issued in live if issued.party == party])
