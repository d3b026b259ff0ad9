"""What a bundle proves: that the issuer's lane tells one assertion, and what the status list says of its slot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.client.directory import CHECKPOINT, PROOF, STATUS_LIST
from interchange.crypto.check import check_signature
from interchange.domain.envelope import STATUS_TYP
from interchange.domain.events import AssertionIssued
from interchange.domain.keyring import Role
from interchange.domain.merkle import leaf_hash
from interchange.domain.merkle_proof import verify_inclusion
from interchange.domain.standing import Standing
from interchange.domain.time import SKEW
from interchange.domain.verdict import Facts, Told
from interchange.errors import Reason, Refusal, refuse
from interchange.flows.checkpoints import check_checkpoint
from interchange.wire.envelope import parse_compact
from interchange.wire.events import parse_leaf
from interchange.wire.proof import parse_proof
from interchange.wire.status_list import MAX_STATUS_TOKEN, StatusList, parse_status_claims

if TYPE_CHECKING:
    from interchange.client.directory import Bundle
    from interchange.client.trust import Trust
    from interchange.domain.assertion import Assertion
    from interchange.domain.checkpoint import Checkpoint
    from interchange.domain.events import Event
    from interchange.domain.keyring import KeyRecord
    from interchange.domain.time import Instant
    from interchange.domain.verdict import Context


@dataclass(frozen=True, slots=True)
class BundleKnowledge:
    """Knowledge (`flows.verify`) from a bundle under a pinned keyring; evidence is checked when it is asked for."""

    trust: Trust
    bundle: Bundle

    def key(self, kid: str) -> KeyRecord | None:
        """Find the key in the pinned keyring, or None."""
        return self.trust.keyring.key(kid)

    def facts(self, assertion: Assertion, record: KeyRecord, context: Context) -> Facts:
        """Check the evidence as of `context.now`, and say what it tells of an assertion.

        Returns:
            Knowledge as of the status list's signing. The list's own `exp` binds programs that can fetch another; here
            the reader's `max_age` decides.

        Raises:
            Refusal: any that the parts raise, with the name of the file.
        """
        head, event = self._proven(context.now)
        told, as_of = None, None
        # A bundle about another assertion names another slot, of perhaps another list: nothing to look up.
        if isinstance(event, AssertionIssued) and event.jti == assertion.jti:
            listed = self._listed(assertion.status_uri, head, context.now)
            with _in_file(STATUS_LIST):
                told = _told(event, listed.status(assertion.status_idx))
            as_of = listed.iat
        return Facts(
            told=told,
            as_of=as_of,
            trusted_until=self.trust.keyring.expires,
            # The keyring says since when the key may have been stolen, but no file says that this was signed before.
            restricted=record.tainted_since is not None,
            row=self.trust.row(assertion.row),
        )

    def _proven(self, now: Instant) -> tuple[Checkpoint, Event]:
        """Return the lane's head and the event that is proven to be under it."""
        keys = self.trust.keyring.sound(Role.LANE)
        with _in_file(CHECKPOINT):
            head = check_checkpoint(self.bundle.checkpoint, self.trust.origin, keys, now).checkpoint
        with _in_file(PROOF):
            proof = parse_proof(self.bundle.proof)
            under = check_checkpoint(proof.note, self.trust.origin, keys, now).checkpoint
            if under.size == head.size and under.root != head.root:
                raise refuse(Reason.LANE_FORK)
            if under != head:
                raise refuse(Reason.PROOF_INVALID, f"under another head than {CHECKPOINT}")
            verify_inclusion(leaf_hash(proof.leaf), proof.index, head.size, proof.hashes, head.root)
            number, event = parse_leaf(proof.leaf)
            if number != proof.index:
                raise refuse(Reason.LANE_GAP, "number in the leaf")
        return head, event

    def _listed(self, uri: str, head: Checkpoint, now: Instant) -> StatusList:
        """Return the status list of that name, which was made from a lane that holds all that `head` covers."""
        with _in_file(STATUS_LIST):
            envelope = parse_compact(self.bundle.status_list, STATUS_TYP, MAX_STATUS_TOKEN)
            key = self.trust.keyring.key(envelope.kid)
            if key is None:
                raise refuse(Reason.KEY_UNKNOWN)
            listed = parse_status_claims(check_signature(envelope, key), uri)
            if listed.iat > now + SKEW:
                raise refuse(Reason.NOTE_TIME_AHEAD)
            if not key.signs_at(listed.iat) or now >= key.verify_until:
                raise refuse(Reason.KEY_WINDOW)
            if key.tainted_since is not None:
                raise refuse(Reason.KEY_RESTRICTED)
            if listed.lane_size < head.size:
                raise refuse(Reason.STATUS_ROLLBACK, f"older than {CHECKPOINT}")
            if listed.lane_size == head.size and listed.lane_root != head.root:
                raise refuse(Reason.LANE_FORK)
        return listed


def _told(event: AssertionIssued, status: int) -> Told | None:
    """Read the leaf and the slot together; a slot that nobody holds tells nothing."""
    if status == Standing.EXPIRED.value:
        return None
    return Told(event.sha256, revoked=status == Standing.REVOKED.value, held=status == Standing.SUSPENDED.value)


@contextmanager
def _in_file(name: str) -> Iterator[None]:
    """Name the file in every refusal from inside."""
    try:
        yield
    except Refusal as refusal:
        raise refuse(refusal.reason, f"{name}: {refusal.where}" if refusal.where else name) from refusal
