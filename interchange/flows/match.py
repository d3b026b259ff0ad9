"""Match: is the person at the gate the subject of a partner's assertion? The answer is yes or no, and nothing else.

The sealed bytes are fetched from the issuer when they are needed, opened and believed in memory, compared with the
papers shown, and forgotten; of the person, nothing reaches our ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from interchange.crypto.check import check_signature
from interchange.domain.envelope import ASSERTION_TYP, BINDING_TYP
from interchange.domain.identity import Presented
from interchange.domain.keyring import Role
from interchange.domain.time import SKEW
from interchange.domain.verdict import Context, key_fault
from interchange.errors import Reason, Refusal, refuse
from interchange.flows.canonical import PERSONAL
from interchange.flows.keyrings import trusted
from interchange.flows.knowledge import SnapshotKnowledge
from interchange.flows.perform import Act, perform
from interchange.flows.verify import verify
from interchange.store import lanes, partners, told, told_bindings
from interchange.wire import base64url
from interchange.wire.binding import parse_binding
from interchange.wire.claims import parse_assertion
from interchange.wire.envelope import parse_compact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interchange.crypto.box import BoxOpener
    from interchange.domain.assertion import Assertion
    from interchange.domain.binding import Binding
    from interchange.domain.keyring import KeyRecord
    from interchange.domain.projects import Partner
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


class BindingLink(Protocol):
    """The way to the issuer's node: gRPC, or a partner played by a test."""

    def fetch_binding(self, jti: str) -> bytes:
        """Ask for the sealed bytes of an assertion's binding, of which nothing is believed yet."""

    def confirm_binding(self, jti: str, sha256: str, *, matched: bool, request_id: str) -> None:
        """Tell the issuer what came of the match, so that it can delete what it holds."""


BindingLinks: TypeAlias = Callable[["Partner"], BindingLink]
"""Gives the way to a partner."""


@dataclass(frozen=True, slots=True)
class MatchRequest:
    """Whose assertion it is asked of, and the papers of the person at the gate; make it with `match_request`."""

    party: str
    jti: str
    fingerprint: str
    presented: Presented = field(metadata=PERSONAL)


@dataclass(frozen=True, slots=True)
class Matched:
    """What came of it.

    Attributes:
        matched: the person is the assertion's subject.
        confirmed: the issuer knows; if not, repeating the request tells it again.
    """

    matched: bool
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Expected:
    """All that a binding must agree with, read in one snapshot.

    Attributes:
        assertion: valid at this moment.
        sha256: digest of the sealed bytes, as the issuer's lane tells it.
        keys: those of the issuer, whatever their roles, whose signatures still count.
        opening: ids of our own keys that may open now, the newest first.
    """

    assertion: Assertion
    sha256: str
    keys: tuple[KeyRecord, ...]
    opening: tuple[str, ...]


class _Decision(NamedTuple):
    expected: Expected
    partner: Partner
    presented: Presented


def match_request(node: Node, party: str, jti: str, presented: Presented) -> MatchRequest:
    """Ask whether these papers are the subject's."""
    return MatchRequest(party, jti, node.vault.fingerprint(presented.compared()), presented)


def match(
    node: Node, links: BindingLinks, request: MatchRequest, *, caller: str, request_id: str, now: Instant
) -> Matched:
    """Compare the papers of the person at the gate with the binding, and tell the issuer what came of it.

    Args:
        node: the node of the party that the assertion is addressed to.
        links: the ways to its partners.
        request: from `match_request`.
        caller: SPIFFE id of the officer.
        request_id: UUID; repeating it gives the recorded answer, also when the issuer has deleted the binding since.
        now: the instant of the request.

    Raises:
        Refusal: PARTNER_UNKNOWN; NOT_IN_LANE; any that makes the assertion not valid now; BINDING_NOT_TOLD; those of
            the link and of `believe`.
    """

    def compare(_node: Node, decision: _Decision, _drawn: None, at: Instant) -> bool:
        sealed = _fetch(links, decision.partner, decision.expected.assertion.jti)
        binding = believe(sealed, decision.expected, node.openers.values(), at)
        return binding.matches(decision.presented)

    act = Act("match_person", _decide, _write, prepare=compare)
    result = perform(node, act, request, caller=caller, request_id=request_id, now=now).result
    outcome, digest = result.split()
    matched = outcome == _YES
    partner = node.ledger.read(lambda tx: _partner(node, tx, request.party))
    try:
        links(partner).confirm_binding(request.jti, digest, matched=matched, request_id=request_id)
    except Refusal:
        # The officer has the person before him and the answer; the issuer keeps the sealed bytes a while longer.
        return Matched(matched, confirmed=False)
    return Matched(matched, confirmed=True)


def _fetch(links: BindingLinks, partner: Partner, jti: str) -> bytes:
    try:
        return links(partner).fetch_binding(jti)
    except Refusal as refusal:
        # Or our own officer would take the partner's answer to our node for an answer of our node.
        raise refuse(refusal.reason, f"answered by the node of {partner.party}") from refusal


_YES, _NO = "matched", "other"


def _decide(node: Node, tx: Tx, request: MatchRequest, now: Instant) -> _Decision:
    partner = _partner(node, tx, request.party)
    return _Decision(expect(node, tx, partner.authority, request.jti, now), partner, request.presented)


def _write(_node: Node, _tx: Tx, decision: _Decision, matched: bool, _now: Instant) -> str:  # noqa: FBT001 - as Act has it
    return f"{_YES if matched else _NO} {decision.expected.sha256}"


def _partner(node: Node, tx: Tx, party: str) -> Partner:
    partner = partners.get(tx, party)
    if partner is None or party == node.party:
        raise refuse(Reason.PARTNER_UNKNOWN, "issuer")
    return partner


def expect(node: Node, tx: Tx, authority: str, jti: str, now: Instant) -> Expected:
    """Read what the issuer's lane told of an assertion and its binding, and whether the assertion is valid now.

    Raises:
        Refusal: NOT_IN_LANE if the lane told no such assertion, or its token is no longer kept; any reason for which
            `verify` does not say VALID; BINDING_NOT_TOLD if the lane told no binding of it, or ended it.
    """
    place = told.place_of(tx, authority, jti)
    entries = lanes.entries(tx, place[0], place[1], 1) if place else []
    token = entries[0].token if entries else None
    if token is None:
        raise refuse(Reason.NOT_IN_LANE, "assertion_id")
    assertion = _valid(node, tx, token, now)
    digest = told_bindings.holding(tx, authority, jti)
    if digest is None:
        raise refuse(Reason.BINDING_NOT_TOLD)
    keys = tuple(key for key in trusted(tx, node.keyring(tx, authority)).keys if key.tainted_since is None)
    return Expected(assertion, digest, keys, _opening(node, tx, now))


def _valid(node: Node, tx: Tx, token: bytes, now: Instant) -> Assertion:
    """Judge an assertion for whichever project it names: at the gate it is the person that is in question."""
    knowledge = SnapshotKnowledge(node, tx)
    envelope = parse_compact(token, ASSERTION_TYP)
    record = knowledge.key(envelope.kid)
    if record is None:
        raise refuse(Reason.KEY_UNKNOWN)
    project = parse_assertion(check_signature(envelope, record)).project
    verdict = verify(token, knowledge, Context(node.names.uri, project, now, accept_working=node.accept_working))
    if verdict.reason is not None or verdict.assertion is None:
        raise refuse(verdict.reason or Reason.NOT_IN_LANE, "assertion_id")
    return verdict.assertion


def _opening(node: Node, tx: Tx, now: Instant) -> tuple[str, ...]:
    own = node.keyring(tx, node.names.authority).of_role(Role.BINDING)
    usable = [key for key in own if key.sign_from <= now < key.verify_until and key.kid in node.openers]
    return tuple(key.kid for key in sorted(usable, key=lambda key: key.sign_from, reverse=True))


def believe(sealed: bytes, expected: Expected, openers: Iterable[BoxOpener], now: Instant) -> Binding:
    """Open a binding and believe it, or refuse it; nobody's name is in any refusal.

    Args:
        sealed: as the issuer's node gave it.
        expected: what it must agree with.
        openers: our own keys.
        now: the instant of the question.

    Raises:
        Refusal: TOKEN_DIGEST not the bytes that the lane tells; BOX_SEALED not sealed to a key of ours; then those of
            `parse_compact`; KEY_UNKNOWN, KEY_ROLE, HEADER_ALG; SIGNATURE_INVALID; those of `parse_binding`; KEY_WINDOW;
            NOT_YET_VALID; BINDING_WRONG.
    """
    if base64url.encode(sha256(sealed).digest()) != expected.sha256:
        raise refuse(Reason.TOKEN_DIGEST, "binding")
    envelope = parse_compact(_open(sealed, expected.opening, openers), BINDING_TYP)
    record = next((key for key in expected.keys if key.kid == envelope.kid), None)
    if record is None:
        raise refuse(Reason.KEY_UNKNOWN, "binding")
    fault = key_fault(record, envelope.alg)
    if fault is not None:
        raise refuse(fault, "binding")
    binding = parse_binding(check_signature(envelope, record))
    if not record.signs_at(binding.iat) or now >= record.verify_until:
        raise refuse(Reason.KEY_WINDOW, "binding")
    if binding.iat > now + SKEW:
        raise refuse(Reason.NOT_YET_VALID, "binding")
    binding.check_of(expected.assertion)
    return binding


def _open(sealed: bytes, opening: tuple[str, ...], openers: Iterable[BoxOpener]) -> bytes:
    """Try our keys, the newest first: a box does not say whose it is."""
    by_kid = {opener.kid: opener for opener in openers}
    for kid in opening:
        try:
            return by_kid[kid].open(sealed)
        except Refusal:
            continue
    raise refuse(Reason.BOX_SEALED)
