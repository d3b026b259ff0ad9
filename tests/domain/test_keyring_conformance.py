"""The update rule against the cases that the public conformance suite for TUF clients puts, retold for keyrings.

Each case is a row of keyrings as a party might publish them, one after the other; a client that walks them ends at the
last one it was right to take. Custodians are numbers; `E` is the Ed25519 half of their pair, `M` the ML-DSA-65 half.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from fakes import tokens
from fakes.party import FakeParty, next_keyring
from fakes.readers import catch_up, follow, judged
from fakes.refusals import refused
from fakes.tokens import NOW

from interchange.crypto.both import BOTH
from interchange.domain.keyring import ED25519, MLDSA65, Keyring, RootKey, RootSignature, accept_keyring
from interchange.domain.verdict import Outcome
from interchange.errors import Reason, Refusal
from interchange.wire import base64url
from interchange.wire.keyring import MAX_KEYRING, MAX_SIGNATURES, assemble, encode_keyring, parse_keyring

E, M = "E", "M"


def root(who: str) -> RootKey:
    """Describe half a custodian's pair: `E1`, `M1`."""
    return tokens.root_key(who[1:]) if who[0] == E else tokens.mldsa_root_key(who[1:])


def signature(who: str, payload: bytes) -> RootSignature:
    """Sign with half a custodian's pair."""
    return (tokens.root_signature if who[0] == E else tokens.mldsa_root_signature)(who[1:], payload)


@dataclass(frozen=True)
class Step:
    """One keyring of the row: whose keys it lists, how many of each family must sign, and who signed it."""

    keys: str
    needed: tuple[int, ...]
    signed: str
    number: int | None = None
    changes: tuple[tuple[str, Any], ...] = ()

    def published(self, place: int) -> bytes:
        """Write it as it is published."""
        ring = tokens.party_keyring(
            number=self.number or place,
            thresholds=dict(zip((ED25519, MLDSA65), self.needed, strict=False)),
            roots=tuple(root(who) for who in self.keys.split()),
            keys=(),
            **dict(self.changes),
        )
        payload = encode_keyring(ring)
        return assemble(payload, [signature(who, payload) for who in self.signed.split()])


def walk(steps: Sequence[Step]) -> tuple[int, Reason | None]:
    """Take one keyring after the other; tell how many were taken, and what stopped it."""
    current: Keyring | None = None
    for place, step in enumerate(steps, 1):
        try:
            current = accept_keyring(current, *parse_keyring(step.published(place)), BOTH)
        except Refusal as refusal:
            return place - 1, refusal.reason
    return len(steps), None


FIVE = "E0 E1 E2 E3 E4"
PAIRS = "E1 E2 E3 M1 M2 M3"

WALKED = {
    "one key after the other": (Step("E1", (1,), "E1"), Step("E2", (1,), "E2 E1"), Step("E2", (1,), "E2")),
    "strangers sign as well": (
        Step("E1", (1,), "E3 E1 E4"),
        Step("E2", (1,), "E3 E2 E1 E4"),
        Step("E2", (1,), "E3 E2 E4"),
    ),
    "another three of five each time": tuple(
        Step(FIVE, (3,), who) for who in ("E0 E2 E4", "E0 E4 E1", "E0 E1 E3", "E1 E2 E3", "E2 E3 E4")
    ),
    "one of five exchanged, three of both": (
        Step(FIVE, (3,), "E0 E2 E4"),
        Step("E0 E1 E3 E4 E5", (3,), "E0 E4 E1"),
    ),
    "one of five exchanged, the old one signs for the old": (
        Step(FIVE, (3,), "E0 E2 E4"),
        Step("E0 E1 E3 E4 E5", (3,), "E0 E2 E4 E5"),
        Step("E0 E1 E3 E4 E5", (3,), "E0 E4 E5"),
    ),
    "all five exchanged": (
        Step(FIVE, (3,), "E0 E2 E4"),
        Step("E5 E6 E7 E8 E9", (3,), "E0 E2 E4 E5 E6 E7"),
        Step("E5 E6 E7 E8 E9", (3,), "E5 E6 E7"),
    ),
    "a higher threshold, met": (Step("E1 E2 E3", (1,), "E1"), Step("E1 E2 E3", (2,), "E1 E2")),
    "a lower threshold, the higher met once more": (
        Step("E1 E2 E3", (2,), "E1 E2"),
        Step("E1 E2 E3", (1,), "E1 E2"),
        Step("E1 E2 E3", (1,), "E1"),
    ),
    "a key more and a higher threshold": (Step("E1", (1,), "E1"), Step("E1 E2", (2,), "E1 E2")),
    "a step that is over already": (
        Step("E1", (1,), "E1"),
        Step("E1", (1,), "E1", changes=(("issued", NOW - 9), ("expires", NOW - 1))),
        Step("E1", (1,), "E1"),
    ),
    "the second family comes in": (
        Step("E1 E2 E3", (2,), "E1 E2"),
        Step(PAIRS, (2, 2), "E1 E2 M1 M2"),
        Step(PAIRS, (2, 2), "E2 E3 M2 M3"),
    ),
    "different custodians sign the halves": (Step(PAIRS, (2, 2), "E1 E2 M2 M3"),),
    "a pair exchanged": (
        Step(PAIRS, (2, 2), "E1 E2 M1 M2"),
        Step("E2 E3 E4 M2 M3 M4", (2, 2), "E2 E3 M2 M3"),
    ),
    "thresholds that differ": (
        Step(PAIRS, (1, 3), "E1 M1 M2 M3"),
        Step(PAIRS, (3, 1), "E1 E2 E3 M1 M2 M3"),
        Step(PAIRS, (3, 1), "E1 E2 E3 M2"),
    ),
    "the same signature twice beside enough": (Step("E1 E2", (2,), "E1 E1 E2 E2"),),
}
"""What is published → steps, all of which are taken."""


@pytest.mark.parametrize("name", WALKED)
def test_row_is_walked_to_its_end(name: str) -> None:
    """Whoever follows a party that keeps the rules arrives where the party is."""
    assert walk(WALKED[name]) == (len(WALKED[name]), None)


STOPPED: dict[str, tuple[Reason, tuple[Step, ...]]] = {
    "signed by the new key only": (Reason.KEYRING_THRESHOLD, (Step("E1", (1,), "E1"), Step("E2", (1,), "E2 E3 E4"))),
    "signed by the old key only": (Reason.KEYRING_THRESHOLD, (Step("E1", (1,), "E1"), Step("E2", (1,), "E1 E3 E4"))),
    "three old, two of them new as well": (
        Reason.KEYRING_THRESHOLD,
        (Step(FIVE, (3,), "E0 E2 E4"), Step("E0 E1 E3 E4 E5", (3,), "E0 E2 E4")),
    ),
    "three new, two of them old as well": (
        Reason.KEYRING_THRESHOLD,
        (Step(FIVE, (3,), "E0 E2 E4"), Step("E0 E1 E3 E4 E5", (3,), "E0 E4 E5")),
    ),
    "a higher threshold that is not met": (
        Reason.KEYRING_THRESHOLD,
        (Step("E1 E2 E3", (1,), "E1"), Step("E1 E2 E3", (2,), "E2")),
    ),
    "a lower threshold before the higher is met": (
        Reason.KEYRING_THRESHOLD,
        (Step("E1 E2 E3", (2,), "E1 E2"), Step("E1 E2 E3", (1,), "E1")),
    ),
    "one key's signature as often as the threshold asks": (
        Reason.KEYRING_THRESHOLD,
        (Step("E1 E2", (2,), "E1 E2"), Step("E1 E2", (2,), "E1 E1 E1")),
    ),
    "one ML-DSA key's signatures, each another one": (
        Reason.KEYRING_THRESHOLD,
        (Step(PAIRS, (2, 2), "E1 E2 M1 M2"), Step(PAIRS, (2, 2), "E1 E2 M1 M1 M1")),
    ),
    "a number left out": (Reason.KEYRING_NUMBER, (Step("E1", (1,), "E1"), Step("E1", (1,), "E1", number=3))),
    "a number repeated": (Reason.KEYRING_NUMBER, (Step("E1", (1,), "E1"), Step("E1", (1,), "E1", number=1))),
    "a number rolled back": (
        Reason.KEYRING_NUMBER,
        (Step("E1", (1,), "E1", number=7), Step("E1", (1,), "E1", number=6)),
    ),
    "fast forward to the last number there is": (
        Reason.KEYRING_NUMBER,
        (Step("E1", (1,), "E1"), Step("E1", (1,), "E1", number=(1 << 53) - 1)),
    ),
    "another nation's, signed by the same custodians": (
        Reason.KEYRING_PARTY,
        (Step("E1", (1,), "E1"), Step("E1", (1,), "E1", changes=(("authority", "bbb.clearance.example"),))),
    ),
    "the Ed25519 half alone": (
        Reason.KEYRING_THRESHOLD,
        (Step(PAIRS, (2, 2), "E1 E2 M1 M2"), Step(PAIRS, (2, 2), "E1 E2 E3")),
    ),
    "the ML-DSA half alone": (
        Reason.KEYRING_THRESHOLD,
        (Step(PAIRS, (2, 2), "E1 E2 M1 M2"), Step(PAIRS, (2, 2), "M1 M2 M3")),
    ),
    "the first one by its Ed25519 half": (Reason.KEYRING_THRESHOLD, (Step(PAIRS, (2, 2), "E1 E2 E3"),)),
    "the second family dropped, signed by all": (
        Reason.KEYRING_THRESHOLD,
        (Step(PAIRS, (2, 2), "E1 E2 M1 M2"), Step("E1 E2 E3", (2,), "E1 E2 E3 M1 M2 M3")),
    ),
    "the second family exchanged without its old half": (
        Reason.KEYRING_THRESHOLD,
        (Step(PAIRS, (2, 2), "E1 E2 M1 M2"), Step("E1 E2 E3 M4 M5 M6", (2, 2), "E1 E2 E3 M4 M5 M6")),
    ),
    "the second family exchanged without its new half": (
        Reason.KEYRING_THRESHOLD,
        (Step(PAIRS, (2, 2), "E1 E2 M1 M2"), Step("E1 E2 E3 M4 M5 M6", (2, 2), "E1 E2 E3 M1 M2 M3")),
    ),
}
"""What is wrong with the last keyring → why it is refused, and the row."""


@pytest.mark.parametrize("name", STOPPED)
def test_row_stops_before_the_first_that_breaks_a_rule(name: str) -> None:
    """What was taken before stays in use; what breaks a rule is not taken, whoever offers it."""
    reason, steps = STOPPED[name]
    assert walk(steps) == (len(steps) - 1, reason)


NEVER_BUILT: dict[str, dict[str, Any]] = {
    "threshold zero": {"thresholds": {ED25519: 0, MLDSA65: 2}},
    "threshold zero of the other family": {"thresholds": {ED25519: 2, MLDSA65: 0}},
    "a threshold above the family's keys, below those of both": {"thresholds": {ED25519: 4, MLDSA65: 2}},
    "a threshold of ML-DSA-65 above its keys": {"thresholds": {ED25519: 2, MLDSA65: 4}},
    "root keys that count for no threshold": {"thresholds": {ED25519: 2}},
    "a threshold without keys": {"roots": tuple(root(who) for who in ("E1", "E2"))},
    "ML-DSA-65 alone": {"thresholds": {MLDSA65: 1}, "roots": (root("M1"),)},
    "an unknown family": {"thresholds": {ED25519: 2, MLDSA65: 2, "RSA": 1}},
    "a root key of an unknown family": {"roots": (root("E1"), root("E2"), root("M1"), replace(root("M2"), alg="RSA"))},
    "one key twice": {"roots": (*(root(who) for who in PAIRS.split()), root("M1"))},
    "one key under two ids": {"roots": (*(root(who) for who in PAIRS.split()), replace(root("E1"), kid="other"))},
}


@pytest.mark.parametrize("name", NEVER_BUILT)
def test_keyring_that_nobody_could_meet_or_would_count_twice_is_none(name: str) -> None:
    """Such a keyring is refused before a signature is looked at."""
    with refused(Reason.KEYRING_FORM):
        tokens.both_keyring(**NEVER_BUILT[name])


def test_expired_keyring_is_walked_over_and_refused_at_use() -> None:
    """Only the last one's end matters, and only when something rests on it."""
    party = FakeParty()
    follower, token = follow(party), party.issue()
    follower.install_keyring(party.publish(next_keyring(issued=NOW - 9, expires=NOW - 1)))
    follower.install_keyring(party.publish(next_keyring(3, expires=NOW + 5)))
    catch_up(follower, party)
    assert judged(follower, token).outcome is Outcome.VALID
    assert judged(follower, token, now=NOW + 6).reason is Reason.KEYRING_EXPIRED


def test_thousand_hops_are_walked_in_bounded_time() -> None:
    """Each hop costs its signatures once, for the old keyring and the new one together."""
    steps = [Step("E1 E2 E3", (2,), "E1 E2")] * 2
    first = parse_keyring(steps[0].published(1))[0]
    current, checked = first, 0

    def count(public_key: bytes, message: bytes, made: bytes) -> bool:
        nonlocal checked
        checked += 1
        return True

    begun = time.process_time()
    for number in range(2, 1002):
        candidate = replace(first, number=number)
        lines = tuple(RootSignature(key.kid, key.alg, b"", bytes(64)) for key in first.roots[:2])
        current = accept_keyring(current, candidate, lines, {ED25519: count})
    assert (current.number, checked) == (1001, 2000)
    assert time.process_time() - begun < 5


def test_a_largest_keyring_with_most_signatures_is_read() -> None:
    """Sixteen pairs have signed, and it is far below the bound on bytes."""
    labels = [str(n) for n in range(16)]
    roots = tuple(root(half + label) for half in (E, M) for label in labels)
    ring = tokens.party_keyring(roots=roots, thresholds={ED25519: 16, MLDSA65: 16})
    payload = encode_keyring(ring)
    data = assemble(payload, [signature(half + label, payload) for half in (E, M) for label in labels])
    assert accept_keyring(None, *parse_keyring(data), BOTH) == ring
    assert len(data) < MAX_KEYRING * 3 // 4


def test_too_many_signatures_are_not_counted_but_refused() -> None:
    """A stranger cannot make a reader check signatures without end."""
    payload = encode_keyring(tokens.both_keyring())
    line = json.loads(assemble(payload, [signature("Mroot-1", payload)]))["signatures"][0]
    many = {"payload": base64url.encode(payload), "signatures": [line] * (MAX_SIGNATURES + 1)}
    with refused(Reason.KEYRING_FORM):
        parse_keyring(json.dumps(many, separators=(",", ":")).encode())


def test_keyring_beyond_its_bytes_is_refused_before_it_is_parsed() -> None:
    """More bytes than the bound are not even looked at."""
    data = tokens.published()
    with refused(Reason.KEYRING_FORM):
        parse_keyring(data + b" " * MAX_KEYRING)
