"""What a node knows from its ledger: of its own assertions and of those its partners told it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.domain.names import authority_of
from interchange.domain.narrowing import joined, of_record
from interchange.domain.verdict import Facts
from interchange.flows.soundness import is_sound
from interchange.store import lanes, partners, told, witnessed

if TYPE_CHECKING:
    from interchange.domain.agreements import Equivalence
    from interchange.domain.assertion import Assertion
    from interchange.domain.keyring import KeyRecord, Keyring
    from interchange.domain.time import Instant
    from interchange.domain.verdict import Context
    from interchange.flows.node import Node
    from interchange.store.highwater import Marks
    from interchange.store.ledger import Tx


class LedgerKnowledge:
    """Knowledge of a node, read from the primary at each question; only parsed keyrings are kept."""

    def __init__(self, node: Node) -> None:
        """Look into the ledger of `node`."""
        self._node = node

    def key(self, kid: str) -> KeyRecord | None:
        """Find the key in our own or a partner's latest keyring."""
        return self._node.ledger.read(lambda tx: SnapshotKnowledge(self._node, tx).key(kid))

    def facts(self, assertion: Assertion, record: KeyRecord, context: Context) -> Facts:
        """Read what the issuer's lane told, in one snapshot; of our own lanes, unless they lack leaves, as of now."""
        node = self._node
        # Before the snapshot is taken, or the mark of a head that is signed meanwhile would seem to be above it.
        marks = node.highwater.marks() if record.authority == node.names.authority else None
        return node.ledger.read(lambda tx: SnapshotKnowledge(node, tx, marks).facts(assertion, record, context))


class SnapshotKnowledge:
    """The same knowledge as of one open transaction, for acts that rest on a verdict."""

    def __init__(self, node: Node, tx: Tx, marks: Marks | None = None) -> None:
        """Look into the ledger of `node` as `tx` sees it, with the high-water marks as they were before."""
        self._node, self._tx, self._marks = node, tx, marks

    def key(self, kid: str) -> KeyRecord | None:
        """Find the key in our own or a partner's latest keyring."""
        rings = (self._node.keyring(self._tx, authority) for authority in partners.keyring_numbers(self._tx))
        return next((key for ring in rings if (key := ring.key(kid))), None)

    def facts(self, assertion: Assertion, record: KeyRecord, context: Context) -> Facts:
        """Read what the issuer's lane told; of our own lanes, unless they lack leaves, knowledge is as of now."""
        tx, keyring = self._tx, self._node.keyring(self._tx, record.authority)
        return Facts(
            told=told.about(tx, record.authority, assertion.jti, assertion.project, assertion.agreement),
            as_of=self._as_of(assertion, record.authority, keyring, context.now),
            trusted_until=keyring.expires,
            restricted=self._restricted(assertion, keyring.key(record.kid)),
            row=row_of(self._node, assertion, record),
        )

    def _restricted(self, assertion: Assertion, record: KeyRecord | None) -> bool:
        """Tell whether what a key signed counts no more; `record` is its record in this snapshot's keyring.

        The one that the signature was checked with may be of a keyring before, which did not taint or drop the key yet.
        """
        if record is None:
            return True
        tx = self._tx
        narrowing = joined([of_record(record), told.narrowing(tx, record.authority, record.kid)])
        if narrowing is None or not narrowing.doubts:
            return False
        place = told.place_of(tx, record.authority, assertion.jti)
        if place is None:
            return True
        origin, n, _ = place
        return not narrowing.counts(n, lambda before: witnessed.size_before(tx, origin, before))

    def _as_of(self, assertion: Assertion, authority: str, keyring: Keyring, now: Instant) -> Instant | None:
        node = self._node
        if authority == node.names.authority:
            party = node.rulebook.party_of(authority_of(assertion.aud), demonstration=node.demonstration)
            own = lanes.head(self._tx, node.names.lane(party, keyring.generation)) if party else None
            # What a ledger from a backup does not know may be a revocation.
            return now if own and is_sound(node, self._tx, own, self._marks) else None
        head = lanes.head(self._tx, followed_origin(self._node, authority, keyring))
        if head is None or head.signed_at is None or head.received_at is None:
            return None
        return min(head.signed_at, head.received_at)


def row_of(node: Node, assertion: Assertion, record: KeyRecord) -> Equivalence | None:
    """Find the row, if it leads from the issuer's levels to the audience's: there are no chains."""
    row = node.rulebook.row(assertion.row)
    if row is None or node.names_of(row.source_party).authority != record.authority:
        return None
    return row if node.names_of(row.target_party).uri == assertion.aud else None


def withdrawn(tx: Tx, record: KeyRecord) -> bool:
    """Tell whether its party's lane has narrowed a key so that a signature of it alone shows nothing any more."""
    known = told.narrowing(tx, record.authority, record.kid)
    return known is not None and known.doubts


def followed_origin(node: Node, authority: str, keyring: Keyring) -> str:
    """Name the lane of a partner that is addressed to this node, in its current generation."""
    party = node.rulebook.party_of(authority, demonstration=node.demonstration)
    if party is None:
        message = "a keyring of an unlisted authority is never stored"
        raise AssertionError(message)
    return node.names_of(party).lane(node.party, keyring.generation)
