"""Was it valid then, as known then? Answered from what witnesses had cosigned by then, never from a time in a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.names import authority_of
from interchange.domain.narrowing import joined, of_record
from interchange.domain.past import PastFacts, judge_past, past_of
from interchange.errors import Reason, refuse
from interchange.flows.knowledge import followed_origin, row_of
from interchange.flows.soundness import is_sound
from interchange.flows.verify import Examined, examine
from interchange.store import lanes, partners, told, told_then, witnessed
from interchange.wire.keyring import parse_keyring

if TYPE_CHECKING:
    from interchange.domain.assertion import Assertion
    from interchange.domain.keyring import KeyRecord, Keyring
    from interchange.domain.past import PastVerdict
    from interchange.domain.time import Instant
    from interchange.domain.verdict import Context
    from interchange.flows.node import Node
    from interchange.store.highwater import Marks
    from interchange.store.ledger import Tx


def verify_as_known(node: Node, token: bytes, context: Context, now: Instant) -> PastVerdict:
    """Judge one assertion by what this node knew at an instant, and could show to have known.

    Taken are the keyring that was in force here, and the leaves that a witness had cosigned by then: of a followed lane
    this node, of an own lane the partner that it is addressed to. A revocation or taint that was told later is left
    out. The rulebook is today's.

    Args:
        node: the node.
        token: a JWS compact, exactly as received.
        context: who asks, for which project; its `now` is the instant that is asked about, its `max_age` is not used.
        now: the instant of the question.

    Raises:
        Refusal: DATE_ABSURD for an instant that is still to come.
    """
    if context.now > now:
        raise refuse(Reason.DATE_ABSURD, "known_on")
    # Before the snapshot is taken, or the mark of a head that is signed meanwhile would seem to be above it.
    marks = node.highwater.marks()

    def look(tx: Tx) -> PastVerdict:
        then = _Then(node, tx, context.now, marks)
        read = examine(token, then, context)
        if not isinstance(read, Examined):
            return past_of(read, context.now)
        return judge_past(read.assertion, read.sha256, then.facts(read.assertion, read.record), context)

    return node.ledger.read(look)


class _Then:
    """What the ledger, as `tx` sees it, shows to have been known at an instant."""

    def __init__(self, node: Node, tx: Tx, at: Instant, marks: Marks) -> None:
        self._node, self._tx, self._at, self._marks = node, tx, at, marks
        found = {authority: partners.keyring_at(tx, authority, at) for authority in partners.keyring_numbers(tx)}
        self._rings = {authority: parse_keyring(jws)[0] for authority, jws in found.items() if jws is not None}

    def key(self, kid: str) -> KeyRecord | None:
        return next((key for ring in self._rings.values() if (key := ring.key(kid))), None)

    def facts(self, assertion: Assertion, record: KeyRecord) -> PastFacts:
        tx, keyring = self._tx, self._rings[record.authority]
        place = told.place_of(tx, record.authority, assertion.jti)
        origin = self._origin(assertion, record, keyring) if place is None else place[0]
        seen = self._witnessed(origin)
        size = seen.size if seen else 0
        lane = (tx, record.authority, origin, size)
        about = told_then.about(*lane, jti=assertion.jti, project=assertion.project, agreement=assertion.agreement)
        narrowing = joined([of_record(record), told_then.narrowing(*lane, kid=record.kid, keyring=keyring.number)])
        restricted = narrowing is not None and (
            place is None or not narrowing.counts(place[1], lambda before: witnessed.size_before(tx, origin, before))
        )
        return PastFacts(
            told=about,
            told_later=about is None and place is not None,
            size=size,
            witnessed_at=seen.at if seen else None,
            trusted_until=keyring.expires,
            restricted=restricted,
            row=row_of(self._node, assertion, record),
        )

    def _origin(self, assertion: Assertion, record: KeyRecord, keyring: Keyring) -> str:
        """Name the lane that would tell it, which may not be there."""
        node = self._node
        if record.authority != node.names.authority:
            return followed_origin(node, record.authority, keyring)
        party = node.rulebook.party_of(authority_of(assertion.aud), demonstration=node.demonstration)
        return node.names.lane(party, keyring.generation) if party else ""

    def _witnessed(self, origin: str) -> witnessed.Witnessed | None:
        """Read what was witnessed by then; of a lane of ours that lacks leaves nothing is, since one may revoke."""
        head = lanes.head(self._tx, origin)
        if head is None or (head.issued and not is_sound(self._node, self._tx, head, self._marks)):
            return None
        return witnessed.last_before(self._tx, origin, self._at + 1)
