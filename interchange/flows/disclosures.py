"""What a person can be told: what was asserted about them to whom, what was sent besides, and who asked about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interchange.domain.envelope import ASSERTION_TYP
from interchange.errors import Reason, refuse
from interchange.flows.standings import standing_of
from interchange.store import assertions, bindings, projects, subjects
from interchange.wire import strict_json
from interchange.wire.envelope import parse_compact

if TYPE_CHECKING:
    from interchange.domain.binding import SentBinding
    from interchange.domain.projects import IssuedAssertion
    from interchange.domain.standing import Standing
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class Disclosure:
    """An assertion about a person, as the person is told of it.

    Attributes:
        issued: the assertion.
        standing: at the instant of the question.
        title: of the project.
        home, partner: levels that it states; empty once the token is no longer kept.
        begins: first instant at which it was valid; None once the token is no longer kept.
        bindings: identity bindings to it that were sent.
    """

    issued: IssuedAssertion
    standing: Standing
    title: str
    home: str
    partner: str
    begins: Instant | None
    bindings: tuple[SentBinding, ...]


def disclosures_of(
    node: Node, tx: Tx, subject_id: str, now: Instant, *, organ: str = "", after: str = "", limit: int = 100
) -> list[Disclosure]:
    """List what was asserted about a person, in the order of the assertions' ids, from the one after `after` on.

    Args:
        node: the node.
        tx: an open transaction.
        subject_id: the person.
        now: the instant of the question.
        organ: only what this organ signed, by its name; empty for all.
        after: id of the last assertion that is known.
        limit: most entries.

    Raises:
        Refusal: NOT_KNOWN if nobody is called so.
    """
    check_known(tx, subject_id)
    found = assertions.of_subject(tx, subject_id, organ=organ, after=after, limit=limit)
    return [_disclosure(node, tx, issued, now) for issued in found]


def check_known(tx: Tx, subject_id: str) -> None:
    """Refuse NOT_KNOWN if nobody is called so; one whose identity is no longer kept is still known by the number."""
    if subjects.get(tx, subject_id) is None:
        raise refuse(Reason.NOT_KNOWN, "subject_id")


def _disclosure(node: Node, tx: Tx, issued: IssuedAssertion, now: Instant) -> Disclosure:
    project = projects.get(tx, issued.project_id)
    said = _said(assertions.token(tx, issued))
    return Disclosure(
        issued=issued,
        standing=standing_of(node, tx, issued, now),
        title=project.title if project else "",
        home=said["clr"]["home"] if said else "",
        partner=said["clr"]["partner"] if said else "",
        begins=said["nbf"] if said else None,
        bindings=tuple(bindings.page(tx, jti=issued.jti)),
    )


def _said(token: bytes | None) -> Any:  # noqa: ANN401 - JSON
    """Read the claims of a token of our own, which lies in the ledger as it was signed; None if it is gone."""
    return None if token is None else strict_json.loads(parse_compact(token, ASSERTION_TYP).payload)
