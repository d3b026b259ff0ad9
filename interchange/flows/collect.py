"""Collecting root signatures: custodians sign one by one, each on their own machine, and the node puts them together.

What is kept is a keyring in general JSON form that grows. Nothing is published by it: whether enough have signed is
looked at when the keyring is published, by the rule that every partner applies.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interchange.crypto.both import BOTH
from interchange.crypto.keyring import check_keys
from interchange.domain.keyring import check_follows, endorsers
from interchange.errors import Reason, refuse
from interchange.flows.perform import Act
from interchange.store import archive
from interchange.wire.ceremony import read_document
from interchange.wire.keyring import assemble, keyring_digest, parse_keyring, payload_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interchange.domain.keyring import Keyring, RootSignature
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class CollectRequest:
    """A draft of our next keyring, or that draft with the signatures of some custodians.

    Attributes:
        document: payload of a draft, or JWS in general JSON form.
        replace: give up what was collected for another draft of the same number.
    """

    document: bytes
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """How far one family of one keyring's root keys has come.

    Attributes:
        number: of the keyring whose root keys are counted: the one in use, or the next one.
        family: `Ed25519` or `ML-DSA-65`.
        needed: how many must sign.
        signed, waiting: fingerprints of its keys that have signed the next keyring, and of those that have not.
    """

    number: int
    family: str
    needed: int
    signed: tuple[str, ...]
    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Collected:
    """What there is of our next keyring.

    Attributes:
        number: of that keyring.
        sha256: digest of its payload, base64url.
        counts: for each keyring that must endorse it, and each family of it.
    """

    number: int
    sha256: str
    counts: tuple[Count, ...]

    @property
    def is_complete(self) -> bool:
        """Tell whether enough have signed to publish it."""
        return all(len(count.signed) >= count.needed for count in self.counts)


def ready(tx: Tx, current: Keyring | None) -> bytes:
    """Read what was collected of our next keyring, complete or not.

    Raises:
        Refusal: FIELD_MISSING if nothing was.
    """
    jws = archive.collected(tx, 1 if current is None else current.number + 1)
    if jws is None:
        raise refuse(Reason.FIELD_MISSING, "keyring: none is named, and none was collected")
    return jws


def _decide(node: Node, tx: Tx, request: CollectRequest, now: Instant) -> tuple[bytes, Collected]:
    current = node.keyring(tx, node.names.authority)
    payload, keyring, signatures = read_document(request.document)
    check_follows(current, keyring)
    if keyring.generation != current.generation:
        raise refuse(Reason.KEYRING_NUMBER, "generation")
    check_keys(keyring)
    if now >= keyring.expires:
        raise refuse(Reason.KEYRING_EXPIRED)
    _check_known((current, keyring), signatures)
    before = archive.collected(tx, keyring.number)
    if before is not None and payload_of(before) != payload:
        if not request.replace:
            raise refuse(Reason.ALREADY_KNOWN, f"another draft of keyring {keyring.number} is being signed")
        before = None
    lines = {line.kid: line for line in (*(parse_keyring(before)[1] if before else ()), *signatures)}
    jws = assemble(payload, list(lines.values()))
    return jws, Collected(keyring.number, keyring_digest(payload), _counts((current, keyring), lines.values()))


def _check_known(rings: Sequence[Keyring], signatures: Sequence[RootSignature]) -> None:
    """Refuse signatures of strangers, and those that do not verify: a fault is told to who brings it, at once."""
    roots = {root.kid: root for ring in rings for root in ring.roots}
    if not {line.kid for line in signatures} <= roots.keys():
        raise refuse(Reason.KEY_ROLE, "signed by a key that is no root key of this keyring or the one in use")
    for line in signatures:
        if not endorsers(roots.values(), [line], BOTH):
            raise refuse(Reason.SIGNATURE_INVALID, line.kid)


def _counts(rings: Sequence[Keyring], signatures: Iterable[RootSignature]) -> tuple[Count, ...]:
    # Each of them was checked when it came in.
    signed = {line.kid for line in signatures}
    return tuple(
        Count(
            ring.number,
            family,
            needed,
            tuple(root.kid for root in ring.roots if root.family == family and root.kid in signed),
            tuple(root.kid for root in ring.roots if root.family == family and root.kid not in signed),
        )
        for ring in rings
        for family, needed in ring.thresholds.items()
    )


def _write(_node: Node, tx: Tx, decision: tuple[bytes, Collected], _prepared: None, now: Instant) -> str:
    jws, found = decision
    archive.collect(tx, found.number, jws, now)
    counts = [[one.number, one.family, one.needed, one.signed, one.waiting] for one in found.counts]
    return json.dumps([found.number, found.sha256, counts])


def read_collected(result: str) -> Collected:
    """Read the result of a `COLLECT`, as things stood then."""
    number, sha256, counts = json.loads(result)
    return Collected(
        number,
        sha256,
        tuple(
            Count(ring, family, needed, tuple(signed), tuple(waiting))
            for ring, family, needed, signed, waiting in counts
        ),
    )


COLLECT = Act("collect_keyring", _decide, _write)
"""One person: it widens nothing, and publishing takes the custodians' own signatures."""
