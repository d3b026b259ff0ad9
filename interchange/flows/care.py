"""Care for our keys without being asked: successors are drafted in time, activated by and ends are warned of.

Nothing here signs a keyring: that is for the root keys, which no node has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from interchange.domain.events import ActPerformed
from interchange.domain.keyring import COUNT_DAYS, SIGN_DAYS
from interchange.domain.stages import Stage, Verb
from interchange.errors import Reason, Refusal
from interchange.flows import tell
from interchange.flows.approvals import act_digest
from interchange.flows.board import current_keyring
from interchange.flows.certificate_ends import certificate_ends
from interchange.flows.stages import DraftRequest, MoveRequest, check_usable, label, make, strangers
from interchange.store import keys
from interchange.store.keys import OwnKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interchange.domain.keyring import KeyRecord
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

CALLER: Final = "job:keys"

BEFORE: Final = (30, 7, 1)
"""Days before an end, from the first warning to the last."""

_DAY = 86_400
_READY = frozenset({Stage.DRAFTED, Stage.LAID_IN})


class End(NamedTuple):
    """Something that ends: by what name it is remembered, what it is in words, and when."""

    ref: str
    what: str
    ends_at: Instant


class Warned(NamedTuple):
    """A warning that was given now, `days` days before the end or less."""

    end: End
    days: int


def draft_successors(node: Node, now: Instant) -> list[str]:
    """Make a key for each use whose key signs for a few days more and has no successor; return their thumbprints."""
    if not node.keys_ahead:
        return []
    made = []
    for key in node.ledger.read(lambda tx: _ending(node, tx, now)):
        role, organ = key.record.role, key.record.organ
        wanted = DraftRequest(role, organ, now - 60, now + SIGN_DAYS * _DAY, now + (SIGN_DAYS + COUNT_DAYS) * _DAY)
        record = make(node, wanted)

        def enter(tx: Tx, wanted: DraftRequest = wanted, record: KeyRecord = record) -> None:
            keys.add(tx, OwnKey(record, Stage.DRAFTED, now, now))
            _audit(node, tx, "draft_key", act_digest("draft_key", wanted), now)

        node.ledger.transact(enter)
        made.append(record.kid)
    return made


def _ending(node: Node, tx: Tx, now: Instant) -> list[OwnKey]:
    """List the active keys that end before long, of uses in which no other is ready to sign for longer."""
    soon = now + node.keys_ahead * _DAY
    everyone = keys.everyone(tx, node.names.authority)

    def has_successor(of: OwnKey) -> bool:
        use = (of.record.role, of.record.organ)
        ready = [key for key in everyone if key.stage in _READY and (key.record.role, key.record.organ) == use]
        return any(key.record.sign_until > of.record.sign_until for key in ready)

    active = [key for key in everyone if key.stage is Stage.ACTIVE and key.record.sign_until <= soon]
    return [key for key in active if not has_successor(key)]


def activate_successors(node: Node, now: Instant) -> list[str]:
    """Let successors sign that everybody knows, where the policy says so; return their thumbprints."""
    if not node.activates_keys:
        return []
    last = now + BEFORE[-2] * _DAY

    def work(tx: Tx) -> list[str]:
        activated = []
        everyone = keys.everyone(tx, node.names.authority)
        for key in (each for each in everyone if each.stage is Stage.ACTIVE and each.record.sign_until <= last):
            use = (key.record.role, key.record.organ)
            ready = [
                each
                for each in everyone
                if (each.record.role, each.record.organ) == use and _is_ready(node, tx, each, now)
            ]
            longer = [each for each in ready if each.record.sign_until > key.record.sign_until]
            if longer:
                chosen = longer[-1].record.kid
                keys.move(tx, key.record.kid, Stage.LAID_IN, now)
                keys.move(tx, chosen, Stage.ACTIVE, now)
                _audit(node, tx, "move_key", act_digest("move_key", MoveRequest(chosen, Verb.ACTIVATE)), now)
                activated.append(chosen)
        return activated

    return node.ledger.transact(work)


def _is_ready(node: Node, tx: Tx, key: OwnKey, now: Instant) -> bool:
    if key.stage is not Stage.LAID_IN:
        return False
    try:
        check_usable(node, tx, key.record, now)
    except Refusal as refusal:
        if refusal.reason is Reason.KEYRING_MISSING:
            raise
        return False
    return not strangers(node, tx, key, now)


def ends(node: Node) -> list[End]:
    """List what ends: the signing windows of the keys that sign, the keyring, and certificates."""

    def look(tx: Tx) -> Iterator[End]:
        for key in keys.in_stage(tx, node.names.authority, Stage.ACTIVE):
            yield End(key.record.kid, label(key.record.role, key.record.organ) + " key", key.record.sign_until)
        keyring = current_keyring(node, tx)
        if keyring is not None:
            yield End("keyring", f"keyring {keyring.number}", keyring.expires)
        for each in certificate_ends(node, tx):
            yield End(each.what, each.what, each.ends_at)

    return node.ledger.read(lambda tx: list(look(tx)))


def warn_of(node: Node, found: Sequence[End], now: Instant) -> list[Warned]:
    """Give each warning that is due, once: of several that were reached together, only the last."""

    def work(tx: Tx) -> list[Warned]:
        given = []
        for end in found:
            due = [days for days in BEFORE if 0 < end.ends_at - now <= days * _DAY]
            if due and min(due) not in keys.warned(tx, end.ref, end.ends_at):
                keys.add_warning(tx, end.ref, end.ends_at, min(due), now)
                given.append(Warned(end, min(due)))
        return given

    return node.ledger.transact(work)


def _audit(node: Node, tx: Tx, act: str, digest: str, now: Instant) -> None:
    tell.audit(node, tx, ActPerformed(act, CALLER, node.chance.uuid(), digest, now))
