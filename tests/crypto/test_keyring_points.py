"""Every public key of a keyring is looked at as what it is for."""

from dataclasses import replace

import pytest
from fakes import tokens
from fakes.refusals import refused

from interchange.crypto.keyring import check_keys
from interchange.domain.keyring import KeyRecord, Keyring, Role
from interchange.errors import Reason

RING = tokens.party_keyring()
IDENTITY_POINT = b"\x01" + bytes(31)
"""Of small order on Ed25519's curve (RFC 8032 section 5.1.2); as an X25519 number, 1 is of small order too."""


def with_point(role: Role, public_key: bytes) -> Keyring:
    """Put another public key in the place of those of a role."""

    def changed(key: KeyRecord) -> KeyRecord:
        return replace(key, public_key=public_key) if key.role is role else key

    return replace(RING, keys=tuple(changed(key) for key in RING.keys))


def test_sound_keys_are_let_in() -> None:
    """One of each role, and the root keys."""
    check_keys(RING)


@pytest.mark.parametrize("role", Role)
def test_a_weak_key_of_any_role_is_refused(role: Role) -> None:
    """Whatever it is for, more than its holder could use it."""
    with refused(Reason.KEY_WEAK):
        check_keys(with_point(role, IDENTITY_POINT))


def test_a_weak_root_key_is_refused() -> None:
    """Everything hangs on it."""
    with refused(Reason.KEY_WEAK):
        check_keys(replace(RING, roots=(*RING.roots[:2], replace(RING.roots[2], public_key=IDENTITY_POINT))))


def test_a_binding_key_need_be_no_point_of_the_other_curve() -> None:
    """About half of all X25519 keys are none; to check them as Ed25519 keys would refuse good ones."""
    numbers = [tokens.box_opener(f"binding {n}").public_key for n in range(16)]
    for number in numbers:
        check_keys(with_point(Role.BINDING, number))


def test_a_binding_key_that_is_not_reduced_is_refused() -> None:
    """One key would have several thumbprints (RFC 7748 section 5)."""
    with refused(Reason.KEY_WEAK):
        check_keys(with_point(Role.BINDING, (2**255 - 19 + 9).to_bytes(32, "little")))
