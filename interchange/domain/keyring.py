"""A party's numbered list of public keys with their windows, and the rules by which one replaces another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

from interchange.errors import Reason, refuse

if TYPE_CHECKING:
    from interchange.domain.time import Instant

ED25519 = "Ed25519"
"""Signature family that a threshold counts; a key's `alg` is the JOSE name (`EdDSA` or `Ed25519`)."""

MLDSA65 = "ML-DSA-65"
"""The other family that a threshold can count, and the JOSE name of its keys (RFC 9964): what is signed under both
still stands when one of them has fallen."""

MLDSA44 = "ML-DSA-44"
"""The `alg` of a key that cosigns checkpoints for the archive (RFC 9964); it signs nothing else."""

X25519 = "X25519"
"""The `alg` of a key to which content is sealed; it signs nothing (RFC 7748, RFC 8037 section 2)."""

FAMILIES = {"EdDSA": ED25519, "Ed25519": ED25519, MLDSA65: MLDSA65}
"""`alg` of a root key → the family whose threshold it counts for."""

FIRST_ALG = "EdDSA"
"""JOSE name of first keys: much software still lacks RFC 9864's `Ed25519`."""

SIGN_DAYS = 365
"""Days for which a new key signs, unless people say otherwise."""

COUNT_DAYS = 365
"""Days for which what a key signed counts after its last signing day, or for which it opens what was sealed to it: the
longest life of an assertion."""

MAX_KEYS = 256

Check: TypeAlias = Callable[[bytes, bytes, bytes], bool]
"""Tells whether a signature verifies: `(public_key, message, signature) -> bool`."""

Checks: TypeAlias = Mapping[str, Check | None]
"""Family → how its signatures are checked; None for a family of which this program knows that it cannot check it, and
leaves that half to others. A family that is not named at all is refused, and Ed25519 is never left out."""


class Role(StrEnum):
    """What a key is for; one key has one role for ever."""

    ASSERT = "assert"
    STATUS = "status"
    LANE = "lane"
    WITNESS = "witness"
    ARCHIVE = "archive"
    """Cosigns each lane once a day under ML-DSA-44, so that what is archived outlives Ed25519."""
    BINDING = "binding"
    """Signs nothing: partners seal identity bindings to it."""


_ED25519_NAMES = frozenset({"EdDSA", "Ed25519"})
_ALGORITHMS = {Role.BINDING: frozenset({X25519}), Role.ARCHIVE: frozenset({MLDSA44})}
"""Role → the algorithms of its keys, where these are not the two names of Ed25519."""


@dataclass(frozen=True, slots=True)
class RootKey:
    """A key that signs keyrings and nothing else; its private half is never on a node.

    `public_key` has 32 bytes, with `alg` `ML-DSA-65` 1952.
    """

    kid: str
    alg: str
    public_key: bytes

    @property
    def family(self) -> str:
        """The family whose threshold it counts for; empty for an algorithm that counts for none."""
        return FAMILIES.get(self.alg, "")


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One public key as its party's keyring describes it.

    Attributes:
        kid: RFC 7638 thumbprint.
        role: what it signs, or that it is sealed to.
        alg: the only JOSE algorithm name its signatures may carry; `X25519` with role `binding`, `ML-DSA-44` with role
            `archive`, and with no other.
        public_key: 32 bytes, of role `archive` 1312.
        authority: the party's authority name, from its keyring.
        organ: office that an `assert` key belongs to; empty for other roles.
        sign_from, sign_until: first and first-no-longer instant of signing, or of sealing to it.
        verify_until: first instant at which its signatures no longer count, or what is sealed to it is opened no more.
        tainted_since: from when a thief may have had it, or None.
    """

    kid: str
    role: Role
    alg: str
    public_key: bytes
    authority: str
    organ: str
    sign_from: Instant
    sign_until: Instant
    verify_until: Instant
    tainted_since: Instant | None = None

    def __post_init__(self) -> None:
        """Refuse windows that do not nest, and organs and algorithms where they do not belong."""
        if not self.sign_from < self.sign_until <= self.verify_until:
            raise refuse(Reason.KEYRING_FORM, "windows")
        if self.alg not in _ALGORITHMS.get(self.role, _ED25519_NAMES):
            raise refuse(Reason.KEYRING_FORM, "alg")
        if (self.role is Role.ASSERT) != bool(self.organ):
            raise refuse(Reason.KEYRING_FORM, "organ")

    def signs_at(self, instant: Instant) -> bool:
        """Tell whether a signature made at `instant`, or what was sealed then, lies in the window for it."""
        return self.sign_from <= instant < self.sign_until


@dataclass(frozen=True, slots=True)
class Keyring:
    """What `threshold` of a party's root keys have signed.

    Attributes:
        authority: the party's authority name; a keyring is of one authority.
        number: 1, 2, 3 … without gaps.
        issued, expires: an expired keyring is stale, and so is all that rests on it.
        generation: of the party's lanes; only a new keyring can name a new one.
        thresholds: signature family → how many distinct root keys of it must sign; Ed25519, and ML-DSA-65 beside it if
            there are root keys of that family.
        roots, keys: at most 256 each, every kid once.
        witnesses: how many named witnesses must have cosigned (`k` of the design), and their names; 0 today.
    """

    authority: str
    number: int
    issued: Instant
    expires: Instant
    generation: int
    thresholds: Mapping[str, int]
    roots: tuple[RootKey, ...]
    keys: tuple[KeyRecord, ...]
    witnesses_needed: int = 0
    witnesses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could never be met or could be counted twice."""
        kids = [key.kid for key in self.keys] + [root.kid for root in self.roots]
        if len(set(kids)) != len(kids) or len(set(self.public_keys)) != len(kids):
            raise refuse(Reason.KEYRING_FORM, "a key occurs twice")
        if not 0 < len(self.roots) <= MAX_KEYS or len(self.keys) > MAX_KEYS:
            raise refuse(Reason.KEYRING_FORM, "number of keys")
        if self.number < 1 or self.generation < 1 or self.issued >= self.expires:
            raise refuse(Reason.KEYRING_FORM, "number or days")
        _check_thresholds(self)
        if not 0 <= self.witnesses_needed <= len(self.witnesses):
            raise refuse(Reason.KEYRING_FORM, "witnesses")
        if any(key.authority != self.authority for key in self.keys):
            raise refuse(Reason.KEYRING_PARTY, "key")

    @property
    def public_keys(self) -> list[bytes]:
        """All public keys, roots first, 32 bytes each."""
        return [root.public_key for root in self.roots] + [key.public_key for key in self.keys]

    def key(self, kid: str) -> KeyRecord | None:
        """Find a key by its thumbprint, or None."""
        return next((key for key in self.keys if key.kid == kid), None)

    def of_role(self, role: Role) -> tuple[KeyRecord, ...]:
        """List the keys of one role in the keyring's order."""
        return tuple(key for key in self.keys if key.role is role)

    def sound(self, role: Role) -> tuple[KeyRecord, ...]:
        """List the keys of one role that no thief may have."""
        return tuple(key for key in self.of_role(role) if key.tainted_since is None)

    @property
    def root_pin(self) -> str:
        """Fingerprint of root keys and thresholds, to be compared by telephone: 64 hexadecimal digits."""
        families = ",".join(f"{family}={count}" for family, count in sorted(self.thresholds.items()))
        material = "\n".join([self.authority, families, *sorted(root.kid for root in self.roots)])
        return sha256(material.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RootSignature:
    """One signature of a root key over a keyring's JWS signing input (RFC 7515 section 7.2)."""

    kid: str
    alg: str
    signing_input: bytes
    signature: bytes


def endorsers(roots: Iterable[RootKey], signatures: Iterable[RootSignature], checks: Checks) -> frozenset[str]:
    """Name the root keys of `roots` with a valid signature among `signatures`; each key counts once.

    Args:
        roots: the keys that may endorse.
        signatures: collected signatures over one payload.
        checks: how each family is checked; of a family without a check, nobody is named.
    """
    by_kid = {root.kid: root for root in roots}
    return frozenset(
        line.kid
        for line in signatures
        if (root := by_kid.get(line.kid))
        and root.alg == line.alg
        and (check := checks.get(root.family))
        and check(root.public_key, line.signing_input, line.signature)
    )


def accept_keyring(
    current: Keyring | None, candidate: Keyring, signatures: tuple[RootSignature, ...], checks: Checks
) -> Keyring:
    """Return `candidate` if it may follow `current` (TUF 1.0.34, section 5.3), else refuse.

    The first keyring of a party has no current one: whoever pins it compares `root_pin` with what the party said
    by another way. Expiry is not looked at here: only the last keyring's expiry matters, and only at use (5.3.10).

    Raises:
        Refusal: KEYRING_PARTY another authority; KEYRING_NUMBER not the next one (5.3.5), or an earlier generation;
            KEY_ROLE a key whose role, organ or algorithm changed; KEYRING_THRESHOLD too few of the current (5.3.4) or
            of its own root keys in some family, a family that the current one requires and this one drops, or one that
            `checks` does not name.
    """
    if current is not None:
        check_follows(current, candidate)
    rings = [ring for ring in (current, candidate) if ring is not None]
    signed = endorsers({root.kid: root for ring in rings for root in ring.roots}.values(), signatures, checks)
    for ring in rings:
        _check_signed(ring, signed, checks)
    return candidate


def check_follows(current: Keyring, candidate: Keyring) -> None:
    """Refuse what can never follow `current`, whoever signs it; `accept_keyring` looks at the signatures besides.

    Raises:
        Refusal: those of `accept_keyring`.
    """
    if candidate.authority != current.authority:
        raise refuse(Reason.KEYRING_PARTY)
    if candidate.number != current.number + 1:
        raise refuse(Reason.KEYRING_NUMBER, f"expected {current.number + 1}")
    if candidate.generation < current.generation:
        raise refuse(Reason.KEYRING_NUMBER, "generation")
    if not current.thresholds.keys() <= candidate.thresholds.keys():
        # Whoever breaks one family could otherwise do away with the other, by the one that is broken.
        raise refuse(Reason.KEYRING_THRESHOLD, f"a family that keyring {current.number} requires is dropped")
    before, after = _uses(current), _uses(candidate)
    if any(before[kid] != after[kid] for kid in before.keys() & after.keys()):
        raise refuse(Reason.KEY_ROLE, "a key that is known for another use")


def _check_signed(ring: Keyring, signed: frozenset[str], checks: Checks) -> None:
    """Refuse fewer signatures of a family than a keyring needs, or a family that nobody thought of checking."""
    for family, needed in ring.thresholds.items():
        if family not in checks:
            raise refuse(Reason.KEYRING_THRESHOLD, f"{family} is not checked here")
        if checks[family] is None and family != ED25519:
            continue
        if sum(root.kid in signed for root in ring.roots if root.family == family) < needed:
            raise refuse(Reason.KEYRING_THRESHOLD, f"keyring {ring.number} needs {needed} of {family}")


def _check_thresholds(ring: Keyring) -> None:
    """Refuse a threshold that nobody can meet, and root keys that would count for none."""
    counts = Counter(root.family for root in ring.roots)
    if ED25519 not in counts or counts.keys() != ring.thresholds.keys() or not counts.keys() <= set(FAMILIES.values()):
        raise refuse(Reason.KEYRING_FORM, "threshold")
    if any(not 1 <= needed <= counts[family] for family, needed in ring.thresholds.items()):
        raise refuse(Reason.KEYRING_FORM, "threshold")


def _uses(ring: Keyring) -> dict[str, tuple[str, str, str]]:
    """Read for what each key is there: role, organ, algorithm; they are the key's for ever."""
    uses = {key.kid: (key.role.value, key.organ, key.alg) for key in ring.keys}
    return uses | {root.kid: ("root", "", root.alg) for root in ring.roots}
