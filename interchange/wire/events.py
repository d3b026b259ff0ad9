"""Leaves of a lane: one short JSON spelling for each event, so that its hash says what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple

from interchange.domain.assertion import DIGEST, MAX_SLOT, UUID4
from interchange.domain.events import (
    ActPerformed,
    AssertionIssued,
    BindingEnded,
    BindingSent,
    Event,
    HoldLifted,
    HoldPlaced,
    KeyRestricted,
    KeyringPublished,
    Restriction,
    Revoked,
    Scope,
)
from interchange.errors import Reason, Refusal, refuse
from interchange.wire import strict_json
from interchange.wire.schema import Schema

MAX_LEAF = 4096
"""Bytes of a leaf."""

VERSION = 1

_LEAF = Schema({}, form=Reason.LEAF_FORM)


class _Member(NamedTuple):
    """One member of a leaf: its JSON type, and what reads it."""

    kind: type
    read: Callable[[Mapping[str, Any], str], object]


_TEXT = _Member(str, _LEAF.text)
_CALLER = _Member(str, partial(_LEAF.text, most=512))  # a SPIFFE URI holds a DNS name of up to 253 characters
_JTI = _Member(str, partial(_LEAF.matching, form=UUID4))
_DIGEST = _Member(str, partial(_LEAF.matching, form=DIGEST))
_SCOPE = _Member(str, partial(_LEAF.choice, values={scope.value: scope for scope in Scope}))
_RESTRICTION = _Member(str, partial(_LEAF.choice, values={how.value: how for how in Restriction}))
_SLOT = _Member(int, partial(_LEAF.integer, most=MAX_SLOT - 1))
_NUMBER = _Member(int, partial(_LEAF.integer, least=1))
_INSTANT = _Member(int, _LEAF.instant)


class _Form(NamedTuple):
    """How one event is written: its class, and its own members in order, after `v`, `type` and `n`."""

    event: Callable[..., Event]
    members: Mapping[str, _Member]
    schema: Schema


def _form(event: Callable[..., Event], *optional: str, **members: _Member) -> _Form:
    kinds = {"v": int, "type": str, "n": int} | {name: member.kind for name, member in members.items()}
    reason = Reason.LEAF_FORM
    return _Form(event, members, Schema(kinds, frozenset(optional), unknown=reason, missing=reason, form=reason))


_FORMS = {
    "assertion_issued": _form(AssertionIssued, jti=_JTI, idx=_SLOT, sha256=_DIGEST),
    "hold_placed": _form(HoldPlaced, hold=_TEXT, scope=_SCOPE, of=_TEXT),
    "hold_lifted": _form(HoldLifted, hold=_TEXT),
    "revoked": _form(Revoked, jti=_JTI),
    "key_restricted": _form(KeyRestricted, "since", kid=_DIGEST, how=_RESTRICTION, since=_INSTANT),
    "keyring_published": _form(KeyringPublished, number=_NUMBER, sha256=_DIGEST),
    "binding_sent": _form(BindingSent, jti=_JTI, sha256=_DIGEST),
    "binding_ended": _form(BindingEnded, jti=_JTI),
    "act_performed": _form(ActPerformed, act=_TEXT, caller=_CALLER, request=_TEXT, sha256=_DIGEST, at=_INSTANT),
}
_TYPES = {form.event: kind for kind, form in _FORMS.items()}


def _fault(where: str) -> Refusal:
    return refuse(Reason.LEAF_FORM, where)


def _read(form: _Form, leaf: Mapping[str, object]) -> tuple[int, Event]:
    members = form.schema.read(leaf)
    n = _LEAF.integer(members, "n")
    event = form.event(**{name: form.members[name].read(members, name) for name in form.members if name in members})
    if isinstance(event, KeyRestricted) and event.since is not None and event.how is not Restriction.TAINTED:
        raise _fault("since")
    return n, event


def _members(n: int, event: Event) -> dict[str, object]:
    kind = _TYPES[type(event)]
    own = {name: value for name in _FORMS[kind].members if (value := getattr(event, name)) is not None}
    # An enum's value, not the enum: to the schema's exact comparison of types they differ.
    return {"v": VERSION, "type": kind, "n": n} | {
        name: value.value if isinstance(value, StrEnum) else value for name, value in own.items()
    }


def encode_leaf(n: int, event: Event) -> bytes:
    """Write one event as the leaf with number `n`.

    Args:
        n: place in the lane, from 0.
        event: what is told.

    Returns:
        Printable ASCII, at most 4 KiB.

    Raises:
        Refusal: LEAF_FORM or JSON_NOT_ASCII for an event that `parse_leaf` would refuse.
    """
    members = _members(n, event)
    _read(_FORMS[_TYPES[type(event)]], members)
    leaf = strict_json.dumps(members)
    if len(leaf) > MAX_LEAF:
        raise _fault("size")
    return leaf


def parse_leaf(leaf: bytes) -> tuple[int, Event]:
    """Read a leaf, and refuse every spelling but the one that `encode_leaf` writes.

    Args:
        leaf: as fetched.

    Returns:
        Its number and event.

    Raises:
        Refusal: EVENT_UNKNOWN a version or type that this program does not know; LEAF_FORM anything else.
    """
    if len(leaf) > MAX_LEAF:
        raise _fault("size")
    try:
        members = strict_json.loads(leaf)
    except Refusal as fault:
        raise _fault(fault.reason.code) from None
    if not isinstance(members, dict) or type(members.get("v")) is not int or type(members.get("type")) is not str:
        raise _fault("v or type")
    # Before anything else of the leaf: what a later version puts beside these two is not ours to judge.
    if members["v"] != VERSION or members["type"] not in _FORMS:
        raise refuse(Reason.EVENT_UNKNOWN)
    n, event = _read(_FORMS[members["type"]], members)
    if strict_json.dumps(_members(n, event)) != leaf:
        raise _fault("spelling")
    return n, event
