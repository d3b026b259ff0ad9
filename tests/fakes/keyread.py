"""What the program says of keys, in the words of the model; and its refusals, where the model foresees them."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from fakes.keymodel import Key, Listed, Ring
from fakes.parties import HOME, NOW, keyring_of

from interchange.domain.events import AssertionIssued, Event, KeyRestricted, KeyringPublished, Restriction, Revoked
from interchange.domain.keyring import KeyRecord, Keyring
from interchange.errors import Reason, Refusal
from interchange.wire.keyring import assemble, parse_keyring

T = TypeVar("T")

TOLD_AS = {Restriction.SUSPENDED: "suspend", Restriction.RETIRED: "retire", Restriction.TAINTED: "taint"}


def listed(record: KeyRecord) -> Listed:
    """Read a key as a keyring describes it."""
    return Listed(record.sign_from, record.sign_until, record.verify_until, record.tainted_since)


def read(ring: Keyring) -> Ring:
    """Read a keyring as the model has it."""
    return Ring(ring.number, ring.issued, ring.expires, {key.kid: listed(key) for key in ring.keys})


def spelt(event: Event) -> tuple[str, Any]:
    """Read an event as the model has it."""
    match event:
        case AssertionIssued(jti=jti):
            return "issued", jti
        case Revoked(jti):
            return "revoked", jti
        case KeyRestricted(kid, how, since):
            return TOLD_AS[how], (kid, since)
        case KeyringPublished(number):
            return "keyring", number
        case other:
            return "other", type(other).__name__


def drafted(payload: bytes) -> Keyring:
    """Read a draft that nobody has signed."""
    return parse_keyring(assemble(payload, []))[0]


def first_keys() -> dict[str, Key]:
    """Give the keys with which the home party begins, all of which sign."""
    return {
        each.kid: Key(
            kid=each.kid,
            use=(each.role.value, each.organ),
            listed=listed(each),
            made=NOW,
            stage="active",
            moved=NOW,
            since_ring=1,
            was_listed=True,
        )
        for each in keyring_of(HOME).keys
    }


def tried(work: Callable[[], T], *, fine: bool) -> T | None:
    """Do what the model says can be done; else be refused, for any reason but a fault of ours, and give None."""
    if fine:
        return work()
    with pytest.raises(Refusal) as caught:
        work()
    if caught.value.reason is Reason.INTERNAL:
        raise caught.value
    return None
