"""Which keyring may follow which, by the rules of TUF and each of them broken once; and which keyrings there are."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from fakes.refusals import refused
from fakes.tokens import AUTHORITY, NOW, key_record, party_keyring, public_key, root_key, root_signature
from hypothesis import given
from hypothesis import strategies as st

from interchange.crypto.both import BOTH
from interchange.domain.keyring import ED25519, Keyring, Role, RootSignature, accept_keyring, endorsers
from interchange.errors import Reason
from interchange.wire.keyring import encode_keyring

ROOTS = ("root-1", "root-2", "root-3")
NEW_ROOTS = ("root-4", "root-5", "root-6")


def roots(*labels: str) -> dict[str, Any]:
    """Change the root keys of a keyring."""
    return {"roots": tuple(root_key(label) for label in labels)}


def ring(number: int = 2, **changes: Any) -> Keyring:  # noqa: ANN401
    """Build a keyring of the party, the second unless told otherwise."""
    return party_keyring(number=number, **changes)


def signatures(candidate: Keyring, labels: Sequence[str]) -> tuple[RootSignature, ...]:
    """Sign a keyring with root keys."""
    payload = encode_keyring(candidate)
    return tuple(root_signature(label, payload) for label in labels)


def accept(candidate: Keyring, labels: Sequence[str] = ("root-1", "root-2"), current: Keyring | None = None) -> Keyring:
    """Let a keyring follow the first one, or another."""
    return accept_keyring(current or ring(1), candidate, signatures(candidate, labels), BOTH)


ACCEPTED: dict[str, tuple[Keyring, Sequence[str]]] = {
    "the next number": (ring(), ROOTS[:2]),
    "signed by the other two": (ring(), ROOTS[1:]),
    "signed by all three": (ring(), ROOTS),
    "signed by strangers as well": (ring(), (*ROOTS[:2], "stranger")),
    "a longer life": (ring(expires=NOW + 1000 * 86_400), ROOTS[:2]),
    "a shorter life": (ring(expires=NOW + 1), ROOTS[:2]),
    "over already, since expiry is looked at in use": (ring(issued=NOW - 9, expires=NOW - 1), ROOTS[:2]),
    "a later generation": (ring(generation=2), ROOTS[:2]),
    "a higher threshold that is met": (ring(thresholds={ED25519: 3}), ROOTS),
    "a lower threshold that the old one meets": (ring(thresholds={ED25519: 1}), ROOTS[:2]),
    "one root key exchanged": (ring(**roots("root-1", "root-2", "root-4")), ROOTS[:2]),
    "all root keys exchanged, signed by both": (ring(**roots(*NEW_ROOTS)), (*ROOTS[:2], *NEW_ROOTS[:2])),
    "no keys at all": (ring(keys=()), ROOTS[:2]),
}
"""What the next keyring is → the keyring and the labels of those who signed."""


@pytest.mark.parametrize("name", ACCEPTED)
def test_keyring_follows(name: str) -> None:
    """What the rules allow is taken as it is."""
    candidate, labels = ACCEPTED[name]
    assert accept(candidate, labels) is candidate


def swapped(of: Role, /, **changes: Any) -> Keyring:  # noqa: ANN401
    """Change the record of the key of a role."""
    keys = party_keyring().keys
    return ring(keys=tuple(replace(key, **changes) if key.role is of else key for key in keys))


REFUSED: dict[str, tuple[Reason, Keyring, Sequence[str]]] = {
    "the same number": (Reason.KEYRING_NUMBER, ring(1), ROOTS),
    "the same number with other content": (Reason.KEYRING_NUMBER, ring(1, expires=NOW + 1), ROOTS),
    "a number left out": (Reason.KEYRING_NUMBER, ring(3), ROOTS),
    "a generation going back": (Reason.KEYRING_NUMBER, ring(generation=1), ROOTS),
    "another authority": (
        Reason.KEYRING_PARTY,
        ring(authority="bbb.clearance.example", keys=()),
        ROOTS,
    ),
    "nobody signed": (Reason.KEYRING_THRESHOLD, ring(), ()),
    "one signed": (Reason.KEYRING_THRESHOLD, ring(), ROOTS[:1]),
    "one signed twice": (Reason.KEYRING_THRESHOLD, ring(), ("root-1", "root-1")),
    "strangers signed": (Reason.KEYRING_THRESHOLD, ring(), ("stranger", "stranger-2")),
    "the keyring's other keys signed": (Reason.KEYRING_THRESHOLD, ring(), ("assert", "lane")),
    "new root keys signed alone": (Reason.KEYRING_THRESHOLD, ring(**roots(*NEW_ROOTS)), NEW_ROOTS),
    "old root keys signed alone": (Reason.KEYRING_THRESHOLD, ring(**roots(*NEW_ROOTS)), ROOTS),
    "one old and all new signed": (
        Reason.KEYRING_THRESHOLD,
        ring(**roots(*NEW_ROOTS)),
        ("root-1", *NEW_ROOTS),
    ),
    "all old and one new signed": (
        Reason.KEYRING_THRESHOLD,
        ring(**roots(*NEW_ROOTS)),
        (*ROOTS, "root-4"),
    ),
    "its own higher threshold is not met": (
        Reason.KEYRING_THRESHOLD,
        ring(thresholds={ED25519: 3}),
        ROOTS[:2],
    ),
    "its lower threshold does not count for the old one": (
        Reason.KEYRING_THRESHOLD,
        ring(thresholds={ED25519: 1}),
        ROOTS[:1],
    ),
    "a key with another role": (Reason.KEY_ROLE, swapped(Role.LANE, role=Role.STATUS), ROOTS),
    "a key of another organ": (Reason.KEY_ROLE, swapped(Role.ASSERT, organ="XYZ"), ROOTS),
    "a key with another algorithm": (Reason.KEY_ROLE, swapped(Role.STATUS, alg="Ed25519"), ROOTS),
    "a root key put on the node": (
        Reason.KEY_ROLE,
        ring(**roots("root-1", "root-2"), keys=(key_record("root-3", Role.LANE),)),
        ROOTS,
    ),
    "a node's key made a root key": (
        Reason.KEY_ROLE,
        ring(**roots("root-1", "root-2", "lane"), keys=()),
        ROOTS,
    ),
}
"""What is wrong → the reason, the keyring, and the labels of those who signed."""


@pytest.mark.parametrize("name", REFUSED)
def test_keyring_does_not_follow(name: str) -> None:
    """What the rules do not allow is refused, whoever offers it."""
    reason, candidate, labels = REFUSED[name]
    with refused(reason):
        accept(candidate, labels, ring(1, generation=2) if "generation" in name else None)


def test_keyring_is_not_rolled_back() -> None:
    """An old keyring, well signed, does not come back."""
    with refused(Reason.KEYRING_NUMBER):
        accept(ring(2), ROOTS, ring(5))


def test_signatures_over_another_payload_count_nothing() -> None:
    """Root keys that signed one keyring have not signed the other."""
    candidate, other = ring(), ring(expires=NOW + 1)
    with refused(Reason.KEYRING_THRESHOLD):
        accept_keyring(ring(1), candidate, altered(signatures(other, ROOTS), candidate), BOTH)


def altered(lines: Sequence[RootSignature], candidate: Keyring) -> tuple[RootSignature, ...]:
    """Pass signatures off as made over another keyring."""
    right = signatures(candidate, ROOTS)
    return tuple(replace(good, signature=line.signature) for good, line in zip(right, lines, strict=True))


def test_signature_under_another_algorithm_name_counts_nothing() -> None:
    """A root key signs under the one name that its keyring gives it."""
    candidate = ring()
    payload = encode_keyring(candidate)
    lines = (root_signature("root-1", payload), root_signature("root-2", payload, alg="Ed25519"))
    with refused(Reason.KEYRING_THRESHOLD):
        accept_keyring(ring(1), candidate, lines, BOTH)


def test_bad_signature_spoils_nothing() -> None:
    """A signature that does not verify is not counted, and does not take the good ones with it."""
    candidate = ring()
    good, spoilt, also_good = signatures(candidate, ROOTS)
    lines = (good, replace(spoilt, signature=bytes(64)), also_good)
    assert accept_keyring(ring(1), candidate, lines, BOTH) is candidate


def test_first_keyring_needs_its_own_root_keys_only() -> None:
    """Whoever pins the first one compares its fingerprint by another way."""
    assert accept_keyring(None, ring(7), signatures(ring(7), ROOTS[:2]), BOTH) == ring(7)


def test_first_keyring_needs_its_threshold() -> None:
    """A fingerprint that fits is not enough: its root keys must have signed."""
    with refused(Reason.KEYRING_THRESHOLD):
        accept_keyring(None, ring(1), signatures(ring(1), ROOTS[:1]), BOTH)


@given(st.lists(st.sampled_from([*ROOTS, *NEW_ROOTS, "stranger"]), max_size=8))
def test_endorsers_are_the_root_keys_that_signed(labels: list[str]) -> None:
    """Each of the keyring's root keys counts once, however often and in whatever order it signed."""
    candidate = ring()
    named = endorsers(candidate.roots, signatures(candidate, labels), BOTH)
    assert named == {root_key(label).kid for label in labels if label in ROOTS}


FORMS: dict[str, tuple[Reason, dict[str, Any]]] = {
    "number 0": (Reason.KEYRING_FORM, {"number": 0}),
    "generation 0": (Reason.KEYRING_FORM, {"generation": 0}),
    "ends before it begins": (Reason.KEYRING_FORM, {"expires": NOW - 10 * 86_400}),
    "ends as it begins": (Reason.KEYRING_FORM, {"issued": NOW, "expires": NOW}),
    "no root key": (Reason.KEYRING_FORM, {"roots": ()}),
    "a root key twice": (Reason.KEYRING_FORM, roots("root-1", "root-1")),
    "a root key that is another key as well": (Reason.KEYRING_FORM, roots("root-1", "root-2", "lane")),
    "one key under two names": (
        Reason.KEYRING_FORM,
        {"keys": (key_record("lane", Role.LANE), key_record("x", Role.STATUS, public_key=public_key("lane")))},
    ),
    "one key in two roles": (
        Reason.KEYRING_FORM,
        {"keys": (key_record("lane", Role.LANE), key_record("lane", Role.WITNESS))},
    ),
    "threshold 0": (Reason.KEYRING_FORM, {"thresholds": {ED25519: 0}}),
    "a threshold above the root keys": (Reason.KEYRING_FORM, {"thresholds": {ED25519: 4}}),
    "no threshold": (Reason.KEYRING_FORM, {"thresholds": {}}),
    "a threshold of another family": (Reason.KEYRING_FORM, {"thresholds": {"ML-DSA-65": 1}}),
    "more witnesses needed than named": (Reason.KEYRING_FORM, {"witnesses_needed": 1}),
    "fewer witnesses needed than none": (Reason.KEYRING_FORM, {"witnesses_needed": -1}),
    "a key of another party": (
        Reason.KEYRING_PARTY,
        {"keys": (key_record("lane", Role.LANE, authority="bbb.clearance.example"),)},
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_keyring_that_makes_no_sense_is_not_built(name: str) -> None:
    """To have a keyring is to have checked it."""
    reason, changes = FORMS[name]
    with refused(reason):
        party_keyring(**changes)


@pytest.mark.parametrize(
    "windows",
    [
        {"sign_from": NOW, "sign_until": NOW},
        {"sign_from": NOW + 1, "sign_until": NOW},
        {"sign_until": NOW + 2, "verify_until": NOW + 1},
    ],
)
def test_windows_of_a_key_nest(windows: dict[str, int]) -> None:
    """A key signs for a while, and verifies at least as long."""
    with refused(Reason.KEYRING_FORM):
        replace(key_record(), **windows)  # type: ignore[arg-type]


@pytest.mark.parametrize(("role", "organ"), [(Role.ASSERT, ""), (Role.LANE, "CAB"), (Role.STATUS, "CAB")])
def test_organs_have_assertion_keys_and_nothing_else_has_an_organ(role: Role, organ: str) -> None:
    """An organ stands where one signs for itself."""
    with refused(Reason.KEYRING_FORM):
        key_record("key", role, organ=organ)


@pytest.mark.parametrize(("instant", "signs"), [(-1, False), (0, True), (99, True), (100, False)])
def test_key_signs_from_its_first_instant_to_before_its_last(instant: int, signs: bool) -> None:
    """The end of a window is the first instant outside it."""
    assert key_record(sign_from=NOW, sign_until=NOW + 100).signs_at(NOW + instant) is signs


def test_tainted_keys_are_not_sound() -> None:
    """What a thief may have is not listed among what can be used."""
    tainted = key_record("lane", Role.LANE, tainted_since=NOW)
    keyring = party_keyring(keys=(tainted, key_record("lane-2", Role.LANE)))
    assert [key.kid for key in keyring.sound(Role.LANE)] == [keyring.keys[1].kid]


PINNED: dict[str, dict[str, Any]] = {
    "another root key": roots("root-1", "root-2", "root-4"),
    "one root key more": roots(*ROOTS, "root-4"),
    "one root key less": roots(*ROOTS[:2]),
    "another threshold": {"thresholds": {ED25519: 1}},
    "another authority": {"authority": "bbb.clearance.example", "keys": ()},
}


@pytest.mark.parametrize("name", PINNED)
def test_pin_changes_with(name: str) -> None:
    """The fingerprint that people read out covers who can sign keyrings, how many must, and for whom."""
    assert party_keyring(**PINNED[name]).root_pin != party_keyring().root_pin


@pytest.mark.parametrize(
    "changes",
    [{"number": 9}, {"expires": NOW + 1}, {"keys": ()}, roots("root-3", "root-1", "root-2")],
)
def test_pin_stays_with(changes: dict[str, Any]) -> None:
    """It does not change with the number, the days, the other keys, or the order of the root keys."""
    assert party_keyring(**changes).root_pin == party_keyring().root_pin


def test_keyring_is_of_its_authority() -> None:
    """A key is looked up by its id, and says whose it is."""
    keyring = party_keyring()
    found = keyring.key(keyring.keys[0].kid)
    assert found is not None
    assert found.authority == AUTHORITY
