"""Subjects: registering a person, finding one by all of name, birth date and document, and changing papers.

Identities go into the vault before they come near the ledger. A request's digest does not cover what it says of a
person, which could be guessed from it; in its place stands a hash under the vault's key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interchange.crypto.vault import DUMMY_AAD, Sealed
from interchange.domain.identity import Identity, Presented
from interchange.errors import Reason, refuse
from interchange.flows.canonical import PERSONAL
from interchange.flows.perform import Act
from interchange.flows.unbind import unbind_all
from interchange.store import subjects
from interchange.store.subjects import SealedSubject
from interchange.wire.identity import decode_identity, encode_identity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.domain.time import Instant
    from interchange.flows.node import Node
    from interchange.store.ledger import Tx


@dataclass(frozen=True, slots=True)
class RegisterRequest:
    """A person to be registered; make it with `register_request`."""

    fingerprint: str
    identity: Identity = field(metadata=PERSONAL)


@dataclass(frozen=True, slots=True)
class ChangePapersRequest:
    """Other papers of a person who is registered; make it with `change_papers_request`."""

    subject_id: str
    fingerprint: str
    identity: Identity = field(metadata=PERSONAL)


@dataclass(frozen=True, slots=True)
class LookRequest:
    """Whose identity somebody wants to see; the audit lane has to know who looked."""

    subject_id: str


def register_request(node: Node, identity: Identity) -> RegisterRequest:
    """Ask for a person to be registered."""
    return RegisterRequest(node.vault.fingerprint(encode_identity(identity)), identity)


def change_papers_request(node: Node, subject_id: str, identity: Identity) -> ChangePapersRequest:
    """Ask for a person's papers to be replaced by newer ones."""
    return ChangePapersRequest(subject_id, node.vault.fingerprint(encode_identity(identity)), identity)


def find_all(node: Node, tx: Tx, people: Sequence[Presented]) -> list[str]:
    """Find up to 500 people by all of passport name, birth date and document number; a name alone finds nobody.

    Returns:
        For each, in order, the subject's id, or empty where there is nobody.
    """
    wanted = [[lookup.digest for lookup in node.vault.lookups(presented.compared())] for presented in people]
    found = subjects.found(tx, [digest for digests in wanted for digest in digests])
    return [next((found[digest] for digest in digests if digest in found), "") for digests in wanted]


def identities_of(node: Node, tx: Tx, subject_ids: Sequence[str]) -> dict[str, Identity]:
    """Open the identities of up to 500 people; those of nobody, or past their retention, are not in the answer.

    As many records are opened as ids are given, known or not.
    """
    kept = subjects.sealed(tx, subject_ids)
    opened: dict[str, Identity] = {}
    for subject_id in subject_ids:
        subject = kept.get(subject_id)
        if subject is None or subject.sealed is None:
            node.vault.open(node.vault.dummy(), DUMMY_AAD)
            continue
        content = node.vault.open(Sealed(subject.seal_number, subject.sealed), subject_id.encode())
        opened[subject_id] = decode_identity(content)
    return opened


def identity_of(node: Node, tx: Tx, subject_id: str) -> Identity:
    """Open the identity of one person, or refuse NOT_KNOWN."""
    identity = identities_of(node, tx, [subject_id]).get(subject_id)
    if identity is None:
        raise refuse(Reason.NOT_KNOWN, "subject_id")
    return identity


def _decide_register(node: Node, tx: Tx, request: RegisterRequest, now: Instant) -> Identity:
    check_born(node, request.identity, now)
    (known,) = find_all(node, tx, [request.identity.presented])
    if known:
        raise refuse(Reason.ALREADY_KNOWN, "passport name, birth date and document")
    return request.identity


def _write_register(node: Node, tx: Tx, identity: Identity, _prepared: None, now: Instant) -> str:
    subject_id = node.chance.uuid()
    subjects.add(tx, _sealed(node, subject_id, identity), _lookups(node, identity), now)
    return subject_id


def _decide_change(node: Node, tx: Tx, request: ChangePapersRequest, now: Instant) -> ChangePapersRequest:
    check_born(node, request.identity, now)
    identity_of(node, tx, request.subject_id)
    (known,) = find_all(node, tx, [request.identity.presented])
    if known not in {"", request.subject_id}:
        raise refuse(Reason.ALREADY_KNOWN, "passport name, birth date and document")
    return request


def _write_change(node: Node, tx: Tx, request: ChangePapersRequest, _prepared: None, now: Instant) -> str:
    # What partners were told by name is no longer so. The clearance is the person's, whatever the papers.
    unbind_all(node, tx, request.subject_id, now)
    subjects.put_sealed(tx, _sealed(node, request.subject_id, request.identity))
    subjects.put_lookups(tx, request.subject_id, _lookups(node, request.identity))
    return request.subject_id


def _decide_look(node: Node, tx: Tx, request: LookRequest, _now: Instant) -> str:
    identity_of(node, tx, request.subject_id)
    return request.subject_id


def _write_look(_node: Node, _tx: Tx, subject_id: str, _prepared: None, _now: Instant) -> str:
    return subject_id


def check_born(node: Node, identity: Identity, now: Instant) -> None:
    """Refuse DATE_ABSURD for a birth date that is still to come."""
    if identity.presented.birth_date > node.today(now):
        raise refuse(Reason.DATE_ABSURD, "birth_date")


def _sealed(node: Node, subject_id: str, identity: Identity) -> SealedSubject:
    sealed = node.vault.seal(encode_identity(identity), subject_id.encode())
    return SealedSubject(subject_id, sealed.key_number, sealed.data)


def _lookups(node: Node, identity: Identity) -> list[tuple[int, str]]:
    lookup = node.vault.lookup(identity.presented.compared())
    return [(lookup.key_number, lookup.digest)]


REGISTER = Act("register_subject", _decide_register, _write_register)
CHANGE_PAPERS = Act("change_papers", _decide_change, _write_change)
LOOK = Act("look_at_subject", _decide_look, _write_look)
