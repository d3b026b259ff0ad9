"""Resealing: identities and look-ups are written anew under the current keys of the vault, so that old keys can go.

Each group is one transaction. Whatever interrupts a pass, a row is under one key or the other and names it; the next
pass finds what is left. Meanwhile everybody is found, since a person is looked for under every key.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from interchange.crypto.vault import Sealed
from interchange.domain.events import ActPerformed
from interchange.errors import Refusal
from interchange.flows import tell
from interchange.flows.approvals import act_digest
from interchange.store import subjects
from interchange.store.subjects import SealedSubject
from interchange.wire.identity import decode_identity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.crypto.vault import Vault
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

ACT = "reseal"
CALLER = "job:reseal"

GROUP = 200
"""People whom one transaction writes anew."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """What one pass did.

    Attributes:
        sealing, looking: numbers of the current keys.
        done: people who were written anew.
        failed: people whose identity does not open under the key that their row names.
    """

    sealing: int
    looking: int
    done: int
    failed: int

    @property
    def outcome(self) -> str:
        """Say it for the job's heartbeat."""
        left = f", {self.failed} that do not open" if self.failed else ""
        return f"{self.done} sealed anew{left}; {under(self.sealing, self.looking)}"


@dataclass(frozen=True, slots=True)
class Group:
    """Who was written anew under which keys, as the audit lane's digest covers it."""

    sealing: int
    looking: int
    subject_ids: tuple[str, ...]


def under(sealing: int, looking: int) -> str:
    """Say under which keys a running node writes: how the job's outcome ends, for whoever would drop an older one."""
    return f"writing under seal {sealing} and lookup {looking}"


def reseal(node: Node, now: Instant) -> Resealed:
    """Make one pass over all people who are under an older key.

    Raises:
        Refusal: LANE_BEHIND as any act that is audited; LEDGER_UNAVAILABLE.
    """
    vault = node.vault
    after, done, failed = "", 0, 0
    # Looked at on a snapshot first: nearly always there is nothing to do, and writers need not wait for that.
    while node.ledger.read(partial(_waiting, vault, after=after)):
        found, written = node.ledger.transact(partial(_group, node, after=after, now=now))
        after = found[-1] if found else after
        done += written
        failed += len(found) - written
    return Resealed(vault.sealing_number, vault.looking_number, done, failed)


def _waiting(vault: Vault, tx: Tx, after: str) -> list[SealedSubject]:
    return subjects.under_older_keys(tx, vault.sealing_number, vault.looking_number, after, GROUP)


def _group(node: Node, tx: Tx, after: str, now: Instant) -> tuple[Sequence[str], int]:
    """Write a group anew; return whose rows were looked at, and how many were written."""
    vault = node.vault
    waiting = _waiting(vault, tx, after)
    written = tuple(subject.subject_id for subject in waiting if _write(vault, tx, subject))
    if written:
        digest = act_digest(ACT, Group(vault.sealing_number, vault.looking_number, written))
        tell.audit(node, tx, ActPerformed(ACT, CALLER, node.chance.uuid(), digest, now))
    return [subject.subject_id for subject in waiting], len(written)


def _write(vault: Vault, tx: Tx, subject: SealedSubject) -> bool:
    aad = subject.subject_id.encode()
    try:
        content = vault.open(Sealed(subject.seal_number, subject.sealed or b""), aad)
    except Refusal:
        # One row that was damaged, or whose key was lost, must not keep all others under the old key.
        return False
    lookup = vault.lookup(decode_identity(content).presented.compared())
    sealed = vault.seal(content, aad)
    subjects.put_sealed(tx, SealedSubject(subject.subject_id, sealed.key_number, sealed.data))
    subjects.put_lookups(tx, subject.subject_id, [(lookup.key_number, lookup.digest)])
    return True
