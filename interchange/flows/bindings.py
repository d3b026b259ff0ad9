"""Identity bindings that we send: signed by the assertion's organ, sealed to the partner, told in the partner's lane.

The partner's node fetches the sealed bytes when the person stands before its officer, and confirms the match; then they
are deleted here. Nothing of a binding is ever in a lane, a log or a proposal but the digest of its sealed bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from interchange.crypto.box import seal_to
from interchange.domain.binding import Binding
from interchange.domain.envelope import BINDING_TYP
from interchange.domain.events import BindingSent
from interchange.domain.keyring import Role
from interchange.domain.standing import Standing
from interchange.errors import Reason, refuse
from interchange.flows.perform import Act
from interchange.flows.standings import standing_of
from interchange.flows.subjects import identity_of
from interchange.flows.tell import News, tell
from interchange.flows.unbind import consented, unbind
from interchange.store import assertions, bindings, told
from interchange.store.places import Place
from interchange.wire import base64url
from interchange.wire.binding import encode_binding
from interchange.wire.envelope import compact, signing_input

if TYPE_CHECKING:
    from interchange.domain.binding import SentBinding
    from interchange.domain.keyring import KeyRecord
    from interchange.domain.projects import IssuedAssertion
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Of which assertion the partner is to learn whose it is."""

    jti: str


@dataclass(frozen=True, slots=True)
class EndRequest:
    """Of which assertion the binding is to hold no more."""

    jti: str


@dataclass(frozen=True, slots=True)
class ConfirmRequest:
    """What came of a partner's match.

    Attributes:
        party: code of the partner that says so.
        jti: the assertion.
        sha256: digest of the sealed bytes that were opened, base64url.
        matched: the person was the assertion's subject.
    """

    party: str
    jti: str
    sha256: str
    matched: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A binding that was sent: its digest, and where it is told."""

    sha256: str
    place: Place


@dataclass(frozen=True, slots=True)
class Decision:
    """All that the binding will say, whom it goes to, the key that signs and the key that it is sealed to."""

    binding: Binding
    party: str
    key: KeyRecord
    seal: KeyRecord


def find(tx: Tx, jti: str) -> IssuedAssertion:
    """Find an assertion of ours, or refuse NOT_KNOWN."""
    issued = assertions.get(tx, jti)
    if issued is None:
        raise refuse(Reason.NOT_KNOWN, "assertion_id")
    return issued


def sealing_key(node: Node, tx: Tx, party: str, now: Instant) -> KeyRecord:
    """Choose the partner's key that bindings are sealed to now, the newest if several.

    Raises:
        Refusal: KEYRING_EXPIRED of the partner's; BINDING_KEY_MISSING if no sound key of it is inside its window.
    """
    keyring = node.keyring(tx, node.names_of(party).authority)
    if now >= keyring.expires:
        raise refuse(Reason.KEYRING_EXPIRED, party)
    usable = [
        key
        for key in keyring.sound(Role.BINDING)
        if key.signs_at(now) and told.narrowing(tx, key.authority, key.kid) is None
    ]
    if not usable:
        raise refuse(Reason.BINDING_KEY_MISSING, party)
    return max(usable, key=lambda key: key.sign_from)


def _decide_send(node: Node, tx: Tx, request: SendRequest, now: Instant) -> Decision:
    issued = find(tx, request.jti)
    match standing_of(node, tx, issued, now):
        case Standing.REVOKED | Standing.EXPIRED:
            raise refuse(Reason.ALREADY_ENDED)
        case Standing.SUSPENDED:
            raise refuse(Reason.HELD)
        case Standing.VALID:
            pass
    if not consented(node, tx, issued, now):
        raise refuse(Reason.CONSENT_MISSING, "name, birth date and document")
    if bindings.waits(tx, issued.jti):
        raise refuse(Reason.ALREADY_KNOWN, "assertion_id: a binding waits for the partner")
    organ = issued.organ.partition("/")[2]
    binding = Binding(
        iss=node.names.organ_uri(organ),
        sub=assertions.pairwise(tx, issued.subject_id, issued.party) or "",
        aud=node.names_of(issued.party).uri,
        jti=issued.jti,
        iat=now,
        exp=issued.exp,
        identity=identity_of(node, tx, issued.subject_id),
    )
    key = node.signing_key(tx, Role.ASSERT, now, organ)
    return Decision(binding, issued.party, key, sealing_key(node, tx, issued.party, now))


def _seal(node: Node, decision: Decision, _drawn: None, _now: Instant) -> bytes:
    """Sign, then seal; the signer checks its own signature before it gives it out."""
    key = decision.key
    message = signing_input(key.alg, key.kid, BINDING_TYP, encode_binding(decision.binding))
    return seal_to(decision.seal.public_key, compact(message, node.signers[key.kid].sign(message)))


def _write_send(node: Node, tx: Tx, decision: Decision, sealed: bytes, now: Instant) -> str:
    jti, digest = decision.binding.jti, base64url.encode(sha256(sealed).digest())
    bindings.add(tx, jti, digest, sealed, now)
    return json.dumps([digest, *tell(node, tx, decision.party, [News(BindingSent(jti, digest))])])


def read_sent(result: str) -> Sent:
    """Read the result of a `SEND`."""
    digest, origin, n = json.loads(result)
    return Sent(digest, Place(origin, n))


def sealed_for(node: Node, party: str, jti: str, now: Instant) -> bytes:
    """Give a partner the sealed bytes that wait for it.

    Raises:
        Refusal: NOT_KNOWN alike for an assertion that is unknown, another's, revoked or expired, for one without a
            binding, and once the binding was confirmed or ended, or the person's consent to it.
    """

    def look(tx: Tx) -> bytes | None:
        waiting = bindings.sealed(tx, jti, party, now)
        return waiting if waiting and consented(node, tx, find(tx, jti), now) else None

    found = node.ledger.read(look)
    if found is None:
        raise refuse(Reason.NOT_KNOWN, "assertion_id")
    return found


def _decide_confirm(_node: Node, tx: Tx, request: ConfirmRequest, _now: Instant) -> ConfirmRequest:
    confirmed(tx, request)
    return request


def confirmed(tx: Tx, request: ConfirmRequest) -> SentBinding:
    """Find the binding that a partner confirms, or refuse NOT_KNOWN, also for one that was sent to another."""
    found = bindings.get(tx, request.jti, request.sha256)
    if found is None or found.party != request.party:
        raise refuse(Reason.NOT_KNOWN, "assertion_id or sha256")
    return found


def _write_confirm(_node: Node, tx: Tx, request: ConfirmRequest, _prepared: None, now: Instant) -> str:
    if request.matched:
        bindings.confirm(tx, request.jti, request.sha256, now)
    else:
        bindings.mark_unmatched(tx, request.jti, request.sha256, now)
    return request.jti


def _decide_end(_node: Node, tx: Tx, request: EndRequest, _now: Instant) -> IssuedAssertion:
    issued = find(tx, request.jti)
    if all(sent.ended_at is not None for sent in bindings.page(tx, jti=request.jti)):
        raise refuse(Reason.NOT_KNOWN, "assertion_id: no binding of it holds")
    return issued


def _write_end(node: Node, tx: Tx, issued: IssuedAssertion, _prepared: None, now: Instant) -> str:
    unbind(node, tx, [issued], now)
    return issued.jti


SEND = Act("send_binding", _decide_send, _write_send, prepare=_seal)
CONFIRM = Act("confirm_binding", _decide_confirm, _write_confirm)
END = Act("end_binding", _decide_end, _write_end)
