"""What the home party keeps of its own assertions, holds and status lists, held to what was signed and told of them."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from interchange.crypto.check import check_signature
from interchange.domain.envelope import ASSERTION_TYP, STATUS_TYP
from interchange.domain.events import Scope
from interchange.domain.keyring import Role
from interchange.domain.standing import HoldScope
from interchange.errors import Reason, Refusal, refuse
from interchange.flows.audit_heads import keys_of
from interchange.store import audits, cross_checks, reissue, status_lists
from interchange.wire import base64url
from interchange.wire.claims import parse_assertion
from interchange.wire.envelope import parse_compact
from interchange.wire.status_list import BITS, parse_status_claims

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from interchange.domain.envelope import VerifiedBytes
    from interchange.domain.keyring import KeyRecord
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.audits import Kept, KeptHold
    from interchange.store.ledger import Tx
    from interchange.store.status_lists import StoredList


def assertion_faults(node: Node, tx: Tx, retained: Instant) -> Iterator[str]:
    """Hold each assertion's row to the lane, to its token and to the clearance it rests on.

    Args:
        node: the node.
        tx: an open transaction.
        retained: when retention took something away last; 0 if it never did.
    """
    authority = node.names.authority
    keys = {key.kid: key for key in keys_of(tx, authority, Role.ASSERT)}
    for kept in audits.assertions(tx, authority):
        where = f"{kept.issued.origin}: assertion {kept.issued.jti}"
        yield from (f"{where} {fault}" for fault in _assertion(node, kept, keys, retained))
    yield from (f"{origin}: assertion {jti} was told and is missing" for origin, jti in audits.untaken(tx, authority))


def _assertion(node: Node, kept: Kept, keys: Mapping[str, KeyRecord], retained: Instant) -> Iterator[str]:
    issued, told = kept.issued, kept.told
    is_revoked = issued.revoked_at is not None
    if told is None or (told[0], told[1], told[3], told[4]) != (issued.origin, issued.n, issued.idx, is_revoked):
        yield "differs from what was told"
    if kept.reference is None:
        yield "is of nobody whom the partner knows"
    if kept.project is None or kept.project[1] != issued.agreement:
        yield "is for no project with this partner under this agreement"
    if kept.clearance not in {None, (issued.subject_id, issued.employer_id, issued.organ)}:
        yield "differs from the clearance that it rests on"
    # A clearance is deleted when its term is over; what rested on it has ended long before.
    if kept.clearance is None and min(issued.exp, issued.revoked_at or issued.exp) >= retained:
        yield "rests on no clearance"
    if kept.expiry_reported_at is not None and kept.expiry_reported_at < issued.exp:
        yield "was reported as expired before its end"
    # A token of another digest was named beside its leaf.
    if kept.token is not None and told and base64url.encode(sha256(kept.token).digest()) == told[2]:
        try:
            verified = _verified(kept.token, ASSERTION_TYP, keys)
            signed = parse_assertion(verified)
        except Refusal as refusal:
            yield f"has a token that does not hold: {refusal.reason.code}"
            return
        apart = [name for name, value in _expected(node, kept).items() if getattr(signed, name) != value]
        apart += ["kid"] if verified.record.kid != issued.kid else []
        if apart:
            yield f"differs from its token in {', '.join(apart)}"


def _expected(node: Node, kept: Kept) -> dict[str, object]:
    """Say what the token of an assertion must say, by the names of an `Assertion`."""
    issued, names = kept.issued, node.names
    party, organ = issued.party, issued.organ.partition("/")[2]
    return {
        "iss": _or_none(lambda: names.organ_uri(organ)),
        "sub": kept.reference,
        "aud": _or_none(lambda: node.names_of(party).uri),
        "jti": issued.jti,
        "iat": issued.iat,
        "exp": issued.exp,
        "project": kept.project[0] if kept.project else None,
        "agreement": issued.agreement,
        "status_uri": _or_none(lambda: names.status_uri(party, issued.list_number)),
        "status_idx": issued.idx,
    }


def _or_none(name: Callable[[], str]) -> str | None:
    try:
        return name()
    except Refusal:
        return None


def _verified(token: bytes, typ: str, keys: Mapping[str, KeyRecord]) -> VerifiedBytes:
    envelope = parse_compact(token, typ)
    record = keys.get(envelope.kid)
    if record is None:
        raise refuse(Reason.KEY_UNKNOWN)
    return check_signature(envelope, record)


def hold_faults(node: Node, tx: Tx) -> Iterator[str]:
    """Hold each told hold of ours to the hold behind it, and to what that is on."""
    for told in audits.own_holds(tx, node.names.authority):
        where = f"{told.origin}: hold {told.hold}"
        if told.own is None or told.own[2] != told.is_lifted:
            yield f"{where} differs from our own behind it"
        elif not _covers(told, told.own[0], told.own[1]) and not _covers_twin(tx, told, told.own[0], told.own[1]):
            yield f"{where} is told on something else than our own behind it is on"


def _covers(told: KeptHold, scope: str, ref: str) -> bool:
    expected: tuple[Scope, str | None]
    match HoldScope(scope):
        case HoldScope.ASSERTION:
            expected = (Scope.ASSERTION, told.of)
        case HoldScope.SUBJECT:
            expected = (Scope.ASSERTION, told.subject_id)
        case HoldScope.EMPLOYER:
            expected = (Scope.ASSERTION, told.employer_id)
        case HoldScope.PROJECT:
            expected = (Scope.PROJECT, told.project_id)
        case HoldScope.AGREEMENT:
            expected = (Scope.AGREEMENT, told.of)
    return (Scope(told.scope), ref) == expected


def _covers_twin(tx: Tx, told: KeptHold, scope: str, ref: str) -> bool:
    """Tell whether a hold on an assertion is told on one that took its place, or whose place it took."""
    on_one = (scope, told.scope) == (HoldScope.ASSERTION.value, Scope.ASSERTION.value)
    return on_one and told.of in reissue.with_twins(tx, [ref])


def reissue_faults(tx: Tx) -> Iterator[str]:
    """Hold each assertion that took the place of another to that one."""
    for old, new in reissue.pairs(tx):
        who = [(each.subject_id, each.project_id, each.party, each.agreement) for each in (old, new)]
        if who[0] != who[1] or new.iat < old.iat or new.kid == old.kid:
            yield f"{new.origin}: assertion {new.jti} took the place of another's"


def list_faults(node: Node, tx: Tx) -> Iterator[str]:
    """Hold each status list to the assertions that have its slots, and to what was signed of it."""
    keys = {key.kid: key for key in keys_of(tx, node.names.authority, Role.STATUS)}
    slots = audits.slots(tx)
    for stored in status_lists.everything(tx):
        where = f"status list {stored.party}/{stored.number}"
        if slots.pop((stored.party, stored.number), (0, 0)) != (stored.used, stored.used):
            yield f"{where}: its slots differ from the assertions"
        if stored.token is not None and not _is_signed(node, stored, stored.token, keys):
            yield f"{where}: what was signed is another"
    yield from (f"status list {party}/{number}: it is missing" for party, number in slots)


def _is_signed(node: Node, stored: StoredList, token: bytes, keys: Mapping[str, KeyRecord]) -> bool:
    try:
        uri = node.names.status_uri(stored.party, stored.number)
        signed = parse_status_claims(_verified(token, STATUS_TYP, keys), uri)
    except Refusal:
        return False
    slots = len(signed.slots) * 8 // BITS
    return (signed.lane_size, signed.iat, slots) == (stored.lane_size, stored.signed_at, stored.slots)


def orphan_faults(tx: Tx) -> Iterator[str]:
    """Hold the rows of every table to those that they name."""
    for table, named, count in cross_checks.orphans(tx):
        yield f"{count} rows of {table} name what is not in {named}"


def clearance_faults(node: Node, tx: Tx) -> Iterator[str]:
    """Hold clearances to their screenings and to the terms of their levels, and participants to their assertions."""
    yield from (f"participant {one} stands for another's assertion" for one in cross_checks.strangers(tx))
    if count := cross_checks.misdated(tx):
        yield f"{count} clearances differ from the screenings that they rest on"
    for level, day, end in cross_checks.longest(tx):
        try:
            term = node.rules.clearance_end(level, date.fromisoformat(day))
        except (Refusal, ValueError):
            yield "clearances are of a level or from a day that has no term"
            continue
        if end > term:
            yield f"clearances of {level} notified on {day} end after their term"
