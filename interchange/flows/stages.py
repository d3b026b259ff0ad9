"""Our own keys from stage to stage: one way for every role, and every step but two taken by two people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from interchange.domain.events import KeyRestricted
from interchange.domain.keyring import FIRST_ALG, MLDSA44, X25519, KeyRecord, Role
from interchange.domain.stages import ALONE, NARROWS, Stage, Verb, after
from interchange.errors import Reason, refuse
from interchange.flows import tell
from interchange.flows.approvals import Second, listed
from interchange.flows.perform import Act
from interchange.flows.register import known_since
from interchange.flows.tell import News
from interchange.store import keys, partners, records, told
from interchange.store.keys import OwnKey
from interchange.store.places import Place

if TYPE_CHECKING:
    from interchange.crypto.box import BoxOpener
    from interchange.crypto.signer import Signer
    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx

_TOLD_IN_LANES = frozenset({Role.ASSERT, Role.STATUS, Role.BINDING})
"""Not `lane` and `witness`: a lane in which its own key is narrowed is believed by nobody, and could not say so."""

_IN_JWKS = frozenset({Role.ASSERT, Role.STATUS})


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """A key that is to be made, with the windows that a keyring is to give it.

    Attributes:
        role, organ: what for; an organ of ours for `assert`, empty for all others.
        sign_from, sign_until, verify_until: as `KeyRecord`.
    """

    role: Role
    organ: str
    sign_from: Instant
    sign_until: Instant
    verify_until: Instant


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """What is to be done with a key.

    Attributes:
        kid: of a key of ours.
        verb: any but `draft`, which makes one, and `lay_in`, which root keys do by signing a keyring.
        tainted_since: from when a thief may have had it; for a taint only.
        forced: activate it though partners do not know it yet; whoever approves signs that too.
    """

    kid: str
    verb: Verb
    tainted_since: Instant | None = None
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a step does: to the key, to the one it replaces, and what lanes tell of it."""

    key: OwnKey
    verb: Verb
    to: Stage
    since: Instant | None
    stands_by: str | None
    left_behind: tuple[str, ...]
    event: KeyRestricted | None


@dataclass(frozen=True, slots=True)
class Moved:
    """A step that was taken.

    Attributes:
        kid, verb, stage: which key, by which verb, where to.
        at: when.
        left_behind: partners that did not know the key, though it was activated.
        places: the leaves that tell it, one in the lane of each partner; empty where no lane tells it.
    """

    kid: str
    verb: Verb
    stage: Stage
    at: Instant
    left_behind: tuple[str, ...]
    places: tuple[Place, ...]


def _decide_draft(node: Node, _tx: Tx, request: DraftRequest, now: Instant) -> DraftRequest:
    organs = {organ.code for organ in node.rules.organs}
    if (request.role is Role.ASSERT) != bool(request.organ) or (request.organ and request.organ not in organs):
        raise refuse(Reason.FIELD_FORM, "organ")
    if not request.sign_from < request.sign_until <= request.verify_until or request.sign_until <= now:
        raise refuse(Reason.DATE_ABSURD, "sign_from, sign_until or verify_until")
    return request


def make(node: Node, request: DraftRequest) -> KeyRecord:
    """Make a key; should the ledger not take it, a private key lies there that nothing names."""
    made: BoxOpener | Signer
    match request.role:
        case Role.BINDING:
            made, alg = node.openers.make(), X25519
        case Role.ARCHIVE:
            made, alg = node.archivers.make(), MLDSA44
        case _:
            made, alg = node.signers.make(label(request.role, request.organ)), FIRST_ALG
    return KeyRecord(
        kid=made.kid,
        role=request.role,
        alg=alg,
        public_key=made.public_key,
        authority=node.names.authority,
        organ=request.organ,
        sign_from=request.sign_from,
        sign_until=request.sign_until,
        verify_until=request.verify_until,
    )


def label(role: Role, organ: str) -> str:
    """Say what a key is for, in the words of its file."""
    return f"{role.value}-{organ}" if organ else role.value


def _write_draft(_node: Node, tx: Tx, _request: DraftRequest, record: KeyRecord, now: Instant) -> str:
    keys.add(tx, OwnKey(record, Stage.DRAFTED, now, now))
    return record.kid


def _decide(node: Node, tx: Tx, request: MoveRequest, now: Instant) -> Decision:
    key = keys.get(tx, node.names.authority, request.kid)
    if key is None:
        raise refuse(Reason.NOT_KNOWN, "kid")
    since = _since(key, request, now)
    to = after(key.stage, request.verb)
    left_behind: tuple[str, ...] = ()
    stands_by = None
    if request.verb is Verb.ACTIVATE:
        check_usable(node, tx, key.record, now)
        left_behind = strangers(node, tx, key, now)
        if left_behind and not request.forced:
            raise refuse(Reason.KEY_NOT_SEEN, "; ".join(left_behind))
        stands_by = keys.active(tx, key.record.role, key.record.organ)
    return Decision(key, request.verb, to, since, stands_by, left_behind, _event(node, tx, key, request, since))


def _since(key: OwnKey, request: MoveRequest, now: Instant) -> Instant | None:
    if request.verb is not Verb.TAINT:
        return None
    if request.tainted_since is None:
        raise refuse(Reason.FIELD_MISSING, "tainted_since")
    if request.tainted_since > now:
        raise refuse(Reason.DATE_ABSURD, "tainted_since")
    known = key.record.tainted_since
    if known is not None and known <= request.tainted_since:
        raise refuse(Reason.ALREADY_KNOWN, "kid")
    return request.tainted_since


def _event(node: Node, tx: Tx, key: OwnKey, request: MoveRequest, since: Instant | None) -> KeyRestricted | None:
    how, record = NARROWS.get(request.verb), key.record
    if how is None or record.role not in _TOLD_IN_LANES:
        return None
    # What partners have never heard of needs no narrowing: the next keyring will not list it.
    listed_now = node.keyring(tx, node.names.authority).key(record.kid) is not None
    return KeyRestricted(record.kid, how, since) if listed_now else None


def check_usable(node: Node, tx: Tx, record: KeyRecord, now: Instant) -> None:
    """Refuse a key with which nothing could be signed, or sealed, now.

    Raises:
        Refusal: KEYRING_MISSING; KEY_UNKNOWN if our keyring does not list it; KEY_RESTRICTED as long as the lanes or
            the keyring narrow it; KEY_WINDOW; SIGNER_UNAVAILABLE if its private half is not here.
    """
    current = node.keyring(tx, node.names.authority).key(record.kid)
    if current is None:
        raise refuse(Reason.KEY_UNKNOWN, "our keyring does not list it")
    if current.tainted_since is not None or told.narrowing(tx, record.authority, record.kid):
        raise refuse(Reason.KEY_RESTRICTED, "until the next keyring")
    if not current.signs_at(now):
        raise refuse(Reason.KEY_WINDOW)
    if not node.holds(record):
        raise refuse(Reason.SIGNER_UNAVAILABLE, label(record.role, record.organ))


def strangers(node: Node, tx: Tx, key: OwnKey, now: Instant) -> tuple[str, ...]:
    """Name who could not check what the key signs: partners that follow us and have not acknowledged its keyring.

    Programs that only know JWT keep the JWK set for a while; as long as theirs may be older, they are named too.
    """
    number = known_since(node, tx, key.record.kid)
    if number is None:
        raise refuse(Reason.KEY_STAGE, "no keyring lists it")
    unaware = [
        f"{sight.party} last spoke {_spell(sight.at)}"
        for sight in keys.sights(tx)
        # Whoever never followed will read the present keyring first.
        if sight.at is not None and sight.keyring < number
    ]
    fresh = records.installed(tx, node.names.authority, number) + node.jwks_cache
    if key.record.role in _IN_JWKS and now < fresh:
        unaware.append(f"JWK sets kept until {_spell(fresh)}")
    return tuple(unaware)


def _spell(instant: Instant) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _write(node: Node, tx: Tx, decision: Decision, _prepared: None, now: Instant) -> str:
    key, to = decision.key, decision.to
    if decision.stands_by:
        keys.move(tx, decision.stands_by, Stage.LAID_IN, now)
    changes: dict[str, Instant | None] = {}
    if decision.verb in NARROWS:
        changes["ended_at"] = now if key.ended_at is None else key.ended_at
    if decision.verb is Verb.RESUME:
        changes["ended_at"] = None
    if decision.since is not None:
        changes["tainted_since"] = decision.since
    keys.move(tx, key.record.kid, to, now, **changes)
    hearers = partners.everyone(tx) if decision.event else []
    places = [tell.tell(node, tx, partner.party, [News(decision.event)]) for partner in hearers if decision.event]
    return json.dumps([key.record.kid, decision.verb.value, to.value, now, decision.left_behind, sorted(places)])


def read_moved(result: str) -> Moved:
    """Read the result of a `MOVE`, as it was when the step was taken."""
    kid, verb, stage, at, left_behind, places = json.loads(result)
    return Moved(kid, Verb(verb), Stage(stage), at, tuple(left_behind), tuple(Place(origin, n) for origin, n in places))


def _destroy(node: Node, result: str) -> None:
    """Destroy the private half once it is recorded that it is destroyed; never on the word of a row alone."""
    moved = read_moved(result)
    if moved.verb is Verb.DESTROY:
        node.openers.destroy(moved.kid)
        node.archivers.destroy(moved.kid)
        node.signers.destroy(moved.kid)


def _needs_two(node: Node, decision: Decision) -> bool:
    return decision.verb not in ALONE and listed("move_key")(node, decision)


DRAFT = Act("draft_key", _decide_draft, _write_draft, prepare=lambda node, request, _drawn, _now: make(node, request))
MOVE = Act(
    "move_key", _decide, _write, second=Second(MoveRequest, needed=_needs_two, role="key-admin"), finish=_destroy
)
